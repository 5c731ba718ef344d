//! Letters that came by way of the service: enrolments.

use std::{collections::BTreeSet, sync::Arc};

use chrono::Duration;
use tokio::sync::watch;
use vault::{
    hybrid::{
        enrolment::{Application, Attester, Desk, Opening, Proof, Refusal, Reply},
        wire::{DeviceMessage, WaitingMessage},
    },
    remote::RemoteError,
};

use crate::run::Shared;

/// The desk at which letters are answered.
pub(crate) struct Letters {
    shared: Arc<Shared>,
    addresses: BTreeSet<String>,
    desk: Desk,
}

impl Letters {
    pub(crate) fn new(shared: Arc<Shared>, addresses: BTreeSet<String>) -> Self {
        Self {
            shared,
            addresses,
            desk: Desk::default(),
        }
    }

    /// Answers until the connector ends.
    pub(crate) async fn run(mut self, mut ending: watch::Receiver<bool>) {
        loop {
            let shared = Arc::clone(&self.shared);
            let waiting = tokio::select! {
                waiting = shared.answers.waiting() => waiting,
                _ = ending.wait_for(|end| *end) => return,
            };
            let answered = match waiting {
                Ok(waiting) => self.answer_all(waiting).await,
                Err(error) => Err(error),
            };
            if let Err(error) = answered {
                tracing::warn!(%error, "letters are not answered yet");
                let next = shared.clock.now() + Duration::seconds(5);
                tokio::select! {
                    () = shared.clock.wait_until(next) => {}
                    _ = ending.wait_for(|end| *end) => return,
                }
            }
        }
    }

    async fn answer_all(&mut self, waiting: Vec<WaitingMessage>) -> Result<(), RemoteError> {
        for letter in waiting {
            let answer = match letter.mailbox {
                None => {
                    let reply = self.enrol(&letter.sealed.0).await;
                    // Texts and bytes always have a JSON form.
                    serde_json::to_vec(&reply).unwrap_or_default()
                }
                // An empty answer says that nobody here serves asks.
                Some(_) => Vec::new(),
            };
            match self.shared.answers.answer(letter.letter, answer).await {
                // Its time was over.
                Ok(()) | Err(RemoteError::Absent(_)) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    async fn enrol(&mut self, sealed: &[u8]) -> Reply {
        let refused = |why: Refusal| Reply::Refused { why };
        match Application::open(self.shared.identity.open(), sealed) {
            Ok(Application::Open(opening)) => match self.open(&opening).await {
                Ok(()) => Reply::Sent,
                Err(why) => refused(why),
            },
            Ok(Application::Prove(proof)) => match self.prove(&proof).await {
                Ok(reply) => reply,
                Err(why) => refused(why),
            },
            // Sealed to another connector's key: no code waits for it here.
            Err(_) => refused(Refusal::NoCode),
        }
    }

    /// Puts a code into the calendar. Whether there is such a mailbox is not
    /// told to who asks.
    async fn open(&mut self, opening: &Opening) -> Result<(), Refusal> {
        let address = opening.address.trim().to_lowercase();
        if !self.addresses.contains(&address) {
            return Ok(());
        }
        let now = self.shared.clock.now();
        let seconds = u64::try_from(now.timestamp()).unwrap_or(0);
        let code = self.desk.open(opening, seconds)?;
        let subject = format!("Joinbell code {}", code.shown().as_str());
        let text = "Somebody, probably you, is adding a device to Joinbell. Type the code of \
                    this entry there within ten minutes. Show it to nobody; if it was not you, \
                    delete the entry.";
        let calendar = self.shared.backend.acting_for(&address);
        calendar
            .leave_note(&subject, text, self.shared.zone, now)
            .await
            .map_err(|error| {
                tracing::warn!(kind = ?error.kind, "a code could not be put into a calendar");
                Refusal::Calendar
            })
    }

    async fn prove(&mut self, proof: &Proof) -> Result<Reply, Refusal> {
        let shared = Arc::clone(&self.shared);
        let sign = shared.identity.sign();
        let attester = Attester {
            organization: shared.organization,
            key: &sign,
            public: shared.identity.public(),
            key_service: shared.key_service,
            keys_url: &shared.keys_url,
        };
        let seconds = u64::try_from(shared.clock.now().timestamp()).unwrap_or(0);
        let mailbox = |address: &str| shared.identity.mailbox(address);
        let welcome = self.desk.prove(proof, attester, mailbox, seconds)?;
        let message = DeviceMessage {
            attestation: welcome.attestation.clone(),
        };
        let taken_in = async {
            shared.keys.put_device(&message).await?;
            shared.answers.put_device(&message).await
        };
        taken_in.await.map_err(|error: RemoteError| {
            tracing::warn!(%error, "a device is not taken in");
            Refusal::NotTaken
        })?;
        Ok(Reply::Welcome(Box::new(welcome)))
    }
}
