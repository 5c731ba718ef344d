//! TLS as everywhere in Joinbell: the system's verifier, and the company's own
//! authority beside it.

use std::{error::Error, io, path::Path, sync::Arc};

use rustls::{
    ClientConfig, RootCertStore,
    client::{WebPkiServerVerifier, danger::ServerCertVerifier},
    crypto::{CryptoProvider, ring},
};
use rustls_pki_types::{CertificateDer, pem::PemObject as _};
use rustls_platform_verifier::{ConfigVerifierExt as _, Verifier};

fn provider() -> Arc<CryptoProvider> {
    Arc::new(ring::default_provider())
}

pub(super) fn config(ca_file: Option<&Path>) -> Result<ClientConfig, String> {
    // A second call finds the provider in place and changes nothing.
    let _present = ring::default_provider().install_default();
    let Some(path) = ca_file else {
        return ClientConfig::with_platform_verifier().map_err(|error| error.to_string());
    };
    let bad = |why: &str| format!("the CA file {}: {why}", path.display());
    let certificates = CertificateDer::pem_file_iter(path)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|error| bad(&error.to_string()))?;
    let mut roots = RootCertStore::empty();
    for certificate in &certificates {
        roots
            .add(certificate.clone())
            .map_err(|error| bad(&error.to_string()))?;
    }
    // A system without any authorities, such as a bare container, still
    // trusts the file.
    let verifier: Arc<dyn ServerCertVerifier> =
        match Verifier::new_with_extra_roots(certificates, provider()) {
            Ok(both) if !roots.is_empty() => Arc::new(both),
            _ => WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider())
                .build()
                .map_err(|error| bad(&error.to_string()))?,
        };
    let config = ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?;
    Ok(config
        .dangerous()
        .with_custom_certificate_verifier(verifier)
        .with_no_client_auth())
}

/// Whether a request failed because the other end's certificate is not
/// trusted. An error of input and output does not give the one that it holds
/// as its source.
pub(super) fn is_untrusted(error: &(dyn Error + 'static)) -> bool {
    let mut next = Some(error);
    while let Some(error) = next {
        if matches!(
            error.downcast_ref(),
            Some(rustls::Error::InvalidCertificate(_))
        ) {
            return true;
        }
        let held = error.downcast_ref().and_then(io::Error::get_ref);
        if held.is_some_and(|held| is_untrusted(held)) {
            return true;
        }
        next = error.source();
    }
    false
}
