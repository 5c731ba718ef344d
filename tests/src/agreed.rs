//! What may be asked of Exchange, as docs/HYBRID-CONNECTOR.md says it to an
//! administrator (SR-47).

#![expect(clippy::expect_used, reason = "a test ends where its page is another")]

use std::collections::BTreeSet;

use exchange_sim::Simulator;

const PAGE: &str = include_str!("../../docs/HYBRID-CONNECTOR.md");

/// The operations of the sentence that lists them.
///
/// # Panics
/// When the page has no such sentence.
pub fn operations() -> BTreeSet<&'static str> {
    let begins = "Of Exchange it asks nothing but ";
    let sentence = PAGE.lines().find_map(|line| line.strip_prefix(begins));
    let sentence = sentence.and_then(|rest| rest.split_once(". "));
    let (sentence, _) = sentence.expect("the page lists them");
    let words = sentence.split(|c: char| !c.is_ascii_alphanumeric());
    // All other words of the sentence are small.
    let is_a_name = |word: &&str| word.starts_with(|first: char| first.is_ascii_uppercase());
    words.filter(is_a_name).collect()
}

/// What a server was asked, and what of it is beyond that.
pub fn asked_of(exchange: &Simulator) -> (BTreeSet<String>, BTreeSet<String>) {
    let requests = exchange.requests().into_iter();
    let asked: BTreeSet<String> = requests
        .map(|request| request.operation)
        // Who asks how to sign in asks for no operation.
        .filter(|operation| !operation.is_empty())
        .collect();
    let agreed = operations();
    let beyond = asked.iter().filter(|one| !agreed.contains(one.as_str()));
    let beyond = beyond.cloned().collect();
    (asked, beyond)
}
