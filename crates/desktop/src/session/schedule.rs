//! Meetings that the user makes, changes, calls off and answers, as the
//! windows ask for them.

use std::sync::Arc;

use tokio::sync::watch;

use super::{
    Session,
    command::{Command, Reply, ScheduleCommand},
};
use crate::view::{
    AnswerChoice, CandidateView, Part, Problem, ScheduleChange, SchedulePurpose, ScheduleView,
};

impl Session {
    /// The schedule window, now and whenever it changes.
    pub fn schedule(&self) -> watch::Receiver<Arc<ScheduleView>> {
        self.schedule.clone()
    }

    /// Begins a new meeting or goes on with the draft that was left; or
    /// changes a meeting which the user organizes.
    pub async fn open_schedule(&self, purpose: SchedulePurpose) -> Result<(), Problem> {
        self.about_meetings(|reply| ScheduleCommand::Open { purpose, reply })
            .await
    }

    /// What the user did in the schedule window.
    pub async fn change_schedule(&self, change: ScheduleChange) -> Result<(), Problem> {
        self.about_meetings(|reply| ScheduleCommand::Change { change, reply })
            .await
    }

    /// Sends what the schedule window shows. What comes of it is watched.
    pub async fn send_schedule(&self) -> Result<(), Problem> {
        self.about_meetings(|reply| ScheduleCommand::Send { reply })
            .await
    }

    /// People or rooms whose name or address begins as typed, the likeliest
    /// first. The server is asked only when nothing more is typed for a
    /// moment; an older question is answered by what is known here.
    pub async fn complete_people(
        &self,
        text: &str,
        part: Part,
    ) -> Result<Vec<CandidateView>, Problem> {
        let text = text.to_owned();
        self.about_meetings(|reply| ScheduleCommand::Complete { text, part, reply })
            .await
    }

    /// Calls a meeting off which the user organizes; everybody who was asked
    /// hears of it, with `message`. Comes back when that is certain, or
    /// certainly not so yet.
    pub async fn cancel_meeting(&self, meeting: &str, message: &str) -> Result<(), Problem> {
        let (meeting, message) = (meeting.to_owned(), message.to_owned());
        self.about_meetings(|reply| ScheduleCommand::Cancel {
            meeting,
            message,
            reply,
        })
        .await
    }

    /// Takes an appointment out of the calendar that was shown as the user's
    /// alone. Nobody is told: where somebody is asked to it by now, nothing is
    /// done. Comes back when that is certain, or certainly not so yet.
    pub async fn remove_appointment(&self, meeting: &str) -> Result<(), Problem> {
        let meeting = meeting.to_owned();
        self.about_meetings(|reply| ScheduleCommand::Remove { meeting, reply })
            .await
    }

    /// Answers an invitation. Comes back when that is certain, or certainly
    /// not so yet.
    pub async fn answer_meeting(&self, meeting: &str, answer: AnswerChoice) -> Result<(), Problem> {
        let meeting = meeting.to_owned();
        self.about_meetings(|reply| ScheduleCommand::Answer {
            meeting,
            answer,
            reply,
        })
        .await
    }

    /// Makes a meeting of half an hour in the user's own room, beginning now,
    /// and puts its link on the clipboard.
    pub async fn meet_now(&self) -> Result<(), Problem> {
        self.about_meetings(|reply| ScheduleCommand::MeetNow { reply })
            .await
    }

    async fn about_meetings<T>(
        &self,
        command: impl FnOnce(Reply<T>) -> ScheduleCommand,
    ) -> Result<T, Problem> {
        self.ask(|reply| Command::Schedule(command(reply))).await
    }
}
