//! Who asks: requests are signed by a key that never leaves its holder, so
//! there is no password and no token that could be stolen at the service
//! (docs/decisions/0010).
//!
//! ```text
//! Authorization: Joinbell <organization>.<device | connector>.<seconds>.<digest>.<signature>
//! ```
//!
//! The Ed25519 signature (RFC 8032; base64url) covers the audience, the
//! organization, the holder, the time, the method, the path with its query,
//! and the SHA-256 of the body, which is the digest (base64url): who asks is
//! known before the body is read (docs/decisions/0032). A request is good for
//! two minutes. Within them
//! somebody who reads the TLS stream could repeat it to the same service, and
//! gain nothing: what is read is sealed, and what is written names what it
//! follows. The key service, which counts and notes each release, takes the
//! same request once.

use std::str::FromStr;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use thiserror::Error;

use super::{joined, sha256};
use crate::{key::Key, opaque::OpaqueId};

/// The name of the scheme.
pub const SCHEME: &str = "Joinbell";

/// Seconds before and after its own time in which a request is good.
pub const GOOD_FOR: u64 = 120;

/// A header of the answer 401 to a request that is signed for another time: not
/// the device is in question then, but one of the two clocks.
pub const EXPIRED: &str = "joinbell-expired";

/// Which program a request is for. One does not pass for the other (SR-54).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Audience {
    /// The store of sealed records.
    Service,
    /// The key service.
    Keys,
}

impl Audience {
    fn name(self) -> &'static [u8] {
        match self {
            Self::Service => b"service",
            Self::Keys => b"keys",
        }
    }
}

/// Who holds a key within an organization.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Holder {
    /// The organization's connector.
    Connector,
    /// A device that was enrolled.
    Device(OpaqueId),
}

impl std::fmt::Display for Holder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Connector => f.write_str("connector"),
            Self::Device(id) => id.fmt(f),
        }
    }
}

impl FromStr for Holder {
    type Err = crate::opaque::NotAnId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "connector" => Ok(Self::Connector),
            id => id.parse().map(Self::Device),
        }
    }
}

/// A signing key. `Debug` prints nothing of it; it is wiped when dropped.
pub struct SignKey(SigningKey);

impl std::fmt::Debug for SignKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SignKey(‹redacted›)")
    }
}

impl SignKey {
    /// A fresh key from the operating system's generator.
    pub fn generate() -> Self {
        Self(SigningKey::from_bytes(Key::generate().expose()))
    }

    /// The key of these 32 bytes.
    pub fn from_bytes(bytes: &[u8; 32]) -> Self {
        Self(SigningKey::from_bytes(bytes))
    }

    /// Its bytes, to be kept where keys are kept.
    pub fn expose(&self) -> &[u8; 32] {
        self.0.as_bytes()
    }

    /// The public half.
    pub fn public(&self) -> [u8; 32] {
        self.0.verifying_key().to_bytes()
    }

    pub(crate) fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.0.sign(message).to_bytes()
    }
}

/// Whether `signature` is the holder of `public`'s over `message`. Strict: keys
/// of small order and signatures in two forms are refused.
pub(crate) fn is_signed(public: &[u8; 32], message: &[u8], signature: &[u8; 64]) -> bool {
    VerifyingKey::from_bytes(public).is_ok_and(|key| {
        key.verify_strict(message, &Signature::from_bytes(signature))
            .is_ok()
    })
}

/// What is asked, as far as it is signed.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// All but the body.
    pub head: Head<'a>,
    /// The body; empty where there is none.
    pub body: &'a [u8],
}

/// Who somebody says to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// The organization.
    pub organization: OpaqueId,
    /// Whose key signed.
    pub holder: Holder,
    seconds: u64,
    /// SHA-256 of the body.
    digest: [u8; 32],
    signature: [u8; 64],
}

/// What is asked, without the body.
#[derive(Debug, Clone, Copy)]
pub struct Head<'a> {
    /// Which program is asked.
    pub audience: Audience,
    /// In capital letters.
    pub method: &'a str,
    /// The path and, after a question mark, the query, as they are sent.
    pub path: &'a str,
}

/// Why a claim is not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum NotProven {
    /// The header has another form.
    #[error("The request is not signed as it must be")]
    Malformed,
    /// Its time is not now.
    #[error("The request's time is not now; set the clock")]
    Expired,
    /// The signature is another's, or of another request.
    #[error("The request's signature is not that of its sender")]
    Forged,
}

fn message(
    head: Head<'_>,
    digest: &[u8; 32],
    organization: OpaqueId,
    holder: Holder,
    seconds: u64,
) -> Vec<u8> {
    joined(&[
        b"joinbell request 1",
        head.audience.name(),
        &organization.0,
        holder.to_string().as_bytes(),
        &seconds.to_be_bytes(),
        head.method.as_bytes(),
        head.path.as_bytes(),
        digest,
    ])
}

/// The value of the header for a request at `now`, in seconds since 1970.
pub fn sign(
    key: &SignKey,
    organization: OpaqueId,
    holder: Holder,
    request: Request<'_>,
    now: u64,
) -> String {
    let digest = sha256(request.body);
    let signed = message(request.head, &digest, organization, holder, now);
    let signature = key.sign(&signed);
    let (digest, signature) = (BASE64.encode(digest), BASE64.encode(signature));
    format!("{SCHEME} {organization}.{holder}.{now}.{digest}.{signature}")
}

impl Claim {
    /// Reads the header's value.
    pub fn read(value: &str) -> Result<Self, NotProven> {
        let read = || {
            let rest = value.strip_prefix(SCHEME)?.strip_prefix(' ')?;
            let mut parts = rest.split('.');
            let claim = Self {
                organization: parts.next()?.parse().ok()?,
                holder: parts.next()?.parse().ok()?,
                seconds: parts.next()?.parse().ok()?,
                digest: BASE64.decode(parts.next()?).ok()?.try_into().ok()?,
                signature: BASE64.decode(parts.next()?).ok()?.try_into().ok()?,
            };
            parts.next().is_none().then_some(claim)
        };
        read().ok_or(NotProven::Malformed)
    }

    /// Whether the holder of `public` signed this request, within the time;
    /// its body is then the one that [`Self::is_over`].
    pub fn prove(&self, public: &[u8; 32], head: Head<'_>, now: u64) -> Result<(), NotProven> {
        if self.seconds.abs_diff(now) > GOOD_FOR {
            return Err(NotProven::Expired);
        }
        let (organization, holder) = (self.organization, self.holder);
        let message = message(head, &self.digest, organization, holder, self.seconds);
        if is_signed(public, &message, &self.signature) {
            Ok(())
        } else {
            Err(NotProven::Forged)
        }
    }

    /// What tells this request from all others of its holder: half of the
    /// signature, of which there is one for each message.
    pub fn mark(&self) -> [u8; 32] {
        let mut mark = [0; 32];
        mark.copy_from_slice(&self.signature[..32]);
        mark
    }

    /// The last second in which it is good.
    pub fn good_until(&self) -> u64 {
        self.seconds.saturating_add(GOOD_FOR)
    }

    /// Whether this is the body that was signed.
    pub fn is_over(&self, body: &[u8]) -> bool {
        sha256(body) == self.digest
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NOW: u64 = 1_800_000_000;

    fn request() -> Request<'static> {
        Request {
            head: head(),
            body: b"",
        }
    }

    fn head() -> Head<'static> {
        Head {
            audience: Audience::Service,
            method: "GET",
            path: "/v1/mailboxes?x=1",
        }
    }

    fn signed() -> (SignKey, Claim) {
        let key = SignKey::generate();
        let organization = OpaqueId([1; 16]);
        let value = sign(&key, organization, Holder::Connector, request(), NOW);
        (key, Claim::read(&value).unwrap())
    }

    #[test]
    fn a_signed_request_is_believed_for_two_minutes() {
        let (key, claim) = signed();
        for late in [0, GOOD_FOR] {
            assert_eq!(claim.prove(&key.public(), head(), NOW + late), Ok(()));
        }
        let late = claim.prove(&key.public(), head(), NOW + GOOD_FOR + 1);
        assert_eq!(late, Err(NotProven::Expired));
        let early = claim.prove(&key.public(), head(), NOW - GOOD_FOR - 1);
        assert_eq!(early, Err(NotProven::Expired));
    }

    #[test]
    fn sr_54_a_request_passes_for_no_other() {
        let (key, claim) = signed();
        let others = [
            Head {
                audience: Audience::Keys,
                ..head()
            },
            Head {
                method: "PUT",
                ..head()
            },
            Head {
                path: "/v1/mailboxes?x=2",
                ..head()
            },
        ];
        for other in others {
            assert_eq!(
                claim.prove(&key.public(), other, NOW),
                Err(NotProven::Forged)
            );
        }
        assert!(claim.is_over(b"") && !claim.is_over(b"x"));
        let over_another = Claim {
            digest: sha256(b"x"),
            ..claim.clone()
        };
        assert_eq!(
            over_another.prove(&key.public(), head(), NOW),
            Err(NotProven::Forged)
        );
        let other_key = SignKey::generate().public();
        assert_eq!(claim.prove(&other_key, head(), NOW), Err(NotProven::Forged));
        let of_another = Claim {
            organization: OpaqueId([2; 16]),
            ..claim.clone()
        };
        assert_eq!(
            of_another.prove(&key.public(), head(), NOW),
            Err(NotProven::Forged)
        );
        let holder = Holder::Device(OpaqueId([3; 16]));
        let as_device = Claim { holder, ..claim };
        assert_eq!(
            as_device.prove(&key.public(), head(), NOW),
            Err(NotProven::Forged)
        );
    }

    #[test]
    fn sr_62_a_weak_public_key_is_refused() {
        let (_, claim) = signed();
        // The neutral element: for it every message has a signature.
        let mut neutral = [0; 32];
        neutral[0] = 1;
        assert_eq!(claim.prove(&neutral, head(), NOW), Err(NotProven::Forged));
    }

    proptest! {
        #[test]
        fn whatever_the_header_says_reading_it_does_not_fail_otherwise(text in ".{0,200}") {
            prop_assert!(Claim::read(&text).is_err_and(|error| error == NotProven::Malformed));
        }
    }
}
