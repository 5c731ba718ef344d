//! Accounts of the session: searched for, added, signed in again, removed.

use rstest::rstest;
use vault::keyring::{KeyRing, KeyRingError};

use super::{Course, Face, stage::*};
use crate::{
    problem::ServerTrouble,
    view::{AccountForm, BannerAction, ProblemCode, SchedulePurpose, SyncState},
};

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
