//! The certificate of a program.

use std::sync::Arc;

use rustls::{ServerConfig, crypto::ring};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _};
use tokio_rustls::TlsAcceptor;

use crate::config::{ConfigError, Listening};

pub(crate) fn acceptor(listening: &Listening) -> Result<TlsAcceptor, ConfigError> {
    let bad =
        |path: &std::path::Path, what: &str| ConfigError::Invalid(path.to_owned(), what.to_owned());
    let chain = CertificateDer::pem_file_iter(&listening.certificate)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|_| {
            bad(
                &listening.certificate,
                "it holds no certificate in PEM form",
            )
        })?;
    let key = PrivateKeyDer::from_pem_file(&listening.key)
        .map_err(|_| bad(&listening.key, "it holds no private key in PEM form"))?;
    ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .and_then(|builder| builder.with_no_client_auth().with_single_cert(chain, key))
        .map(|config| TlsAcceptor::from(Arc::new(config)))
        .map_err(|error| bad(&listening.certificate, &error.to_string()))
}
