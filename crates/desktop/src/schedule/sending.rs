//! Sending a draft, and what came of it.

use std::collections::{BTreeMap, VecDeque};

use engine::{
    outbox::{Outcome, Posted, Progress, Restored},
    scheduler::{Intent, Refusal, RequestId},
};

use super::{Action, Draft, Missing, Progressing, Schedule, request};
use crate::{account::AccountId, screen::Scene};

/// What is known of all that was sent, over all accounts.
#[derive(Debug, Clone, Default)]
pub(crate) struct Mail {
    /// What each account that there is has read of its journal.
    pub(crate) restored: BTreeMap<AccountId, Restored>,
    /// Those that cannot ask their server now, and what they are called.
    pub(crate) unable: BTreeMap<AccountId, String>,
    /// All that is on its way or settled.
    pub(crate) all: Vec<Posted>,
}

impl Mail {
    fn find(&self, request: &RequestId) -> Option<&Progress> {
        let one = self.all.iter().find(|one| one.request == *request);
        one.map(|one| &one.state)
    }

    /// What the journal that would know of a draft has told.
    fn restored(&self, account: Option<&AccountId>) -> Restored {
        match account {
            Some(account) => self.restored.get(account).copied(),
            None => self.restored.values().min().copied(),
        }
        .unwrap_or(Restored::Whole)
    }
}

/// Something that was sent and whose end is to be told: it is not done, or it
/// is after it was not certain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Ended {
    /// The meeting's title; may be empty.
    pub(crate) title: String,
    /// Whether a meeting is changed by it.
    pub(crate) edits: bool,
    /// Why it is not done; `None` where it is.
    pub(crate) refusal: Option<Refusal>,
    /// Whether the schedule window shows it.
    pub(crate) shown: bool,
}

impl Schedule {
    /// Sends the draft from `account` under the name `request`; `token` names
    /// a room for this meeting alone.
    pub(crate) fn send(
        &mut self,
        request: RequestId,
        account: AccountId,
        token: &str,
        scene: &Scene<'_>,
    ) -> Result<Intent, Missing> {
        if let Some(missing) = self.missing(scene) {
            return Err(missing);
        }
        let intent = request::intent(&self.draft, token, scene)?;
        self.draft.sent = Some(request);
        self.draft.sent_from = Some(account);
        self.draft.sent_here = true;
        self.draft.refused = None;
        self.progress = Progressing::Sending;
        self.keep();
        Ok(intent)
    }

    /// It could not even be handed over.
    pub(crate) fn not_sent(&mut self, request: &RequestId) {
        if self.draft.sent.as_ref() == Some(request) {
            self.draft.sent = None;
            self.progress = Progressing::Not;
            self.keep();
            return;
        }
        let others = self.left.iter_mut().chain(&mut self.resumable);
        for draft in others.filter(|draft| draft.sent.as_ref() == Some(request)) {
            draft.sent = None;
            let draft = Box::new(draft.clone());
            self.actions.push_back(Action::Keep(draft));
        }
    }

    /// What is known of all that was sent. Answers what has come to an end
    /// that is to be told.
    pub(crate) fn posted(&mut self, mail: &Mail, scene: &Scene<'_>) -> Vec<Ended> {
        let mut ended = Vec::new();
        if let Some(progress) = self.settle_one(None, mail, scene, &mut ended) {
            self.progress = progress;
        }
        // What was sent and left is done, or is a draft again.
        let others = self.resumable.drain(..).chain(self.left.drain(..));
        for mut draft in others.collect::<Vec<_>>() {
            let progress = self.settle_one(Some(&mut draft), mail, scene, &mut ended);
            if matches!(progress, Some(Progressing::Sent(_))) {
                continue;
            }
            if draft.edits.is_some() {
                self.resumable.push(draft);
            } else {
                self.left.push(draft);
            }
        }
        ended
    }

    /// How a draft that was left fares, or with `None` the one in the window.
    fn settle_one(
        &mut self,
        left: Option<&mut Draft>,
        mail: &Mail,
        scene: &Scene<'_>,
        ended: &mut Vec<Ended>,
    ) -> Option<Progressing> {
        let shown = left.is_none();
        let draft = left.unwrap_or(&mut self.draft);
        let request = draft.sent.clone()?;
        let progress = settle(draft, mail, scene, &mut self.actions)?;
        let refusal = match &progress {
            Progressing::Unsure(_) | Progressing::Waiting(_) => {
                self.doubted.insert(request);
                return Some(progress);
            }
            Progressing::Sending => return Some(progress),
            Progressing::Refused(refusal) => Some(refusal.clone()),
            Progressing::Not | Progressing::Sent(_) => None,
        };
        let doubted = self.doubted.remove(&request);
        let is_done = doubted && matches!(progress, Progressing::Sent(_));
        if refusal.is_some() || is_done {
            ended.push(Ended {
                title: draft.title.trim().to_owned(),
                edits: draft.edits.is_some(),
                refusal,
                shown,
            });
        }
        Some(progress)
    }

    /// Whether it may be sent, and nobody knows yet.
    pub(super) fn is_on_its_way(&self) -> bool {
        matches!(
            self.progress,
            Progressing::Sending | Progressing::Unsure(_) | Progressing::Waiting(_)
        )
    }

    pub(super) fn is_on_its_way_or_sent(&self) -> bool {
        self.is_on_its_way() || matches!(self.progress, Progressing::Sent(_))
    }

    pub(super) fn missing(&self, scene: &Scene<'_>) -> Option<Missing> {
        match self.progress {
            Progressing::Sending | Progressing::Unsure(_) | Progressing::Waiting(_) => {
                Some(Missing::OnItsWay)
            }
            Progressing::Sent(_) => Some(Missing::Sent),
            Progressing::Not | Progressing::Refused(_) => {
                request::intent(&self.draft, "x", scene).err()
            }
        }
    }

    /// Whether a draft waits for what comes of a request.
    pub(crate) fn waits_for(&self, request: &RequestId) -> bool {
        let drafts = [&self.draft].into_iter().chain(&self.left);
        drafts
            .chain(&self.resumable)
            .any(|draft| draft.sent.as_ref() == Some(request))
    }
}

/// How a draft that was sent fares; `None` for one that was not.
fn settle(
    draft: &mut Draft,
    mail: &Mail,
    scene: &Scene<'_>,
    actions: &mut VecDeque<Action>,
) -> Option<Progressing> {
    let request = draft.sent.clone()?;
    let account = draft.sent_from.as_ref().or(draft.sender()).cloned();
    // With an account its journal has gone, and what is known of its letters.
    let is_gone = |account: &AccountId| !mail.restored.contains_key(account);
    let is_gone = account.as_ref().is_some_and(is_gone);
    let unknown = (!draft.sent_here).then(|| mail.restored(account.as_ref()));
    let unable = account
        .as_ref()
        .and_then(|account| mail.unable.get(account));
    let progress = match mail.find(&request) {
        None if is_gone => Progressing::Refused(Refusal::AccountRemoved),
        // The program died before the journal had it.
        None if unknown == Some(Restored::Whole) => Progressing::Not,
        // It may have been sent: that has to be certain first.
        None if unknown == Some(Restored::Partly) => match request::intent(draft, "x", scene) {
            Ok(intent) => {
                actions.push_back(Action::Seek(request.clone(), account, Box::new(intent)));
                Progressing::Unsure(scene.now)
            }
            // Its time is over.
            Err(_) => Progressing::Not,
        },
        None | Some(Progress::Sending) => Progressing::Sending,
        Some(Progress::Unsure { look_at }) => Progressing::Unsure(*look_at),
        Some(Progress::Settled(settled)) => match &settled.outcome {
            Outcome::Done => Progressing::Sent(settled.at),
            Outcome::Refused { refusal } => Progressing::Refused(refusal.clone()),
        },
    };
    match &progress {
        Progressing::Sending | Progressing::Unsure(_) | Progressing::Waiting(_) => {
            let waits = unable.map(|account| Progressing::Waiting(account.clone()));
            return Some(waits.unwrap_or(progress));
        }
        Progressing::Sent(_) => {
            let of = draft.kept_as();
            actions.push_back(Action::Drop { of });
            draft.sent = None;
        }
        Progressing::Not | Progressing::Refused(_) => {
            draft.sent = None;
            draft.refused = match &progress {
                Progressing::Refused(refusal) => Some(refusal.clone()),
                _ => None,
            };
            actions.push_back(Action::Keep(Box::new(draft.clone())));
        }
    }
    actions.push_back(Action::Forget(request));
    Some(progress)
}
