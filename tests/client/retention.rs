//! What falls out of the window is off the disk within the hour: the session
//! with its SQLite file, a simulated Exchange, and nights that pass.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a scenario ends where a step fails"
)]

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use calendar::join::Services;
use chrono::{DateTime, Utc};
use desktop::{
    Session,
    account::SignIn,
    folder::DataFolder,
    session::{Exchange, Face, Setup},
    view::AccountForm,
};
use engine::Clock as _;
use exchange_sim::{
    Options, Simulator, World,
    server::faults::{Effect, Fault},
    world::details::{Details, Person, Response},
};
use rstest::rstest;
use scenarios::{
    dark::Dark,
    hand_clock::HandClock,
    stage::{self, ANNA, PASSWORD, Stage, ZONE},
    traces,
};
use vault::{
    Store as _,
    keyring::{KeyRing as _, MemoryKeyRing},
    shelf::Files,
    sqlite::SqliteStore,
    store::BlindId,
};

/// A Monday in Stockholm.
const MORNING: &str = "2026-11-23T09:00:00Z";
/// The last half minute of Tuesday there.
const BEFORE_MIDNIGHT: &str = "2026-11-24T22:59:30Z";
/// With this midnight the 17th falls out, and the 18th does not.
const AFTER_MIDNIGHT: &str = "2026-11-24T23:00:10Z";
/// Still within the hour after it.
const WITHIN_THE_HOUR: &str = "2026-11-24T23:59:50Z";

const OLD: &str = "canary-old";
const YOUNG: &str = "canary-young";

const PATIENCE: Duration = Duration::from_secs(30);

fn at(moment: &str) -> DateTime<Utc> {
    moment.parse().unwrap()
}

/// Half an hour of which each part has `name` in it.
fn meeting(name: &str, start: &str) -> Details {
    let start = at(start);
    let bo = Person::new(format!("{name}-caller"), format!("{name}@example.org"));
    Details::new(name, start, start + chrono::Duration::minutes(30), ZONE)
        .at(format!("{name}-place"))
        .text(format!("{name}-text, on two\nlines"))
        .called_by(bo, Response::Accept)
}

/// What outlives a run.
struct Desk {
    clock: Arc<HandClock>,
    keyring: Arc<MemoryKeyRing>,
    folder: tempfile::TempDir,
    server: Simulator,
}

/// All blobs of a record, by its blind id: the record's own and what rests
/// beside it.
type Rows = BTreeMap<BlindId, Vec<Vec<u8>>>;

impl Desk {
    async fn new() -> Self {
        traces::listen();
        let clock = Arc::new(HandClock::at(at(MORNING)));
        let mut world = World::empty(clock.now());
        world.add_mailbox(ANNA, "Anna Berg", ZONE, PASSWORD);
        world
            .add(ANNA, meeting(YOUNG, "2026-11-18T09:00:00Z"))
            .unwrap();
        let time = Arc::clone(&clock);
        let options = Options {
            clock: Arc::new(move || time.now()),
            ..Options::default()
        };
        Self {
            clock,
            keyring: Arc::new(MemoryKeyRing::default()),
            folder: tempfile::tempdir().unwrap(),
            server: Simulator::start(world, options).await.unwrap(),
        }
    }

    fn session(&self) -> Session {
        let data = DataFolder::open(Some(self.folder.path().to_owned())).unwrap();
        let servers = Exchange::new(self.clock.clone(), Services::built_in().clone());
        let setup = Setup {
            folder: data,
            clock: self.clock.clone(),
            keyring: self.keyring.clone(),
            shelf: Arc::new(Files),
            servers: Arc::new(servers),
            zone: Arc::new(|| ZONE),
            locale: "en_GB".to_owned(),
            face: Face::Desktop,
        };
        Session::start(setup, Arc::new(Dark))
    }

    /// The sealed records as somebody reads them who has the file.
    async fn rows(&self) -> Rows {
        let file = self.folder.path().join("store.sqlite3");
        let store = SqliteStore::open(&file).await.unwrap();
        let mut all = Rows::new();
        for series in store.series().await.unwrap() {
            for row in store.read(series).await.unwrap().rows {
                let beside = store.beside(series, row.record).await.unwrap();
                let blobs = [row.blob].into_iter().chain(beside);
                all.insert(row.record, blobs.collect());
            }
        }
        store.close().await;
        all
    }

    async fn rows_when(&self, are: impl Fn(&Rows) -> bool) -> Rows {
        let found = tokio::time::timeout(PATIENCE, async {
            loop {
                let rows = self.rows().await;
                if are(&rows) {
                    return rows;
                }
                tokio::task::yield_now().await;
            }
        });
        found.await.expect("the file comes to that")
    }

    fn is_on_disk(&self, blobs: &[Vec<u8>]) -> bool {
        let mut blobs = blobs.iter();
        blobs.any(|blob| traces::is_on_disk(self.folder.path(), blob))
    }

    /// Sets the clock, and comes back when the session has looked at it.
    async fn set(&self, session: &Session, moment: &str) {
        self.clock.set(at(moment));
        // What follows from a request is done before the next one.
        for _ in 0..2 {
            let _answered = session.show_ring().await;
        }
    }
}

async fn until_listed(session: &Session, titles: &[&str]) {
    let mut reports = session.report();
    let wait = reports.wait_for(|report| {
        let entries = report.board.entries.iter();
        let listed: Vec<&str> = entries.map(|one| one.meeting.title.as_str()).collect();
        listed == titles
    });
    let found = tokio::time::timeout(PATIENCE, wait).await;
    drop(found.expect("they are listed"));
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    InStep,
    /// The server hangs up.
    ServerAway,
    /// The keyring has lost the password.
    NoPassword,
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn sr_61_a_meeting_that_falls_out_of_the_window_is_off_the_disk_within_the_hour(
    #[values(Way::InStep, Way::ServerAway, Way::NoPassword)] way: Way,
) {
    let desk = Desk::new().await;
    let mut session = desk.session();
    let form = AccountForm {
        server: desk.server.ews_url(),
        user: ANNA.to_owned(),
        password: PASSWORD.to_owned(),
        ca_file: String::new(),
        sign_in: SignIn::default(),
        found: None,
    };
    let account = session.add_account(form).await.unwrap();
    until_listed(&session, &[YOUNG]).await;
    let before = desk.rows_when(|rows| rows.len() == 1).await;
    desk.server.world(|world| {
        let old = meeting(OLD, "2026-11-17T09:00:00Z");
        world.add(ANNA, old).unwrap();
    });
    session.refresh();
    until_listed(&session, &[OLD, YOUNG]).await;
    let rows = desk.rows_when(|rows| rows.len() == 2).await;
    let is_young = |id: &BlindId| before.contains_key(id);
    let (_, old) = rows.iter().find(|(id, _)| !is_young(id)).unwrap();
    let (young_id, young) = rows.iter().find(|(id, _)| is_young(id)).unwrap();
    assert_eq!((old.len(), young.len()), (2, 2), "each with its text");
    assert!(desk.is_on_disk(&old[..1]) && desk.is_on_disk(&old[1..]));

    match way {
        Way::InStep => {}
        Way::ServerAway => {
            let faults = desk.server.faults();
            faults.set(Fault::always(Effect::Close));
        }
        Way::NoPassword => {
            session.stop().await;
            let name = format!("joinbell/account/{}", account.id);
            desk.keyring.delete(&name).await.unwrap();
            session = desk.session();
            until_listed(&session, &[OLD, YOUNG]).await;
        }
    }
    desk.set(&session, BEFORE_MIDNIGHT).await;
    assert!(desk.rows().await.values().any(|blobs| blobs == old));
    desk.set(&session, AFTER_MIDNIGHT).await;
    if way != Way::NoPassword {
        until_listed(&session, &[YOUNG]).await;
        let left = desk.rows_when(|rows| rows.len() == 1).await;
        assert!(left.contains_key(young_id));
    }
    // Nothing refers to it any more; the file has it until the hourly work.
    desk.set(&session, WITHIN_THE_HOUR).await;
    let gone = tokio::time::timeout(PATIENCE, async {
        while desk.is_on_disk(old) {
            tokio::task::yield_now().await;
        }
    });
    gone.await.expect("it is in no file any more");
    until_listed(&session, &[YOUNG]).await;
    let left = desk.rows().await;
    assert_eq!(left.get(young_id), Some(young));
    assert!(desk.is_on_disk(&young[..1]) && desk.is_on_disk(&young[1..]));
    assert_eq!(left.len(), 1);
    session.stop().await;
    assert!(!desk.is_on_disk(old));
    let folder = desk.folder.path();
    traces::hold_nothing_private(folder, &traces::logged(), &desk.server, (ANNA, &[PASSWORD]));
}

/// A computer that starts with a wrong clock, before it has reached anybody:
/// what it takes for over is on the agenda again once the clock is right, also
/// where nothing has changed in the calendar.
#[tokio::test(flavor = "multi_thread")]
async fn f05_a_clock_that_was_a_week_ahead_leaves_the_agenda_as_it_was() {
    let desk = Desk::new().await;
    let session = desk.session();
    let form = AccountForm {
        server: desk.server.ews_url(),
        user: ANNA.to_owned(),
        password: PASSWORD.to_owned(),
        ca_file: String::new(),
        sign_in: SignIn::default(),
        found: None,
    };
    session.add_account(form).await.unwrap();
    until_listed(&session, &[YOUNG]).await;
    desk.rows_when(|rows| rows.len() == 1).await;
    session.stop().await;

    let faults = desk.server.faults();
    faults.set(Fault::always(Effect::Close));
    desk.clock.set(at(MORNING) + chrono::Duration::days(8));
    let session = desk.session();
    desk.rows_when(Rows::is_empty).await;
    desk.set(&session, MORNING).await;
    faults.clear();
    session.refresh();
    until_listed(&session, &[YOUNG]).await;
    desk.rows_when(|rows| rows.len() == 1).await;
    session.stop().await;
}

/// The server is away, and a record was harmed: the next pull would mend that,
/// and what is over does not wait for it.
#[tokio::test(start_paused = true)]
async fn sr_61_what_is_over_goes_from_a_store_that_is_not_whole() {
    let stage = Stage::at("2026-11-24T20:00:00Z", |world| {
        let young = meeting(YOUNG, "2026-11-18T09:00:00Z");
        world.add(ANNA, young).unwrap();
    })
    .await;
    let blobs = || {
        let mut all = Vec::new();
        stage.tamper(|blob| all.push(blob.clone()));
        all
    };
    let engine = stage.engine();
    stage::until(&engine, stage::up_to_date).await;
    engine.stop().await;
    let of_young = blobs();
    stage.simulator.world(|world| {
        let old = meeting(OLD, "2026-11-17T09:00:00Z");
        world.add(ANNA, old).unwrap();
    });
    let engine = stage.engine();
    stage::until(&engine, |seen| stage::titles(seen) == [OLD, YOUNG]).await;
    engine.stop().await;
    let of_old: Vec<Vec<u8>> = blobs()
        .into_iter()
        .filter(|blob| !of_young.contains(blob))
        .collect();
    stage.tamper(|blob| {
        if of_young.contains(blob) {
            blob[60] ^= 1;
        }
    });

    stage.network(false);
    let engine = stage.engine();
    stage::until(&engine, |seen| stage::titles(seen) == [OLD]).await;
    stage.pass(chrono::Duration::hours(4)).await;
    stage::until(&engine, |seen| stage::titles(seen).is_empty()).await;
    let left = blobs();
    assert!(!of_old.iter().any(|blob| left.contains(blob)));

    stage.network(true);
    stage::until(&engine, stage::up_to_date).await;
    engine.stop().await;
    let engine = stage.engine();
    stage.network(false);
    stage::until(&engine, |seen| stage::titles(seen) == [YOUNG]).await;
    engine.stop().await;
}
