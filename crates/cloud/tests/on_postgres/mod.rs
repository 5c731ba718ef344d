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

/// The two programs' files, with PostgreSQL in the place of SQLite.
pub(crate) fn set_up(server: &Postgres) -> Place {
    let place = Place::new();
    for statement in [
        format!("CREATE ROLE {KEYS_ROLE} LOGIN NOSUPERUSER NOBYPASSRLS"),
        format!("CREATE DATABASE keys OWNER {OWNER}"),
    ] {
        server.sql("postgres", &statement);
    }
    for (program, database, role) in [("service", "joinbell", ROLE), ("keys", "keys", KEYS_ROLE)] {
        let url = |role: &str| {
            server
                .url(role)
                .replace("/joinbell?", &format!("/{database}?"))
        };
        let url_file = place.file(&format!("{program}-url"));
        let owner_file = place.file(&format!("{program}-owner-url"));
        keep(&url_file, &url(role));
        keep(&owner_file, &url(OWNER));
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
