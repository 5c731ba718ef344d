//! Requests that are signed by hand, as anybody would.

#![allow(clippy::unwrap_used, reason = "a test ends where a step fails")]

use reqwest::{Client, Method};
use rustls_pki_types::{CertificateDer, pem::PemObject as _};
use vault::{
    hybrid::passport::{self, Audience, Head, Holder, Request, SignKey},
    opaque::OpaqueId,
};

use crate::stage::Place;

pub(crate) fn client(place: &Place) -> Client {
    let _present = rustls::crypto::ring::default_provider().install_default();
    let mut roots = rustls::RootCertStore::empty();
    roots
        .add(CertificateDer::from_pem_file(place.file("ca.pem")).unwrap())
        .unwrap();
    let config = rustls::ClientConfig::builder()
        .with_root_certificates(roots)
        .with_no_client_auth();
    Client::builder()
        .tls_backend_preconfigured(config)
        .build()
        .unwrap()
}

/// Signs as somebody.
pub(crate) struct Asker {
    pub(crate) organization: OpaqueId,
    pub(crate) holder: Holder,
    pub(crate) key: SignKey,
    pub(crate) audience: Audience,
    pub(crate) now: u64,
}

/// Whose paths are asked for.
pub(crate) struct Scene {
    pub(crate) client: Client,
    pub(crate) organization: OpaqueId,
    pub(crate) mailbox: OpaqueId,
}

impl Scene {
    /// What the program at `url` says to a request without a body.
    pub(crate) async fn status(
        &self,
        url: &str,
        method: &str,
        path: &str,
        asker: Option<&Asker>,
    ) -> u16 {
        let path = path
            .replace("{organization}", &self.organization.to_string())
            .replace("{mailbox}", &self.mailbox.to_string())
            .replace("{series}", &OpaqueId::random().to_string())
            .replace("{device}", &OpaqueId::random().to_string())
            .replace("{letter}", &OpaqueId::random().to_string());
        let method: Method = method.parse().unwrap();
        let mut request = self.client.request(method.clone(), format!("{url}{path}"));
        if let Some(asker) = asker {
            let signed = Request {
                head: Head {
                    audience: asker.audience,
                    method: method.as_str(),
                    path: &path,
                },
                body: b"",
            };
            let value = passport::sign(
                &asker.key,
                asker.organization,
                asker.holder,
                signed,
                asker.now,
            );
            request = request.header("authorization", value);
        }
        request.send().await.unwrap().status().as_u16()
    }
}
