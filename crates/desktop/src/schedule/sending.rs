//! Sending a draft, and what came of it.

use std::collections::VecDeque;

use engine::{
    outbox::{Outcome, Posts, Progress, Restored},
    scheduler::{Intent, RequestId},
};

use super::{Action, Draft, Missing, Progressing, Schedule, request};
use crate::screen::Scene;

impl Schedule {
    /// Sends the draft under the name `request`; `token` names a room for this
    /// meeting alone.
    pub(crate) fn send(
        &mut self,
        request: RequestId,
        token: &str,
        scene: &Scene<'_>,
    ) -> Result<Intent, Missing> {
        if let Some(missing) = self.missing(scene) {
            return Err(missing);
        }
        let intent = request::intent(&self.draft, token, scene)?;
        self.draft.sent = Some(request);
        self.draft.sent_here = true;
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

    /// What is known of all that was sent.
    pub(crate) fn posted(&mut self, posts: &Posts, scene: &Scene<'_>) {
        if let Some(progress) = settle(&mut self.draft, posts, scene, &mut self.actions) {
            self.progress = progress;
        }
        // What was sent and left is done, or is a draft again.
        let mut others: Vec<Draft> = self.resumable.drain(..).chain(self.left.take()).collect();
        others.retain_mut(|draft| {
            let progress = settle(draft, posts, scene, &mut self.actions);
            !matches!(progress, Some(Progressing::Sent(_)))
        });
        for draft in others {
            if draft.edits.is_some() {
                self.resumable.push(draft);
            } else {
                self.left = Some(draft);
            }
        }
    }

    pub(super) fn is_on_its_way_or_sent(&self) -> bool {
        matches!(
            self.progress,
            Progressing::Sending | Progressing::Unsure(_) | Progressing::Sent(_)
        )
    }

    pub(super) fn missing(&self, scene: &Scene<'_>) -> Option<Missing> {
        match self.progress {
            Progressing::Sending | Progressing::Unsure(_) => Some(Missing::OnItsWay),
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
    posts: &Posts,
    scene: &Scene<'_>,
    actions: &mut VecDeque<Action>,
) -> Option<Progressing> {
    let request = draft.sent.clone()?;
    let unknown = (!draft.sent_here).then_some(posts.restored);
    let progress = match posts.find(&request).map(|one| &one.state) {
        // The program died before the journal had it.
        None if unknown == Some(Restored::Whole) => Progressing::Not,
        // It may have been sent: that has to be certain first.
        None if unknown == Some(Restored::Partly) => match request::intent(draft, "x", scene) {
            Ok(intent) => {
                let account = draft.sender().cloned();
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
        Progressing::Sending | Progressing::Unsure(_) => return Some(progress),
        Progressing::Sent(_) => {
            let edit = draft.edits.is_some();
            actions.push_back(Action::Drop { edit });
            draft.sent = None;
        }
        Progressing::Not | Progressing::Refused(_) => {
            draft.sent = None;
            actions.push_back(Action::Keep(Box::new(draft.clone())));
        }
    }
    actions.push_back(Action::Forget(request));
    Some(progress)
}
