//! Meetings that the user makes, changes, calls off and answers.

#![expect(clippy::unused_async, reason = "they will wait for the loop")]

use std::sync::Arc;

use tokio::sync::watch;

use super::Session;
use crate::view::{
    AnswerChoice, CandidateView, Part, Problem, ProblemCode, ScheduleChange, SchedulePurpose,
    ScheduleView,
};

impl Session {
    /// The schedule window, now and whenever it changes.
    pub fn schedule(&self) -> watch::Receiver<Arc<ScheduleView>> {
        self.schedule.clone()
    }

    /// Begins a new meeting or goes on with the draft that was left; or
    /// changes a meeting which the user organizes.
    pub async fn open_schedule(&self, _purpose: SchedulePurpose) -> Result<(), Problem> {
        Err(not_yet())
    }

    /// What the user did in the schedule window.
    pub async fn change_schedule(&self, _change: ScheduleChange) -> Result<(), Problem> {
        Err(not_yet())
    }

    /// Sends what the schedule window shows. What comes of it is watched.
    pub async fn send_schedule(&self) -> Result<(), Problem> {
        Err(not_yet())
    }

    /// People or rooms whose name or address begins as typed, the likeliest
    /// first.
    pub async fn complete_people(
        &self,
        _text: &str,
        _part: Part,
    ) -> Result<Vec<CandidateView>, Problem> {
        Err(not_yet())
    }

    /// Calls a meeting off which the user organizes; everybody who was asked
    /// hears of it, with `message`.
    pub async fn cancel_meeting(&self, _meeting: &str, _message: &str) -> Result<(), Problem> {
        Err(not_yet())
    }

    /// Answers an invitation.
    pub async fn answer_meeting(
        &self,
        _meeting: &str,
        _answer: AnswerChoice,
    ) -> Result<(), Problem> {
        Err(not_yet())
    }

    /// Makes a meeting of half an hour in the user's own room, beginning now,
    /// and puts its link on the clipboard.
    pub async fn meet_now(&self) -> Result<(), Problem> {
        Err(not_yet())
    }
}

fn not_yet() -> Problem {
    Problem {
        code: ProblemCode::Other,
        text: "Meetings cannot be made yet; make them in your calendar.".to_owned(),
    }
}
