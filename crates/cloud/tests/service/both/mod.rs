//! Both programs running by a clock that a test sets, and what an organization
//! has at them.

#![allow(
    clippy::unwrap_used,
    dead_code,
    reason = "a test ends where a step fails; not every test uses all of it"
)]

use cloud::{
    config::{KeysConfig, ServiceConfig},
    server::Running,
};
use vault::{
    hybrid::passport::Audience,
    keyring::OsKeyRing,
    opaque::OpaqueId,
    remote::{Answers, KeyService},
};

use crate::stage::{self, Device, Organization, Place, SetClock, connector_ends};

pub(crate) struct Both {
    pub(crate) place: Place,
    pub(crate) clock: SetClock,
    pub(crate) service: Running,
    pub(crate) keys: Running,
}

impl Both {
    pub(crate) async fn start() -> Self {
        Self::with(|_, _| ()).await
    }

    /// The same with other settings.
    pub(crate) async fn with(change: impl FnOnce(&mut ServiceConfig, &mut KeysConfig)) -> Self {
        Self::at(Place::new(), change).await
    }

    /// The same in a folder that was prepared.
    pub(crate) async fn at(
        place: Place,
        change: impl FnOnce(&mut ServiceConfig, &mut KeysConfig),
    ) -> Self {
        let clock = SetClock::at(stage::real_now());
        let (mut service, mut keys) = (place.service_config(), place.keys_config());
        change(&mut service, &mut keys);
        let service = cloud::service::start(&service, clock.clock())
            .await
            .unwrap();
        let keys = start_keys(&keys, &clock).await;
        Self {
            place,
            clock,
            service,
            keys,
        }
    }

    /// Where the service and the key service are.
    pub(crate) fn urls(&self) -> [String; 2] {
        [self.service.address, self.keys.address].map(|address| format!("https://{address}"))
    }

    /// An organization that both know.
    pub(crate) fn organization(&self) -> Organization {
        let organization = Organization::new();
        for program in ["service", "keys"] {
            organization.add_with(&self.place, program);
        }
        organization
    }

    /// Its connector's ends.
    pub(crate) fn ends(&self, of: &Organization) -> (Answers, KeyService) {
        let [service, keys] = self.urls();
        connector_ends(&self.place, of, (&service, &keys), &self.clock)
    }

    /// Makes a mailbox at both.
    pub(crate) async fn put_mailbox(&self, of: &Organization, mailbox: OpaqueId) {
        let (answers, keys) = self.ends(of);
        answers.put_mailbox(mailbox).await.unwrap();
        keys.put_mailbox(mailbox).await.unwrap();
    }

    /// A device of a mailbox, enrolled at both.
    pub(crate) async fn device(&self, of: &Organization, mailbox: OpaqueId) -> Device {
        let (device, message) = of.device(mailbox, self.clock.now());
        let (answers, keys) = self.ends(of);
        answers.put_device(&message).await.unwrap();
        keys.put_device(&message).await.unwrap();
        device
    }

    /// How a device asks the key service.
    pub(crate) fn keys_of(&self, device: &Device) -> KeyService {
        let [_, keys] = self.urls();
        let caller = device.caller(&self.place, &keys, Audience::Keys, &self.clock);
        KeyService::new(caller, self.place.key_service)
    }

    pub(crate) async fn restart_keys(self) -> Self {
        self.keys.stop().await;
        let keys = start_keys(&self.place.keys_config(), &self.clock).await;
        Self { keys, ..self }
    }

    /// Ends both; what they have written stays.
    pub(crate) async fn stop(self) -> Place {
        self.keys.stop().await;
        self.service.stop().await;
        self.place
    }
}

async fn start_keys(config: &KeysConfig, clock: &SetClock) -> Running {
    cloud::keys::start(config, &OsKeyRing, clock.clock())
        .await
        .unwrap()
}
