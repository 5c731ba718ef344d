//! Where words that must stay secret turn up: every form in which one may
//! hide in a file.

use std::collections::BTreeSet;

use aho_corasick::AhoCorasick;
use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD},
};
use exchange_sim::{
    World,
    world::{
        details::{Body, Details},
        mailbox::Mailbox,
        property::PropertyValue,
    },
};

/// Every form in which a word may stand in a file: as it is, in UTF-16, in
/// hex, and in base64 at each of the three places it can have in a text.
pub fn forms(word: &str) -> Vec<Vec<u8>> {
    let utf16: Vec<u8> = word.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let mut forms = forms_of_bytes(word.as_bytes());
    forms.insert(1, utf16);
    forms
}

/// The same of bytes that are no text, such as a key.
pub fn forms_of_bytes(secret: &[u8]) -> Vec<Vec<u8>> {
    let hex = |upper: bool| -> Vec<u8> {
        let digits: String = secret
            .iter()
            .map(|byte| {
                if upper {
                    format!("{byte:02X}")
                } else {
                    format!("{byte:02x}")
                }
            })
            .collect();
        digits.into_bytes()
    };
    let mut forms = vec![secret.to_vec(), hex(false), hex(true)];
    for alphabet in [STANDARD_NO_PAD, URL_SAFE_NO_PAD] {
        for shift in 0..3 {
            let padded = [vec![b'x'; shift], secret.to_vec()].concat();
            let text = alphabet.encode(&padded);
            let whole = padded.len() / 3 * 4;
            let from = if shift == 0 { 0 } else { 4 };
            let form = text.as_bytes().get(from..whole).map(<[u8]>::to_vec);
            // The alphabets differ in two letters of 64.
            forms.extend(form.filter(|form| !forms.contains(form)));
        }
    }
    forms
}

/// Whether `bytes` hold a word in any form.
pub fn holds(bytes: &[u8], word: &str) -> bool {
    forms(word)
        .iter()
        .any(|form| bytes.windows(form.len()).any(|window| window == form))
}

/// What the mailboxes of a server hold that is nobody's business: titles,
/// places, texts, links and people of meetings, series and changed
/// occurrences, and automatic replies.
pub fn words_of(world: &World) -> Vec<String> {
    let mailboxes: Vec<&Mailbox> = world.mailboxes().collect();
    let items = mailboxes.iter().flat_map(|one| one.calendar.items());
    let meetings = items.flat_map(|item| {
        let changed = item
            .series
            .iter()
            .flat_map(|series| series.changed.values());
        let all = std::iter::once(&item.details).chain(changed);
        all.flat_map(words_of_details).chain([item.uid.clone()])
    });
    let replies = mailboxes
        .iter()
        .flat_map(|one| [&one.oof.internal, &one.oof.external]);
    meetings.chain(replies.cloned()).collect()
}

/// The addresses of all mailboxes: what a service that sees opaque ids alone
/// must not hold.
pub fn addresses_of(world: &World) -> Vec<String> {
    world.mailboxes().map(|one| one.address.clone()).collect()
}

fn words_of_details(details: &Details) -> Vec<String> {
    let (Body::Text(text) | Body::Html(text)) = &details.body;
    let attendees = [&details.required, &details.optional, &details.resources];
    let people = attendees.into_iter().flatten().map(|one| &one.person);
    let people = people.chain(&details.organizer);
    let people = people.flat_map(|one| [Some(one.name.clone()), one.address.clone()]);
    let properties = details.extended.values().flat_map(|value| match value {
        PropertyValue::One(one) => vec![one.clone()],
        PropertyValue::Many(many) => many.clone(),
    });
    [
        details.subject.clone(),
        details.location.clone(),
        text.clone(),
    ]
    .into_iter()
    .chain(people.flatten())
    .chain(details.join_url.clone())
    .chain(details.categories.iter().cloned())
    .chain(properties)
    .collect()
}

/// Shorter words turn up by chance.
const SHORTEST: usize = 8;

/// Looks for many words at once, in any of their forms.
#[derive(Debug)]
pub struct Search {
    words: Vec<String>,
    forms: AhoCorasick,
    /// Which word each form is one of.
    word_of: Vec<usize>,
}

impl Search {
    /// Prepares the search for all of `words` that are long enough.
    ///
    /// # Panics
    /// When the words together are longer than memory.
    pub fn new(words: impl IntoIterator<Item = String>) -> Self {
        Self::with_keys(words, [])
    }

    /// The same, and for keys, each with what it is called where it is found.
    ///
    /// # Panics
    /// When all of it together is longer than memory.
    #[expect(clippy::expect_used, reason = "a test cannot go on without")]
    pub fn with_keys(
        words: impl IntoIterator<Item = String>,
        keys: impl IntoIterator<Item = (String, Vec<u8>)>,
    ) -> Self {
        let words: BTreeSet<String> = words.into_iter().collect();
        let words = words.into_iter().filter(|w| w.len() >= SHORTEST);
        let words = words.map(|word| (forms(&word), word));
        let keys = keys.into_iter();
        let keys = keys.map(|(name, key)| (forms_of_bytes(&key), name));
        let (each, words): (Vec<_>, Vec<String>) = words.chain(keys).unzip();
        let each = each.into_iter().enumerate();
        let (word_of, all): (Vec<usize>, Vec<Vec<u8>>) = each
            .flat_map(|(at, forms)| forms.into_iter().map(move |form| (at, form)))
            .unzip();
        Self {
            forms: AhoCorasick::new(all).expect("the words fit into memory"),
            words,
            word_of,
        }
    }

    /// The first word that `bytes` hold.
    pub fn found(&self, bytes: &[u8]) -> Option<&str> {
        let found = self.forms.find(bytes)?;
        let word = self.word_of.get(found.pattern().as_usize())?;
        self.words.get(*word).map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, Duration, Utc};
    use chrono_tz::Tz;
    use exchange_sim::world::{
        details::{Person, Response},
        series::{Pattern, Range, Series},
    };

    use super::*;

    #[test]
    fn words_are_those_of_every_field_that_somebody_fills() {
        let start: DateTime<Utc> = DateTime::UNIX_EPOCH + Duration::days(20_000);
        let of = |what: &str| {
            let end = start + Duration::hours(1);
            let mut one = Details::new(format!("subject-{what}"), start, end, Tz::UTC)
                .at(format!("place-{what}"))
                .text(format!("text-{what}"))
                .called_by(
                    Person::new(format!("caller-{what}"), format!("c-{what}@x.org")),
                    Response::Organizer,
                )
                .with(
                    Person::new(format!("guest-{what}"), format!("g-{what}@x.org")),
                    Response::Accept,
                );
            one.join_url = Some(format!("https://join-{what}.example.org"));
            one.categories = vec![format!("category-{what}")];
            one
        };
        let mut world = World::empty(start);
        let anna = world.add_mailbox("anna@example.org", "Anna", Tz::UTC, "");
        anna.oof.internal = "reply-internal".to_owned();
        anna.oof.external = "reply-external".to_owned();
        let series = Series::new(
            Pattern::Daily { every: 1 },
            start.date_naive(),
            Range::Count(3),
        );
        let number = world.add_series("anna@example.org", of("whole"), series);
        let second = start.date_naive() + Duration::days(1);
        let changed = |details: &mut Details| *details = of("changed");
        let number = number.expect("a series");
        world
            .change_occurrence("anna@example.org", number, second, changed)
            .expect("an occurrence");
        let words = words_of(&world);
        for what in ["whole", "changed"] {
            for word in ["subject", "place", "text", "caller", "guest", "category"] {
                assert!(words.contains(&format!("{word}-{what}")), "{word}-{what}");
            }
            assert!(words.contains(&format!("https://join-{what}.example.org")));
            assert!(words.contains(&format!("c-{what}@x.org")));
        }
        assert!(words.contains(&"reply-external".to_owned()));
        assert!(words.contains(&"reply-internal".to_owned()));
        assert_eq!(addresses_of(&world), ["anna@example.org"]);
    }

    #[test]
    fn each_form_of_each_word_is_found_and_nothing_else() {
        let words = ["Release planning", "canary-password-1"].map(str::to_owned);
        let search = Search::new(words.clone());
        for word in &words {
            for form in forms(word) {
                let hidden = [b"..".to_vec(), form, b"..".to_vec()].concat();
                assert_eq!(search.found(&hidden), Some(word.as_str()));
            }
        }
        assert_eq!(search.found(b"release planning canary-password-2"), None);
        assert_eq!(Search::new([]).found(b"anything"), None);
        let key = [0xfb; 32];
        let search = Search::with_keys(words, [("a key".to_owned(), key.to_vec())]);
        for form in forms_of_bytes(&key) {
            assert_eq!(search.found(&form), Some("a key"));
        }
    }
}
