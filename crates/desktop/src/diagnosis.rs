//! The problem report: what helps others to help, with everything private
//! taken out twice: once by not putting it in, once by looking over the text.

use std::fmt::Write as _;

use calendar::Meeting;

use crate::{
    Session, board::Board, redaction::Redaction, settings::Settings, view::ReportView, words::Words,
};

/// Lines of the log at the end of the report.
const LOG_MAX: usize = 200;

/// What the shell knows and the session does not.
#[derive(Debug, Clone, Copy)]
pub struct Around<'a> {
    /// The system's name and version, as it says them.
    pub system: &'a str,
    /// The kind of screen, for example `wayland`.
    pub screen: &'a str,
    /// The last lines of the log, the oldest first.
    pub log: &'a [String],
}

impl Session {
    /// The report of this moment.
    pub fn problem_report(&self, around: Around<'_>) -> ReportView {
        let report = self.report().borrow().clone();
        let surroundings = &report.surroundings;
        let accounts = self.accounts().borrow().clone();
        let mut text = String::new();
        head(&mut text, around, &surroundings.settings);
        for (at, account) in accounts.iter().enumerate() {
            let _infallible = writeln!(text, "account {}: {:?}", at + 1, account.sync.state);
        }
        let _infallible = writeln!(text, "meetings: {}", report.board.entries.len());
        if let Some(problem) = &report.problem {
            let _infallible = writeln!(text, "problem: {:?}, {}", problem.code, problem.text);
        }
        if let Some(clocks) = &report.clocks {
            let _infallible = writeln!(text, "clocks: {}", clocks.text);
        }
        text.push_str("\nlog\n");
        for line in around.log.iter().rev().take(LOG_MAX).rev() {
            text.push_str(line.trim_end());
            text.push('\n');
        }
        let known = accounts
            .iter()
            .flat_map(|account| [account.user.clone(), account.host.clone()])
            .chain(private(&report.board))
            .chain(of_settings(&surroundings.settings));
        looked_over(&text, known, &surroundings.words)
    }
}

fn head(text: &mut String, around: Around<'_>, settings: &Settings) {
    let appearance = settings.appearance;
    let _infallible = writeln!(
        text,
        "Joinbell {}\nsystem: {} {}, {}\nscreen: {}",
        env!("CARGO_PKG_VERSION"),
        std::env::consts::OS,
        std::env::consts::ARCH,
        around.system,
        around.screen,
    );
    let _infallible = writeln!(
        text,
        "reminders: {} min before, put away after {} min",
        settings.reminders.minutes_before, settings.reminders.collapse_after_minutes,
    );
    let _infallible = writeln!(
        text,
        "language: {:?}, hours: {:?}, colours: {:?}\ntitles hidden: {}, keywords written: {}, starts at login: {}",
        appearance.language,
        appearance.hours,
        appearance.theme,
        settings.privacy.hide_titles,
        settings.keywords.write,
        settings.startup.at_login,
    );
}

/// What is private of the meetings: their titles, places and people.
fn private(board: &Board) -> impl Iterator<Item = String> {
    board
        .entries
        .iter()
        .flat_map(|entry| of_meeting(&entry.meeting))
}

fn of_meeting(meeting: &Meeting) -> Vec<String> {
    let people = meeting
        .organizer
        .iter()
        .chain(meeting.attendees.iter().map(|attendee| &attendee.person));
    let mut texts: Vec<String> = people
        .flat_map(|person| {
            [
                person.name.clone(),
                person.address.clone().unwrap_or_default(),
            ]
        })
        .collect();
    texts.push(meeting.title.clone());
    texts.push(meeting.location.clone());
    texts.extend(meeting.join.0.iter().map(|link| link.host.clone()));
    texts
}

fn of_settings(settings: &Settings) -> [String; 3] {
    let rooms = &settings.keywords.rooms;
    [&rooms.personal, &rooms.space, &rooms.one_time].map(Clone::clone)
}

fn looked_over(text: &str, known: impl Iterator<Item = String>, words: &Words) -> ReportView {
    let mut redaction = Redaction::new(known);
    let text = redaction.clean(text);
    let count = i64::try_from(redaction.removed()).unwrap_or(i64::MAX);
    ReportView {
        text,
        removed: words.with("report-removed", [("count", count.into())]),
    }
}
