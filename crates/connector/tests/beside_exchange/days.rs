//! What a connector does each day, by a clock that is set.

#![cfg(unix)]
#![allow(clippy::expect_used, reason = "a test ends where a step fails")]

use std::{
    env,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::{Arc, atomic::Ordering},
};

use chrono::Duration;
use connector::{Connector, Measures, OneVault, Settings, Setup};
use exchange_sim::{Options, Transport};

use crate::stage::{
    self, PASSWORD, clock::SetClock, entries, eventually, house::House, secret, settings_text,
    world,
};

const MAILBOXES: usize = 4;

/// Where the test has put what its other half needs.
const FOLDER: &str = "JOINBELL_TEST_FOLDER";

#[tokio::test(flavor = "multi_thread")]
async fn each_mailboxs_server_is_looked_for_once_a_day() {
    let options = Options {
        transport: Transport::Tls,
        ..Options::default()
    };
    let exchange = stage::simulator_with(world(MAILBOXES), options).await;
    let house = House::new(&exchange, MAILBOXES);
    let authority = exchange.ca_pem().expect("an authority");
    house.write("ca.pem", authority);
    let folder = house.folder.path().to_str().expect("a path").to_owned();
    let address = exchange.address();
    let found =
        format!("allow_basic = true\nca_file = \"{folder}/ca.pem\"\nconfirmed = [\"{address}\"]");
    house.write("connector.toml", &settings_text(&found, &folder));
    // Names lead nowhere on the machine itself: only a proxy makes Autodiscover
    // answer, and a program is told of its proxy at its start.
    let proxy = stage::network::autodiscover_at(address).await;
    let within = tokio::task::spawn_blocking(move || {
        Command::new(env::current_exe().expect("this program"))
            .args([
                "--exact",
                "--ignored",
                "--nocapture",
                "days::a_day_behind_a_proxy",
            ])
            .env("HTTPS_PROXY", format!("http://{proxy}"))
            .env_remove("NO_PROXY")
            .env(FOLDER, folder)
            .stdin(Stdio::null())
            .output()
            .expect("its other half")
    });
    let within = within.await.expect("a thread");
    let said = String::from_utf8_lossy(&within.stdout).into_owned()
        + &String::from_utf8_lossy(&within.stderr);
    assert!(within.status.success(), "{said}");
    assert!(said.contains("1 passed"), "it was not run: {said}");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "the other half of the test above, which starts it"]
async fn a_day_behind_a_proxy() {
    let Some(folder) = env::var_os(FOLDER).map(PathBuf::from) else {
        return;
    };
    let settings = Settings::read(Path::new(&folder.join("connector.toml")));
    let (vault, _store) = stage::vault().await;
    let measures = Arc::new(Measures::default());
    let clock = SetClock::default();
    let connector = Connector::start(Setup {
        settings: settings.expect("settings"),
        entries: entries(MAILBOXES),
        secret: secret(PASSWORD),
        cabinet: Arc::new(OneVault(vault)),
        clock: Arc::new(clock.clone()),
        measures: Arc::clone(&measures),
    });
    let searches = || measures.discoveries.load(Ordering::Relaxed);
    let all = MAILBOXES as u64;
    let listening = async || measures.listening.load(Ordering::Relaxed) == all;
    eventually("all are found", listening).await;
    assert_eq!(searches(), all, "each was looked for once");
    let visited = async |before: u64| {
        let visits = async || measures.visits.load(Ordering::Relaxed) >= before + all;
        eventually("each is looked at", visits).await;
    };

    // Each has an hour of its own, in the last two of the day. The sweep that
    // is due as well shows that the time has come through.
    for day in 1..=2_u64 {
        let before = measures.visits.load(Ordering::Relaxed);
        clock.pass(Duration::hours(21));
        visited(before).await;
        assert_eq!(searches(), day * all, "not within the day");
        clock.pass(Duration::hours(3));
        let again = async || searches() >= (day + 1) * all;
        eventually("each is looked for again", again).await;
        assert_eq!(searches(), (day + 1) * all, "and once");
    }
    eventually("all are heard as before", listening).await;
    connector.stop().await;
}
