//! Answers what devices ask: in the name of the device's user, and of nobody
//! else.

use std::{collections::BTreeMap, sync::Arc};

use engine::{
    Backend as _, Failure, FailureKind, Scheduler as _,
    exchange::{ExchangeBackend, ServiceAccount},
    remote::{
        asks::{Answer, Ask, NotAnswered, Question},
        presence::Presence,
    },
    scheduler::{Attempt, Found, Intent, RequestId},
};
use tokio::sync::Mutex;
use vault::{
    Batch, RecordId, Series, VaultError,
    hybrid::{
        letter::{Between, GOOD_FOR, Way},
        wire::WaitingMessage,
    },
    opaque::OpaqueId,
};

use super::{Desk, Device, Served};

/// The questions with effects that were answered lately, at rest.
const ANSWERED: &str = "answered";

pub(super) struct Asks {
    desk: Arc<Desk>,
    answered: Mutex<Answered>,
    /// One attempt at a time for each mailbox: two of them with the same name
    /// must not overtake each other.
    turns: Mutex<BTreeMap<OpaqueId, Arc<Mutex<()>>>>,
}

impl Asks {
    pub(super) fn new(desk: Arc<Desk>) -> Self {
        let series = desk.office.series(ANSWERED);
        Self {
            desk,
            answered: Mutex::new(Answered::new(series)),
            turns: Mutex::default(),
        }
    }

    /// The sealed answer. It is empty for whom is not answered: a device that
    /// was not taken in here, or that was revoked, and a letter that is not
    /// that device's own.
    pub(super) async fn answer(&self, letter: &WaitingMessage) -> Vec<u8> {
        let Some((device, between)) = self.sender(letter).await else {
            return Vec::new();
        };
        let (own, keys) = (&self.desk.office.identity.open, device.attestation.keys);
        let opened = between.open(Way::Ask, own, &keys.sealing, &letter.sealed.0);
        let Ok(plain) = opened else {
            tracing::warn!("a letter is not by the device that it is said to be by");
            return Vec::new();
        };
        let answer = match serde_json::from_slice::<Ask>(&plain) {
            Ok(ask) => self.answer_to(&device, between.letter, ask).await,
            // Of a later version, perhaps.
            Err(_) => Err(NotAnswered::TooMuch),
        };
        let answer = answer.unwrap_or_else(|why| Answer::NotAnswered { why });
        // Texts, numbers and times always have a JSON form.
        let plain = serde_json::to_vec(&answer).unwrap_or_default();
        let sealed = between.seal(Way::Answer, own, &keys.sealing, &plain);
        sealed.unwrap_or_default()
    }

    /// Who wrote a letter, as far as the service says; that it is so, is
    /// proven by its opening.
    async fn sender(&self, letter: &WaitingMessage) -> Option<(Device, Between)> {
        let (mailbox, device) = (letter.mailbox?, letter.device?);
        let found = match self.desk.office.register.find(device).await {
            Ok(found) => found?,
            Err(error) => {
                tracing::warn!(%error, "the register of devices cannot be read");
                return None;
            }
        };
        if found.revoked.is_some() || found.attestation.mailbox != mailbox {
            return None;
        }
        let between = Between {
            organization: self.desk.office.organization,
            mailbox,
            device,
            letter: letter.letter,
        };
        Some((found, between))
    }

    async fn answer_to(
        &self,
        device: &Device,
        letter: OpaqueId,
        ask: Ask,
    ) -> Result<Answer, NotAnswered> {
        let now = self.desk.seconds();
        if !ask.is_fresh(now) {
            return Err(NotAnswered::NotNow);
        }
        if !ask.question.is_modest() {
            return Err(NotAnswered::TooMuch);
        }
        let Served::Here { account, .. } = self.desk.served(&device.address).await else {
            return Err(NotAnswered::NotServed);
        };
        if ask.question.has_effect() {
            let mut answered = self.answered.lock().await;
            match answered.note(letter, ask.asked, now).await {
                Ok(First::Yes) => {}
                Ok(First::No) => return Err(NotAnswered::Again),
                Err(error) => {
                    tracing::warn!(%error, "an ask is not carried out, as it cannot be noted");
                    return Err(NotAnswered::NotServed);
                }
            }
        }
        Ok(self.carry_out(device, &account, ask.question).await)
    }

    async fn carry_out(
        &self,
        device: &Device,
        account: &ServiceAccount,
        question: Question,
    ) -> Answer {
        let calendar = account.mailbox(&device.address, None);
        match question {
            Question::Time {
                mailboxes,
                start,
                end,
                zone,
            } => {
                let told = calendar.time_of(&mailboxes, start, end, zone);
                Answer::of(self.passed(told).await, |people| Answer::Time {
                    people: people.into_iter().map(Into::into).collect(),
                })
            }
            Question::People { text } => {
                let found = self.passed(calendar.people(&text)).await;
                Answer::of(found, |people| Answer::People { people })
            }
            Question::Rooms => {
                let found = self.passed(calendar.rooms()).await;
                Answer::of(found, |people| Answer::People { people })
            }
            Question::Attempt { request, intent } => {
                let turn = self.turn(device.attestation.mailbox).await;
                let _one_at_a_time = turn.lock().await;
                let attempt = self.attempt(&calendar, &request, &intent).await;
                Answer::of_attempt(attempt)
            }
            Question::Look { request, intent } => {
                let turn = self.turn(device.attestation.mailbox).await;
                let _one_at_a_time = turn.lock().await;
                let found = self.passed(calendar.look(&request, &intent)).await;
                Answer::of(found, Answer::of_look)
            }
            Question::Oof => {
                let oof = self.passed(calendar.oof()).await;
                Answer::of(oof, |oof| Answer::Oof {
                    presence: Presence::from(oof),
                })
            }
        }
    }

    /// Tries once. A new meeting is looked for first: letters may come late
    /// and in another order, and a client that has lost an answer asks again
    /// by the same name.
    async fn attempt(
        &self,
        calendar: &ExchangeBackend,
        request: &RequestId,
        intent: &Intent,
    ) -> Attempt {
        if matches!(intent, Intent::Make(_)) {
            match self.passed(calendar.look(request, intent)).await {
                Ok(Found::Done) => return Attempt::Done,
                Ok(Found::Absent) => {}
                Err(failure) => return Attempt::Unsure(failure),
            }
        }
        let pass = self.desk.post.gate.enter().await;
        let attempt = calendar.attempt(request, intent).await;
        match &attempt {
            Attempt::Done | Attempt::Refused(_) => pass.end(Ok(&())),
            Attempt::Unsure(failure) => pass.end::<()>(Err(failure)),
        }
        attempt
    }

    async fn turn(&self, mailbox: OpaqueId) -> Arc<Mutex<()>> {
        let mut turns = self.turns.lock().await;
        // Those that nobody waits for need not be kept.
        turns.retain(|_, turn| Arc::strong_count(turn) > 1);
        Arc::clone(turns.entry(mailbox).or_default())
    }

    async fn passed<T>(
        &self,
        work: impl Future<Output = Result<T, Failure>>,
    ) -> Result<T, Failure> {
        let pass = self.desk.post.gate.enter().await;
        let outcome = work.await;
        pass.end(outcome.as_ref());
        if let Err(failure) = &outcome
            && failure.kind != FailureKind::Refused
        {
            tracing::info!(kind = ?failure.kind, "an ask could not be answered");
        }
        outcome
    }
}

/// Whether a letter was answered before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum First {
    Yes,
    No,
}

/// The letters with effects that were answered within the time in which one is
/// good. They outlive a restart, so that no service can have one carried out
/// twice.
struct Answered {
    series: Series,
    known: Option<BTreeMap<OpaqueId, u64>>,
}

impl Answered {
    fn new(series: Series) -> Self {
        Self {
            series,
            known: None,
        }
    }

    /// Notes a letter before it is carried out.
    async fn note(&mut self, letter: OpaqueId, asked: u64, now: u64) -> Result<First, VaultError> {
        let mut known = match self.known.take() {
            Some(known) => known,
            None => self.load().await?,
        };
        if known.contains_key(&letter) {
            self.known = Some(known);
            return Ok(First::No);
        }
        let over = |at: u64| at.saturating_add(2 * GOOD_FOR) < now;
        let gone: Vec<OpaqueId> = known
            .iter()
            .filter(|(_, at)| over(**at))
            .map(|(letter, _)| *letter)
            .collect();
        let batch = Batch {
            put: vec![(RecordId(letter.to_string()), asked.to_be_bytes().to_vec())],
            delete: gone.iter().map(|id| RecordId(id.to_string())).collect(),
            ..Batch::default()
        };
        self.series.commit(batch).await?;
        known.retain(|_, at| !over(*at));
        known.insert(letter, asked);
        self.known = Some(known);
        Ok(First::Yes)
    }

    async fn load(&self) -> Result<BTreeMap<OpaqueId, u64>, VaultError> {
        let loaded = self.series.load().await?;
        let each = loaded.records.iter().filter_map(|(id, bytes)| {
            let at = <[u8; 8]>::try_from(bytes.as_slice()).ok()?;
            Some((id.0.parse().ok()?, u64::from_be_bytes(at)))
        });
        Ok(each.collect())
    }
}

#[cfg(test)]
mod tests {
    use vault::{SeriesId, Vault, key::Key, memory::MemoryStore};

    use super::*;

    const NOW: u64 = 1_800_000_000;

    #[tokio::test]
    async fn a_letter_is_carried_out_once_also_by_the_next_run() {
        let store = Arc::new(MemoryStore::default());
        let vault = Vault::open(store, &Key::generate()).await.unwrap();
        let series = || vault.series(SeriesId("connector/answered".to_owned()));
        let (one, other) = (OpaqueId::random(), OpaqueId::random());
        let mut answered = Answered::new(series());
        assert_eq!(answered.note(one, NOW, NOW).await.unwrap(), First::Yes);
        assert_eq!(answered.note(one, NOW, NOW + 1).await.unwrap(), First::No);

        let mut next_run = Answered::new(series());
        assert_eq!(next_run.note(one, NOW, NOW + 9).await.unwrap(), First::No);
        let later = NOW + 3 * GOOD_FOR;
        assert_eq!(
            next_run.note(other, later, later).await.unwrap(),
            First::Yes
        );
        let kept = series().load().await.unwrap().records;
        assert_eq!(kept.len(), 1, "what is not good any more is forgotten");
    }
}
