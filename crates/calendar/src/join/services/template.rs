//! Addresses that are made of a link: the one at which a service's own
//! program takes it, and the way back.

use url::{Url, form_urlencoded::byte_serialize};

use super::pattern::is_number;
use crate::join::address;

/// A form such as `zoommtg://{host}/join?confno={number}[&pwd={?pwd}]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Template(Vec<Piece>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Text(String),
    Value(Value),
    /// Left out as a whole where a value in it is missing.
    Optional(Vec<Piece>),
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Value {
    Host,
    Path,
    Query,
    Fragment,
    Whole,
    Number,
    Segment(usize),
    Key(String),
}

impl Template {
    /// Reads a form whose scheme is `https` or that of a known program;
    /// otherwise says in a few words what is wrong.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let scheme = text.split("://").next().unwrap_or_default();
        if scheme != "https" && !address::is_app_scheme(scheme) {
            return Err(format!(
                "`{scheme}` is no scheme of a known meeting program"
            ));
        }
        let (pieces, rest) = pieces(text, 0)?;
        if rest.is_empty() {
            Ok(Self(pieces))
        } else {
            Err("a bracket is closed that was not opened".to_owned())
        }
    }

    /// The address for a link; `None` where a value is missing or has
    /// characters which the other program might take for something else.
    pub(super) fn fill(&self, link: &Url) -> Option<Url> {
        let filled = Url::parse(&fill(&self.0, link)?).ok()?;
        let scheme = filled.scheme();
        (scheme == "https" || address::is_app_scheme(scheme)).then_some(filled)
    }
}

/// The pieces up to the end, or up to the bracket that closes this part.
fn pieces(text: &str, depth: u8) -> Result<(Vec<Piece>, &str), String> {
    let (mut found, mut rest) = (Vec::new(), text);
    while let Some(at) = rest.find(['{', '[', ']', '}']) {
        let (before, after) = rest.split_at(at);
        if !before.is_empty() {
            found.push(Piece::Text(before.to_owned()));
        }
        let inside = after.get(1..).unwrap_or_default();
        match after.as_bytes().first() {
            Some(b'{') => {
                let (name, behind) = inside
                    .split_once('}')
                    .ok_or_else(|| "a brace is not closed".to_owned())?;
                found.push(Piece::Value(Value::named(name)?));
                rest = behind;
            }
            Some(b'[') if depth == 0 => {
                let (optional, behind) = pieces(inside, 1)?;
                found.push(Piece::Optional(optional));
                rest = behind
                    .strip_prefix(']')
                    .ok_or_else(|| "a bracket is not closed".to_owned())?;
            }
            Some(b']') => return Ok((found, after)),
            _ => return Err("brackets and braces do not match".to_owned()),
        }
    }
    if !rest.is_empty() {
        found.push(Piece::Text(rest.to_owned()));
    }
    Ok((found, ""))
}

impl Value {
    fn named(name: &str) -> Result<Self, String> {
        Ok(match name {
            "host" => Self::Host,
            "path" => Self::Path,
            "query" => Self::Query,
            "fragment" => Self::Fragment,
            "url" => Self::Whole,
            "number" => Self::Number,
            _ => match (name.strip_prefix('?'), name.parse()) {
                (Some(key), _) if !key.is_empty() => Self::Key(key.to_owned()),
                (None, Ok(place @ 1..=9)) => Self::Segment(place),
                _ => return Err(format!("`{{{name}}}` stands for nothing")),
            },
        })
    }

    fn of(&self, link: &Url) -> Option<String> {
        match self {
            Self::Host => link.host_str().map(str::to_owned),
            Self::Path => Some(link.path().to_owned()),
            Self::Query => Some(link.query().map(|q| format!("?{q}")).unwrap_or_default()),
            Self::Fragment => Some(link.fragment().map(|f| format!("#{f}")).unwrap_or_default()),
            Self::Whole => Some(byte_serialize(link.as_str().as_bytes()).collect()),
            Self::Number => link
                .path()
                .split('/')
                .find(|segment| is_number(segment))
                .map(str::to_owned),
            Self::Segment(place) => {
                let segment = link.path().split('/').nth(*place)?;
                is_plain(segment).then(|| segment.to_owned())
            }
            Self::Key(key) => {
                let (_, value) = link.query_pairs().find(|(found, _)| found == key)?;
                Some(byte_serialize(value.as_bytes()).collect())
            }
        }
    }
}

/// Characters which no program takes for anything but themselves.
fn is_plain(segment: &str) -> bool {
    !segment.is_empty()
        && segment
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "-._~".contains(c))
}

fn fill(pieces: &[Piece], link: &Url) -> Option<String> {
    let mut filled = String::new();
    for piece in pieces {
        match piece {
            Piece::Text(text) => filled.push_str(text),
            Piece::Value(value) => filled.push_str(&value.of(link)?),
            Piece::Optional(inner) => filled.push_str(&fill(inner, link).unwrap_or_default()),
        }
    }
    Some(filled)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case(
        "zoommtg://{host}/join?confno={number}[&pwd={?pwd}]",
        "https://acme.zoom.us/j/12345?pwd=a%26b",
        Some("zoommtg://acme.zoom.us/join?confno=12345&pwd=a%26b")
    )]
    #[case(
        "zoommtg://{host}/join?confno={number}[&pwd={?pwd}]",
        "https://acme.zoom.us/wc/join/12345",
        Some("zoommtg://acme.zoom.us/join?confno=12345")
    )]
    #[case(
        "zoommtg://{host}/join?confno={number}",
        "https://acme.zoom.us/j/abc",
        None
    )]
    #[case(
        "slack://join-huddle?team={2}&id={3}",
        "https://app.slack.com/huddle/T1/C1",
        Some("slack://join-huddle?team=T1&id=C1")
    )]
    #[case(
        "slack://join-huddle?team={2}&id={3}",
        "https://app.slack.com/huddle/T1&x=1/C1",
        None
    )]
    #[case(
        "workchat://room/?joinurl={url}",
        "https://acme.workplace.com/meet?a=b&c",
        Some("workchat://room/?joinurl=https%3A%2F%2Facme.workplace.com%2Fmeet%3Fa%3Db%26c")
    )]
    #[case(
        "facetime://{host}{path}{query}{fragment}",
        "https://facetime.apple.com/join#v=1&p=x",
        Some("facetime://facetime.apple.com/join#v=1&p=x")
    )]
    fn a_link_becomes_the_address_of_its_program(
        #[case] form: &str,
        #[case] link: &str,
        #[case] address: Option<&str>,
    ) {
        let filled = Template::parse(form).unwrap().fill(&link.parse().unwrap());
        assert_eq!(filled.as_ref().map(Url::as_str), address);
    }

    #[rstest]
    #[case("file://{path}")]
    #[case("{path}")]
    #[case("javascript:{url}")]
    #[case("zoommtg://{host")]
    #[case("zoommtg://{host}[")]
    #[case("zoommtg://{host}]")]
    #[case("zoommtg://{hosts}")]
    #[case("zoommtg://{0}")]
    fn sr_30_a_form_that_is_none_is_refused(#[case] form: &str) {
        assert!(Template::parse(form).is_err(), "{form}");
    }
}
