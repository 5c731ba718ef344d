//! Where words that must stay secret turn up: every form in which one may
//! hide in a file.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD},
};
use calendar::{Meeting, meeting::Notes};

/// Shorter words turn up by chance.
const SHORTEST: usize = 5;

/// What base64 leaves of shorter words turns up by chance.
const SHORTEST_IN_BASE64: usize = 8;

/// As it is, in UTF-16, in hex, and in base64 at each of the three places that
/// a word can have in a text.
fn forms(word: &str) -> Vec<Vec<u8>> {
    let bytes = word.as_bytes();
    let mut forms = vec![
        bytes.to_vec(),
        word.encode_utf16().flat_map(u16::to_le_bytes).collect(),
    ];
    let hex = digits(bytes, "");
    forms.push(hex.to_uppercase().into_bytes());
    forms.push(hex.into_bytes());
    if bytes.len() < SHORTEST_IN_BASE64 {
        return forms;
    }
    for alphabet in [STANDARD_NO_PAD, URL_SAFE_NO_PAD] {
        for shift in 0..3 {
            let text = alphabet.encode([vec![b'x'; shift], bytes.to_vec()].concat());
            // The first and the last four letters hold something else as well.
            let whole = (shift + bytes.len()) / 3 * 4;
            let from = if shift == 0 { 0 } else { 4 };
            forms.push(text.as_bytes()[from..whole].to_vec());
        }
    }
    forms
}

/// Each byte in two digits, with `before` in front of them.
fn digits(bytes: &[u8], before: &str) -> String {
    let each = bytes.iter().map(|byte| format!("{before}{byte:02x}"));
    each.collect::<Vec<String>>().concat()
}

/// What a meeting says that is nobody's business: title, place, text, people
/// and links.
pub(super) fn words_of(meeting: &Meeting) -> impl Iterator<Item = String> {
    let text = match &meeting.notes {
        Notes::Here(text) => text.to_string(),
        Notes::Aside => String::new(),
    };
    let attendees = meeting.attendees.iter().map(|one| &one.person);
    let people = meeting.organizer.iter().chain(attendees);
    let people = people.flat_map(|one| [Some(one.name.clone()), one.address.clone()]);
    let links = meeting.join.0.iter().map(|link| link.url.to_string());
    [meeting.title.clone(), meeting.location.clone(), text]
        .into_iter()
        .chain(people.flatten())
        .chain(links)
}

/// The first file under `folder` that holds one of `words` in any form, and
/// the form. The write-ahead log may go while the list is walked.
pub(super) fn found(folder: &Path, words: &BTreeSet<String>) -> Option<(PathBuf, String)> {
    let long = words.iter().filter(|word| word.len() >= SHORTEST);
    let patterns: Vec<String> = long
        .flat_map(|word| forms(word))
        .map(|form| digits(&form, r"\x"))
        .collect();
    let search = regex::bytes::Regex::new(&format!("(?-u){}", patterns.join("|"))).unwrap();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let bytes = fs::read(&path).unwrap_or_default();
            if let Some(form) = search.find(&bytes) {
                let form = String::from_utf8_lossy(form.as_bytes()).into_owned();
                return Some((path, form));
            }
        }
    }
    None
}

#[test]
fn every_form_of_every_word_is_found_in_every_file_and_nothing_else() {
    let words: BTreeSet<String> = ["canary-title-1", "Överläggning", "brief", "four"]
        .map(str::to_owned)
        .into();
    let folder = tempfile::tempdir().unwrap();
    let below = folder.path().join("below");
    fs::create_dir(&below).unwrap();
    let file = below.join("a log");
    for word in ["canary-title-1", "Överläggning", "brief"] {
        for form in forms(word) {
            fs::write(&file, [b"..", form.as_slice(), b".."].concat()).unwrap();
            let found = found(folder.path(), &words);
            assert!(found.is_some_and(|(path, _)| path == file), "{form:?}");
        }
        for before in ["", "a", "ab"] {
            if word.len() < SHORTEST_IN_BASE64 {
                continue;
            }
            let text = URL_SAFE_NO_PAD.encode(format!("{before}{word}, and more"));
            fs::write(&file, text).unwrap();
            assert!(found(folder.path(), &words).is_some(), "{before}{word}");
        }
    }
    fs::write(&file, "canary-title-2 Brief four \u{feff}").unwrap();
    assert_eq!(found(folder.path(), &words), None);
}
