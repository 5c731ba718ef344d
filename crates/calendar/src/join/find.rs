//! Finds the ways to join in what an invitation says.

use std::collections::BTreeSet;

use url::Url;

use super::{JoinLink, JoinLinks, services::Services};

/// What an invitation says, by how much it can be relied on.
#[derive(Debug, Clone, Copy, Default)]
pub struct Sources<'a> {
    /// Properties made for the purpose, for example `JoinOnlineMeetingUrl`.
    pub structured: &'a [&'a str],
    /// The property that Joinbell writes itself.
    pub own: Option<&'a str>,
    /// The location.
    pub location: &'a str,
    /// The body, plain or HTML.
    pub body: &'a str,
}

/// Links that are looked at in one text.
const LINKS_MAX: usize = 500;
/// SafeLinks inside SafeLinks.
const NESTED_MAX: usize = 5;
/// Links that are offered.
const OFFERED_MAX: usize = 8;

/// The ways to join, the best first: properties, our own property, location,
/// then the body, there those of which the line speaks of joining first.
/// From properties and the location any `https` address counts; from a body
/// only one of a known service, because bodies are full of other links.
pub fn find(sources: Sources<'_>, services: &Services) -> JoinLinks {
    let mut found = Found::default();
    for text in sources.structured.iter().copied().chain(sources.own) {
        found.take(text, services, Unknown::Taken);
    }
    found.take(sources.location, services, Unknown::Taken);
    let (near, far): (Vec<&str>, Vec<&str>) = sources
        .body
        .lines()
        .partition(|line| speaks_of_joining(line));
    for line in near.into_iter().chain(far) {
        found.take(line, services, Unknown::Left);
    }
    found.links.truncate(OFFERED_MAX);
    JoinLinks(found.links)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unknown {
    Taken,
    Left,
}

#[derive(Default)]
struct Found {
    links: Vec<JoinLink>,
    seen: BTreeSet<String>,
    looked_at: usize,
}

impl Found {
    fn take(&mut self, text: &str, services: &Services, unknown: Unknown) {
        for address in addresses(text) {
            self.looked_at += 1;
            if self.looked_at > LINKS_MAX {
                return;
            }
            let Some(url) = Url::parse(&address).ok().and_then(unwrap) else {
                continue;
            };
            let Some(host) = url.host_str().map(str::to_owned) else {
                continue;
            };
            if !is_plain(&url) || self.seen.contains(url.as_str()) {
                continue;
            }
            let service = services.recognize(&url).map(str::to_owned);
            let provider = match (service, unknown) {
                (Some(name), _) => name,
                (None, Unknown::Taken) => host.clone(),
                (None, Unknown::Left) => continue,
            };
            self.seen.insert(url.as_str().to_owned());
            self.links.push(JoinLink {
                url,
                provider,
                host,
            });
        }
    }
}

/// `https`, to a named host, without a user name that looks like a host
/// (SR-31).
fn is_plain(url: &Url) -> bool {
    url.scheme() == "https"
        && url.username().is_empty()
        && url.password().is_none()
        && url.domain().is_some()
}

/// Words for joining near which the right link stands.
fn speaks_of_joining(line: &str) -> bool {
    let line = line.to_lowercase();
    [
        "join",
        "delta",
        "anslut",
        "beitreten",
        "teilnehmen",
        "participer",
        "unirse",
    ]
    .iter()
    .any(|word| line.contains(word))
}

/// Addresses with a scheme, in plain text and in HTML's attributes. An
/// address ends at what cannot stand in one, and the punctuation of the
/// sentence around is left off.
fn addresses(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(begin) = rest.find("https://") {
        let tail = &rest[begin..];
        let end = tail
            .find(|c: char| c.is_whitespace() || c.is_control() || "<>\"'`{}|\\^".contains(c))
            .unwrap_or(tail.len());
        let address = without_entities(&tail[..end]);
        found.push(
            address
                .trim_end_matches(['.', ',', ';', ':', '!', '?', ')', ']', '*'])
                .to_owned(),
        );
        if found.len() >= LINKS_MAX {
            break;
        }
        rest = &tail[end.max("https://".len())..];
    }
    found
}

/// The characters of an address which writers of HTML escape. The ampersand
/// comes last, so that nothing is read twice.
fn without_entities(address: &str) -> String {
    ["&#39;", "&#x27;", "&apos;"]
        .iter()
        .fold(address.to_owned(), |text, entity| text.replace(entity, "'"))
        .replace("&#38;", "&amp;")
        .replace("&#x26;", "&amp;")
        .replace("&amp;", "&")
}

/// The address behind Microsoft's SafeLinks, which may be wrapped in each
/// other; `None` when the wrapping is broken or has no end.
fn unwrap(mut url: Url) -> Option<Url> {
    for _ in 0..NESTED_MAX {
        let wrapped = url
            .host_str()
            .is_some_and(|h| h.ends_with(".safelinks.protection.outlook.com"));
        if !wrapped {
            return Some(url);
        }
        let target = url.query_pairs().find(|(key, _)| key == "url")?.1;
        url = Url::parse(&target).ok()?;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hosts(sources: Sources<'_>) -> Vec<String> {
        let links = find(sources, Services::built_in());
        links.0.into_iter().map(|link| link.host).collect()
    }

    #[test]
    fn a_property_comes_before_the_location_and_that_before_the_body() {
        let sources = Sources {
            structured: &["https://teams.microsoft.com/l/meetup-join/1"],
            own: None,
            location: "https://rooms.example.org/7; Room 2",
            body: "Agenda: https://docs.example.org/a\nZoom: https://zoom.us/j/1.",
        };
        assert_eq!(
            hosts(sources),
            ["teams.microsoft.com", "rooms.example.org", "zoom.us"]
        );
    }

    #[test]
    fn in_a_body_the_link_beside_the_word_join_comes_first() {
        let body = "Last time: https://acme.webex.com/meet/old\n\
                    Join here: https://acme.webex.com/meet/new";
        let sources = Sources {
            body,
            ..Sources::default()
        };
        let links = find(sources, Services::built_in());
        assert_eq!(links.best().unwrap().url.path(), "/meet/new");
    }

    #[test]
    fn links_in_html_attributes_are_found_with_their_ampersands() {
        let body = r#"<p><a href="https://zoom.us/j/1?pwd=a&amp;uname=b">Join</a></p>"#;
        let sources = Sources {
            body,
            ..Sources::default()
        };
        let links = find(sources, Services::built_in());
        assert_eq!(
            links.best().unwrap().url.as_str(),
            "https://zoom.us/j/1?pwd=a&uname=b"
        );
    }

    #[test]
    fn entities_in_an_address_are_read_once() {
        for (written, meant) in [
            ("https://meet.jit.si/a&#39;b", "https://meet.jit.si/a'b"),
            (
                "https://zoom.us/j/1?a=b&#x26;c=d",
                "https://zoom.us/j/1?a=b&c=d",
            ),
            (
                "https://zoom.us/j/1?a=b&amp;#39;c",
                "https://zoom.us/j/1?a=b&#39;c",
            ),
        ] {
            let body = format!("<a href=\"{written}\">Join</a>");
            let sources = Sources {
                body: &body,
                ..Sources::default()
            };
            let links = find(sources, Services::built_in());
            assert_eq!(links.best().unwrap().url.as_str(), meant);
        }
    }

    #[test]
    fn two_services_in_one_meeting_are_both_offered_and_marked() {
        let offered = |body| {
            let sources = Sources {
                body,
                ..Sources::default()
            };
            find(sources, Services::built_in())
        };
        let two = offered("https://zoom.us/j/1 or https://acme.webex.com/meet/ana");
        assert_eq!(two.0.len(), 2);
        assert!(two.is_ambiguous());
        assert!(!offered("https://zoom.us/j/1 or https://acme.zoom.us/j/1").is_ambiguous());
        assert!(!offered("no link").is_ambiguous());
    }

    #[test]
    fn safelinks_are_unwrapped_and_endless_ones_dropped() {
        let inner = "https://meet.jit.si/Room#config.prejoin=true";
        let mut link = inner.to_owned();
        for depth in 0..7 {
            let sources = Sources {
                location: &link,
                ..Sources::default()
            };
            let links = find(sources, Services::built_in());
            if depth < 5 {
                assert_eq!(links.best().unwrap().url.as_str(), inner, "{depth}");
            } else {
                assert!(links.0.is_empty());
            }
            let encoded: String = url::form_urlencoded::byte_serialize(link.as_bytes()).collect();
            link = format!("https://eur01.safelinks.protection.outlook.com/?url={encoded}&data=1");
        }
    }

    #[test]
    fn sr_31_an_address_that_pretends_to_be_another_is_no_way_to_join() {
        for location in [
            "https://zoom.us@evil.example/j/1",
            "https://zoom.us:pw@evil.example/j/1",
            "https://192.0.2.7/j/1",
            "http://zoom.us/j/1",
            "zoom.us/j/1",
            "javascript:https://",
        ] {
            let sources = Sources {
                location,
                ..Sources::default()
            };
            assert_eq!(hosts(sources), Vec::<String>::new(), "{location}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_the_search_panic_and_every_link_is_https(
            body in "(https://|[a-z./?&=<>\"' öé\n]|zoom.us/j/1|%){0,80}",
        ) {
            let sources = Sources { body: &body, location: &body, ..Sources::default() };
            for link in find(sources, Services::built_in()).0 {
                proptest::prop_assert_eq!(link.url.scheme(), "https");
                proptest::prop_assert_eq!(link.url.host_str(), Some(link.host.as_str()));
            }
        }
    }
}
