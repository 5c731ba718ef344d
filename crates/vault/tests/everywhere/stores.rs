//! Every store passes the one suite.

use std::sync::Arc;

use tempfile::TempDir;
use vault::{Store, conformance, memory::MemoryStore, sqlite::SqliteStore};

#[tokio::test]
async fn the_memory_store_does_what_a_store_must() {
    let fresh = || async { Arc::new(MemoryStore::default()) as Arc<dyn Store> };
    conformance::suite(fresh).await;
    conformance::suite_of_beside(fresh).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sqlite_store_does_what_a_store_must() {
    let folder = TempDir::new().unwrap();
    let number = std::sync::atomic::AtomicUsize::new(0);
    let fresh = || async {
        let number = number.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let path = folder.path().join(format!("{number}.db"));
        Arc::new(SqliteStore::open(&path).await.unwrap()) as Arc<dyn Store>
    };
    conformance::suite(fresh).await;
    conformance::suite_of_beside(fresh).await;
}

#[tokio::test]
async fn sr_07_the_file_has_these_columns_and_no_others() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("vault.db");
    SqliteStore::open(&path).await.unwrap().close().await;
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(&path);
    let raw = sqlx::SqlitePool::connect_with(options).await.unwrap();
    let columns: Vec<(String, String, String)> = sqlx::query_as(
        "SELECT m.name, c.name, c.type FROM sqlite_schema m, pragma_table_info(m.name) c
         WHERE m.type = 'table' ORDER BY m.name, c.cid",
    )
    .fetch_all(&raw)
    .await
    .unwrap();
    let columns: Vec<String> = columns
        .into_iter()
        .map(|(table, column, kind)| format!("{table}.{column} {kind}"))
        .collect();
    assert_eq!(
        columns,
        [
            "beside.series BLOB",
            "beside.record BLOB",
            "beside.sealed BLOB",
            "head.series BLOB",
            "head.sealed BLOB",
            "key_box.only_one INTEGER",
            "key_box.sealed BLOB",
            "record.series BLOB",
            "record.record BLOB",
            "record.sealed BLOB",
        ]
    );
    let others: Vec<String> =
        sqlx::query_scalar("SELECT name FROM sqlite_schema WHERE type NOT IN ('table', 'index')")
            .fetch_all(&raw)
            .await
            .unwrap();
    assert!(others.is_empty(), "{others:?}");
}

#[cfg(unix)]
#[tokio::test]
async fn the_file_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt;
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("vault.db");
    std::fs::write(&path, b"").unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
    let store = SqliteStore::open(&path).await.unwrap();
    let mut files = 0;
    for entry in std::fs::read_dir(folder.path()).unwrap() {
        let entry = entry.unwrap();
        let mode = entry.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{}", entry.path().display());
        files += 1;
    }
    assert!(files >= 2, "the log is there as well");
    store.close().await;
}
