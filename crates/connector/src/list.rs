//! The list of mailboxes: one address a line, and the user's zone where it is
//! not the usual one.

use std::{collections::BTreeSet, path::Path, sync::Arc};

use chrono_tz::Tz;
use thiserror::Error;

/// One mailbox of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its address, in lower case.
    pub address: Arc<str>,
    /// Its user's zone.
    pub zone: Tz,
    /// Where it stands in the file, from 1. Logs name a mailbox by this
    /// number and never by its address.
    pub line: u32,
}

/// Why a list cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum BadList {
    /// The file cannot be read.
    #[error("The list of mailboxes {0} cannot be read ({1}); check its path and rights")]
    Unreadable(String, String),
    /// A line is no address.
    #[error("Line {1} of the list of mailboxes {0} is no address; write name@domain, and a zone")]
    NoAddress(String, usize),
    /// A line names a zone that does not exist.
    #[error("Line {1} of the list of mailboxes {0} names no zone, such as Europe/Stockholm")]
    NoZone(String, usize),
    /// There is no mailbox in it.
    #[error("The list of mailboxes {0} is empty; write one address a line")]
    Empty(String),
}

/// Reads a list. Empty lines and those beginning with `#` do not count, and
/// neither does a mailbox that comes a second time.
pub fn read(path: &Path, usual: Tz) -> Result<Vec<Entry>, BadList> {
    let name = path.display().to_string();
    let text = std::fs::read_to_string(path)
        .map_err(|error| BadList::Unreadable(name.clone(), error.to_string()))?;
    parse(&text, usual, &name)
}

fn parse(text: &str, usual: Tz, name: &str) -> Result<Vec<Entry>, BadList> {
    let (mut entries, mut seen) = (Vec::new(), BTreeSet::new());
    for (at, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let number = at + 1;
        let (address, zone) = match line.split_once(char::is_whitespace) {
            Some((address, zone)) => {
                let zone = zone.trim().parse();
                let zone = zone.map_err(|_| BadList::NoZone(name.to_owned(), number))?;
                (address, zone)
            }
            None => (line, usual),
        };
        if !is_address(address) {
            return Err(BadList::NoAddress(name.to_owned(), number));
        }
        let address: Arc<str> = address.to_lowercase().into();
        if seen.insert(Arc::clone(&address)) {
            entries.push(Entry {
                address,
                zone,
                line: u32::try_from(number).unwrap_or(u32::MAX),
            });
        }
    }
    if entries.is_empty() {
        return Err(BadList::Empty(name.to_owned()));
    }
    Ok(entries)
}

/// Good enough to be sent in a header: the server says the rest.
pub(crate) fn is_address(text: &str) -> bool {
    let plain = text
        .chars()
        .all(|c| c.is_ascii_graphic() && c != ',' && c != ';');
    let halves = text.split_once('@');
    plain
        && halves.is_some_and(|(name, domain)| {
            !name.is_empty() && domain.contains('.') && !domain.contains('@')
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    const ZONE: Tz = Tz::Europe__Stockholm;

    #[test]
    fn a_list_has_one_mailbox_a_line_and_each_once() {
        let text = "\u{feff}# sales\r\nAnna@example.org\r\n\r\n  bo@example.org  Asia/Tokyo\nanna@EXAMPLE.org\n";
        let entries = parse(text, ZONE, "list").unwrap();
        let seen: Vec<_> = entries
            .iter()
            .map(|entry| (&*entry.address, entry.zone, entry.line))
            .collect();
        let expected = [
            ("anna@example.org", ZONE, 2),
            ("bo@example.org", Tz::Asia__Tokyo, 4),
        ];
        assert_eq!(seen, expected);
    }

    #[test]
    fn a_line_that_is_none_is_named_by_its_number_and_not_by_what_it_says() {
        for (text, line) in [("anna@example.org\nanna", 2), ("a b@example.org", 1)] {
            let error = parse(text, ZONE, "list").unwrap_err().to_string();
            assert!(error.contains(&format!("Line {line} ")), "{error}");
            assert!(!error.contains("anna"), "{error}");
        }
        assert_eq!(parse("# all", ZONE, "l"), Err(BadList::Empty("l".into())));
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_the_reader_panic_and_what_it_reads_can_stand_in_a_header(text: String) {
            for entry in parse(&text, ZONE, "list").unwrap_or_default() {
                proptest::prop_assert!(entry.address.chars().all(|c| c.is_ascii_graphic()));
            }
        }
    }
}
