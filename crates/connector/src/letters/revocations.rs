//! Revocations rest in the register until both programs of the service have
//! heard of them, and are told again until then.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Duration, Utc};
use tokio::sync::mpsc;
use vault::{
    VaultError,
    hybrid::enrolment::Attestation,
    opaque::OpaqueId,
    remote::{RemoteError, Revoked},
};

use super::{
    Inquiry,
    register::{Device, Heard},
};
use crate::{measures, office::Office, watch::Post};

/// How often the register is looked at: another program writes into it.
const EVERY: Duration = Duration::seconds(10);
/// How often all revocations are told anew, whoever has heard of them: a
/// program that was restored from a copy may know less than it knew.
const ANEW_EVERY: Duration = Duration::hours(1);

/// Tells both programs what they have not heard yet, and notes who has. Gives
/// the device as it stands then; the inner error is that of a program which
/// has not heard.
pub(crate) async fn tell(
    office: &Office,
    mut device: Device,
    now: u64,
) -> Result<Result<Device, RemoteError>, VaultError> {
    let said = &device.attestation;
    let (mailbox, id) = (said.mailbox, said.device);
    let mut outcome = Ok(());
    // The keys first: the other one has ciphertext alone.
    if !device.heard.keys {
        let told = office.keys.revoke_device(mailbox, id).await;
        device.heard.keys = told.is_ok();
        device.heard.known |= told == Ok(Revoked::Done);
        outcome = told.map(|_| ());
    }
    if !device.heard.service {
        let told = office.answers.revoke_device(mailbox, id).await;
        device.heard.service = told.is_ok();
        device.heard.known |= told == Ok(Revoked::Done);
        outcome = outcome.and(told.map(|_| ()));
    }
    let told = [device];
    office.register.note(&told, now).await?;
    let [device] = told;
    Ok(outcome.map(|()| device))
}

/// Tells until the hub has ended.
pub(crate) async fn run(office: &Office, hub: mpsc::Sender<Inquiry>, post: Post) {
    let mut owed_before = 0;
    let mut anew = Anew::default();
    while !hub.is_closed() {
        let now = post.clock.now();
        anew.begin(now);
        match tell_all(office, &mut anew, now).await {
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
            () = post.clock.pass(next) => {}
        }
    }
}

/// Who has been told of anew in this hour.
#[derive(Default)]
struct Anew {
    told: HashSet<OpaqueId>,
    since: Option<DateTime<Utc>>,
}

impl Anew {
    fn begin(&mut self, now: DateTime<Utc>) {
        // A clock that was set back must not put it off.
        if self
            .since
            .is_none_or(|since| (now - since).abs() >= ANEW_EVERY)
        {
            self.told.clear();
            self.since = Some(now);
        }
    }

    /// Each by itself: one that is owed does not bring the others along.
    fn prepare(&self, device: &mut Device) {
        if !self.told.contains(&device.attestation.device) {
            device.heard = Heard::default();
        }
    }

    fn heard(&mut self, device: OpaqueId) {
        self.told.insert(device);
    }
}

/// How many are owed afterwards. Neither program waits for the other one, and
/// one that is away is asked once in a round.
async fn tell_all(
    office: &Office,
    anew: &mut Anew,
    now: DateTime<Utc>,
) -> Result<usize, VaultError> {
    let devices = office.register.all().await?.into_iter();
    let mut devices: Vec<Device> = devices.filter(|one| one.revoked.is_some()).collect();
    // What nobody has heard yet does not wait for what is told anew.
    devices.sort_by_key(|one| !one.is_owed());
    for device in &mut devices {
        anew.prepare(device);
    }
    devices.retain(Device::is_owed);
    let (keys, service) = tokio::join!(
        told(devices.iter().filter(|one| !one.heard.keys), |one| {
            office.keys.revoke_device(one.mailbox, one.device)
        }),
        told(devices.iter().filter(|one| !one.heard.service), |one| {
            office.answers.revoke_device(one.mailbox, one.device)
        }),
    );
    let mut owed = 0;
    for device in &mut devices {
        let id = device.attestation.device;
        let said = [keys.get(&id), service.get(&id)];
        device.heard.keys |= said[0].is_some();
        device.heard.service |= said[1].is_some();
        device.heard.known |= said.contains(&Some(&Revoked::Done));
        if device.is_nowhere() {
            tracing::warn!(device = %id, "neither program has a device that was to be revoked");
        }
        if device.is_owed() {
            owed += 1;
        } else {
            anew.heard(id);
        }
    }
    let seconds = u64::try_from(now.timestamp()).unwrap_or(0);
    office.register.note(&devices, seconds).await?;
    Ok(owed)
}

/// Tells one program, and gives what it made of those of whom it has heard.
async fn told<'a, Told: Future<Output = Result<Revoked, RemoteError>>>(
    devices: impl Iterator<Item = &'a Device>,
    tell: impl Fn(&'a Attestation) -> Told,
) -> HashMap<OpaqueId, Revoked> {
    let mut heard = HashMap::new();
    for device in devices {
        match tell(&device.attestation).await {
            Ok(revoked) => {
                heard.insert(device.attestation.device, revoked);
            }
            // Each question to one that is away takes as long as this one.
            Err(RemoteError::Away(_)) => break,
            Err(_) => {}
        }
    }
    heard
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use futures_util::FutureExt as _;

    use super::*;

    fn heard(revoked: u8) -> Device {
        let heard = Heard {
            keys: true,
            service: true,
            known: true,
        };
        Device {
            heard,
            ..Device::sample(OpaqueId([1; 16]), OpaqueId([revoked; 16]))
        }
    }

    #[tokio::test]
    async fn one_that_is_away_is_asked_once_and_one_that_refuses_a_device_hears_of_the_others() {
        let devices = [1, 2, 3].map(heard);
        let asked = RefCell::new(Vec::new());
        let say = |answers: [Result<Revoked, RemoteError>; 3]| {
            asked.borrow_mut().clear();
            let answers = RefCell::new(answers.into_iter());
            let asked = &asked;
            let heard = told(devices.iter(), move |one| {
                asked.borrow_mut().push(one.device.0[0]);
                std::future::ready(answers.borrow_mut().next().unwrap())
            });
            let heard: HashSet<OpaqueId> = heard.now_or_never().unwrap().into_keys().collect();
            (heard, asked.borrow().clone())
        };
        let away = || Err(RemoteError::Away(String::new()));
        let busy = || Err(RemoteError::Busy(String::new()));
        let of = |ids: &[u8]| ids.iter().map(|id| OpaqueId([*id; 16])).collect();
        let done = || Ok(Revoked::Done);
        assert_eq!(say([done(), away(), away()]), (of(&[1]), vec![1, 2]));
        assert_eq!(
            say([busy(), done(), Ok(Revoked::Absent)]),
            (of(&[2, 3]), vec![1, 2, 3])
        );
    }

    #[test]
    fn all_are_told_anew_each_hour_and_who_has_heard_not_again_for_the_sake_of_another() {
        let mut anew = Anew::default();
        let owed = |anew: &Anew, number: u8| {
            let mut device = heard(number);
            anew.prepare(&mut device);
            device.is_owed()
        };
        let start = DateTime::UNIX_EPOCH + Duration::days(20_000);
        anew.begin(start);
        assert!(owed(&anew, 1) && owed(&anew, 2), "at the start");
        anew.heard(OpaqueId([1; 16]));
        anew.begin(start + EVERY);
        assert!(!owed(&anew, 1), "it has heard");
        assert!(owed(&anew, 2));
        anew.heard(OpaqueId([2; 16]));
        anew.begin(start + ANEW_EVERY - EVERY);
        assert!(!owed(&anew, 1) && !owed(&anew, 2));
        anew.begin(start + ANEW_EVERY);
        assert!(owed(&anew, 1) && owed(&anew, 2), "after an hour");
    }
}
