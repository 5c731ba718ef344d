//! Which values can be used.

use calendar::keyword::{Keyword, Room, Word, rooms::Rooms};
use thiserror::Error;

use super::{MINUTES_MAX, Settings};
use crate::shortcut::Shortcut;

/// A value that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum BadSetting {
    /// Not between these bounds, in minutes.
    #[error("minutes have to be a whole number from {lowest} to {highest}")]
    Minutes {
        /// The fewest.
        lowest: u16,
        /// The most.
        highest: u16,
    },
    /// Working hours that end before they begin, or on no day.
    #[error("working hours have to be on one day of the week at least, and end after they begin")]
    WorkHours,
    /// The template of a room is no safe address.
    #[error("a room has to be an https address, such as https://acme.webex.com/meet/anna")]
    Room,
    /// The template of rooms for one meeting does not hold its token once.
    #[error(
        "a room for one meeting has to be an https address with {{id}} in it once, such as https://meet.jit.si/{{id}}"
    )]
    OneTimeRoom,
    /// A key combination that is not understood, or that would take a plain
    /// key from every other program.
    #[error("{0} is no key combination such as Ctrl+Alt+J")]
    Shortcut(String),
    /// Two shortcuts on the same keys.
    #[error("{0} is given to two shortcuts")]
    SameShortcut(String),
    /// A path that is not absolute means another file in the next run.
    #[error("the file of video services has to be named by its whole path")]
    ServicesFile,
    /// A choice that the setting does not have.
    #[error("there is no such choice")]
    Choice,
    /// A text longer than any that is useful.
    #[error("a text of the settings has at most {0} bytes")]
    Long(usize),
}

/// Longest text of a setting in bytes.
pub(super) const TEXT_MAX: usize = 2_048;

/// Whether every value can be used.
pub fn check(settings: &Settings) -> Result<(), BadSetting> {
    within(settings.reminders.minutes_before, 0)?;
    within(settings.reminders.collapse_after_minutes, 1)?;
    for minutes in &settings.reminders.again_before {
        within(*minutes, 0)?;
    }
    if !settings.work.is_some_time() {
        return Err(BadSetting::WorkHours);
    }
    rooms(&settings.keywords.rooms)?;
    shortcuts(settings)?;
    match &settings.join.services_file {
        Some(path) if !path.is_absolute() => Err(BadSetting::ServicesFile),
        _ => Ok(()),
    }
}

fn within(minutes: u16, lowest: u16) -> Result<(), BadSetting> {
    if (lowest..=MINUTES_MAX).contains(&minutes) {
        return Ok(());
    }
    Err(BadSetting::Minutes {
        lowest,
        highest: MINUTES_MAX,
    })
}

fn rooms(rooms: &Rooms) -> Result<(), BadSetting> {
    for text in [&rooms.personal, &rooms.space, &rooms.one_time] {
        if text.len() > TEXT_MAX {
            return Err(BadSetting::Long(TEXT_MAX));
        }
    }
    let leads = |room| {
        rooms
            .link(
                Keyword {
                    word: Word::Meet,
                    room,
                },
                "token",
            )
            .is_some()
    };
    if (!rooms.personal.is_empty() && !leads(Room::Personal))
        || (!rooms.space.is_empty() && !leads(Room::Space))
    {
        return Err(BadSetting::Room);
    }
    if !rooms.one_time.is_empty() && !leads(Room::OneTime) {
        return Err(BadSetting::OneTimeRoom);
    }
    Ok(())
}

fn shortcuts(settings: &Settings) -> Result<(), BadSetting> {
    let written = &settings.shortcuts;
    let mut known: Vec<Shortcut> = Vec::new();
    let all = [
        &written.join_next,
        &written.open_agenda,
        &written.show_ring,
        &written.mute,
    ];
    for text in all {
        if text.is_empty() {
            continue;
        }
        let Ok(shortcut) = text.parse::<Shortcut>() else {
            let shown: String = text.chars().take(40).collect();
            return Err(BadSetting::Shortcut(shown));
        };
        if known.contains(&shortcut) {
            return Err(BadSetting::SameShortcut(shortcut.to_string()));
        }
        known.push(shortcut);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(change: impl FnOnce(&mut Settings)) -> Result<(), BadSetting> {
        let mut settings = Settings::default();
        change(&mut settings);
        check(&settings)
    }

    #[test]
    fn the_defaults_can_be_used() {
        assert_eq!(with(|_| ()), Ok(()));
    }

    #[test]
    fn a_room_that_is_no_https_address_is_refused() {
        for room in [
            "http://a.example.org/x",
            "https://127.0.0.1/x",
            "my room",
            "https://u@a.org/",
        ] {
            let refused = with(|s| s.keywords.rooms.personal = room.to_owned());
            assert_eq!(refused, Err(BadSetting::Room), "{room}");
        }
        assert_eq!(
            with(|s| s.keywords.rooms.space = "https://acme.webex.com/space".to_owned()),
            Ok(())
        );
    }

    #[test]
    fn a_room_for_one_meeting_needs_the_place_of_its_token() {
        let room = |text: &str| {
            let text = text.to_owned();
            with(|s| s.keywords.rooms.one_time = text)
        };
        assert_eq!(room("https://meet.jit.si/{id}"), Ok(()));
        assert_eq!(room("https://meet.jit.si/x"), Err(BadSetting::OneTimeRoom));
        assert_eq!(
            room("https://a.org/{id}/{id}"),
            Err(BadSetting::OneTimeRoom)
        );
    }

    #[test]
    fn the_same_keys_cannot_mean_two_things() {
        let other: [fn(&mut Settings) -> &mut String; 3] = [
            |s| &mut s.shortcuts.join_next,
            |s| &mut s.shortcuts.open_agenda,
            |s| &mut s.shortcuts.show_ring,
        ];
        for other in other {
            let refused = with(|s| {
                s.shortcuts.mute = "ctrl+alt+m".to_owned();
                *other(s) = "Alt+Ctrl+M".to_owned();
            });
            let same = BadSetting::SameShortcut("Ctrl+Alt+M".to_owned());
            assert_eq!(refused, Err(same));
        }
    }

    #[test]
    fn a_services_file_is_named_by_its_whole_path() {
        let named = |path: &str| with(|s| s.join.services_file = Some(path.into()));
        assert_eq!(named("house.toml"), Err(BadSetting::ServicesFile));
        assert_eq!(
            named(if cfg!(windows) {
                "C:\\h.toml"
            } else {
                "/h.toml"
            }),
            Ok(())
        );
    }
}
