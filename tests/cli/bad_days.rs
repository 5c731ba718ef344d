//! The whole program on bad days: killed at any moment, without file
//! descriptors or memory, on a disk that is full or read-only, and with a
//! keyring that stops answering.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::disallowed_methods,
    reason = "a test fails by panicking; kills come at random moments"
)]

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use chrono_tz::Tz;
use exchange_sim::{Options, Simulator, World, world::details::Details, world::id::ItemNumber};
use scenarios::terminal::{Home, Outcome, Secrets, run};

const ANNA: &str = "anna@example.org";
const PASSWORD: &str = "canary-password-9d31";
const ZONE: Tz = Tz::Europe__Stockholm;

/// A server with one meeting in two hours.
async fn server() -> (Simulator, ItemNumber) {
    let options = Options::default();
    let now = (options.clock)();
    let mut world = World::empty(now);
    world.add_mailbox(ANNA, "Anna Berg", ZONE, PASSWORD);
    let start = now + chrono::Duration::hours(2);
    let end = start + chrono::Duration::hours(1);
    let details = Details::new("canary-title-0", start, end, ZONE);
    let number = world.add(ANNA, details).unwrap();
    (Simulator::start(world, options).await.unwrap(), number)
}

fn rename(server: &Simulator, number: ItemNumber, title: &str) {
    let title = title.to_owned();
    server
        .world(|world| world.change(ANNA, number, |item| item.details.subject = title))
        .unwrap();
}

fn home() -> Option<Home> {
    Home::new(Secrets::Working)
        .map_err(|lacks| println!("skipped: {lacks}"))
        .ok()
}

async fn done(command: Command, input: &str) -> Outcome {
    let input = input.to_owned();
    tokio::task::spawn_blocking(move || run(command, &input))
        .await
        .unwrap()
}

async fn add(home: &Home, server: &Simulator) {
    let url = server.ews_url();
    let arguments = ["account", "add", "--server", &url, "--user", ANNA];
    let added = done(home.command(&arguments), PASSWORD).await;
    assert_eq!(added.code, 0, "{added:?}");
    let agenda = done(home.command(&["agenda"]), "").await;
    assert_eq!(agenda.code, 0, "{agenda:?}");
}

/// What the store has, read while no server is asked.
async fn stored(home: &Home) -> String {
    let offline = done(home.command(&["agenda", "--offline"]), "").await;
    assert_eq!((offline.code, offline.err.as_str()), (0, ""));
    offline.out
}

#[tokio::test(flavor = "multi_thread")]
async fn f56_a_program_killed_two_hundred_times_opens_its_store_and_is_in_step_again() {
    let Some(home) = home() else { return };
    let (server, number) = server().await;
    add(&home, &server).await;
    let began = Instant::now();
    let agenda = done(home.command(&["agenda"]), "").await;
    let whole = began.elapsed();
    assert_eq!(agenda.code, 0);
    let mut dice = fastrand::Rng::with_seed(1);
    let (mut killed, mut ended) = (0, 0);
    for kill in 1_u32.. {
        if killed == 200 {
            break;
        }
        assert!(kill < 800, "{killed} were killed, {ended} ended before");
        // Each run has something to write.
        let title = format!("canary-title-{kill}");
        rename(&server, number, &title);
        let mut child = home
            .command(&["agenda"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let wait = whole.mul_f64(dice.f64());
        let status = tokio::task::spawn_blocking(move || {
            thread::sleep(wait);
            child.kill().unwrap();
            child.wait().unwrap()
        })
        .await
        .unwrap();
        if status.code().is_none() {
            killed += 1;
        } else {
            ended += 1;
        }
        if kill % 20 == 0 {
            let before = stored(&home).await;
            assert!(before.contains("canary-title-"), "{before}");
            let agenda = done(home.command(&["agenda"]), "").await;
            assert_eq!((agenda.code, agenda.err.as_str()), (0, ""));
            assert!(agenda.out.contains(&title), "{}", agenda.out);
            assert!(stored(&home).await.contains(&title));
        }
    }
    println!("{killed} killed at a random moment of {whole:?}, {ended} ended before");
}

#[tokio::test(flavor = "multi_thread")]
async fn f67_without_file_descriptors_it_says_so_and_the_store_stays() {
    let Some(home) = home() else { return };
    let (server, number) = server().await;
    add(&home, &server).await;
    let mut worked = 0;
    for limit in (12..40).step_by(2) {
        rename(&server, number, &format!("canary-title-{limit}"));
        let files = format!("--nofile={limit}");
        let limited = done(home.under(&["prlimit", &files], &["agenda"]), "").await;
        // Threads of libraries end in panics of their own; the program says
        // what came of it.
        let by_itself = limited.err.contains("thread 'main'");
        assert!(!by_itself && limited.code != -1, "{limit}: {limited:?}");
        if limited.code == 0 {
            worked += 1;
        } else {
            assert!(!limited.err.is_empty(), "{limit}: it ends without a word");
        }
        assert!(stored(&home).await.contains("canary-title-"), "{limit}");
    }
    assert!(worked > 0, "with 38 it works");
    let agenda = done(home.command(&["agenda"]), "").await;
    assert_eq!((agenda.code, agenda.err.as_str()), (0, ""));
    assert!(stored(&home).await.contains("canary-title-38"));
}

#[tokio::test(flavor = "multi_thread")]
async fn f68_sixty_four_megabytes_are_enough() {
    let Some(home) = home() else { return };
    let (server, _) = server().await;
    server.world(|world| {
        let start = world.now() + chrono::Duration::hours(3);
        for number in 0..1000 {
            let start = start + chrono::Duration::minutes(number * 30);
            let end = start + chrono::Duration::minutes(25);
            let body = "<p>What is to be said of each point.</p>".repeat(50);
            let details = Details::new(format!("Point {number}"), start, end, ZONE).html(body);
            world.add(ANNA, details).unwrap();
        }
    });
    add(&home, &server).await;
    for arguments in [["agenda", "--json"], ["agenda", "--offline"]] {
        let limit = "--data=67108864";
        let limited = done(home.under(&["prlimit", limit], &arguments), "").await;
        assert_eq!((limited.code, limited.err.as_str()), (0, ""));
        assert!(limited.out.contains("Point 1"), "{}", limited.out);
    }
}

/// A small file system in the place of the data folder.
struct SmallDisk(PathBuf);

impl SmallDisk {
    fn mount(home: &Home) -> Option<Self> {
        let data = home.data();
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", "size=512k,mode=700", "tmpfs"]);
        let mounted = mount.arg(&data).output();
        if mounted.is_ok_and(|output| output.status.success()) {
            return Some(Self(data));
        }
        println!("skipped: only root may mount a tmpfs");
        None
    }

    fn remount(&self, how: &str) {
        let mut mount = Command::new("mount");
        mount.args(["-o", &format!("remount,{how}")]).arg(&self.0);
        assert!(mount.status().unwrap().success());
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _unmounted = Command::new("umount").arg(&self.0).status();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn f58_on_a_full_disk_the_agenda_is_shown_and_the_store_is_filled_later() {
    let Some(home) = home() else { return };
    let Some(disk) = SmallDisk::mount(&home) else {
        return;
    };
    let (server, number) = server().await;
    add(&home, &server).await;
    let ballast = disk.0.join("ballast");
    assert!(fs::write(&ballast, vec![0; 1 << 20]).is_err(), "it is full");
    rename(&server, number, "canary-title-full");
    let agenda = done(home.command(&["agenda"]), "").await;
    assert!(agenda.out.contains("canary-title-full"), "{agenda:?}");
    assert!(agenda.sentence().contains("space"), "{agenda:?}");
    fs::remove_file(&ballast).unwrap();
    assert!(
        stored(&home).await.contains("canary-title-0"),
        "the last one"
    );
    let agenda = done(home.command(&["agenda"]), "").await;
    assert_eq!((agenda.code, agenda.err.as_str()), (0, ""));
    assert!(stored(&home).await.contains("canary-title-full"));
}

#[tokio::test(flavor = "multi_thread")]
async fn f59_in_a_read_only_folder_the_agenda_is_shown_and_nothing_is_lost() {
    let Some(home) = home() else { return };
    let Some(disk) = SmallDisk::mount(&home) else {
        return;
    };
    let (server, number) = server().await;
    add(&home, &server).await;
    disk.remount("ro");
    rename(&server, number, "canary-title-locked");
    let agenda = done(home.command(&["agenda"]), "").await;
    assert!(agenda.out.contains("canary-title-locked"), "{agenda:?}");
    assert!(!agenda.sentence().is_empty());
    disk.remount("rw");
    assert!(
        stored(&home).await.contains("canary-title-0"),
        "the last one"
    );
    let agenda = done(home.command(&["agenda"]), "").await;
    assert_eq!((agenda.code, agenda.err.as_str()), (0, ""));
    assert!(stored(&home).await.contains("canary-title-locked"));
}

fn copy(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).unwrap().flatten() {
        fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sr_10_a_keyring_that_stops_answering_is_named_and_costs_no_meeting() {
    let Some(home) = home() else { return };
    let (server, _) = server().await;
    add(&home, &server).await;
    let Ok(silent) = Home::new(Secrets::Hanging) else {
        return println!("skipped: no bus");
    };
    copy(&home.data(), &silent.data());
    for arguments in [vec!["agenda"], vec!["agenda", "--offline"]] {
        let command = silent.command(&arguments);
        let ended = tokio::time::timeout(Duration::from_mins(1), done(command, "")).await;
        let ended = ended.expect("it does not wait for ever");
        assert_eq!(ended.code, 7, "{ended:?}");
        assert!(ended.sentence().contains("keyring"), "{ended:?}");
    }
    copy(&silent.data(), &home.data());
    assert!(stored(&home).await.contains("canary-title-0"));
}
