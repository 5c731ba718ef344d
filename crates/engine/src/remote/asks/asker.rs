//! The client's end: a [`Scheduler`] whose Exchange is behind the connector.

use std::{path::Path, sync::Arc, time::Duration as StdDuration};

use async_trait::async_trait;
use calendar::meeting::Person;
use chrono::{DateTime, Duration, Utc};
use chrono_tz::Tz;
use url::Url;
use vault::{
    hybrid::{
        letter::{Between, Way},
        sealing::OpenKey,
    },
    opaque::OpaqueId,
    remote::{Asks, RemoteError},
};

use super::{Answer, Ask, NotAnswered, Question, Trouble};
use crate::{
    backend::{Failure, FailureKind},
    clock::Clock,
    remote::{Reached, colleagues::Colleagues, device::Device, failure},
    scheduler::{Attempt, Found, Intent, PersonTime, Refusal, RequestId, Scheduler},
    snapshot::Oof,
};

/// How long an answer is waited for.
const WITHIN: Duration = Duration::seconds(60);
/// When it is looked for first, and how often in the end.
const FIRST_LOOK: Duration = Duration::milliseconds(100);
const LAST_LOOK: Duration = Duration::seconds(1);

/// Asks the connector in the name of a device.
pub struct Asker {
    asks: Asks,
    /// The letter is another one each time.
    between: Between,
    own: OpenKey,
    connector: [u8; 32],
    colleagues: Option<Colleagues>,
    clock: Arc<dyn Clock>,
}

impl std::fmt::Debug for Asker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Asker")
    }
}

impl Asker {
    /// Prepares; nothing is sent yet. `own` is the device's own key and
    /// `connector` the public one to which is sealed, as the code of the
    /// enrolment has proven it.
    pub fn new(
        asks: Asks,
        (organization, mailbox, device): (OpaqueId, OpaqueId, OpaqueId),
        own: OpenKey,
        connector: [u8; 32],
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            asks,
            between: Between {
                organization,
                mailbox,
                device,
                letter: OpaqueId([0; 16]),
            },
            own,
            connector,
            colleagues: None,
            clock,
        }
    }

    /// The same, which knows who is away by what the connector has sealed for
    /// all devices, and asks nobody about that.
    #[must_use]
    pub fn knowing(mut self, colleagues: Colleagues) -> Self {
        self.colleagues = Some(colleagues);
        self
    }

    /// A device that asks by way of its service, whose authority `ca_file` may
    /// name.
    pub fn of_device(
        service: &Url,
        ca_file: Option<&Path>,
        device: &Device,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, Failure> {
        let reached = Reached {
            ca_file,
            device,
            clock: &clock,
        };
        let caller = reached.service(service)?;
        let colleagues = Colleagues::of_device(service, ca_file, device, Arc::clone(&clock))?;
        let asker = Self::new(
            Asks::new(caller, device.mailbox),
            (device.organization, device.mailbox, device.device),
            OpenKey::from_bytes(*device.open.expose()),
            device.connector.sealing,
            clock,
        );
        Ok(asker.knowing(colleagues))
    }

    /// Whether the user is out of office, as Exchange says at this moment.
    pub async fn oof(&self) -> Result<Option<Oof>, Failure> {
        match self.ask(Question::Oof).await? {
            Answer::Oof { presence } => Ok(presence.into()),
            other => Err(self.other(&other)),
        }
    }

    async fn ask(&self, question: Question) -> Result<Answer, Failure> {
        let between = Between {
            letter: OpaqueId::random(),
            ..self.between
        };
        let asked = u64::try_from(self.clock.now().timestamp()).unwrap_or(0);
        let ask = Ask { asked, question };
        // Texts, numbers and times always have a JSON form.
        let plain = serde_json::to_vec(&ask).unwrap_or_default();
        let sealed = between.seal(Way::Ask, &self.own, &self.connector, &plain);
        let sealed = sealed.map_err(|_| self.garbled())?;
        let written = self.asks.write(between.letter, sealed).await;
        written.map_err(|error| failure::of_remote(&error))?;
        let answer = self.wait_for(between.letter).await?;
        if answer.is_empty() {
            return Err(self.silent());
        }
        let opened = between.open(Way::Answer, &self.own, &self.connector, &answer);
        let plain = opened.map_err(|_| self.garbled())?;
        serde_json::from_slice(&plain).map_err(|_| self.garbled())
    }

    async fn wait_for(&self, letter: OpaqueId) -> Result<Vec<u8>, Failure> {
        let end = self.clock.now() + WITHIN;
        let mut pause = FIRST_LOOK;
        while self.clock.now() < end {
            match self.asks.answer(letter).await {
                Ok(Some(answer)) => return Ok(answer),
                Ok(None) | Err(RemoteError::Away(_) | RemoteError::Busy(_)) => {}
                Err(error) => return Err(failure::of_remote(&error)),
            }
            self.clock.wait_until(self.clock.now() + pause).await;
            pause = (pause * 2).min(LAST_LOOK);
        }
        Err(self.silent())
    }

    fn silent(&self) -> Failure {
        Failure {
            kind: FailureKind::Unreachable,
            sentence: format!(
                "Your organization's connector does not answer by way of {}; try again later",
                self.asks.host()
            ),
        }
    }

    fn garbled(&self) -> Failure {
        Failure {
            kind: FailureKind::Failing,
            sentence: format!(
                "What {} gives as an answer is not your organization's connector's; nothing of it \
                 is used, tell your administrator",
                self.asks.host()
            ),
        }
    }

    /// An answer that is none to what was asked.
    fn other(&self, answer: &Answer) -> Failure {
        let (kind, sentence) = match answer {
            Answer::Failed {
                trouble: Trouble::Busy(seconds),
            } => (
                FailureKind::Throttled(StdDuration::from_secs(*seconds)),
                "The Exchange server asks for quiet; it is tried again",
            ),
            Answer::Failed {
                trouble: Trouble::Away,
            } => (
                FailureKind::Failing,
                "Your organization's connector does not reach the Exchange server; it is tried \
                 again",
            ),
            Answer::Failed {
                trouble: Trouble::Refused,
            } => (
                FailureKind::Refused,
                "The Exchange server refuses this; ask your administrator",
            ),
            Answer::NotAnswered {
                why: NotAnswered::NotNow,
            } => (
                FailureKind::Failing,
                "Your organization's connector takes the question for an old one; check this \
                 machine's clock",
            ),
            Answer::NotAnswered {
                why: NotAnswered::TooMuch,
            } => (
                FailureKind::Refused,
                "That is more than can be asked at once; ask for fewer people or days",
            ),
            Answer::NotAnswered {
                why: NotAnswered::NotServed,
            } => (
                FailureKind::Refused,
                "Your organization's connector does not serve this mailbox at present",
            ),
            _ => return self.garbled(),
        };
        Failure {
            kind,
            sentence: sentence.to_owned(),
        }
    }
}

#[async_trait]
impl Scheduler for Asker {
    async fn attempt(&self, request: &RequestId, intent: &Intent) -> Attempt {
        let question = Question::Attempt {
            request: request.clone(),
            intent: Box::new(intent.clone()),
        };
        match self.ask(question).await {
            Ok(Answer::Done) => Attempt::Done,
            Ok(Answer::Refused { refusal }) => Attempt::Refused(refusal),
            // None of these has done anything.
            Ok(Answer::NotAnswered {
                why: NotAnswered::NotServed,
            }) => Attempt::Refused(Refusal::Unreachable),
            Ok(other) => Attempt::Unsure(self.other(&other)),
            Err(failure) if failure.kind == FailureKind::Credentials => {
                Attempt::Refused(Refusal::SignIn)
            }
            // It may have come through, and its answer was lost.
            Err(failure) => Attempt::Unsure(failure),
        }
    }

    async fn look(&self, request: &RequestId, intent: &Intent) -> Result<Found, Failure> {
        let question = Question::Look {
            request: request.clone(),
            intent: Box::new(intent.clone()),
        };
        match self.ask(question).await? {
            Answer::Done => Ok(Found::Done),
            Answer::Absent => Ok(Found::Absent),
            other => Err(self.other(&other)),
        }
    }

    async fn people(&self, text: &str) -> Result<Vec<Person>, Failure> {
        let text = text.to_owned();
        match self.ask(Question::People { text }).await? {
            Answer::People { people } => Ok(people),
            other => Err(self.other(&other)),
        }
    }

    async fn rooms(&self) -> Result<Vec<Person>, Failure> {
        match self.ask(Question::Rooms).await? {
            Answer::People { people } => Ok(people),
            other => Err(self.other(&other)),
        }
    }

    async fn away(&self, mailboxes: &[String]) -> Result<Vec<Option<Oof>>, Failure> {
        let Some(colleagues) = &self.colleagues else {
            return Ok(vec![None; mailboxes.len()]);
        };
        let board = match colleagues.read().await {
            Ok(board) => board,
            // Whoever is let in no more is told nothing.
            Err(failure) if failure.kind == FailureKind::Credentials => return Err(failure),
            // Another failure does not undo what was known a while ago.
            Err(failure) => {
                let last = colleagues.last().await;
                tracing::warn!(kind = ?failure.kind, known = last.is_some(), "the board is not read");
                last.ok_or(failure)?
            }
        };
        Ok(mailboxes.iter().map(|one| board.oof_of(one)).collect())
    }

    async fn time_of(
        &self,
        mailboxes: &[String],
        start: DateTime<Utc>,
        end: DateTime<Utc>,
        zone: Tz,
    ) -> Result<Vec<PersonTime>, Failure> {
        let question = Question::Time {
            mailboxes: mailboxes.to_vec(),
            start,
            end,
            zone,
        };
        match self.ask(question).await? {
            Answer::Time { people } if people.len() == mailboxes.len() => {
                Ok(people.into_iter().map(PersonTime::from).collect())
            }
            other => Err(self.other(&other)),
        }
    }
}
