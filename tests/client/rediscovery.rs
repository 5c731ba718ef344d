//! A mailbox moves to another server: Autodiscover is asked again, each day and
//! when the old server says so, over real sockets. What is known stays until
//! the new server has let the account in.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]

use std::{fs, path::Path, sync::Arc, sync::Mutex};

use async_trait::async_trait;
use chrono::{DateTime, Duration, Utc};
use chrono_tz::Tz;
use desktop::{
    Session,
    account::{FoundBy, SignIn as AccountSignIn},
    folder::DataFolder,
    session::{Exchange, Face, Setup},
    view::{AccountForm, SyncState},
};
use engine::{Clock, SystemClock};
use exchange_sim::{
    Options, SignIn, Simulator, Transport, demo,
    server::faults::{Effect, Fault},
};
use scenarios::{
    dark::Dark,
    network::{autodiscover_at, autodiscover_at_any},
    terminal::{self, Home, Outcome, Secrets},
};
use tokio::sync::{Notify, watch};
use url::Url;
use vault::keyring::MemoryKeyRing;

async fn exchange() -> Simulator {
    let options = Options {
        transport: Transport::Tls,
        sign_in: SignIn::Ntlm,
        ..Options::default()
    };
    let world = demo::day((options.clock)(), Tz::Europe__Stockholm);
    Simulator::start(world, options).await.unwrap()
}

/// A file with the authorities of all of them.
fn authorities(folder: &Path, servers: &[&Simulator]) -> String {
    let file = folder.join("ca.pem");
    let all: Vec<&str> = servers.iter().map(|one| one.ca_pem().unwrap()).collect();
    fs::write(&file, all.join("\n")).unwrap();
    file.display().to_string()
}

/// The mailbox is not there any more.
fn leave(server: &Simulator) {
    server.faults().set(Fault::always(Effect::SoapFault {
        code: "ErrorNonExistentMailbox".to_owned(),
        back_off: None,
    }));
}

/// Runs the terminal in a network whose Autodiscover is at `server`.
async fn run(home: &Home, server: &Simulator, arguments: &[&str]) -> Outcome {
    let proxy = autodiscover_at(server.address()).await;
    let mut command = home.command(arguments);
    command.env("HTTPS_PROXY", format!("http://{proxy}"));
    tokio::task::spawn_blocking(move || terminal::run(command, demo::PASSWORD))
        .await
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mailbox_that_has_moved_is_followed_and_a_foreign_server_is_not() {
    let (old, new, foreign) = (exchange().await, exchange().await, exchange().await);
    let home = match Home::new(Secrets::Working) {
        Ok(home) => home,
        Err(lacks) => return println!("skipped: {lacks}"),
    };
    let ca = authorities(&home.data().join(".."), &[&old, &new, &foreign]);
    let places = [old.address().to_string(), new.address().to_string()];
    let add = ["account", "add", "--ca", &ca, "--email", demo::ADDRESS];
    let trust = ["--trust", &places[0], "--trust", &places[1]];
    let added = run(&home, &old, &[add.as_slice(), &trust].concat()).await;
    assert_eq!(added.code, 0, "{added:?}");
    let list = || fs::read_to_string(home.data().join("accounts.toml")).unwrap();
    assert!(list().contains(&old.ews_url()));

    leave(&old);
    let agenda = run(&home, &new, &["agenda"]).await;
    assert_eq!(agenda.code, 0, "{agenda:?}");
    assert!(agenda.out.contains("Release planning"), "{agenda:?}");
    assert!(list().contains(&new.ews_url()) && !list().contains(&old.ews_url()));

    // What is named now is not confirmed: it gets nothing, and what is known
    // stays.
    leave(&new);
    let kept = run(&home, &foreign, &["agenda"]).await;
    assert_eq!(kept.code, 4, "{kept:?}");
    assert!(kept.out.contains("Release planning"), "the stored list");
    assert!(kept.sentence().contains("asks again"), "{kept:?}");
    assert!(list().contains(&new.ews_url()));
    assert!(foreign.requests().iter().all(|one| one.request.is_empty()));
}

/// The system's clock, set forward by hand.
struct Ahead {
    by: Mutex<Duration>,
    set: Notify,
}

impl Ahead {
    fn advance(&self, by: Duration) {
        *self.by.lock().unwrap() += by;
        self.set.notify_waiters();
    }
}

#[async_trait]
impl Clock for Ahead {
    fn now(&self) -> DateTime<Utc> {
        SystemClock.now() + *self.by.lock().unwrap()
    }

    async fn wait_until(&self, moment: DateTime<Utc>) {
        while self.now() < moment {
            let mut set = std::pin::pin!(self.set.notified());
            set.as_mut().enable();
            let real = SystemClock.now() + (moment - self.now());
            tokio::select! {
                () = SystemClock.wait_until(real) => {}
                () = set => {}
            }
        }
    }
}

/// Waits until the account's state is as it should be at a host and port.
async fn until_in_step(session: &Session, host: &str) {
    let mut accounts = session.accounts();
    let seen = accounts.wait_for(|all| {
        let one = all.first();
        one.is_some_and(|one| one.host == host && one.sync.state == SyncState::UpToDate)
    });
    let seen = tokio::time::timeout(std::time::Duration::from_secs(30), seen).await;
    drop(seen.expect("it is in step").unwrap());
}

/// Looks again and again, for half a minute.
async fn until(is_so: impl Fn() -> bool) {
    let wait = async {
        while !is_so() {
            tokio::task::yield_now().await;
        }
    };
    let patience = std::time::Duration::from_secs(30);
    tokio::time::timeout(patience, wait)
        .await
        .expect("it came about");
}

#[tokio::test(flavor = "multi_thread")]
async fn each_day_the_server_is_asked_for_again() {
    let (old, new) = (exchange().await, exchange().await);
    let folder = tempfile::tempdir().unwrap();
    let ca_file = authorities(folder.path(), &[&old, &new]);
    let (named, names) = watch::channel(old.address());
    let proxy = autodiscover_at_any(names).await;
    let clock = Arc::new(Ahead {
        by: Mutex::new(Duration::zero()),
        set: Notify::new(),
    });
    let data = folder.path().join("data");
    let list = data.join("accounts.toml");
    let mut setup = Setup::with_keyring(
        DataFolder::open(Some(data)).unwrap(),
        Arc::new(MemoryKeyRing::default()),
        Face::Desktop,
    );
    setup.clock = Arc::clone(&clock) as Arc<dyn Clock>;
    let servers = Exchange::new(
        Arc::clone(&setup.clock),
        calendar::join::Services::built_in().clone(),
    );
    let proxy = Url::parse(&format!("http://{proxy}")).unwrap();
    setup.servers = Arc::new(servers.searching_through(proxy));
    let session = Session::start(setup, Arc::new(Dark));
    let places = [old.address().to_string(), new.address().to_string()];
    let form = AccountForm {
        server: old.ews_url(),
        user: demo::ADDRESS.to_owned(),
        password: demo::PASSWORD.to_owned(),
        ca_file,
        sign_in: AccountSignIn::Ntlm,
        found: Some(FoundBy {
            address: demo::ADDRESS.to_owned(),
            trusted: places.to_vec(),
        }),
    };
    session.add_account(form).await.unwrap();
    until_in_step(&session, "127.0.0.1").await;

    // The old server still answers; Autodiscover alone knows of the new one.
    named.send_replace(new.address());
    assert!(new.requests().is_empty());
    clock.advance(Duration::hours(27));
    until(|| fs::read_to_string(&list).unwrap().contains(&new.ews_url())).await;
    until(|| {
        let seen = new.requests();
        seen.iter().any(|one| one.operation == "SyncFolderItems")
    })
    .await;
    until_in_step(&session, "127.0.0.1").await;
    let board = Arc::clone(&session.report().borrow().board);
    let titles = board.entries.iter().map(|entry| &entry.meeting.title);
    assert!(titles.into_iter().any(|title| title == "Release planning"));
    session.stop().await;
}
