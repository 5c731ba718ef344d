//! Programs that are killed, and disks that are full.

#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test ends where a step fails")]

use std::{
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
    sync::Arc,
};

use tempfile::TempDir;
use vault::{
    Batch, Integrity, RecordId, Series, SeriesId, Store as _, StoreError, Vault, VaultError,
    key::Key, sqlite::SqliteStore,
};

/// Set in the program that writes until it is killed.
const WRITER: &str = "JOINBELL_TEST_WRITER";
const RECORDS: u64 = 20;

fn kek() -> Key {
    Key::from_bytes(&[7; 32]).unwrap()
}

async fn open(folder: &Path) -> Result<Vault, VaultError> {
    let store = SqliteStore::open(&folder.join("vault.db")).await?;
    Vault::open(Arc::new(store), &kek()).await
}

fn series(vault: &Vault) -> Series {
    vault.series(SeriesId("meetings/anna".to_owned()))
}

/// All records and the head carry the same number.
fn round(number: u64) -> Batch {
    let text = number.to_string().into_bytes();
    Batch {
        put: (0..RECORDS)
            .map(|record| (RecordId(record.to_string()), text.repeat(50)))
            .collect(),
        delete: vec![RecordId(format!("gone {}", number.wrapping_sub(1)))],
        head: text,
        ..Batch::default()
    }
}

/// The number of the last round, when everything is of one round.
async fn last_round(vault: &Vault) -> u64 {
    let loaded = series(vault).load().await.unwrap();
    assert_eq!(loaded.integrity, Integrity::Whole);
    let Some(head) = loaded.head else {
        assert!(loaded.records.is_empty());
        return 0;
    };
    assert_eq!(loaded.records.len() as u64, RECORDS);
    for (_, text) in &loaded.records {
        assert_eq!(*text, head.repeat(50));
    }
    String::from_utf8(head).unwrap().parse().unwrap()
}

/// Writes round after round, tells each after its commit, and tends the vault
/// as if a month had passed, so that keys change as well.
async fn write_until_killed(folder: &Path) {
    let vault = open(folder).await.unwrap();
    let mut number = last_round(&vault).await;
    loop {
        number += 1;
        series(&vault).commit(round(number)).await.unwrap();
        println!("told {number}");
        let month = std::time::Duration::from_hours(24 * 30);
        let now = std::time::SystemTime::UNIX_EPOCH + month * u32::try_from(number).unwrap();
        vault.tend(now).await.unwrap();
    }
}

fn writer(test: &str, folder: &Path) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture"])
        .env(WRITER, folder)
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .spawn()
        .unwrap()
}

#[tokio::test]
async fn sr_05_a_program_killed_two_hundred_times_loses_no_commit_that_was_told() {
    let test = "sr_05_a_program_killed_two_hundred_times_loses_no_commit_that_was_told";
    if let Some(folder) = std::env::var_os(WRITER) {
        write_until_killed(Path::new(&folder)).await;
    }
    let folder = TempDir::new().unwrap();
    let (mut told, mut between) = (0, 0);
    for kill in 0..200_u64 {
        let mut child = writer(test, folder.path());
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        // Some are killed at once, some after a few rounds; where in a round
        // is the scheduler's choice, with a spin of another length each time.
        let mut rounds = kill % 4;
        while rounds > 0 {
            let line = lines.next().unwrap().unwrap();
            // The harness says something of its own as well.
            if let Some((_, number)) = line.split_once("told ") {
                told = number.parse().unwrap();
                rounds -= 1;
            }
        }
        for spin in 0..(kill % 40) * 20_000 {
            std::hint::black_box(spin);
        }
        child.kill().unwrap();
        child.wait().unwrap();
        // What it said between the last look and its end was said as well.
        for line in lines.map_while(Result::ok) {
            if let Some((_, number)) = line.split_once("told ")
                && let Ok(number) = number.parse()
            {
                told = number;
            }
        }
        let vault = open(folder.path()).await.unwrap();
        let last = last_round(&vault).await;
        assert!(
            last >= told,
            "kill {kill}: round {told} was told, {last} is there"
        );
        between += u64::from(last > told);
    }
    assert!(told > 200, "rounds: {told}");
    println!("200 kills, {told} rounds told, {between} kills between commit and telling");
    let vault = open(folder.path()).await.unwrap();
    let last = last_round(&vault).await;
    series(&vault).commit(round(last + 1)).await.unwrap();
    assert_eq!(last_round(&vault).await, last + 1);
}

/// A file system of its own that is taken away again.
struct SmallDisk(TempDir);

impl SmallDisk {
    fn mount() -> Option<Self> {
        let folder = TempDir::new().unwrap();
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=1m", "tmpfs"])
            .arg(folder.path())
            .output();
        mounted
            .is_ok_and(|output| output.status.success())
            .then_some(Self(folder))
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _unmounted = Command::new("umount").arg(self.0.path()).status();
    }
}

#[tokio::test]
async fn a_full_disk_is_named_and_loses_nothing() {
    let Some(disk) = SmallDisk::mount() else {
        println!("skipped: a_full_disk_is_named_and_loses_nothing: only root may mount a tmpfs");
        return;
    };
    let vault = open(disk.0.path()).await.unwrap();
    series(&vault).commit(round(1)).await.unwrap();
    let ballast = disk.0.path().join("ballast");
    let filled = std::fs::write(&ballast, vec![0; 1 << 20]);
    assert!(filled.is_err(), "the disk is full");
    let mut number = 1;
    let error = loop {
        match series(&vault).commit(round(number + 1)).await {
            Ok(()) => number += 1,
            Err(error) => break error,
        }
        assert!(number < 1000, "the disk never fills");
    };
    assert!(
        matches!(error, VaultError::Store(StoreError::Full(_))),
        "{error:?}"
    );
    assert!(error.to_string().contains("free some space"), "{error}");
    assert_eq!(last_round(&vault).await, number);
    // Opened again on the full disk it is read, or says the same: the index
    // of its log may find no room.
    match open(disk.0.path()).await {
        Ok(again) => assert_eq!(last_round(&again).await, number),
        Err(error) => assert!(matches!(error, VaultError::Store(StoreError::Full(_)))),
    }
    std::fs::remove_file(&ballast).unwrap();
    series(&vault).commit(round(number + 1)).await.unwrap();
    assert_eq!(last_round(&vault).await, number + 1);
}

#[tokio::test]
async fn a_disk_that_becomes_read_only_is_named_and_still_read() {
    let Some(disk) = SmallDisk::mount() else {
        println!(
            "skipped: a_disk_that_becomes_read_only_is_named_and_still_read: \
             only root may mount a tmpfs"
        );
        return;
    };
    let store = SqliteStore::open(&disk.0.path().join("vault.db"))
        .await
        .unwrap();
    let vault = Vault::open(Arc::new(store.clone()), &kek()).await.unwrap();
    series(&vault).commit(round(1)).await.unwrap();
    vault.compact().await.unwrap();
    store.close().await;
    let remount = |how: &str| {
        let options = format!("remount,{how}");
        let mut mount = Command::new("mount");
        mount.args(["-o", &options]).arg(disk.0.path());
        mount.status().unwrap().success()
    };
    assert!(remount("ro"));
    let error = open(disk.0.path()).await.unwrap_err();
    assert!(
        matches!(error, VaultError::Store(StoreError::ReadOnly(_))),
        "{error:?}"
    );
    assert!(
        error.to_string().contains("check its owner and rights"),
        "{error}"
    );
    assert!(remount("rw"));
    assert_eq!(last_round(&open(disk.0.path()).await.unwrap()).await, 1);
}
