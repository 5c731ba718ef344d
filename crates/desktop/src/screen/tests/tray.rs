//! The tray.

use calendar::{Meeting, meeting::ShowAs, presence::Away};
use rstest::rstest;

use super::super::{Bell, agenda, sample::*, tray};
use crate::view::{SyncState, TrayAction, TrayEntry, TrayIcon};

/// Something rings.
const WAITING: Bell = Bell {
    waiting: true,
    muted_until: None,
};

#[rstest]
#[case("09:30", TrayIcon::Idle, "30 min", "In 30 min · Supplier review")]
#[case("09:55", TrayIcon::Soon, "5 min", "In 5 min · Supplier review")]
#[case("10:00", TrayIcon::Now, "", "Now · Supplier review")]
#[case("10:50", TrayIcon::Idle, "", "Today 13:00 · Design critique")]
fn the_tray_counts_down(
    #[case] now: &str,
    #[case] icon: TrayIcon,
    #[case] title: &str,
    #[case] tooltip: &str,
) {
    let mut board = day();
    board
        .entries
        .retain(|entry| entry.meeting.title != "Desk work");
    scene(now, |scene| {
        let view = tray(&board, Bell::default(), scene);
        assert_eq!(
            (view.icon, &*view.title, &*view.tooltip),
            (icon, title, tooltip)
        );
    });
}

#[test]
fn the_tray_says_until_when_the_user_is_out_of_office() {
    let mut board = board([]);
    board.away.push(Away {
        from: Some(at("08:00")),
        until: Some(at("25T00:00")),
    });
    scene("09:30", |scene| {
        let view = tray(&board, Bell::default(), scene);
        assert_eq!(view.icon, TrayIcon::OutOfOffice);
        let expected = "No more meetings today · Out of office until Wednesday";
        assert_eq!(view.tooltip, expected);
    });
}

#[rstest]
#[case::by_a_whole_day(all_day("Leave", 23, 25), "until Wednesday")]
#[case::by_hours(meeting("Dentist", "08:00", "17:00"), "until 17:00")]
fn the_tray_and_the_header_say_the_same_of_an_absence_in_the_calendar(
    #[case] mut leave: Meeting,
    #[case] until: &str,
) {
    leave.show_as = ShowAs::OutOfOffice;
    let away = board([leave.clone()]);
    scene("09:30", |scene| {
        let header = agenda(&away, None, scene).presence.unwrap();
        assert_eq!((&*header.text, &*header.until), ("Out of office", until));
        let view = tray(&away, Bell::default(), scene);
        assert_eq!(view.icon, TrayIcon::OutOfOffice);
        let said = format!("Out of office {until}");
        assert!(view.tooltip.ends_with(&said), "{}", view.tooltip);
    });
    // A meeting in it is one.
    let review = with_link(meeting("Review", "10:00", "10:30"), "Webex", WEBEX);
    let with_a_meeting = board([leave, review]);
    scene("10:10", |scene| {
        let view = tray(&with_a_meeting, Bell::default(), scene);
        assert_eq!(view.icon, TrayIcon::Now);
    });
}

#[test]
fn an_absence_that_begins_soon_is_no_meeting_that_does() {
    let mut dentist = meeting("Dentist", "10:00", "12:00");
    dentist.show_as = ShowAs::OutOfOffice;
    let board = board([dentist]);
    scene("09:57", |scene| {
        assert_eq!(tray(&board, Bell::default(), scene).icon, TrayIcon::Idle);
    });
}

#[test]
fn the_tray_says_what_is_wrong_before_anything_else() {
    let mut board = board([]);
    board.freshness.state = SyncState::Offline;
    board.freshness.as_of = Some(at("09:12"));
    scene("09:30", |scene| {
        let view = tray(&board, Bell::default(), scene);
        assert_eq!(view.icon, TrayIcon::Offline);
        assert_eq!(
            view.tooltip,
            "No more meetings today · Offline, as of 09:12"
        );
    });
    board.freshness.state = SyncState::NeedsSignIn;
    scene("09:30", |scene| {
        assert_eq!(
            tray(&board, Bell::default(), scene).icon,
            TrayIcon::NeedsSignIn
        );
    });
}

#[test]
fn the_menu_joins_opens_and_ends() {
    let view = scene("09:56", |scene| tray(&day(), WAITING, scene));
    let actions: Vec<_> = view
        .menu
        .iter()
        .filter_map(|entry| match entry {
            TrayEntry::Item { text, action } => Some((text.as_str(), action.clone())),
            TrayEntry::Note { .. } | TrayEntry::Separator => None,
        })
        .collect();
    let meeting = || "a/supplier-review".to_owned();
    let host = || "example.webex.com".to_owned();
    assert_eq!(actions[0], ("Show what rings", TrayAction::ShowRing));
    assert_eq!(
        actions[1],
        (
            "Join Supplier review",
            TrayAction::Join {
                meeting: meeting(),
                index: 0,
                host: host()
            }
        )
    );
    assert_eq!(
        actions[2].1,
        TrayAction::CopyLink {
            meeting: meeting(),
            index: 0,
            host: host()
        }
    );
    assert_eq!(actions[3].0, "09:00  Desk work");
    assert_eq!(actions.last().unwrap().1, TrayAction::Quit);
}
