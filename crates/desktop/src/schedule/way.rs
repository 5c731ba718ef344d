//! Where to meet: a room that a keyword stands for, a link of one's own, or
//! none.

use calendar::keyword::{Keyword, rooms::Rooms};
use url::Url;

use super::draft::{Draft, KEPT};
use crate::{opener, screen::Scene, view::MeetByView};

/// The keywords that are offered, where the settings have a room for them.
const KEYWORDS: [&str; 2] = ["@webex", "@meet"];
const OWN: &str = "own";
const NONE: &str = "none";

/// A token that makes every template of a room an address.
const SAMPLE: &str = "x";

/// The way that is chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Way {
    /// The room of a keyword.
    Keyword(Keyword),
    /// The own link; `None` when what is typed is no safe link.
    Own(Option<Url>),
    /// No link.
    None,
    /// What the changed meeting has.
    Kept,
}

impl Way {
    /// The way of a draft; the first keyword with a room where none is chosen.
    pub(super) fn of(draft: &Draft, rooms: &Rooms) -> Self {
        let way = draft.way.as_deref().unwrap_or_else(|| usual(rooms));
        match way {
            OWN => Self::Own(own(&draft.own_link)),
            KEPT if draft.edits.is_some() => Self::Kept,
            _ => match Keyword::find(way).filter(|one| has_room(*one, rooms)) {
                Some(keyword) => Self::Keyword(keyword),
                None => Self::None,
            },
        }
    }

    /// The link to put into the invitation. `token` names a room for one
    /// meeting.
    pub(super) fn link(&self, rooms: &Rooms, token: &str) -> Option<Url> {
        match self {
            Self::Keyword(keyword) => rooms.link(*keyword, token),
            Self::Own(link) => link.clone(),
            Self::None | Self::Kept => None,
        }
    }

    /// What it means, or what is wrong with it.
    pub(super) fn note(&self, draft: &Draft, scene: &Scene<'_>) -> String {
        let rooms = &scene.settings.keywords.rooms;
        match self {
            Self::Keyword(keyword) => {
                if let Some(link) = rooms.fixed(*keyword) {
                    let room = [("room", plainly(&link).into())];
                    return scene.words.with("meet-room", room);
                }
                let link = rooms.link(*keyword, SAMPLE);
                let host = link.as_ref().and_then(Url::host_str).unwrap_or_default();
                scene.words.with("meet-new-room", [("host", host.into())])
            }
            Self::Own(Some(link)) => scene.words.with(
                "opens-host",
                [("host", link.host_str().unwrap_or_default().into())],
            ),
            Self::Own(None) if draft.own_link.trim().is_empty() => String::new(),
            Self::Own(None) => scene.words.text("meet-own-wrong"),
            Self::None | Self::Kept => String::new(),
        }
    }
}

/// All ways that there are, one of them chosen.
pub(super) fn ways(draft: &Draft, scene: &Scene<'_>) -> Vec<MeetByView> {
    let rooms = &scene.settings.keywords.rooms;
    let chosen = draft.way.as_deref().unwrap_or_else(|| usual(rooms));
    let kept = draft.edits.iter().map(|_| (KEPT, "meet-kept"));
    let keywords = KEYWORDS
        .into_iter()
        .filter(|word| Keyword::find(word).is_some_and(|one| has_room(one, rooms)))
        .map(|word| (word, word));
    let fixed = [(OWN, "meet-own"), (NONE, "meet-none")];
    kept.chain(keywords)
        .chain(fixed)
        .map(|(way, key)| MeetByView {
            way: way.to_owned(),
            text: if way == key {
                way.to_owned()
            } else {
                scene.words.text(key)
            },
            chosen: way == chosen,
        })
        .collect()
}

/// Whether a way can be chosen.
pub(super) fn is_way(way: &str, rooms: &Rooms) -> bool {
    matches!(way, OWN | NONE | KEPT)
        || KEYWORDS.contains(&way) && Keyword::find(way).is_some_and(|one| has_room(one, rooms))
}

/// The user's own room, for a meeting that begins now.
pub(crate) fn own_room(rooms: &Rooms, token: &str) -> Option<Url> {
    let keywords = || KEYWORDS.into_iter().filter_map(Keyword::find);
    let fixed = keywords().find_map(|keyword| rooms.fixed(keyword));
    fixed.or_else(|| keywords().find_map(|keyword| rooms.link(keyword, token)))
}

fn usual(rooms: &Rooms) -> &'static str {
    let with_room = |word: &&str| Keyword::find(word).is_some_and(|one| has_room(one, rooms));
    KEYWORDS.into_iter().find(with_room).unwrap_or(NONE)
}

fn has_room(keyword: Keyword, rooms: &Rooms) -> bool {
    rooms.link(keyword, SAMPLE).is_some()
}

/// The link that was typed, when it is one that Joinbell would open itself.
fn own(typed: &str) -> Option<Url> {
    let typed = typed.trim();
    let written = if typed.contains("://") {
        typed.to_owned()
    } else {
        format!("https://{typed}")
    };
    let link = Url::parse(&written).ok()?;
    link.domain().filter(|domain| domain.contains('.'))?;
    let host = link.host_str()?.to_owned();
    opener::check(&link, &host).is_ok().then_some(link)
}

/// As people write it: without the scheme.
fn plainly(link: &Url) -> String {
    let text = link.as_str().trim_start_matches("https://");
    text.trim_end_matches('/').to_owned()
}
