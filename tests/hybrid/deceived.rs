//! Clients of a hostile service, on machines whose time a test sets.

use std::{
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};

use chrono::{DateTime, Duration, Utc};
use engine::{
    Clock, Engine, FailureKind, Handle, Health, ServiceFailure, Snapshot, SystemClock,
    remote::{RemoteBackend, colleagues::Colleagues, device::Device},
};
use scenarios::stage::{ZONE, until};
use url::Url;
use vault::{
    Series, SeriesId, Vault,
    hybrid::passport::{Audience, Holder, SignKey},
    key::Key,
    memory::MemoryStore,
    remote::{Caller, Membership},
};

use crate::{
    hostile::Hostile,
    scene::{Scene, now},
};

pub(crate) const UNTRUE: FailureKind = FailureKind::Service(ServiceFailure::Untrue);
pub(crate) const STALE: FailureKind = FailureKind::Service(ServiceFailure::Stale);

/// The time of a machine on which it passes when a test says so.
#[derive(Clone, Default)]
pub(crate) struct Ahead(Arc<AtomicI64>);

impl Ahead {
    pub(crate) fn by(&self, length: Duration) {
        self.0.store(length.num_seconds(), Ordering::SeqCst);
    }
}

#[async_trait::async_trait]
impl Clock for Ahead {
    fn now(&self) -> DateTime<Utc> {
        now() + Duration::seconds(self.0.load(Ordering::SeqCst))
    }

    async fn wait_until(&self, moment: DateTime<Utc>) {
        let ahead = Duration::seconds(self.0.load(Ordering::SeqCst));
        SystemClock.wait_until(moment - ahead).await;
    }
}

/// Where a device finds a service, and whom it trusts.
pub(crate) struct Reached {
    pub(crate) service: Url,
    pub(crate) ca: PathBuf,
    pub(crate) clock: Ahead,
}

impl Reached {
    pub(crate) fn through(scene: &Scene, hostile: &Hostile) -> Self {
        Self {
            service: format!("https://{}", hostile.address).parse().unwrap(),
            ca: scene.ca_file(),
            clock: Ahead::default(),
        }
    }

    pub(crate) fn backend(&self, device: &Device) -> RemoteBackend {
        let clock = Arc::new(self.clock.clone());
        RemoteBackend::of_device(&self.service, Some(&self.ca), device, clock).unwrap()
    }

    pub(crate) fn client(&self, device: &Device, kept: &Series) -> Handle {
        let (backend, kept) = (Arc::new(self.backend(device)), Some(kept.clone()));
        Engine::start(backend, kept, Arc::new(SystemClock), ZONE, 7)
    }

    pub(crate) fn colleagues(&self, device: &Device) -> Colleagues {
        let clock = Arc::new(self.clock.clone());
        Colleagues::of_device(&self.service, Some(&self.ca), device, clock).unwrap()
    }
}

/// The own disk of a client, which outlives its runs.
pub(crate) async fn own_disk() -> Series {
    let store = Arc::new(MemoryStore::default());
    let vault = Vault::open(store, &Key::generate()).await.unwrap();
    vault.series(SeriesId("meetings/anna".to_owned()))
}

/// How a client fares once `is` holds, or in ten seconds: what is deceived
/// waits for nothing.
pub(crate) async fn in_ten_seconds(
    client: &Handle,
    is: impl Fn(&Snapshot) -> bool,
) -> Arc<Snapshot> {
    let ten = std::time::Duration::from_secs(10);
    let found = tokio::time::timeout(ten, until(client, is)).await;
    found.unwrap_or_else(|_| Arc::clone(&client.snapshots().borrow()))
}

pub(crate) fn has_failed(snapshot: &Snapshot) -> bool {
    kind(snapshot).is_some()
}

/// How a client fares that asks now.
pub(crate) async fn asked_again(client: &Handle) -> Arc<Snapshot> {
    client.refresh();
    in_ten_seconds(client, has_failed).await
}

pub(crate) fn kind(snapshot: &Snapshot) -> Option<FailureKind> {
    match &snapshot.health {
        Health::Failing { kind, .. } => Some(*kind),
        _ => None,
    }
}

/// How a device asks the key service.
pub(crate) fn caller(scene: &Scene, url: &str, device: &Device, clock: &Ahead) -> Caller {
    caller_that_trusts(&scene.ca_file(), url, device, clock)
}

/// The same with another authority.
pub(crate) fn caller_that_trusts(
    ca: &std::path::Path,
    url: &str,
    device: &Device,
    clock: &Ahead,
) -> Caller {
    let member = Membership {
        organization: device.organization,
        holder: Holder::Device(device.device),
        key: SignKey::from_bytes(device.sign.expose()),
    };
    let clock = clock.clone();
    let seconds = Arc::new(move || u64::try_from(clock.now().timestamp()).unwrap());
    let member = Some(Arc::new(member));
    Caller::new(url, Some(ca), Audience::Keys, member, seconds).unwrap()
}

/// A device that asks a node of the key service with its own clock.
pub(crate) async fn with_keys_by(
    scene: &Scene,
    device: &mut Device,
    clock: &Ahead,
) -> cloud::server::Running {
    let time = clock.clone();
    let seconds = Arc::new(move || u64::try_from(time.now().timestamp()).unwrap());
    let node = scene.keys_by(seconds).await;
    device.keys_url = format!("https://{}", node.address);
    node
}
