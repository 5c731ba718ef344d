//! Takes what is private out of a text that a person is about to give away:
//! what is known to be private first, then whatever looks like it.

use std::{collections::BTreeSet, sync::LazyLock};

use regex::{Captures, Regex};

/// Shorter texts are too common to be taken out wherever they stand.
const KNOWN_MIN: usize = 3;

/// Takes private things out of texts and counts them.
#[derive(Debug, Clone)]
pub struct Redaction {
    /// Longest first, so that a part of a name does not save the rest.
    known: Vec<Regex>,
    hosts: Hosts,
    removed: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Hosts {
    Removed,
    Kept,
}

impl Redaction {
    /// Takes out these texts, in whatever case, beside everything that looks
    /// like an address, a link, a host, a user name or a path of the user.
    pub fn new<T: AsRef<str>>(known: impl IntoIterator<Item = T>) -> Self {
        let mut texts: Vec<String> = known
            .into_iter()
            .map(|text| text.as_ref().trim().to_owned())
            .filter(|text| text.chars().count() >= KNOWN_MIN)
            .collect::<BTreeSet<_>>()
            .into_iter()
            .collect();
        texts.sort_by_key(|text| std::cmp::Reverse(text.len()));
        let known = texts
            .iter()
            .filter_map(|text| Regex::new(&format!("(?i){}", regex::escape(text))).ok())
            .collect();
        Self {
            known,
            hosts: Hosts::Removed,
            removed: 0,
        }
    }

    /// Leaves links and hosts where they are, for a report about one server.
    #[must_use]
    pub fn keeping_hosts(mut self) -> Self {
        self.hosts = Hosts::Kept;
        self
    }

    /// The text without what is private.
    pub fn clean(&mut self, text: &str) -> String {
        let mut text = text.to_owned();
        for known in &self.known {
            text = replaced(known, &text, "‹private›", &mut self.removed);
        }
        for (pattern, placeholder, kind) in PATTERNS.iter() {
            if *kind == Kind::Always || self.hosts == Hosts::Removed {
                text = replaced(pattern, &text, placeholder, &mut self.removed);
            }
        }
        text
    }

    /// How many places have been taken out so far.
    pub fn removed(&self) -> usize {
        self.removed
    }
}

fn replaced(pattern: &Regex, text: &str, placeholder: &str, removed: &mut usize) -> String {
    let put = |found: &Captures<'_>| {
        *removed += 1;
        // What stands before the match belongs to the text.
        let before = found.name("before").map_or("", |before| before.as_str());
        format!("{before}{placeholder}")
    };
    pattern.replace_all(text, put).into_owned()
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Always,
    Host,
}

/// What looks private, in the order in which it is taken out.
static PATTERNS: LazyLock<Vec<(Regex, &'static str, Kind)>> = LazyLock::new(|| {
    [
        (
            r"(?i)\b(?:bearer|basic|ntlm|negotiate)\s+[A-Za-z0-9+/=._~-]{8,}",
            "‹credential›",
            Kind::Always,
        ),
        (
            r"(?i)\b(?P<before>(?:password|passwd|pwd|secret|token|passcode)\s*[=:]\s*)\S+",
            "‹credential›",
            Kind::Always,
        ),
        (r"\b[A-Za-z0-9+/_-]{40,}={0,2}", "‹long value›", Kind::Always),
        (
            r"(?i)\b[a-z][a-z0-9+.-]{1,20}://[^\s<>\x22']+",
            "‹link›",
            Kind::Host,
        ),
        (
            r"(?i)\b[\p{L}0-9._%+-]+@[\p{L}0-9-]+(?:\.[\p{L}0-9-]+)*",
            "‹address›",
            Kind::Always,
        ),
        (
            r"(?:/home/|/Users/|[A-Za-z]:\\Users\\)[^\s/\\:;,]+",
            "‹home›",
            Kind::Always,
        ),
        (r"\b[A-Z][A-Z0-9-]{1,14}\\[\p{L}0-9._-]+", "‹user›", Kind::Always),
        (
            r"\b(?:\d{1,3}\.){3}\d{1,3}(?::\d{1,5})?\b",
            "‹host›",
            Kind::Host,
        ),
        (r"(?i)\b(?:[0-9a-f]{1,4}:){3,7}[0-9a-f]{1,4}\b", "‹host›", Kind::Host),
        (
            r"(?i)\b(?:[\p{L}0-9](?:[\p{L}0-9-]*[\p{L}0-9])?\.)+(?:com|org|net|se|eu|io|de|fi|no|dk|uk|local|lan|internal|corp|example|test)\b",
            "‹host›",
            Kind::Host,
        ),
    ]
    .into_iter()
    .filter_map(|(pattern, placeholder, kind)| Some((Regex::new(pattern).ok()?, placeholder, kind)))
    .collect()
});

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    #[test]
    fn every_pattern_can_be_read() {
        assert_eq!(PATTERNS.len(), 10);
    }

    #[rstest]
    #[case("mail to anna.berg@example.org failed", "mail to ‹address› failed")]
    #[case("GET https://acme.webex.com/meet/anna?x=1 200", "GET ‹link› 200")]
    #[case("zoommtg://zoom.us/join?confno=1", "‹link›")]
    #[case("ACME\\anna was refused", "‹user› was refused")]
    #[case("file /home/anna/.local/x", "file ‹home›/.local/x")]
    #[case("file C:\\Users\\anna\\x", "file ‹home›\\x")]
    #[case("connect 10.1.2.3:443 and fe80:1:2:3:4", "connect ‹host› and ‹host›")]
    #[case("no route to mail.example.org", "no route to ‹host›")]
    #[case("Authorization: Basic YW5uYTpzZWNyZXQ=", "Authorization: ‹credential›")]
    #[case("password=hunter2 and more", "password=‹credential› and more")]
    fn sr_66_what_looks_private_is_taken_out(#[case] text: &str, #[case] left: &str) {
        assert_eq!(Redaction::new([""; 0]).clean(text), left);
    }

    #[test]
    fn sr_66_what_is_known_is_taken_out_whatever_it_looks_like() {
        let mut redaction = Redaction::new(["Supplier review", "Supplier", "Ö"]);
        assert_eq!(
            redaction.clean("late: SUPPLIER REVIEW, supplier, Ö"),
            "late: ‹private›, ‹private›, Ö"
        );
        assert_eq!(redaction.removed(), 2);
    }

    #[test]
    fn a_report_about_a_server_keeps_its_address() {
        let mut redaction = Redaction::new(["anna"]).keeping_hosts();
        assert_eq!(
            redaction.clean("https://mail.example.org/EWS for anna"),
            "https://mail.example.org/EWS for ‹private›"
        );
    }

    proptest! {
        #[test]
        fn sr_66_a_known_text_never_stays(secret in "[a-zåäö@.:/ ]{3,30}", before in ".{0,40}", after in ".{0,40}") {
            prop_assume!(secret.trim().chars().count() >= KNOWN_MIN);
            // Placeholders may say what they say.
            let placeholders = "‹private›‹credential›‹long value›‹link›‹address›‹home›‹user›‹host›";
            prop_assume!(!placeholders.contains(secret.trim()));
            let left = Redaction::new([&secret]).clean(&format!("{before}{secret}{after}"));
            prop_assert!(!left.contains(secret.trim()), "{left}");
        }
    }
}
