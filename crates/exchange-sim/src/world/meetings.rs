//! Meetings across mailboxes: invitations, answers, cancellations.

use chrono::NaiveDate;

use super::World;
use super::details::{Attendee, Busy, Details, Person, Response};
use super::id::ItemNumber;
use super::mailbox::{Item, MailboxKind};
use super::series::{Series, overlaps};

/// Gives attendees the display names the directory has for them.
pub(crate) fn name_people(world: &World, details: &mut Details) {
    let lists = [
        &mut details.required,
        &mut details.optional,
        &mut details.resources,
    ];
    for attendee in lists.into_iter().flatten() {
        let known = attendee
            .person
            .address
            .as_deref()
            .and_then(|address| world.mailbox(address));
        if let Some(mailbox) = known
            && attendee.person.address.as_deref() == Some(attendee.person.name.as_str())
        {
            attendee.person.name.clone_from(&mailbox.name);
        }
    }
}

/// Sends a meeting to all attendees who have a mailbox here: a new copy for
/// those without one, an update for the others. Rooms answer at once.
pub(crate) fn invite(world: &mut World, organizer: &str, number: ItemNumber) {
    let Some((item, owner)) = read(world, organizer, number) else {
        return;
    };
    for attendee in everybody(&item.details) {
        let Some(address) = attendee.person.address.clone() else {
            continue;
        };
        let Some(mailbox) = world
            .mailbox(&address)
            .filter(|mailbox| mailbox.address != organizer)
        else {
            continue;
        };
        let (address, room) = (mailbox.address.clone(), mailbox.kind == MailboxKind::Room);
        let existing = mailbox
            .calendar
            .items()
            .find(|one| one.uid == item.uid)
            .map(|one| {
                let moved =
                    one.details.start != item.details.start || one.details.end != item.details.end;
                (one.number, one.details.clone(), moved)
            });
        let copy = if let Some((copy, before, moved)) = existing {
            let renewed = copy_for(&item, &owner, Some((&before, moved)));
            let saved = world.change(&address, copy, |one| {
                one.details = renewed.0;
                one.series = renewed.1;
            });
            saved.ok().map(|()| copy)
        } else {
            let (details, series) = copy_for(&item, &owner, None);
            world
                .insert(&address, details, series, Some(item.uid.clone()))
                .ok()
        };
        if let (true, Some(copy)) = (room, copy) {
            let answer = if is_free(world, &address, copy) {
                Response::Accept
            } else {
                Response::Decline
            };
            respond(world, &address, copy, None, answer);
        }
    }
}

/// Notes an answer: in the own copy, and in the organizer's. A declined
/// meeting leaves the calendar, as it does on a real server.
pub(crate) fn respond(
    world: &mut World,
    address: &str,
    number: ItemNumber,
    day: Option<NaiveDate>,
    response: Response,
) {
    let Some((item, me)) = read(world, address, number) else {
        return;
    };
    let now = world.now();
    let answer = |details: &mut Details| {
        details.my_response = response;
        details.busy = if response == Response::Tentative {
            Busy::Tentative
        } else {
            Busy::Busy
        };
    };
    // An item that vanished in between needs no answer any more.
    let _ = match (response, day) {
        (Response::Decline, Some(day)) => world.delete_occurrence(address, number, day),
        (Response::Decline, None) => world.delete(address, number).map(|_| ()),
        (_, Some(day)) => world.change_occurrence(address, number, day, answer),
        (_, None) => world.change(address, number, |item| answer(&mut item.details)),
    };
    let organizer = item
        .details
        .organizer
        .as_ref()
        .and_then(|person| person.address.clone());
    let Some(organizer) = organizer else { return };
    let theirs = world
        .mailbox(&organizer)
        .and_then(|mailbox| mailbox.calendar.items().find(|one| one.uid == item.uid))
        .map(|one| one.number);
    let Some(theirs) = theirs else { return };
    let note = |details: &mut Details| {
        let lists = [
            &mut details.required,
            &mut details.optional,
            &mut details.resources,
        ];
        for attendee in lists.into_iter().flatten() {
            if is_same(&attendee.person, &me) {
                attendee.response = response;
                attendee.answered = Some(now);
            }
        }
    };
    let _ = match day {
        Some(day) => world.change_occurrence(&organizer, theirs, day, note),
        None => world.change(&organizer, theirs, |item| note(&mut item.details)),
    };
}

/// Calls a meeting off, or one occurrence: the copies stay, marked.
pub(crate) fn cancel(
    world: &mut World,
    organizer: &str,
    number: ItemNumber,
    day: Option<NaiveDate>,
) {
    let Some((item, _)) = read(world, organizer, number) else {
        return;
    };
    let mark = |details: &mut Details| {
        details.cancelled = true;
        details.busy = Busy::Free;
        details.sequence += 1;
        if !details.subject.starts_with("Canceled: ") {
            details.subject.insert_str(0, "Canceled: ");
        }
    };
    for attendee in everybody(&item.details) {
        let Some(address) = attendee.person.address.clone() else {
            continue;
        };
        let copy = world
            .mailbox(&address)
            .filter(|mailbox| mailbox.address != organizer)
            .and_then(|mailbox| mailbox.calendar.items().find(|one| one.uid == item.uid))
            .map(|one| one.number);
        let Some(copy) = copy else { continue };
        let room = world
            .mailbox(&address)
            .is_some_and(|mailbox| mailbox.kind == MailboxKind::Room);
        let _ = match (day, room) {
            (None, true) => world.delete(&address, copy).map(|_| ()),
            (Some(day), true) => world.delete_occurrence(&address, copy, day),
            (None, false) => world.change(&address, copy, |item| mark(&mut item.details)),
            (Some(day), false) => world.change_occurrence(&address, copy, day, mark),
        };
    }
}

fn read(world: &World, address: &str, number: ItemNumber) -> Option<(Item, Person)> {
    let mailbox = world.mailbox(address)?;
    let item = mailbox.calendar.item(number)?.clone();
    Some((
        item,
        Person::new(mailbox.name.clone(), mailbox.address.clone()),
    ))
}

fn everybody(details: &Details) -> Vec<Attendee> {
    let all = details
        .required
        .iter()
        .chain(&details.optional)
        .chain(&details.resources);
    all.cloned().collect()
}

fn is_same(one: &Person, other: &Person) -> bool {
    match (&one.address, &other.address) {
        (Some(one), Some(other)) => one.eq_ignore_ascii_case(other),
        _ => false,
    }
}

/// An attendee's copy. An answer given earlier stands unless the time moved.
fn copy_for(
    item: &Item,
    organizer: &Person,
    before: Option<(&Details, bool)>,
) -> (Details, Option<Series>) {
    let adapt = |details: &Details| {
        let mut copy = details.clone();
        copy.organizer = Some(organizer.clone());
        copy.extended.clear();
        if let Some((before, false)) = before {
            copy.my_response = before.my_response;
            copy.busy = before.busy;
            copy.reminder = before.reminder;
            copy.extended.clone_from(&before.extended);
        } else {
            copy.my_response = Response::NoResponseReceived;
            copy.busy = Busy::Tentative;
        }
        copy
    };
    let series = item.series.as_ref().map(|series| {
        let changed = series
            .changed
            .iter()
            .map(|(day, details)| (*day, adapt(details)))
            .collect();
        Series {
            changed,
            ..series.clone()
        }
    });
    (adapt(&item.details), series)
}

/// Whether a room has nothing else at the time of an item; of a series the
/// first year counts.
fn is_free(world: &World, address: &str, number: ItemNumber) -> bool {
    let Some(mailbox) = world.mailbox(address) else {
        return false;
    };
    let Some(item) = mailbox.calendar.item(number) else {
        return false;
    };
    let from = item.details.start;
    let to = match item.series {
        Some(_) => from + chrono::Duration::days(366),
        None => item.details.end,
    };
    let spans = |one: &Item| match &one.series {
        Some(series) => series
            .overlapping(&one.details, from, to)
            .iter()
            .map(|one| (one.start, one.end))
            .collect(),
        None => vec![(one.details.start, one.details.end)],
    };
    let mine: Vec<_> = spans(item);
    let others = mailbox
        .calendar
        .items()
        .filter(|one| one.number != number && !one.details.cancelled);
    !others.flat_map(spans).any(|(start, end)| {
        mine.iter()
            .any(|(from, to)| overlaps(start, end, *from, *to))
    })
}
