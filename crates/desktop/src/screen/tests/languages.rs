//! A language is one file: those of `tests/words` are in no line of the code.

use chrono::NaiveDate;
use rstest::rstest;

use super::super::{Bell, Ringing, agenda, notification, ring, sample::*, tray};
use crate::{
    formats::{Formats, HourCycle},
    settings::Settings,
    view::TrayEntry,
    words::{Language, Words},
};

fn language(code: &str) -> Language {
    Language::of_code(code).unwrap()
}

#[test]
fn its_words_plurals_and_clock_are_in_the_ring_the_notification_and_the_tray() {
    let board = day();
    let ringing = Ringing {
        reminder: "r",
        due: at("09:55"),
        entry: board.find("a/supplier-review").unwrap(),
    };
    with_scene("09:56", language("ar"), &Settings::default(), |scene| {
        let item = ring(&[ringing], scene).rings.remove(0);
        // 4 and 5 are "few".
        assert_eq!(item.when, "بعد 4 دقائق");
        assert_eq!(item.subtitle, "Ana Berg و5 آخرون");
        assert_eq!(item.times, "10:00 ص – 10:45 ص");
        assert_eq!(item.snoozes.last().unwrap().text, "بعد 10 دقائق");

        let told = notification(&ringing, scene);
        assert!(
            told.body.starts_with("بعد 4 دقائق · 10:00 ص"),
            "{}",
            told.body
        );
        assert_eq!(told.join.unwrap().text, "انضم عبر Webex");
        assert_eq!(told.dismiss_text, "إغلاق");

        let tray = tray(&board, Bell::default(), scene);
        assert!(
            tray.tooltip.starts_with("بعد 4 دقائق · "),
            "{}",
            tray.tooltip
        );
        let quit = tray
            .menu
            .iter()
            .any(|entry| matches!(entry, TrayEntry::Item { text, .. } if text == "إنهاء Joinbell"));
        assert!(quit, "{:?}", tray.menu);
    });
}

#[test]
fn its_days_and_plurals_are_in_the_agenda() {
    let board = day();
    let settings = Settings::default();
    with_scene("09:56", language("ar"), &settings, |scene| {
        let view = agenda(&board, None, scene);
        let today = &view.days[0];
        assert_eq!(
            (&*today.heading, &*today.date),
            ("اليوم", "الاثنين 23 نوفمبر")
        );
        assert!(
            view.heroes[0].subtitle.contains("6 أشخاص"),
            "{}",
            view.heroes[0].subtitle
        );
    });
}

#[rstest]
#[case("pt_BR.UTF-8", "pt-BR", "Participar pelo Webex", "domingo")]
#[case("pt_PT.UTF-8", "pt", "Entrar no Webex", "segunda")]
fn a_country_has_a_file_beside_that_of_its_language(
    #[case] locale: &str,
    #[case] code: &str,
    #[case] join: &str,
    #[case] first_day: &str,
) {
    let language = Language::of_locale(locale);
    assert_eq!(language.code(), code);
    let words = Words::new(language);
    let formats = Formats::new(language, locale, None);
    assert_eq!(
        words.with("join-provider", [("provider", "Webex".into())]),
        join
    );
    let monday = NaiveDate::from_ymd_opt(2026, 11, 23).unwrap();
    assert_eq!(formats.date(monday, &words), "segunda, 23 de novembro");
    assert_eq!(formats.weekday_name(formats.week()[0]), first_day);
}

#[test]
fn either_clock_can_be_asked_for_in_it() {
    let words = Words::new(language("ar"));
    let formats = |hours| Formats::new(language("ar"), "ar_EG.UTF-8", hours);
    let noon = chrono::NaiveTime::from_hms_opt(12, 5, 0).unwrap();
    assert_eq!(formats(None).time(noon, &words), "12:05 م");
    assert_eq!(
        formats(Some(HourCycle::TwentyFour)).time(noon, &words),
        "12:05"
    );
}
