//! A hybrid service's account in the session: asked for, added, kept.

use std::fs;

use engine::ServiceFailure;
use rstest::rstest;

use super::{
    Course,
    stage::{CODE, Stage, until},
};
use crate::{
    account::Source,
    problem::ServerTrouble,
    view::{BannerAction, ProblemCode, ServiceForm, SyncState},
};

fn form() -> ServiceForm {
    ServiceForm {
        service: "joinbell.example.org".to_owned(),
        address: "anna@example.org".to_owned(),
        ca_file: String::new(),
    }
}

#[tokio::test]
async fn the_code_adds_the_account_and_the_key_goes_to_the_keyring_alone() {
    let stage = Stage::new("09:00");
    let session = stage.start();
    session.ask_for_code(form()).await.unwrap();
    let wrong = session.add_device("7K3F-Q2ZD-9M4X-1TBW").await.unwrap_err();
    assert_eq!(wrong.code, ProblemCode::Credentials);
    assert!(session.accounts().borrow().is_empty());
    let view = session.add_device(CODE).await.unwrap();
    assert_eq!(
        (view.host.as_str(), view.user.as_str()),
        ("joinbell.example.org", "anna@example.org")
    );
    stage.until_started(1).await;
    assert_eq!(stage.servers.started.lock().unwrap()[0].1, "CANARY-device");
    let again = session.sign_in_view(&view.id).await.unwrap();
    assert_eq!(again.source, Source::Service);
    session.stop().await;
    let list = fs::read_to_string(stage.folder().join("accounts.toml")).unwrap();
    assert!(list.contains("source = \"service\""), "{list}");
    assert!(!list.contains("CANARY"), "{list}");

    // The next start needs no code.
    let session = stage.start();
    stage.until_started(2).await;
    assert_eq!(stage.servers.started.lock().unwrap()[1].1, "CANARY-device");
    session.stop().await;
}

#[tokio::test]
async fn a_code_that_nobody_asked_for_adds_nothing() {
    let stage = Stage::new("09:00");
    let session = stage.start();
    let problem = session.add_device(CODE).await.unwrap_err();
    assert_eq!(problem.code, ProblemCode::Credentials);
    session.ask_for_code(form()).await.unwrap();
    session.add_device(CODE).await.unwrap();
    assert!(session.add_device(CODE).await.is_err(), "it is used up");
    session.stop().await;
}

#[rstest]
#[case("http://joinbell.example.org", "anna@example.org", ProblemCode::Server)]
#[case("two words", "anna@example.org", ProblemCode::Server)]
#[case("joinbell.example.org", "anna", ProblemCode::Server)]
#[tokio::test]
async fn what_cannot_be_asked_is_refused_before_anybody_is_asked(
    #[case] service: &str,
    #[case] address: &str,
    #[case] code: ProblemCode,
) {
    let stage = Stage::new("09:00");
    let session = stage.start();
    let mut wrong = form();
    wrong.service = service.to_owned();
    wrong.address = address.to_owned();
    let failure = session.request_code(wrong).await.unwrap_err();
    assert_eq!(failure.code, code);
    assert!(failure.text.ends_with('.'), "{}", failure.text);
    assert!(!failure.report.contains("anna@"), "{}", failure.report);
    session.stop().await;
}

#[rstest]
#[case(
    ServerTrouble::Credentials,
    SyncState::NeedsSignIn,
    BannerAction::SignIn
)]
#[case(ServerTrouble::Unreachable, SyncState::Offline, BannerAction::Retry)]
#[case(
    ServerTrouble::Service(ServiceFailure::KeysAway),
    SyncState::Offline,
    BannerAction::Retry
)]
#[case(
    ServerTrouble::Service(ServiceFailure::Stale),
    SyncState::Offline,
    BannerAction::Retry
)]
#[case(
    ServerTrouble::Service(ServiceFailure::Untrue),
    SyncState::Failed,
    BannerAction::Retry
)]
#[tokio::test]
async fn what_is_wrong_with_the_service_is_shown_with_what_can_be_done(
    #[case] trouble: ServerTrouble,
    #[case] state: SyncState,
    #[case] action: BannerAction,
) {
    let stage = Stage::new("09:00");
    let session = stage.start();
    session.ask_for_code(form()).await.unwrap();
    session.add_device(CODE).await.unwrap();
    stage.until_started(1).await;
    stage.servers.fare(Course::Trouble(trouble));
    let agenda = until(session.agenda(), |agenda| agenda.banner.is_some()).await;
    assert_eq!(agenda.sync.state, state);
    let banner = agenda.banner.as_ref().unwrap();
    assert_eq!(banner.action, Some(action));
    assert!(!banner.text.contains("password"), "{}", banner.text);
    session.stop().await;
}
