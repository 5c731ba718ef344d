//! What the user sends: each meeting is made once, and what is said of it is
//! so (I7).

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use chrono::{DateTime, Utc};
use desktop::view::OutcomeKind;
use exchange_sim::world::details::Response;

use super::Run;
use crate::{
    client::Client,
    oracle::{Broken, LOSES_AT_MOST},
    truth::{number_in, title_of},
};

/// The longest that a session takes to hear of what the user does.
const HEARD_WITHIN: std::time::Duration = std::time::Duration::from_secs(2);

/// All that the user has sent.
#[derive(Debug, Default)]
pub(super) struct Letters {
    meetings: BTreeMap<u32, Letter>,
    answers: Vec<Answered>,
}

/// One meeting.
#[derive(Debug, Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a fact of its own, and they come in any combination"
)]
struct Letter {
    sent_at: Option<DateTime<Utc>>,
    /// The client said so.
    said_sent: bool,
    /// It stands in a mailbox.
    is_made: bool,
    /// The process ended before it was bound to remember it, or the user has
    /// given it up.
    may_be_lost: bool,
    /// The store is not the one in which its draft was: the user begins anew.
    is_old: bool,
}

/// One answer to an invitation.
#[derive(Debug)]
struct Answered {
    number: u32,
    declines: bool,
    /// The user was told that it is done.
    done: Arc<AtomicBool>,
}

fn broken(what: impl Into<String>) -> Broken {
    Broken {
        invariant: "I7",
        what: what.into(),
    }
}

impl Letters {
    /// What rests on the disk is not what the client left there.
    pub(super) fn lose(&mut self) {
        for letter in self.meetings.values_mut() {
            letter.may_be_lost = true;
            letter.is_old = true;
        }
    }

    /// The process is gone.
    pub(super) fn end_process(&mut self, at: DateTime<Utc>, killed: bool, kept_all: bool) {
        for letter in self.meetings.values_mut() {
            let late = |sent: DateTime<Utc>| killed && at - sent <= LOSES_AT_MOST;
            letter.may_be_lost |= !kept_all || letter.sent_at.is_some_and(late);
        }
    }
}

impl Run<'_> {
    pub(super) async fn compose(&mut self, how: u32) {
        let Some(client) = &self.client else { return };
        let number = self.truth.fresh();
        let letters = &self.letters.meetings;
        let is_old = |title: &str| {
            let letter = number_in(title).and_then(|number| letters.get(&number));
            letter.is_some_and(|letter| letter.is_old)
        };
        let title = title_of(number);
        let composed = client.compose(&title, how, is_old);
        let composed = tokio::time::timeout(HEARD_WITHIN, composed).await;
        let Ok(Some(composed)) = composed else { return };
        let letters = &mut self.letters.meetings;
        if let Some(letter) = number_in(&composed.discarded).and_then(|one| letters.get_mut(&one)) {
            letter.may_be_lost = true;
        }
        if composed.title == title {
            letters.insert(number, Letter::default());
        }
    }

    pub(super) async fn send(&mut self) {
        let Some(client) = &self.client else { return };
        let sent = tokio::time::timeout(HEARD_WITHIN, client.send()).await;
        let title = sent.ok().flatten().unwrap_or_default();
        let number = number_in(&title);
        let now = self.now();
        if let Some(letter) = number.and_then(|one| self.letters.meetings.get_mut(&one)) {
            letter.sent_at = Some(now);
        }
    }

    pub(super) fn answer_invitation(&mut self, which: usize, declines: bool) {
        let Some((number, title)) = self.truth.invitation(which) else {
            return;
        };
        let client = self.client.as_ref();
        let done = client.and_then(|client| client.answer_invitation(&title, declines));
        if let Some(done) = done {
            let answered = Answered {
                number,
                declines,
                done,
            };
            self.letters.answers.push(answered);
        }
    }

    /// Looks at what has arrived, and holds what is said against it.
    pub(super) fn letters_arrive(&mut self) -> Result<(), Broken> {
        if self.letters.meetings.is_empty() && self.letters.answers.is_empty() {
            return Ok(());
        }
        let (letters, truth) = (&mut self.letters, &mut self.truth);
        let said = self.client.as_ref().map(Client::said_of_sending);
        let (said_of, outcome) = said.unwrap_or_default();
        let said_of = number_in(&said_of);
        let before = truth.occurrences().len();
        self.simulator.world(|world| {
            for (number, letter) in &mut letters.meetings {
                let count = truth.count_made(world, *number);
                if count > 1 {
                    return Err(broken(format!("{number} was made {count} times")));
                }
                letter.is_made |= count == 1;
                let outcome = outcome.filter(|_| said_of == Some(*number));
                match outcome {
                    Some(OutcomeKind::Sent) => letter.said_sent = true,
                    Some(OutcomeKind::Refused) if count > 0 => {
                        return Err(broken(format!("{number} is made and said to be refused")));
                    }
                    Some(OutcomeKind::Refused | OutcomeKind::Sending | OutcomeKind::Unsure)
                    | None => {}
                }
                if letter.said_sent && count == 0 {
                    return Err(broken(format!(
                        "{number} is said to be sent and is nowhere"
                    )));
                }
            }
            for answer in &letters.answers {
                truth.answered(world, answer.number);
            }
            Ok(())
        })?;
        if self.truth.occurrences().len() != before {
            let now = self.now();
            self.oracle.note_truth(self.truth.occurrences(), now);
        }
        Ok(())
    }

    /// In the end everything is certain, and what is nowhere is told or is a
    /// draft again.
    pub(super) fn letters_are_settled(&mut self) -> Result<(), Broken> {
        let said = self.client.as_ref().map(Client::said_of_sending);
        let (said_of, outcome) = said.unwrap_or_default();
        if matches!(outcome, Some(OutcomeKind::Sending | OutcomeKind::Unsure)) {
            return Err(broken(format!("{said_of} is {outcome:?} in the end")));
        }
        let stands_as_draft = number_in(&said_of);
        for (number, letter) in &self.letters.meetings {
            self.outcome.sent += u64::from(letter.is_made);
            let Some(at) = letter.sent_at else { continue };
            if !letter.is_made && !letter.may_be_lost && stands_as_draft != Some(*number) {
                let what = format!("{number}, sent at {at}, is nowhere, and nobody says so");
                return Err(broken(what));
            }
        }
        let truth = &mut self.truth;
        for answer in &self.letters.answers {
            if !answer.done.load(Ordering::Relaxed) {
                continue;
            }
            self.outcome.answered += 1;
            let found = self
                .simulator
                .world(|world| truth.answered(world, answer.number));
            // Of several answers the last one counts, and what is gone from
            // the calendar may have been deleted.
            let mut others = self.letters.answers.iter();
            let is_last = others.rfind(|other| other.number == answer.number);
            let is_last = is_last.is_some_and(|last| Arc::ptr_eq(&last.done, &answer.done));
            let stands = found.is_some_and(|found| answer.declines || found != Response::Tentative);
            if is_last && stands {
                let what = format!("{} is said to be answered and is {found:?}", answer.number);
                return Err(broken(what));
            }
        }
        Ok(())
    }
}
