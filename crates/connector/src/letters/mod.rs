//! Letters that clients write by way of the service: enrolments of new
//! devices, and what enrolled ones ask. Each letter is answered once; when it
//! comes again because the service did not take the answer, it gets the same
//! one and nothing else happens.

mod asks;
mod enrolment;
mod given;
mod known;
mod leftovers;
mod register;
pub(crate) mod revocations;

use std::sync::Arc;

use chrono::{DateTime, Duration, Utc};
use chrono_tz::Tz;
use engine::exchange::ServiceAccount;
use tokio::{
    sync::{mpsc, oneshot},
    task::JoinSet,
};
use vault::{hybrid::wire::WaitingMessage, opaque::OpaqueId, remote::RemoteError};

use crate::{measures::add, office::Office, watch::Post};
use asks::Asks;
use enrolment::Enrolments;
use known::{Known, Standing};

pub(crate) use leftovers::Leftovers;
pub(crate) use register::{Device, Heard, Register};

/// When the service is asked again after it did not answer.
const AGAIN: Duration = Duration::seconds(5);
/// When it is asked again while all that waits there is under way here.
const SOON: Duration = Duration::milliseconds(200);
/// A service that has nothing waits with its answer. One that says so at once
/// is asked no oftener than this.
const PACE: Duration = Duration::seconds(1);
/// Letters at a time; the others wait at the service.
const AT_A_TIME: usize = 64;
/// Letters of one device at a time, and of all strangers.
const OF_ONE: usize = 4;

/// Asks the hub where a mailbox is served.
pub(crate) struct Inquiry {
    /// Its address, in lower case.
    pub(crate) address: String,
    pub(crate) reply: oneshot::Sender<Served>,
}

/// Where a mailbox is served.
pub(crate) enum Served {
    /// By this account, in its user's zone.
    Here { account: ServiceAccount, zone: Tz },
    /// It is on the list, and cannot be reached.
    NotNow,
    /// It is not on the list.
    Nowhere,
}

/// What those who answer have in common.
pub(crate) struct Desk {
    pub(crate) office: Arc<Office>,
    pub(crate) inquire: mpsc::Sender<Inquiry>,
    pub(crate) post: Post,
}

impl Desk {
    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.post.clock.now()
    }

    /// The same in whole seconds since 1970.
    pub(crate) fn seconds(&self) -> u64 {
        u64::try_from(self.now().timestamp()).unwrap_or(0)
    }

    pub(crate) async fn served(&self, address: &str) -> Served {
        let (reply, told) = oneshot::channel();
        let address = address.to_owned();
        // A hub that has ended tells nothing.
        let _asked = self.inquire.send(Inquiry { address, reply }).await;
        told.await.unwrap_or(Served::NotNow)
    }
}

/// Which time an answer is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Time {
    First,
    Again,
}

/// Answers letters until the hub has ended.
pub(crate) struct Letters {
    desk: Arc<Desk>,
    asks: Arc<Asks>,
    enrolments: Arc<Enrolments>,
    known: Known,
    running: JoinSet<(OpaqueId, Vec<u8>)>,
}

impl Letters {
    pub(crate) fn new(office: Arc<Office>, inquire: mpsc::Sender<Inquiry>, post: Post) -> Self {
        let desk = Arc::new(Desk {
            office,
            inquire,
            post,
        });
        Self {
            asks: Arc::new(Asks::new(Arc::clone(&desk))),
            enrolments: Arc::new(Enrolments::new(Arc::clone(&desk))),
            desk,
            known: Known::default(),
            running: JoinSet::new(),
        }
    }

    pub(crate) async fn run(self) {
        let enrolments = Arc::clone(&self.enrolments);
        tokio::join!(self.answer_all(), enrolments.tidy());
    }

    async fn answer_all(mut self) {
        let desk = Arc::clone(&self.desk);
        let ended = desk.inquire.clone();
        let mut next = desk.now();
        loop {
            let asks = self.running.len() < AT_A_TIME;
            tokio::select! {
                () = ended.closed() => break,
                Some(done) = self.running.join_next() => {
                    // The program as it is built for use ends with a panic.
                    if let Ok((letter, answer)) = done {
                        self.send(letter, answer, Time::First).await;
                    }
                }
                waiting = waiting(&desk, next), if asks => next = match waiting {
                    Ok((asked, waiting)) if waiting.is_empty() => asked + PACE,
                    Ok((_, waiting)) => self.take(waiting).await,
                    Err(error) => {
                        tracing::warn!(%error, "letters are not answered yet");
                        desk.now() + AGAIN
                    }
                },
            }
        }
        while let Some(done) = self.running.join_next().await {
            if let Ok((letter, answer)) = done {
                self.send(letter, answer, Time::First).await;
            }
        }
    }

    /// Begins with what is new, and gives the moment to look again. While
    /// nothing is, the rest waits a moment.
    async fn take(&mut self, waiting: Vec<WaitingMessage>) -> DateTime<Utc> {
        let now = self.desk.now();
        self.known.tidy(now);
        let mut begun = false;
        let mut busy = self.known.busy();
        for letter in waiting {
            match self.known.look(letter.letter) {
                Standing::Unsent(answer) => {
                    self.send(letter.letter, answer, Time::Again).await;
                }
                Standing::New if self.running.len() < AT_A_TIME => {
                    let of_one = busy.entry(letter.device).or_default();
                    if *of_one < OF_ONE {
                        *of_one += 1;
                        begun = true;
                        self.begin(letter);
                    }
                }
                // It is under way, or waits until another one is done, or
                // was answered: an honest service does not show it again.
                Standing::UnderWay | Standing::New | Standing::Over => {}
            }
        }
        if begun { now } else { now + SOON }
    }

    fn begin(&mut self, letter: WaitingMessage) {
        self.known.begin(letter.letter, letter.device);
        let (asks, enrolments) = (Arc::clone(&self.asks), Arc::clone(&self.enrolments));
        self.running.spawn(async move {
            let answer = match letter.mailbox {
                None => enrolments.answer(letter.letter, &letter.sealed.0).await,
                Some(_) => asks.answer(&letter).await,
            };
            (letter.letter, answer)
        });
    }

    async fn send(&mut self, letter: OpaqueId, answer: Vec<u8>, time: Time) {
        add(&self.desk.post.measures.letters, 1);
        let sent = self.desk.office.answers.answer(letter, answer.clone());
        let sent = sent.await;
        // The second time it may have been taken at the first, and collected.
        if time == Time::First && matches!(sent, Err(RemoteError::Absent(_))) {
            self.enrolments.nobody_has(letter).await;
        }
        let unsent = match sent {
            // Its time was over.
            Ok(()) | Err(RemoteError::Absent(_)) => None,
            Err(error) => {
                tracing::warn!(%error, "a letter is not answered yet");
                // It still waits there, and gets its answer when it comes
                // again, except one that the service will never take.
                (!matches!(error, RemoteError::TooLong(_))).then_some(answer)
            }
        };
        self.known.answered(letter, unsent, self.desk.now());
    }
}

/// What waits, and when that was asked.
async fn waiting(
    desk: &Desk,
    from: DateTime<Utc>,
) -> Result<(DateTime<Utc>, Vec<WaitingMessage>), RemoteError> {
    desk.post.clock.pass(from).await;
    let asked = desk.now();
    Ok((asked, desk.office.answers.waiting().await?))
}
