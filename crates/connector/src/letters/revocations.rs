//! Revocations rest in the register until both programs of the service have
//! heard of them, and are told again until then.

use chrono::{DateTime, Duration, Utc};
use tokio::sync::mpsc;
use vault::{VaultError, remote::RemoteError};

use super::{
    Inquiry,
    register::{Device, Heard, Register},
};
use crate::{measures, office::Office, watch::Post};

/// How often the register is looked at: another program writes into it.
const EVERY: Duration = Duration::seconds(10);

/// Tells both programs what they have not heard yet, and notes who has. The
/// inner error is that of a program which has not.
pub(crate) async fn tell(
    office: &Office,
    register: &Register,
    mut device: Device,
) -> Result<Result<(), RemoteError>, VaultError> {
    let said = &device.attestation;
    let (mailbox, id) = (said.mailbox, said.device);
    let mut outcome = Ok(());
    // The keys first: the other one has ciphertext alone.
    if !device.heard.keys {
        let told = office.keys.revoke_device(mailbox, id).await;
        device.heard.keys = told.is_ok();
        outcome = told;
    }
    if !device.heard.service {
        let told = office.answers.revoke_device(mailbox, id).await;
        device.heard.service = told.is_ok();
        outcome = outcome.and(told);
    }
    // Its mailbox may have left meanwhile, and it with it.
    let noted = register.find(id).await?;
    if noted.is_some_and(|noted| noted.heard != device.heard) {
        register.put(&device).await?;
    }
    Ok(outcome)
}

/// Tells until the hub has ended.
pub(crate) async fn run(office: &Office, hub: mpsc::Sender<Inquiry>, post: Post) {
    let register = Register::of(office);
    let mut owed_before = 0;
    // One that was restored from a copy may know less than it knew.
    let mut all_anew = true;
    while !hub.is_closed() {
        match tell_all(office, &register, &mut all_anew).await {
            Ok(owed) => {
                measures::set(&post.measures.revocations_owed, owed);
                if owed != owed_before {
                    tracing::warn!(owed, "revocations that not all programs have heard of");
                }
                owed_before = owed;
            }
            Err(error) => tracing::warn!(%error, "the register of devices cannot be read"),
        }
        let next = post.clock.now() + EVERY;
        tokio::select! {
            () = hub.closed() => {}
            () = passes(&post, next) => {}
        }
    }
}

/// How many are owed afterwards.
async fn tell_all(
    office: &Office,
    register: &Register,
    all_anew: &mut bool,
) -> Result<usize, VaultError> {
    let mut owed = 0;
    let devices = register.all().await?.into_iter();
    for mut device in devices.filter(|one| one.revoked.is_some()) {
        if *all_anew {
            device.heard = Heard::default();
        }
        if device.is_owed() && tell(office, register, device).await?.is_err() {
            owed += 1;
        }
    }
    *all_anew &= owed > 0;
    Ok(owed)
}

async fn passes(post: &Post, moment: DateTime<Utc>) {
    while post.clock.now() < moment {
        post.clock.wait_until(moment).await;
    }
}
