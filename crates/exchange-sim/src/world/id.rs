//! Ids and change keys in Exchange's own form (MS-OXCEXT 2.2.6.1).
//!
//! A client must not read them; this server does, to find the item again.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{Datelike, Duration, NaiveDate};
use sha2::{Digest, Sha256};

/// Numbers an item within its mailbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ItemNumber(pub u64);

/// The GUID of a mailbox, as the 36 characters an id carries.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MailboxGuid(pub(crate) String);

impl MailboxGuid {
    /// The GUID of an address; another generation is another mailbox.
    pub(crate) fn of(address: &str, generation: u32) -> Self {
        Self(uuid::Uuid::from_bytes(hash16(&format!("{address} {generation}"))).to_string())
    }

    fn database(&self) -> [u8; 16] {
        hash16(&format!("database {}", self.0))
    }

    fn provider(&self) -> [u8; 16] {
        hash16(&format!("provider {}", self.0))
    }
}

fn hash16(text: &str) -> [u8; 16] {
    let digest = Sha256::digest(text.as_bytes());
    let mut out = [0; 16];
    out.iter_mut()
        .zip(digest.iter())
        .for_each(|(to, from)| *to = *from);
    out
}

/// What an id names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Named {
    /// An item or a series.
    Item(ItemNumber),
    /// The occurrence of a series on the day its pattern gives.
    Occurrence(ItemNumber, NaiveDate),
    /// A folder.
    Folder(u64),
}

const STORE: [u8; 4] = [0, 3, 36, 0];

/// The id of an item, a series, an occurrence or a folder.
pub(crate) fn write(mailbox: &MailboxGuid, named: Named) -> String {
    let mut bytes = Vec::with_capacity(128);
    bytes.extend(STORE);
    bytes.extend(mailbox.0.bytes());
    match named {
        Named::Item(number) => {
            bytes.extend([0, 70, 0]);
            bytes.extend(entry(mailbox, number.0));
        }
        Named::Occurrence(number, day) => {
            bytes.extend([1, 81, 0, 8]);
            bytes.extend(ticks(day).to_be_bytes());
            bytes.extend([70, 0]);
            bytes.extend(entry(mailbox, number.0));
            bytes.push(0x10);
        }
        Named::Folder(number) => {
            bytes.extend([0, 46, 0]);
            bytes.extend(entry(mailbox, number).get(..46).unwrap_or_default());
        }
    }
    STANDARD.encode(bytes)
}

/// The 70 bytes of an EntryId, as hexadecimal digits.
pub(crate) fn hex_entry(mailbox: &MailboxGuid, number: ItemNumber) -> String {
    hex(&entry(mailbox, number.0))
}

/// The same bytes in base64.
pub(crate) fn base64_entry(mailbox: &MailboxGuid, number: ItemNumber) -> String {
    STANDARD.encode(entry(mailbox, number.0))
}

fn entry(mailbox: &MailboxGuid, number: u64) -> Vec<u8> {
    let counter = number.to_be_bytes();
    let counter = counter.get(2..).unwrap_or_default();
    let mut bytes = Vec::with_capacity(70);
    bytes.extend([0; 4]);
    bytes.extend(mailbox.provider());
    bytes.extend([7, 0]);
    bytes.extend(mailbox.database());
    bytes.extend(counter);
    bytes.extend([0, 0]);
    bytes.extend(mailbox.database());
    bytes.extend(counter);
    bytes.extend([0, 0]);
    bytes
}

/// Reads an id: whose mailbox, and what. Nothing when it is malformed.
pub(crate) fn read(id: &str) -> Option<(MailboxGuid, Named)> {
    let bytes = STANDARD.decode(id).ok()?;
    let (store, rest) = bytes.split_at_checked(4)?;
    if store != STORE {
        return None;
    }
    let (guid, rest) = rest.split_at_checked(36)?;
    let mailbox = MailboxGuid(String::from_utf8(guid.to_vec()).ok()?);
    let named = match rest.split_at_checked(3)? {
        ([0, 70, 0], entry) => Named::Item(ItemNumber(counter(entry)?)),
        ([0, 46, 0], entry) => Named::Folder(counter(entry)?),
        ([1, 81, 0], rest) => {
            let ticks = u64::from_be_bytes(rest.get(1..9)?.try_into().ok()?);
            Named::Occurrence(ItemNumber(counter(rest.get(11..)?)?), day(ticks)?)
        }
        _ => return None,
    };
    // What does not come out the same again was tampered with.
    (write(&mailbox, named) == id).then_some((mailbox, named))
}

/// The number inside an EntryId.
pub(crate) fn counter(entry: &[u8]) -> Option<u64> {
    let mut bytes = [0; 8];
    bytes.get_mut(2..)?.copy_from_slice(entry.get(38..44)?);
    Some(u64::from_be_bytes(bytes))
}

const TICKS_A_DAY: u64 = 864_000_000_000;

fn ticks(day: NaiveDate) -> u64 {
    u64::try_from(day.num_days_from_ce() - 1).unwrap_or_default() * TICKS_A_DAY
}

fn day(ticks: u64) -> Option<NaiveDate> {
    let days = i64::try_from(ticks / TICKS_A_DAY).ok()?;
    NaiveDate::from_ymd_opt(1, 1, 1)?.checked_add_signed(Duration::days(days))
}

/// A change key: another one after every save.
pub(crate) fn change_key(mailbox: &MailboxGuid, serial: u64) -> String {
    let mut bytes = vec![0x0f, 0, 0, 0, 0x16, 0, 0, 0];
    bytes.extend(mailbox.database());
    bytes.extend(serial.to_be_bytes().get(2..).unwrap_or_default());
    STANDARD.encode(bytes)
}

const GLOBAL_PREFIX: [u8; 16] = [
    4, 0, 0, 0, 0x82, 0, 0xe0, 0, 0x74, 0xc5, 0xb7, 0x10, 0x1a, 0x82, 0xe0, 8,
];

/// The UID of a meeting born in grommunio: hexadecimal, and of no known form.
pub(crate) fn random_uid(mailbox: &MailboxGuid, number: ItemNumber) -> String {
    let half = |part: &str| hash16(&format!("{part} {} {}", mailbox.0, number.0));
    hex(&[half("uid"), half("more")].concat()).to_lowercase()
}

/// The UID of a meeting born in Outlook: the clean global object id in hexadecimal.
pub(crate) fn outlook_uid(mailbox: &MailboxGuid, number: ItemNumber) -> String {
    let mut bytes = GLOBAL_PREFIX.to_vec();
    bytes.extend([0; 4]);
    bytes.extend((0x01dc_5c80_0000_0000 + number.0 * 10_000_000).to_le_bytes());
    bytes.extend([0; 8]);
    bytes.extend(16_u32.to_le_bytes());
    bytes.extend(hash16(&format!("meeting {} {}", mailbox.0, number.0)));
    hex(&bytes)
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes
        .iter()
        .fold(String::with_capacity(2 * bytes.len()), |mut out, byte| {
            let _ = write!(out, "{byte:02X}");
            out
        })
}

/// The global object id of a UID; an occurrence carries its day.
pub(crate) fn global_object_id(uid: &str, day: Option<NaiveDate>) -> String {
    let mut bytes = match unhex(uid) {
        Some(bytes) if bytes.starts_with(&GLOBAL_PREFIX) && bytes.len() >= 40 => bytes,
        _ => {
            let mut bytes = GLOBAL_PREFIX.to_vec();
            bytes.extend([0; 20]);
            bytes.extend(
                u32::try_from(uid.len() + 13)
                    .unwrap_or_default()
                    .to_le_bytes(),
            );
            bytes.extend(b"vCal-Uid\x01\0\0\0");
            bytes.extend(uid.bytes());
            bytes.push(0);
            bytes
        }
    };
    if let (Some(day), Some(place)) = (day, bytes.get_mut(16..20)) {
        let year = u16::try_from(day.year()).unwrap_or_default().to_be_bytes();
        let month = u8::try_from(day.month()).unwrap_or_default();
        let of_month = u8::try_from(day.day()).unwrap_or_default();
        place.copy_from_slice(&[year[0], year[1], month, of_month]);
    }
    STANDARD.encode(bytes)
}

pub(crate) fn unhex(text: &str) -> Option<Vec<u8>> {
    if !text.is_ascii() || !text.len().is_multiple_of(2) {
        return None;
    }
    (0..text.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(text.get(at..at + 2)?, 16).ok())
        .collect()
}

/// Seals a sync state: opaque to the client, checked when it comes back.
pub(crate) fn seal(kind: &str, mailbox: &MailboxGuid, serial: u64) -> String {
    let mut bytes = b"H\x1f\x8b\x08".to_vec();
    bytes.extend(serial.to_be_bytes());
    bytes.extend(hash16(&format!("{kind} {} {serial}", mailbox.0)));
    STANDARD.encode(bytes)
}

/// Opens a sync state; nothing when it is damaged or of another mailbox.
pub(crate) fn unseal(kind: &str, mailbox: &MailboxGuid, state: &str) -> Option<u64> {
    let bytes = STANDARD.decode(state).ok()?;
    let serial = u64::from_be_bytes(bytes.get(4..12)?.try_into().ok()?);
    (seal(kind, mailbox, serial) == state).then_some(serial)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn anna() -> MailboxGuid {
        MailboxGuid::of("anna@example.org", 0)
    }

    #[test]
    fn ids_have_the_length_and_beginning_of_exchange_and_come_back() {
        let item = Named::Item(ItemNumber(7));
        let id = write(&anna(), item);
        assert!(id.starts_with("AAMk") && id.len() == 152, "{id}");
        assert_eq!(read(&id), Some((anna(), item)));
        let occurrence =
            Named::Occurrence(ItemNumber(7), NaiveDate::from_ymd_opt(2020, 1, 5).unwrap());
        let id = write(&anna(), occurrence);
        assert_eq!(id.len(), 168);
        assert_eq!(read(&id), Some((anna(), occurrence)));
    }

    #[test]
    fn an_id_in_other_case_is_malformed() {
        let id = write(&anna(), Named::Item(ItemNumber(7)));
        assert_eq!(read(&id.to_lowercase()), None);
        assert_eq!(read("AAMk"), None);
    }

    #[test]
    fn a_sync_state_opens_only_for_its_own_mailbox() {
        let state = seal("calendar", &anna(), 12);
        assert_eq!(unseal("calendar", &anna(), &state), Some(12));
        assert_eq!(
            unseal("calendar", &MailboxGuid::of("bo@example.org", 0), &state),
            None
        );
        assert_eq!(unseal("calendar", &anna(), "bm90IG1pbmU="), None);
    }

    #[test]
    fn a_foreign_uid_is_kept_inside_the_global_object_id() {
        let bytes = STANDARD
            .decode(global_object_id("abc@elsewhere", None))
            .unwrap();
        assert!(bytes.windows(8).any(|part| part == b"vCal-Uid"));
        let own = outlook_uid(&anna(), ItemNumber(1));
        let clean = STANDARD.decode(global_object_id(&own, None)).unwrap();
        assert_eq!(hex(&clean), own);
    }
}
