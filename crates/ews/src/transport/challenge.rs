//! What a server says about itself in its NTLM challenge. Whoever asks need
//! not name an account (MS-NLMP §2.2.1.2, §2.2.2.1).

use base64::{Engine as _, prelude::BASE64_STANDARD};

/// The domain whose users the server knows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ServerDomain {
    /// What stands in front of the backslash: `CORP`.
    pub netbios: Option<String>,
    /// What stands behind the at sign, where the directory has no other one
    /// for its users: `corp.example.org`.
    pub dns: Option<String>,
}

/// A first message without names: Unicode, OEM, target and NTLM are asked for
/// (MS-NLMP §2.2.1.1).
pub(super) fn anonymous_hello() -> String {
    let mut hello = b"NTLMSSP\0".to_vec();
    hello.extend(1_u32.to_le_bytes());
    hello.extend(0x0008_8207_u32.to_le_bytes());
    hello.extend([0; 16]);
    format!("NTLM {}", BASE64_STANDARD.encode(hello))
}

/// Longest name; those of directories have at most 255 characters.
const NAME_MAX: usize = 512;

/// Reads the names out of a challenge; `None` when it is none.
pub(crate) fn read(message: &[u8]) -> Option<ServerDomain> {
    let is_challenge = message.starts_with(b"NTLMSSP\0") && long(message, 8)? == 2;
    if !is_challenge {
        return None;
    }
    let length = usize::from(short(message, 40)?);
    let start = usize::try_from(long(message, 44)?).ok()?;
    let mut pairs = message.get(start..start.checked_add(length)?)?;
    let mut domain = ServerDomain::default();
    while let (Some(id), Some(length)) = (short(pairs, 0), short(pairs, 2)) {
        let end = 4 + usize::from(length);
        let value = pairs.get(4..end)?;
        match id {
            0 => break,
            2 => domain.netbios = name(value),
            4 => domain.dns = name(value),
            _ => {}
        }
        pairs = pairs.get(end..)?;
    }
    Some(domain)
}

fn short(bytes: &[u8], at: usize) -> Option<u16> {
    let two = bytes.get(at..at.checked_add(2)?)?;
    Some(u16::from_le_bytes(two.try_into().ok()?))
}

fn long(bytes: &[u8], at: usize) -> Option<u32> {
    let four = bytes.get(at..at.checked_add(4)?)?;
    Some(u32::from_le_bytes(four.try_into().ok()?))
}

/// A name of letters, digits, dots and hyphens: it is shown to people, and who
/// sent it is not proven.
fn name(utf16: &[u8]) -> Option<String> {
    if utf16.len() > NAME_MAX {
        return None;
    }
    let units = utf16
        .chunks_exact(2)
        .map(|two| u16::from_le_bytes([two[0], two[1]]));
    let name: String = char::decode_utf16(units).collect::<Result<_, _>>().ok()?;
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_');
    (!name.is_empty() && name.chars().all(plain)).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn challenge(pairs: &[(u16, &str)]) -> Vec<u8> {
        let mut info = Vec::new();
        for (id, value) in pairs {
            let value: Vec<u8> = value.encode_utf16().flat_map(u16::to_le_bytes).collect();
            info.extend(id.to_le_bytes());
            info.extend(u16::try_from(value.len()).unwrap().to_le_bytes());
            info.extend(value);
        }
        let mut message = b"NTLMSSP\0".to_vec();
        message.extend(2_u32.to_le_bytes());
        message.resize(40, 0);
        let length = u16::try_from(info.len()).unwrap().to_le_bytes();
        message.extend(length);
        message.extend(length);
        message.extend(56_u32.to_le_bytes());
        message.resize(56, 0);
        message.extend(info);
        message
    }

    #[test]
    fn the_names_of_the_domain_are_read() {
        let message = challenge(&[(1, "EXCH01"), (2, "CORP"), (4, "corp.example.org"), (0, "")]);
        let expected = ServerDomain {
            netbios: Some("CORP".to_owned()),
            dns: Some("corp.example.org".to_owned()),
        };
        assert_eq!(read(&message), Some(expected));
    }

    #[test]
    fn a_name_that_would_steer_a_terminal_is_none() {
        let message = challenge(&[(2, "CO\u{1b}[2J"), (4, "a b"), (0, "")]);
        assert_eq!(read(&message), Some(ServerDomain::default()));
    }

    proptest::proptest! {
        #[test]
        fn no_challenge_makes_the_reader_panic(bytes: Vec<u8>, length: u16, start: u32) {
            let _none = read(&bytes);
            let mut message = challenge(&[(2, "CORP")]);
            message.splice(40..42, length.to_le_bytes());
            message.splice(44..48, start.to_le_bytes());
            message.extend(bytes);
            let _names = read(&message);
        }
    }
}
