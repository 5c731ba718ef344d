use std::sync::Arc;

use calendar::{
    JoinLink, JoinLinks, Meeting, Span,
    meeting::{MeetingId, Response, Sensitivity, Series, ShowAs},
};
use engine::Clock;
use rstest::rstest;
use vault::keyring::{KeyRing, KeyRingError};

use super::{Course, Face, Report, Session, stage::*};
use crate::{
    problem::ServerTrouble,
    view::{AccountForm, BannerAction, ProblemCode, SchedulePurpose, SnoozeChoice, SyncState},
};

pub(super) fn meeting(title: &str, start: &str, end: &str) -> Meeting {
    Meeting {
        id: MeetingId(title.into()),
        global_id: None,
        title: title.to_owned(),
        span: Span::Timed {
            start: at(start),
            end: at(end),
        },
        organizer: None,
        attendees: Vec::new(),
        location: String::new(),
        response: Response::Accepted,
        show_as: ShowAs::Busy,
        cancelled: false,
        series: Series::Single,
        sensitivity: Sensitivity::Normal,
        reminder_is_set: true,
        has_attachments: false,
        zone: None,
        notes: "".into(),
        join: JoinLinks(vec![JoinLink {
            url: "https://example.webex.com/meet/ana".parse().unwrap(),
            provider: "Webex".to_owned(),
            host: "example.webex.com".to_owned(),
            app: None,
        }]),
        web_address: None,
        changed_at: None,
    }
}

fn files(stage: &Stage) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(stage.folder())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[tokio::test]
async fn a_new_installation_shows_the_first_run_and_leaves_the_keyring_alone() {
    let stage = Stage::new("09:00");
    let session = stage.start();
    let agenda = session.agenda().borrow().clone();
    assert!(!agenda.has_account && !agenda.loading);
    assert_eq!(agenda.banner, None);
    session.stop().await;
    assert_eq!(*stage.keyring.asked.lock().unwrap(), 0);
    assert_eq!(files(&stage), ["lock"]);
}

#[tokio::test]
async fn an_added_account_is_there_after_a_restart_without_its_password_on_disk() {
    let stage = Stage::new("09:00");
    let session = stage.start_with_account().await;
    stage.servers.tell(&[meeting("Review", "10:00", "10:45")]);
    let agenda = until(session.agenda(), |a| !a.heroes.is_empty()).await;
    assert_eq!(agenda.heroes[0].title, "Review");
    assert_eq!(agenda.sync.state, SyncState::UpToDate);
    session.stop().await;

    let session = stage.start();
    stage.until_started(2).await;
    let started = stage.servers.started.lock().unwrap().clone();
    assert_eq!(
        started[1],
        ("anna".to_owned(), "CANARY-password".to_owned(), true)
    );
    session.stop().await;
    for name in files(&stage) {
        // SQLite removes its log when the last connection closes.
        let Ok(bytes) = std::fs::read(stage.folder().join(&name)) else {
            continue;
        };
        let found = bytes.windows(6).any(|window| window == b"CANARY");
        assert!(!found, "{name}");
    }
}

#[tokio::test]
async fn sr_39_nothing_that_a_window_is_shown_holds_what_was_typed_to_sign_in() {
    let stage = Stage::new("09:55");
    let session = stage.start_with_account().await;
    stage.servers.tell(&[meeting("Review", "10:00", "10:45")]);
    until(session.ring(), |ring| !ring.rings.is_empty()).await;
    let account = session.accounts().borrow()[0].id.clone();
    session
        .open_schedule(SchedulePurpose::New {})
        .await
        .unwrap();
    // Refused, so that a sentence about it is shown as well.
    stage
        .servers
        .fare(Course::Trouble(ServerTrouble::Credentials));
    let agenda = until(session.agenda(), |a| a.banner.is_some()).await;
    let shown = format!(
        "{agenda:?}{:?}{:?}{:?}{:?}{:?}{:?}{:?}{:?}",
        session.opened().borrow(),
        session.ring().borrow(),
        session.tray().borrow(),
        session.schedule().borrow(),
        session.settings().borrow(),
        session.environment().borrow(),
        session.accounts().borrow(),
        session.report().borrow().problem,
    );
    let shown = format!("{shown}{:?}", session.sign_in_view(&account).await);
    session.stop().await;
    assert!(
        shown.contains("anna") && shown.contains("Review"),
        "{shown}"
    );
    assert!(!shown.contains("CANARY"), "{shown}");
}

#[rstest]
#[case(ServerTrouble::Credentials, ProblemCode::Credentials)]
#[case(ServerTrouble::Certificate, ProblemCode::Certificate)]
#[case(ServerTrouble::Unreachable, ProblemCode::Unreachable)]
#[case(ServerTrouble::NotEws, ProblemCode::Server)]
#[tokio::test]
async fn an_account_its_server_refuses_leaves_nothing_behind(
    #[case] refusal: ServerTrouble,
    #[case] code: ProblemCode,
) {
    let stage = Stage::new("09:00");
    let session = stage.start();
    *stage.servers.refusal.lock().unwrap() = Some(refusal);
    let problem = session.add_account(form()).await.unwrap_err();
    assert_eq!(problem.code, code);
    assert!(
        problem.text.contains("mail.example.org"),
        "{}",
        problem.text
    );
    assert!(!session.agenda().borrow().has_account);
    session.stop().await;
    assert_eq!(files(&stage), ["lock"]);
    assert_eq!(*stage.keyring.asked.lock().unwrap(), 0);
}

#[tokio::test]
async fn sr_09_without_a_keyring_an_account_is_refused_and_nothing_is_written() {
    let stage = Stage::new("09:00");
    *stage.keyring.mood.lock().unwrap() = Mood::Fails(KeyRingError::Absent);
    let session = stage.start();
    let problem = session.add_account(form()).await.unwrap_err();
    assert_eq!(problem.code, ProblemCode::NoKeyring);
    assert!(stage.servers.started.lock().unwrap().is_empty());
    session.stop().await;
    assert_eq!(files(&stage), ["lock"]);
}

#[rstest]
#[case("no address at all")]
#[case("http://mail.example.org/EWS/Exchange.asmx")]
#[tokio::test]
async fn what_is_no_address_is_refused_before_anybody_is_asked(#[case] server: &str) {
    let stage = Stage::new("09:00");
    let session = stage.start();
    let mut wrong = form();
    wrong.server = server.to_owned();
    let problem = session.add_account(wrong).await.unwrap_err();
    assert_eq!(problem.code, ProblemCode::Server);
    assert!(problem.text.contains(server), "{}", problem.text);
    session.stop().await;
}

#[tokio::test]
async fn signing_in_again_keeps_the_account_and_takes_the_new_password() {
    let stage = Stage::new("09:00");
    let session = stage.start_with_account().await;
    stage
        .servers
        .fare(Course::Trouble(ServerTrouble::Credentials));
    let agenda = until(session.agenda(), |a| a.banner.is_some()).await;
    assert_eq!(
        agenda.banner.as_ref().unwrap().action,
        Some(BannerAction::SignIn)
    );
    assert_eq!(agenda.sync.state, SyncState::NeedsSignIn);
    let before = session.accounts().borrow().clone();
    let mut again = form();
    again.password = "new".to_owned();
    session.add_account(again).await.unwrap();
    stage.until_started(2).await;
    assert_eq!(stage.servers.started.lock().unwrap()[1].1, "new");
    let after = session.accounts().borrow().clone();
    assert_eq!(after.len(), 1);
    assert_eq!(after[0].id, before[0].id);
    session.stop().await;
}

#[tokio::test]
async fn a_removed_account_takes_its_password_and_its_meetings_along() {
    let stage = Stage::new("09:00");
    let session = stage.start_with_account().await;
    stage.servers.tell(&[meeting("Review", "10:00", "10:45")]);
    until(session.agenda(), |a| !a.heroes.is_empty()).await;
    let id = session.accounts().borrow()[0].id.clone();
    session.remove_account(&id).await.unwrap();
    let agenda = until(session.agenda(), |a| !a.has_account).await;
    assert!(agenda.heroes.is_empty());
    let name = format!("joinbell/account/{id}");
    assert!(stage.keyring.secrets.get(&name).await.unwrap().is_none());
    let gone = session.remove_account(&id).await.unwrap_err();
    assert_eq!(gone.code, ProblemCode::Gone);
    session.stop().await;
    let text = std::fs::read_to_string(stage.folder().join("accounts.toml")).unwrap();
    assert!(!text.contains("anna"), "{text}");
}

#[tokio::test]
async fn a_meeting_rings_and_join_opens_its_link_and_silences_it() {
    let stage = Stage::new("09:00");
    let session = stage.start_with_account().await;
    stage.servers.tell(&[meeting("Review", "10:00", "10:45")]);
    until(session.agenda(), |a| !a.heroes.is_empty()).await;
    stage.clock.set("09:55");
    let ring = until(session.ring(), |ring| !ring.rings.is_empty()).await;
    assert_eq!(ring.rings[0].when, "In 5 min");
    let ringing = &ring.rings[0];
    let host = &ringing.joins[0].host;
    session.join(&ringing.meeting, 0, host).await.unwrap();
    until(session.ring(), |ring| ring.rings.is_empty()).await;
    session.stop().await;
    let done = stage.shell.taken();
    let wanted = [
        "ring Review",
        "open https://example.webex.com/meet/ana",
        "withdraw",
        "hide",
    ];
    assert_eq!(done, wanted);
}

#[tokio::test]
async fn what_rang_before_a_restart_does_not_ring_again() {
    let stage = Stage::new("09:55");
    let session = stage.start_with_account().await;
    stage.servers.tell(&[meeting("Review", "10:00", "10:45")]);
    until(session.ring(), |ring| !ring.rings.is_empty()).await;
    session.stop().await;
    assert_eq!(stage.shell.taken(), ["ring Review"]);

    let session = stage.start();
    stage.until_started(2).await;
    stage.servers.tell(&[
        meeting("Review", "10:00", "10:45"),
        meeting("Other", "10:00", "10:30"),
    ]);
    until(session.ring(), |ring| !ring.rings.is_empty()).await;
    assert_eq!(stage.shell.taken(), ["ring Other"]);
    // It waits in the tray, and comes back when it is asked for.
    session.show_ring().await.unwrap();
    until(session.ring(), |ring| ring.rings.len() == 2).await;
    session.stop().await;
}

#[tokio::test]
async fn a_snoozed_ring_comes_back() {
    let stage = Stage::new("09:55");
    let session = stage.start_with_account().await;
    stage.servers.tell(&[meeting("Review", "10:00", "10:45")]);
    let ring = until(session.ring(), |ring| !ring.rings.is_empty()).await;
    session
        .snooze(&ring.rings[0].id, SnoozeChoice::AtStart)
        .await
        .unwrap();
    until(session.ring(), |ring| ring.rings.is_empty()).await;
    stage.clock.set("10:00");
    until(session.ring(), |ring| !ring.rings.is_empty()).await;
    session.dismiss(&ring.rings[0].id).await.unwrap();
    until(session.ring(), |ring| ring.rings.is_empty()).await;
    session.stop().await;
    let rings = stage
        .shell
        .taken()
        .iter()
        .filter(|done| *done == "ring Review")
        .count();
    assert_eq!(rings, 2);
}

#[rstest]
#[case(KeyRingError::Absent, BannerAction::Protect)]
#[case(KeyRingError::Locked, BannerAction::Retry)]
#[case(KeyRingError::Silent, BannerAction::Retry)]
#[tokio::test]
async fn sr_10_a_keyring_in_trouble_is_named_above_the_list_and_asked_again_on_request(
    #[case] error: KeyRingError,
    #[case] action: BannerAction,
) {
    let stage = Stage::new("09:00");
    stage.start_with_account().await.stop().await;
    *stage.keyring.mood.lock().unwrap() = Mood::Fails(error);
    let session = stage.start();
    let agenda = until(session.agenda(), |a| a.banner.is_some()).await;
    assert_eq!(agenda.banner.as_ref().unwrap().action, Some(action));
    assert!(!agenda.loading);
    *stage.keyring.mood.lock().unwrap() = Mood::Works;
    session.refresh();
    stage.until_started(2).await;
    stage.servers.tell(&[meeting("Review", "10:00", "10:45")]);
    let agenda = until(session.agenda(), |a| !a.heroes.is_empty()).await;
    assert_eq!(agenda.banner, None);
    session.stop().await;
}

#[tokio::test]
async fn sr_10_a_keyring_that_hangs_holds_up_neither_start_nor_end() {
    let stage = Stage::new("09:00");
    stage.start_with_account().await.stop().await;
    *stage.keyring.mood.lock().unwrap() = Mood::Hangs;
    let begun = tokio::time::Instant::now();
    let session = stage.start();
    let agenda = session.agenda().borrow().clone();
    assert!(agenda.has_account && agenda.loading);
    let within = begun.elapsed();
    assert!(within < std::time::Duration::from_secs(1), "{within:?}");
    let gone = session.dismiss("none").await.unwrap_err();
    assert_eq!(gone.code, ProblemCode::Gone);
    session.stop().await;
}

#[tokio::test]
async fn f62_a_second_session_on_the_same_folder_keeps_nothing_and_says_so() {
    let stage = Stage::new("09:00");
    let first = stage.start_with_account().await;
    let second = stage.start();
    let agenda = until(second.agenda(), |a| a.banner.is_some()).await;
    assert!(agenda.banner.as_ref().unwrap().text.contains("same data"));
    stage.until_started(2).await;
    let kept: Vec<bool> = stage
        .servers
        .started
        .lock()
        .unwrap()
        .iter()
        .map(|s| s.2)
        .collect();
    assert_eq!(kept, [true, false]);

    // As soon as the first one has gone the second one takes over.
    first.stop().await;
    stage.clock.set("09:01");
    until(second.agenda(), |a| a.banner.is_none()).await;
    stage.until_started(3).await;
    assert!(stage.servers.started.lock().unwrap()[2].2);
    second.stop().await;
}

#[tokio::test]
async fn the_terminal_never_rings() {
    let stage = Stage::new("09:00");
    stage.start_with_account().await.stop().await;
    let session = stage.start_as(Face::Terminal);
    stage.until_started(2).await;
    let titled = |title: &str| meeting(title, "10:00", "10:45");
    stage.servers.tell(&[titled("Review")]);
    until(session.report(), |r| !r.board.entries.is_empty()).await;
    stage.clock.set("09:56");
    stage.servers.tell(&[titled("Review of the plan")]);
    let is_told = |r: &Arc<Report>| r.board.entries[0].meeting.title == "Review of the plan";
    until(session.report(), is_told).await;
    session.stop().await;
    assert!(stage.shell.taken().is_empty());
}

#[tokio::test]
async fn an_onlooker_leaves_the_folder_to_the_desktop_program() {
    let stage = Stage::new("09:00");
    stage.start_with_account().await.stop().await;
    let onlooker = stage.start_as(Face::Onlooker);
    stage.until_started(2).await;
    let desktop = stage.start();
    stage.until_started(3).await;
    let kept: Vec<bool> = stage
        .servers
        .started
        .lock()
        .unwrap()
        .iter()
        .map(|s| s.2)
        .collect();
    assert_eq!(kept, [true, false, true]);
    assert_eq!(desktop.agenda().borrow().banner, None);
    desktop.stop().await;
    onlooker.stop().await;
}

#[tokio::test]
async fn sr_11_a_store_sealed_with_a_lost_key_is_set_aside_and_filled_again() {
    let stage = Stage::new("09:55");
    let session = stage.start_with_account().await;
    stage.servers.tell(&[meeting("Review", "10:00", "10:45")]);
    until(session.ring(), |ring| !ring.rings.is_empty()).await;
    session.stop().await;
    let accounts = std::fs::read_to_string(stage.folder().join("accounts.toml")).unwrap();
    let install = accounts
        .split("install = \"")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap();
    stage
        .keyring
        .secrets
        .delete(&format!("joinbell/{install}/kek"))
        .await
        .unwrap();

    let session = stage.start();
    stage.until_started(2).await;
    assert!(
        stage.servers.started.lock().unwrap()[1].2,
        "the store works"
    );
    assert_eq!(session.agenda().borrow().banner, None);
    session.stop().await;
    assert!(files(&stage).contains(&"store.sqlite3.set-aside".to_owned()));
}

#[tokio::test]
async fn a_list_of_accounts_that_cannot_be_read_is_named_and_never_written_over() {
    let stage = Stage::new("09:00");
    std::fs::write(stage.folder().join("accounts.toml"), "version = [").unwrap();
    let session = stage.start();
    let banner = session.agenda().borrow().banner.clone().unwrap();
    assert!(banner.text.contains("accounts.toml"), "{}", banner.text);
    assert!(session.add_account(form()).await.is_err());
    session.stop().await;
    let text = std::fs::read_to_string(stage.folder().join("accounts.toml")).unwrap();
    assert_eq!(text, "version = [");
}

#[tokio::test]
async fn the_stored_list_is_there_without_a_server_and_without_a_session() {
    let stage = Stage::new("09:00");
    stage.start_with_account().await.stop().await;
    let report = Session::stored(stage.setup(Face::Terminal)).await;
    assert_eq!(report.board.freshness.state, SyncState::Offline);
    assert_eq!(report.board.freshness.as_of, Some(at("08:00")));
    assert_eq!(report.problem, None);
    assert_eq!(stage.servers.started.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn looking_at_a_store_that_is_not_there_makes_none() {
    let stage = Stage::new("09:00");
    let report = Session::stored(stage.setup(Face::Terminal)).await;
    assert!(!report.board.has_account);
    assert!(files(&stage).is_empty());
}

#[rstest]
#[case("anna@example.org", Ok("https://mail.example.org/EWS/Exchange.asmx"))]
#[case(
    "anna@example.com",
    Err("No Exchange server was found for example.com")
)]
#[case("anna", Err("This is no e-mail address"))]
#[tokio::test]
async fn a_server_is_found_by_the_address_or_the_reason_is_said(
    #[case] address: &str,
    #[case] expected: Result<&str, &str>,
) {
    let stage = Stage::new("09:00");
    let session = stage.start();
    let found = session.find_server(address, "").await;
    match (&found, expected) {
        (Ok(server), Ok(expected)) => assert_eq!(server, expected),
        (Err(problem), Err(expected)) => {
            assert_eq!(problem.code, ProblemCode::Server);
            assert!(problem.text.starts_with(expected), "{}", problem.text);
        }
        _ => panic!("{found:?}"),
    }
    session.stop().await;
}

#[rstest]
#[case("anna@example.org", Ok("mail.example.org"))]
#[case("anna@example.net", Ok("mail.example.net"))]
#[case("anna@example.com", Err("No Exchange server was found"))]
#[case("anna", Err("This is no e-mail address"))]
#[tokio::test]
async fn an_account_without_a_server_is_set_up_at_the_one_that_is_found(
    #[case] user: &str,
    #[case] expected: Result<&str, &str>,
) {
    let stage = Stage::new("09:00");
    let session = stage.start();
    let without = AccountForm {
        server: " ".to_owned(),
        user: user.to_owned(),
        ..form()
    };
    let added = session.add_account(without).await;
    match (&added, expected) {
        (Ok(account), Ok(host)) => assert_eq!(account.host, host),
        (Err(problem), Err(text)) => assert!(problem.text.starts_with(text), "{}", problem.text),
        _ => panic!("{added:?}"),
    }
    session.stop().await;
    let kept = stage.setup(Face::Terminal).folder.accounts().unwrap();
    assert_eq!(kept.list.len(), usize::from(expected.is_ok()));
}

#[tokio::test]
async fn an_idle_session_wakes_at_most_three_times_a_minute() {
    let stage = Stage::new("09:00");
    let clock = Arc::new(LeapClock::new("09:00"));
    let session = stage.start_with_clock(Arc::clone(&clock) as Arc<dyn Clock>);
    session.add_account(form()).await.unwrap();
    stage.until_started(1).await;
    stage.servers.tell(&[meeting("Review", "18:00", "18:45")]);
    until(session.agenda(), |a| !a.heroes.is_empty()).await;
    *clock.waits.lock().unwrap() = 0;
    clock.run_to("19:00").await;
    session.stop().await;
    let waits = *clock.waits.lock().unwrap();
    assert!(
        (600..=1_800).contains(&waits),
        "{waits} wake-ups in ten hours"
    );
    assert_eq!(stage.shell.taken(), ["ring Review", "hide", "withdraw"]);
}

#[tokio::test]
async fn f62_while_another_holds_the_folder_nothing_rings_until_it_lets_go() {
    let stage = Stage::new("09:56");
    let session = stage.start_with_account().await;
    stage.servers.tell(&[meeting("Review", "10:00", "10:45")]);
    while stage.shell.taken().is_empty() {
        tokio::task::yield_now().await;
    }
    session.stop().await;

    let held = stage.setup(Face::Terminal).folder.lock().unwrap();
    let clock = Arc::new(LeapClock::new("09:57"));
    let session = stage.start_with_clock(clock.clone());
    stage.until_started(2).await;
    stage.servers.tell(&[meeting("Review", "10:00", "10:45")]);
    drop(held);
    clock.run_to("10:30").await;
    let again = stage.shell.taken();
    let rings = again.iter().filter(|what| what.starts_with("ring"));
    assert_eq!(rings.count(), 0, "it has rung before: {again:?}");
    session.stop().await;
}

#[tokio::test]
async fn f62_a_folder_that_is_never_let_go_keeps_nothing_silent() {
    let stage = Stage::new("09:56");
    let session = stage.start_with_account().await;
    session.stop().await;
    let held = stage.setup(Face::Terminal).folder.lock().unwrap();
    let clock = Arc::new(LeapClock::new("09:56"));
    let session = stage.start_with_clock(clock.clone());
    stage.until_started(2).await;
    stage.servers.tell(&[meeting("Review", "10:00", "10:45")]);
    clock.run_to("10:30").await;
    let rung = stage.shell.taken();
    assert!(rung.contains(&"ring Review".to_owned()), "{rung:?}");
    session.stop().await;
    drop(held);
}
