//! The keyring of the session: a real Secret Service, none, a locked one, and
//! one that never answers.
//!
//! Each test runs itself again as a program in a session of its own, because
//! a program keeps its one connection to the keyring for life.

#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a test ends where a step fails")]

use std::{path::Path, process::Command, time::Duration};

use tempfile::TempDir;
use vault::{
    keyring::{KeyRing, KeyRingError, OsKeyRing},
    opening::{self, Found, Opened, Place, Purpose, Resting},
    sensitive::Sensitive,
    shelf::Files,
};

/// Set in the program that is inside of the session.
const INSIDE: &str = "JOINBELL_TEST_SESSION";

/// A bus that can start no service.
const BARE_BUS: &str = r#"<!DOCTYPE busconfig PUBLIC
 "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:tmpdir=/tmp</listen>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>"#;

const GNOME_KEYRING: &str =
    "printf test | gnome-keyring-daemon --unlock --components=secrets >/dev/null;";

fn is_here(program: &str) -> bool {
    let paths = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&paths).any(|folder| folder.join(program).is_file())
}

/// Where the test runs: `None` outside, after the session has ended well, and
/// the session's folder inside.
fn in_session(test: &str, bare: bool, before: &str, needs: &[&str]) -> Option<std::path::PathBuf> {
    if let Some(folder) = std::env::var_os(INSIDE) {
        return Some(folder.into());
    }
    if let Some(missing) = needs.iter().find(|program| !is_here(program)) {
        println!("skipped: {test}: {missing} is not installed");
        return None;
    }
    let folder = TempDir::new().unwrap();
    let mut session = Command::new("dbus-run-session");
    if bare {
        let config = folder.path().join("bus.conf");
        std::fs::write(&config, BARE_BUS).unwrap();
        session.arg("--config-file").arg(config);
    }
    let output = session
        .args(["--", "sh", "-c"])
        .arg(format!("{before} exec \"$0\" --exact {test} --nocapture"))
        .arg(std::env::current_exe().unwrap())
        .env(INSIDE, folder.path())
        .env("HOME", folder.path())
        .env("XDG_DATA_HOME", folder.path())
        .env("XDG_RUNTIME_DIR", folder.path())
        .env_remove("XDG_CACHE_HOME")
        .env_remove("GNOME_KEYRING_CONTROL")
        // A prompt has nowhere to show.
        .env_remove("DISPLAY")
        .env_remove("WAYLAND_DISPLAY")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && said.contains("1 passed"),
        "{said}\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
    None
}

fn secret(text: &str) -> Sensitive<Vec<u8>> {
    Sensitive::new(text.as_bytes().to_vec())
}

async fn open(folder: &Path) -> Opened {
    let place = Place {
        file: folder.join("vault.db"),
        install: "5e1f".to_owned(),
    };
    // Two questions of five seconds at most.
    let opening = opening::open(&place, &OsKeyRing, &Files, Purpose::Keep);
    tokio::time::timeout(Duration::from_secs(7), opening)
        .await
        .unwrap()
}

#[tokio::test]
async fn a_real_secret_service_keeps_secrets_and_the_vaults_key() {
    let test = "a_real_secret_service_keeps_secrets_and_the_vaults_key";
    let needs = ["dbus-run-session", "gnome-keyring-daemon"];
    let Some(folder) = in_session(test, false, GNOME_KEYRING, &needs) else {
        return;
    };
    let name = "joinbell/account/test";
    assert!(OsKeyRing.get(name).await.unwrap().is_none());
    for text in ["canary-password", "another"] {
        OsKeyRing.set(name, &secret(text)).await.unwrap();
        let kept = OsKeyRing.get(name).await.unwrap().unwrap();
        assert_eq!(kept.expose(), text.as_bytes());
    }
    OsKeyRing.delete(name).await.unwrap();
    OsKeyRing.delete(name).await.unwrap();
    assert!(OsKeyRing.get(name).await.unwrap().is_none());
    for _ in 0..2 {
        let opened = open(&folder).await;
        assert_eq!(
            (opened.resting, opened.found),
            (Resting::OnDisk, Found::Continued)
        );
    }
    for file in ["/proc/self/environ", "/proc/self/cmdline"] {
        let bytes = std::fs::read(file).unwrap();
        let text = String::from_utf8_lossy(&bytes);
        assert!(!text.contains("canary-password"), "sr_23: {file}");
    }
}

#[tokio::test]
async fn sr_10_a_locked_keyring_is_called_locked() {
    let test = "sr_10_a_locked_keyring_is_called_locked";
    let needs = ["dbus-run-session", "gnome-keyring-daemon"];
    let Some(folder) = in_session(test, false, GNOME_KEYRING, &needs) else {
        return;
    };
    OsKeyRing.set("joinbell/x", &secret("y")).await.unwrap();
    let bus = zbus::Connection::session().await.unwrap();
    let default = zbus::zvariant::ObjectPath::try_from("/org/freedesktop/secrets/aliases/default");
    bus.call_method(
        Some("org.freedesktop.secrets"),
        "/org/freedesktop/secrets",
        Some("org.freedesktop.Secret.Service"),
        "Lock",
        &vec![default.unwrap()],
    )
    .await
    .unwrap();
    assert_eq!(
        OsKeyRing.get("joinbell/x").await.err(),
        Some(KeyRingError::Locked)
    );
    let opened = open(&folder).await;
    assert_eq!(
        opened.resting,
        Resting::WithoutKeyRing(KeyRingError::Locked)
    );
    assert!(!folder.join("vault.db").exists());
}

#[tokio::test]
async fn sr_09_a_session_without_a_keyring_says_absent() {
    let test = "sr_09_a_session_without_a_keyring_says_absent";
    let Some(folder) = in_session(test, true, "", &["dbus-run-session"]) else {
        return;
    };
    let opened = open(&folder).await;
    assert_eq!(
        opened.resting,
        Resting::WithoutKeyRing(KeyRingError::Absent)
    );
    assert!(!folder.join("vault.db").exists());
}

#[tokio::test]
async fn sr_09_a_machine_without_a_session_bus_says_absent() {
    let test = "sr_09_a_machine_without_a_session_bus_says_absent";
    let no_bus = "export DBUS_SESSION_BUS_ADDRESS=unix:path=/nonexistent;";
    let Some(folder) = in_session(test, true, no_bus, &["dbus-run-session"]) else {
        return;
    };
    let opened = open(&folder).await;
    assert_eq!(
        opened.resting,
        Resting::WithoutKeyRing(KeyRingError::Absent)
    );
}

/// A Secret Service that never answers.
struct Silent;

#[zbus::interface(name = "org.freedesktop.Secret.Service")]
impl Silent {
    async fn open_session(
        &self,
        algorithm: String,
        input: zbus::zvariant::OwnedValue,
    ) -> (zbus::zvariant::OwnedValue, zbus::zvariant::OwnedObjectPath) {
        drop((algorithm, input));
        std::future::pending().await
    }
}

#[tokio::test]
async fn sr_10_a_keyring_that_never_answers_is_given_up_after_five_seconds() {
    let test = "sr_10_a_keyring_that_never_answers_is_given_up_after_five_seconds";
    let Some(folder) = in_session(test, true, "", &["dbus-run-session"]) else {
        return;
    };
    let _silent = zbus::connection::Builder::session()
        .unwrap()
        .name("org.freedesktop.secrets")
        .unwrap()
        .serve_at("/org/freedesktop/secrets", Silent)
        .unwrap()
        .build()
        .await
        .unwrap();
    let opened = open(&folder).await;
    assert_eq!(
        opened.resting,
        Resting::WithoutKeyRing(KeyRingError::Silent)
    );
    assert!(!folder.join("vault.db").exists());
}
