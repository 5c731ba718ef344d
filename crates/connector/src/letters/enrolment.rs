//! Takes devices in: a code into the user's own calendar, then the proof of it.

use std::sync::{Arc, Mutex, PoisonError};

use chrono::Duration;
use vault::{
    VaultError,
    hybrid::{
        enrolment::{
            Application, Attester, CODE_GOOD_FOR, Desk as Codes, Opening, Proof, Refusal, Reply,
            Welcome,
        },
        wire::DeviceMessage,
    },
    opaque::OpaqueId,
    remote::RemoteError,
};

use super::{
    Desk, Device, Heard, Served,
    given::Given,
    leftovers::{Left, Leftovers},
    revocations,
};
use crate::measures::add;

/// How often it is looked what enrolments have left behind.
const TIDIED_EVERY: Duration = Duration::seconds(10);
/// A client that was taken in collects that within so many seconds, or never.
const COLLECTED_WITHIN: u64 = 180;

pub(super) struct Enrolments {
    desk: Arc<Desk>,
    codes: Mutex<Codes>,
    given: Mutex<Given>,
}

impl Enrolments {
    pub(super) fn new(desk: Arc<Desk>) -> Self {
        Self {
            desk,
            codes: Mutex::default(),
            given: Mutex::default(),
        }
    }

    /// The answer to a stranger's letter.
    pub(super) async fn answer(&self, letter: OpaqueId, sealed: &[u8]) -> Vec<u8> {
        let opened = Application::open(&self.desk.office.identity.open, sealed);
        let reply = match opened {
            Ok(Application::Open(opening)) => self.open(&opening).await.map(|()| Reply::Sent),
            Ok(Application::Prove(proof)) => self.prove(letter, &proof).await.map(Reply::Welcome),
            // Sealed to other keys: no code waits for it here.
            Err(_) => Err(Refusal::NoCode),
        };
        let reply = reply.unwrap_or_else(|why| Reply::Refused { why });
        // Texts and bytes always have a JSON form.
        serde_json::to_vec(&reply).unwrap_or_default()
    }

    /// Puts a code into the calendar. Whether there is such a mailbox is not
    /// told to who asks.
    async fn open(&self, opening: &Opening) -> Result<(), Refusal> {
        let address = opening.address.trim().to_lowercase();
        let (account, zone) = match self.desk.served(&address).await {
            Served::Nowhere => return Ok(()),
            Served::NotNow => return Err(Refusal::Calendar),
            Served::Here { account, zone } => (account, zone),
        };
        let now = self.desk.now();
        let may_have_another = {
            let mut given = self.given.lock().unwrap_or_else(PoisonError::into_inner);
            given.another(&address, now)
        };
        if !may_have_another {
            add(&self.desk.post.measures.codes_refused, 1);
            tracing::info!("a mailbox has had enough codes for a while; somebody asks for more");
            return Ok(());
        }
        let seconds = self.desk.seconds();
        let code = {
            let mut codes = self.codes.lock().unwrap_or_else(PoisonError::into_inner);
            codes.open(opening, seconds)?
        };
        // The one before is of no use any more.
        noted(self.left().over(&address, seconds).await);
        let subject = format!("Joinbell code {}", code.shown().as_str());
        let text = "Somebody, probably you, is adding a device to Joinbell. Type the code of \
                    this entry there within ten minutes. Show it to nobody; if it was not you, \
                    delete the entry.";
        let pass = self.desk.post.gate.enter().await;
        let calendar = account.mailbox(&address, None);
        let left = calendar.leave_note(&subject, text, zone, now).await;
        pass.end(left.as_ref());
        let note = left.map_err(|error| {
            tracing::warn!(kind = ?error.kind, "a code could not be put into a calendar");
            Refusal::Calendar
        })?;
        if let Some(note) = note {
            let entry = Left::Entry { address, note };
            noted(self.left().note(entry, seconds + CODE_GOOD_FOR).await);
        }
        Ok(())
    }

    fn left(&self) -> &Leftovers {
        &self.desk.office.leftovers
    }

    /// Nobody has the answer to this letter, or gets it: what was taken in by
    /// it is turned away.
    pub(super) async fn nobody_has(&self, letter: OpaqueId) {
        noted(self.left().unclaimed(letter, self.desk.seconds()).await);
    }

    /// Takes away what enrolments leave behind, until the hub has ended.
    pub(super) async fn tidy(&self) {
        let (hub, clock) = (self.desk.inquire.clone(), &self.desk.post.clock);
        while !hub.is_closed() {
            let now = self.desk.seconds();
            match self.left().due(now).await {
                Ok(due) => {
                    let mut done = Vec::new();
                    for (name, left) in due {
                        if self.is_taken_away(&left).await {
                            done.push(name);
                        }
                    }
                    noted(self.left().taken(done, now).await);
                }
                Err(error) => tracing::warn!(%error, "what enrolments left cannot be read"),
            }
            let next = self.desk.now() + TIDIED_EVERY;
            tokio::select! {
                () = hub.closed() => {}
                () = clock.pass(next) => {}
            }
        }
    }

    /// Whether it is over; otherwise it is tried again.
    async fn is_taken_away(&self, left: &Left) -> bool {
        match left {
            Left::Entry { address, note } => {
                let account = match self.desk.served(address).await {
                    Served::Here { account, .. } => account,
                    Served::NotNow => return false,
                    // Nobody may act for it any more.
                    Served::Nowhere => return true,
                };
                let pass = self.desk.post.gate.enter().await;
                let taken = account.mailbox(address, None).take_note(note).await;
                pass.end(taken.as_ref());
                taken.is_ok()
            }
            Left::Welcome { letter, device } => {
                let office = &self.desk.office;
                match office.answers.withdraw(*letter).await {
                    Ok(()) => {
                        tracing::warn!("a device was taken in that nobody has collected");
                        // Asked again, the service would answer as if it was.
                        self.nobody_has(*letter).await;
                        self.turn_away(*device).await.is_ok()
                    }
                    Err(RemoteError::Absent(_)) => true,
                    Err(_) => false,
                }
            }
            Left::Unclaimed { device } => self.turn_away(*device).await.is_ok(),
        }
    }

    async fn prove(&self, letter: OpaqueId, proof: &Proof) -> Result<Box<Welcome>, Refusal> {
        let office = &self.desk.office;
        let attester = Attester {
            organization: office.organization,
            key: &office.identity.sign,
            public: office.identity.public(),
            key_service: office.key_service,
            keys_url: &office.keys_url,
        };
        let mut whose = String::new();
        let mailbox = |address: &str| {
            address.clone_into(&mut whose);
            office.identity.mailbox(address)
        };
        let welcome = {
            let mut codes = self.codes.lock().unwrap_or_else(PoisonError::into_inner);
            let seconds = self.desk.seconds();
            codes.prove(proof, attester, mailbox, seconds)?
        };
        let address = whose.trim().to_lowercase();
        let seconds = self.desk.seconds();
        noted(self.left().over(&address, seconds).await);
        if matches!(self.desk.served(&address).await, Served::Nowhere) {
            tracing::info!("a code was used whose mailbox has left the list");
            return Err(Refusal::NoCode);
        }
        let device = Device {
            address: whose,
            attestation: welcome.attestation.clone(),
            revoked: None,
            heard: Heard::default(),
        };
        // First: of one that is not noted nobody would see that it is not
        // collected.
        let id = device.attestation.device;
        let left = Left::Welcome { letter, device: id };
        let until = self.desk.seconds() + COLLECTED_WITHIN;
        let written = self.left().note(left, until).await;
        written.map_err(|error| not_written(&error))?;
        if let Err(refusal) = self.take_in(&device).await {
            self.nobody_has(letter).await;
            return Err(refusal);
        }
        Ok(Box::new(welcome))
    }

    /// Writes a device down and makes it known to both programs, or leaves it
    /// revoked everywhere.
    async fn take_in(&self, device: &Device) -> Result<(), Refusal> {
        let office = &self.desk.office;
        let register = &office.register;
        register
            .add(device)
            .await
            .map_err(|error| not_written(&error))?;
        let message = DeviceMessage {
            attestation: device.attestation.clone(),
        };
        let taken_in = async {
            office.keys.put_device(&message).await?;
            office.answers.put_device(&message).await
        };
        let taken_in: Result<(), RemoteError> = taken_in.await;
        let id = device.attestation.device;
        let noted = register
            .find(id)
            .await
            .map_err(|error| not_written(&error))?;
        // A revocation of meanwhile may have been heard by a program before it
        // knew the device.
        if taken_in.is_ok() && noted.is_some_and(|noted| noted.revoked.is_none()) {
            return Ok(());
        }
        match taken_in {
            Ok(()) => tracing::warn!("a device was revoked while it was taken in"),
            Err(error) => tracing::warn!(%error, "a device is not taken in"),
        }
        self.turn_away(id)
            .await
            .map_err(|error| not_written(&error))?;
        Err(Refusal::NotTaken)
    }

    /// Revokes a device that nobody has.
    async fn turn_away(&self, device: OpaqueId) -> Result<(), VaultError> {
        let (office, now) = (&self.desk.office, self.desk.seconds());
        if let Some(mut revoked) = office.register.revoke(device, now).await? {
            revoked.heard = Heard::default();
            // Who does not hear of it now is told by the task that tells all.
            let _told = revocations::tell(office, revoked, now).await?;
        }
        Ok(())
    }
}

fn not_written(error: &VaultError) -> Refusal {
    tracing::warn!(%error, "a device is not written down");
    Refusal::NotTaken
}

/// What is not noted stays; nothing else depends on it.
fn noted(outcome: Result<(), VaultError>) {
    if let Err(error) = outcome {
        tracing::warn!(%error, "it is not noted what an enrolment left");
    }
}
