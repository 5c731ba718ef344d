//! A server that was found by its address is searched for again.

use rstest::rstest;
use url::Url;

use super::{
    Course, Session,
    stage::{Stage, at, form, meeting, until},
};
use crate::{
    account::{FoundBy, SignIn},
    problem::ServerTrouble,
    view::AccountForm,
};

const NEW: &str = "https://new.example.org/EWS/Exchange.asmx";

fn found() -> AccountForm {
    AccountForm {
        server: "https://mail.example.org/EWS/Exchange.asmx".to_owned(),
        found: Some(FoundBy {
            address: "anna@example.org".to_owned(),
            trusted: Vec::new(),
        }),
        ..form()
    }
}

async fn started(stage: &Stage, form: AccountForm) -> Session {
    let session = stage.start();
    session.add_account(form).await.unwrap();
    stage.until_started(1).await;
    session
}

fn server(stage: &Stage) -> String {
    let accounts = stage.setup(super::Face::Terminal).folder.accounts();
    accounts.unwrap().list[0].server.to_string()
}

async fn until_searched(stage: &Stage, count: usize) {
    while stage.servers.searched.lock().unwrap().len() < count {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_mailbox_that_moved_is_followed_and_its_meetings_stay_meanwhile() {
    let stage = Stage::new("09:00");
    let session = started(&stage, found()).await;
    stage.servers.tell(&[meeting("Review", "18:00", "18:45")]);
    until(session.agenda(), |agenda| !agenda.heroes.is_empty()).await;
    *stage.servers.found.lock().unwrap() = Some(Ok(Url::parse(NEW).unwrap()));
    stage
        .servers
        .fare(Course::Trouble(ServerTrouble::Elsewhere));
    stage.until_started(2).await;
    until(session.accounts(), |all| all[0].host == "new.example.org").await;
    assert_eq!(server(&stage), NEW);
    assert!(!session.agenda().borrow().heroes.is_empty());
    assert_eq!(*stage.servers.searched.lock().unwrap(), [true]);
    let kept = stage
        .setup(super::Face::Terminal)
        .folder
        .accounts()
        .unwrap();
    let found = kept.list[0].found.clone().unwrap();
    assert_eq!(found.asked, at("09:00"));
    session.stop().await;
}

#[rstest]
#[case::nobody_is_found(None, None)]
#[case::the_new_one_does_not_let_us_in(Some(NEW), Some(ServerTrouble::Credentials))]
#[tokio::test]
async fn what_is_known_stays_where_the_search_comes_to_nothing(
    #[case] named: Option<&str>,
    #[case] refusal: Option<ServerTrouble>,
) {
    let stage = Stage::new("09:00");
    let session = started(&stage, found()).await;
    *stage.servers.found.lock().unwrap() = Some(match named {
        Some(url) => Ok(Url::parse(url).unwrap()),
        None => Err(super::NotFound::Nobody {
            domain: "example.org".to_owned(),
            asked: String::new(),
        }),
    });
    *stage.servers.refusal.lock().unwrap() = refusal;
    stage
        .servers
        .fare(Course::Trouble(ServerTrouble::Elsewhere));
    until_searched(&stage, 1).await;
    // It is asked again a quarter of an hour later.
    stage.clock.set("09:14");
    stage.clock.set("09:16");
    until_searched(&stage, 2).await;
    session.stop().await;
    assert_eq!(server(&stage), "https://mail.example.org/EWS/Exchange.asmx");
    assert_eq!(stage.servers.started.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn a_refused_password_is_not_shown_to_others_in_a_search() {
    let stage = Stage::new("09:00");
    let session = started(&stage, found()).await;
    stage
        .servers
        .fare(Course::Trouble(ServerTrouble::Credentials));
    until(session.accounts(), |all| {
        all[0].sync.state == crate::view::SyncState::NeedsSignIn
    })
    .await;
    stage.clock.set_day(2, "12:00");
    until_searched(&stage, 1).await;
    assert_eq!(*stage.servers.searched.lock().unwrap(), [false]);
    session.stop().await;
}

#[tokio::test]
async fn a_server_that_somebody_named_is_theirs_to_change() {
    let stage = Stage::new("09:00");
    let session = started(&stage, form()).await;
    stage
        .servers
        .fare(Course::Trouble(ServerTrouble::Elsewhere));
    until(session.accounts(), |all| {
        all[0].sync.state == crate::view::SyncState::Failed
    })
    .await;
    stage.clock.set_day(3, "12:00");
    session.stop().await;
    assert!(stage.servers.searched.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_ticket_is_not_asked_for_in_the_keyring() {
    let stage = Stage::new("09:00");
    let session = stage.start();
    if crate::account::TICKETS {
        let form = AccountForm {
            sign_in: SignIn::Kerberos,
            password: String::new(),
            ..form()
        };
        session.add_account(form).await.unwrap();
        stage.until_started(1).await;
        assert_eq!(stage.servers.started.lock().unwrap()[0].1, "the ticket");
    } else {
        let form = AccountForm {
            sign_in: SignIn::Kerberos,
            ..form()
        };
        let refused = session.add_account(form).await.unwrap_err();
        assert!(
            refused.text.contains("without Kerberos"),
            "{}",
            refused.text
        );
    }
    session.stop().await;
}
