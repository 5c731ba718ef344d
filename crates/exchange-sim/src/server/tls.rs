//! An own certificate authority and a certificate for loopback names.

use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose};
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use sha2::{Digest, Sha256};
use tokio_rustls::TlsAcceptor;

/// What a server needs for TLS, and what a client needs to trust it.
pub(crate) struct Identity {
    pub(crate) authority_pem: String,
    pub(crate) acceptor: TlsAcceptor,
    /// SHA-256 of the certificate, for channel binding.
    pub(crate) hash: Vec<u8>,
}

impl Identity {
    /// Makes a new authority and a certificate by it.
    pub(crate) fn new() -> Result<Self, String> {
        let text = |error: &dyn std::fmt::Display| error.to_string();
        let authority_key = KeyPair::generate().map_err(|error| text(&error))?;
        let mut authority = CertificateParams::new(Vec::new()).map_err(|error| text(&error))?;
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        authority.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        authority
            .distinguished_name
            .push(DnType::CommonName, "Simulated Exchange CA");
        let authority_pem = authority
            .self_signed(&authority_key)
            .map_err(|error| text(&error))?
            .pem();
        let issuer = Issuer::new(authority, authority_key);

        let key = KeyPair::generate().map_err(|error| text(&error))?;
        let names = [
            "localhost",
            "127.0.0.1",
            "::1",
            "mail.example.org",
            "autodiscover.example.org",
            // Of another organization.
            "autodiscover.example.net",
        ];
        let mut params = CertificateParams::new(names.map(str::to_owned).to_vec())
            .map_err(|error| text(&error))?;
        params
            .distinguished_name
            .push(DnType::CommonName, "mail.example.org");
        let certificate = params
            .signed_by(&key, &issuer)
            .map_err(|error| text(&error))?;
        let hash = Sha256::digest(certificate.der()).to_vec();
        let chain: Vec<CertificateDer<'static>> = vec![certificate.der().clone()];
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| text(&error))?
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .map_err(|error| text(&error))?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self {
            authority_pem,
            acceptor: TlsAcceptor::from(Arc::new(config)),
            hash,
        })
    }
}
