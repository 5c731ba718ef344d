//! A desktop without a keyring whose user has chosen a passphrase.

use std::fs;

use vault::keyring::{KeyRing as _, KeyRingError};

use super::{Session, stage::*, tests::meeting};
use crate::{
    account::{Account, AccountId, SignIn, Source},
    folder::DataFolder,
    view::{BannerAction, PassphraseView, ProblemCode},
};

const PASSPHRASE: &str = "CANARY correct horse battery";

/// A desktop without a keyring.
fn bare() -> Stage {
    let stage = Stage::new("09:00");
    stage.servers.hides([PASSPHRASE.to_owned()]);
    *stage.keyring.mood.lock().unwrap() = Mood::Fails(KeyRingError::Absent);
    stage
}

/// The same after a day with a passphrase, an account and a meeting.
async fn protected() -> Stage {
    let stage = bare();
    let session = stage.start();
    session.choose_passphrase(PASSPHRASE.into()).await.unwrap();
    session.add_account(form()).await.unwrap();
    stage.until_started(1).await;
    stage.servers.tell(&[meeting("Review", "10:00", "10:45")]);
    until(session.agenda(), |agenda| !agenda.heroes.is_empty()).await;
    session.stop().await;
    stage
}

async fn banner(session: &Session) -> Option<BannerAction> {
    let agenda = until(session.agenda(), |agenda| agenda.banner.is_some()).await;
    agenda.banner.as_ref().unwrap().action
}

fn secrets(stage: &Stage) -> std::path::PathBuf {
    stage.folder().join("secrets.sealed")
}

#[tokio::test]
async fn sr_09_with_a_passphrase_a_desktop_without_a_keyring_keeps_an_account() {
    let stage = bare();
    let session = stage.start();
    let problem = session.add_account(form()).await.unwrap_err();
    assert_eq!(problem.code, ProblemCode::NoKeyring);
    let short = session.choose_passphrase("short".into()).await.unwrap_err();
    assert_eq!(short.code, ProblemCode::Passphrase);
    assert!(short.text.contains("12"), "{}", short.text);
    assert!(!secrets(&stage).exists());

    session.choose_passphrase(PASSPHRASE.into()).await.unwrap();
    session.add_account(form()).await.unwrap();
    stage.until_started(1).await;
    let (user, _, stored) = stage.servers.started.lock().unwrap()[0].clone();
    assert_eq!((user.as_str(), stored), ("anna", true));
    session.stop().await;
}

#[tokio::test]
async fn sr_09_the_start_waits_for_no_passphrase_and_the_right_one_opens_everything() {
    let stage = protected().await;
    let session = stage.start();
    assert_eq!(banner(&session).await, Some(BannerAction::Passphrase));
    assert_eq!(session.passphrase_wanted(), Some(PassphraseView::Enter));
    assert!(!session.agenda().borrow().loading, "nothing is waited for");
    assert_eq!(stage.servers.started.lock().unwrap().len(), 1);

    let before = fs::read(secrets(&stage)).unwrap();
    let wrong = session.enter_passphrase("another passphrase".into()).await;
    assert_eq!(wrong.unwrap_err().code, ProblemCode::Passphrase);
    assert_eq!(fs::read(secrets(&stage)).unwrap(), before);
    assert_eq!(banner(&session).await, Some(BannerAction::Passphrase));

    session.enter_passphrase(PASSPHRASE.into()).await.unwrap();
    stage.until_started(2).await;
    let started = stage.servers.started.lock().unwrap().clone();
    assert_eq!(started[0], started[1], "the same password, and the store");
    until(session.agenda(), |agenda| agenda.banner.is_none()).await;
    session.stop().await;
}

#[tokio::test]
async fn sr_09_what_runs_without_the_store_gets_it_with_the_passphrase() {
    let stage = protected().await;
    // Of two accounts one needs no password.
    let folder = DataFolder::open(Some(stage.folder().to_owned())).unwrap();
    let mut accounts = folder.accounts().unwrap();
    accounts.list.push(Account {
        source: Source::Exchange,
        id: AccountId("ticket".into()),
        server: "https://mail.example.org/EWS/Exchange.asmx"
            .parse()
            .unwrap(),
        user: "bo".to_owned(),
        ca_file: None,
        sign_in: SignIn::Kerberos,
        found: None,
    });
    folder.save_accounts(&accounts).unwrap();

    let session = stage.start();
    stage.until_started(2).await;
    assert_eq!(
        stage.servers.started.lock().unwrap()[1],
        ("bo".to_owned(), "the ticket".to_owned(), false)
    );
    // It rings from memory.
    stage.servers.tell(&[meeting("Review", "09:02", "09:45")]);
    until(session.ring(), |ring| !ring.rings.is_empty()).await;
    assert_eq!(banner(&session).await, Some(BannerAction::Passphrase));

    session.enter_passphrase(PASSPHRASE.into()).await.unwrap();
    stage.until_started(4).await;
    let started = stage.servers.started.lock().unwrap()[2..].to_vec();
    assert!(started.iter().all(|(_, _, stored)| *stored), "{started:?}");
    session.stop().await;
    let rings = stage.shell.taken();
    let rings = rings.iter().filter(|done| *done == "ring Review").count();
    assert_eq!(rings, 1, "and not once more from the store");
}

#[tokio::test]
async fn sr_09_a_keyring_that_comes_later_is_preferred() {
    let stage = protected().await;
    *stage.keyring.mood.lock().unwrap() = Mood::Works;
    let session = stage.start();
    assert_eq!(banner(&session).await, Some(BannerAction::Passphrase));
    session.enter_passphrase(PASSPHRASE.into()).await.unwrap();
    stage.until_started(2).await;
    session.stop().await;
    assert!(!secrets(&stage).exists());

    // From now on nothing is asked.
    let session = stage.start();
    stage.until_started(3).await;
    let started = stage.servers.started.lock().unwrap().clone();
    assert_eq!(started[0], started[2]);
    assert!(session.agenda().borrow().banner.is_none());
    session.stop().await;
}

#[tokio::test]
async fn sr_09_a_passphrase_that_is_forgotten_costs_what_it_closed_and_nothing_more() {
    let stage = protected().await;
    let session = stage.start();
    assert_eq!(banner(&session).await, Some(BannerAction::Passphrase));
    session.forget_passphrase().await.unwrap();
    assert!(!secrets(&stage).exists());
    until(session.agenda(), |agenda| {
        let action = agenda.banner.as_ref().and_then(|banner| banner.action);
        action == Some(BannerAction::Protect)
    })
    .await;
    assert_eq!(session.passphrase_wanted(), Some(PassphraseView::Choose));

    session.choose_passphrase(PASSPHRASE.into()).await.unwrap();
    until(session.agenda(), |agenda| {
        let action = agenda.banner.as_ref().and_then(|banner| banner.action);
        action == Some(BannerAction::SignIn)
    })
    .await;
    session.add_account(form()).await.unwrap();
    stage.until_started(2).await;
    assert_eq!(session.accounts().borrow().len(), 1);
    session.stop().await;
}

#[tokio::test]
async fn sr_09_where_a_keyring_answers_no_passphrase_is_taken() {
    let stage = Stage::new("09:00");
    let session = stage.start_with_account().await;
    let refused = session.choose_passphrase(PASSPHRASE.into()).await;
    assert_eq!(refused.unwrap_err().code, ProblemCode::Passphrase);
    assert!(!secrets(&stage).exists());
    let name = "joinbell/account/nobody";
    assert!(stage.keyring.get(name).await.unwrap().is_none());
    session.stop().await;
}
