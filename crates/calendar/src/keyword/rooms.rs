//! The links that keywords stand for, by templates of the user.

use serde::{Deserialize, Serialize};
use url::Url;

use super::{Keyword, Room, Word};

/// Templates of links; an empty one stands for no room of that kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Rooms {
    /// The organizer's personal room, for example
    /// `https://acme.webex.com/meet/anna`.
    pub personal: String,
    /// A fixed space.
    pub space: String,
    /// A room for one meeting: `{id}` is replaced, for example in
    /// `https://meet.jit.si/{id}`.
    pub one_time: String,
    /// The room that `@webex` means by itself.
    pub webex: Room,
    /// The room that `@meet` and `@spark` mean by themselves.
    pub meet: Room,
}

impl Default for Rooms {
    /// No room at all, and the meanings which users of Webex know: `@webex`
    /// is the personal room, `@meet` a room for the meeting.
    fn default() -> Self {
        Self {
            personal: String::new(),
            space: String::new(),
            one_time: String::new(),
            webex: Room::Personal,
            meet: Room::OneTime,
        }
    }
}

/// Place in a template where a meeting's own token stands.
const ID: &str = "{id}";

impl Rooms {
    /// The link for a keyword. `token` makes a one-time room one that nobody
    /// guesses; it is random and has letters and digits only. `None` when
    /// there is no such room, or its template is no `https` address to a
    /// named host.
    pub fn link(&self, keyword: Keyword, token: &str) -> Option<Url> {
        let address = match self.meant(keyword) {
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
        Self::room(&address)
    }

    /// The link for a keyword that is known before anything is written:
    /// that of a fixed room.
    pub fn fixed(&self, keyword: Keyword) -> Option<Url> {
        match self.meant(keyword) {
            Room::Personal => Self::room(&self.personal),
            Room::Space => Self::room(&self.space),
            Room::OneTime | Room::Usual => None,
        }
    }

    fn meant(&self, keyword: Keyword) -> Room {
        match (keyword.room, keyword.word) {
            (Room::Usual, Word::Webex) => self.webex,
            (Room::Usual, Word::Meet) => self.meet,
            (other, _) => other,
        }
    }

    fn room(address: &str) -> Option<Url> {
        Url::parse(address).ok().filter(|url| {
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
            ..Rooms::default()
        }
    }

    #[rstest]
    #[case("@webex", Some("https://acme.webex.com/meet/anna"))]
    #[case("@webex:myroom", Some("https://acme.webex.com/meet/anna"))]
    #[case("@meet:myroom", Some("https://acme.webex.com/meet/anna"))]
    #[case("@meet", Some("https://meet.jit.si/aB3#config.x=true"))]
    #[case("@spark", Some("https://meet.jit.si/aB3#config.x=true"))]
    #[case("@webex:onetime", Some("https://meet.jit.si/aB3#config.x=true"))]
    #[case("@meet:space", None)]
    fn a_keyword_stands_for_the_room_that_is_asked_for(
        #[case] location: &str,
        #[case] link: Option<&str>,
    ) {
        let keyword = Keyword::find(location).unwrap();
        let found = rooms().link(keyword, "aB3");
        assert_eq!(found.as_ref().map(Url::as_str), link);
        let fixed = rooms().fixed(keyword);
        assert_eq!(
            fixed,
            found.filter(|url| url.host_str() == Some("acme.webex.com"))
        );
    }

    #[test]
    fn what_a_word_means_by_itself_can_be_set() {
        let rooms: Rooms = toml::from_str(
            "personal = \"https://acme.webex.com/meet/anna\"\nmeet = \"personal\"\n",
        )
        .unwrap();
        let link = rooms.link(Keyword::find("@meet").unwrap(), "aB3");
        assert_eq!(link.unwrap().path(), "/meet/anna");
        assert!(toml::from_str::<Rooms>("meet = \"usual\"").is_err());
    }

    #[rstest]
    #[case("")]
    #[case("a/../b")]
    #[case("a b")]
    fn a_token_that_is_none_makes_no_room(#[case] token: &str) {
        let keyword = Keyword::find("@meet:onetime").unwrap();
        assert_eq!(rooms().link(keyword, token), None);
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
        assert_eq!(rooms.link(keyword, "aB3"), None);
    }
}
