//! The ring and the notification beside it.

use std::sync::Arc;

use calendar::{
    Meeting,
    meeting::{Person, Response},
};
use rstest::rstest;

use super::super::{Bell, Ringing, agenda, notification, ring, running_late, sample::*, tray};
use crate::{
    settings::Settings,
    view::{SnoozeChoice, Stage},
    words::Language,
};

/// Something rings.
const WAITING: Bell = Bell {
    waiting: true,
    muted_until: None,
};

#[test]
fn the_ring_counts_down_and_offers_what_still_makes_sense() {
    let board = day();
    let entry = board.find("a/supplier-review").unwrap();
    let ringing = [Ringing {
        reminder: "r1",
        due: at("09:55"),
        entry,
    }];
    let item = |now: &str| scene(now, |scene| ring(&ringing, scene).rings.remove(0));
    let first = item("09:56");
    assert_eq!((&*first.id, &*first.meeting), ("r1", "a/supplier-review"));
    assert_eq!(first.progress, 20);
    assert_eq!(first.times, "10:00 – 10:45");
    assert_eq!(first.subtitle, "Ana Berg and 5 others");
    assert!(!first.can_run_late);
    let offered = |now: &str| {
        item(now)
            .snoozes
            .iter()
            .map(|s| s.choice)
            .collect::<Vec<_>>()
    };
    assert_eq!(offered("09:56"), SnoozeChoice::ALL);
    assert_eq!(
        offered("10:03"),
        [SnoozeChoice::FiveMinutes, SnoozeChoice::TenMinutes]
    );
    assert_eq!(offered("10:38"), [SnoozeChoice::FiveMinutes]);
    let late = item("10:03");
    assert_eq!(
        (&*late.when, late.stage, late.progress),
        ("Started 3 min ago", Stage::Late, 100)
    );
}

#[test]
fn who_is_late_can_say_so_to_the_organizer() {
    let board = day();
    let entry = board.find("a/supplier-review").unwrap();
    let own = board.find("a/design-critique").unwrap();
    let can = |entry, now: &str| {
        let ringing = [Ringing {
            reminder: "r",
            due: at("09:55"),
            entry,
        }];
        scene(now, |scene| ring(&ringing, scene).rings[0].can_run_late)
    };
    assert!(!can(entry, "09:59"));
    assert!(can(entry, "10:00"));
    assert!(!can(own, "13:05"), "nobody is named to tell it to");
    scene("10:03", |scene| {
        assert_eq!(
            running_late(&entry.meeting, scene),
            "Hello Ana,\n\nI am running late for “Supplier review” at 10:00 \
             and will be there as soon as I can."
        );
    });
    with_scene("10:03", Language::SWEDISH, &Settings::default(), |scene| {
        assert!(running_late(&entry.meeting, scene).starts_with("Hej Ana,\n\njag är försenad"));
    });
}

#[rstest]
#[case("Omar Haddad", "Hello Omar,\n")]
#[case("Haddad, Omar", "Hello Omar,\n")]
#[case("Haddad, Omar (IT)", "Hello Omar,\n")]
#[case("Haddad,", "Hello Haddad,\n")]
#[case("Omar", "Hello Omar,\n")]
#[case("", "Hello,\n")]
#[case("omar.haddad@example.org", "Hello,\n")]
fn the_organizer_is_greeted_by_the_first_name_or_by_none(
    #[case] name: &str,
    #[case] expected: &str,
) {
    let mut review = meeting("Review", "10:00", "11:00");
    review.organizer = Some(Person {
        name: name.to_owned(),
        address: Some("omar.haddad@example.org".to_owned()),
    });
    let mail = scene("10:03", |scene| running_late(&review, scene));
    assert!(mail.starts_with(expected), "{mail}");
}

#[test]
fn the_settings_choose_sound_and_the_whole_screen() {
    let board = day();
    let ringing = Ringing {
        reminder: "r",
        due: at("09:55"),
        entry: board.find("a/supplier-review").unwrap(),
    };
    for wanted in [false, true] {
        let mut settings = Settings::default();
        settings.reminders.sound = wanted;
        settings.reminders.full_screen = wanted;
        with_scene("09:56", Language::ENGLISH, &settings, |scene| {
            assert_eq!(notification(&ringing, scene).sound, wanted);
            assert_eq!(ring(&[ringing], scene).full_screen, wanted);
        });
    }
}

#[test]
fn the_one_that_starts_first_comes_first() {
    let board = day();
    let ringing = ["a/vendor-call", "a/design-critique"].map(|id| Ringing {
        reminder: id,
        due: at("13:00"),
        entry: board.find(id).unwrap(),
    });
    scene("13:00", |scene| {
        let ids: Vec<_> = ring(&ringing, scene)
            .rings
            .into_iter()
            .map(|item| item.id)
            .collect();
        assert_eq!(ids, ["a/design-critique", "a/vendor-call"]);
    });
}

#[test]
fn sr_32_an_unknown_host_and_a_second_link_take_a_deliberate_click() {
    let unknown = with_link(
        meeting("Procurement", "10:00", "11:00"),
        "meet-now.example.net",
        "https://meet-now.example.net/1",
    );
    let two = with_link(
        with_link(meeting("Two links", "10:00", "11:00"), "Teams", TEAMS),
        "Webex",
        WEBEX,
    );
    for meeting in [unknown, two] {
        let entry = entry(meeting);
        scene("09:56", |scene| {
            let ringing = Ringing {
                reminder: "r",
                due: at("09:55"),
                entry: &entry,
            };
            assert_eq!(notification(&ringing, scene).join, None);
            let board = board([Meeting::clone(&entry.meeting)]);
            assert_eq!(tray(&board, Bell::default(), scene).middle_click, None);
        });
    }
}

#[test]
fn sr_32_a_button_names_the_unknown_host_that_it_leads_to_once() {
    let address = "https://meet-now.example.net/1";
    let procurement = meeting("Procurement", "10:00", "11:00");
    let board = board([with_link(procurement, "meet-now.example.net", address)]);
    scene("09:56", |scene| {
        let ringing = Ringing {
            reminder: "r",
            due: at("09:55"),
            entry: &board.entries[0],
        };
        let shown = ring(&[ringing], scene);
        let join = &shown.rings[0].joins[0];
        let told = (join.provider.as_str(), join.host.as_str(), join.known);
        assert_eq!(told, ("", "meet-now.example.net", false));
    });
}

#[test]
fn sr_35_in_privacy_mode_no_title_leaves_the_agenda_window() {
    let mut settings = Settings::default();
    settings.privacy.hide_titles = true;
    let mut board = day();
    for entry in &mut board.entries {
        let meeting = Arc::make_mut(&mut entry.meeting);
        meeting.notes = "CANARY notes".into();
        meeting.title = format!("CANARY {}", meeting.title);
        meeting.location = "CANARY place".to_owned();
    }
    let entry = board.find("a/supplier-review").unwrap();
    with_scene("09:56", Language::ENGLISH, &settings, |scene| {
        let ringing = Ringing {
            reminder: "r",
            due: at("09:55"),
            entry,
        };
        let shown = format!(
            "{:?}{:?}{:?}",
            ring(&[ringing], scene),
            notification(&ringing, scene),
            tray(&board, WAITING, scene)
        );
        assert!(
            !shown.contains("CANARY") && !shown.contains("Berg"),
            "{shown}"
        );
        assert!(shown.contains("Meeting"));
    });
}

#[test]
fn sr_39_no_window_is_handed_an_address_to_open() {
    let mut board = day();
    for entry in &mut board.entries {
        let meeting = Arc::make_mut(&mut entry.meeting);
        let address = "https://mail.example.org/owa/?ItemID=CANARY".parse();
        meeting.web_address = address.ok().map(Box::new);
        for link in &mut meeting.join.0 {
            link.url.set_query(Some("pwd=CANARY"));
        }
    }
    let ringing: Vec<Ringing<'_>> = board
        .entries
        .iter()
        .map(|entry| Ringing {
            reminder: &entry.meeting.id.0,
            due: at("09:55"),
            entry,
        })
        .collect();
    scene("09:56", |scene| {
        let shown = format!(
            "{:?}{:?}{:?}{:?}",
            agenda(&board, None, scene),
            ring(&ringing, scene),
            notification(&ringing[0], scene),
            tray(&board, WAITING, scene)
        );
        assert!(shown.contains("example.webex.com"));
        assert!(
            !shown.contains("CANARY") && !shown.contains("://"),
            "{shown}"
        );
    });
}

#[test]
fn sr_35_a_notification_never_holds_the_invitations_text() {
    let mut secret = with_link(meeting("Review", "10:00", "11:00"), "Webex", WEBEX);
    secret.notes = "CANARY notes".into();
    secret.location = "CANARY place".to_owned();
    let entry = entry(secret);
    scene("09:56", |scene| {
        let ringing = Ringing {
            reminder: "r",
            due: at("09:55"),
            entry: &entry,
        };
        let view = notification(&ringing, scene);
        assert!(!format!("{view:?}").contains("CANARY"));
        assert_eq!(view.title, "Review");
        assert_eq!(view.body, "In 4 min · 10:00 – 11:00 · example.webex.com");
        assert_eq!(view.join.unwrap().text, "Join Webex");
    });
}

/// What a notification daemon is told, with hidden titles.
fn told(meeting: Meeting) -> (String, String, Option<String>) {
    let mut settings = Settings::default();
    settings.privacy.hide_titles = true;
    let entry = entry(meeting);
    with_scene("09:56", Language::ENGLISH, &settings, |scene| {
        let ringing = Ringing {
            reminder: "r",
            due: at("09:55"),
            entry: &entry,
        };
        let view = notification(&ringing, scene);
        (view.title, view.body, view.join.map(|join| join.text))
    })
}

#[test]
fn sr_35_with_hidden_titles_a_notification_says_when_and_whose_service_join_opens_and_no_more() {
    let address = "https://canary-customer.webex.com/meet/canary";
    let mut secret = with_link(
        meeting("CANARY takeover", "10:00", "11:00"),
        "Canary",
        address,
    );
    secret.location = "CANARY place".to_owned();
    secret.organizer = Some(person("CANARY Berg"));
    secret.attendees = vec![attendee("CANARY Ek", Response::Accepted)];
    let (title, body, join) = told(secret);
    assert_eq!(title, "Meeting");
    // SR-31: the domain beside Join, which is not that of the customer.
    assert_eq!(body, "In 4 min · 10:00 – 11:00 · webex.com");
    assert_eq!(join.as_deref(), Some("Join"));
}

#[test]
fn sr_35_with_hidden_titles_what_has_no_domain_to_be_named_has_no_join() {
    let nobodys = with_link(
        meeting("CANARY", "10:00", "11:00"),
        "Canary",
        "https://canary/1",
    );
    let (_, body, join) = told(nobodys);
    assert_eq!((body.as_str(), join), ("In 4 min · 10:00 – 11:00", None));
}
