//! What stays in memory, and what the system may do with it (SR-13).

#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a test ends where a step fails")]

use std::{
    fs::File,
    io::{Read, Seek, SeekFrom},
    process::Command,
};

use vault::{
    envelope::{self, CannotOpen, KeyId, Outside, Revision},
    key::Key,
    sensitive::Sensitive,
};

/// How often the bytes stand in this program's memory.
fn found(needle: impl Fn() -> Vec<u8>) -> usize {
    let maps = std::fs::read_to_string("/proc/self/maps").unwrap();
    let mut memory = File::open("/proc/self/mem").unwrap();
    let mut chunk = Vec::new();
    let mut found = 0;
    for line in maps.lines() {
        // Anonymous memory alone: the program's file holds the pattern's
        // parts, never the whole.
        if !line.contains(" rw-p ") {
            continue;
        }
        let (from, to) = line.split(' ').next().unwrap().split_once('-').unwrap();
        let from = u64::from_str_radix(from, 16).unwrap();
        let length = u64::from_str_radix(to, 16).unwrap() - from;
        chunk.clear();
        chunk.resize(usize::try_from(length).unwrap(), 0);
        memory.seek(SeekFrom::Start(from)).unwrap();
        if memory.read_exact(&mut chunk).is_err() {
            continue;
        }
        let mut pattern = needle();
        found += chunk
            .windows(pattern.len())
            .filter(|window| window.iter().rev().eq(pattern.iter()))
            .count();
        pattern.fill(0);
    }
    found
}

/// A canary, backwards, so that the pattern itself is not found.
fn canary(seed: u8) -> impl Fn() -> Vec<u8> {
    move || {
        (0..24_u8)
            .rev()
            .map(|n| n.wrapping_mul(37) ^ seed)
            .collect()
    }
}

fn forwards(backwards: &impl Fn() -> Vec<u8>, to: &mut Vec<u8>) {
    to.extend(backwards().into_iter().rev());
}

#[test]
fn sr_13_a_sensitive_value_and_a_key_are_wiped() {
    let inside = "JOINBELL_TEST_ALONE";
    if std::env::var_os(inside).is_none() {
        // Alone in a program: another test's memory is none of its business.
        let output = Command::new(std::env::current_exe().unwrap())
            .args([
                "--exact",
                "sr_13_a_sensitive_value_and_a_key_are_wiped",
                "--nocapture",
            ])
            .env(inside, "1")
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(
            output.status.success() && said.contains("1 passed"),
            "{said}"
        );
        return;
    }
    let password = canary(0x5a);
    let mut bytes = Vec::with_capacity(24);
    forwards(&password, &mut bytes);
    let secret = Sensitive::new(bytes);
    assert_eq!(found(&password), 1, "the search finds what is there");
    drop(secret);
    assert_eq!(found(&password), 0);

    let pattern = canary(0xc3);
    let mut bytes = Vec::with_capacity(32);
    forwards(&pattern, &mut bytes);
    bytes.resize(32, 0);
    let bytes = Sensitive::new(bytes);
    let key = Key::from_bytes(bytes.expose()).unwrap();
    let key = Box::new(key);
    drop(bytes);
    assert_eq!(found(&pattern), 1, "moving a key copies nothing");
    drop(key);
    assert_eq!(found(&pattern), 0);
}

#[test]
fn sr_13_a_hardened_program_leaves_no_dump() {
    let inside = "JOINBELL_TEST_HARDENED";
    if std::env::var_os(inside).is_none() {
        let output = Command::new(std::env::current_exe().unwrap())
            .args([
                "--exact",
                "sr_13_a_hardened_program_leaves_no_dump",
                "--nocapture",
            ])
            .env(inside, "1")
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(
            output.status.success() && said.contains("1 passed"),
            "{said}"
        );
        return;
    }
    vault::hardening::forbid_dumps().unwrap();
    let limits = std::fs::read_to_string("/proc/self/limits").unwrap();
    let core = limits
        .lines()
        .find(|line| line.starts_with("Max core file size"));
    let numbers: Vec<&str> = core.unwrap()["Max core file size".len()..]
        .split_whitespace()
        .take(2)
        .collect();
    assert_eq!(numbers, ["0", "0"]);
    assert_eq!(
        rustix::process::dumpable_behavior().unwrap(),
        rustix::process::DumpableBehavior::NotDumpable
    );
}

#[test]
fn sr_15_what_does_not_open_leaves_nothing_of_itself_in_memory() {
    let inside = "JOINBELL_TEST_UNOPENED";
    if std::env::var_os(inside).is_none() {
        let output = Command::new(std::env::current_exe().unwrap())
            .args([
                "--exact",
                "sr_15_what_does_not_open_leaves_nothing_of_itself_in_memory",
                "--nocapture",
            ])
            .env(inside, "1")
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(
            output.status.success() && said.contains("1 passed"),
            "{said}"
        );
        return;
    }
    let key = Key::generate();
    let text = canary(0x71);
    let outside = Outside {
        key: KeyId(1),
        revision: Revision(1),
    };
    let mut bytes = Vec::with_capacity(24);
    forwards(&text, &mut bytes);
    let plaintext = Sensitive::new(bytes);
    let sealed = envelope::seal(&key, outside, b"place", plaintext.expose());
    drop(plaintext);
    // The tag stands at the very end.
    let mut broken = sealed.clone();
    *broken.last_mut().unwrap() ^= 1;
    let refused = envelope::open(|_| Some(&key), b"place", &broken);
    assert_eq!(refused, Err(CannotOpen));
    let elsewhere = envelope::open(|_| Some(&key), b"another", &sealed);
    assert_eq!(elsewhere, Err(CannotOpen));
    assert_eq!(found(&text), 0);
    let opened = envelope::open(|_| Some(&key), b"place", &sealed).unwrap();
    // More than once: the search reads through a buffer of its own.
    assert!(found(&text) > 0, "the search finds what is there");
    drop(opened);
}
