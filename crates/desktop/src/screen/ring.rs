//! The ring window.

use calendar::Meeting;
use chrono::{DateTime, Duration, Utc};

use super::{
    people, row,
    scene::{Scene, side_by_side},
};
use crate::{
    board::Entry,
    view::{RingItemView, RingView, SnoozeChoice, SnoozeView},
};

/// A reminder that rings, with its meeting.
#[derive(Debug, Clone, Copy)]
pub struct Ringing<'a> {
    /// Reminder id; what snooze and dismiss name.
    pub reminder: &'a str,
    /// When the reminder came due.
    pub due: DateTime<Utc>,
    /// The meeting as it is now.
    pub entry: &'a Entry,
}

/// The ring window with everything that rings.
pub fn ring(ringing: &[Ringing<'_>], scene: &Scene<'_>) -> RingView {
    let mut items: Vec<_> = ringing
        .iter()
        .map(|ringing| {
            (
                ringing.entry.meeting.span.start(scene.zone),
                item(ringing, scene),
            )
        })
        .collect();
    items.sort_by(|(a, left), (b, right)| (a, &left.id).cmp(&(b, &right.id)));
    RingView {
        rings: items.into_iter().map(|(_, item)| item).collect(),
        full_screen: scene.settings.reminders.full_screen,
    }
}

fn item(ringing: &Ringing<'_>, scene: &Scene<'_>) -> RingItemView {
    let meeting = &ringing.entry.meeting;
    let start = meeting.span.start(scene.zone);
    let hidden = scene.settings.privacy.hide_titles;
    RingItemView {
        id: ringing.reminder.to_owned(),
        meeting: ringing.entry.id(),
        when: scene.when(start),
        times: scene.times(meeting.span),
        stage: scene.stage(start),
        progress: progress(ringing.due, start, scene.now),
        title: scene.public_title(meeting),
        subtitle: side_by_side([
            if hidden {
                scene.people_count(meeting)
            } else {
                scene.organizer_and_others(meeting)
            },
            if hidden {
                String::new()
            } else {
                row::place(meeting)
            },
        ]),
        joins: scene.joins(&meeting.join),
        snoozes: SnoozeChoice::ALL
            .into_iter()
            .filter(|choice| {
                choice
                    .until(start, scene.now)
                    .is_some_and(|until| until < meeting.span.end(scene.zone))
            })
            .map(|choice| SnoozeView {
                choice,
                text: snooze_text(choice, scene),
            })
            .collect(),
        can_run_late: start <= scene.now && !people::organizer(meeting).is_empty(),
    }
}

/// The mail by which the organizer hears that the user is running late; for
/// the clipboard, since only the user knows which way to send it.
pub fn running_late(meeting: &Meeting, scene: &Scene<'_>) -> String {
    let organizer = people::organizer(meeting);
    let hello = match given_name(&organizer) {
        "" => scene.words.text("running-late-hello-nobody"),
        name => scene
            .words
            .with("running-late-hello", [("name", name.into())]),
    };
    scene.words.with(
        "running-late-mail",
        [
            ("hello", hello.into()),
            ("title", scene.title(meeting).into()),
            ("time", scene.time(meeting.span.start(scene.zone)).into()),
        ],
    )
}

/// By what name somebody is greeted: the first one, which stands behind the
/// comma where a directory begins with the family's. Empty where only an
/// address is known.
fn given_name(written: &str) -> &str {
    if written.contains('@') {
        return "";
    }
    let (family, given) = written.split_once(',').unwrap_or(("", written));
    let mut names = given.split_whitespace().chain(family.split_whitespace());
    names.next().unwrap_or_default()
}

/// Share of the time from `due` to `start` that is over, in percent.
fn progress(due: DateTime<Utc>, start: DateTime<Utc>, now: DateTime<Utc>) -> u8 {
    let whole = (start - due).num_milliseconds();
    if whole <= 0 || now >= start {
        return 100;
    }
    let part = (now - due).num_milliseconds().clamp(0, whole);
    u8::try_from(part * 100 / whole).unwrap_or(100)
}

fn snooze_text(choice: SnoozeChoice, scene: &Scene<'_>) -> String {
    match choice {
        SnoozeChoice::MinuteBefore => scene.words.text("snooze-minute-before"),
        SnoozeChoice::AtStart => scene.words.text("snooze-at-start"),
        SnoozeChoice::FiveMinutes => scene.words.text("snooze-five-minutes"),
        SnoozeChoice::TenMinutes => scene.words.text("snooze-ten-minutes"),
    }
}

impl SnoozeChoice {
    /// All of them, the earliest first.
    pub const ALL: [Self; 4] = [
        Self::MinuteBefore,
        Self::AtStart,
        Self::FiveMinutes,
        Self::TenMinutes,
    ];

    /// When a reminder snoozed at `now` comes back, for a meeting that begins
    /// at `start`; `None` when that moment is over.
    pub fn until(self, start: DateTime<Utc>, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let until = match self {
            Self::MinuteBefore => start - Duration::minutes(1),
            Self::AtStart => start,
            Self::FiveMinutes => now + Duration::minutes(5),
            Self::TenMinutes => now + Duration::minutes(10),
        };
        (until > now).then_some(until)
    }
}
