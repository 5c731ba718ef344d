//! Finds what an item id names, and checks that the caller may see it.

use chrono::NaiveDate;

use super::folder::may_open;
use super::{Call, Refusal};
use crate::personality::Personality;
use crate::wire::tree::Node;
use crate::world::id::{self, ItemNumber, Named};
use crate::world::mailbox::{Item, Mailbox};

/// An item, or one occurrence of it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Target<'a> {
    pub(crate) mailbox: &'a Mailbox,
    pub(crate) item: &'a Item,
    /// The day of the occurrence, when it is one.
    pub(crate) day: Option<NaiveDate>,
}

/// Finds the target of an `ItemId`, `OccurrenceItemId` or `RecurringMasterItemId`.
pub(crate) fn find<'a>(call: &'a Call<'_>, target: &Node) -> Result<Target<'a>, Refusal> {
    match target.name.as_str() {
        "ItemId" | "ReferenceItemId" => by_id(call, target.attribute("Id").unwrap_or_default()),
        "RecurringMasterItemId" if call.personality == Personality::Grommunio => Err(Refusal::new(
            "ErrorInvalidId",
            "RecurringMasterItemId is not supported.",
        )),
        "RecurringMasterItemId" => {
            let occurrence = by_id(call, target.attribute("OccurrenceId").unwrap_or_default())?;
            if occurrence.item.series.is_none() {
                return Err(Refusal::new(
                    "ErrorCalendarIsNotRecurringMaster",
                    "The specified item is not part of a series.",
                ));
            }
            Ok(Target {
                day: None,
                ..occurrence
            })
        }
        "OccurrenceItemId" => by_index(call, target),
        _ => Err(Refusal::new(
            "ErrorInvalidRequest",
            "This kind of item id is not served.",
        )),
    }
}

fn by_id<'a>(call: &'a Call<'_>, id: &str) -> Result<Target<'a>, Refusal> {
    let (guid, named) = id::read(id).ok_or_else(Refusal::malformed_id)?;
    let (number, day) = match named {
        Named::Item(number) => (number, None),
        Named::Occurrence(number, day) => (number, Some(day)),
        Named::Folder(_) => return Err(Refusal::malformed_id()),
    };
    let (mailbox, item) = open(call, &guid, number)?;
    if let Some(day) = day {
        exists(item, day)?;
    }
    Ok(Target { mailbox, item, day })
}

fn by_index<'a>(call: &'a Call<'_>, target: &Node) -> Result<Target<'a>, Refusal> {
    let master = by_id(
        call,
        target.attribute("RecurringMasterId").unwrap_or_default(),
    )?;
    let index: usize = target
        .attribute("InstanceIndex")
        .and_then(|index| index.parse().ok())
        .unwrap_or_default();
    let out_of_range = || {
        Refusal::new(
            "ErrorCalendarOccurrenceIndexIsOutOfRecurrenceRange",
            "Occurrence index is out of recurrence range.",
        )
    };
    let series = master.item.series.as_ref().ok_or_else(|| {
        Refusal::new(
            "ErrorCalendarIsNotRecurringMaster",
            "The specified item is not a recurring master.",
        )
    })?;
    let skip = index.checked_sub(1).ok_or_else(out_of_range)?;
    let day = match call.personality {
        Personality::ExchangeSe => series.days().nth(skip).ok_or_else(out_of_range)?,
        // Here the index counts those that are left.
        Personality::Grommunio => {
            let left = series
                .days()
                .filter(|day| !series.deleted.contains(day))
                .nth(skip);
            left.ok_or_else(|| Refusal::new("ErrorItemCorrupt", "The occurrence does not exist."))?
        }
    };
    exists(master.item, day)?;
    Ok(Target {
        day: Some(day),
        ..master
    })
}

fn open<'a>(
    call: &'a Call<'_>,
    guid: &id::MailboxGuid,
    number: ItemNumber,
) -> Result<(&'a Mailbox, &'a Item), Refusal> {
    let mailbox = call
        .world
        .by_guid(guid)
        .ok_or_else(Refusal::item_not_found)?;
    if !may_open(mailbox, &call.mailbox) {
        return Err(Refusal::access_denied());
    }
    let item = mailbox.item(number).ok_or_else(Refusal::item_not_found)?;
    Ok((mailbox, item))
}

fn exists(item: &Item, day: NaiveDate) -> Result<(), Refusal> {
    let series = item.series.as_ref().ok_or_else(Refusal::item_not_found)?;
    if series.deleted.contains(&day) {
        return Err(Refusal::new(
            "ErrorCalendarOccurrenceIsDeletedFromRecurrence",
            "Occurrence with this index was previously deleted from the recurrence.",
        ));
    }
    if series
        .days()
        .take_while(|one| *one <= day)
        .any(|one| one == day)
    {
        Ok(())
    } else {
        Err(Refusal::item_not_found())
    }
}
