//! What of a draft is sent.

use calendar::{
    join::{Services, Sources, find},
    keyword::block::{self, Details, Form},
};
use engine::scheduler::{Changed, Intent, NewMeeting, People};
use url::Url;

use super::{
    draft::{Draft, Edited},
    way::Way,
};
use crate::{screen::Scene, view::Part};

/// How long before the start other clients remind the owner, in minutes.
const REMINDER_MINUTES: u32 = 15;

/// What is missing before a draft can be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missing {
    /// It is on its way, or its answer was lost.
    OnItsWay,
    /// It has been sent.
    Sent,
    /// No time is chosen.
    Time,
    /// The chosen time is over.
    Over,
    /// The own link is none.
    Link,
    /// The server is being asked who somebody is.
    Somebody,
    /// Somebody on the list has no address.
    Nameless,
    /// Nothing is different from what it was.
    Change,
}

impl Missing {
    pub(crate) fn key(self) -> &'static str {
        match self {
            Self::OnItsWay => "missing-on-its-way",
            Self::Sent => "missing-sent",
            Self::Time => "missing-time",
            Self::Over => "missing-over",
            Self::Link => "missing-link",
            Self::Somebody => "missing-somebody",
            Self::Nameless => "missing-nameless",
            Self::Change => "missing-change",
        }
    }
}

/// The intent of a draft that is complete. `token` names a room for one
/// meeting.
pub(super) fn intent(draft: &Draft, token: &str, scene: &Scene<'_>) -> Result<Intent, Missing> {
    let (Some(start), Some(end)) = (draft.start, draft.end()) else {
        return Err(Missing::Time);
    };
    if end <= scene.now {
        return Err(Missing::Over);
    }
    let rooms = &scene.settings.keywords.rooms;
    let way = Way::of(draft, rooms);
    if way == Way::Own(None) {
        return Err(Missing::Link);
    }
    if draft
        .invitees
        .iter()
        .any(|one| one.known == super::draft::Known::Asked)
    {
        return Err(Missing::Somebody);
    }
    let link = way.link(rooms, token);
    match &draft.edits {
        None => Ok(Intent::Make(Box::new(NewMeeting {
            title: draft.title.trim().to_owned(),
            message: body(&draft.message, link.as_ref(), scene),
            start,
            end,
            zone: scene.zone,
            location: place(draft, link.as_ref()),
            people: people(draft),
            join: link,
            reminder_minutes: REMINDER_MINUTES,
        }))),
        Some(edited) => change(draft, edited, link, scene),
    }
}

fn change(
    draft: &Draft,
    edited: &Edited,
    link: Option<Url>,
    scene: &Scene<'_>,
) -> Result<Intent, Missing> {
    let (Some(start), Some(end)) = (draft.start, draft.end()) else {
        return Err(Missing::Time);
    };
    let now: Vec<(String, Part)> = draft
        .invited()
        .map(|one| (one.address.clone(), one.part))
        .collect();
    let others = now != edited.people;
    if others && edited.nameless {
        return Err(Missing::Nameless);
    }
    let rooms = |people: &[(String, Part)]| -> Vec<String> {
        let rooms = people.iter().filter(|(_, part)| *part == Part::Room);
        rooms.map(|(address, _)| address.clone()).collect()
    };
    let moved = (start, end) != (edited.standing.start, edited.standing.end);
    let title = draft.title.trim();
    // A new message replaces the old one; without one the text stays, and a
    // new link stands beside it.
    let said = !draft.message.trim().is_empty() || link.is_some();
    let to = Changed {
        title: (title != edited.title.trim()).then(|| title.to_owned()),
        message: said.then(|| body(&draft.message, link.as_ref(), scene)),
        when: moved.then_some((start, end, scene.zone)),
        location: (rooms(&now) != rooms(&edited.people) || link.is_some())
            .then(|| place(draft, link.as_ref())),
        people: others.then(|| people(draft)),
        join: link,
    };
    if to == Changed::default() {
        return Err(Missing::Change);
    }
    Ok(Intent::Change {
        meeting: edited.standing.clone(),
        to: Box::new(to),
    })
}

/// The text of an invitation, with the way to join in it.
pub(crate) fn body(message: &str, link: Option<&Url>, scene: &Scene<'_>) -> String {
    let message = message.trim_end();
    let Some(link) = link else {
        return message.to_owned();
    };
    let sources = Sources {
        own: Some(link.as_str()),
        ..Sources::default()
    };
    let found = find(sources, Services::built_in());
    let host = link.host_str().unwrap_or_default();
    let details = Details {
        provider: found.best().map_or(host, |one| one.provider.as_str()),
        link,
        language: block::Language::of_culture(scene.words.language().code()),
    };
    block::add(message, Form::Text, details).unwrap_or_else(|| message.to_owned())
}

/// The rooms by name; the link where there are none.
fn place(draft: &Draft, link: Option<&Url>) -> String {
    let rooms: Vec<&str> = draft
        .invited()
        .filter(|one| one.part == Part::Room)
        .map(super::draft::Invitee::shown)
        .collect();
    if rooms.is_empty() {
        return link.map(Url::to_string).unwrap_or_default();
    }
    rooms.join(", ")
}

fn people(draft: &Draft) -> People {
    let of = |part: Part| {
        let some = draft.invited().filter(|one| one.part == part);
        some.map(|one| one.address.clone()).collect()
    };
    People {
        required: of(Part::Required),
        optional: of(Part::Optional),
        rooms: of(Part::Room),
    }
}
