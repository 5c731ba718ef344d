//! The envelope against an implementation of others: Python's pycose.

#![expect(clippy::unwrap_used, reason = "a test ends where a step fails")]

use std::{
    fmt::Write,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use vault::{
    envelope::{self, KeyId, Outside, Revision},
    key::Key,
};

/// cbor2 6 decodes arrays in tags as tuples, which this pycose refuses.
const PACKAGES: [&str; 2] = ["pycose==1.1.0", "cbor2<6"];

/// A Python with pycose, under `target/`; made at the first run.
fn python() -> Result<PathBuf, String> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let home = here.join("../../target/pycose");
    let python = home.join("bin/python");
    let has_pycose = || {
        let tried = Command::new(&python).args(["-c", "import pycose"]).output();
        tried.is_ok_and(|output| output.status.success())
    };
    if has_pycose() {
        return Ok(python);
    }
    run(Command::new("python3").args(["-m", "venv"]).arg(&home))?;
    let pip = [
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
    ];
    run(Command::new(&python).args(pip).args(PACKAGES))?;
    Ok(python)
}

fn run(command: &mut Command) -> Result<Output, String> {
    let output = command.output().map_err(|error| error.to_string())?;
    let said = String::from_utf8_lossy(&output.stderr);
    let last = said.lines().last().unwrap_or("it failed").to_owned();
    output.status.success().then_some(output).ok_or(last)
}

#[test]
fn pycose_opens_what_the_vault_seals_and_the_other_way_round() {
    let python = match python() {
        Ok(python) => python,
        Err(why) => {
            println!("skipped: pycose cannot be installed: {why}");
            return;
        }
    };
    let (key, place, text) = (Key::generate(), b"meetings/anna", b"Budget follow-up");
    let outside = Outside {
        key: KeyId(9),
        revision: Revision(3),
    };
    let blob = envelope::seal(&key, outside, place, text);
    let check = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/outsider/check.py");
    let output = run(Command::new(python)
        .arg(check)
        .args([&key.expose()[..], place, &blob].map(hex)))
    .unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    let (opened, answer) = said.trim().split_once(' ').unwrap();
    assert_eq!(opened, hex(text));
    let reversed: Vec<u8> = text.iter().rev().copied().collect();
    let answer = envelope::open(|_| Some(&key), place, &bytes(answer)).unwrap();
    assert_eq!(answer, (outside, reversed));
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    })
}

fn bytes(hex: &str) -> Vec<u8> {
    (0..hex.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap())
        .collect()
}
