//! Finds the ways to join in what an invitation says.

use std::{cmp::Reverse, collections::BTreeSet};

use url::Url;

use super::{
    JoinLink, JoinLinks, safe_links,
    scan::{self, Seen},
    services::{Known, Origin, Services},
};

/// What an invitation says, by how much it can be relied on.
#[derive(Debug, Clone, Copy, Default)]
pub struct Sources<'a> {
    /// Properties made for the purpose, for example `JoinOnlineMeetingUrl`.
    pub structured: &'a [&'a str],
    /// Fields of older programs that also hold pages which are no calls:
    /// `NetShowUrl`, `MeetingWorkspaceUrl`.
    pub older: &'a [&'a str],
    /// The property that Joinbell writes itself.
    pub own: Option<&'a str>,
    /// The location.
    pub location: &'a str,
    /// The room that a keyword in the location stands for.
    pub keyword: Option<&'a Url>,
    /// The body, plain or HTML.
    pub body: &'a str,
    /// What a video system is to dial: `TMS:ExternalConferenceData`.
    pub dialled: Option<&'a str>,
}

/// Addresses that are looked at.
const LOOKED_AT_MAX: usize = 500;
/// Links that are offered.
const OFFERED_MAX: usize = 8;
/// Bytes of a body that are searched.
const BODY_BYTES_MAX: usize = 1024 * 1024;

/// Where a link stood, the most reliable first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    Structured,
    /// In a field of older programs.
    Older,
    Own,
    Location,
    Keyword,
    /// In the body, where it speaks of joining.
    Near,
    Body,
    /// In the property for video systems.
    Dialled,
    /// A video address in the body, or one without a scheme.
    Address,
    /// In the body, and only the house's own patterns know it.
    House,
}

/// The ways to join, the best first: properties, fields of older programs, our
/// own property, location, keyword, the body where it speaks of joining and
/// then elsewhere, video addresses (first the one that is there for video
/// systems), and what only the patterns of the house know. Of several in one
/// place the longer one comes first: it has the passcode.
///
/// From properties and the location any `https` address counts; from a body or
/// a field of older programs only one of a known service, because those are
/// full of other links.
pub fn find(sources: Sources<'_>, services: &Services) -> JoinLinks {
    let mut found = Found {
        services,
        links: Vec::new(),
        looked_at: 0,
    };
    for text in sources.structured {
        found.search(text, Place::Structured);
    }
    for text in sources.older {
        found.search(text, Place::Older);
    }
    found.search(sources.own.unwrap_or_default(), Place::Own);
    found.search(sources.location, Place::Location);
    if let Some(room) = sources.keyword {
        found.web(room.clone(), Place::Keyword);
    }
    found.body(sources.body);
    found.search(sources.dialled.unwrap_or_default(), Place::Dialled);
    found.best()
}

struct Found<'a> {
    services: &'a Services,
    links: Vec<(Place, JoinLink)>,
    looked_at: usize,
}

impl Found<'_> {
    fn search(&mut self, text: &str, place: Place) {
        scan::addresses(text, |_, seen| self.take(seen, place));
    }

    fn take(&mut self, seen: Seen, place: Place) {
        self.looked_at += 1;
        if self.looked_at > LOOKED_AT_MAX {
            return;
        }
        match seen {
            Seen::Web(url) => self.web(url, place),
            Seen::App(url) => self.app(&url, place),
            Seen::Video(url, shown) => self.video(url, shown, place),
            Seen::Bare(url, shown) if place == Place::Dialled => self.video(url, shown, place),
            Seen::Bare(url, shown) => self.video(url, shown, place.max(Place::Address)),
        }
    }

    /// The lines of a body. One that speaks of joining and has no link is the
    /// heading of the next.
    fn body(&mut self, body: &str) {
        let end = body.floor_char_boundary(BODY_BYTES_MAX);
        let body = body.get(..end).unwrap_or_default();
        let mut heading = false;
        for line in scan::lines(body) {
            let (mut places, mut all) = (Vec::new(), Vec::new());
            scan::addresses(line, |at, seen| {
                places.push(at);
                all.push(seen);
            });
            let said = without(line, &places);
            let speaks = speaks_of_joining(&said);
            let place = if speaks || heading {
                Place::Near
            } else {
                Place::Body
            };
            if !all.is_empty() {
                heading = false;
            } else if shows_anything(&said) {
                heading = speaks;
            }
            for seen in all {
                self.take(seen, place);
            }
        }
    }

    fn web(&mut self, url: Url, place: Place) {
        let Some(url) = safe_links::unwrap(url).filter(is_plain) else {
            return;
        };
        let Some(host) = url.host_str().map(str::to_owned) else {
            return;
        };
        let in_body = place >= Place::Near;
        let (provider, app, place) = match self.services.known(&url) {
            Some(Known { name, app, origin }) => {
                let place = if in_body && origin == Origin::House {
                    Place::House
                } else {
                    place
                };
                (name.to_owned(), app, place)
            }
            None if in_body || place == Place::Older => return,
            None => (host.clone(), None, place),
        };
        let link = JoinLink {
            url,
            provider,
            host,
            app: app.map(Box::new),
        };
        self.links.push((place, link));
    }

    /// A link of a service's own program counts as the web address it stands
    /// for.
    fn app(&mut self, url: &Url, place: Place) {
        let names_nobody = url.username().is_empty() && url.password().is_none();
        let web = self.services.web(url).filter(|_| names_nobody);
        if let Some(web) = web.filter(|web| self.services.known(web).is_some()) {
            self.web(web, place);
        }
    }

    fn video(&mut self, url: Url, shown: String, place: Place) {
        // Numbers in a body are those of signatures.
        let telephone = matches!(url.scheme(), "tel" | "facetime-audio");
        let in_body = place >= Place::Near;
        if telephone && in_body {
            return;
        }
        let Some(known) = self.services.known(&url) else {
            return;
        };
        let link = JoinLink {
            provider: known.name.to_owned(),
            app: None,
            host: shown,
            url,
        };
        let place = match place {
            Place::Dialled => place,
            _ if in_body => Place::Address,
            _ => place,
        };
        self.links.push((place, link));
    }

    fn best(mut self) -> JoinLinks {
        self.links
            .sort_by_key(|(place, link)| (*place, Reverse(link.url.as_str().len())));
        let mut seen = BTreeSet::new();
        let mut links = Vec::new();
        for (_, link) in self.links {
            if links.len() < OFFERED_MAX && seen.insert(link.url.as_str().to_owned()) {
                links.push(link);
            }
        }
        // Thousands of meetings are held, each with one link as a rule.
        links.shrink_to_fit();
        JoinLinks(links)
    }
}

/// To a named host, without a user name that looks like a host, and without
/// what ends a text for some programs and not for others (SR-31).
fn is_plain(url: &Url) -> bool {
    url.scheme() == "https"
        && url.username().is_empty()
        && url.password().is_none()
        && url.domain().is_some()
        && !url.as_str().contains("%00")
}

/// Words for joining near which the right link stands.
fn speaks_of_joining(said: &str) -> bool {
    let said = said.to_lowercase();
    [
        "join",
        "delta",
        "anslut",
        "deltag",
        "beitreten",
        "teilnehmen",
        "participer",
        "rejoindre",
        "unirse",
        "partecipa",
        "liity",
    ]
    .iter()
    .any(|word| said.contains(word))
}

/// A line without its addresses: `join.me` does not speak of joining.
fn without(line: &str, places: &[std::ops::Range<usize>]) -> String {
    let mut said = String::new();
    let mut from = 0;
    for place in places {
        said.push_str(line.get(from..place.start).unwrap_or_default());
        said.push(' ');
        from = place.end;
    }
    said.push_str(line.get(from..).unwrap_or_default());
    said
}

/// Whether a reader sees anything of a line: letters or digits outside of
/// HTML's tags.
fn shows_anything(line: &str) -> bool {
    let mut in_tag = false;
    line.replace("&nbsp;", " ").chars().any(|c| {
        match c {
            '<' => in_tag = true,
            '>' => in_tag = false,
            _ => return !in_tag && c.is_alphanumeric(),
        }
        false
    })
}

#[cfg(test)]
mod tests;
