//! The settings window.

use std::collections::BTreeSet;

use calendar::{join::Services, keyword::Room};
use chrono::{NaiveTime, Weekday};

use super::Scene;
use crate::{
    formats::HourCycle,
    settings::{MINUTES_MAX, RingScreen, Settings, Silent, Theme, WorkSettings, text_of},
    view::{
        AccountView, ControlView, OptionView, Section, SectionView, SettingName, SettingView,
        SettingsView,
    },
    words::Language,
};

/// How long before the start it may ring once more, in minutes.
const LEADS: [u16; 6] = [0, 1, 2, 10, 15, 30];
/// Schemes beside `https` which can be switched off.
const SCHEMES: [&str; 4] = ["tel", "sip", "sips", "h323"];

/// The settings window. `last` is what was changed last.
pub fn settings(
    accounts: Vec<AccountView>,
    last: Option<SettingName>,
    services: &Services,
    scene: &Scene<'_>,
) -> SettingsView {
    let sections = Section::ALL.map(|section| SectionView {
        section,
        title: title(section, scene),
        settings: members(section)
            .iter()
            .map(|name| setting(*name, services, scene))
            .collect(),
    });
    SettingsView {
        sections: sections.into(),
        accounts,
        undo: last.map(|name| {
            let title = name_of(name, scene);
            scene.words.with("settings-undo", [("title", title.into())])
        }),
    }
}

impl Section {
    /// All of them, from top to bottom.
    pub const ALL: [Self; 8] = [
        Self::Accounts,
        Self::Reminders,
        Self::Keywords,
        Self::Join,
        Self::Privacy,
        Self::Appearance,
        Self::Shortcuts,
        Self::Diagnostics,
    ];
}

fn members(section: Section) -> &'static [SettingName] {
    match section {
        Section::Accounts | Section::Diagnostics => &[],
        Section::Reminders => &[
            SettingName::MinutesBefore,
            SettingName::AgainBefore,
            SettingName::Silent,
            SettingName::CollapseAfterMinutes,
            SettingName::Sound,
            SettingName::FullScreen,
            SettingName::RingScreen,
            SettingName::Quiet,
            SettingName::OutsideHours,
            SettingName::WorkDays,
            SettingName::WorkFrom,
            SettingName::WorkTo,
            SettingName::AtLogin,
        ],
        Section::Keywords => &[
            SettingName::PersonalRoom,
            SettingName::Space,
            SettingName::OneTimeRoom,
            SettingName::WebexMeans,
            SettingName::MeetMeans,
            SettingName::WriteDetails,
            SettingName::TellAttendees,
        ],
        Section::Join => &[
            SettingName::InApp,
            SettingName::Never,
            SettingName::ServicesFile,
        ],
        Section::Privacy => &[SettingName::HideTitles],
        Section::Appearance => &[
            SettingName::Language,
            SettingName::Hours,
            SettingName::Theme,
            SettingName::ShowDeclined,
        ],
        Section::Shortcuts => &[
            SettingName::JoinNext,
            SettingName::OpenAgenda,
            SettingName::ShowRing,
            SettingName::Mute,
        ],
    }
}

fn title(section: Section, scene: &Scene<'_>) -> String {
    let words = scene.words;
    match section {
        Section::Accounts => words.text("settings-accounts"),
        Section::Reminders => words.text("settings-reminders"),
        Section::Keywords => words.text("settings-keywords"),
        Section::Join => words.text("settings-join"),
        Section::Privacy => words.text("settings-privacy"),
        Section::Appearance => words.text("settings-appearance"),
        Section::Shortcuts => words.text("settings-shortcuts"),
        Section::Diagnostics => words.text("settings-diagnostics"),
    }
}

fn name_of(name: SettingName, scene: &Scene<'_>) -> String {
    let words = scene.words;
    match name {
        SettingName::MinutesBefore => words.text("set-minutes-before"),
        SettingName::AgainBefore => words.text("set-again-before"),
        SettingName::Silent => words.text("set-silent"),
        SettingName::OutsideHours => words.text("set-outside-hours"),
        SettingName::WorkDays => words.text("set-work-days"),
        SettingName::WorkFrom => words.text("set-work-from"),
        SettingName::WorkTo => words.text("set-work-to"),
        SettingName::CollapseAfterMinutes => words.text("set-collapse"),
        SettingName::Sound => words.text("set-sound"),
        SettingName::FullScreen => words.text("set-full-screen"),
        SettingName::RingScreen => words.text("set-ring-screen"),
        SettingName::Quiet => words.text("set-quiet"),
        SettingName::AtLogin => words.text("set-at-login"),
        SettingName::PersonalRoom => words.text("set-personal-room"),
        SettingName::Space => words.text("set-space"),
        SettingName::OneTimeRoom => words.text("set-one-time-room"),
        SettingName::WebexMeans => words.text("set-webex-means"),
        SettingName::MeetMeans => words.text("set-meet-means"),
        SettingName::WriteDetails => words.text("set-write-details"),
        SettingName::TellAttendees => words.text("set-tell-attendees"),
        SettingName::InApp => words.text("set-in-app"),
        SettingName::Never => words.text("set-never"),
        SettingName::ServicesFile => words.text("set-services-file"),
        SettingName::HideTitles => words.text("set-hide-titles"),
        SettingName::Language => words.text("set-language"),
        SettingName::Hours => words.text("set-hours"),
        SettingName::Theme => words.text("set-theme"),
        SettingName::ShowDeclined => words.text("set-show-declined"),
        SettingName::JoinNext => words.text("set-join-next"),
        SettingName::OpenAgenda => words.text("set-open-agenda"),
        SettingName::ShowRing => words.text("set-show-ring"),
        SettingName::Mute => words.text("set-mute"),
    }
}

fn hint_of(name: SettingName, scene: &Scene<'_>) -> String {
    let words = scene.words;
    match name {
        SettingName::MinutesBefore => words.text("hint-minutes-before"),
        SettingName::AgainBefore => words.text("hint-again-before"),
        SettingName::Silent => words.text("hint-silent"),
        SettingName::OutsideHours => words.text("hint-outside-hours"),
        SettingName::CollapseAfterMinutes => words.text("hint-collapse"),
        SettingName::Sound => words.text("hint-sound"),
        SettingName::FullScreen => words.text("hint-full-screen"),
        SettingName::Quiet => words.text("hint-quiet"),
        SettingName::AtLogin => words.text("hint-at-login"),
        SettingName::PersonalRoom => words.text("hint-personal-room"),
        SettingName::Space => words.text("hint-space"),
        SettingName::OneTimeRoom => words.text("hint-one-time-room"),
        SettingName::WriteDetails => words.text("hint-write-details"),
        SettingName::TellAttendees => words.text("hint-tell-attendees"),
        SettingName::InApp => words.text("hint-in-app"),
        SettingName::Never => words.text("hint-never"),
        SettingName::ServicesFile => words.text("hint-services-file"),
        SettingName::HideTitles => words.text("hint-hide-titles"),
        SettingName::JoinNext => words.text("hint-join-next"),
        SettingName::ShowRing => words.text("hint-show-ring"),
        SettingName::Mute => words.text("hint-mute"),
        SettingName::WebexMeans
        | SettingName::MeetMeans
        | SettingName::WorkDays
        | SettingName::WorkFrom
        | SettingName::WorkTo
        | SettingName::RingScreen
        | SettingName::Language
        | SettingName::Hours
        | SettingName::Theme
        | SettingName::ShowDeclined
        | SettingName::OpenAgenda => String::new(),
    }
}

fn setting(name: SettingName, services: &Services, scene: &Scene<'_>) -> SettingView {
    SettingView {
        name,
        title: name_of(name, scene),
        hint: hint_of(name, scene),
        control: control(name, scene.settings, services, scene),
    }
}

fn control(
    name: SettingName,
    settings: &Settings,
    services: &Services,
    scene: &Scene<'_>,
) -> ControlView {
    let rooms = &settings.keywords.rooms;
    match name {
        SettingName::MinutesBefore => minutes(settings.reminders.minutes_before, 0),
        SettingName::AgainBefore => again_before(settings, scene),
        SettingName::Silent => silent(settings, scene),
        SettingName::OutsideHours => switch(settings.work.ring_outside),
        SettingName::WorkDays => work_days(settings, scene),
        SettingName::WorkFrom => time_of_day(
            settings.work.from,
            |from| WorkSettings {
                from,
                ..settings.work
            },
            scene,
        ),
        SettingName::WorkTo => time_of_day(
            settings.work.to,
            |to| WorkSettings {
                to,
                ..settings.work
            },
            scene,
        ),
        SettingName::CollapseAfterMinutes => minutes(settings.reminders.collapse_after_minutes, 1),
        SettingName::Sound => switch(settings.reminders.sound),
        SettingName::FullScreen => switch(settings.reminders.full_screen),
        SettingName::RingScreen => ring_screen(settings, scene),
        SettingName::Quiet => switch(settings.reminders.quiet),
        SettingName::AtLogin => switch(settings.startup.at_login),
        SettingName::WriteDetails => switch(settings.keywords.write),
        SettingName::TellAttendees => switch(settings.keywords.tell_attendees),
        SettingName::HideTitles => switch(settings.privacy.hide_titles),
        SettingName::ShowDeclined => switch(settings.agenda.show_declined),
        SettingName::PersonalRoom => text(&rooms.personal, "https://acme.webex.com/meet/anna"),
        SettingName::Space => text(&rooms.space, "https://acme.webex.com/space"),
        SettingName::OneTimeRoom => text(&rooms.one_time, "https://meet.jit.si/{id}"),
        SettingName::WebexMeans => means(rooms.webex, scene),
        SettingName::MeetMeans => means(rooms.meet, scene),
        SettingName::InApp => in_app(settings, services),
        SettingName::Never => ControlView::Several {
            options: SCHEMES
                .map(|scheme| OptionView {
                    value: scheme.to_owned(),
                    text: scheme_name(scheme, scene),
                    chosen: settings.join.never.contains(scheme),
                })
                .into(),
        },
        SettingName::ServicesFile => {
            let file = settings.join.services_file.as_deref();
            let file = file.map(|path| path.to_string_lossy().into_owned());
            text(&file.unwrap_or_default(), "/etc/joinbell/services.toml")
        }
        SettingName::Language => language(settings, scene),
        SettingName::Hours => hours(settings, scene),
        SettingName::Theme => theme(settings, scene),
        SettingName::JoinNext => text(&settings.shortcuts.join_next, "Ctrl+Alt+J"),
        SettingName::OpenAgenda => text(&settings.shortcuts.open_agenda, "Ctrl+Alt+A"),
        SettingName::ShowRing => text(&settings.shortcuts.show_ring, "Ctrl+Alt+R"),
        SettingName::Mute => text(&settings.shortcuts.mute, "Ctrl+Alt+M"),
    }
}

fn switch(on: bool) -> ControlView {
    ControlView::Switch { on }
}

fn minutes(value: u16, lowest: u16) -> ControlView {
    ControlView::Minutes {
        value,
        lowest,
        highest: MINUTES_MAX,
    }
}

fn text(value: &str, example: &str) -> ControlView {
    ControlView::Text {
        value: value.to_owned(),
        example: example.to_owned(),
    }
}

fn option(value: &str, text: String, chosen: bool) -> OptionView {
    OptionView {
        value: value.to_owned(),
        text,
        chosen,
    }
}

/// The usual leads, and those that the file names beside them.
fn again_before(settings: &Settings, scene: &Scene<'_>) -> ControlView {
    let chosen = &settings.reminders.again_before;
    let all: BTreeSet<u16> = LEADS.iter().chain(chosen).copied().collect();
    ControlView::Several {
        options: all
            .into_iter()
            .rev()
            .map(|minutes| {
                let arguments = [("minutes", i64::from(minutes).into())];
                let text = scene.words.with("set-again-option", arguments);
                option(&minutes.to_string(), text, chosen.contains(&minutes))
            })
            .collect(),
    }
}

fn silent(settings: &Settings, scene: &Scene<'_>) -> ControlView {
    let of = |one: Silent| {
        let text = match one {
            Silent::Tentative => scene.words.text("set-silent-tentative"),
            Silent::NotAnswered => scene.words.text("set-silent-not-answered"),
            Silent::Free => scene.words.text("set-silent-free"),
        };
        option(one.code(), text, settings.reminders.silent.contains(&one))
    };
    ControlView::Several {
        options: Silent::ALL.map(of).into(),
    }
}

fn work_days(settings: &Settings, scene: &Scene<'_>) -> ControlView {
    let day = |day: Weekday| {
        let name = scene.formats.weekday_name(day).to_owned();
        option(&day.to_string(), name, settings.work.days.contains(day))
    };
    ControlView::Several {
        options: scene.formats.week().into_iter().map(day).collect(),
    }
}

/// Every half hour that makes sense with the other end, and the time that the
/// file names beside them.
fn time_of_day(
    chosen: NaiveTime,
    with: impl Fn(NaiveTime) -> WorkSettings,
    scene: &Scene<'_>,
) -> ControlView {
    let halves = (0..48).filter_map(|half| NaiveTime::from_hms_opt(half / 2, half % 2 * 30, 0));
    let all: BTreeSet<NaiveTime> = halves.chain([chosen]).collect();
    ControlView::Choice {
        options: all
            .into_iter()
            .filter(|time| with(*time).is_some_time())
            .map(|time| {
                let text = scene.formats.time(time, scene.words);
                option(&text_of(time), text, time == chosen)
            })
            .collect(),
    }
}

/// Services with a program of their own, and those that were chosen when a
/// file of services still named them.
fn in_app(settings: &Settings, services: &Services) -> ControlView {
    let chosen = &settings.join.in_app;
    let known: BTreeSet<&str> = services
        .with_apps()
        .chain(chosen.iter().map(String::as_str))
        .collect();
    ControlView::Several {
        options: known
            .into_iter()
            .map(|name| option(name, name.to_owned(), chosen.contains(name)))
            .collect(),
    }
}

fn scheme_name(scheme: &str, scene: &Scene<'_>) -> String {
    match scheme {
        "tel" => scene.words.text("set-never-telephone"),
        other => scene
            .words
            .with("set-never-video", [("scheme", other.to_uppercase().into())]),
    }
}

fn means(room: Room, scene: &Scene<'_>) -> ControlView {
    let words = scene.words;
    ControlView::Choice {
        options: vec![
            option(
                "personal",
                words.text("set-personal-room"),
                room == Room::Personal,
            ),
            option("space", words.text("set-space"), room == Room::Space),
            option(
                "one_time",
                words.text("set-one-time-room"),
                room == Room::OneTime,
            ),
        ],
    }
}

fn ring_screen(settings: &Settings, scene: &Scene<'_>) -> ControlView {
    let (words, chosen) = (scene.words, settings.reminders.screen);
    ControlView::Choice {
        options: vec![
            option(
                "pointer",
                words.text("set-ring-screen-pointer"),
                chosen == RingScreen::Pointer,
            ),
            option(
                "primary",
                words.text("set-ring-screen-primary"),
                chosen == RingScreen::Primary,
            ),
        ],
    }
}

fn language(settings: &Settings, scene: &Scene<'_>) -> ControlView {
    let chosen = settings.appearance.language;
    let by_system = option("", scene.words.text("set-by-system"), chosen.is_none());
    let others = Language::ALL.into_iter().map(|language| {
        // Who cannot read the language of the window finds their own.
        let name = language.own_name().to_owned();
        option(language.code(), name, chosen == Some(language))
    });
    ControlView::Choice {
        options: std::iter::once(by_system).chain(others).collect(),
    }
}

fn hours(settings: &Settings, scene: &Scene<'_>) -> ControlView {
    let (words, chosen) = (scene.words, settings.appearance.hours);
    ControlView::Choice {
        options: vec![
            option("", words.text("set-by-system"), chosen.is_none()),
            option(
                "24",
                words.text("set-hours-24"),
                chosen == Some(HourCycle::TwentyFour),
            ),
            option(
                "12",
                words.text("set-hours-12"),
                chosen == Some(HourCycle::Twelve),
            ),
        ],
    }
}

fn theme(settings: &Settings, scene: &Scene<'_>) -> ControlView {
    let (words, chosen) = (scene.words, settings.appearance.theme);
    ControlView::Choice {
        options: vec![
            option("", words.text("set-by-system"), chosen.is_none()),
            option(
                "light",
                words.text("set-theme-light"),
                chosen == Some(Theme::Light),
            ),
            option(
                "dark",
                words.text("set-theme-dark"),
                chosen == Some(Theme::Dark),
            ),
        ],
    }
}

#[cfg(test)]
mod tests;
