//! What the accounts send: a courier for each, and who waits for what came of
//! it.

use std::{collections::BTreeMap, sync::Arc};

use engine::{
    Courier, Scheduler,
    outbox::{Outcome, Posts, Progress, Restored},
    scheduler::{Intent, RequestId},
};

use super::command::Reply;
use crate::{account::AccountId, problem::Trouble, schedule::Mail};

/// The couriers of all accounts.
#[derive(Default)]
pub(super) struct Post {
    offices: BTreeMap<AccountId, Office>,
    waiting: BTreeMap<RequestId, Reply<()>>,
    fates: BTreeMap<RequestId, Fate>,
}

/// What is known of a request in this run. Couriers that are replaced, and
/// journals that could not be written, tell of one again.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fate {
    /// It was not certain at some time.
    Doubted,
    /// It is certain, and a draft takes that in.
    OfADraft,
    /// It is certain, and was told.
    Told,
}

/// Whether anything gets to the server.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    Open,
    /// The account cannot sign in.
    Shut,
}

struct Office {
    scheduler: Arc<dyn Scheduler>,
    way: Way,
    courier: Courier,
    /// Whether the courier knows what earlier runs have sent.
    journaled: bool,
    posts: Arc<Posts>,
}

/// Something that was sent is certain, or nobody waits for it any longer.
pub(super) struct Arrived {
    /// Who waited for it.
    pub(super) reply: Option<Reply<()>>,
    /// What was wanted, where that is known.
    pub(super) intent: Option<Intent>,
    /// What came of it.
    pub(super) outcome: Result<(), Trouble>,
}

impl Post {
    /// An account can send from now on, where the way to its server is open.
    pub(super) fn open(
        &mut self,
        id: AccountId,
        (scheduler, way): (Arc<dyn Scheduler>, Way),
        journaled: bool,
        start: impl FnOnce(Arc<dyn Scheduler>, Option<Courier>) -> Courier,
    ) {
        let former = self.offices.remove(&id).map(|office| office.courier);
        let courier = start(Arc::clone(&scheduler), former);
        self.offices.insert(
            id,
            Office {
                scheduler,
                way,
                courier,
                journaled,
                posts: Arc::default(),
            },
        );
    }

    /// An account is no more.
    pub(super) fn leave(&mut self, id: &AccountId) -> Option<Courier> {
        self.offices.remove(id).map(|office| office.courier)
    }

    /// The way to an account's server; to the first that can send where none
    /// is named.
    pub(super) fn scheduler(
        &self,
        of: Option<&AccountId>,
        order: impl IntoIterator<Item = AccountId>,
    ) -> Option<(AccountId, Arc<dyn Scheduler>)> {
        let id = match of {
            Some(id) => id.clone(),
            None => order.into_iter().find(|id| self.can_send(id))?,
        };
        let office = self.able(&id)?;
        Some((id, Arc::clone(&office.scheduler)))
    }

    fn able(&self, id: &AccountId) -> Option<&Office> {
        let office = self.offices.get(id);
        office.filter(|office| office.way == Way::Open)
    }

    /// Whether somebody carries what an account has sent.
    pub(super) fn has(&self, id: &AccountId) -> bool {
        self.offices.contains_key(id)
    }

    /// Whether an account can send.
    pub(super) fn can_send(&self, id: &AccountId) -> bool {
        self.able(id).is_some()
    }

    /// Sends something; `false` when the account cannot.
    pub(super) fn send(&self, id: &AccountId, request: RequestId, intent: Intent) -> bool {
        let office = self.able(id);
        office.is_some_and(|office| office.courier.send(request, intent).is_ok())
    }

    /// Looks for something that an account may have sent in an earlier run.
    pub(super) fn seek(&self, id: &AccountId, request: RequestId, intent: Intent) {
        if let Some(office) = self.offices.get(id) {
            office.courier.seek(request, intent);
        }
    }

    /// Somebody waits for what comes of a request.
    pub(super) fn await_outcome(&mut self, request: RequestId, reply: Reply<()>) {
        self.waiting.insert(request, reply);
    }

    /// What came of it is taken in.
    pub(super) fn forget(&mut self, request: &RequestId) {
        self.fates.insert(request.clone(), Fate::Told);
        for office in self.offices.values() {
            if office.posts.find(request).is_some() {
                office.courier.forget(request.clone());
            }
        }
    }

    /// Takes in how an account's sendings fare. Those for which `claimed`
    /// holds are somebody else's to take in.
    pub(super) fn posted(
        &mut self,
        id: &AccountId,
        posts: &Arc<Posts>,
        claimed: impl Fn(&RequestId) -> bool,
    ) -> Vec<Arrived> {
        let Some(office) = self.offices.get_mut(id) else {
            return Vec::new();
        };
        let before = std::mem::replace(&mut office.posts, Arc::clone(posts));
        let mut arrived = Vec::new();
        if posts.restored == Restored::Partly && before.restored != Restored::Partly {
            arrived.push(Arrived {
                reply: None,
                intent: None,
                outcome: Err(Trouble::OutboxLost),
            });
        }
        for post in &posts.all {
            let fate = self.fates.get(&post.request).copied();
            if claimed(&post.request) {
                if matches!(post.state, Progress::Settled(_)) {
                    self.fates.insert(post.request.clone(), Fate::OfADraft);
                }
                continue;
            }
            let reply = self.waiting.remove(&post.request);
            match &post.state {
                Progress::Sending => {
                    if let Some(reply) = reply {
                        self.waiting.insert(post.request.clone(), reply);
                    }
                }
                Progress::Unsure { .. } => {
                    self.fates.insert(post.request.clone(), Fate::Doubted);
                    // It can last; whoever waits is told so.
                    if reply.is_some() {
                        arrived.push(Arrived {
                            reply,
                            intent: None,
                            outcome: Err(Trouble::NotCertain),
                        });
                    }
                }
                Progress::Settled(_) if fate == Some(Fate::OfADraft) => {}
                Progress::Settled(settled) => {
                    office.courier.forget(post.request.clone());
                    self.fates.insert(post.request.clone(), Fate::Told);
                    let outcome = match &settled.outcome {
                        Outcome::Done => Ok(()),
                        Outcome::Refused { refusal } => Err(Trouble::NotDone(refusal.clone())),
                    };
                    // Nobody was in doubt of what came through at once.
                    let is_news = outcome.is_err() || fate == Some(Fate::Doubted);
                    if reply.is_some() || (is_news && fate != Some(Fate::Told)) {
                        arrived.push(Arrived {
                            reply,
                            intent: Some(post.intent.clone()),
                            outcome,
                        });
                    }
                }
            }
        }
        arrived
    }

    /// All that is known of what was sent, over all accounts, which come with
    /// what they are called. Of one whose journal is not open yet nothing is
    /// known of earlier runs.
    pub(super) fn mail(&self, accounts: &[(AccountId, String)]) -> Mail {
        let restored = |id: &AccountId| {
            let office = self.offices.get(id).filter(|office| office.journaled);
            office.map_or(Restored::No, |office| office.posts.restored)
        };
        let offices = self.offices.values();
        Mail {
            restored: accounts
                .iter()
                .map(|(id, _)| (id.clone(), restored(id)))
                .collect(),
            unable: accounts
                .iter()
                .filter(|(id, _)| !self.can_send(id))
                .cloned()
                .collect(),
            all: offices
                .flat_map(|office| office.posts.all.iter().cloned())
                .collect(),
        }
    }

    /// Ends all of them; what is certain is written down.
    pub(super) async fn stop(self) {
        for office in self.offices.into_values() {
            office.courier.stop().await;
        }
    }
}
