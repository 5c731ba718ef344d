//! The program by itself, without a server and without a keyring. With a
//! server it is tested in `tests/cli_*.rs`.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]

use std::process::{Command, Output};

fn run(arguments: &[&str]) -> Output {
    let folder = tempfile::tempdir().unwrap();
    Command::new(env!("CARGO_BIN_EXE_joinbell-cli"))
        .args(arguments)
        .env("JOINBELL_DATA_DIR", folder.path())
        .env("LANG", "sv_SE.UTF-8")
        .env_remove("LC_ALL")
        .env_remove("LC_TIME")
        .output()
        .unwrap()
}

#[test]
fn help_names_every_command() {
    let help = run(&["--help"]);
    let text = String::from_utf8(help.stdout).unwrap();
    assert!(help.status.success());
    for command in ["account", "agenda", "next", "watch", "join", "doctor"] {
        assert!(text.contains(command), "{text}");
    }
}

#[test]
fn it_speaks_the_users_language() {
    let agenda = run(&["agenda"]);
    assert_eq!(agenda.status.code(), Some(8));
    let text = String::from_utf8(agenda.stderr).unwrap();
    assert!(
        text.starts_with("joinbell-cli: Inget konto är upplagt"),
        "{text}"
    );
}
