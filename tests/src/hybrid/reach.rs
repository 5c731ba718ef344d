//! What a device does, wherever the programs run.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use engine::{
    Engine, Handle, SystemClock,
    remote::{RemoteBackend, device::Device, enrol::Enrolling},
};
use exchange_sim::Simulator;
use url::Url;

use super::code_in;
use crate::stage::ZONE;

/// Begins to add a device, as a client does it.
pub(super) async fn enrolling(url: &Url, ca: &Path, address: &str) -> Enrolling {
    let begun = Enrolling::begin_at(url, Some(ca), address, Arc::new(SystemClock)).await;
    begun.expect("a code is asked for")
}

/// Adds a device as a client does it.
pub(super) async fn enrolled(exchange: &Simulator, url: &Url, ca: &Path, address: &str) -> Device {
    let enrolling = enrolling(url, ca, address).await;
    let code = code_in(exchange, address).expect("a code is in the calendar");
    enrolling.finish(&code).await.expect("a device")
}

/// What a device reads.
pub(super) fn backend(url: &Url, ca: &Path, device: &Device) -> RemoteBackend {
    RemoteBackend::of_device(url, Some(ca), device, Arc::new(SystemClock)).expect("a back end")
}

/// An engine over it.
pub(super) fn client(url: &Url, ca: &Path, device: &Device) -> Handle {
    let backend = Arc::new(backend(url, ca, device));
    Engine::start(backend, None, Arc::new(SystemClock), ZONE, 7)
}

/// Every file below a folder.
pub(super) fn files_of(folder: &Path) -> Vec<PathBuf> {
    let (mut found, mut folders) = (Vec::new(), vec![folder.to_owned()]);
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.push(path);
            }
        }
    }
    found
}
