//! The video services, as a table that is data.

#[cfg(test)]
mod catalogue;
mod pattern;
mod table;
mod template;

use std::sync::LazyLock;

use url::Url;

pub use table::BadTable;

use template::Template;

/// The table that comes with the program.
const BUILT_IN: &str = include_str!("services.toml");

/// Knows services by the form of their links.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Services {
    services: Vec<Service>,
}

/// Who named a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    /// The table in force.
    BuiltIn,
    /// A file of the house that adds to it.
    House,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Service {
    name: String,
    hosts: Vec<String>,
    own_hosts: bool,
    schemes: Vec<String>,
    paths: Vec<String>,
    fragment: Option<String>,
    front_page: bool,
    app: Option<Template>,
    web: Option<Template>,
    example: String,
    origin: Origin,
}

/// A link whose service is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Known<'a> {
    pub(super) name: &'a str,
    /// The address at which the service's own program takes it.
    pub(super) app: Option<Url>,
    pub(super) origin: Origin,
}

impl Services {
    /// The services that come with the program.
    pub fn built_in() -> &'static Self {
        static TABLE: LazyLock<Services> =
            LazyLock::new(|| table::built_in(BUILT_IN).unwrap_or_default());
        &TABLE
    }

    /// The built-in services together with a file of the user or an
    /// administrator, or that file alone where it says so; the form is
    /// explained in the built-in table. A file that is wrong anywhere counts
    /// nowhere.
    pub fn with_house(file: &str) -> Result<Self, BadTable> {
        table::house(file, Self::built_in())
    }

    /// The service whose link this is.
    pub fn recognize(&self, url: &Url) -> Option<&str> {
        self.known(url).map(|known| known.name)
    }

    /// The names of services whose own program can take their links.
    pub fn with_apps(&self) -> impl Iterator<Item = &str> {
        let with = self.services.iter().filter(|s| s.app.is_some());
        with.map(|s| s.name.as_str())
    }

    pub(super) fn known(&self, url: &Url) -> Option<Known<'_>> {
        let service = self.services.get(self.place(url)?)?;
        Some(Known {
            name: &service.name,
            app: service.app.as_ref().and_then(|app| app.fill(url)),
            origin: service.origin,
        })
    }

    /// The web address of a link of a service's own program.
    pub(super) fn web(&self, app: &Url) -> Option<Url> {
        let mut forms = self.services.iter().filter(|s| s.has_scheme(app));
        let web = forms.find_map(|s| s.web.as_ref())?.fill(app)?;
        (web.scheme() == "https").then_some(web)
    }

    /// The first entry that takes a link.
    fn place(&self, url: &Url) -> Option<usize> {
        if url.scheme() != "https" {
            return self.services.iter().position(|s| s.has_scheme(url));
        }
        let host = url.host_str()?;
        self.services
            .iter()
            .position(|s| s.hosts.iter().any(|h| pattern::host_matches(h, host)) && s.takes(url))
    }
}

impl Service {
    fn has_scheme(&self, url: &Url) -> bool {
        self.schemes.iter().any(|scheme| scheme == url.scheme())
    }

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
        let mut begins = self.paths.iter();
        begins.any(|begin| pattern::path_begins(begin, path))
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

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
    #[case("sip:12345@video.example.org", Some("Video address"))]
    #[case("zoommtg://zoom.us/join?confno=1", Some("Zoom"))]
    #[case("file:///etc/passwd", None)]
    fn a_service_is_known_by_host_and_path(#[case] link: &str, #[case] service: Option<&str>) {
        let url = Url::parse(link).unwrap();
        assert_eq!(Services::built_in().recognize(&url), service);
    }
}
