//! Both programs' files with PostgreSQL in the place of SQLite, as an
//! administrator makes them.

#![allow(clippy::unwrap_used, reason = "a test ends where a step fails")]

use std::{path::Path, process::Command};

use crate::{
    postgres_server::{OWNER, Postgres, ROLE},
    stage::{Place, binary},
};

/// The role that the key service has, in a database of its own (SR-54).
pub(crate) const KEYS_ROLE: &str = "joinbell_keys";
/// The role that owns its tables.
const KEYS_OWNER: &str = "joinbell_keys_owner";

/// What an administrator is told to say to PostgreSQL.
fn told() -> Vec<String> {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/HYBRID.md");
    let page = std::fs::read_to_string(page).unwrap();
    let block = page.split("```sql\n").nth(1).unwrap();
    let lines = block.split("```").next().unwrap().lines();
    lines.map(str::to_owned).collect()
}

/// The two programs' files, with PostgreSQL in the place of SQLite.
pub(crate) fn set_up(server: &Postgres) -> Place {
    let place = Place::new();
    let told = told();
    for [owner, role, database] in [[OWNER, ROLE, "joinbell"], [KEYS_OWNER, KEYS_ROLE, "keys"]] {
        for name in [
            format!("ROLE {owner} "),
            format!("ROLE {role} "),
            format!("DATABASE {database} "),
        ] {
            assert!(
                told.iter()
                    .any(|line| line.starts_with(&format!("CREATE {name}"))),
                "{name}"
            );
        }
    }
    // A server comes with the first database.
    let is_there = |line: &str| {
        [
            "ROLE joinbell_owner ",
            "ROLE joinbell_service ",
            "DATABASE joinbell ",
        ]
        .iter()
        .any(|name| line.starts_with(&format!("CREATE {name}")))
    };
    for statement in told.iter().filter(|line| !is_there(line)) {
        server.sql("postgres", statement);
    }
    for (program, database, role, owner) in [
        ("service", "joinbell", ROLE, OWNER),
        ("keys", "keys", KEYS_ROLE, KEYS_OWNER),
    ] {
        let url = |role: &str| {
            server
                .url(role)
                .replace("/joinbell?", &format!("/{database}?"))
        };
        let url_file = place.file(&format!("{program}-url"));
        let owner_file = place.file(&format!("{program}-owner-url"));
        keep(&url_file, &url(role));
        keep(&owner_file, &url(owner));
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
