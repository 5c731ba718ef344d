//! TLS: the platform's verifier, and the company's own authority beside it.

use std::{path::Path, sync::Arc};

use rustls::{
    CertificateError, ClientConfig, RootCertStore,
    client::{WebPkiServerVerifier, danger::ServerCertVerifier},
    crypto::{CryptoProvider, ring},
};
use rustls_pki_types::{CertificateDer, pem::PemObject};
use rustls_platform_verifier::{ConfigVerifierExt as _, Verifier};

use crate::Error;

fn provider() -> Arc<CryptoProvider> {
    Arc::new(ring::default_provider())
}

/// The configuration for one endpoint, which trusts what the system trusts
/// and, where one is named, the authorities of the CA file.
pub(crate) fn config(ca_file: Option<&Path>) -> Result<ClientConfig, Error> {
    // A second call finds the provider in place and changes nothing.
    let _present = ring::default_provider().install_default();
    let Some(path) = ca_file else {
        return ClientConfig::with_platform_verifier().map_err(|error| Error::CaFile {
            path: "of the system".to_owned(),
            reason: error.to_string(),
        });
    };
    let verifier = own_verifier(path)?;
    Ok(ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .map_err(|error| bad_file(path, &error.to_string()))?
        .dangerous()
        .with_custom_certificate_verifier(verifier)
        .with_no_client_auth())
}

fn bad_file(path: &Path, reason: &str) -> Error {
    Error::CaFile {
        path: path.display().to_string(),
        reason: reason.to_owned(),
    }
}

/// The system's authorities and those of the file. A system without any, such
/// as a bare container, still trusts the file.
fn own_verifier(path: &Path) -> Result<Arc<dyn ServerCertVerifier>, Error> {
    let certificates = CertificateDer::pem_file_iter(path)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|error| bad_file(path, &error.to_string()))?;
    let mut roots = RootCertStore::empty();
    for certificate in &certificates {
        roots
            .add(certificate.clone())
            .map_err(|error| bad_file(path, &error.to_string()))?;
    }
    if roots.is_empty() {
        return Err(bad_file(path, "it holds no certificate"));
    }
    if let Ok(both) = Verifier::new_with_extra_roots(certificates, provider()) {
        return Ok(Arc::new(both));
    }
    let own = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider())
        .build()
        .map_err(|error| bad_file(path, &error.to_string()))?;
    Ok(own)
}

/// Why a handshake failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// By the certificate; what a person can do something with.
    Certificate(String),
    /// What answers speaks no TLS, or none that is safe.
    NoTls,
}

/// Why a handshake failed, unless the connection did.
pub(crate) fn refusal(error: &std::io::Error) -> Option<Refusal> {
    let inner = error.get_ref()?.downcast_ref::<rustls::Error>()?;
    Some(match inner {
        rustls::Error::InvalidCertificate(problem) => Refusal::Certificate(match problem {
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
                "it has expired".to_owned()
            }
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
                "it is not valid yet".to_owned()
            }
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                "it was issued for another name".to_owned()
            }
            CertificateError::UnknownIssuer => {
                "this computer does not know who issued it".to_owned()
            }
            CertificateError::Revoked => "it has been revoked".to_owned(),
            other => other.to_string(),
        }),
        rustls::Error::NoCertificatesPresented => Refusal::Certificate("it shows none".to_owned()),
        _ => Refusal::NoTls,
    })
}
