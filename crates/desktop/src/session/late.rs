//! What came of something that was sent, when whoever sent it may have gone
//! away.

use std::sync::Arc;

use engine::{
    outbox::{Posts, Progress},
    scheduler::Intent,
};

use super::{driver::Driver, scheduling::account_name};
use crate::{
    account::{Account, AccountId},
    board::Entry,
    problem::Trouble,
};

impl Driver {
    /// Takes in how an account's sendings fare.
    pub(super) fn posted(&mut self, id: &AccountId, posts: &Arc<Posts>) {
        let schedule = &self.schedule;
        let news = posts
            .all
            .iter()
            .any(|one| matches!(one.state, Progress::Settled(_)));
        let arrived = self
            .post
            .posted(id, posts, |request| schedule.waits_for(request));
        self.settle_drafts();
        for one in arrived {
            match (one.outcome, one.reply) {
                (outcome, Some(reply)) => self.answer(reply, outcome),
                // Whoever sent it has been told that it was not certain.
                (outcome, None) => {
                    let intent = one.intent.as_ref();
                    let title = intent.and_then(|intent| self.title_of(id, intent));
                    match (outcome, intent) {
                        (Err(trouble), _) => self.tell_failed(title.as_deref(), &trouble, false),
                        (Ok(()), Some(intent)) => {
                            self.tell_done(title.as_deref(), done(intent), false);
                        }
                        (Ok(()), None) => {}
                    }
                }
            }
        }
        // The server's news of it comes anyway, and this is sooner.
        if let Some(engine) = self.engines.get(id).filter(|_| news) {
            engine.changed();
        }
    }

    /// What came of the drafts that were sent.
    pub(super) fn settle_drafts(&mut self) {
        // A list that cannot be read does not say that an account is gone.
        if self.accounts.is_none() {
            return;
        }
        let all = &self.state.accounts;
        let called = |account: &Account| (account.id.clone(), account_name(account, all));
        let mail = self.post.mail(&all.iter().map(called).collect::<Vec<_>>());
        let surroundings = Arc::clone(&self.state.surroundings);
        let scene = surroundings.scene(self.setup.clock.now());
        for one in self.schedule.posted(&mail, &scene) {
            let title = Some(one.title.as_str()).filter(|title| !title.is_empty());
            match one.refusal {
                Some(refusal) => self.tell_failed(title, &Trouble::NotDone(refusal), one.shown),
                None if one.edits => self.tell_done(title, "late-changed", one.shown),
                None => self.tell_done(title, "late-sent", one.shown),
            }
        }
    }

    fn tell_failed(&self, title: Option<&str>, trouble: &Trouble, in_schedule: bool) {
        let mut problem = trouble.problem(&self.state.surroundings.words);
        problem.text = self.about(title, problem.text);
        self.shell.failed_late(&problem, in_schedule);
    }

    fn tell_done(&self, title: Option<&str>, key: &str, in_schedule: bool) {
        let text = self.state.surroundings.words.text(key);
        self.shell.done_late(&self.about(title, text), in_schedule);
    }

    /// The sentence with the title of its meeting, where that may be shown.
    fn about(&self, title: Option<&str>, text: String) -> String {
        let surroundings = &self.state.surroundings;
        let title = title.filter(|_| !surroundings.settings.privacy.hide_titles);
        let Some(title) = title else {
            return text;
        };
        let parts = [("title", title.into()), ("text", text.into())];
        surroundings.words.with("late-about", parts)
    }

    /// What the meeting is called that something was sent about.
    fn title_of(&self, account: &AccountId, intent: &Intent) -> Option<String> {
        let id = match intent {
            Intent::Make(new) => return Some(new.title.clone()),
            Intent::Change { meeting, .. }
            | Intent::Cancel { meeting, .. }
            | Intent::Remove { meeting }
            | Intent::Answer { meeting, .. } => &meeting.id,
        };
        let board = self.state.board();
        let same = |entry: &&Entry| entry.account == *account && entry.meeting.id == *id;
        let entry = board.entries.iter().find(same)?;
        Some(entry.meeting.title.clone())
    }
}

/// The key of the sentence that it has come through.
fn done(intent: &Intent) -> &'static str {
    match intent {
        Intent::Make(_) => "late-sent",
        Intent::Change { .. } => "late-changed",
        Intent::Cancel { .. } => "cancel-given",
        Intent::Remove { .. } => "delete-given",
        Intent::Answer { .. } => "answer-given",
    }
}
