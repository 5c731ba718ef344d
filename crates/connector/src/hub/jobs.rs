//! What is done for mailboxes: visits, questions about absence, and searches
//! for their servers ([`super::searches`]). Each holds one pass of the gate.

use std::sync::Arc;

use chrono::{DateTime, Duration, Utc};
use engine::{
    Backend as _, Clock, Failure, FailureKind,
    exchange::{ServiceAccount, WriteBack},
    remote::{
        colleagues::Board,
        presence::{self, Presence},
    },
    sync::Input,
    visit::{self, Keywords, Look, Plan, Unvisited, Visited},
};
use vault::{StoreError, VaultError};

use super::{Hub, searches::Found};
use crate::{
    cabinet::Cabinet,
    gate::{Gate, Pass},
    governor::Verdict,
    mailbox::{BoxId, Standing},
    measures::add,
    oof,
};

/// Visits, questions, searches.
const KINDS: u8 = 3;
/// Presence is sealed anew so often, at the next question: clients know by it
/// that nobody holds back what is newer.
const SEALED_EVERY: Duration = Duration::hours(1);

/// How long a store that is asked too often is left alone.
const ASKED_TOO_OFTEN: Duration = Duration::seconds(5);

/// What has been done.
pub(super) enum Done {
    Visit(BoxId, Result<Visited, Unvisited>),
    Question(BoxId, Asked),
    Search(BoxId, Found),
    Roll(Result<usize, VaultError>),
    Board(Arc<Board>, Result<(), VaultError>),
    Tended,
}

/// What came of a question about absence.
pub(super) enum Asked {
    /// The answer, and whether it is another one than before.
    Told(Presence, Change),
    /// The server did not tell.
    Untold(Failure),
    /// It could not be sealed.
    Unsealed(VaultError),
}

/// Whether something is another than before.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Change {
    Same,
    /// It is the same, and was sealed anew with this week's key.
    Renewed,
    Another,
}

/// Whether presence is sealed that is known already.
#[derive(Clone, Copy)]
enum Sealing {
    IfAnother,
    Anyway,
}

/// A job's view of one mailbox.
struct Errand {
    id: BoxId,
    address: String,
    account: ServiceAccount,
    write_back: Option<WriteBack>,
    cabinet: Arc<dyn Cabinet>,
    clock: Arc<dyn Clock>,
}

impl Hub {
    /// Starts what waits, one of each kind in turn, as far as it may.
    pub(super) fn begin_what_may(&mut self, now: DateTime<Utc>) {
        if !self.may_sign_in(now) {
            return;
        }
        loop {
            let mut begun = false;
            // Where one place is free at a time, each kind has its turn.
            for _ in 0..KINDS {
                self.turn = (self.turn + 1) % KINDS;
                let begins = match self.turn {
                    0 => self.store.may_begin(now) && self.begin_visit(),
                    1 => self.store.may_begin(now) && self.begin_question(),
                    _ => self.begin_search(),
                };
                if begins {
                    begun = true;
                    break;
                }
            }
            if !begun {
                return;
            }
            // After a refusal one request alone looks whether it is over.
            if !matches!(self.sign_in, super::SignIn::Good) {
                return;
            }
        }
    }

    fn begin_visit(&mut self) -> bool {
        if self.visits.is_empty() {
            return false;
        }
        let Some(pass) = self.gate.try_enter() else {
            return false;
        };
        let Some(id) = self.visits.pop_front() else {
            return true;
        };
        let errand = match self.errand(id) {
            Some(Ok(errand)) => errand,
            Some(Err(failure)) => {
                self.failed(id, failure, self.clock.now());
                return true;
            }
            None => return true,
        };
        let Some(mailbox) = self.get(id) else {
            return true;
        };
        // What is told from now on is for the next visit.
        let announced = std::mem::take(&mut mailbox.announced);
        mailbox.urgent = false;
        let plan = Plan {
            zone: mailbox.zone,
            from_scratch: mailbox.from_scratch,
            look: mailbox.look,
        };
        mailbox.look = Look::AtNews;
        mailbox.expected = announced || !mailbox.listened;
        self.store.begin();
        self.running.spawn(async move {
            let outcome = visited(&errand, plan).await;
            end_visit(pass, &outcome);
            Done::Visit(errand.id, outcome)
        });
        true
    }

    fn begin_question(&mut self) -> bool {
        if self.questions.is_empty() {
            return false;
        }
        let Some(pass) = self.gate.try_enter() else {
            return false;
        };
        let Some(id) = self.questions.pop_front() else {
            return true;
        };
        let now = self.clock.now();
        let errand = match self.errand(id) {
            Some(Ok(errand)) => errand,
            Some(Err(failure)) => {
                self.asked(id, &Asked::Untold(failure), now);
                return true;
            }
            None => return true,
        };
        let Some(mailbox) = self.get(id) else {
            return true;
        };
        let known = mailbox.oof.presence;
        let sealing = if (now - mailbox.sealed_at).abs() < SEALED_EVERY {
            Sealing::IfAnother
        } else {
            Sealing::Anyway
        };
        let gate = self.gate.clone();
        self.store.begin();
        self.running.spawn(async move {
            let asked = asked(&errand, (known, sealing), pass, &gate).await;
            Done::Question(errand.id, asked)
        });
        true
    }

    /// What is done for a mailbox, or why its server cannot be used. `None` for
    /// one that is not there.
    fn errand(&mut self, id: BoxId) -> Option<Result<Errand, Failure>> {
        let mailbox = self.get(id)?;
        let (address, place) = (mailbox.address.to_string(), mailbox.place?);
        let server = self.places.get(usize::from(place.0))?.url.to_string();
        let account = match self.account_at(&server) {
            Ok(account) => account,
            Err(failure) => return Some(Err(failure)),
        };
        Some(Ok(Errand {
            id,
            write_back: self.write_back(&address),
            address,
            account,
            cabinet: self.cabinet.clone(),
            clock: self.clock.clone(),
        }))
    }

    /// Takes in what was done.
    pub(super) fn take(&mut self, done: Done, now: DateTime<Utc>) {
        match done {
            Done::Visit(id, outcome) => self.visited(id, outcome, now),
            Done::Question(id, asked) => {
                let stored = match &asked {
                    Asked::Told(..) => Verdict::Answered,
                    Asked::Untold(_) => Verdict::Neither,
                    Asked::Unsealed(error) => verdict(error),
                };
                self.store.end(stored, now);
                self.asked(id, &asked, now);
            }
            Done::Search(id, found) => {
                self.searching -= 1;
                self.found(id, found, now);
            }
            Done::Roll(outcome) => self.roll_settled(outcome, now),
            Done::Board(board, kept) => self.board_posted(board, kept, now),
            Done::Tended => {}
        }
        self.uncounted(now);
    }

    fn visited(&mut self, id: BoxId, outcome: Result<Visited, Unvisited>, now: DateTime<Utc>) {
        add(&self.measures.visits, 1);
        let stored = match &outcome {
            Ok(_) | Err(Unvisited::Server(_)) => Verdict::Answered,
            Err(Unvisited::Store(error)) => verdict(error),
        };
        self.store.end(stored, now);
        match outcome {
            Ok(visited) => {
                self.sign_in = super::SignIn::Good;
                self.get_on(id, visited, now);
            }
            Err(Unvisited::Store(error)) if is_of_one(&error) => {
                add(&self.measures.visits_failed, 1);
                let line = self.get(id).map(|mailbox| mailbox.line);
                tracing::error!(line, %error, "a mailbox cannot be stored");
                let (kind, sentence) = (FailureKind::Failing, error.to_string());
                self.failed(id, Failure { kind, sentence }, now);
            }
            Err(Unvisited::Store(error)) => {
                add(&self.measures.visits_failed, 1);
                tracing::warn!(%error, "the store or its keys are away; nothing is fetched");
                self.owe(id);
            }
            Err(Unvisited::Server(failure)) => {
                add(&self.measures.visits_failed, 1);
                if is_about_sign_in(&failure) {
                    self.sign_in_refused(now);
                    self.owe(id);
                } else {
                    self.failed(id, failure, now);
                }
            }
        }
    }

    fn get_on(&mut self, id: BoxId, visited: Visited, now: DateTime<Utc>) {
        add(&self.measures.meetings_put, visited.put);
        add(&self.measures.meetings_gone, visited.gone);
        add(&self.measures.join_details, visited.written);
        let Some(mailbox) = self.get(id) else { return };
        mailbox.visiting = false;
        mailbox.failed = 0;
        if !mailbox.in_step {
            mailbox.in_step = true;
            tracing::debug!(line = mailbox.line, "in step");
        }
        let mut read = visited.read;
        if visited.keywords == Keywords::Left {
            mailbox.look = Look::AtAll;
            // In a minute, and with the sweep when that does not help.
            read = engine::backend::Read::Partly;
        }
        let untold = visited.of_the_stream && !mailbox.expected && !mailbox.announced;
        self.input(id, Input::Pulled(Ok(read)), now);
        if untold {
            self.untold(id);
        }
    }

    /// Nothing came of a visit through no fault of the mailbox. Those that wait
    /// have their turn before it: it may be this one that fails.
    fn owe(&mut self, id: BoxId) {
        let Some(mailbox) = self.get(id) else { return };
        if mailbox.standing == Standing::Leaving {
            mailbox.visiting = false;
            return;
        }
        mailbox.look = Look::AtAll;
        self.visits.push_back(id);
    }

    fn failed(&mut self, id: BoxId, failure: Failure, now: DateTime<Utc>) {
        let Some(mailbox) = self.get(id) else { return };
        tracing::info!(line = mailbox.line, kind = ?failure.kind, "a visit failed");
        mailbox.visiting = false;
        mailbox.look = Look::AtAll;
        let elsewhere = matches!(failure.kind, FailureKind::Refused | FailureKind::Elsewhere);
        let search = mailbox.has_failed() || elsewhere;
        if search && mailbox.standing == Standing::Tended {
            mailbox.search_at = now;
        }
        self.input(id, Input::Pulled(Err(failure)), now);
    }

    fn asked(&mut self, id: BoxId, asked: &Asked, now: DateTime<Utc>) {
        add(&self.measures.oof_asked, 1);
        match asked {
            Asked::Untold(failure) if is_about_sign_in(failure) => self.sign_in_refused(now),
            Asked::Unsealed(error) => tracing::warn!(%error, "presence is not sealed"),
            Asked::Told(..) | Asked::Untold(_) => {}
        }
        let changed = matches!(asked, Asked::Told(_, Change::Another));
        if changed {
            add(&self.measures.oof_changed, 1);
        }
        let Some(mailbox) = self.get(id) else { return };
        mailbox.asking = false;
        if let Asked::Told(presence, change) = *asked {
            // The first answer of a run is no change that somebody made.
            if change == Change::Another && mailbox.oof.presence.is_some() {
                mailbox.oof.changed = Some(now);
            }
            mailbox.oof.presence = Some(presence);
            if change != Change::Same {
                mailbox.sealed_at = now;
            }
        }
        mailbox.oof_at = oof::next(mailbox.oof, now, mailbox.spread());
        self.touch(id, now);
    }
}

/// Whether an error of the store is of one mailbox alone, and the others are
/// not to wait for it.
fn is_of_one(error: &VaultError) -> bool {
    matches!(
        error,
        VaultError::Store(StoreError::TooLong(_) | StoreError::Absent(_))
            | VaultError::TooMany
            | VaultError::KeySpent
    )
}

/// What an error of the store says of it.
fn verdict(error: &VaultError) -> Verdict {
    match error {
        error if is_of_one(error) => Verdict::Answered,
        VaultError::Store(StoreError::TooOften(_)) => Verdict::Busy(ASKED_TOO_OFTEN),
        _ => Verdict::Away,
    }
}

async fn visited(errand: &Errand, plan: Plan) -> Result<Visited, Unvisited> {
    let visit = async {
        let series = errand.cabinet.meetings(&errand.address).await;
        let series = series.map_err(Unvisited::Store)?;
        let backend = errand
            .account
            .mailbox(&errand.address, errand.write_back.clone());
        visit::visit(&backend, &series, errand.clock.as_ref(), plan).await
    };
    let outcome = visit.await;
    if let Err(Unvisited::Store(VaultError::Store(StoreError::Absent(_)))) = outcome {
        errand.cabinet.introduce_again(&errand.address);
    }
    outcome
}

fn end_visit(pass: Pass, outcome: &Result<Visited, Unvisited>) {
    match outcome {
        Ok(visited) => pass.end(Ok(visited)),
        Err(Unvisited::Server(failure)) => pass.end::<()>(Err(failure)),
        // That says nothing of Exchange.
        Err(Unvisited::Store(_)) => drop(pass),
    }
}

async fn asked(
    errand: &Errand,
    (known, sealing): (Option<Presence>, Sealing),
    pass: Pass,
    gate: &Gate,
) -> Asked {
    let backend = errand.account.mailbox(&errand.address, None);
    let begun = errand.clock.now();
    let answer = backend.oof().await;
    let took = errand.clock.now() - begun;
    pass.end(answer.as_ref());
    let presence = match answer {
        Ok(oof) => Presence::from(oof),
        Err(failure) => return Asked::Untold(failure),
    };
    gate.took(took.max(Duration::zero()));
    let change = match sealing {
        _ if known != Some(presence) => Change::Another,
        Sealing::IfAnother => return Asked::Told(presence, Change::Same),
        Sealing::Anyway => Change::Renewed,
    };
    let sealed = async {
        let series = errand.cabinet.presence(&errand.address).await?;
        presence::keep(&series, presence, begun).await
    };
    match sealed.await {
        Ok(()) => Asked::Told(presence, change),
        Err(error) => Asked::Unsealed(error),
    }
}

pub(super) fn is_about_sign_in(failure: &Failure) -> bool {
    matches!(
        failure.kind,
        FailureKind::Credentials | FailureKind::NoCommonScheme
    )
}
