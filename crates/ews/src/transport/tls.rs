//! TLS: the platform's verifier, and the company's own authority beside it.

use std::{path::Path, sync::Arc};

use rustls::{
    CertificateError, ClientConfig, RootCertStore,
    client::{WebPkiServerVerifier, danger::ServerCertVerifier},
    crypto::{CryptoProvider, ring},
};
use rustls_pki_types::{CertificateDer, pem::PemObject};
use rustls_platform_verifier::ConfigVerifierExt as _;

use crate::Error;

fn provider() -> Arc<CryptoProvider> {
    Arc::new(ring::default_provider())
}

/// The configuration for one endpoint. With a CA file only that authority is
/// trusted: it was named for this server.
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

fn own_verifier(path: &Path) -> Result<Arc<dyn ServerCertVerifier>, Error> {
    let mut roots = RootCertStore::empty();
    let certificates =
        CertificateDer::pem_file_iter(path).map_err(|error| bad_file(path, &error.to_string()))?;
    for certificate in certificates {
        let certificate = certificate.map_err(|error| bad_file(path, &error.to_string()))?;
        roots
            .add(certificate)
            .map_err(|error| bad_file(path, &error.to_string()))?;
    }
    let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider())
        .build()
        .map_err(|_| bad_file(path, "it holds no certificate"))?;
    Ok(verifier)
}

/// What a person can do something with, out of a failed handshake.
pub(crate) fn reason(error: &std::io::Error) -> Option<String> {
    let inner = error.get_ref()?.downcast_ref::<rustls::Error>()?;
    Some(match inner {
        rustls::Error::InvalidCertificate(problem) => match problem {
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
        },
        other => other.to_string(),
    })
}
