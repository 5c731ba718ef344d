//! Both programs on a real PostgreSQL server, as an administrator sets them
//! up: tables made by their owner, rows by a role that owns nothing, two nodes
//! of the service on one database.

#![allow(clippy::unwrap_used, reason = "a test ends where a step fails")]

use std::sync::Arc;

use vault::{
    Batch, RecordId, SeriesId, Store as _, Vault,
    hybrid::passport::Audience,
    mailbox::MailboxKeys,
    opaque::OpaqueId,
    remote::{Answers, KeyService, RemoteError, RemoteStore, Told},
    store::{BlindId, Outcome, Replace, SealedBatch, SealedRow},
};

use crate::{
    on_postgres::{KEYS_ROLE, set_up},
    postgres_server::{Postgres, ROLE},
    stage::{self, Organization, Place, Process, SetClock, connector_ends, exchange_master, store},
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
    for role in [ROLE, KEYS_ROLE] {
        let all = format!("ALTER ROLE {role} SET log_statement = 'all'");
        server.sql("postgres", &all);
    }
    let clock = SetClock::at(stage::real_now());
    let (ours, theirs) = (Organization::new(), Organization::new());
    for organization in [&ours, &theirs] {
        organization.add_with(&place, "service");
        organization.add_with(&place, "keys");
    }
    let one = Process::start(&place, "service");
    // Both write into the same file, which the last one begins anew.
    let other = Process::that_logs(&place, "service", "debug");
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
    let released = released.unwrap();
    assert!(released.epochs().count() > 0);
    let writer = store(
        ours.caller(&place, &other.url, Audience::Service, &clock),
        mailbox,
    );
    sr_52_a_backup_holds_nothing_readable(&server, writer, released, mailbox).await;

    // The database server ends all connections, as one does that starts anew.
    let ended = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
        WHERE datname = 'joinbell'";
    assert_ne!(server.sql("postgres", ended), "0");
    let again = reader.series().await;
    assert!(again.is_ok(), "others are opened: {again:?}");
    answers.revoke_device(mailbox, device.id).await.unwrap();
    to_keys.revoke_device(mailbox, device.id).await.unwrap();
    let refused = reader.series().await;
    assert!(refused.is_err(), "revoked at one node is revoked at all");
    let refused = device_keys.release(mailbox, &device.keys.open).await;
    assert!(matches!(refused, Err(RemoteError::Unknown(_))));

    sr_60_every_table_is_behind_forced_security(&server, ("joinbell", ROLE));
    sr_60_every_table_is_behind_forced_security(&server, ("keys", KEYS_ROLE));
    sr_60_rows_are_seen_by_their_organization(&server, &ours);
    sr_54_neither_programs_role_reads_the_others_tables(&server, &place);
    health_tells_of_a_database_that_is_away(&server, &other).await;
    answers_survive_a_node(&place, &ours, &clock, one, &other).await;
    let keys =
        another_master_key_opens_all(&place, [&ours, &theirs], (mailbox, &clock), keys).await;
    assert!(other.stop());
    sr_52_a_log_of_all_that_is_said_names_nobody(&place, [ours.id, theirs.id, mailbox, device.id]);
    let mine = (&ours, mailbox, &clock);
    sr_56_a_dump_opens_with_its_master_key_alone(&server, &place, mine, keys).await;
    nothing_is_asked_that_only_postgresql_knows(&server);
}

/// Not even that of the database's driver, whose statements have ids in them.
fn sr_52_a_log_of_all_that_is_said_names_nobody(place: &Place, ids: [OpaqueId; 4]) {
    let log = std::fs::read_to_string(place.file("service.log")).unwrap();
    assert!(log.contains("/v1/mailboxes/{mailbox}/series"), "{log}");
    for id in ids {
        assert!(!log.contains(&id.to_string()), "{id} is in {log}");
    }
}

/// Of all statements of both programs in this test: engines that speak its protocol have
/// neither (docs/HYBRID.md, "PostgreSQL").
fn nothing_is_asked_that_only_postgresql_knows(server: &Postgres) {
    let log = std::fs::read_to_string(server.folder().join("log")).unwrap();
    let statements = log.to_lowercase();
    for both in ["insert into letter", "insert into mailbox_key"] {
        assert!(statements.contains(both), "{both} is not in {log}");
    }
    for own in [
        "listen ",
        "unlisten",
        "notify ",
        "pg_notify",
        "advisory",
        "lock table",
        "skip locked",
        "create trigger",
        "create function",
        "create extension",
        "exclude using",
        " ctid",
    ] {
        let asked = statements.lines().find(|line| line.contains(own));
        assert_eq!(asked, None, "{own}");
    }
}

/// Neither a meeting nor a key, in no form in which `pg_dump` writes bytes.
async fn sr_52_a_backup_holds_nothing_readable(
    server: &Postgres,
    store: RemoteStore,
    keys: MailboxKeys,
    mailbox: OpaqueId,
) {
    let bytes = keys.encode();
    let series = Vault::of_mailbox(Arc::new(store), keys).series(SeriesId("canary-series".into()));
    let batch = Batch {
        put: vec![(RecordId("canary-id".into()), b"canary-content".to_vec())],
        head: b"canary-head".to_vec(),
        ..Batch::default()
    };
    series.commit(batch).await.unwrap();
    let hex = |bytes: &[u8]| -> String {
        let digits = bytes.iter().map(|byte| format!("{byte:02x}"));
        digits.collect()
    };
    let mut secrets = vec!["canary".to_owned(), hex(b"canary"), "Y2FuYXJ5".to_owned()];
    // The index key, and the key of the newest week.
    secrets.extend([hex(&bytes[..32]), hex(&bytes[bytes.len() - 32..])]);
    for database in ["joinbell", "keys"] {
        let dump = server.dump(database);
        assert!(dump.contains(&mailbox.to_string()), "it is of {database}");
        for secret in &secrets {
            assert!(!dump.contains(secret), "{secret} in a backup of {database}");
        }
    }
}

/// The key service's backup, put back into another database.
async fn sr_56_a_dump_opens_with_its_master_key_alone(
    server: &Postgres,
    place: &Place,
    (ours, mailbox, clock): (&Organization, OpaqueId, &SetClock),
    keys: Process,
) {
    let released = async |keys: &Process| {
        let (_, service) = connector_ends(place, ours, (&keys.url, &keys.url), clock);
        let released = service.release(mailbox, &ours.connector.open).await;
        released.unwrap().encode()
    };
    let before = released(&keys).await;
    assert!(keys.stop());
    server.restore("keys_again", &server.dump("keys"));
    let put = |name: &str, bytes: &[u8]| {
        std::fs::remove_file(place.file(name)).unwrap();
        cloud::config::keep_secret(&place.file(name), bytes).unwrap();
    };
    let url = std::fs::read_to_string(place.file("keys-url")).unwrap();
    put("keys-url", url.replace("/keys?", "/keys_again?").as_bytes());
    let master = std::fs::read(place.file("master")).unwrap();
    put("master", &[7; 32]);
    let mut check = std::process::Command::new(stage::binary());
    check.args(["keys", "--check", "--config"]);
    let refused = check.arg(place.file("keys.toml")).output().unwrap();
    let refused = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(refused.contains("opens none of the 4 keys"), "{refused}");
    put("master", &master);
    let again = Process::start(place, "keys");
    assert_eq!(released(&again).await, before);
    assert!(again.stop());
}

/// In one transaction over the rows of both organizations, each of which is
/// behind row-level security.
async fn another_master_key_opens_all(
    place: &Place,
    organizations: [&Organization; 2],
    (mailbox, clock): (OpaqueId, &SetClock),
    keys: Process,
) -> Process {
    let released = async |keys: &Process| {
        let mut all = Vec::new();
        for organization in organizations {
            let urls = (keys.url.as_str(), keys.url.as_str());
            let (_, service) = connector_ends(place, organization, urls, clock);
            let released = service.release(mailbox, &organization.connector.open);
            all.push(released.await.map(|keys| keys.encode()));
        }
        all
    };
    let before = released(&keys).await;
    assert!(before.iter().all(Result::is_ok), "both have keys");
    assert!(keys.stop());
    let said = exchange_master(place, "new-master").unwrap();
    assert!(said.starts_with("4 keys are wrapped by the new"), "{said}");
    let mut under_the_old = std::process::Command::new(stage::binary());
    under_the_old.args(["keys", "--config"]);
    let refused = under_the_old.arg(place.file("keys.toml")).output().unwrap();
    let refused = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(refused.contains("opens none of the 4 keys"), "{refused}");
    std::fs::rename(place.file("new-master"), place.file("master")).unwrap();
    let again = Process::start(place, "keys");
    assert_eq!(released(&again).await, before);
    again
}

async fn health_tells_of_a_database_that_is_away(server: &Postgres, node: &Process) {
    let health = async || {
        let url = format!("{}/healthz", node.observed);
        reqwest::get(url).await.unwrap().status().as_u16()
    };
    assert_eq!(health().await, 200);
    let away = format!(
        "ALTER ROLE {ROLE} NOLOGIN;
         SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE usename = '{ROLE}'"
    );
    assert_ne!(server.sql("postgres", &away), "0");
    assert_eq!(health().await, 503);
    server.sql("postgres", &format!("ALTER ROLE {ROLE} LOGIN"));
    assert_eq!(health().await, 200);
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

/// The tables whose rows are of all organizations, a line each: the ids alone
/// of who there is.
const OPEN_TABLES: &str = "tenant";

/// Read from the catalog, so that a new table cannot be forgotten.
fn sr_60_every_table_is_behind_forced_security(server: &Postgres, (database, role): (&str, &str)) {
    let sql = |statement: &str| server.sql(database, statement);
    let open = "SELECT relname FROM pg_class
        WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace
        AND NOT (relrowsecurity AND relforcerowsecurity) ORDER BY relname";
    assert_eq!(sql(open), OPEN_TABLES, "tables whose rows all may see");
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

/// Both are in one cluster. Neither role is let into the other's database; and
/// if an administrator lets it in, no table there is for it.
fn sr_54_neither_programs_role_reads_the_others_tables(server: &Postgres, place: &Place) {
    for (program, role, database, table, other) in [
        ("service", ROLE, "keys", "mailbox_key", KEYS_ROLE),
        ("keys", KEYS_ROLE, "joinbell", "record", ROLE),
    ] {
        let url = server
            .url(role)
            .replace("/joinbell?", &format!("/{database}?"));
        let text = std::fs::read_to_string(place.file(&format!("{program}.toml"))).unwrap();
        let crossed = place.file(&format!("{program}-crossed"));
        cloud::config::keep_secret(&crossed.with_extension("url"), url.as_bytes()).unwrap();
        let there = crossed.with_extension("url");
        let own = place.file(&format!("{program}-url"));
        let text = text.replace(&own.display().to_string(), &there.display().to_string());
        std::fs::write(&crossed, text).unwrap();
        let check = || {
            let mut check = std::process::Command::new(stage::binary());
            check.args([program, "--check", "--config"]).arg(&crossed);
            check.output().unwrap().status.success()
        };
        assert!(!check(), "{role} is let into {database}");
        let sql = |statement: &str| server.sql(database, statement);
        sql(&format!("GRANT CONNECT ON DATABASE {database} TO {role}"));
        let may = format!(
            "SELECT relname FROM pg_class WHERE relkind IN ('r', 'v', 'm', 'S')
             AND relnamespace = 'public'::regnamespace
             AND has_table_privilege('{role}', oid,
               'SELECT, INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER')"
        );
        assert_eq!(sql(&may), "", "what {role} may in {database}");
        let own = may.replace(&format!("'{role}'"), &format!("'{other}'"));
        assert!(sql(&own).lines().any(|line| line == table), "{other} may");
        let refused = format!(
            "SET ROLE {role};
             DO $$ BEGIN PERFORM count(*) FROM {table};
               RAISE EXCEPTION 'it was read';
             EXCEPTION WHEN insufficient_privilege THEN NULL; END $$"
        );
        assert_eq!(sql(&refused), "");
        let is_other = format!("SELECT pg_has_role('{role}', '{other}', 'MEMBER')");
        assert_eq!(sql(&is_other), "f", "{role} cannot become {other}");
        sql(&format!(
            "REVOKE CONNECT ON DATABASE {database} FROM {role}"
        ));
    }
}

/// As the service's program sees them.
fn sr_60_rows_are_seen_by_their_organization(server: &Postgres, ours: &Organization) {
    let as_role = |statement: &str| {
        let id = ours.id;
        let bound = format!("SET ROLE {ROLE}; SET joinbell.organization = '{id}'; {statement}");
        server.sql("joinbell", &bound)
    };
    // The series of each writer, and the one of the backup.
    let series = (WRITERS + 1).to_string();
    assert_eq!(as_role("SELECT count(*) FROM head"), series);
    // What is written for another organization is refused.
    let foreign = "DO $$ BEGIN
           INSERT INTO mailbox (organization, mailbox, revision) VALUES ('other', 'x', 0);
           RAISE EXCEPTION 'it was written';
         EXCEPTION WHEN insufficient_privilege THEN NULL; END $$";
    assert_eq!(as_role(foreign), "");
}
