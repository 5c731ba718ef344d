//! Keywords in a location that ask for join details.
//!
//! Who writes `@meet` or `@webex:myroom` as the place of a meeting asks for
//! a link to be put into the invitation. The words are those which Cisco's
//! Hybrid Calendar taught its users
//! (<https://help.webex.com/en-us/article/nwtulzs>).

pub mod block;
pub mod rooms;
#[cfg(test)]
mod tests;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use crate::Meeting;

/// The word that was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Word {
    /// `@webex`
    Webex,
    /// `@meet`, and `@spark`, which is its old name.
    Meet,
}

/// The room that is asked for behind the word.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Room {
    /// Nothing was said: what the word means by the settings.
    #[default]
    #[serde(skip)]
    Usual,
    /// `:space`: a fixed space.
    Space,
    /// `:myroom`: the organizer's personal room.
    Personal,
    /// `:onetime`: a room made for this meeting alone.
    OneTime,
}

/// One keyword.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Keyword {
    /// The word that was written.
    pub word: Word,
    /// The room that is asked for.
    pub room: Room,
}

/// Why nothing is written into a meeting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Nothing {
    /// Its location has no keyword.
    NoKeyword,
    /// Somebody else called it: its text is theirs.
    NotOurs,
    /// There are join details already.
    HasDetails,
    /// It is over.
    Over,
    /// It was cancelled.
    Cancelled,
}

impl Keyword {
    /// The left-most keyword of a location; the others do not count. Case
    /// does not matter. An e-mail address such as `anna@meet.example.org` is
    /// no keyword, and neither is a word with an unknown room behind it.
    pub fn find(location: &str) -> Option<Self> {
        let mut before = None;
        for (at, character) in location.char_indices() {
            let begins = character == '@' && !before.is_some_and(is_part_of_a_word);
            before = Some(character);
            if begins
                && let Some(rest) = location.get(at + 1..)
                && let Some(keyword) = Self::parse(rest)
            {
                return Some(keyword);
            }
        }
        None
    }

    /// The keyword for which a link has to be written into this meeting at
    /// `now`; `zone` says when a day ends. A single occurrence of a series is
    /// a meeting like any other.
    pub fn asked_for(meeting: &Meeting, now: DateTime<Utc>, zone: Tz) -> Result<Self, Nothing> {
        let keyword = Self::find(&meeting.location).ok_or(Nothing::NoKeyword)?;
        if !meeting.is_own() {
            Err(Nothing::NotOurs)
        } else if meeting.cancelled {
            Err(Nothing::Cancelled)
        } else if meeting.join.best().is_some() {
            Err(Nothing::HasDetails)
        } else if meeting.span.end(zone) <= now {
            Err(Nothing::Over)
        } else {
            Ok(keyword)
        }
    }

    /// The keyword as it is written, in its plainest form.
    pub fn written(self) -> &'static str {
        match (self.word, self.room) {
            (Word::Webex, Room::Usual) => "@webex",
            (Word::Webex, Room::Space) => "@webex:space",
            (Word::Webex, Room::Personal) => "@webex:myroom",
            (Word::Webex, Room::OneTime) => "@webex:onetime",
            (Word::Meet, Room::Usual) => "@meet",
            (Word::Meet, Room::Space) => "@meet:space",
            (Word::Meet, Room::Personal) => "@meet:myroom",
            (Word::Meet, Room::OneTime) => "@meet:onetime",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        let (name, rest) = leading_word(text);
        let word = match name.to_ascii_lowercase().as_str() {
            "webex" => Word::Webex,
            "meet" | "spark" => Word::Meet,
            _ => return None,
        };
        // `@meet.example.org` is the rest of an address.
        let address = rest.strip_prefix(['.', '@']);
        if address.is_some_and(|address| !leading_word(address).0.is_empty()) {
            return None;
        }
        let room = match rest.strip_prefix(':').map(leading_word) {
            None | Some(("", _)) => Room::Usual,
            Some((room, _)) => match room.to_ascii_lowercase().as_str() {
                "space" => Room::Space,
                "myroom" => Room::Personal,
                "onetime" => Room::OneTime,
                _ => return None,
            },
        };
        Some(Self { word, room })
    }
}

fn leading_word(text: &str) -> (&str, &str) {
    let end = text
        .find(|c: char| !is_part_of_a_word(c))
        .unwrap_or(text.len());
    text.split_at(end)
}

fn is_part_of_a_word(character: char) -> bool {
    character.is_alphanumeric() || matches!(character, '-' | '_')
}
