//! The database of many mailboxes, as SQLite and as a real PostgreSQL server.

#![expect(clippy::unwrap_used, reason = "a test ends where a step fails")]

mod postgres_server;

use std::sync::{
    Arc,
    atomic::{AtomicU8, Ordering},
};

use postgres_server::{OWNER, Postgres, ROLE};
use tempfile::TempDir;
use tokio::sync::Notify;
use vault::{
    Store, StoreError, conformance,
    database::{Begin, Database, Statement, Value, schema::RECORDS},
    opaque::{OpaqueId, Space},
    store::{BlindId, Day, Outcome, Replace, SealedBatch, SealedRow, Tag},
};

fn space(organization: u8, mailbox: u8) -> Space {
    Space {
        organization: OpaqueId([organization; 16]),
        mailbox: OpaqueId([mailbox; 16]),
    }
}

fn one_row(expires: u32) -> SealedBatch {
    SealedBatch {
        series: BlindId([1; 16]),
        keys: None,
        after: None,
        replace: Replace::Nothing,
        put: vec![SealedRow {
            record: BlindId([2; 16]),
            expires: Some(Day(expires)),
            blob: b"sealed".to_vec(),
        }],
        beside: Vec::new(),
        delete: Vec::new(),
        head: b"head".to_vec(),
    }
}

async fn does_what_a_store_must(database: &Database) {
    // Every store is another mailbox; every third is of another organization.
    let number = AtomicU8::new(0);
    let fresh = || async {
        let number = number.fetch_add(1, Ordering::Relaxed);
        Arc::new(database.mailbox(space(1 + number % 3, number))) as Arc<dyn Store>
    };
    conformance::suite(fresh).await;
    conformance::suite_of_days(fresh).await;
}

async fn expired_rows_go_and_others_stay(database: &Database) {
    let (old, young, foreign) = (space(200, 1), space(200, 2), space(201, 1));
    for (space, day) in [(old, 99), (young, 100), (foreign, 99)] {
        let committed = database.mailbox(space).commit(one_row(day)).await;
        assert_eq!(committed, Ok(Outcome::Done));
    }
    let left = async |space| {
        let read = database.mailbox(space).read(BlindId([1; 16])).await;
        read.unwrap().rows.len()
    };
    assert_eq!(database.expire(old.organization, Day(100)).await, Ok(1));
    assert_eq!(
        (left(old).await, left(young).await, left(foreign).await),
        (0, 1, 1)
    );
    database.mailbox(young).forget_all().await.unwrap();
    assert_eq!(left(young).await, 0);
    assert_eq!(database.mailbox(young).series().await, Ok(Vec::new()));
}

fn deletes_and_waits(connection: &mut sqlx::AnyConnection) -> vault::database::Work<'_, ()> {
    Box::pin(async move {
        sqlx::query("DELETE FROM record")
            .execute(connection)
            .await?;
        std::future::pending().await
    })
}

async fn who_gives_up_waiting_leaves_no_transaction_open(database: &Database) {
    let space = space(220, 1);
    let committed = database.mailbox(space).commit(one_row(1)).await;
    assert_eq!(committed, Ok(Outcome::Done));
    // More often than there are connections.
    for _ in 0..10 {
        let endless = database.transact(space.organization, Begin::ToWrite, deletes_and_waits);
        let waited = tokio::time::timeout(std::time::Duration::from_millis(50), endless).await;
        assert!(waited.is_err(), "it has not ended");
    }
    let left = database.mailbox(space).read(BlindId([1; 16])).await;
    assert_eq!(left.unwrap().rows.len(), 1, "nothing of it was done");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sqlite_database_does_what_a_store_must() {
    let folder = TempDir::new().unwrap();
    let database = Database::sqlite(&folder.path().join("cloud.db"), &RECORDS)
        .await
        .unwrap();
    does_what_a_store_must(&database).await;
    expired_rows_go_and_others_stay(&database).await;
    who_gives_up_waiting_leaves_no_transaction_open(&database).await;
    database.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_postgresql_database_does_what_a_store_must() {
    let server = match Postgres::start() {
        Ok(server) => server,
        Err(why) => return println!("skipped: {why}"),
    };
    for _ in 0..2 {
        let prepared = Database::prepare_postgres(&server.url(OWNER), ROLE, &RECORDS).await;
        assert_eq!(prepared, Ok(()), "also the second time");
    }
    let database = Database::postgres(&server.url(ROLE), 8).await.unwrap();
    does_what_a_store_must(&database).await;
    expired_rows_go_and_others_stay(&database).await;
    who_gives_up_waiting_leaves_no_transaction_open(&database).await;
    sr_60_rows_of_organizations_are_kept_apart(&server, &database).await;
    a_unit_that_cannot_be_put_in_a_row_is_done_again_as_a_whole(&database).await;
    a_batch_of_many_ways_to_the_server_is_one(&database).await;
    connections_are_replaced_and_prepared_anew(&server, &database).await;
    connections_that_nobody_uses_are_closed(&server, &database).await;
    database.close().await;
    let closed = database.mailbox(space(1, 1)).series().await;
    assert!(matches!(closed, Err(StoreError::Failed(..))), "{closed:?}");
}

/// Writes one head more than it finds, and says how many it found.
async fn one_more(
    connection: &mut sqlx::AnyConnection,
    space: Space,
    between: impl Future<Output = ()>,
) -> Result<i64, sqlx::Error> {
    let found = sqlx::query_scalar::<sqlx::Any, i64>("SELECT count(*) FROM head")
        .fetch_one(&mut *connection)
        .await?;
    between.await;
    sqlx::query("INSERT INTO head (organization, mailbox, series, sealed) VALUES ($1, $2, $3, $4)")
        .bind(space.organization.to_string())
        .bind(space.mailbox.to_string())
        .bind(vec![u8::try_from(found).unwrap_or(u8::MAX); 16])
        .bind(b"sealed".to_vec())
        .execute(connection)
        .await
        .map(|_| found)
}

/// Two that read what the other one writes: PostgreSQL ends one of them with
/// SQLSTATE 40001.
async fn a_unit_that_cannot_be_put_in_a_row_is_done_again_as_a_whole(database: &Database) {
    let (first, second) = (space(230, 1), space(230, 2));
    let runs = Arc::new(AtomicU8::new(0));
    let codes = Arc::new(std::sync::Mutex::new(Vec::new()));
    let (has_read, go_on) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let slow = {
        let (runs, codes) = (Arc::clone(&runs), Arc::clone(&codes));
        let (has_read, go_on) = (Arc::clone(&has_read), Arc::clone(&go_on));
        database.transact(first.organization, Begin::ToWrite, move |connection| {
            let is_first = runs.fetch_add(1, Ordering::SeqCst) == 0;
            let (codes, has_read) = (Arc::clone(&codes), Arc::clone(&has_read));
            let go_on = Arc::clone(&go_on);
            Box::pin(async move {
                let between = async {
                    if is_first {
                        has_read.notify_one();
                        go_on.notified().await;
                    }
                };
                let done = one_more(connection, first, between).await;
                if let Err(sqlx::Error::Database(error)) = &done {
                    let code = error.code().map(std::borrow::Cow::into_owned);
                    codes.lock().unwrap().push(code.unwrap_or_default());
                }
                done
            })
        })
    };
    let quick = async {
        has_read.notified().await;
        let done = database.transact(second.organization, Begin::ToWrite, move |connection| {
            Box::pin(one_more(connection, second, std::future::ready(())))
        });
        let done = done.await;
        go_on.notify_one();
        done
    };
    let (slow, quick) = tokio::join!(slow, quick);
    assert_eq!(*codes.lock().unwrap(), ["40001"], "what the server said");
    assert_eq!(
        runs.load(Ordering::SeqCst),
        2,
        "all of it was run once more"
    );
    assert_eq!(quick, Ok(0));
    assert_eq!(slow, Ok(1), "and it saw what the other one had written");
    for (space, mailbox) in [(first, "first"), (second, "second")] {
        let series = database.mailbox(space).series().await;
        let written = series.map(|series| series.len());
        assert_eq!(written, Ok(1), "{mailbox}: committed once");
    }
}

/// More bytes than go to the server at once.
async fn a_batch_of_many_ways_to_the_server_is_one(database: &Database) {
    let space = space(240, 1);
    let rows: Vec<SealedRow> = (0..100)
        .map(|number| SealedRow {
            record: BlindId([number; 16]),
            expires: (number % 2 == 0).then_some(Day(7)),
            blob: vec![number; 3000],
        })
        .collect();
    let batch = SealedBatch {
        put: rows.clone(),
        ..one_row(1)
    };
    let store = database.mailbox(space);
    assert_eq!(store.commit(batch).await, Ok(Outcome::Done));
    let read = store.read(BlindId([1; 16])).await.unwrap();
    assert_eq!(read.rows, rows);
    // Its last way fails: nothing of the ways before is there.
    let refused = database.unite(space.organization, Begin::ToWrite, move |unit| {
        Box::pin(async move {
            const GONE: Statement = Statement("DELETE FROM record WHERE organization = $1");
            const NONSENSE: Statement = Statement("SELECT 1 / $1");
            let of = [Value::Id(space.organization)];
            unit.say(&[GONE.about(of)]).await?;
            unit.end(&[NONSENSE.about([Value::Number(Some(0))]), GONE.about(of)])
                .await
                .map(|_| ())
        })
    });
    assert!(refused.await.is_err());
    let read = store.read(BlindId([1; 16])).await.unwrap();
    assert_eq!(read.rows, rows);
}

/// A new connection knows none of the statements that the old one knew.
async fn connections_are_replaced_and_prepared_anew(server: &Postgres, database: &Database) {
    let store = database.mailbox(space(241, 1));
    let mut batch = one_row(1);
    for time in 0..3 {
        let outcome = store.commit(batch.clone()).await;
        assert_eq!(outcome, Ok(Outcome::Done), "time {time}");
        batch.after = Some(Tag::of(&batch.head));
        let ended = server.sql("postgres", &ends_all());
        assert_ne!(ended, "0");
    }
}

fn of_the_role(what: &str) -> String {
    format!("SELECT count({what}) FROM pg_stat_activity WHERE usename = '{ROLE}'")
}

fn ends_all() -> String {
    of_the_role("pg_terminate_backend(pid)")
}

async fn connections_that_nobody_uses_are_closed(server: &Postgres, database: &Database) {
    let series = async || database.mailbox(space(241, 1)).series().await;
    assert!(series().await.is_ok());
    let open = || server.sql("postgres", &of_the_role("*"));
    assert_ne!(open(), "0");
    database.tidy();
    assert!(series().await.is_ok());
    database.tidy();
    assert_ne!(open(), "0", "it was used between");
    database.tidy();
    while open() != "0" {
        tokio::task::yield_now().await;
    }
    assert!(series().await.is_ok(), "another one is opened");
}

fn count_rows(connection: &mut sqlx::AnyConnection) -> vault::database::Work<'_, i64> {
    Box::pin(async move {
        sqlx::query_scalar::<sqlx::Any, i64>("SELECT count(*) FROM record")
            .fetch_one(connection)
            .await
    })
}

async fn sr_60_rows_of_organizations_are_kept_apart(server: &Postgres, database: &Database) {
    let unforced = server.sql(
        "joinbell",
        "SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
         WHERE n.nspname = 'public' AND c.relkind = 'r'
           AND NOT (c.relrowsecurity AND c.relforcerowsecurity)",
    );
    assert_eq!(unforced, "0", "every table forces row-level security");
    let role = format!(
        "SELECT rolsuper, rolbypassrls, EXISTS (SELECT FROM pg_class c WHERE c.relowner = r.oid)
         FROM pg_roles r WHERE rolname = '{ROLE}'"
    );
    assert_eq!(server.sql("joinbell", &role), "f|f|f");

    let committed = database.mailbox(space(210, 1)).commit(one_row(1)).await;
    assert_eq!(committed, Ok(Outcome::Done));
    let count = async |organization: Option<u8>| match organization {
        None => database.transact_unbound(Begin::ToRead, count_rows).await,
        Some(number) => {
            let organization = OpaqueId([number; 16]);
            database
                .transact(organization, Begin::ToRead, count_rows)
                .await
        }
    };
    assert_eq!(count(None).await, Ok(0), "nobody sees nothing");
    assert_eq!(count(Some(210)).await, Ok(1));
    assert_eq!(count(Some(211)).await, Ok(0));

    let smuggled = database
        .transact(OpaqueId([211; 16]), Begin::ToWrite, |connection| {
            Box::pin(async move {
                sqlx::query("UPDATE record SET organization = 'd2'")
                    .execute(&mut *connection)
                    .await?;
                sqlx::query(
                    "INSERT INTO head (organization, mailbox, series, sealed)
                     VALUES ('d2d2', 'm', 's', 'x')",
                )
                .execute(connection)
                .await
                .map(|_| ())
            })
        })
        .await;
    assert!(
        matches!(smuggled, Err(StoreError::ReadOnly(_))),
        "{smuggled:?}"
    );
}
