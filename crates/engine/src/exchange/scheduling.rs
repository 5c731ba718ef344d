//! Meetings that are made, changed, called off and answered over EWS.

use std::collections::BTreeMap;

use calendar::{
    Meeting,
    meeting::{Person, Response},
};
use ews::{
    Class, Error,
    item::{Body, BodyType, ChangeKey, ItemId, ItemRef, Property, Smtp},
    operation::{
        self, AnswerMeeting, Asked, Bodies, CancelMeeting, ConflictResolution, CreateItem,
        DeleteItem, Detail, FieldChange, FindMarkedItems, GetItem, GetRoomLists, GetRooms,
        Invitations, ResolveNames, Sensitivity, UpdateItem, When, Word,
    },
};

use super::{ExchangeBackend, meeting, series, standing::Place};
use crate::{
    backend::{Failure, FailureKind, Version},
    scheduler::{
        Answer, Attempt, Changed, Found, Intent, NewMeeting, People, Refusal, RequestId, Standing,
    },
};

/// More lists of rooms, and more rooms, than a person looks through.
const ROOM_LISTS_MAX: usize = 50;
const ROOMS_MAX: usize = 1_000;

/// The property with the name of the request that changed a meeting last. It
/// is not that of the request which made it, which stays.
fn change_property() -> Property {
    Property::Own {
        set: Property::OWN_SET.to_owned(),
        name: "ChangeRequestId".to_owned(),
    }
}

/// How often a change is tried where others change the item at the same time.
const CONFLICTS_MAX: usize = 3;

/// Ends an attempt before anything was sent that could do something.
enum Ended {
    Done,
    Refused(Refusal),
    Failed(Error),
    /// The item could not be looked up.
    NotFoundOut(Failure),
}

impl From<Error> for Ended {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

impl ExchangeBackend {
    pub(super) async fn attempt_once(&self, request: &RequestId, intent: &Intent) -> Attempt {
        let outcome = match intent {
            Intent::Make(new) => self.make(request, new).await,
            Intent::Change { meeting, to } => self.change(request, meeting, to).await,
            Intent::Cancel { meeting, message } => self.cancel(meeting, message).await,
            Intent::Remove { meeting } => self.remove(meeting).await,
            Intent::Answer { meeting, answer } => self.answer(meeting, *answer).await,
        };
        match outcome {
            Ok(()) | Err(Ended::Done) => Attempt::Done,
            Err(Ended::Refused(refusal)) => Attempt::Refused(refusal),
            Err(Ended::Failed(error)) => judged(error),
            Err(Ended::NotFoundOut(failure)) => not_begun(failure),
        }
    }

    pub(super) async fn look_for(
        &self,
        request: &RequestId,
        intent: &Intent,
    ) -> Result<Found, Failure> {
        let done = match intent {
            Intent::Make(_) => {
                let marked = FindMarkedItems {
                    property: CreateItem::client_request_property(),
                    value: request.0.clone(),
                };
                !self.client.call(&marked).await?.is_empty()
            }
            Intent::Change { meeting, to } => match self.find_changed(meeting, to).await? {
                Some((_, version)) => self.has_change(request, &version).await?,
                None => false,
            },
            Intent::Cancel { meeting, .. } => match self.place(meeting).await? {
                Place::Here(known, _) | Place::Elsewhere(known) => known.cancelled,
                Place::Nowhere => true,
            },
            Intent::Remove { meeting } => {
                matches!(self.place(meeting).await?, Place::Nowhere)
            }
            Intent::Answer { meeting, answer } => match self.place(meeting).await? {
                Place::Here(known, _) | Place::Elsewhere(known) => {
                    known.response == answer.response()
                }
                Place::Nowhere => *answer == Answer::Decline,
            },
        };
        Ok(if done { Found::Done } else { Found::Absent })
    }

    async fn make(&self, request: &RequestId, new: &NewMeeting) -> Result<(), Ended> {
        let link = new.join.as_ref();
        let operation = CreateItem {
            subject: new.title.clone(),
            sensitivity: Sensitivity::Normal,
            body: plain(&new.message),
            when: When::Timed {
                start: new.start,
                end: new.end,
            },
            zone: new.zone,
            location: new.location.clone(),
            required: smtp(&new.people.required),
            optional: smtp(&new.people.optional),
            resources: smtp(&new.people.rooms),
            reminder_minutes: Some(new.reminder_minutes),
            client_request: request.0.clone(),
            extended: link
                .map(|link| (meeting::join_property(), link.to_string()))
                .into_iter()
                .collect(),
            invitations: if new.people.is_empty() {
                Invitations::ToNone
            } else {
                Invitations::ToAllAndSaveCopy
            },
        };
        self.client.call(&operation).await?;
        Ok(())
    }

    /// Where somebody else writes at the same time, what is wanted is set anew
    /// in the item as it is then. Each change sets values and adds to none, so
    /// that one which was done in part already is no harm.
    async fn change(
        &self,
        request: &RequestId,
        standing: &Standing,
        to: &Changed,
    ) -> Result<(), Ended> {
        for _ in 1..CONFLICTS_MAX {
            match self.change_once(request, standing, to).await {
                Err(Ended::Failed(Error::Refused { code, .. }))
                    if code.class() == Class::Conflict => {}
                ended => return ended,
            }
        }
        self.change_once(request, standing, to).await
    }

    async fn change_once(
        &self,
        request: &RequestId,
        standing: &Standing,
        to: &Changed,
    ) -> Result<(), Ended> {
        let found = self.find_changed(standing, to).await;
        let Some((known, version)) = found.map_err(Ended::NotFoundOut)? else {
            self.here(standing).await?;
            return Err(Ended::Refused(Refusal::Gone));
        };
        own(&known)?;
        by_itself(&version)?;
        if self
            .has_change(request, &version)
            .await
            .map_err(Ended::NotFoundOut)?
        {
            return Err(Ended::Done);
        }
        let asked_before = !known.attendees.is_empty();
        let asked = match &to.people {
            Some(people) => asked_before || !people.is_empty(),
            None => asked_before,
        };
        let others_see = to.title.is_some()
            || to.message.is_some()
            || to.when.is_some()
            || to.location.is_some()
            || to.join.is_some();
        let operation = UpdateItem {
            item: reference(version),
            changes: changes(request, to),
            conflicts: ConflictResolution::AutoResolve,
            invitations: match (asked, others_see) {
                (false, _) => Invitations::ToNone,
                (true, true) => Invitations::ToAllAndSaveCopy,
                (true, false) => Invitations::ToChangedAndSaveCopy,
            },
        };
        self.client.call(&operation).await?;
        Ok(())
    }

    async fn cancel(&self, standing: &Standing, message: &str) -> Result<(), Ended> {
        let Some((known, version)) = self.here(standing).await? else {
            // That it does not take place is what was wanted.
            return Err(Ended::Done);
        };
        own(&known)?;
        by_itself(&version)?;
        let item = reference(version);
        if known.attendees.is_empty() {
            self.client.call(&DeleteItem { item }).await?;
        } else {
            let comment = (!message.is_empty()).then(|| plain(message));
            self.client.call(&CancelMeeting { item, comment }).await?;
        }
        Ok(())
    }

    /// Takes out what its owner was shown as having nobody else. What it has
    /// become meanwhile is looked at here and not told by its change key: a
    /// server deletes by an old key as well. Who is added after this look is
    /// told nothing either, as an appointment is deleted without a word.
    async fn remove(&self, standing: &Standing) -> Result<(), Ended> {
        let Some((known, version)) = self.here(standing).await? else {
            return Err(Ended::Done);
        };
        // Before whose it is: where the server does not say who called it,
        // those who are asked are all there is to go by.
        if !known.attendees.is_empty() {
            return Err(Ended::Refused(Refusal::OthersAsked));
        }
        own(&known)?;
        by_itself(&version)?;
        let item = reference(version);
        self.client.call(&DeleteItem { item }).await?;
        Ok(())
    }

    async fn answer(&self, standing: &Standing, answer: Answer) -> Result<(), Ended> {
        let Some((known, version)) = self.here(standing).await? else {
            return Err(match answer {
                Answer::Decline => Ended::Done,
                Answer::Accept | Answer::Tentative => Ended::Refused(Refusal::Gone),
            });
        };
        if known.response == answer.response() {
            return Err(Ended::Done);
        }
        if known.response == Response::Organizer {
            return Err(Ended::Refused(Refusal::NotOurs));
        }
        by_itself(&version)?;
        let operation = AnswerMeeting {
            item: reference(version),
            answer: match answer {
                Answer::Accept => operation::Answer::Accept,
                Answer::Tentative => operation::Answer::Tentative,
                Answer::Decline => operation::Answer::Decline,
            },
            comment: None,
            word: Word::Sent,
        };
        self.client.call(&operation).await?;
        Ok(())
    }

    /// A meeting at the time that was shown; none when it is gone.
    async fn here(&self, standing: &Standing) -> Result<Option<(Meeting, Version)>, Ended> {
        match self.place(standing).await.map_err(Ended::NotFoundOut)? {
            Place::Here(known, version) => Ok(Some((known, version))),
            Place::Elsewhere(_) => Err(Ended::Refused(Refusal::Moved)),
            Place::Nowhere => Ok(None),
        }
    }

    /// A meeting within its time, also where a change that came through has
    /// moved it to.
    async fn find_changed(
        &self,
        standing: &Standing,
        to: &Changed,
    ) -> Result<Option<(Meeting, Version)>, Failure> {
        let here = self.find(standing).await?;
        match (&here, to.when) {
            (None, Some((start, end, _))) => {
                let moved = Standing {
                    id: standing.id.clone(),
                    start,
                    end,
                };
                self.find(&moved).await
            }
            _ => Ok(here),
        }
    }

    async fn has_change(&self, request: &RequestId, version: &Version) -> Result<bool, Failure> {
        let operation = GetItem {
            ids: vec![ItemId(version.item.to_string()).into()],
            bodies: Bodies::Left,
            detail: Detail::Meeting,
            extended: vec![change_property()],
        };
        let item = self.client.call(&operation).await?.into_iter().next();
        let missing = || super::failure::garbled(&self.client.host());
        let item = item.ok_or_else(missing)?.map_err(|_| missing())?;
        Ok(item.extended(&change_property()) == Some(request.0.as_str()))
    }

    pub(super) async fn people_named(&self, text: &str) -> Result<Vec<Person>, Failure> {
        let entry = text.trim().to_owned();
        if entry.is_empty() {
            return Ok(Vec::new());
        }
        let found = self.client.call(&ResolveNames { entry }).await?;
        Ok(found.people.iter().filter_map(reachable).collect())
    }

    /// A list that cannot be read leaves its rooms out, and no others.
    pub(super) async fn listed_rooms(&self) -> Result<Vec<Person>, Failure> {
        let lists = self.client.call(&GetRoomLists).await?;
        let lists = lists.iter().filter_map(|list| reachable(list)?.address);
        let mut rooms = BTreeMap::new();
        for list in lists.take(ROOM_LISTS_MAX) {
            let listed = self.client.call(&GetRooms { list }).await;
            for room in listed.unwrap_or_default().iter().filter_map(reachable) {
                let address = room.address.as_deref().unwrap_or_default();
                rooms.entry(address.to_lowercase()).or_insert(room);
            }
            if rooms.len() >= ROOMS_MAX {
                break;
            }
        }
        Ok(rooms.into_values().take(ROOMS_MAX).collect())
    }
}

/// A mailbox that can be written to.
fn reachable(mailbox: &ews::item::Mailbox) -> Option<Person> {
    let is_smtp = mailbox.routing.as_deref().is_none_or(|kind| kind == "SMTP");
    let address = mailbox.address.clone().filter(|a| a.contains('@'));
    Some(Person {
        name: mailbox.name.clone().unwrap_or_default(),
        address: Some(address.filter(|_| is_smtp)?),
    })
}

fn changes(request: &RequestId, to: &Changed) -> Vec<FieldChange> {
    let mut changes = vec![FieldChange::Extended(change_property(), request.0.clone())];
    let fields = [
        to.title.clone().map(FieldChange::Subject),
        to.location.clone().map(FieldChange::Location),
        to.message
            .as_deref()
            .map(|message| FieldChange::Body(plain(message))),
        to.when
            .map(|(start, end, zone)| FieldChange::When(When::Timed { start, end }, zone)),
        to.join
            .as_ref()
            .map(|link| FieldChange::Extended(meeting::join_property(), link.to_string())),
    ];
    changes.extend(fields.into_iter().flatten());
    if let Some(People {
        required,
        optional,
        rooms,
    }) = &to.people
    {
        changes.extend([
            FieldChange::People(Asked::Required, smtp(required)),
            FieldChange::People(Asked::Optional, smtp(optional)),
            FieldChange::People(Asked::Resource, smtp(rooms)),
        ]);
    }
    changes
}

/// Only the user's own meetings and appointments can be changed.
fn own(known: &Meeting) -> Result<(), Ended> {
    let is_own = known.is_own().then_some(());
    is_own.ok_or(Ended::Refused(Refusal::NotOurs))
}

/// A day of a series that the server does not expand has no item of its own:
/// what is sent for it would call off, move or answer every other day as well.
fn by_itself(version: &Version) -> Result<(), Ended> {
    let has_item = (!series::is_made_here(version)).then_some(());
    has_item.ok_or(Ended::Refused(Refusal::WholeSeries))
}

/// Whether a failure leaves it open that the server has done what was asked.
fn judged(error: Error) -> Attempt {
    let refusal = match &error {
        Error::Unreachable { .. } => Some(Refusal::Unreachable),
        Error::Untrusted { .. }
        | Error::Credentials { .. }
        | Error::SignInNeeded { .. }
        | Error::NoTicket { .. }
        | Error::NoCommonScheme { .. }
        | Error::ExchangeOnline { .. }
        | Error::Address(_)
        | Error::CaFile { .. } => Some(Refusal::SignIn),
        Error::Refused { code, .. } => match code.class() {
            Class::Throttled | Class::Transient | Class::BatchStopped => None,
            Class::Gone => Some(Refusal::Gone),
            Class::NotOurs => Some(Refusal::NotOurs),
            Class::Full => Some(Refusal::Full),
            Class::Access | Class::Impersonation => Some(Refusal::Access),
            _ => Some(Refusal::Other {
                code: code.to_string(),
            }),
        },
        // What came is no answer to what was sent.
        _ => None,
    };
    match refusal {
        Some(refusal) => Attempt::Refused(refusal),
        None => Attempt::Unsure(error.into()),
    }
}

/// Nothing was sent yet that could do something. What may pass by itself is
/// tried again like what is not certain.
fn not_begun(failure: Failure) -> Attempt {
    match failure.kind {
        FailureKind::Unreachable => Attempt::Refused(Refusal::Unreachable),
        FailureKind::Credentials
        | FailureKind::NoTicket
        | FailureKind::NoCommonScheme
        | FailureKind::Untrusted
        | FailureKind::CaFile
        | FailureKind::Unsupported => Attempt::Refused(Refusal::SignIn),
        FailureKind::NotEws
        | FailureKind::Throttled(_)
        | FailureKind::CursorLost
        | FailureKind::Failing
        | FailureKind::Elsewhere
        | FailureKind::Refused
        | FailureKind::Service(_) => Attempt::Unsure(failure),
    }
}

fn plain(text: &str) -> Body {
    Body {
        kind: BodyType::Text,
        text: text.to_owned(),
    }
}

fn smtp(addresses: &[String]) -> Vec<Smtp> {
    addresses.iter().cloned().map(Smtp).collect()
}

fn reference(version: Version) -> ItemRef {
    ItemRef {
        id: ItemId(version.item.into()),
        change_key: (!version.change_key.is_empty()).then(|| ChangeKey(version.change_key.into())),
    }
}
