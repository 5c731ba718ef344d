//! The envelope against an implementation of others: Python's pycose.

#![expect(clippy::unwrap_used, reason = "a test ends where a step fails")]

mod python;

use std::{path::Path, process::Command};

use vault::{
    envelope::{self, KeyId, Outside, Revision},
    key::Key,
};

use crate::python::{bytes, hex, python, run};

/// cbor2 6 decodes arrays in tags as tuples, which this pycose refuses.
const PACKAGES: [&str; 2] = ["pycose==1.1.0", "cbor2<6"];

#[test]
fn pycose_opens_what_the_vault_seals_and_the_other_way_round() {
    let python = match python("pycose", "pycose", &PACKAGES) {
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
