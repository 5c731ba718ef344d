//! NTLMv2 as a server speaks it (MS-NLMP), bound to one connection.

use hmac::{Hmac, KeyInit, Mac};
use md4::{Digest as _, Md4};
use md5::Md5;

use super::ChannelBinding;
use crate::world::World;
use crate::world::mailbox::Mailbox;

const SIGNATURE: &[u8; 8] = b"NTLMSSP\0";
/// Unicode, request target, NTLM, always sign, target is a domain, extended
/// session security, target info, version, 128 bits, key exchange, 56 bits.
const FLAGS: u32 = 0xe289_8205;
/// `NTLMSSP_NEGOTIATE_SIGN` and `NTLMSSP_NEGOTIATE_SEAL`.
const SIGN_OR_SEAL: u32 = 0x30;
/// `NTLMSSP_NEGOTIATE_KEY_EXCH`.
const KEY_EXCHANGE: u32 = 0x4000_0000;
/// Where the last message holds its integrity code.
const MIC: std::ops::Range<usize> = 72..88;
const DOMAIN: &str = "EXAMPLE";

/// How far a connection's handshake is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum Handshake {
    /// Nothing was said.
    #[default]
    Fresh,
    /// A challenge is out.
    Challenged(Challenge),
    /// This account stands behind the connection.
    Proven(String),
}

/// What the two first messages were, which the last one vouches for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Challenge {
    nonce: [u8; 8],
    negotiate: Vec<u8>,
    /// The server's own message.
    pub(super) message: Vec<u8>,
}

/// What a message from the client leads to.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Send this challenge.
    Challenge(Challenge),
    /// The account has proven itself.
    Proven(String),
    /// Refused.
    Refused,
}

/// The endpoint hash that a client's proof must be bound to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Binding<'a> {
    pub(super) mode: ChannelBinding,
    /// SHA-256 of the server's certificate; none without TLS.
    pub(super) certificate: Option<&'a [u8]>,
}

/// Takes the client's next message.
pub(super) fn step(world: &World, known: &Handshake, message: &[u8], binding: Binding<'_>) -> Step {
    if !message.starts_with(SIGNATURE) {
        return Step::Refused;
    }
    match (number(message, 8), known) {
        (Some(1), _) => {
            let mut nonce = [0; 8];
            let random = uuid::Uuid::new_v4();
            nonce
                .iter_mut()
                .zip(random.as_bytes().iter())
                .for_each(|(to, from)| *to = *from);
            Step::Challenge(Challenge {
                nonce,
                negotiate: message.to_vec(),
                message: challenge(
                    nonce,
                    // A server grants the protection that was asked for.
                    FLAGS | number(message, 12).unwrap_or_default() & SIGN_OR_SEAL,
                    world.now().timestamp(),
                ),
            })
        }
        (Some(3), Handshake::Challenged(known)) => match prove(world, message, known, binding) {
            Some(account) => Step::Proven(account),
            None => Step::Refused,
        },
        _ => Step::Refused,
    }
}

fn challenge(nonce: [u8; 8], flags: u32, seconds: i64) -> Vec<u8> {
    let domain = utf16(DOMAIN);
    let mut info = Vec::new();
    let mut pair = |id: u16, value: &[u8]| {
        info.extend(id.to_le_bytes());
        info.extend(u16::try_from(value.len()).unwrap_or_default().to_le_bytes());
        info.extend(value);
    };
    pair(2, &domain);
    pair(1, &utf16("EXCH01"));
    pair(4, &utf16("example.org"));
    pair(3, &utf16("exch01.example.org"));
    // FILETIME: 100 ns since 1601.
    pair(7, &((seconds + 11_644_473_600) * 10_000_000).to_le_bytes());
    pair(0, &[]);
    let mut out = SIGNATURE.to_vec();
    out.extend(2_u32.to_le_bytes());
    out.extend(field(domain.len(), 56));
    out.extend(flags.to_le_bytes());
    out.extend(nonce);
    out.extend([0; 8]);
    out.extend(field(info.len(), 56 + domain.len()));
    out.extend([10, 0, 0x7c, 0x4f, 0, 0, 0, 15]);
    out.extend(domain);
    out.extend(info);
    out
}

fn prove(world: &World, message: &[u8], known: &Challenge, binding: Binding<'_>) -> Option<String> {
    let response = part(message, 20)?;
    let domain = text(part(message, 28)?)?;
    let user = text(part(message, 36)?)?;
    let mailbox = super::gate::by_sign_in_name(world, &user)?;
    let (proof, blob) = response.split_at_checked(16)?;
    let key = password_key(mailbox, &user, &domain)?;
    let expected = keyed(&key, &[&known.nonce, blob])?;
    if proof != expected || !is_bound(blob, binding) || !is_whole(message, known, &key, proof, blob)
    {
        return None;
    }
    Some(mailbox.address.clone())
}

/// `NTOWFv2` (MS-NLMP 3.3.2).
fn password_key(mailbox: &Mailbox, user: &str, domain: &str) -> Option<[u8; 16]> {
    let secret = Md4::digest(utf16(&mailbox.password));
    keyed(
        &secret,
        &[&utf16(&format!("{}{domain}", user.to_uppercase()))],
    )
}

/// Whether the code over all three messages is right, when the client says
/// that it sent one (`MsvAvFlags`, MS-NLMP 3.2.5.1.2).
fn is_whole(message: &[u8], known: &Challenge, key: &[u8], proof: &[u8], blob: &[u8]) -> bool {
    let flags = pairs(blob.get(28..).unwrap_or_default())
        .find(|(id, _)| *id == 6)
        .and_then(|(_, value)| number(value, 0));
    if flags.is_none_or(|flags| flags & 2 == 0) {
        return true;
    }
    let code = || {
        let base = keyed(key, &[proof])?;
        let flags = number(message, 60)?;
        // MS-NLMP 3.2.5.1.2: a key is exchanged only where it has a use.
        let exchanged = flags & KEY_EXCHANGE != 0 && flags & SIGN_OR_SEAL != 0;
        let session = if exchanged {
            rc4(&base, part(message, 52)?)
        } else {
            base.to_vec()
        };
        let mut unsigned = message.to_vec();
        unsigned.get_mut(MIC)?.fill(0);
        keyed(&session, &[&known.negotiate, &known.message, &unsigned])
    };
    code().is_some_and(|code| message.get(MIC) == Some(&code))
}

/// The stream cipher that NTLM hides the session key with.
fn rc4(key: &[u8], data: &[u8]) -> Vec<u8> {
    let mut state: Vec<u8> = (0..=255).collect();
    let at = |state: &[u8], place: u8| state.get(usize::from(place)).copied().unwrap_or_default();
    let mut other = 0_u8;
    for (place, part) in (0..=255_u8).zip(key.iter().cycle()) {
        other = other.wrapping_add(at(&state, place)).wrapping_add(*part);
        state.swap(usize::from(place), usize::from(other));
    }
    let (mut place, mut other) = (0_u8, 0_u8);
    data.iter()
        .map(|byte| {
            place = place.wrapping_add(1);
            other = other.wrapping_add(at(&state, place));
            state.swap(usize::from(place), usize::from(other));
            let sum = at(&state, place).wrapping_add(at(&state, other));
            byte ^ at(&state, sum)
        })
        .collect()
}

fn keyed(key: &[u8], parts: &[&[u8]]) -> Option<[u8; 16]> {
    let mut mac = Hmac::<Md5>::new_from_slice(key).ok()?;
    for part in parts {
        mac.update(part);
    }
    Some(mac.finalize().into_bytes().into())
}

/// Whether the client tied its proof to this server's certificate
/// (`MsvAvChannelBindings`, RFC 5929 `tls-server-end-point`).
fn is_bound(blob: &[u8], binding: Binding<'_>) -> bool {
    let Some(certificate) = binding.certificate else {
        return true;
    };
    let given = pairs(blob.get(28..).unwrap_or_default())
        .find(|(id, _)| *id == 10)
        .map(|(_, value)| value);
    let given = given.filter(|value| value.iter().any(|byte| *byte != 0));
    match (binding.mode, given) {
        (ChannelBinding::Ignored, _) | (ChannelBinding::Allowed, None) => true,
        (ChannelBinding::Required, None) => false,
        (_, Some(given)) => {
            let mut bindings = vec![0; 16];
            let data = [b"tls-server-end-point:".as_slice(), certificate].concat();
            bindings.extend(u32::try_from(data.len()).unwrap_or_default().to_le_bytes());
            bindings.extend(data);
            Md5::digest(&bindings).as_slice() == given
        }
    }
}

fn pairs(mut info: &[u8]) -> impl Iterator<Item = (u16, &[u8])> {
    std::iter::from_fn(move || {
        let (head, rest) = info.split_at_checked(4)?;
        let [a, b, c, d] = head else { return None };
        let id = u16::from_le_bytes([*a, *b]);
        let (value, rest) = rest.split_at_checked(usize::from(u16::from_le_bytes([*c, *d])))?;
        info = rest;
        (id != 0).then_some((id, value))
    })
}

fn field(length: usize, offset: usize) -> [u8; 8] {
    let length = u16::try_from(length).unwrap_or_default().to_le_bytes();
    let offset = u32::try_from(offset).unwrap_or_default().to_le_bytes();
    let mut out = [0; 8];
    let bytes = length.into_iter().chain(length).chain(offset);
    out.iter_mut().zip(bytes).for_each(|(to, from)| *to = from);
    out
}

fn number(message: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(
        message.get(at..at + 4)?.try_into().ok()?,
    ))
}

/// The bytes that a length-and-offset field names.
fn part(message: &[u8], at: usize) -> Option<&[u8]> {
    let length = u16::from_le_bytes(message.get(at..at + 2)?.try_into().ok()?);
    let offset = number(message, at + 4)? as usize;
    message.get(offset..offset.checked_add(usize::from(length))?)
}

fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

fn text(bytes: &[u8]) -> Option<String> {
    let units: Vec<u16> = bytes
        .chunks_exact(2)
        .filter_map(|pair| Some(u16::from_le_bytes(pair.try_into().ok()?)))
        .collect();
    String::from_utf16(&units).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn world() -> World {
        let now = "2026-11-23T08:00:00Z".parse().unwrap();
        let mut world = World::empty(now);
        world.add_mailbox("user@example.org", "User", chrono_tz::Tz::UTC, "Password");
        world
    }

    fn challenged() -> Handshake {
        Handshake::Challenged(Challenge {
            nonce: [5; 8],
            negotiate: Vec::new(),
            message: Vec::new(),
        })
    }

    fn plain() -> Binding<'static> {
        Binding {
            mode: ChannelBinding::Allowed,
            certificate: None,
        }
    }

    /// The client's last message with this password and these AV pairs.
    fn answer(nonce: [u8; 8], password: &str, pairs: &[u8]) -> Vec<u8> {
        let blob = [
            &[1, 1, 0, 0, 0, 0, 0, 0],
            [7; 16].as_slice(),
            &[0; 4],
            pairs,
            &[0; 8],
        ]
        .concat();
        let mut mailbox = world().mailbox("user@example.org").unwrap().clone();
        password.clone_into(&mut mailbox.password);
        let key = password_key(&mailbox, "User", "Domain").unwrap();
        let proof = keyed(&key, &[&nonce, &blob]).unwrap();
        let response = [&proof, blob.as_slice()].concat();
        let (domain, user) = (utf16("Domain"), utf16("User"));
        let mut out = SIGNATURE.to_vec();
        out.extend(3_u32.to_le_bytes());
        out.extend(field(0, 64));
        out.extend(field(response.len(), 64));
        out.extend(field(domain.len(), 64 + response.len()));
        out.extend(field(user.len(), 64 + response.len() + domain.len()));
        out.extend([0; 20]);
        [out, response, domain, user].concat()
    }

    #[test]
    fn the_key_of_the_specifications_example_comes_out() {
        let secret = Md4::digest(utf16("Password"));
        let key = keyed(&secret, &[&utf16("USERDomain")]).unwrap();
        let expected: [u8; 16] = [
            0x0c, 0x86, 0x8a, 0x40, 0x3b, 0xfd, 0x7a, 0x93, 0xa3, 0x00, 0x1e, 0xf2, 0x2e, 0xf0,
            0x2e, 0x3f,
        ];
        assert_eq!(key, expected);
    }

    #[test]
    fn the_right_password_proves_and_a_wrong_one_does_not() {
        let known = challenged();
        let right = step(&world(), &known, &answer([5; 8], "Password", &[]), plain());
        assert_eq!(right, Step::Proven("user@example.org".to_owned()));
        assert_eq!(
            step(&world(), &known, &answer([5; 8], "guess", &[]), plain()),
            Step::Refused
        );
        assert_eq!(
            step(&world(), &known, &answer([6; 8], "Password", &[]), plain()),
            Step::Refused
        );
    }

    #[test]
    fn the_cipher_gives_the_known_answer() {
        // The text example that every description of the cipher repeats.
        assert_eq!(
            rc4(b"Key", b"Plaintext"),
            [0xbb, 0xf3, 0x16, 0xe8, 0xd9, 0x40, 0xaf, 0x0a, 0xd3]
        );
    }

    #[test]
    fn a_message_that_promises_a_code_and_has_a_wrong_one_is_refused() {
        let known = challenged();
        let promised = answer([5; 8], "Password", &[6, 0, 4, 0, 2, 0, 0, 0]);
        assert_eq!(step(&world(), &known, &promised, plain()), Step::Refused);
    }

    #[test]
    fn a_proof_without_a_challenge_is_refused() {
        let message = answer([0; 8], "Password", &[]);
        assert_eq!(
            step(&world(), &Handshake::Fresh, &message, plain()),
            Step::Refused
        );
        assert_eq!(
            step(&world(), &Handshake::Fresh, b"NTLMSSP\0", plain()),
            Step::Refused
        );
    }

    #[test]
    fn where_binding_is_required_an_unbound_or_foreign_proof_is_refused() {
        let known = challenged();
        let required = |certificate| Binding {
            mode: ChannelBinding::Required,
            certificate: Some(certificate),
        };
        let bound_to = |certificate: &[u8]| {
            let data = [b"tls-server-end-point:".as_slice(), certificate].concat();
            let length = u32::try_from(data.len()).unwrap().to_le_bytes();
            let hash = Md5::digest([[0; 16].as_slice(), length.as_slice(), &data].concat());
            [&[10, 0, 16, 0], hash.as_slice()].concat()
        };
        let try_with = |pairs: &[u8]| {
            step(
                &world(),
                &known,
                &answer([5; 8], "Password", pairs),
                required(&[9; 32]),
            )
        };
        assert_eq!(
            try_with(&bound_to(&[9; 32])),
            Step::Proven("user@example.org".to_owned())
        );
        assert_eq!(try_with(&bound_to(&[8; 32])), Step::Refused);
        assert_eq!(try_with(&[]), Step::Refused);
    }
}
