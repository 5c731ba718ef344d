//! The service beside PostgreSQL's own bench: upserts and window reads through
//! the API, and the same statements by pgbench, on the same server in one run
//! with the same number of connections.
//!
//! `cargo bench -p cloud --bench store`; `SECONDS=30` for more than 10 of each,
//! `CONNECTIONS=16` for more than 8.
//!
//! Each request is signed, goes over HTTPS on loopback, is checked, and is
//! carried out; this process, which asks, wants its part of the processor. The
//! server syncs nothing to the disk, so that what the service adds is not hid
//! behind a disk.

#![expect(clippy::unwrap_used, reason = "a bench ends where a step fails")]

#[path = "../tests/service/on_postgres/mod.rs"]
mod on_postgres;
#[path = "../../vault/tests/postgres_server/mod.rs"]
mod postgres_server;
#[path = "../tests/service/stage/mod.rs"]
mod stage;

use std::{
    fmt::Write as _,
    fs,
    sync::Arc,
    time::{Duration, Instant},
};

use postgres_server::{Postgres, ROLE};
use stage::{Organization, Place, Process, SetClock, connector_ends, real_now, store};
use tokio::task::JoinSet;
use vault::{
    Store as _,
    hybrid::passport::Audience,
    opaque::OpaqueId,
    remote::RemoteStore,
    store::{BlindId, Day, Outcome, Replace, SealedBatch, SealedRow, Tag},
};

/// Of each connection.
const MAILBOXES: u32 = 50;
/// Meetings of a window.
const RECORDS: u32 = 40;
/// Bytes of a sealed meeting.
const SEALED: usize = 2600;
const SERIES: BlindId = BlindId([3; 16]);
/// Later than any run of this.
const DAY: u32 = 40_000;

fn number(name: &str, otherwise: u32) -> u32 {
    let given = std::env::var(name).ok();
    given
        .and_then(|text| text.parse().ok())
        .unwrap_or(otherwise)
}

fn id(number: u32) -> [u8; 16] {
    u128::from(number).to_be_bytes()
}

/// Bytes that cannot be made shorter, as those of a sealed record.
fn noise(seed: u32) -> Vec<u8> {
    let mut state = u64::from(seed).wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()[3]
    };
    std::iter::repeat_with(next).take(SEALED).collect()
}

fn row(record: u32, seed: u32) -> SealedRow {
    SealedRow {
        record: BlindId(id(record)),
        expires: Some(Day(DAY)),
        blob: noise(seed),
    }
}

/// One of those who ask, with mailboxes of its own.
struct Asker {
    stores: Vec<RemoteStore>,
    /// What each of them has to follow.
    heads: Vec<Vec<u8>>,
    turn: u32,
}

impl Asker {
    fn batch(&self, at: usize, put: Vec<SealedRow>) -> SealedBatch {
        SealedBatch {
            series: SERIES,
            keys: None,
            after: self.heads.get(at).map(|head| Tag::of(head)),
            replace: Replace::Nothing,
            put,
            beside: Vec::new(),
            delete: Vec::new(),
            head: noise(self.turn),
        }
    }

    /// Fills its mailboxes.
    async fn fill(&mut self) {
        for at in 0..self.stores.len() {
            let rows = (0..RECORDS).map(|record| row(record, record)).collect();
            let batch = self.batch(at, rows);
            let head = batch.head.clone();
            let outcome = self.stores[at].commit(batch).await;
            assert_eq!(outcome, Ok(Outcome::Done));
            self.heads.push(head);
        }
    }

    async fn upsert(&mut self) {
        self.turn = self.turn.wrapping_add(1);
        let at = self.turn as usize * 7 % self.stores.len();
        let batch = self.batch(at, vec![row(self.turn % RECORDS, self.turn)]);
        let head = batch.head.clone();
        let outcome = self.stores[at].commit(batch).await;
        assert_eq!(outcome, Ok(Outcome::Done));
        self.heads[at] = head;
    }

    async fn read(&mut self) {
        self.turn = self.turn.wrapping_add(1);
        let at = self.turn as usize * 7 % self.stores.len();
        let read = self.stores[at].read(SERIES).await.unwrap();
        assert_eq!(read.rows.len(), RECORDS as usize);
    }
}

#[derive(Debug, Clone, Copy)]
enum Deed {
    Upsert,
    Read,
}

#[expect(clippy::disallowed_methods, reason = "a bench is about time")]
fn now() -> Instant {
    Instant::now()
}

/// All at once for so long; how many a second.
async fn load(askers: &mut Vec<Asker>, deed: Deed, lasting: Duration) -> f64 {
    let begun = now();
    let mut working = JoinSet::new();
    for mut asker in askers.drain(..) {
        working.spawn(async move {
            let mut done = 0_u32;
            while now() - begun < lasting {
                match deed {
                    Deed::Upsert => asker.upsert().await,
                    Deed::Read => asker.read().await,
                }
                done += 1;
            }
            (asker, done)
        });
    }
    let mut all = 0;
    while let Some(ended) = working.join_next().await {
        let (asker, done) = ended.unwrap();
        all += done;
        askers.push(asker);
    }
    f64::from(all) / (now() - begun).as_secs_f64()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _written = write!(text, "{byte:02x}");
        text
    })
}

/// The statements of a request: those that look who asks, and those of the
/// deed (`vault::database::statements`, `cloud::directory`).
fn script(deed: Deed, organization: OpaqueId, connections: u32) -> (String, String) {
    let bound = format!("SET LOCAL joinbell.organization = '{organization}';\n");
    let who = format!(
        "BEGIN ISOLATION LEVEL SERIALIZABLE READ ONLY;\n{bound}\
         SELECT signing, sealing, '' FROM connector WHERE organization = '{organization}';\n\
         COMMIT;\n"
    );
    let series = format!("'\\x{}'::bytea", hex(&SERIES.0));
    let mailbox = "lpad(to_hex(:m::int), 32, '0')";
    let own = format!("organization = '{organization}' AND mailbox = {mailbox}");
    let pick = format!(
        "\\set m random(0, {}) * {connections} + :client_id\n\\set r random(0, {})\n",
        MAILBOXES - 1,
        RECORDS - 1
    );
    let there = format!("SELECT revision FROM mailbox WHERE {own};\n");
    let head = format!("SELECT sealed FROM head WHERE {own} AND series = {series};\n");
    let does = match deed {
        Deed::Read => format!(
            "BEGIN ISOLATION LEVEL SERIALIZABLE READ ONLY;\n{bound}{there}{head}\
             SELECT record, sealed, expires FROM record WHERE {own} AND series = {series} \
             ORDER BY record;\nCOMMIT;\n"
        ),
        Deed::Upsert => {
            let sealed = format!("'\\x{}'::bytea", hex(&noise(1)));
            let record = "decode(lpad(to_hex(:r::int), 32, '0'), 'hex')";
            format!(
                "BEGIN ISOLATION LEVEL SERIALIZABLE;\n{bound}{there}\
                 SELECT sealed FROM key_box WHERE {own};\n{head}\
                 INSERT INTO record (organization, mailbox, series, record, sealed, expires) \
                 VALUES ('{organization}', {mailbox}, {series}, {record}, {sealed}, {DAY}) \
                 ON CONFLICT (organization, mailbox, series, record) \
                 DO UPDATE SET sealed = excluded.sealed, expires = excluded.expires;\n\
                 INSERT INTO head (organization, mailbox, series, sealed) \
                 VALUES ('{organization}', {mailbox}, {series}, {sealed}) \
                 ON CONFLICT (organization, mailbox, series) \
                 DO UPDATE SET sealed = excluded.sealed;\n\
                 UPDATE mailbox SET revision = revision + 1 WHERE {own};\nCOMMIT;\n"
            )
        }
    };
    (format!("{pick}{who}{does}"), format!("{pick}{does}"))
}

fn by_pgbench(server: &Postgres, script: &str, connections: u32, seconds: u32) -> f64 {
    let (clients, seconds) = (connections.to_string(), seconds.to_string());
    // Another transaction that was in the way is done again, as the service does it.
    let arguments = [
        "-c",
        &clients,
        "-j",
        "2",
        "-T",
        &seconds,
        "--max-tries",
        "100",
    ];
    let said = server.pgbench(ROLE, script, &arguments);
    let line = said.lines().find_map(|line| line.strip_prefix("tps = "));
    let rate = line.and_then(|line| line.split_whitespace().next());
    rate.and_then(|rate| rate.parse().ok()).unwrap()
}

fn started(server: &Postgres, connections: u32) -> (Place, Process) {
    let place = on_postgres::set_up(server);
    let file = place.file("service.toml");
    let text = fs::read_to_string(&file).unwrap();
    let url_file = text.lines().find(|line| line.starts_with("url_file"));
    let with = format!("{}\nconnections = {connections}", url_file.unwrap());
    let text = text.replace(url_file.unwrap(), &with);
    let limits = "\n[limits]\nconnector_requests_a_minute = 100000000\n";
    fs::write(&file, text + limits).unwrap();
    let service = Process::start(&place, "service");
    (place, service)
}

async fn askers(
    place: &Place,
    service: &Process,
    organization: &Organization,
    clock: &SetClock,
    connections: u32,
) -> Vec<Asker> {
    let (answers, _) = connector_ends(place, organization, (&service.url, &service.url), clock);
    let mut askers = Vec::new();
    for asker in 0..connections {
        // Each has a connection of its own.
        let caller = organization.caller(place, &service.url, Audience::Service, clock);
        let mut stores = Vec::new();
        for number in 0..MAILBOXES {
            let mailbox = OpaqueId(id(number * connections + asker));
            answers.put_mailbox(mailbox).await.unwrap();
            stores.push(store(caller.clone(), mailbox));
        }
        let mut asker = Asker {
            stores,
            heads: Vec::new(),
            turn: asker,
        };
        asker.fill().await;
        askers.push(asker);
    }
    askers
}

fn main() {
    let server = match Postgres::start() {
        Ok(server) => Arc::new(server),
        Err(why) => {
            println!("skipped: {why}");
            return;
        }
    };
    let (connections, seconds) = (number("CONNECTIONS", 8), number("SECONDS", 10));
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let (place, service) = started(&server, connections);
    let organization = Organization::new();
    organization.add_with(&place, "service");
    let clock = SetClock::at(real_now());
    let filling = askers(&place, &service, &organization, &clock, connections);
    let mut askers = runtime.block_on(filling);
    println!(
        "{connections} connections, {seconds} s each, {} mailboxes of {RECORDS} records of \
         {SEALED} bytes",
        MAILBOXES * connections
    );
    let lasting = Duration::from_secs(seconds.into());
    for (deed, what) in [(Deed::Upsert, "upserts"), (Deed::Read, "window reads")] {
        let (all, bare) = script(deed, organization.id, connections);
        // A request's time has to be of now.
        clock.pass(real_now() - clock.now());
        server.sql("joinbell", "VACUUM ANALYZE");
        let ours = runtime.block_on(load(&mut askers, deed, lasting));
        server.sql("joinbell", "VACUUM ANALYZE");
        let theirs = by_pgbench(&server, &all, connections, seconds);
        let without = by_pgbench(&server, &bare, connections, seconds);
        println!(
            "{what} a second: {ours:.0} through the API, {theirs:.0} by pgbench with the same \
             statements: {:.2} times; {without:.0} by pgbench without looking who asks: {:.2} times",
            ours / theirs,
            ours / without
        );
    }
    drop(askers);
    drop(runtime);
    assert!(service.stop(), "it ends well");
}
