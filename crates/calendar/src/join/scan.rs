//! Addresses in texts: those with a scheme, in plain text and in HTML's
//! attributes, and the bare addresses of video systems.

use std::ops::Range;

use url::Url;

use super::address;

/// An address as it stands in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Seen {
    /// `https`.
    Web(Url),
    /// Of a service's own program, for example `zoommtg`.
    App(Url),
    /// Of a video system or a telephone, and what is shown of it.
    Video(Url, String),
    /// The same without a scheme: `12345@video.example.org`.
    Bare(Url, String),
}

/// Bytes of one address that are read.
const LENGTH_MAX: usize = 8 * 1024;
/// Digits before the `@` of a bare video address. Shorter ones are nobody's.
const DIGITS_MIN: usize = 3;

/// Calls `take` for each address of a text with its place, until it has
/// enough. An address ends at what cannot stand in one, and the punctuation
/// of the sentence around is left off.
pub(super) fn addresses(text: &str, mut take: impl FnMut(Range<usize>, Seen)) {
    let mut from = 0;
    while let Some(at) = text
        .get(from..)
        .and_then(|rest| rest.find([':', '@']))
        .map(|at| from + at)
    {
        let found = if text.as_bytes().get(at) == Some(&b':') {
            with_scheme(text, from, at)
        } else {
            bare(text, from, at)
        };
        from = at + 1;
        if let Some((place, seen)) = found {
            from = from.max(place.end);
            if let Some(seen) = seen {
                take(place, seen);
            }
        }
    }
}

/// An address whose scheme ends at `colon`. One that is malformed is passed
/// over as a whole.
fn with_scheme(text: &str, from: usize, colon: usize) -> Option<(Range<usize>, Option<Seen>)> {
    let before = text.get(from..colon)?;
    let is_of_scheme = |c: char| c.is_ascii_alphanumeric() || "+-.".contains(c);
    let word = before.trim_end_matches(is_of_scheme).len();
    let scheme = before.get(word..)?.to_ascii_lowercase();
    let behind = text.get(colon + 1..)?;
    let end = behind
        .find(|c: char| c.is_whitespace() || c.is_control() || "<>\"'`{}|\\^".contains(c))
        .unwrap_or(behind.len())
        .min(LENGTH_MAX);
    let rest = behind.get(..end)?;
    // Texts made of HTML run words and addresses together.
    if scheme.ends_with("https") && rest.starts_with("//") {
        let written = format!("https:{}", without_entities(rest));
        let written = written.trim_end_matches(['.', ',', ';', ':', '!', '?', ')', ']', '*']);
        let seen = Url::parse(written).ok().map(Seen::Web);
        return Some((colon - "https".len()..colon + 1 + end, seen));
    }
    if !address::is_app_scheme(&scheme) {
        return None;
    }
    let place = from + word..colon + 1 + end;
    let rest = without_entities(rest);
    let seen = match address::read(&scheme, &rest) {
        Some((url, shown)) => Some(Seen::Video(url, shown)),
        None => Url::parse(&format!("{scheme}:{rest}")).ok().map(Seen::App),
    };
    Some((place, seen))
}

/// A video address of digits whose `@` stands at `at`.
fn bare(text: &str, from: usize, at: usize) -> Option<(Range<usize>, Option<Seen>)> {
    let before = text.get(from..at)?;
    let begin = from + before.trim_end_matches(|c: char| c.is_ascii_digit()).len();
    let digits = text.get(begin..at)?;
    let ahead = text.get(..begin)?;
    let stands_alone = !ahead.ends_with(|c: char| c.is_alphanumeric() || "._-+%@/=&".contains(c))
        && !ahead.to_ascii_lowercase().ends_with("mailto:");
    if digits.len() < DIGITS_MIN || !stands_alone {
        return None;
    }
    let behind = text.get(at + 1..)?;
    let end = behind
        .find(|c: char| !(c.is_ascii_alphanumeric() || c == '.' || c == '-'))
        .unwrap_or(behind.len());
    let host = behind.get(..end)?.trim_end_matches(['.', '-']);
    let (url, shown) = address::read("sip", &format!("{digits}@{host}"))?;
    Some((begin..at + 1 + end, Some(Seen::Bare(url, shown))))
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

/// A body cut where a reader sees a line end: at line breaks, and where HTML
/// begins a new block.
pub(super) fn lines(body: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let (mut begin, mut from) = (0, 0);
    while let Some(at) = body
        .get(from..)
        .and_then(|rest| rest.find(['\n', '<']))
        .map(|at| from + at)
    {
        from = at + 1;
        let ends = match body.get(at..) {
            Some(rest) if rest.starts_with('<') => begins_block(rest),
            _ => true,
        };
        if ends {
            found.extend(body.get(begin..at));
            begin = at;
        }
    }
    found.extend(body.get(begin..));
    found
}

fn begins_block(tag: &str) -> bool {
    let name = tag.trim_start_matches(['<', '/']);
    let end = name
        .find(|c: char| !c.is_ascii_alphanumeric())
        .unwrap_or(name.len());
    let name = name.get(..end).unwrap_or_default();
    ["p", "br", "div", "tr", "li", "ul", "ol", "table", "hr"]
        .iter()
        .any(|block| block.eq_ignore_ascii_case(name))
        || (name.len() == 2 && name.starts_with(['h', 'H']))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn found(text: &str) -> Vec<String> {
        let mut all = Vec::new();
        addresses(text, |_, seen| {
            all.push(match seen {
                Seen::Web(url) | Seen::App(url) => url.to_string(),
                Seen::Video(url, shown) | Seen::Bare(url, shown) => format!("{url} at {shown}"),
            });
        });
        all
    }

    #[rstest]
    #[case("See https://zoom.us/j/1.", &["https://zoom.us/j/1"])]
    #[case("(HTTPS://Zoom.us/j/1)", &["https://zoom.us/j/1"])]
    #[case("Linkhttps://zoom.us/j/1", &["https://zoom.us/j/1"])]
    #[case("<a href='https://zoom.us/j/1'>here</a>", &["https://zoom.us/j/1"])]
    #[case("zoom.us/j/1", &[])]
    #[case("http://zoom.us/j/1", &[])]
    #[case("zoommtg://zoom.us/join?confno=1 or call", &["zoommtg://zoom.us/join?confno=1"])]
    #[case("SIP:anna@Video.example.org;x", &["sip:anna@video.example.org at video.example.org"])]
    #[case("gossip:anna@video.example.org", &[])]
    #[case("Dial 12345@video.example.org.", &["sip:12345@video.example.org at video.example.org"])]
    #[case("video:12345@video.example.org", &["sip:12345@video.example.org at video.example.org"])]
    #[case("mailto:12345@example.org", &[])]
    #[case("anna.12345@example.org", &[])]
    #[case("a12345@example.org", &[])]
    #[case("12@example.org", &[])]
    #[case("https://example.org/?u=12345@example.org", &["https://example.org/?u=12345@example.org"])]
    fn addresses_are_found_where_they_stand(#[case] text: &str, #[case] addresses: &[&str]) {
        assert_eq!(found(text), addresses);
    }

    #[test]
    fn a_line_ends_where_a_reader_sees_it_end() {
        let body = "<P>One</p><p class=x>Two <b>bold</b><br/>Three</p>\nFour<TD>cell<hr>Five";
        let lines: Vec<_> = lines(body)
            .into_iter()
            .map(super::super::text::from_html)
            .filter(|line| !line.is_empty())
            .collect();
        assert_eq!(lines, ["One", "Two bold", "Three", "Fourcell", "Five"]);
    }

    proptest::proptest! {
        #[test]
        fn places_are_in_order_and_lines_are_the_whole_body(
            text in "(https:|//|[a-z./?&=<>\"' öé\n@1-9]|zoom\\.us/j/1|%|sip:|<br>|tel:){0,80}",
        ) {
            let mut end = 0;
            let mut in_order = true;
            addresses(&text, |place, _| {
                in_order &= place.start >= end && text.get(place.clone()).is_some();
                end = place.end;
            });
            proptest::prop_assert!(in_order);
            proptest::prop_assert_eq!(lines(&text).concat(), text);
        }
    }
}
