//! One change of one setting.

use std::{collections::BTreeSet, path::PathBuf};

use calendar::keyword::Room;

use super::{BadSetting, RingScreen, Settings, Silent, Theme, check::TEXT_MAX, work::time_of};
use crate::{
    formats::HourCycle,
    shortcut::Shortcut,
    view::{SettingName, SettingValue, SettingsChange},
    words::Language,
};

/// The settings with the change made; refused when the value cannot be used.
pub fn changed(settings: &Settings, change: &SettingsChange) -> Result<Settings, BadSetting> {
    let mut settings = settings.clone();
    match &change.value {
        SettingValue::Switch { on } => *switch(&mut settings, change.name)? = *on,
        SettingValue::Part { value, on } if change.name == SettingName::AgainBefore => {
            let minutes = minutes(value, 0)?;
            let again = &mut settings.reminders.again_before;
            if *on {
                again.insert(minutes);
            } else {
                again.remove(&minutes);
            }
        }
        SettingValue::Part { value, on } if change.name == SettingName::WorkDays => {
            let day = value.parse().map_err(|_| BadSetting::Choice)?;
            settings.work.set_day(day, *on);
        }
        SettingValue::Part { value, on } if change.name == SettingName::Silent => {
            let known = Silent::ALL.into_iter().find(|one| one.code() == value);
            let one = known.ok_or(BadSetting::Choice)?;
            let silent = &mut settings.reminders.silent;
            if *on {
                silent.insert(one);
            } else {
                silent.remove(&one);
            }
        }
        SettingValue::Part { value, on } => {
            let parts = several(&mut settings, change.name)?;
            bounded(value)?;
            if *on {
                parts.insert(value.clone());
            } else {
                parts.remove(value);
            }
        }
        SettingValue::Text { text } => {
            bounded(text)?;
            write(&mut settings, change.name, text.trim())?;
        }
    }
    super::check(&settings)?;
    Ok(settings)
}

fn bounded(text: &str) -> Result<(), BadSetting> {
    (text.len() <= TEXT_MAX)
        .then_some(())
        .ok_or(BadSetting::Long(TEXT_MAX))
}

fn switch(settings: &mut Settings, name: SettingName) -> Result<&mut bool, BadSetting> {
    match name {
        SettingName::OutsideHours => Ok(&mut settings.work.ring_outside),
        SettingName::Sound => Ok(&mut settings.reminders.sound),
        SettingName::FullScreen => Ok(&mut settings.reminders.full_screen),
        SettingName::Quiet => Ok(&mut settings.reminders.quiet),
        SettingName::AtLogin => Ok(&mut settings.startup.at_login),
        SettingName::WriteDetails => Ok(&mut settings.keywords.write),
        SettingName::TellAttendees => Ok(&mut settings.keywords.tell_attendees),
        SettingName::HideTitles => Ok(&mut settings.privacy.hide_titles),
        SettingName::ShowDeclined => Ok(&mut settings.agenda.show_declined),
        _ => Err(BadSetting::Choice),
    }
}

fn several(
    settings: &mut Settings,
    name: SettingName,
) -> Result<&mut BTreeSet<String>, BadSetting> {
    match name {
        SettingName::InApp => Ok(&mut settings.join.in_app),
        SettingName::Never => Ok(&mut settings.join.never),
        _ => Err(BadSetting::Choice),
    }
}

fn write(settings: &mut Settings, name: SettingName, text: &str) -> Result<(), BadSetting> {
    let time = || time_of(text).ok_or(BadSetting::Choice);
    match name {
        SettingName::MinutesBefore => settings.reminders.minutes_before = minutes(text, 0)?,
        SettingName::CollapseAfterMinutes => {
            settings.reminders.collapse_after_minutes = minutes(text, 1)?;
        }
        SettingName::RingScreen => {
            settings.reminders.screen = match text {
                "pointer" => RingScreen::Pointer,
                "primary" => RingScreen::Primary,
                _ => return Err(BadSetting::Choice),
            };
        }
        SettingName::WorkFrom => settings.work.from = time()?,
        SettingName::WorkTo => settings.work.to = time()?,
        SettingName::PersonalRoom => text.clone_into(&mut settings.keywords.rooms.personal),
        SettingName::Space => text.clone_into(&mut settings.keywords.rooms.space),
        SettingName::OneTimeRoom => text.clone_into(&mut settings.keywords.rooms.one_time),
        SettingName::WebexMeans => settings.keywords.rooms.webex = room(text)?,
        SettingName::MeetMeans => settings.keywords.rooms.meet = room(text)?,
        SettingName::ServicesFile => {
            settings.join.services_file = (!text.is_empty()).then(|| PathBuf::from(text));
        }
        SettingName::Language => {
            settings.appearance.language = chosen(text, Language::of_code)?;
        }
        SettingName::Hours => {
            settings.appearance.hours = chosen(text, |text| match text {
                "12" => Some(HourCycle::Twelve),
                "24" => Some(HourCycle::TwentyFour),
                _ => None,
            })?;
        }
        SettingName::Theme => {
            settings.appearance.theme = chosen(text, |text| match text {
                "light" => Some(Theme::Light),
                "dark" => Some(Theme::Dark),
                _ => None,
            })?;
        }
        SettingName::JoinNext => settings.shortcuts.join_next = shortcut(text)?,
        SettingName::OpenAgenda => settings.shortcuts.open_agenda = shortcut(text)?,
        SettingName::ShowRing => settings.shortcuts.show_ring = shortcut(text)?,
        SettingName::Mute => settings.shortcuts.mute = shortcut(text)?,
        SettingName::AgainBefore
        | SettingName::Silent
        | SettingName::OutsideHours
        | SettingName::WorkDays
        | SettingName::Sound
        | SettingName::FullScreen
        | SettingName::Quiet
        | SettingName::AtLogin
        | SettingName::WriteDetails
        | SettingName::TellAttendees
        | SettingName::HideTitles
        | SettingName::ShowDeclined
        | SettingName::InApp
        | SettingName::Never => return Err(BadSetting::Choice),
    }
    Ok(())
}

fn minutes(text: &str, lowest: u16) -> Result<u16, BadSetting> {
    text.parse().map_err(|_| BadSetting::Minutes {
        lowest,
        highest: super::MINUTES_MAX,
    })
}

/// A choice that may be left to the system, which is the empty text.
fn chosen<T>(text: &str, known: impl FnOnce(&str) -> Option<T>) -> Result<Option<T>, BadSetting> {
    if text.is_empty() {
        return Ok(None);
    }
    known(text).map(Some).ok_or(BadSetting::Choice)
}

fn room(text: &str) -> Result<Room, BadSetting> {
    match text {
        "personal" => Ok(Room::Personal),
        "space" => Ok(Room::Space),
        "one_time" => Ok(Room::OneTime),
        _ => Err(BadSetting::Choice),
    }
}

/// As it is shown from now on; empty for none.
fn shortcut(text: &str) -> Result<String, BadSetting> {
    if text.is_empty() {
        return Ok(String::new());
    }
    text.parse::<Shortcut>()
        .map(|shortcut| shortcut.to_string())
        .map_err(|_| BadSetting::Shortcut(text.chars().take(40).collect()))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn text(name: SettingName, text: &str) -> SettingsChange {
        let text = text.to_owned();
        SettingsChange {
            name,
            value: SettingValue::Text { text },
        }
    }

    #[rstest]
    #[case(SettingName::MinutesBefore, "soon")]
    #[case(SettingName::MinutesBefore, "-1")]
    #[case(SettingName::MinutesBefore, "1441")]
    #[case(SettingName::CollapseAfterMinutes, "0")]
    #[case(SettingName::PersonalRoom, "javascript:alert(1)")]
    #[case(SettingName::OneTimeRoom, "https://meet.jit.si/x")]
    #[case(SettingName::WebexMeans, "usual")]
    #[case(SettingName::Language, "tlh")]
    #[case(SettingName::Hours, "36")]
    #[case(SettingName::Theme, "pink")]
    #[case(SettingName::RingScreen, "")]
    #[case(SettingName::JoinNext, "J")]
    #[case(SettingName::ServicesFile, "../x")]
    #[case(SettingName::HideTitles, "yes")]
    #[case(SettingName::WorkFrom, "18:00")]
    #[case(SettingName::WorkTo, "late")]
    #[case(SettingName::AgainBefore, "5")]
    #[case(SettingName::Silent, "free")]
    fn a_value_that_cannot_be_used_changes_nothing(
        #[case] name: SettingName,
        #[case] written: &str,
    ) {
        assert!(changed(&Settings::default(), &text(name, written)).is_err());
    }

    #[test]
    fn a_text_too_long_for_any_use_is_refused() {
        let long = text(SettingName::PersonalRoom, &"x".repeat(TEXT_MAX + 1));
        let refused = changed(&Settings::default(), &long);
        assert_eq!(refused, Err(BadSetting::Long(TEXT_MAX)));
    }

    #[test]
    fn a_choice_can_be_left_to_the_system_again() {
        let swedish = changed(&Settings::default(), &text(SettingName::Language, "sv")).unwrap();
        assert_eq!(swedish.appearance.language, Some(Language::SWEDISH));
        let again = changed(&swedish, &text(SettingName::Language, "")).unwrap();
        assert_eq!(again, Settings::default());
    }

    #[test]
    fn parts_are_put_in_and_taken_out() {
        let part = |on| SettingsChange {
            name: SettingName::InApp,
            value: SettingValue::Part {
                value: "Zoom".to_owned(),
                on,
            },
        };
        let zoom = changed(&Settings::default(), &part(true)).unwrap();
        assert!(zoom.join.in_app.contains("Zoom"));
        assert_eq!(changed(&zoom, &part(false)).unwrap(), Settings::default());
    }

    #[test]
    fn leads_and_days_are_put_in_and_taken_out() {
        let part = |name, value: &str, on| SettingsChange {
            name,
            value: SettingValue::Part {
                value: value.to_owned(),
                on,
            },
        };
        let again = part(SettingName::AgainBefore, "15", true);
        let more = changed(&Settings::default(), &again).unwrap();
        assert_eq!(more.reminders.again_before, [15].into());
        let sunday = changed(&more, &part(SettingName::WorkDays, "Sun", true)).unwrap();
        assert!(sunday.work.days.contains(chrono::Weekday::Sun));
        let quiet = changed(&sunday, &part(SettingName::Silent, "tentative", true)).unwrap();
        assert_eq!(quiet.reminders.silent, [Silent::Tentative].into());
        let back = changed(&quiet, &part(SettingName::Silent, "tentative", false)).unwrap();
        let back = changed(&back, &part(SettingName::WorkDays, "Sun", false)).unwrap();
        let back = changed(&back, &part(SettingName::AgainBefore, "15", false)).unwrap();
        assert_eq!(back, Settings::default());
        for bad in [
            part(SettingName::AgainBefore, "1441", true),
            part(SettingName::AgainBefore, "soon", true),
            part(SettingName::WorkDays, "Someday", true),
            part(SettingName::Silent, "declined", true),
        ] {
            assert!(changed(&Settings::default(), &bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn every_change_that_is_taken_can_be_read_from_disk_again() {
        let mut settings = Settings::default();
        for change in [
            text(SettingName::MinutesBefore, "0"),
            text(SettingName::OneTimeRoom, "https://meet.jit.si/{id}"),
            text(SettingName::MeetMeans, "space"),
            text(SettingName::Theme, "dark"),
            text(SettingName::RingScreen, "primary"),
            text(SettingName::ShowRing, "ctrl+alt+r"),
            text(SettingName::Mute, "super+m"),
        ] {
            settings = changed(&settings, &change).unwrap();
        }
        assert_eq!(
            Settings::read(&settings.write().unwrap()).unwrap(),
            settings
        );
        assert_eq!(settings.shortcuts.mute, "Super+M");
    }
}
