//! The links that keywords stand for, by templates of the user.

use url::Url;

use super::{Keyword, Room};

/// Templates of links; an empty one stands for no room of that kind.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rooms {
    /// The organizer's personal room, for example
    /// `https://acme.webex.com/meet/anna`.
    pub personal: String,
    /// A fixed space.
    pub space: String,
    /// A room for one meeting: `{id}` is replaced, for example in
    /// `https://meet.jit.si/{id}`.
    pub one_time: String,
}

/// Place in a template where a meeting's own token stands.
const ID: &str = "{id}";

impl Rooms {
    /// The link for a keyword: by the room that is asked for, else `usual`.
    /// `token` makes a one-time room one that nobody guesses; it is random
    /// and has letters and digits only. `None` when there is no such room,
    /// or its template is no `https` address to a named host.
    pub fn link(&self, keyword: Keyword, usual: Room, token: &str) -> Option<Url> {
        let asked = match keyword.room {
            Room::Usual => usual,
            other => other,
        };
        let address = match asked {
            Room::Usual => return None,
            Room::Personal => self.personal.clone(),
            Room::Space => self.space.clone(),
            Room::OneTime => {
                let is_token =
                    !token.is_empty() && token.chars().all(|c| c.is_ascii_alphanumeric());
                if !is_token || self.one_time.matches(ID).count() != 1 {
                    return None;
                }
                self.one_time.replace(ID, token)
            }
        };
        Url::parse(&address).ok().filter(|url| {
            url.scheme() == "https"
                && url.domain().is_some()
                && url.username().is_empty()
                && url.password().is_none()
        })
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn rooms() -> Rooms {
        Rooms {
            personal: "https://acme.webex.com/meet/anna".to_owned(),
            space: "http://rooms.example.org/space".to_owned(),
            one_time: "https://meet.jit.si/{id}#config.x=true".to_owned(),
        }
    }

    #[rstest]
    #[case(
        "@webex:myroom",
        Room::OneTime,
        Some("https://acme.webex.com/meet/anna")
    )]
    #[case("@webex", Room::Personal, Some("https://acme.webex.com/meet/anna"))]
    #[case("@meet", Room::OneTime, Some("https://meet.jit.si/aB3#config.x=true"))]
    #[case("@meet:space", Room::Personal, None)]
    #[case("@meet", Room::Usual, None)]
    fn a_keyword_stands_for_the_room_that_is_asked_for(
        #[case] location: &str,
        #[case] usual: Room,
        #[case] link: Option<&str>,
    ) {
        let keyword = Keyword::find(location).unwrap();
        let found = rooms().link(keyword, usual, "aB3");
        assert_eq!(found.as_ref().map(Url::as_str), link);
    }

    #[rstest]
    #[case("")]
    #[case("a/../b")]
    #[case("a b")]
    fn a_token_that_is_none_makes_no_room(#[case] token: &str) {
        let keyword = Keyword::find("@meet:onetime").unwrap();
        assert_eq!(rooms().link(keyword, Room::Usual, token), None);
    }

    #[rstest]
    #[case("https://meet.jit.si/room")]
    #[case("https://meet.jit.si/{id}/{id}")]
    #[case("https://{id}@meet.example.org/")]
    fn a_template_that_makes_no_room_of_its_own_is_refused(#[case] template: &str) {
        let keyword = Keyword::find("@meet:onetime").unwrap();
        let rooms = Rooms {
            one_time: template.to_owned(),
            ..rooms()
        };
        assert_eq!(rooms.link(keyword, Room::Usual, "aB3"), None);
    }
}
