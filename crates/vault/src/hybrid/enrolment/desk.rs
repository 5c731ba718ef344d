//! The connector's end of enrolments.

use std::collections::BTreeMap;

use super::{
    Attestation, CLIENT, CONNECTOR, Code, Opening, Proof, PublicKeys, Refusal, Transcript, Welcome,
};
use crate::{
    hybrid::{passport::SignKey, wire::Bytes},
    opaque::OpaqueId,
};

/// Seconds that a code is good for.
pub const CODE_GOOD_FOR: u64 = 600;
/// Wrong proofs that a code survives.
const TRIES: u8 = 3;
/// Enrolments under way at one connector.
const PENDING_MAX: usize = 1000;

struct Pending {
    address: String,
    code: Code,
    until: u64,
    tries: u8,
}

/// The connector's end: the codes that wait to be proven.
#[derive(Default)]
pub struct Desk {
    pending: BTreeMap<OpaqueId, Pending>,
}

impl std::fmt::Debug for Desk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Desk")
            .field("pending", &self.pending.len())
            .finish()
    }
}

/// What the connector signs and answers with.
#[derive(Debug, Clone, Copy)]
pub struct Attester<'a> {
    /// The organization.
    pub organization: OpaqueId,
    /// The connector's signing key.
    pub key: &'a SignKey,
    /// The connector's public keys.
    pub public: PublicKeys,
    /// The key service's public key.
    pub key_service: [u8; 32],
    /// The key service's address, as devices reach it.
    pub keys_url: &'a str,
}

impl Desk {
    /// Makes a code for an address at `now`. An earlier one for the same
    /// address is of no use any more.
    pub fn open(&mut self, opening: &Opening, now: u64) -> Result<Code, Refusal> {
        let address = opening.address.trim().to_lowercase();
        self.pending
            .retain(|_, pending| pending.until > now && pending.address != address);
        if self.pending.len() >= PENDING_MAX || self.pending.contains_key(&opening.enrolment) {
            return Err(Refusal::TooMany);
        }
        let code = Code::generate();
        let pending = Pending {
            address,
            code: code.copy(),
            until: now.saturating_add(CODE_GOOD_FOR),
            tries: TRIES,
        };
        self.pending.insert(opening.enrolment, pending);
        Ok(code)
    }

    /// Takes a proof at `now`. `mailbox` gives the id of an address's mailbox.
    pub fn prove(
        &mut self,
        proof: &Proof,
        attester: Attester<'_>,
        mailbox: impl FnOnce(&str) -> OpaqueId,
        now: u64,
    ) -> Result<Welcome, Refusal> {
        self.pending.retain(|_, pending| pending.until > now);
        let pending = self
            .pending
            .get_mut(&proof.enrolment)
            .ok_or(Refusal::NoCode)?;
        let transcript = Transcript {
            organization: attester.organization,
            enrolment: proof.enrolment,
            address: &pending.address,
            connector: attester.public,
            device: proof.device,
        };
        if !pending
            .code
            .is_proven(CLIENT, &transcript.bytes(), &proof.mac)
        {
            pending.tries -= 1;
            if pending.tries == 0 {
                self.pending.remove(&proof.enrolment);
            }
            return Err(Refusal::WrongCode);
        }
        let attestation = Attestation {
            organization: attester.organization,
            mailbox: mailbox(&pending.address),
            device: OpaqueId::random(),
            keys: proof.device,
            issued: now,
            signature: Bytes::default(),
        }
        .signed(attester.key);
        let keys = (&attester.key_service, attester.keys_url);
        let bytes = transcript.welcome(&attestation, keys);
        let mac = pending.code.prove(CONNECTOR, &bytes);
        self.pending.remove(&proof.enrolment);
        Ok(Welcome {
            attestation,
            key_service: attester.key_service,
            keys_url: attester.keys_url.to_owned(),
            mac,
        })
    }
}
