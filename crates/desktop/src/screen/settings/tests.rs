use std::collections::BTreeSet;

use chrono_tz::Tz;

use super::*;
use crate::{
    screen::Surroundings,
    settings::change::changed,
    view::{SettingValue, SettingsChange},
};

fn shown(surroundings: &Surroundings) -> SettingsView {
    let now = "2026-11-23T09:00:00Z".parse().unwrap();
    let scene = surroundings.scene(now);
    settings(Vec::new(), None, Services::built_in(), &scene)
}

fn plain() -> Surroundings {
    Surroundings::new(Settings::default(), "en_GB", Tz::UTC)
}

#[test]
fn every_setting_stands_in_one_section_and_is_worded_in_every_language() {
    for locale in ["en_GB", "sv_SE"] {
        let view = shown(&Surroundings::new(Settings::default(), locale, Tz::UTC));
        let mut seen = BTreeSet::new();
        for setting in view.sections.iter().flat_map(|section| &section.settings) {
            assert!(seen.insert(format!("{:?}", setting.name)), "{setting:?}");
            for text in [&setting.title, &setting.hint] {
                assert!(
                    !text.starts_with("set-") && !text.starts_with("hint-"),
                    "{text}"
                );
            }
        }
        assert_eq!(seen.len(), 32);
        assert_eq!(view.undo, None);
    }
}

#[test]
fn the_days_of_a_week_are_called_and_ordered_as_where_the_user_is() {
    for (locale, called) in [
        ("en_GB", ["Monday", "Tuesday", "Sunday"]),
        ("en_US", ["Sunday", "Monday", "Saturday"]),
        ("sv_SE", ["måndag", "tisdag", "söndag"]),
    ] {
        let view = shown(&Surroundings::new(Settings::default(), locale, Tz::UTC));
        let mut settings = view.sections.iter().flat_map(|one| &one.settings);
        let days = settings.find(|one| one.name == SettingName::WorkDays);
        let Some(ControlView::Several { options }) = days.map(|one| &one.control) else {
            panic!("{days:?}");
        };
        let texts: Vec<&str> = options.iter().map(|one| one.text.as_str()).collect();
        assert_eq!([texts[0], texts[1], texts[6]], called);
    }
}

#[test]
fn every_choice_that_is_offered_is_taken() {
    let view = shown(&plain());
    let mut taken = 0;
    for setting in view.sections.iter().flat_map(|section| &section.settings) {
        let values: Vec<SettingValue> = match &setting.control {
            ControlView::Switch { on } => vec![SettingValue::Switch { on: !on }],
            ControlView::Choice { options } => options
                .iter()
                .map(|one| SettingValue::Text {
                    text: one.value.clone(),
                })
                .collect(),
            ControlView::Several { options } => options
                .iter()
                .map(|one| SettingValue::Part {
                    value: one.value.clone(),
                    on: true,
                })
                .collect(),
            ControlView::Minutes {
                lowest, highest, ..
            } => [lowest, highest]
                .map(|number| SettingValue::Text {
                    text: number.to_string(),
                })
                .into(),
            // The example has to be one that works.
            ControlView::Text { example, .. } => {
                vec![SettingValue::Text {
                    text: example.clone(),
                }]
            }
        };
        for value in values {
            let change = SettingsChange {
                name: setting.name,
                value,
            };
            assert!(
                changed(&Settings::default(), &change).is_ok() || cfg!(windows),
                "{change:?}"
            );
            taken += 1;
        }
    }
    assert!(taken > 40, "{taken}");
}

#[test]
fn a_service_that_was_chosen_stays_to_be_taken_out() {
    let mut settings = Settings::default();
    settings.join.in_app.insert("House video".to_owned());
    let ControlView::Several { options } = in_app(&settings, Services::built_in()) else {
        panic!("several can be chosen");
    };
    let house = options.iter().find(|one| one.value == "House video");
    assert!(house.is_some_and(|one| one.chosen));
}
