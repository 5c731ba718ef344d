//! A simulated Exchange on a real socket, an account with a scope, and a
//! store that can be away.

#![allow(
    dead_code,
    clippy::expect_used,
    reason = "each test file uses a part of it, and ends where a step fails"
)]

pub(crate) mod clock;
#[cfg(unix)]
pub(crate) mod house;
pub(crate) mod network;

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
    },
};

use chrono::{DateTime, Duration, Utc};
use chrono_tz::Tz;
use connector::{Connector, Measures, OneVault, Settings, Setup, list::Entry};
use engine::{Clock as _, Engine, SystemClock};
use exchange_sim::{
    Options, SignIn, Simulator, World,
    world::{
        details::{Details, Person, Response},
        mailbox::Scope,
    },
};
use vault::{
    Series, SeriesId, StoreError, Vault,
    between::{Between, Deed, Hand},
    key::Key,
    memory::MemoryStore,
    sensitive::Sensitive,
};

pub(crate) const ZONE: Tz = Tz::Europe__Stockholm;
pub(crate) const SERVICE: &str = "svc-joinbell@example.org";
pub(crate) const PASSWORD: &str = "canary-password-1";
/// Nobody's calendar that the account may see.
pub(crate) const OUTSIDE: &str = "board@example.org";

pub(crate) fn address(number: usize) -> String {
    format!("user{number:03}@example.org")
}

/// Mailboxes of which the account may act for the listed ones, and one
/// outside.
pub(crate) fn world(mailboxes: usize) -> World {
    let mut world = World::empty(now());
    let listed: Vec<String> = (0..mailboxes).map(address).collect();
    world
        .add_mailbox(SERVICE, "Calendar Service", ZONE, PASSWORD)
        .impersonates = Scope::These(listed.iter().cloned().collect());
    world.add_mailbox(OUTSIDE, "The Board", ZONE, "another one");
    for address in &listed {
        world.add_mailbox(address, "A User", ZONE, "their own");
    }
    world
}

pub(crate) fn now() -> DateTime<Utc> {
    SystemClock.now()
}

/// A meeting of a mailbox's own, some hours from now.
pub(crate) fn meeting(of: &str, subject: &str, hours: i64) -> Details {
    let start = now() + Duration::hours(hours);
    Details::new(subject, start, start + Duration::hours(1), ZONE)
        .called_by(Person::new("A User", of), Response::Organizer)
}

pub(crate) async fn simulator(world: World) -> Simulator {
    let options = Options {
        // To the machine itself a client guesses Basic, and many at once guess
        // it before the first one is refused. NTLM is what the test by
        // Autodiscover has, over TLS, where nothing is guessed.
        sign_in: SignIn::Basic,
        ..Options::default()
    };
    simulator_with(world, options).await
}

pub(crate) async fn simulator_with(world: World, options: Options) -> Simulator {
    Simulator::start(world, options).await.expect("a simulator")
}

pub(crate) fn settings(simulator: &Simulator) -> Settings {
    settings_at(Some(&simulator.ews_url()), Path::new("/nonexistent"))
}

pub(crate) fn settings_at(server: Option<&str>, folder: &Path) -> Settings {
    let server = server.map_or(String::new(), |url| format!("server = \"{url}\""));
    let folder = folder.display();
    let text = settings_text(&server, &folder.to_string());
    let file = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(file.path(), text).expect("settings");
    Settings::read(file.path()).expect("settings")
}

pub(crate) fn settings_text(server: &str, folder: &str) -> String {
    format!(
        r#"
        [exchange]
        account = "{SERVICE}"
        {server}
        secret = "{folder}/secret"

        [mailboxes]
        list = "{folder}/mailboxes"
        zone = "Europe/Stockholm"
        outside = ["{OUTSIDE}"]

        [keywords]
        personal = "https://acme.webex.com/meet/{{user}}"
        one_time = "https://meet.jit.si/{{id}}"

        [store]
        folder = "{folder}/data"
        key = "{folder}/key"

        [endpoint]
        listen = "127.0.0.1:0"
        "#
    )
}

pub(crate) fn entries(mailboxes: usize) -> Vec<Entry> {
    let each = (0..mailboxes).map(|number| Entry {
        address: address(number).into(),
        zone: ZONE,
        line: u32::try_from(number + 1).expect("a line"),
    });
    each.collect()
}

/// A store which can be away, and counts.
#[derive(Default)]
pub(crate) struct Flaky {
    pub(crate) away: AtomicBool,
    /// Bytes of a batch that it does not take any more; 0 stands for none.
    pub(crate) too_long: AtomicUsize,
    pub(crate) commits: AtomicUsize,
    pub(crate) refused: AtomicUsize,
}

impl Hand for Flaky {
    fn before(&self, deed: Deed<'_>) -> Result<(), StoreError> {
        if self.away.load(Ordering::SeqCst) {
            self.refused.fetch_add(1, Ordering::SeqCst);
            return Err(StoreError::Failed("the store".into(), "away".into()));
        }
        let Deed::Commit(batch) = deed else {
            return Ok(());
        };
        self.commits.fetch_add(1, Ordering::SeqCst);
        let rows = batch.put.iter().map(|row| row.blob.len());
        let beside = batch.beside.iter().map(|(_, blob)| blob.len());
        let bytes: usize = rows.chain(beside).sum();
        let too_long = self.too_long.load(Ordering::SeqCst);
        if too_long > 0 && bytes >= too_long {
            return Err(StoreError::TooLong("the store".into()));
        }
        Ok(())
    }
}

/// A running connector with its store.
pub(crate) struct Stage {
    pub(crate) connector: Connector,
    pub(crate) measures: Arc<Measures>,
    pub(crate) vault: Vault,
    pub(crate) store: Arc<Between<Flaky>>,
}

pub(crate) async fn vault() -> (Vault, Arc<Between<Flaky>>) {
    let store = Between::new(Arc::new(MemoryStore::default()), Flaky::default());
    let vault = Vault::open(store.clone(), &Key::generate()).await;
    (vault.expect("a vault"), store)
}

impl Stage {
    pub(crate) async fn with(settings: Settings, mailboxes: usize) -> Self {
        let (vault, store) = vault().await;
        Self::on(settings, entries(mailboxes), vault, store)
    }

    pub(crate) fn on(
        settings: Settings,
        entries: Vec<Entry>,
        vault: Vault,
        store: Arc<Between<Flaky>>,
    ) -> Self {
        let measures = Arc::new(Measures::default());
        let connector = Connector::start(Setup {
            settings,
            entries,
            secret: secret(PASSWORD),
            cabinet: Arc::new(OneVault(vault.clone())),
            clock: Arc::new(SystemClock),
            measures: measures.clone(),
        });
        Self {
            connector,
            measures,
            vault,
            store,
        }
    }

    /// The titles of a mailbox as they are sealed, sorted.
    pub(crate) async fn titles(&self, number: usize) -> Vec<String> {
        titles(&self.vault, &address(number)).await
    }

    pub(crate) async fn presence(&self, number: usize) -> Option<serde_json::Value> {
        let id = SeriesId(format!("presence/{}", address(number)));
        let loaded = self.vault.series(id).load().await.expect("the store");
        serde_json::from_slice(&loaded.head?).ok()
    }

    pub(crate) async fn until(&self, gauge: impl Fn(&Measures) -> &AtomicU64, is: u64) {
        let what = format!("{is}, in {}", self.measures.health_text());
        eventually(&what, async || {
            gauge(&self.measures).load(Ordering::Relaxed) == is
        })
        .await;
    }
}

/// Requests that showed a password and were refused.
pub(crate) fn refusals(simulator: &Simulator) -> usize {
    let requests = simulator.requests().into_iter();
    let refused = requests.filter(|one| {
        let shown = one.headers.iter().any(|(name, _)| name == "authorization");
        one.status == 401 && shown
    });
    refused.count()
}

pub(crate) fn secret(text: &str) -> Arc<Sensitive<String>> {
    Arc::new(Sensitive::new(text.to_owned()))
}

pub(crate) fn series(vault: &Vault, address: &str) -> Series {
    vault.series(SeriesId(format!("meetings/{address}")))
}

pub(crate) async fn titles(vault: &Vault, address: &str) -> Vec<String> {
    titles_of(&series(vault, address)).await
}

pub(crate) async fn titles_of(series: &Series) -> Vec<String> {
    let Ok(stored) = Engine::stored(series).await else {
        return Vec::new();
    };
    let meetings = stored.agenda.iter();
    let mut titles: Vec<String> = meetings.map(|meeting| meeting.title.clone()).collect();
    titles.sort_unstable();
    titles
}

/// Waits for something that other tasks bring about; a minute at most.
pub(crate) async fn eventually(what: &str, is: impl AsyncFn() -> bool) {
    let end = now() + Duration::seconds(60);
    while !is().await {
        assert!(now() < end, "in vain for a minute: {what}");
        let moment = now() + Duration::milliseconds(50);
        SystemClock.wait_until(moment).await;
    }
}
