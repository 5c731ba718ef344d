//! The account's password goes in and never comes out (SR-45), whatever it is
//! and whoever asks.

#![cfg(unix)]
#![allow(clippy::expect_used, reason = "a test ends where a step fails")]

use std::{fs, os::unix::fs::PermissionsExt as _, sync::Arc};

use connector::secret::{self, Credentials, FileOfSecret};
use proptest::{
    collection::vec,
    prelude::*,
    test_runner::{Config, TestRunner},
};
use tokio::runtime::Runtime;
use vault::{SeriesId, Vault, key::Key, sqlite::SqliteStore};

use crate::stage::{
    PASSWORD,
    house::{House, Running, files, has},
    simulator, world,
};

/// A path that somebody may try: names of what is there, ways around, and
/// anything.
fn path() -> impl Strategy<Value = String> {
    let known = prop::sample::select(vec![
        "health",
        "metrics",
        "secret",
        "exchange",
        "settings",
        "connector.toml",
        "..",
        ".",
        "%2e%2e",
        "proc",
        "self",
        "environ",
        "mem",
        "debug",
        "config",
        "?secret",
        "#secret",
        "*",
        "\\",
        "%00",
    ]);
    let part = prop_oneof![3 => known.prop_map(str::to_owned), 1 => "[!-~]{0,12}"];
    vec(part, 0..5).prop_map(|parts| format!("/{}", parts.join("/")))
}

/// A whole request, well made or not.
fn request() -> impl Strategy<Value = Vec<u8>> {
    let method = prop_oneof![
        3 => prop::sample::select(vec!["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "TRACE", "CONNECT"])
            .prop_map(str::to_owned),
        1 => "[A-Z]{1,8}",
    ];
    let header =
        ("[A-Za-z-]{1,12}", "[ -~]{0,20}").prop_map(|(name, value)| format!("{name}: {value}\r\n"));
    let made = (method, path(), vec(header, 0..4), vec(any::<u8>(), 0..64)).prop_map(
        |(method, path, headers, body)| {
            let head = format!(
                "{method} {path} HTTP/1.1\r\nHost: localhost\r\n{}\r\n",
                headers.concat()
            );
            [head.as_bytes(), &body].concat()
        },
    );
    let anything = vec(any::<u8>(), 0..200).prop_map(|mut bytes| {
        bytes.extend_from_slice(b"\r\n\r\n");
        bytes
    });
    prop_oneof![4 => made, 1 => anything]
}

async fn told(running: &Running, request: &[u8]) -> Vec<u8> {
    let within = std::time::Duration::from_secs(20);
    let answer = tokio::time::timeout(within, running.told(request)).await;
    answer.expect("it does not keep anybody waiting")
}

#[test]
fn sr_45_whatever_is_asked_of_its_endpoint_the_password_is_in_no_answer_and_no_file() {
    let runtime = Runtime::new().expect("threads");
    let (simulator, house, running) = runtime.block_on(async {
        let simulator = simulator(world(1)).await;
        let house = House::new(&simulator, 1);
        let running = house.start();
        running.until("listening", 1).await;
        (simulator, house, running)
    });
    let mut runner = TestRunner::new(Config::with_cases(256));
    let outcome = runner.run(&request(), |request| {
        let answer = runtime.block_on(told(&running, &request));
        prop_assert!(
            !has(&answer, PASSWORD),
            "{:?}",
            String::from_utf8_lossy(&answer)
        );
        Ok(())
    });
    outcome.expect("no answer has it");
    runtime.block_on(async {
        let health = running.ask("/health").await;
        assert!(
            health.contains("\"health\":\"good\""),
            "it runs as before: {health}"
        );
    });
    running.end();
    drop(simulator);
    for file in files(house.folder.path()) {
        let bytes = fs::read(&file).expect("a file");
        assert!(!has(&bytes, PASSWORD), "{} holds it", file.display());
    }
}

/// Seals a password, and gives it back from what is sealed.
async fn sealed(folder: &std::path::Path, password: &str) -> String {
    let file = folder.join("secret");
    fs::write(&file, format!("{password}\n")).expect("a file");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).expect("rights");
    let store = SqliteStore::open(&folder.join("store"))
        .await
        .expect("a store");
    let vault = Vault::open(Arc::new(store), &Key::generate())
        .await
        .expect("a vault");
    let series = vault.series(SeriesId("connector/secret".to_owned()));
    let read = async || {
        let read = secret::password(&Credentials::default(), Some(&file), &series).await;
        read.expect("the password")
    };
    let (first, came) = read().await;
    assert_eq!(came, FileOfSecret::Removed);
    assert!(
        !has(format!("{first:?}").as_bytes(), password),
        "it prints itself"
    );
    let (again, came) = read().await;
    assert_eq!(came, FileOfSecret::None);
    assert_eq!(first.expose(), again.expose());
    vault.close().await;
    again.expose().clone()
}

#[test]
fn sr_45_any_password_is_sealed_its_file_removed_and_nothing_of_it_rests_in_the_clear() {
    let runtime = Runtime::new().expect("threads");
    let mut runner = TestRunner::new(Config::with_cases(24));
    // Shorter ones turn up by chance.
    let password = "[^\r\n\u{0}]{8,40}";
    let outcome = runner.run(&password, |password| {
        let folder = tempfile::tempdir().expect("a folder");
        let again = runtime.block_on(sealed(folder.path(), &password));
        prop_assert_eq!(&again, &password);
        for file in files(folder.path()) {
            let bytes = fs::read(&file).expect("a file");
            prop_assert!(!has(&bytes, &password), "{} holds it", file.display());
        }
        Ok(())
    });
    outcome.expect("nothing of it rests");
}
