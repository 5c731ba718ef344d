//! What an operator has of another week of the same series.

use std::sync::Arc;

use chrono::Duration;
use engine::{Clock as _, remote::device::Device};
use vault::{
    Batch, Integrity, SeriesId, Store as _, Vault,
    mailbox::{EPOCH_DAYS, Epoch, MailboxKeys},
    memory::MemoryStore,
    opaque::OpaqueId,
    remote::KeyService,
    store::{Day, SealedSeries},
};

use crate::{
    deceived::{Ahead, caller},
    scene::{Scene, now},
};

/// The keys of a mailbox as a node of the key service gives them whose clock
/// is the same as the asker's.
async fn keys_at(scene: &Scene, device: &Device, mailbox: OpaqueId, clock: &Ahead) -> MailboxKeys {
    let time = clock.clone();
    let seconds = Arc::new(move || u64::try_from(time.now().timestamp()).unwrap());
    let node = scene.keys_by(seconds).await;
    let caller = caller(scene, &format!("https://{}", node.address), device, clock);
    let keys = KeyService::new(caller, device.key_service);
    let keys = keys.release(mailbox, &device.open).await.unwrap();
    node.stop().await;
    keys
}

/// A series as it is, sealed anew with the key of the week before.
pub(crate) async fn of_another_week(
    scene: &Scene,
    device: &Device,
    (mailbox, series): (OpaqueId, &str),
    present: Arc<dyn vault::Store>,
) -> SealedSeries {
    let ago = Ahead::default();
    ago.by(Duration::days(-i64::from(EPOCH_DAYS)));
    let last_week = Epoch::of(Day::of_seconds(
        u64::try_from(ago.now().timestamp()).unwrap(),
    ));
    keys_at(scene, device, mailbox, &ago).await;
    let all = keys_at(scene, device, mailbox, &Ahead::default()).await;
    assert!(all.epochs().any(|epoch| epoch == last_week));
    // The key of blind ids, and that of one week alone.
    let plain = all.encode();
    let (index, weeks) = plain.split_at(32);
    let mut one = index.to_vec();
    for week in weeks.chunks(36) {
        if week[..4] == last_week.0.to_be_bytes() {
            one.extend_from_slice(week);
        }
    }
    let series = SeriesId(series.to_owned());
    let opened = Vault::of_mailbox(present, all).series(series.clone());
    let today = Day::of_seconds(u64::try_from(now().timestamp()).unwrap());
    let loaded = opened.load_on(today).await.unwrap();
    assert_eq!(loaded.integrity, Integrity::Whole);
    let store = Arc::new(MemoryStore::default());
    let sealing = Vault::of_mailbox(store.clone(), MailboxKeys::decode(&one).unwrap());
    let batch = Batch {
        put: loaded.records,
        head: loaded.head.unwrap(),
        ..Batch::default()
    };
    sealing.series(series).commit(batch).await.unwrap();
    let id = store.series().await.unwrap()[0];
    store.read(id).await.unwrap()
}
