//! The arrows of docs/ARCHITECTURE.md, read from `cargo metadata`, and the
//! shape of the files.

#![expect(clippy::expect_used, reason = "a test ends where a step fails")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use cargo_metadata::{DependencyKind, MetadataCommand};

/// What each room may depend on. A room that is not listed fails the test, so
/// that a new one has to say where it stands.
const ARROWS: &[(&str, &[&str])] = &[
    ("calendar", &[]),
    ("ews", &[]),
    ("vault", &[]),
    ("exchange-sim", &[]),
    ("engine", &["calendar", "ews", "vault"]),
    ("cloud", &["vault"]),
    ("desktop", &["calendar", "engine", "vault"]),
    ("connector", &["calendar", "engine", "vault"]),
    ("joinbell-cli", &["calendar", "desktop"]),
    (
        "joinbell",
        &["calendar", "desktop", "engine", "vault", "exchange-sim"],
    ),
    (
        "simulation",
        &["calendar", "desktop", "engine", "exchange-sim", "vault"],
    ),
    (
        "scenarios",
        &[
            "calendar",
            "cloud",
            "connector",
            "desktop",
            "engine",
            "ews",
            "exchange-sim",
            "vault",
        ],
    ),
];

/// Crates which a room must not reach, not even through others.
const NEVER: &[(&str, &[&str])] = &[
    (
        "calendar",
        &[
            "tokio",
            "hyper",
            "reqwest",
            "quick-xml",
            "sqlx",
            "tauri",
            "aes-gcm",
        ],
    ),
    ("ews", &["sqlx", "tauri", "aes-gcm", "keyring"]),
    // It reaches the service itself, by reqwest.
    ("vault", &["quick-xml", "tauri", "chrono-tz"]),
    // The blind half cannot name a meeting, also not through others.
    (
        "cloud",
        &[
            "calendar",
            "ews",
            "engine",
            "desktop",
            "quick-xml",
            "chrono",
            "chrono-tz",
            "tauri",
        ],
    ),
    ("desktop", &["tauri", "gtk", "notify-rust"]),
    (
        "connector",
        &["tauri", "gtk", "axum", "desktop", "exchange-sim"],
    ),
    ("joinbell-cli", &["tauri", "gtk"]),
];

const LINES_MAX: usize = 600;

fn top() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("tests/ has a parent")
        .to_path_buf()
}

fn metadata() -> cargo_metadata::Metadata {
    MetadataCommand::new()
        .manifest_path(top().join("Cargo.toml"))
        .exec()
        .expect("cargo metadata answers")
}

#[test]
fn every_room_depends_only_on_the_rooms_it_may_know() {
    let metadata = metadata();
    let ours: BTreeSet<String> = metadata
        .workspace_packages()
        .iter()
        .map(|p| p.name.to_string())
        .collect();
    let arrows: BTreeMap<&str, &[&str]> = ARROWS.iter().copied().collect();
    let mut broken = Vec::new();
    for package in metadata.workspace_packages() {
        let Some(allowed) = arrows.get(package.name.as_str()) else {
            broken.push(format!("{} has no line in ARROWS", package.name));
            continue;
        };
        for dependency in &package.dependencies {
            let inside = ours.contains(&dependency.name);
            if dependency.kind == DependencyKind::Normal
                && inside
                && !allowed.contains(&dependency.name.as_str())
            {
                broken.push(format!(
                    "{} must not know {}",
                    package.name, dependency.name
                ));
            }
            // A witness that a room may ask in its tests: the simulated Exchange.
            if dependency.kind == DependencyKind::Development
                && inside
                && dependency.name != "exchange-sim"
                && dependency.name != package.name.as_str()
                && !allowed.contains(&dependency.name.as_str())
            {
                broken.push(format!(
                    "{}'s tests must not know {}",
                    package.name, dependency.name
                ));
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn no_room_reaches_a_crate_that_is_not_for_it() {
    let metadata = metadata();
    let resolve = metadata.resolve.as_ref().expect("metadata is resolved");
    let name_of: BTreeMap<_, _> = metadata
        .packages
        .iter()
        .map(|p| (p.id.clone(), p.name.to_string()))
        .collect();
    let edges: BTreeMap<_, Vec<_>> = resolve
        .nodes
        .iter()
        .map(|node| {
            let normal = node
                .deps
                .iter()
                .filter(|d| d.dep_kinds.iter().any(|k| k.kind == DependencyKind::Normal))
                .map(|d| d.pkg.clone())
                .collect();
            (node.id.clone(), normal)
        })
        .collect();
    let mut broken = Vec::new();
    for (room, never) in NEVER {
        let start = metadata
            .workspace_packages()
            .into_iter()
            .find(|p| p.name.as_str() == *room)
            .unwrap_or_else(|| panic!("room {room} is gone: update NEVER"))
            .id
            .clone();
        let (mut seen, mut queue) = (BTreeSet::new(), vec![start]);
        while let Some(id) = queue.pop() {
            if seen.insert(id.clone()) {
                queue.extend(edges.get(&id).into_iter().flatten().cloned());
            }
        }
        let reached: BTreeSet<&str> = seen
            .iter()
            .filter_map(|id| name_of.get(id))
            .map(String::as_str)
            .collect();
        for name in *never {
            if reached.contains(name) {
                broken.push(format!("{room} reaches {name}"));
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

/// Windows of a release build have developer tools where any crate asks Tauri
/// or wry for them.
#[test]
fn sr_40_no_crate_turns_the_developer_tools_on() {
    let metadata = metadata();
    let resolve = metadata.resolve.as_ref().expect("a resolve");
    let mut seen = 0;
    for node in &resolve.nodes {
        let name = metadata[&node.id].name.as_str();
        if ["tauri", "tauri-runtime", "tauri-runtime-wry", "wry"].contains(&name) {
            seen += 1;
            let has = node
                .features
                .iter()
                .any(|feature| feature.as_str() == "devtools");
            assert!(!has, "{name} has developer tools");
        }
    }
    assert_eq!(seen, 4);
}

fn sources(dir: &Path, found: &mut Vec<PathBuf>) {
    const SKIP: &[&str] = &["target", "node_modules", "dist", "gen", ".git", "artefacts"];
    for entry in fs::read_dir(dir).expect("the tree can be read") {
        let path = entry.expect("the tree can be read").path();
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .to_string();
        if path.is_dir() {
            if !SKIP.contains(&name.as_str()) {
                sources(&path, found);
            }
        } else if matches!(
            path.extension().and_then(|e| e.to_str()),
            Some("rs" | "ts" | "svelte")
        ) {
            found.push(path);
        }
    }
}

#[test]
fn no_file_is_too_long_and_none_is_named_after_nothing() {
    let mut files = Vec::new();
    sources(&top(), &mut files);
    assert!(
        files.len() > 10,
        "the walk found only {} files",
        files.len()
    );
    let mut broken = Vec::new();
    for path in files {
        let stem = path
            .file_stem()
            .unwrap_or_default()
            .to_string_lossy()
            .to_string();
        let generated = stem == "bindings";
        let lines = fs::read_to_string(&path)
            .expect("a source is text")
            .lines()
            .count();
        if lines > LINES_MAX && !generated {
            broken.push(format!("{}: {lines} lines", path.display()));
        }
        if [
            "utils", "util", "helper", "helpers", "manager", "common", "misc",
        ]
        .contains(&stem.as_str())
        {
            broken.push(format!("{}: the name says nothing", path.display()));
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

/// The security requirements of client and service, each of which has tests
/// that carry its number.
const NUMBERED: std::ops::RangeInclusive<u32> = 1..=66;

#[test]
fn every_security_requirement_has_a_test_that_carries_its_number() {
    let mut files = Vec::new();
    sources(&top(), &mut files);
    let mut carried = std::collections::BTreeSet::new();
    for path in files {
        let text = fs::read_to_string(&path).expect("a source is text");
        for line in text.lines().map(str::trim_start) {
            let name = ["fn ", "async fn ", "test('", "it('"]
                .iter()
                .find_map(|before| line.strip_prefix(before)?.strip_prefix("sr_"));
            // `sr_30_and_31_…` carries two.
            let parts = name.unwrap_or_default().split(['_', ' ']);
            carried.extend(parts.map_while(|part| match part {
                "and" => Some(0),
                number => number.parse().ok(),
            }));
        }
    }
    let missing: Vec<u32> = NUMBERED
        .filter(|number| !carried.contains(number))
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
}

/// What strangers may guess at.
const GUESSED: [&str; 8] = [
    "mac",
    "tag",
    "token",
    "proof",
    "signature",
    "verifier",
    "secret",
    "password",
];

/// Comparisons that tell a stranger nothing, and why.
const HARMLESS: [(&str, &str, &str); 5] = [
    (
        "crates/vault/src/vault.rs",
        "tag == keys.key_box.tag",
        "a hash of what both sides have read from the same file",
    ),
    (
        "crates/vault/src/series.rs",
        "map(Tag::of) == known.tag",
        "a hash of what both sides have read from the same file",
    ),
    (
        "crates/ews/src/oauth/tokens.rs",
        "access.token.as_str() == token",
        "the program's own token with its own",
    ),
    (
        "crates/connector/src/hub/roll.rs",
        "secret.expose() != self.secret.expose()",
        "two readings of the program's own settings",
    ),
    (
        "crates/vault/src/passphrase/mod.rs",
        "kept.expose() == secret.expose()",
        "the user's own secret with what the keyring has just kept of it",
    ),
];

/// The names on both sides of each comparison in a line.
fn compared(line: &str) -> impl Iterator<Item = &str> {
    let part_of_a_place = |c: char| c.is_alphanumeric() || "_.()&*".contains(c);
    ["==", "!="]
        .into_iter()
        .filter_map(|operator| line.split_once(operator))
        .flat_map(move |(left, right)| {
            let left = left.trim_end().rsplit(|c| !part_of_a_place(c)).next();
            let right = right.trim_start().split(|c| !part_of_a_place(c)).next();
            [left, right].into_iter().flatten()
        })
        .flat_map(|place| place.split(|c: char| !c.is_alphanumeric() && c != '_'))
}

#[test]
fn sr_14_nothing_that_can_be_guessed_is_compared_byte_by_byte() {
    assert!(compared("if mac == self.expected {").any(|name| name == "mac"));
    assert!(compared("a != b.proof()").any(|name| name == "proof"));
    assert!(!compared("let tag = x == y;").any(|name| name == "tag"));
    let mut files = Vec::new();
    sources(&top().join("crates"), &mut files);
    let mut found = Vec::new();
    for file in files {
        let shown = file.strip_prefix(top()).unwrap_or(&file);
        let shown = shown.display().to_string().replace('\\', "/");
        // The simulated Exchange guards nothing, and tests nothing either.
        if shown.contains("exchange-sim") || shown.contains("/tests") {
            continue;
        }
        let text = fs::read_to_string(&file).expect("a source file");
        // A file of tests that is named at the top does not end it.
        let tests = text.find("#[cfg(test)]\nmod tests {");
        let product = tests.map_or(text.as_str(), |at| &text[..at]);
        for line in product.lines() {
            let harmless = |(at, what, _): &(&str, &str, &str)| *at == shown && line.contains(what);
            if compared(line).any(|name| GUESSED.contains(&name)) && !HARMLESS.iter().any(harmless)
            {
                found.push(format!("{shown}: {}", line.trim()));
            }
        }
    }
    assert!(
        found.is_empty(),
        "compare in constant time (`verify_slice`), or say why not: {found:#?}"
    );
}
