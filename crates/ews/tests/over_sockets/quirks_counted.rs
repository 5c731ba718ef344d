//! Every numbered quirk has a test by its number, or a line in QUIRKS.md.

#![expect(clippy::unwrap_used, reason = "a test ends where a step fails")]

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

const EXCHANGE: u32 = 53;
const GROMMUNIO: u32 = 17;

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            if path.file_name().unwrap() != "target" {
                sources(&path, found);
            }
        } else if path.extension().is_some_and(|e| e == "rs") {
            found.push(path);
        }
    }
}

/// The numbers in a name such as `quirk_33_and_34_a_zone`.
fn numbers(rest: &str) -> Vec<u32> {
    let words = rest.split('_').take_while(|word| {
        *word == "and" || (word.len() == 2 && word.bytes().all(|b| b.is_ascii_digit()))
    });
    words.filter_map(|word| word.parse().ok()).collect()
}

fn in_tests(prefix: &str, text: &str) -> BTreeSet<u32> {
    let names = text
        .split("fn ")
        .skip(1)
        .filter_map(|rest| rest.split('(').next());
    names
        .filter_map(|name| {
            let at = name.find(prefix)?;
            // `grommunio_quirk_03` is none of Exchange's.
            let before = &name[..at];
            (prefix.starts_with('g') || !before.ends_with("grommunio_"))
                .then(|| numbers(&name[at + prefix.len()..]))
        })
        .flatten()
        .collect()
}

fn in_list(prefix: &str, list: &str) -> BTreeSet<u32> {
    list.lines()
        .filter_map(|line| {
            line.strip_prefix("- ")?
                .strip_prefix(prefix)?
                .split_once(": ")
        })
        .filter(|(_, why)| why.len() > 20)
        .filter_map(|(number, _)| number.trim().parse().ok())
        .collect()
}

#[test]
fn every_quirk_has_a_test_or_a_reason() {
    let own = Path::new(env!("CARGO_MANIFEST_DIR"));
    let list = fs::read_to_string(own.join("QUIRKS.md")).unwrap();
    let mut files = Vec::new();
    for folder in ["../ews/src", "../ews/tests", "../engine/src", "../../tests"] {
        sources(&own.join(folder), &mut files);
    }
    let text: String = files
        .iter()
        .map(|file| fs::read_to_string(file).unwrap())
        .collect();
    for (of, prefix, listed, most) in [
        ("Exchange", "quirk_", "quirk ", EXCHANGE),
        (
            "grommunio",
            "grommunio_quirk_",
            "grommunio quirk ",
            GROMMUNIO,
        ),
    ] {
        let tested = in_tests(prefix, &text);
        let reasoned = in_list(listed, &list);
        let open = in_list(&format!("open {listed}"), &list);
        let missing: Vec<_> = (1..=most)
            .filter(|n| !tested.contains(n) && !reasoned.contains(n) && !open.contains(n))
            .collect();
        assert_eq!(missing, Vec::<u32>::new(), "quirks of {of}");
        let twice: Vec<_> = open.intersection(&tested).collect();
        assert_eq!(
            twice,
            Vec::<&u32>::new(),
            "open quirks of {of} that have a test"
        );
        println!(
            "quirks of {of}: {} tested, {} without need, {} open",
            tested.range(1..=most).count(),
            reasoned.difference(&tested).count(),
            open.len()
        );
    }
}
