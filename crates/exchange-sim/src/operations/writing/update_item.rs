//! `UpdateItem`.

use chrono::NaiveDate;

use super::input::Draft;
use crate::operations::target::{self, Target};
use crate::operations::{Call, Refusal, failure, fields, messages, success};
use crate::personality::Personality;
use crate::wire::element::{Element, element, text};
use crate::wire::tree::Node;
use crate::world::details::Response;
use crate::world::id::{self, ItemNumber};
use crate::world::meetings;
use crate::world::property::PropertyKey;

pub(in crate::operations) fn answer(call: &mut Call<'_>, request: &Node) -> Element {
    let changes = request
        .child("ItemChanges")
        .map(|changes| changes.children.as_slice())
        .unwrap_or_default();
    let mut all = Vec::new();
    for change in changes {
        all.push(match update(call, request, change) {
            Ok(id) => success("m:UpdateItemResponseMessage")
                .child(element("m:Items").child(element("t:CalendarItem").child(id)))
                .child(element("m:ConflictResults").child(text("t:Count", "0"))),
            Err(refusal) => {
                failure("m:UpdateItemResponseMessage", &refusal).child(element("m:Items"))
            }
        });
    }
    messages("m:UpdateItemResponse", all)
}

fn update(call: &mut Call<'_>, request: &Node, change: &Node) -> Result<Element, Refusal> {
    let sends = request
        .attribute("SendMeetingInvitationsOrCancellations")
        .ok_or_else(|| {
            Refusal::new(
                "ErrorSendMeetingInvitationsOrCancellationsRequired",
                "SendMeetingInvitationsOrCancellations attribute is required for calendar items.",
            )
        })?;
    let id = change.children.first().ok_or_else(Refusal::malformed_id)?;
    let found = target::find(call, id)?;
    let given = id.attribute("ChangeKey");
    let current = id::change_key(&found.mailbox.guid, found.item.serial);
    if call.personality == Personality::ExchangeSe
        && request.attribute("ConflictResolution") == Some("NeverOverwrite")
        && given.is_some_and(|given| given != current)
    {
        return Err(Refusal::new(
            "ErrorIrresolvableConflict",
            "The send or update operation could not be performed because the change key passed in the request does \
             not match the current change key for the item.",
        ));
    }
    let (address, number, day) = (found.mailbox.address.clone(), found.item.number, found.day);
    let details = match day {
        Some(day) => found
            .item
            .occurrence_details(day)
            .ok_or_else(Refusal::item_not_found)?,
        None => found.item.details.clone(),
    };
    let zone = details.zone;
    let draft = Draft {
        series: found.item.series.clone(),
        details,
        uid: None,
        zone,
        personality: call.personality,
    };
    let updates = change
        .child("Updates")
        .map(|updates| updates.children.as_slice())
        .unwrap_or_default();
    let mut draft = apply(draft, updates, call)?;
    meetings::name_people(call.world, &mut draft.details);
    if draft.details.is_meeting() && draft.details.my_response == Response::Unknown {
        draft.details.my_response = Response::Organizer;
    }
    let organizes = draft.details.my_response == Response::Organizer;
    if organizes && sends != "SendToNone" {
        draft.details.sequence += 1;
    }
    store(call, &address, number, day, draft)?;
    if organizes && sends != "SendToNone" {
        meetings::invite(call.world, &address, number);
    }
    let mailbox = call
        .world
        .mailbox(&address)
        .ok_or_else(Refusal::item_not_found)?;
    let item = mailbox.item(number).ok_or_else(Refusal::item_not_found)?;
    Ok(fields::item_id(Target { mailbox, item, day }))
}

fn apply(mut draft: Draft, updates: &[Node], call: &Call<'_>) -> Result<Draft, Refusal> {
    let fields = updates
        .iter()
        .filter_map(|update| update.child("CalendarItem"))
        .flat_map(|item| &item.children);
    // Naive times without a zone of their own follow the request's zone.
    let own = draft.zone;
    draft.zone = call.zone;
    draft.zone_from(fields)?;
    if updates.iter().all(|update| {
        update
            .child("CalendarItem")
            .is_none_or(|item| item.child("StartTimeZone").is_none())
    }) {
        draft.details.zone = own;
    }
    for update in updates {
        if update.name == "DeleteItemField" {
            match (update.child("FieldURI"), update.child("ExtendedFieldURI")) {
                (Some(field), _) => draft.clear(field.attribute("FieldURI").unwrap_or_default())?,
                (None, Some(uri)) => {
                    if let Some(key) = PropertyKey::read(|name| uri.attribute(name)) {
                        draft.details.extended.remove(&key);
                    }
                }
                (None, None) => {}
            }
            continue;
        }
        let item = update
            .child("CalendarItem")
            .map(|item| item.children.as_slice())
            .unwrap_or_default();
        let [field] = item else {
            return Err(Refusal::new(
                "ErrorIncorrectUpdatePropertyCount",
                "An object within a change description must contain one and only one property to modify.",
            ));
        };
        let named = update
            .child("FieldURI")
            .and_then(|uri| uri.attribute("FieldURI"));
        if named.is_some_and(|named| named.split(':').nth(1) != Some(field.name.as_str())) {
            return Err(Refusal::new(
                "ErrorUpdatePropertyMismatch",
                "The property path and the property to modify do not match.",
            ));
        }
        if update.name == "AppendToItemField" {
            draft.append(field)?;
        } else {
            draft.set(field)?;
        }
    }
    draft.finish()
}

fn store(
    call: &mut Call<'_>,
    address: &str,
    number: ItemNumber,
    day: Option<NaiveDate>,
    draft: Draft,
) -> Result<(), Refusal> {
    let stored = match day {
        Some(day) => call
            .world
            .change_occurrence(address, number, day, |details| *details = draft.details),
        None => call.world.change(address, number, |item| {
            item.details = draft.details;
            item.series = draft.series;
        }),
    };
    stored.map_err(|_| Refusal::item_not_found())
}
