//! `CreateItem`: calendar items, and answers to meetings.

use super::input::Draft;
use crate::operations::target::{self, Target};
use crate::operations::{Call, Refusal, failure, fields, folder, messages, success};
use crate::wire::element::{Element, element};
use crate::wire::tree::Node;
use crate::world::details::{Details, Reminder, Response};
use crate::world::meetings;

pub(in crate::operations) fn answer(call: &mut Call<'_>, request: &Node) -> Element {
    let items = request
        .child("Items")
        .map(|items| items.children.as_slice())
        .unwrap_or_default();
    let mut all = Vec::new();
    for item in items {
        let result = match item.name.as_str() {
            "CalendarItem" => create(call, request, item),
            "AcceptItem" => respond(call, item, Response::Accept),
            "TentativelyAcceptItem" => respond(call, item, Response::Tentative),
            "CancelCalendarItem" => cancel(call, item),
            "DeclineItem" => respond(call, item, Response::Decline),
            _ => Err(Refusal::new(
                "ErrorInvalidRequest",
                "Only calendar items and answers are served.",
            )),
        };
        all.push(match result {
            Ok(items) => success("m:CreateItemResponseMessage").child(items),
            Err(refusal) => {
                failure("m:CreateItemResponseMessage", &refusal).child(element("m:Items"))
            }
        });
    }
    messages("m:CreateItemResponse", all)
}

fn create(call: &mut Call<'_>, request: &Node, item: &Node) -> Result<Element, Refusal> {
    let sends = request.attribute("SendMeetingInvitations").ok_or_else(|| {
        Refusal::new(
            "ErrorSendMeetingInvitationsRequired",
            "SendMeetingInvitations attribute is required for calendar items.",
        )
    })?;
    let mut address = call.mailbox.clone();
    let mut into = folder::CALENDAR;
    if let Some(target) = request
        .child("SavedItemFolderId")
        .and_then(|holder| folder::targets(holder).next())
    {
        let (mailbox, saved) = folder::find(call, target)?;
        address.clone_from(&mailbox.address);
        into = saved.number;
        if mailbox.shelf(into).is_none() {
            return Err(Refusal::new(
                "ErrorCannotCreateCalendarItemInNonCalendarFolder",
                "No calendar folder.",
            ));
        }
    }
    // An item without times gets the next full half hour on a real server;
    // clients that leave them out are rare, and refused here.
    let timed = item.child("Start").is_some() && item.child("End").is_some();
    if !timed && item.child("MimeContent").is_none() {
        return Err(Refusal::new(
            "ErrorRequiredPropertyMissing",
            "Start and End are required.",
        ));
    }
    let mut details = Details::new("", call.now, call.now, call.zone);
    details.reminder = Reminder::Minutes(15);
    let mut draft = Draft {
        details,
        series: None,
        uid: None,
        zone: call.zone,
        personality: call.personality,
    };
    draft.zone_from(&item.children)?;
    for field in &item.children {
        draft.set(field)?;
    }
    let mut draft = draft.finish()?;
    meetings::name_people(call.world, &mut draft.details);
    if draft.details.is_meeting() {
        draft.details.my_response = Response::Organizer;
    }
    let number = call
        .world
        .insert_into(&address, into, draft.details, draft.series, draft.uid)
        .map_err(|error| Refusal::new("ErrorInternalServerError", &error.to_string()))?;
    if sends != "SendToNone" {
        meetings::invite(call.world, &address, number);
    }
    let mailbox = call
        .world
        .mailbox(&address)
        .ok_or_else(Refusal::item_not_found)?;
    let item = mailbox.item(number).ok_or_else(Refusal::item_not_found)?;
    let written = element("t:CalendarItem").child(fields::item_id(Target {
        mailbox,
        item,
        day: None,
    }));
    Ok(element("m:Items").child(written))
}

/// Calls a meeting off: it stays with the attendees, marked, and goes to the
/// organizer's Deleted Items.
fn cancel(call: &mut Call<'_>, item: &Node) -> Result<Element, Refusal> {
    let target = target::find(call, reference(item)?)?;
    if target.item.details.my_response != Response::Organizer {
        return Err(Refusal::new(
            "ErrorCalendarIsNotOrganizer",
            "Only the organizer can cancel a meeting.",
        ));
    }
    let (address, number, day) = (
        target.mailbox.address.clone(),
        target.item.number,
        target.day,
    );
    meetings::cancel(call.world, &address, number, day);
    let gone = match day {
        Some(day) => call.world.delete_occurrence(&address, number, day),
        None => call
            .world
            .put(&address, number, folder::DELETED, false)
            .map(|_| ()),
    };
    gone.map_err(|_| Refusal::item_not_found())?;
    Ok(element("m:Items"))
}

fn reference(item: &Node) -> Result<&Node, Refusal> {
    item.child("ReferenceItemId").ok_or_else(|| {
        Refusal::new(
            "ErrorMissingInformationReferenceItemId",
            "ReferenceItemId is missing.",
        )
    })
}

fn respond(call: &mut Call<'_>, item: &Node, response: Response) -> Result<Element, Refusal> {
    let target = target::find(call, reference(item)?)?;
    if !target.item.details.is_meeting() || target.item.details.my_response == Response::Organizer {
        return Err(Refusal::new(
            "ErrorCalendarIsOrganizerForAccept",
            "The organizer cannot answer.",
        ));
    }
    if target.item.details.cancelled {
        return Err(Refusal::new(
            "ErrorCalendarIsCancelledForAccept",
            "The meeting has been cancelled.",
        ));
    }
    let (address, number, day) = (
        target.mailbox.address.clone(),
        target.item.number,
        target.day,
    );
    meetings::respond(call.world, &address, number, day, response);
    Ok(element("m:Items"))
}
