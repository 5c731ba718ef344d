//! NTLMv2's three messages (MS-NLMP), tied to the TLS certificate of the
//! connection that they travel on (RFC 5929, `tls-server-end-point`).

use sha2::{Digest as _, Sha256, Sha384, Sha512};
use sspi::{
    AuthIdentityBuffers, BufferType, ClientRequestFlags, DataRepresentation, Ntlm, SecurityBuffer,
    Sspi as _, SspiImpl as _,
};
use x509_parser::prelude::{FromDer as _, X509Certificate};
use zeroize::Zeroizing;

/// A handshake that failed on this side: the server's message is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct BadChallenge;

/// One handshake on one connection.
pub(crate) struct Handshake {
    ntlm: Ntlm,
    identity: Option<AuthIdentityBuffers>,
    /// `HTTP/host`.
    target: String,
}

/// Bytes of a challenge; real ones have a few hundred.
const CHALLENGE_MAX: usize = 16 * 1024;

impl Handshake {
    /// `user` is `DOMAIN\name` or `name@domain`, which the server looks up
    /// whole. `certificate` is the server's, in DER.
    pub(crate) fn new(
        host: &str,
        user: &str,
        password: &Zeroizing<String>,
        certificate: Option<&[u8]>,
    ) -> Self {
        let (domain, name) = user.split_once('\\').unwrap_or(("", user));
        let mut ntlm = Ntlm::new();
        if let Some(binding) = certificate.and_then(binding) {
            ntlm.set_channel_bindings(&binding);
        }
        Self {
            ntlm,
            identity: Some(AuthIdentityBuffers::from_utf8(name, domain, password)),
            target: format!("HTTP/{host}"),
        }
    }

    /// The first message.
    pub(crate) fn hello(&mut self) -> Result<Vec<u8>, BadChallenge> {
        self.step(&[])
    }

    /// The last message, with the proof.
    pub(crate) fn proof(&mut self, challenge: &[u8]) -> Result<Vec<u8>, BadChallenge> {
        if challenge.len() > CHALLENGE_MAX {
            return Err(BadChallenge);
        }
        self.step(challenge)
    }

    fn step(&mut self, message: &[u8]) -> Result<Vec<u8>, BadChallenge> {
        let mut input = [SecurityBuffer::new(message.to_vec(), BufferType::Token)];
        let mut output = [SecurityBuffer::new(Vec::new(), BufferType::Token)];
        let mut builder = self
            .ntlm
            .initialize_security_context()
            .with_credentials_handle(&mut self.identity)
            .with_context_requirements(ClientRequestFlags::INTEGRITY)
            .with_target_data_representation(DataRepresentation::Native)
            .with_target_name(&self.target)
            .with_input(&mut input)
            .with_output(&mut output);
        let mut ntlm = self.ntlm.clone();
        let done = ntlm
            .initialize_security_context_impl(&mut builder)
            .and_then(|mut steps| steps.resolve_to_result());
        done.map_err(|_| BadChallenge)?;
        self.ntlm = ntlm;
        let [token] = output;
        Ok(token.buffer)
    }
}

/// `tls-server-end-point:` and the certificate's hash, by the hash of its
/// signature, and SHA-256 where that is MD5, SHA-1 or unknown (RFC 5929 §4.1).
pub(super) fn binding(certificate: &[u8]) -> Option<Vec<u8>> {
    let (_, parsed) = X509Certificate::from_der(certificate).ok()?;
    let algorithm = parsed.signature_algorithm.algorithm.to_id_string();
    let hash = match algorithm.as_str() {
        // sha384WithRSAEncryption, ecdsa-with-SHA384.
        "1.2.840.113549.1.1.12" | "1.2.840.10045.4.3.3" => Sha384::digest(certificate).to_vec(),
        // sha512WithRSAEncryption, ecdsa-with-SHA512.
        "1.2.840.113549.1.1.13" | "1.2.840.10045.4.3.4" => Sha512::digest(certificate).to_vec(),
        _ => Sha256::digest(certificate).to_vec(),
    };
    Some([b"tls-server-end-point:".as_slice(), &hash].concat())
}

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, KeyPair, SignatureAlgorithm};
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case(&rcgen::PKCS_ECDSA_P256_SHA256, 32)]
    #[case(&rcgen::PKCS_ECDSA_P384_SHA384, 48)]
    #[case(&rcgen::PKCS_ED25519, 32)]
    fn the_binding_takes_the_hash_of_the_certificates_signature(
        #[case] algorithm: &'static SignatureAlgorithm,
        #[case] length: usize,
    ) {
        let key = KeyPair::generate_for(algorithm).unwrap();
        let certificate = CertificateParams::new(vec!["mail.example.org".to_owned()])
            .unwrap()
            .self_signed(&key)
            .unwrap();
        let bound = binding(certificate.der()).unwrap();
        let hash = bound.strip_prefix(b"tls-server-end-point:").unwrap();
        assert_eq!(hash.len(), length);
    }

    #[test]
    fn the_first_message_says_nothing_of_the_user() {
        let password = Zeroizing::new("secret".to_owned());
        let mut handshake = Handshake::new("mail.example.org", "EXAMPLE\\anna", &password, None);
        let hello = handshake.hello().unwrap();
        assert!(hello.starts_with(b"NTLMSSP\0\x01\0\0\0"));
        let text: String = hello.iter().map(|b| char::from(*b)).collect();
        assert!(!text.contains("anna") && !text.contains("a\0n\0n\0a"));
    }

    proptest::proptest! {
        #[test]
        fn no_challenge_makes_the_handshake_panic(mut bytes: Vec<u8>, signed: bool) {
            if signed {
                bytes.splice(0..0, *b"NTLMSSP\0\x02\0\0\0");
            }
            let password = Zeroizing::new("secret".to_owned());
            let mut handshake = Handshake::new("mail.example.org", "anna", &password, None);
            handshake.hello().unwrap();
            let _proof = handshake.proof(&bytes);
        }
    }
}
