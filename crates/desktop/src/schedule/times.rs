//! When people have time, as far as the server has told it, and what is to be
//! asked.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
};

use chrono::{DateTime, Duration, Utc};
use engine::scheduler::PersonTime;

/// What was told is asked again after so long.
const OLD_AFTER: Duration = Duration::minutes(5);
/// What could not be asked is asked again after so long.
const AGAIN_AFTER: Duration = Duration::seconds(30);

/// A question about people's time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Question {
    /// Names the question.
    pub(crate) serial: u64,
    /// Whose, by address.
    pub(crate) people: Vec<String>,
    /// From when to when.
    pub(crate) within: Range<DateTime<Utc>>,
}

/// What is known of people's time within one stretch.
#[derive(Debug, Clone, Default)]
pub(super) struct Times {
    within: Option<Range<DateTime<Utc>>>,
    known: BTreeMap<String, (PersonTime, DateTime<Utc>)>,
    open: Option<Question>,
    serial: u64,
    /// Before this moment nothing is asked: the last question failed.
    not_before: Option<DateTime<Utc>>,
}

impl Times {
    /// What is to be asked so that everybody's time is known; nothing while
    /// a question is open.
    pub(super) fn ask(
        &mut self,
        people: BTreeSet<String>,
        within: Range<DateTime<Utc>>,
        now: DateTime<Utc>,
    ) -> Option<Question> {
        if self.within.as_ref() != Some(&within) {
            self.known.clear();
            self.within = Some(within.clone());
            // What is still to come is about another time.
            self.open = None;
            self.not_before = None;
        }
        // A clock that was set back does not put it off.
        let waits = |until: DateTime<Utc>| now < until && until <= now + AGAIN_AFTER;
        if self.open.is_some() || self.not_before.is_some_and(waits) {
            return None;
        }
        let fresh = |at: DateTime<Utc>| at <= now && now < at + OLD_AFTER;
        let missing: Vec<String> = people
            .into_iter()
            .filter(|one| !self.known.get(one).is_some_and(|(_, at)| fresh(*at)))
            .collect();
        if missing.is_empty() {
            return None;
        }
        self.serial += 1;
        let question = Question {
            serial: self.serial,
            people: missing,
            within,
        };
        self.open = Some(question.clone());
        Some(question)
    }

    /// Takes an answer in; `None` when none came. An answer to an older
    /// question is passed over.
    pub(super) fn answer(
        &mut self,
        serial: u64,
        answer: Option<Vec<PersonTime>>,
        now: DateTime<Utc>,
    ) {
        let Some(question) = self.open.take_if(|open| open.serial == serial) else {
            return;
        };
        match answer {
            Some(times) => {
                self.not_before = None;
                let told = question.people.into_iter().zip(times);
                self.known
                    .extend(told.map(|(who, time)| (who, (time, now))));
            }
            None => self.not_before = Some(now + AGAIN_AFTER),
        }
    }

    /// What is known of somebody.
    pub(super) fn of(&self, address: &str) -> Option<&PersonTime> {
        self.known
            .get(&address.to_lowercase())
            .map(|(time, _)| time)
    }

    /// Whether a question is open.
    pub(super) fn is_asking(&self) -> bool {
        self.open.is_some()
    }
}
