//! The devices that this connector has taken in, at rest in its own vault.
//! Whom it does not find here it does not answer, whatever the service says.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use tokio::sync::Mutex;
use vault::{
    Batch, Integrity, RecordId, Series, SeriesId, StoreError, Vault, VaultError,
    hybrid::{
        enrolment::{Attestation, PublicKeys},
        wire::Bytes,
    },
    opaque::OpaqueId,
};

const SERIES: &str = "connector/devices";

/// A device that was taken in.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Device {
    /// Its user's address.
    pub(crate) address: String,
    /// The connector's own word for it.
    pub(crate) attestation: Attestation,
    /// When it was revoked, in seconds since 1970.
    pub(crate) revoked: Option<u64>,
    /// Which programs have heard of that.
    #[serde(default)]
    pub(crate) heard: Heard,
}

/// Which programs of the service have heard of a revocation.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Heard {
    pub(crate) keys: bool,
    pub(crate) service: bool,
    /// Whether one of them has had such a device.
    #[serde(default)]
    pub(crate) known: bool,
}

impl Device {
    /// One that the register does not know, revoked: both programs have to hear
    /// of it. It has no keys, and is answered by nobody.
    pub(crate) fn unknown(
        address: &str,
        (organization, mailbox, device): (OpaqueId, OpaqueId, OpaqueId),
        now: u64,
    ) -> Self {
        Self {
            address: address.to_owned(),
            attestation: Attestation {
                organization,
                mailbox,
                device,
                keys: PublicKeys {
                    signing: [0; 32],
                    sealing: [0; 32],
                },
                issued: now,
                signature: Bytes(Vec::new()),
            },
            revoked: Some(now),
            heard: Heard::default(),
        }
    }

    /// Whether only who typed its id and its user's address says that there is
    /// such a device.
    pub(crate) fn is_hearsay(&self) -> bool {
        self.attestation.signature.0.is_empty() && !self.heard.known
    }

    /// Whether both programs have said as well that there is none.
    pub(crate) fn is_nowhere(&self) -> bool {
        self.is_hearsay() && !self.is_owed()
    }

    /// Whether that is new.
    fn revoke(&mut self, now: u64) -> bool {
        let is_new = self.revoked.is_none();
        if is_new {
            self.revoked = Some(now);
            self.heard = Heard::default();
        }
        is_new
    }

    /// Whether it is revoked and one of the programs has not heard of it.
    pub(crate) fn is_owed(&self) -> bool {
        self.revoked.is_some() && !(self.heard.keys && self.heard.service)
    }

    /// Whether nobody has to hear of its revocation any more.
    pub(crate) fn is_over(&self, now: u64) -> bool {
        let over = |at: u64| at.saturating_add(TOLD_FOR) < now;
        self.revoked.is_some_and(over) && !self.is_owed()
    }
}

/// All devices. They are read once, and again when another program has written
/// into the store: the one that revokes a device.
pub(crate) struct Register {
    series: Series,
    /// Held by who looks before it writes.
    known: Mutex<Option<BTreeMap<OpaqueId, Device>>>,
}

/// Revoked devices are told of again to a program that was restored from a
/// copy; docs/HYBRID.md says that no older copy may be.
const TOLD_FOR: u64 = 400 * 86_400;

impl Register {
    pub(crate) fn new(own: &Vault) -> Self {
        Self {
            series: own.series(SeriesId(SERIES.to_owned())),
            known: Mutex::default(),
        }
    }

    /// All or none: a device that does not open would be one that nobody can
    /// revoke, and of whose revocation nobody is told. The next change to the
    /// register would take its record out for good.
    async fn load(&self) -> Result<BTreeMap<OpaqueId, Device>, VaultError> {
        let loaded = self.series.load().await?;
        let read = |(_, bytes): &(RecordId, Vec<u8>)| -> Option<(OpaqueId, Device)> {
            let device: Device = serde_json::from_slice(bytes).ok()?;
            Some((device.attestation.device, device))
        };
        let all: Option<BTreeMap<_, _>> = loaded.records.iter().map(read).collect();
        all.filter(|_| loaded.integrity == Integrity::Whole)
            .ok_or_else(|| StoreError::Damaged("The register of devices".to_owned()).into())
    }

    /// The devices as the store has them.
    async fn present<'a>(
        &self,
        known: &'a mut Option<BTreeMap<OpaqueId, Device>>,
    ) -> Result<&'a mut BTreeMap<OpaqueId, Device>, VaultError> {
        let before = match known.take() {
            Some(before) => self
                .series
                .revision_in_store()
                .await?
                .map(|_revision| before),
            None => None,
        };
        let present = match before {
            Some(before) => before,
            None => self.load().await?,
        };
        Ok(known.insert(present))
    }

    pub(crate) async fn all(&self) -> Result<Vec<Device>, VaultError> {
        let mut known = self.known.lock().await;
        Ok(self.present(&mut known).await?.values().cloned().collect())
    }

    pub(crate) async fn find(&self, device: OpaqueId) -> Result<Option<Device>, VaultError> {
        let mut known = self.known.lock().await;
        Ok(self.present(&mut known).await?.get(&device).cloned())
    }

    /// Writes a new device down. A register that does not open is left as it
    /// is.
    pub(crate) async fn add(&self, device: &Device) -> Result<(), VaultError> {
        let mut known = self.known.lock().await;
        self.present(&mut known).await?;
        self.put(&mut known, vec![device.clone()], Vec::new()).await
    }

    /// Writes all of it in one commit.
    async fn put(
        &self,
        known: &mut Option<BTreeMap<OpaqueId, Device>>,
        put: Vec<Device>,
        gone: Vec<OpaqueId>,
    ) -> Result<(), VaultError> {
        if put.is_empty() && gone.is_empty() {
            return Ok(());
        }
        let id = |device: OpaqueId| RecordId(device.to_string());
        let before = self.series.revision_in_store().await?;
        let batch = Batch {
            put: put
                .iter()
                // Texts and bytes always have a JSON form.
                .map(|one| {
                    let bytes = serde_json::to_vec(one).unwrap_or_default();
                    (id(one.attestation.device), bytes)
                })
                .collect(),
            delete: gone.iter().map(|device| id(*device)).collect(),
            ..Batch::default()
        };
        // What is known is so again when this has ended well, and nobody else
        // has written in between.
        let Some(mut after) = known.take() else {
            return self.series.commit(batch).await;
        };
        self.series.commit(batch).await?;
        for device in gone {
            after.remove(&device);
        }
        for device in put {
            after.insert(device.attestation.device, device);
        }
        let revision = self.series.revision_in_store().await?;
        let is_next = before.is_some_and(|before| revision == Some(before + 1));
        *known = is_next.then_some(after);
        Ok(())
    }

    /// Notes who has heard of the revocations of these devices, and forgets
    /// those that are over, or are nowhere.
    pub(crate) async fn note(&self, told: &[Device], now: u64) -> Result<(), VaultError> {
        let mut known = self.known.lock().await;
        let present = self.present(&mut known).await?;
        let (mut put, mut gone) = (Vec::new(), Vec::new());
        for device in told {
            let (id, mailbox) = (device.attestation.device, device.attestation.mailbox);
            // Another user's address may have been given for it meanwhile.
            let present = present.get(&id);
            let Some(one) = present.filter(|one| one.attestation.mailbox == mailbox) else {
                continue;
            };
            if device.is_over(now) || device.is_nowhere() {
                gone.push(id);
            } else if one.heard != device.heard {
                put.push(device.clone());
            }
        }
        self.put(&mut known, put, gone).await
    }

    /// Revokes a device at a moment in seconds since 1970; one that was revoked
    /// before stays so. `None` when there is no such device.
    pub(crate) async fn revoke(
        &self,
        device: OpaqueId,
        now: u64,
    ) -> Result<Option<Device>, VaultError> {
        let mut known = self.known.lock().await;
        let present = self.present(&mut known).await?;
        let Some(mut found) = present.get(&device).cloned() else {
            return Ok(None);
        };
        if found.revoke(now) {
            self.put(&mut known, vec![found.clone()], Vec::new())
                .await?;
        }
        Ok(Some(found))
    }

    /// Revokes the devices of a mailbox that has gone. They stay here: a
    /// program that is restored from a copy has to hear of them again.
    pub(crate) async fn revoke_all(&self, mailbox: OpaqueId, now: u64) -> Result<(), VaultError> {
        let mut known = self.known.lock().await;
        let present = self.present(&mut known).await?;
        let of_it = present
            .values()
            .filter(|one| one.attestation.mailbox == mailbox);
        let mut revoked: Vec<Device> = of_it.cloned().collect();
        revoked.retain_mut(|device| device.revoke(now));
        self.put(&mut known, revoked, Vec::new()).await
    }
}

#[cfg(test)]
impl Device {
    /// One that is revoked, of which nobody has heard.
    pub(crate) fn sample(mailbox: OpaqueId, device: OpaqueId) -> Self {
        let ids = (OpaqueId([0; 16]), mailbox, device);
        Self::unknown("user@example.org", ids, 2)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    };

    use futures_util::poll;
    use vault::{
        between::{Between, Deed, Hand},
        key::Key,
        memory::MemoryStore,
    };

    use super::*;

    async fn register() -> Register {
        let store = Arc::new(MemoryStore::default());
        Register::new(&Vault::open(store, &Key::generate()).await.unwrap())
    }

    #[tokio::test]
    async fn whoever_looks_and_then_writes_keeps_the_others_waiting() {
        let register = register().await;
        let (mailbox, id) = (OpaqueId([1; 16]), OpaqueId([2; 16]));
        let mut device = Device::sample(mailbox, id);
        register.add(&device).await.unwrap();
        let turn = register.known.lock().await;
        device.heard.keys = true;
        let told = [device];
        let mut noting = std::pin::pin!(register.note(&told, 9));
        assert!(poll!(noting.as_mut()).is_pending());
        drop(turn);
        noting.await.unwrap();
        let noted = register.find(id).await.unwrap();
        assert!(noted.unwrap().heard.keys);
    }

    /// How often a store was read whole, and written.
    #[derive(Default)]
    struct Counted {
        reads: AtomicUsize,
        commits: AtomicUsize,
    }

    impl Counted {
        fn since(&self) -> (usize, usize) {
            let take = |count: &AtomicUsize| count.swap(0, Ordering::Relaxed);
            (take(&self.reads), take(&self.commits))
        }
    }

    impl Hand for Counted {
        fn before(&self, deed: Deed<'_>) -> Result<(), StoreError> {
            match deed {
                Deed::Read => drop(self.reads.fetch_add(1, Ordering::Relaxed)),
                Deed::Commit(_) => drop(self.commits.fetch_add(1, Ordering::Relaxed)),
                _ => {}
            }
            Ok(())
        }
    }

    #[tokio::test]
    async fn it_is_read_once_and_again_when_another_program_has_written() {
        let key = Key::generate();
        let store = Between::new(Arc::new(MemoryStore::default()), Counted::default());
        let open = async || Vault::open(store.clone(), &key).await.unwrap();
        let register = Register::new(&open().await);
        let id = |number: u8| OpaqueId([number; 16]);
        for number in 1..=20 {
            let device = Device::sample(id(100), id(number));
            register.add(&device).await.unwrap();
        }
        assert_eq!(store.hand.since(), (1, 20));
        for number in 1..=20 {
            assert!(register.find(id(number)).await.unwrap().is_some());
        }
        assert_eq!(store.hand.since(), (0, 0));

        // A round is noted at once, however many are told of.
        let mut told = register.all().await.unwrap();
        for device in &mut told {
            device.heard.keys = true;
        }
        register.note(&told, 9).await.unwrap();
        assert_eq!(store.hand.since(), (0, 1));
        register.note(&told, 9).await.unwrap();
        assert_eq!(store.hand.since(), (0, 0), "there is nothing new");

        let another = Register::new(&open().await);
        let live = Device {
            revoked: None,
            ..Device::sample(id(100), id(21))
        };
        another.add(&live).await.unwrap();
        another.revoke(id(21), 7).await.unwrap();
        store.hand.since();
        let found = register.find(id(21)).await.unwrap();
        assert_eq!(found.and_then(|device| device.revoked), Some(7));
        assert!(register.find(id(1)).await.unwrap().unwrap().heard.keys);
        assert_eq!(store.hand.since(), (1, 0));
        // Both write, and neither loses what the other one has written.
        another.add(&Device::sample(id(100), id(22))).await.unwrap();
        register
            .add(&Device::sample(id(100), id(23)))
            .await
            .unwrap();
        for one in [&register, &another] {
            assert_eq!(one.all().await.unwrap().len(), 23);
        }
    }

    #[tokio::test]
    async fn a_revocation_that_all_have_heard_of_is_told_of_for_as_long_as_a_copy_may_be_old() {
        let register = register().await;
        let heard = Heard {
            keys: true,
            service: true,
            known: true,
        };
        let (long_ago, owed) = (OpaqueId([2; 16]), OpaqueId([3; 16]));
        let device = |id, heard| Device {
            heard,
            ..Device::sample(OpaqueId([1; 16]), id)
        };
        let all = [device(long_ago, heard), device(owed, Heard::default())];
        for device in &all {
            register.add(device).await.unwrap();
        }
        let last = all[0].revoked.unwrap() + TOLD_FOR;
        register.note(&all, last).await.unwrap();
        assert_eq!(register.all().await.unwrap().len(), 2);
        register.note(&all, last + 1).await.unwrap();
        let stay = register.all().await.unwrap();
        let ids: Vec<_> = stay.iter().map(|one| one.attestation.device).collect();
        assert_eq!(ids, [owed], "nobody has heard of that one");
    }

    #[tokio::test]
    async fn the_devices_of_a_mailbox_that_left_are_revoked_and_stay_to_be_told_of() {
        let register = register().await;
        let live = |mailbox: u8, id: u8| Device {
            revoked: None,
            ..Device::sample(OpaqueId([mailbox; 16]), OpaqueId([id; 16]))
        };
        for device in [live(1, 2), live(1, 3), live(4, 5)] {
            register.add(&device).await.unwrap();
        }
        register.revoke(OpaqueId([2; 16]), 7).await.unwrap();
        register.revoke_all(OpaqueId([1; 16]), 9).await.unwrap();
        let all = register.all().await.unwrap();
        let revoked = |id: u8| {
            let of = |one: &&Device| one.attestation.device == OpaqueId([id; 16]);
            all.iter().find(of).unwrap().revoked
        };
        assert_eq!([2, 3, 5].map(revoked), [Some(7), Some(9), None]);
    }

    #[tokio::test]
    async fn sr_55_a_device_that_does_not_open_is_not_left_out() {
        let store = Arc::new(MemoryStore::default());
        let vault = Vault::open(store.clone(), &Key::generate()).await.unwrap();
        let register = Register::new(&vault);
        let device = |id: u8| Device::sample(OpaqueId([1; 16]), OpaqueId([id; 16]));
        register.add(&device(2)).await.unwrap();
        register.add(&device(3)).await.unwrap();
        let mut is_first = true;
        store.tamper(|blob| {
            if std::mem::take(&mut is_first) {
                blob.reverse();
            }
        });
        let is_damaged = |outcome: Result<(), VaultError>| {
            assert!(
                matches!(outcome, Err(VaultError::Store(StoreError::Damaged(_)))),
                "{outcome:?}"
            );
        };
        // The next run reads it.
        let register = Register::new(&vault);
        is_damaged(register.all().await.map(|_| ()));
        is_damaged(register.revoke(OpaqueId([2; 16]), 9).await.map(|_| ()));
        is_damaged(register.revoke(OpaqueId([3; 16]), 9).await.map(|_| ()));
        is_damaged(register.revoke_all(OpaqueId([1; 16]), 9).await);
        is_damaged(register.add(&device(4)).await);
        // Nothing that was tried has hidden it.
        is_damaged(register.all().await.map(|_| ()));
    }
}
