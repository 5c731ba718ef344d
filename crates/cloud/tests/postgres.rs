//! Both programs on a real PostgreSQL server, as an administrator sets them
//! up: tables made by their owner, rows by a role that owns nothing, two nodes
//! of the service on one database.

#![allow(clippy::unwrap_used, reason = "a test ends where a step fails")]

#[path = "../../vault/tests/postgres_server/mod.rs"]
mod postgres_server;
mod stage;

use std::{path::Path, process::Command};

use postgres_server::{OWNER, Postgres, ROLE};
use stage::{Organization, Place, Process, SetClock, binary, connector_ends, store};
use vault::{
    Store as _,
    hybrid::passport::Audience,
    opaque::OpaqueId,
    remote::{Answers, KeyService, RemoteError, Told},
    store::{BlindId, Outcome, Replace, SealedBatch, SealedRow},
};

/// Writers of one mailbox at once.
const WRITERS: u8 = 12;

fn batch(series: u8) -> SealedBatch {
    SealedBatch {
        series: BlindId([series; 16]),
        keys: None,
        after: None,
        replace: Replace::Nothing,
        put: vec![SealedRow {
            record: BlindId([2; 16]),
            expires: None,
            blob: b"sealed".to_vec(),
        }],
        beside: Vec::new(),
        delete: Vec::new(),
        head: b"head".to_vec(),
    }
}

/// The role that the key service has, in a database of its own (SR-54).
const KEYS_ROLE: &str = "joinbell_keys";

/// The two programs' files, with PostgreSQL in the place of SQLite.
fn set_up(server: &Postgres) -> Place {
    let place = Place::new();
    for statement in [
        format!("CREATE ROLE {KEYS_ROLE} LOGIN NOSUPERUSER NOBYPASSRLS"),
        format!("CREATE DATABASE keys OWNER {OWNER}"),
    ] {
        server.sql("postgres", &statement);
    }
    for (program, database, role) in [("service", "joinbell", ROLE), ("keys", "keys", KEYS_ROLE)] {
        let url = |role: &str| {
            server
                .url(role)
                .replace("/joinbell?", &format!("/{database}?"))
        };
        let url_file = place.file(&format!("{program}-url"));
        let owner_file = place.file(&format!("{program}-owner-url"));
        keep(&url_file, &url(role));
        keep(&owner_file, &url(OWNER));
        let file = place.file(&format!("{program}.toml"));
        let text = std::fs::read_to_string(&file).unwrap();
        let sqlite = place.file(&format!("{program}.db"));
        let before = format!("kind = \"sqlite\"\npath = {:?}", sqlite.display());
        let after = format!("kind = \"postgres\"\nurl_file = {:?}", url_file.display());
        assert!(text.contains(&before), "{text}");
        std::fs::write(&file, text.replace(&before, &after)).unwrap();
        // The second time is that of an upgrade.
        for _time in 0..2 {
            let prepared = Command::new(binary())
                .arg(program)
                .arg("--config")
                .arg(&file)
                .args(["prepare", "--role", role, "--owner-url"])
                .arg(&owner_file)
                .output()
                .unwrap();
            let error = String::from_utf8_lossy(&prepared.stderr);
            assert!(prepared.status.success(), "{error}");
        }
        let checked = Command::new(binary())
            .arg(program)
            .arg("--config")
            .arg(&file)
            .arg("--check")
            .output()
            .unwrap();
        let error = String::from_utf8_lossy(&checked.stderr);
        assert!(checked.status.success(), "{error}");
    }
    place
}

fn keep(path: &Path, text: &str) {
    cloud::config::keep_secret(path, text.as_bytes()).unwrap();
}

/// Two organizations, each with a mailbox, at both nodes and the keys.
#[tokio::test(flavor = "multi_thread")]
async fn two_nodes_of_the_service_and_the_keys_run_on_one_postgresql() {
    let server = match Postgres::start() {
        Ok(server) => server,
        Err(why) => {
            println!("skipped: {why}");
            return;
        }
    };
    let place = set_up(&server);
    let clock = SetClock::at(stage::real_now());
    let (ours, theirs) = (Organization::new(), Organization::new());
    for organization in [&ours, &theirs] {
        organization.add_with(&place, "service");
        organization.add_with(&place, "keys");
    }
    let (one, other) = (
        Process::start(&place, "service"),
        Process::start(&place, "service"),
    );
    let keys = Process::start(&place, "keys");
    let mailbox = OpaqueId::random();
    let mut their_store = None;
    for organization in [&ours, &theirs] {
        let urls = (one.url.as_str(), keys.url.as_str());
        let (answers, keys) = connector_ends(&place, organization, urls, &clock);
        // The same id in both: an organization's name is part of it.
        answers.put_mailbox(mailbox).await.unwrap();
        keys.put_mailbox(mailbox).await.unwrap();
        let caller = organization.caller(&place, &other.url, Audience::Service, &clock);
        their_store = Some(store(caller, mailbox));
    }
    let their_store = their_store.unwrap();

    // A device follows at one node what is written at the other.
    let (device, message) = ours.device(mailbox, clock.now());
    let (answers, to_keys) = connector_ends(&place, &ours, (&one.url, &keys.url), &clock);
    answers.put_device(&message).await.unwrap();
    to_keys.put_device(&message).await.unwrap();
    let reader = store(
        device.caller(&place, &other.url, Audience::Service, &clock),
        mailbox,
    );
    let mut feed = reader.changes().await.unwrap();
    assert_eq!(feed.next().await, Ok(Some(Told::Revision(0))));

    // All at once at both nodes: they change the same row, which counts the
    // mailbox's changes, and none of them may be lost or done by halves.
    let mut writers = tokio::task::JoinSet::new();
    for series in 0..WRITERS {
        let node = if series % 2 == 0 { &one } else { &other };
        let caller = ours.caller(&place, &node.url, Audience::Service, &clock);
        let writer = store(caller, mailbox);
        writers.spawn(async move { writer.commit(batch(series)).await });
    }
    while let Some(written) = writers.join_next().await {
        assert_eq!(written.unwrap(), Ok(Outcome::Done));
    }
    let last = u64::from(WRITERS);
    while let Some(told) = feed.next().await.unwrap() {
        if told == Told::Revision(last) {
            break;
        }
    }
    assert_eq!(reader.series().await.unwrap().len(), usize::from(WRITERS));
    let read = reader.read(BlindId([3; 16])).await.unwrap();
    assert_eq!((read.rows.len(), read.head), (1, Some(b"head".to_vec())));
    let undone = "SELECT xact_rollback FROM pg_stat_database WHERE datname = 'joinbell'";
    let undone: u64 = server.sql("postgres", undone).parse().unwrap();
    println!("{undone} transactions were done again for {WRITERS} writers");

    // The other organization has nothing of it, under the same id.
    assert_eq!(their_store.series().await.unwrap(), []);
    let device_keys = KeyService::new(
        device.caller(&place, &keys.url, Audience::Keys, &clock),
        place.key_service,
    );
    let released = device_keys.release(mailbox, &device.keys.open).await;
    assert!(released.unwrap().epochs().count() > 0);
    answers.revoke_device(mailbox, device.id).await.unwrap();
    to_keys.revoke_device(mailbox, device.id).await.unwrap();
    let refused = reader.series().await;
    assert!(refused.is_err(), "revoked at one node is revoked at all");
    let refused = device_keys.release(mailbox, &device.keys.open).await;
    assert!(matches!(refused, Err(RemoteError::Unknown(_))));

    sr_60_every_table_is_behind_forced_security(&server, ("joinbell", ROLE));
    sr_60_every_table_is_behind_forced_security(&server, ("keys", KEYS_ROLE));
    sr_60_rows_are_seen_by_their_organization(&server, &ours);
    answers_survive_a_node(&place, &ours, &clock, one, &other).await;
    assert!(other.stop() && keys.stop());
}

/// A letter left at one node is answered at the other, also when the first one
/// is gone.
async fn answers_survive_a_node(
    place: &Place,
    ours: &Organization,
    clock: &SetClock,
    one: Process,
    other: &Process,
) {
    use vault::remote::Stranger;
    let letter = OpaqueId::random();
    let stranger = |url: &str| {
        let ca = place.file("ca.pem");
        let audience = Audience::Service;
        let caller = vault::remote::Caller::new(url, Some(&ca), audience, None, clock.clock());
        Stranger::new(caller.unwrap(), ours.id)
    };
    stranger(&one.url)
        .write(letter, b"question".to_vec())
        .await
        .unwrap();
    assert!(one.stop());
    let caller = ours.caller(place, &other.url, Audience::Service, clock);
    let answers = Answers::new(caller);
    let waiting = answers.waiting().await.unwrap();
    assert_eq!(waiting.len(), 1);
    assert_eq!(waiting[0].sealed.0, b"question");
    answers.answer(letter, b"answer".to_vec()).await.unwrap();
    let answer = stranger(&other.url).answer(letter).await.unwrap();
    assert_eq!(answer, Some(b"answer".to_vec()));
}

/// Read from the catalog, so that a new table cannot be forgotten.
fn sr_60_every_table_is_behind_forced_security(server: &Postgres, (database, role): (&str, &str)) {
    let sql = |statement: &str| server.sql(database, statement);
    let open = "SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
        WHERE c.relkind = 'r' AND a.attname = 'organization' AND c.relname <> 'tenant'
        AND c.relnamespace = 'public'::regnamespace
        AND NOT (c.relrowsecurity AND c.relforcerowsecurity)";
    assert_eq!(sql(open), "", "tables whose rows all may see");
    let guarded = "SELECT relname FROM pg_class WHERE relforcerowsecurity ORDER BY relname";
    let guarded = sql(guarded);
    assert!(guarded.lines().count() >= 5, "{guarded}");
    let rights = format!(
        "SELECT rolsuper, rolbypassrls, rolcreatedb, rolcreaterole,
         (SELECT count(*) FROM pg_class WHERE relowner = r.oid)
         FROM pg_roles r WHERE rolname = '{role}'"
    );
    assert_eq!(sql(&rights), "f|f|f|f|0", "what the role may");
    for table in guarded.lines() {
        let seen = sql(&format!("SET ROLE {role}; SELECT count(*) FROM {table}"));
        assert_eq!(seen, "0", "{table} is seen by a program of no organization");
    }
}

/// As the service's program sees them.
fn sr_60_rows_are_seen_by_their_organization(server: &Postgres, ours: &Organization) {
    let as_role = |statement: &str| {
        let id = ours.id;
        let bound = format!("SET ROLE {ROLE}; SET joinbell.organization = '{id}'; {statement}");
        server.sql("joinbell", &bound)
    };
    assert_eq!(as_role("SELECT count(*) FROM head"), WRITERS.to_string());
    // What is written for another organization is refused.
    let foreign = "DO $$ BEGIN
           INSERT INTO mailbox (organization, mailbox, revision) VALUES ('other', 'x', 0);
           RAISE EXCEPTION 'it was written';
         EXCEPTION WHEN insufficient_privilege THEN NULL; END $$";
    assert_eq!(as_role(foreign), "");
}
