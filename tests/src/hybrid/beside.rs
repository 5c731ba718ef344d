//! The connector beside the simulated Exchange.

use std::{fs, os::unix::fs::PermissionsExt as _, path::Path, sync::Arc};

use engine::SystemClock;
use hybrid_connector::{
    Connector,
    config::{Config, Exchange, KeyPlace, Place as At},
    identity::Identity,
};
use vault::hybrid::{enrolment::PublicKeys, wire::Bytes};

use super::{Hybrid, OUTSIDE, Place, SERVICE_ACCOUNT};
use crate::stage::{PASSWORD, ZONE};

fn write(path: &Path, text: &str) {
    fs::write(path, text).expect("a file");
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).expect("rights");
}

/// Writes what the connector reads, and makes its keys.
pub(super) fn prepare(place: &mut Place, users: &[String]) -> PublicKeys {
    write(&place.file("password"), PASSWORD);
    write(&place.file("mailboxes"), &users.join("\n"));
    let identity = Identity::read_or_make(&place.file("connector"));
    identity.expect("an identity").public()
}

/// A running connector.
pub struct Beside(Connector);

impl Beside {
    /// Ends it in good order.
    pub async fn stop(self) {
        self.0.stop().await;
    }
}

impl Hybrid {
    /// Starts a connector.
    pub async fn connector(&self) -> Beside {
        let at = |name: &str| self.place.file(name);
        let config = Config {
            organization: self.organization,
            identity: at("connector"),
            mailboxes: at("mailboxes"),
            zone: ZONE,
            exchange: Exchange {
                server: self.exchange.ews_url(),
                user: SERVICE_ACCOUNT.to_owned(),
                password_file: at("password"),
                ca_file: None,
                outside: OUTSIDE.to_owned(),
            },
            service: At {
                url: format!("https://{}", self.service.address),
                ca_file: Some(at("ca.pem")),
            },
            keys: KeyPlace {
                url: format!("https://{}", self.keys.address),
                ca_file: Some(at("ca.pem")),
                public: Bytes(self.place.key_service.to_vec()),
            },
        };
        let connector = Connector::start(&config, Arc::new(SystemClock)).await;
        Beside(connector.expect("a connector"))
    }
}
