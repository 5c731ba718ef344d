//! Takes devices in: a code into the user's own calendar, then the proof of it.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use chrono::{DateTime, Duration, Utc};
use vault::{
    VaultError,
    hybrid::{
        enrolment::{
            Application, Attester, Desk as Codes, Opening, Proof, Refusal, Reply, Welcome,
        },
        wire::DeviceMessage,
    },
    remote::RemoteError,
};

use super::{Desk, Device, Heard, Register, Served, revocations};

/// Codes for one mailbox within ten minutes. Anybody can ask for one, and each
/// is an entry in somebody's calendar (SR-64).
const CODES: usize = 3;
const CODES_WITHIN: Duration = Duration::minutes(10);

pub(super) struct Enrolments {
    desk: Arc<Desk>,
    codes: Mutex<Codes>,
    given: Mutex<BTreeMap<String, Vec<DateTime<Utc>>>>,
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
    pub(super) async fn answer(&self, sealed: &[u8]) -> Vec<u8> {
        let opened = Application::open(&self.desk.office.identity.open, sealed);
        let reply = match opened {
            Ok(Application::Open(opening)) => self.open(&opening).await.map(|()| Reply::Sent),
            Ok(Application::Prove(proof)) => self.prove(&proof).await.map(Reply::Welcome),
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
        if !self.may_have_another(&address, now) {
            return Ok(());
        }
        let code = {
            let mut codes = self.codes.lock().unwrap_or_else(PoisonError::into_inner);
            codes.open(opening, self.desk.seconds())?
        };
        let subject = format!("Joinbell code {}", code.shown().as_str());
        let text = "Somebody, probably you, is adding a device to Joinbell. Type the code of \
                    this entry there within ten minutes. Show it to nobody; if it was not you, \
                    delete the entry.";
        let pass = self.desk.post.gate.enter().await;
        let calendar = account.mailbox(&address, None);
        let left = calendar.leave_note(&subject, text, zone, now).await;
        pass.end(left.as_ref());
        left.map_err(|error| {
            tracing::warn!(kind = ?error.kind, "a code could not be put into a calendar");
            Refusal::Calendar
        })
    }

    fn may_have_another(&self, address: &str, now: DateTime<Utc>) -> bool {
        let mut given = self.given.lock().unwrap_or_else(PoisonError::into_inner);
        given.retain(|_, times| {
            times.retain(|at| *at <= now && now - *at < CODES_WITHIN);
            !times.is_empty()
        });
        let times = given.entry(address.to_owned()).or_default();
        let may = times.len() < CODES;
        if may {
            times.push(now);
        }
        may
    }

    async fn prove(&self, proof: &Proof) -> Result<Box<Welcome>, Refusal> {
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
        self.take_in(&device).await?;
        Ok(Box::new(welcome))
    }

    /// Writes a device down and makes it known to both programs, or leaves it
    /// revoked everywhere.
    async fn take_in(&self, device: &Device) -> Result<(), Refusal> {
        let office = &self.desk.office;
        let register = Register::of(office);
        let not_written = |error: VaultError| {
            tracing::warn!(%error, "a device is not written down");
            Refusal::NotTaken
        };
        register.add(device).await.map_err(not_written)?;
        let message = DeviceMessage {
            attestation: device.attestation.clone(),
        };
        let taken_in = async {
            office.keys.put_device(&message).await?;
            office.answers.put_device(&message).await
        };
        let taken_in: Result<(), RemoteError> = taken_in.await;
        let id = device.attestation.device;
        let noted = register.find(id).await.map_err(not_written)?;
        // A revocation of meanwhile may have been heard by a program before it
        // knew the device.
        if taken_in.is_ok() && noted.is_some_and(|noted| noted.revoked.is_none()) {
            return Ok(());
        }
        match taken_in {
            Ok(()) => tracing::warn!("a device was revoked while it was taken in"),
            Err(error) => tracing::warn!(%error, "a device is not taken in"),
        }
        let revoked = register.revoke(id, self.desk.seconds()).await;
        if let Some(mut revoked) = revoked.map_err(not_written)? {
            revoked.heard = Heard::default();
            // Who does not hear of it now is told by the task that tells all.
            let told = revocations::tell(office, &register, revoked).await;
            let _told = told.map_err(not_written)?;
        }
        Err(Refusal::NotTaken)
    }
}
