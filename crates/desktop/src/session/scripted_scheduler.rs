//! A server for meetings on the stage, which remembers what was sent to it.

use std::sync::Mutex;

use async_trait::async_trait;
use calendar::{availability::Stretches, meeting::Person};
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use engine::{
    Failure, FailureKind, Oof, Scheduler,
    scheduler::{Attempt, Found, Intent, PersonTime, RequestId},
};

/// A server that remembers what was sent to it.
#[derive(Default)]
pub(super) struct ScriptedScheduler {
    /// What was sent, in order.
    pub(super) sent: Mutex<Vec<Intent>>,
    /// What it answers; that it is done, where nothing stands here.
    pub(super) answers: Mutex<Option<Attempt>>,
    /// What it finds of what was sent before; that it is done, where nothing
    /// stands here.
    pub(super) found: Mutex<Option<Found>>,
    /// Who is in its directory.
    pub(super) people: Mutex<Vec<Person>>,
    /// The rooms of its lists.
    pub(super) rooms: Mutex<Vec<Person>>,
    /// Whether everybody's automatic replies are on.
    pub(super) away: Mutex<Option<Oof>>,
    /// Whether it tells when people have time.
    pub(super) mute: Mutex<bool>,
}

#[async_trait]
impl Scheduler for ScriptedScheduler {
    async fn attempt(&self, _: &RequestId, intent: &Intent) -> Attempt {
        self.sent.lock().unwrap().push(intent.clone());
        let answer = self.answers.lock().unwrap().clone();
        answer.unwrap_or(Attempt::Done)
    }

    async fn look(&self, _: &RequestId, _: &Intent) -> Result<Found, Failure> {
        Ok(self.found.lock().unwrap().unwrap_or(Found::Done))
    }

    async fn people(&self, text: &str) -> Result<Vec<Person>, Failure> {
        let text = text.to_lowercase();
        let all = self.people.lock().unwrap().clone();
        let begins = |one: &Person| {
            let address = one.address.clone().unwrap_or_default();
            address.starts_with(&text) || one.name.to_lowercase().starts_with(&text)
        };
        Ok(all.into_iter().filter(begins).collect())
    }

    async fn rooms(&self) -> Result<Vec<Person>, Failure> {
        Ok(self.rooms.lock().unwrap().clone())
    }

    async fn away(&self, mailboxes: &[String]) -> Result<Vec<Option<Oof>>, Failure> {
        Ok(vec![*self.away.lock().unwrap(); mailboxes.len()])
    }

    async fn time_of(
        &self,
        mailboxes: &[String],
        _: DateTime<Utc>,
        _: DateTime<Utc>,
        _: Tz,
    ) -> Result<Vec<PersonTime>, Failure> {
        if *self.mute.lock().unwrap() {
            return Err(Failure {
                kind: FailureKind::Unreachable,
                sentence: String::new(),
            });
        }
        let free = PersonTime {
            time: Some(Stretches::default()),
            hours: None,
        };
        Ok(mailboxes.iter().map(|_| free.clone()).collect())
    }
}
