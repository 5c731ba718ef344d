//! An account whose password the keyring has lost: its meetings are there as
//! the last run left them, above them stands what is wrong, and the password
//! typed anew brings it back into step.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a scenario ends where a step fails"
)]

use std::sync::Arc;

use chrono::Duration;
use desktop::{
    Session,
    account::SignIn,
    folder::DataFolder,
    session::{Face, Setup},
    view::{AccountForm, AgendaView, BannerAction, SyncState},
};
use engine::{Clock as _, SystemClock};
use exchange_sim::{Options, Simulator, World, world::details::Details};
use scenarios::{
    dark::Dark,
    stage::{ANNA, PASSWORD, ZONE},
    traces,
};
use vault::keyring::{KeyRing as _, MemoryKeyRing};

async fn until(session: &Session, is: impl Fn(&AgendaView) -> bool) -> Arc<AgendaView> {
    let mut agenda = session.agenda();
    let patience = std::time::Duration::from_secs(30);
    let wait = agenda.wait_for(|view| is(view));
    let found = tokio::time::timeout(patience, wait).await;
    Arc::clone(&found.expect("it came about").unwrap())
}

fn lists_planning(agenda: &AgendaView) -> bool {
    let mut rows = agenda.days.iter().flat_map(|day| &day.rows);
    rows.any(|row| row.title == "Planning")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_password_takes_no_meeting_along() {
    let mut world = World::empty(SystemClock.now());
    world.add_mailbox(ANNA, "Anna Berg", ZONE, PASSWORD);
    let start = SystemClock.now() + Duration::hours(30);
    let planning = Details::new("Planning", start, start + Duration::hours(1), ZONE);
    world.add(ANNA, planning).unwrap();
    let simulator = Simulator::start(world, Options::default()).await.unwrap();
    traces::listen();
    let folder = tempfile::tempdir().unwrap();
    let keyring = Arc::new(MemoryKeyRing::default());
    let begin = || {
        let data = DataFolder::open(Some(folder.path().to_owned())).unwrap();
        let mut setup = Setup::with_keyring(data, keyring.clone(), Face::Desktop);
        "en_GB".clone_into(&mut setup.locale);
        Session::start(setup, Arc::new(Dark))
    };
    let form = || AccountForm {
        server: simulator.ews_url(),
        user: ANNA.to_owned(),
        password: PASSWORD.to_owned(),
        ca_file: String::new(),
        sign_in: SignIn::default(),
        found: None,
    };

    let session = begin();
    let account = session.add_account(form()).await.unwrap();
    let in_step = |view: &AgendaView| view.sync.state == SyncState::UpToDate;
    until(&session, |view| in_step(view) && lists_planning(view)).await;
    session.stop().await;

    let name = format!("joinbell/account/{}", account.id);
    assert!(keyring.get(&name).await.unwrap().is_some());
    keyring.delete(&name).await.unwrap();
    let session = begin();
    let agenda = until(&session, lists_planning).await;
    assert_eq!(agenda.sync.state, SyncState::NeedsSignIn);
    let banner = agenda.banner.as_ref().unwrap();
    assert_eq!(banner.action, Some(BannerAction::SignIn));

    session.add_account(form()).await.unwrap();
    let agenda = until(&session, in_step).await;
    assert!(lists_planning(&agenda));
    assert_eq!(agenda.banner, None);
    session.stop().await;
    let log = traces::logged();
    traces::hold_nothing_private(folder.path(), &log, &simulator, (ANNA, &[PASSWORD]));
}
