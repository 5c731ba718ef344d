//! The video services, as a table that is data.

use std::sync::LazyLock;

use serde::Deserialize;
use thiserror::Error;
use url::Url;

/// The table that comes with the program.
const BUILT_IN: &str = include_str!("services.toml");

/// A file of services cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("the table of video services cannot be read: {0}")]
pub struct BadTable(String);

/// Knows services by the form of their links.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Services {
    #[serde(default, rename = "service")]
    services: Vec<Service>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Service {
    name: String,
    hosts: Vec<String>,
    #[serde(default)]
    paths: Vec<String>,
    #[serde(default)]
    fragment: Option<String>,
    #[serde(default)]
    front_page: bool,
}

impl Services {
    /// Reads a table; the form is explained in the built-in one.
    pub fn parse(table: &str) -> Result<Self, BadTable> {
        toml::from_str(table).map_err(|error| BadTable(error.message().to_owned()))
    }

    /// The services that come with the program.
    pub fn built_in() -> &'static Self {
        static TABLE: LazyLock<Services> =
            LazyLock::new(|| Services::parse(BUILT_IN).unwrap_or_default());
        &TABLE
    }

    /// The service whose link this is.
    pub fn recognize(&self, url: &Url) -> Option<&str> {
        let host = url.host_str()?;
        self.services
            .iter()
            .find(|s| s.hosts.iter().any(|pattern| host_matches(pattern, host)) && s.takes(url))
            .map(|s| s.name.as_str())
    }
}

impl Service {
    /// A link leads somewhere: the bare front page of a service is none,
    /// unless the table says so.
    fn takes(&self, url: &Url) -> bool {
        let path = url.path();
        if let Some(begin) = &self.fragment {
            return url
                .fragment()
                .and_then(|fragment| fragment.strip_prefix(begin.as_str()))
                .is_some_and(|room| !room.is_empty());
        }
        if self.front_page {
            return true;
        }
        if self.paths.is_empty() {
            return path.len() > 1;
        }
        self.paths.iter().any(|begin| path_begins(begin, path))
    }
}

fn host_matches(pattern: &str, host: &str) -> bool {
    match pattern.strip_prefix("*.") {
        None => pattern == host,
        Some(base) => host
            .strip_suffix(base)
            .is_some_and(|above| above.is_empty() || above.ends_with('.')),
    }
}

/// `*` in a pattern stands for one segment, `{number}` for one of digits and
/// dashes. Behind a pattern that ends in a
/// slash something has to stand.
fn path_begins(pattern: &str, path: &str) -> bool {
    let (mut wanted, mut found) = (pattern.split('/'), path.split('/'));
    loop {
        match (wanted.next(), found.next()) {
            (None, _) => return true,
            (Some(""), Some(segment)) if wanted.clone().next().is_none() => {
                return !segment.is_empty();
            }
            (Some("*"), Some(segment)) if !segment.is_empty() => {}
            (Some("{number}"), Some(segment)) => {
                if !is_number(segment) {
                    return false;
                }
            }
            (Some(last), Some(segment)) if wanted.clone().next().is_none() => {
                return segment.starts_with(last);
            }
            (Some(part), Some(segment)) if part == segment => {}
            _ => return false,
        }
    }
}

fn is_number(segment: &str) -> bool {
    segment.contains(|c: char| c.is_ascii_digit())
        && segment.chars().all(|c| c.is_ascii_digit() || c == '-')
}

#[cfg(test)]
mod catalogue;

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[test]
    fn the_built_in_table_can_be_read() {
        assert!(Services::parse(BUILT_IN).unwrap().services.len() > 30);
    }

    #[rstest]
    #[case("https://acme.webex.com/meet/ana", Some("Webex"))]
    #[case("https://acme.webex.com/acme/j.php?MTID=m1", Some("Webex"))]
    #[case("https://acme.webex.com/", None)]
    #[case("https://us02web.zoom.us/j/123456789?pwd=x", Some("Zoom"))]
    #[case("https://zoom.us/j/", None)]
    #[case("https://zoom.us/pricing", None)]
    #[case("https://zoom.us.evil.example/j/1", None)]
    #[case("https://evilzoom.us/j/1", None)]
    #[case(
        "https://teams.microsoft.com/l/meetup-join/19%3ameeting/0",
        Some("Microsoft Teams")
    )]
    #[case("https://teams.microsoft.com/meet/123?p=x", Some("Microsoft Teams"))]
    #[case("https://teams.microsoft.com/downloads", None)]
    #[case("https://meet.google.com/abc-defg-hij", Some("Google Meet"))]
    #[case("https://meet.jit.si/Standup", Some("Jitsi"))]
    #[case("https://meet.jit.si", None)]
    #[case("https://www.example.org/join", None)]
    fn a_service_is_known_by_host_and_path(#[case] link: &str, #[case] service: Option<&str>) {
        let url = Url::parse(link).unwrap();
        assert_eq!(Services::built_in().recognize(&url), service);
    }

    #[test]
    fn a_wrong_table_is_refused_with_a_reason() {
        assert!(Services::parse("[[service]]\nname = 1").is_err());
    }
}
