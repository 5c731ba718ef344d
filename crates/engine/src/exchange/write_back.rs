//! Join details for the user's own meetings that ask for them by a keyword:
//! written into the invitation and into a property of ours, once.
//!
//! Each item is read again right before it is written, and written only in
//! the version that was read: what somebody changed meanwhile is never lost,
//! and of two programs that write at the same time one is refused. What is
//! written is what the next look finds, so that nothing is written twice.

use std::collections::{BTreeMap, BTreeSet};

use calendar::{
    JoinLink, Meeting, Window,
    join::{Services, Sources, find},
    keyword::{
        Keyword, Nothing,
        block::{self, Details, Form, Language},
        rooms::Rooms,
    },
    meeting::Series,
};
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use ews::{
    Class, Client, Error,
    code::ResponseCode,
    item::{Body, BodyType, CalendarItem, ItemId},
    operation::{
        Bodies, ConflictResolution, Detail, FieldChange, GetItem, Invitations, Target, UpdateItem,
    },
};
use url::Url;

use super::{
    listing::{self, Reading, properties},
    meeting,
};
use crate::backend::{Failure, Known, Listing, Version, WrittenBack};

/// How keywords become join details.
#[derive(Debug, Clone)]
pub struct WriteBack {
    /// The links that keywords stand for.
    pub rooms: Rooms,
    /// Whether attendees are mailed about the change.
    pub told: Told,
    /// Language where the item names none.
    pub language: Language,
    /// Makes the name of a room for one meeting: random letters and digits.
    pub token: fn() -> String,
}

/// Who hears of join details that were written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Told {
    /// Nobody: attendees see them when the organizer sends an update.
    Nobody,
    /// All attendees, by an update of the invitation.
    Attendees,
}

/// Whether anything is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Yes.
    Write,
    /// No: only what would be written is told.
    Show,
}

/// A meeting with a keyword in its location, and what came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Enriched {
    /// The meeting; of a whole series its first occurrence in the window.
    pub meeting: Meeting,
    /// What was written: one item or all of a series.
    pub reach: Reach,
    /// The keyword.
    pub keyword: Keyword,
    /// What came of it.
    pub outcome: Outcome,
}

/// How far a keyword reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// A meeting by itself, or one occurrence that was changed by itself.
    One,
    /// All of a series: the keyword stands in the series itself.
    Series,
}

/// What came of a keyword.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The details were written.
    Written(Box<JoinLink>),
    /// They would be, if anything were written.
    WouldWrite(Box<JoinLink>),
    /// Nothing is to be written.
    Nothing(Nothing),
    /// The settings have no room for this keyword.
    NoRoom,
    /// Somebody changed the meeting at the same moment; it is looked at again.
    Changed,
    /// The server does not let it be written.
    Refused(ResponseCode),
}

impl Reach {
    fn of(meeting: &Meeting) -> Self {
        match meeting.series {
            Series::Occurrence => Self::Series,
            Series::Single | Series::Exception | Series::Unfollowed => Self::One,
        }
    }
}

/// Writes for one account at one moment.
pub(super) struct Writer<'a> {
    client: &'a Client,
    services: &'a Services,
    how: &'a WriteBack,
    zone: Tz,
    now: DateTime<Utc>,
}

type Written = Option<(Meeting, Version)>;

impl<'a> Writer<'a> {
    /// `view` is the user's zone and the moment.
    pub(super) fn new(
        client: &'a Client,
        services: &'a Services,
        how: &'a WriteBack,
        view: (Tz, DateTime<Utc>),
    ) -> Self {
        Self {
            client,
            services,
            how,
            zone: view.0,
            now: view.1,
        }
    }

    /// All meetings of the window whose location has a keyword, by start, and
    /// what comes of each.
    pub(super) async fn enrich(
        &self,
        window: Window,
        server: &listing::Server,
        mode: Mode,
    ) -> Result<Vec<Enriched>, Failure> {
        let asking = self.asking(window, server).await?;
        let mut all = Vec::new();
        for (meeting, version) in self.each_series_once(asking) {
            let Some(keyword) = Keyword::find(&meeting.location) else {
                continue;
            };
            let (outcome, written) = self.meeting(&meeting, &version, mode).await?;
            all.push(Enriched {
                reach: Reach::of(&meeting),
                meeting: written.map_or(meeting, |(meeting, _)| meeting),
                keyword,
                outcome,
            });
        }
        Ok(all)
    }

    /// Writes into those meetings that ask for it. Of a series that was
    /// written as a whole the next pull brings the occurrences.
    pub(super) async fn write(
        &self,
        asking: Vec<(Meeting, Version)>,
    ) -> Result<WrittenBack, Failure> {
        let mut all = WrittenBack::default();
        for (meeting, version) in self.each_series_once(asking) {
            let (outcome, written) = self.meeting(&meeting, &version, Mode::Write).await?;
            match outcome {
                Outcome::Written(_) => tracing::info!("join details are written"),
                Outcome::Refused(code) => {
                    tracing::warn!(%code, "join details cannot be written");
                }
                Outcome::Changed => {
                    tracing::debug!("somebody else changes it at the same moment");
                    all.contested.push(version);
                }
                Outcome::WouldWrite(_) | Outcome::Nothing(_) | Outcome::NoRoom => {
                    tracing::debug!("no join details are written");
                }
            }
            all.known.extend(written);
        }
        Ok(all)
    }

    /// By start; of a series whose occurrences all say the same, the first.
    fn each_series_once(&self, mut asking: Vec<(Meeting, Version)>) -> Vec<(Meeting, Version)> {
        asking.sort_by_key(|(meeting, _)| meeting.span.start(self.zone));
        let mut seen = BTreeSet::new();
        asking.retain(|(meeting, _)| {
            Reach::of(meeting) == Reach::One
                || seen.insert(meeting::series_name(&meeting.id).to_owned())
        });
        asking
    }

    /// The meetings of the window with a keyword.
    async fn asking(
        &self,
        window: Window,
        server: &listing::Server,
    ) -> Result<Vec<(Meeting, Version)>, Failure> {
        let reading = Reading {
            services: self.services,
            rooms: None,
            zone: self.zone,
        };
        let nothing = BTreeMap::new();
        let known = Known {
            cursor: None,
            versions: &nothing,
            same_window: false,
        };
        let nothing = Vec::new();
        let listing = listing::list(self.client, reading, window, known, server, nothing).await?;
        let mut put = match listing {
            Listing::Complete { put, .. } => put,
            Listing::Unchanged => Vec::new(),
        };
        put.retain(|(meeting, _)| Keyword::find(&meeting.location).is_some());
        Ok(put)
    }

    async fn meeting(
        &self,
        meeting: &Meeting,
        version: &Version,
        mode: Mode,
    ) -> Result<(Outcome, Written), Failure> {
        let keyword = match Keyword::asked_for(meeting, self.now, self.zone) {
            Ok(keyword) => keyword,
            Err(nothing) => return Ok((Outcome::Nothing(nothing), None)),
        };
        let token = (self.how.token)();
        let Some(link) = self.how.rooms.link(keyword, &token) else {
            return Ok((Outcome::NoRoom, None));
        };
        if mode == Mode::Show {
            let link = self.as_found(&link);
            return Ok((Outcome::WouldWrite(Box::new(link)), None));
        }
        let id = ItemId(version.item.to_string());
        let item = match self.current(meeting, &id).await? {
            Ok(item) => item,
            Err(code) => return Ok((Outcome::Refused(code), None)),
        };
        // What stands in the item now decides, not what it was.
        let still = item.location.as_deref().and_then(Keyword::find);
        if still != Some(keyword) {
            return Ok((Outcome::Changed, None));
        }
        if meeting::join_links(&item, self.services, None)
            .best()
            .is_some()
        {
            return Ok((Outcome::Nothing(Nothing::HasDetails), None));
        }
        self.update(item, &link).await
    }

    /// The item to write into as it is now: the series itself where the
    /// keyword stands there.
    async fn current(
        &self,
        meeting: &Meeting,
        id: &ItemId,
    ) -> Result<Result<CalendarItem, ResponseCode>, Failure> {
        if Reach::of(meeting) == Reach::Series {
            let operation = asked_for(vec![Target::MasterOf(id.clone())]);
            if let Some(Ok(series)) = self.client.call(&operation).await?.into_iter().next() {
                return Ok(Ok(series));
            }
            // A server that does not know the way from an occurrence to its
            // series has given the series itself.
        }
        let operation = asked_for(vec![id.clone().into()]);
        let answer = self.client.call(&operation).await?.into_iter().next();
        let missing = || super::failure::garbled(&self.client.host());
        Ok(answer.ok_or_else(missing)?.map_err(|e| e.code))
    }

    async fn update(
        &self,
        mut item: CalendarItem,
        link: &Url,
    ) -> Result<(Outcome, Written), Failure> {
        let Some(id) = item.id.clone() else {
            return Err(super::failure::garbled(&self.client.host()));
        };
        let found = self.as_found(link);
        let body = item.body.take().unwrap_or(Body {
            kind: BodyType::Text,
            text: String::new(),
        });
        let form = match body.kind {
            BodyType::Html => Form::Html,
            BodyType::Text => Form::Text,
        };
        let details = Details {
            provider: &found.provider,
            link,
            language: match item.culture.as_deref() {
                Some(culture) => Language::of_culture(culture),
                None => self.how.language,
            },
        };
        let Some(text) = block::add(&body.text, form, details) else {
            return Ok((Outcome::Nothing(Nothing::HasDetails), None));
        };
        let body = Body { text, ..body };
        let operation = UpdateItem {
            item: id,
            changes: vec![
                FieldChange::Body(body.clone()),
                FieldChange::Extended(meeting::join_property(), link.to_string()),
            ],
            conflicts: ConflictResolution::NeverOverwrite,
            invitations: match self.how.told {
                Told::Nobody => Invitations::ToNone,
                Told::Attendees => Invitations::ToAllAndSaveCopy,
            },
        };
        let updated = match self.client.call(&operation).await {
            Ok(updated) => updated,
            Err(error) => match error {
                Error::Refused { code, .. } if code.class() == Class::Conflict => {
                    return Ok((Outcome::Changed, None));
                }
                Error::Refused { code, .. }
                    if !matches!(code.class(), Class::Throttled | Class::Transient) =>
                {
                    return Ok((Outcome::Refused(code), None));
                }
                error => return Err(error.into()),
            },
        };
        // The item as it is now, so that the news of our own change finds it
        // known already.
        item.body = Some(body);
        item.extended
            .push((meeting::join_property(), link.to_string()));
        let known = updated.item.and_then(|id| {
            let version = Version {
                item: id.id.0.into(),
                change_key: id.change_key?.0.into(),
            };
            let meeting = meeting::from_item(&item, self.services, None, self.zone)?;
            Some((meeting, version))
        });
        Ok((Outcome::Written(Box::new(found)), known))
    }

    /// The link as it is found once it is written.
    fn as_found(&self, link: &Url) -> JoinLink {
        let sources = Sources {
            own: Some(link.as_str()),
            ..Sources::default()
        };
        let mut found = find(sources, self.services).0;
        if found.is_empty() {
            let host = link.host_str().unwrap_or_default().to_owned();
            return JoinLink {
                url: link.clone(),
                provider: host.clone(),
                host,
                app: None,
            };
        }
        found.swap_remove(0)
    }
}

fn asked_for(ids: Vec<Target>) -> GetItem {
    GetItem {
        ids,
        bodies: Bodies::Stored,
        detail: Detail::Meeting,
        extended: properties(),
    }
}
