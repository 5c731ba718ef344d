//! Reading tables of services: the built-in one, and a file of the house.

use std::collections::BTreeMap;

use serde::Deserialize;
use thiserror::Error;
use toml::Spanned;

use super::{Origin, Service, Services, pattern, template::Template};
use crate::join::address;

/// A file of services cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("line {line}: {reason}")]
pub struct BadTable {
    /// In which line, counted from 1.
    pub line: usize,
    /// What is wrong there, in a few words.
    pub reason: String,
}

/// Bytes of a file that are read.
const BYTES_MAX: usize = 256 * 1024;
/// Services in one file.
const SERVICES_MAX: usize = 1_000;
/// Characters of a service's name: it stands on a button.
const NAME_CHARS_MAX: usize = 40;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    #[serde(default)]
    replaces_built_in: bool,
    #[serde(default)]
    own_hosts: BTreeMap<String, Vec<Spanned<String>>>,
    #[serde(default, rename = "service")]
    services: Vec<Spanned<Row>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    name: String,
    #[serde(default)]
    hosts: Vec<Spanned<String>>,
    #[serde(default)]
    own_hosts: bool,
    #[serde(default)]
    schemes: Vec<Spanned<String>>,
    #[serde(default)]
    paths: Vec<Spanned<String>>,
    #[serde(default)]
    fragment: Option<String>,
    #[serde(default)]
    front_page: bool,
    #[serde(default)]
    app: Option<Spanned<String>>,
    #[serde(default)]
    web: Option<Spanned<String>>,
    #[serde(default)]
    example: String,
}

/// Reads the table that comes with the program.
pub(super) fn built_in(text: &str) -> Result<Services, BadTable> {
    Reading { text }.table(Origin::BuiltIn, Vec::new())
}

/// Reads a file of the house on top of the built-in services, or in their
/// place where it says so.
pub(super) fn house(text: &str, built_in: &Services) -> Result<Services, BadTable> {
    Reading { text }.table(Origin::House, built_in.services.clone())
}

struct Reading<'a> {
    text: &'a str,
}

impl Reading<'_> {
    fn table(&self, origin: Origin, before: Vec<Service>) -> Result<Services, BadTable> {
        if self.text.len() > BYTES_MAX {
            return Err(self.bad(0, format!("the file is longer than {BYTES_MAX} bytes")));
        }
        let table: Table = toml::from_str(self.text).map_err(|error| {
            let at = error.span().map_or(0, |span| span.start);
            self.bad(at, error.message().replace('\n', " "))
        })?;
        if table.services.len() > SERVICES_MAX {
            return Err(self.bad(0, format!("more than {SERVICES_MAX} services")));
        }
        // In place of the built-in services, those of the file are the
        // services; beside them they are what the house adds.
        let (origin, mut services) = if table.replaces_built_in {
            (Origin::BuiltIn, Vec::new())
        } else {
            (origin, before)
        };
        for row in table.services {
            services.push(self.service(row, origin)?);
        }
        for (name, hosts) in table.own_hosts {
            let hosts = hosts
                .into_iter()
                .map(|host| self.host(host).map(|host| (host, name.clone())));
            for named in hosts {
                let (host, name) = named?;
                let mut takers = services
                    .iter_mut()
                    .filter(|service| service.own_hosts && service.name == name)
                    .peekable();
                if takers.peek().is_none() {
                    let at = self.text.find(&host).unwrap_or_default();
                    let reason = format!("no service `{name}` runs on hosts of a house");
                    return Err(self.bad(at, reason));
                }
                takers.for_each(|service| service.hosts.push(host.clone()));
            }
        }
        Ok(Services { services })
    }

    fn service(&self, row: Spanned<Row>, origin: Origin) -> Result<Service, BadTable> {
        let at = row.span().start;
        let row = row.into_inner();
        let name = row.name.trim().to_owned();
        let length = name.chars().count();
        if length == 0 || length > NAME_CHARS_MAX || name.chars().any(char::is_control) {
            let reason = format!("a name has 1 to {NAME_CHARS_MAX} characters on one line");
            return Err(self.bad(at, reason));
        }
        if row.hosts.is_empty() && row.schemes.is_empty() && !row.own_hosts {
            return Err(self.bad(at, format!("`{name}` has neither hosts nor schemes")));
        }
        let hosts = row.hosts.into_iter().map(|host| self.host(host));
        let paths = row.paths.into_iter().map(|path| {
            if path.get_ref().starts_with('/') {
                Ok(path.into_inner())
            } else {
                let reason = format!("the path `{}` does not begin with /", path.get_ref());
                Err(self.bad(path.span().start, reason))
            }
        });
        let schemes = row.schemes.into_iter().map(|scheme| {
            if address::is_app_scheme(scheme.get_ref()) {
                Ok(scheme.into_inner())
            } else {
                let reason = format!(
                    "`{}` is no scheme of a known meeting program",
                    scheme.get_ref()
                );
                Err(self.bad(scheme.span().start, reason))
            }
        });
        let template = |form: Option<Spanned<String>>| {
            form.map(|form| {
                Template::parse(form.get_ref())
                    .map_err(|reason| self.bad(form.span().start, reason))
            })
            .transpose()
        };
        Ok(Service {
            hosts: hosts.collect::<Result<_, _>>()?,
            paths: paths.collect::<Result<_, _>>()?,
            schemes: schemes.collect::<Result<_, _>>()?,
            app: template(row.app)?,
            web: template(row.web)?,
            name,
            own_hosts: row.own_hosts,
            fragment: row.fragment,
            front_page: row.front_page,
            example: row.example,
            origin,
        })
    }

    fn host(&self, host: Spanned<String>) -> Result<String, BadTable> {
        if pattern::is_host(host.get_ref()) {
            return Ok(host.into_inner());
        }
        let reason = format!(
            "`{}` is no host name; write one such as \"meet.example.org\"",
            host.get_ref()
        );
        Err(self.bad(host.span().start, reason))
    }

    fn bad(&self, at: usize, reason: String) -> BadTable {
        let before = self.text.as_bytes().get(..at).unwrap_or_default();
        let breaks: usize = before.iter().map(|byte| usize::from(*byte == b'\n')).sum();
        BadTable {
            line: breaks + 1,
            reason,
        }
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use url::Url;

    use super::*;

    fn house(text: &str) -> Result<Services, BadTable> {
        Services::with_house(text)
    }

    fn named(services: &Services, link: &str) -> Option<String> {
        let url: Url = link.parse().unwrap();
        services.recognize(&url).map(str::to_owned)
    }

    const JITSI: &str = "https://meet.example.org/Standup";

    #[test]
    fn a_house_names_the_hosts_on_which_it_runs_services_itself() {
        assert_eq!(named(Services::built_in(), JITSI), None);
        let ours = house("[own_hosts]\n\"Jitsi\" = [\"meet.example.org\"]\n").unwrap();
        assert_eq!(named(&ours, JITSI).as_deref(), Some("Jitsi"));
        assert_eq!(
            named(&ours, "https://zoom.us/j/1").as_deref(),
            Some("Zoom"),
            "the others are known as before"
        );
    }

    #[test]
    fn a_house_adds_services_or_stands_in_the_place_of_all() {
        let rows = "[[service]]\nname = \"House video\"\nhosts = [\"video.example.org\"]\n";
        let link = "https://video.example.org/r/1";
        let added = house(rows).unwrap();
        assert_eq!(named(&added, link).as_deref(), Some("House video"));
        assert!(named(&added, "https://zoom.us/j/1").is_some());
        let alone = house(&format!("replaces_built_in = true\n{rows}")).unwrap();
        assert_eq!(named(&alone, link).as_deref(), Some("House video"));
        assert_eq!(named(&alone, "https://zoom.us/j/1"), None);
    }

    #[rstest]
    #[case("[[service]]\nname = 1\nhosts = [\"a.example.org\"]", 2)]
    #[case("[[service]]\nname = \"A\"\nhost = [\"a.example.org\"]", 3)]
    #[case("\n\n[[service]]\nname = \"A\"", 3)]
    #[case("[[service]]\nname = \"\"\nhosts = [\"a.example.org\"]", 1)]
    #[case(
        "[[service]]\nname = \"A\"\nhosts = [\n  \"a.example.org\",\n  \"*.org\",\n]",
        5
    )]
    #[case(
        "[[service]]\nname = \"A\"\nhosts = [\"a.example.org\"]\npaths = [\"j/\"]",
        4
    )]
    #[case("[[service]]\nname = \"A\"\nschemes = [\"file\"]", 3)]
    #[case(
        "[[service]]\nname = \"A\"\nhosts = [\"a.example.org\"]\napp = \"javascript://{path}\"",
        4
    )]
    #[case("[own_hosts]\n\"Zoom\" = [\"zoom.example.org\"]", 2)]
    #[case("[own_hosts]\n\"Jitsi\" = [\"localhost\"]", 2)]
    #[case(
        "replaces_built_in = true\n[own_hosts]\n\"Jitsi\" = [\"m.example.org\"]",
        3
    )]
    #[case("[[service]]\nname = \"A", 2)]
    fn a_file_that_is_wrong_is_refused_with_its_line_and_one_reason(
        #[case] text: &str,
        #[case] line: usize,
    ) {
        let bad = house(text).unwrap_err();
        assert_eq!(bad.line, line, "{bad}");
        assert!(!bad.to_string().contains('\n'), "{bad}");
        assert!(!bad.reason.is_empty());
    }

    #[test]
    fn a_file_without_bounds_is_refused() {
        let endless = "# \n".repeat(BYTES_MAX);
        assert!(house(&endless).unwrap_err().reason.contains("longer"));
    }

    proptest::proptest! {
        #[test]
        fn no_file_makes_the_reader_panic(
            text in "(\\[\\[service\\]\\]|name = |hosts = |\\[|\\]|\"|a\\.b|\n|\\{|=|ö){0,40}",
        ) {
            if let Err(bad) = house(&text) {
                proptest::prop_assert!(bad.line <= text.lines().count() + 1);
            }
        }
    }
}
