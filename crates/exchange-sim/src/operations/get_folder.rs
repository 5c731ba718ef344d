//! `GetFolder`.

use chrono::SecondsFormat;

use super::folder::{self, CALENDAR, Folder};
use super::shape::{Base, Shape};
use super::{Call, Refusal, failure, messages, success};
use crate::wire::element::{Element, element, text};
use crate::wire::tree::Node;
use crate::world::id::{self, Named};
use crate::world::mailbox::Mailbox;
use crate::world::property::PropertyKey;

/// `PR_LOCAL_COMMIT_TIME_MAX`: when anything in the folder last changed.
const LAST_COMMIT: PropertyKey = PropertyKey::Tag(0x670a);
/// `PR_DELETED_COUNT_TOTAL`.
const DELETED: PropertyKey = PropertyKey::Tag(0x670b);

pub(super) fn answer(call: &Call<'_>, request: &Node) -> Element {
    let shape = Shape::of(request.child("FolderShape"), call.personality);
    let targets = request
        .child("FolderIds")
        .map(|ids| ids.children.as_slice())
        .unwrap_or_default();
    let all = targets
        .iter()
        .map(|target| match one(call, target, &shape) {
            Ok(folder) => {
                success("m:GetFolderResponseMessage").child(element("m:Folders").child(folder))
            }
            Err(refusal) => {
                failure("m:GetFolderResponseMessage", &refusal).child(element("m:Folders"))
            }
        });
    messages("m:GetFolderResponse", all)
}

fn one(call: &Call<'_>, target: &Node, shape: &Shape) -> Result<Element, Refusal> {
    let (mailbox, folder) = folder::find(call, target)?;
    Ok(write(mailbox, &folder, shape, call))
}

/// A folder with the fields asked for, in the order of `CalendarFolderType`.
pub(super) fn write(mailbox: &Mailbox, folder: &Folder, shape: &Shape, call: &Call<'_>) -> Element {
    let full = shape.base != Base::IdOnly;
    let wants = |uri: &str| full || shape.wants(uri);
    let calendar = folder.number == CALENDAR;
    let count = mailbox
        .shelf(folder.number)
        .map_or(0, |shelf| shelf.items.len());
    let own = mailbox.address == call.mailbox;
    let mut out = element(folder.element()).child(folder_id("t:FolderId", mailbox, folder.number));
    if wants("folder:ParentFolderId") {
        out = out.child(folder_id("t:ParentFolderId", mailbox, folder.parent));
    }
    if wants("folder:FolderClass") {
        out = out.child(text("t:FolderClass", folder.class.clone()));
    }
    if wants("folder:DisplayName") {
        out = out.child(text("t:DisplayName", folder.display.clone()));
    }
    if wants("folder:TotalCount") {
        out = out.child(text("t:TotalCount", count.to_string()));
    }
    if wants("folder:ChildFolderCount") {
        out = out.child(text(
            "t:ChildFolderCount",
            folder.below(mailbox).to_string(),
        ));
    }
    for (key, written) in &shape.extended {
        let value = if calendar && *key == LAST_COMMIT {
            mailbox
                .calendar
                .touched
                .map(|at| at.to_rfc3339_opts(SecondsFormat::Secs, true))
        } else if *key == DELETED {
            Some(
                if calendar {
                    mailbox.calendar.deleted
                } else {
                    0
                }
                .to_string(),
            )
        } else {
            None
        };
        if let Some(value) = value {
            out = out.child(
                element("t:ExtendedProperty")
                    .child(written.clone())
                    .child(text("t:Value", value)),
            );
        }
    }
    if wants("folder:EffectiveRights") {
        let may = own.to_string();
        out = out.child(
            element("t:EffectiveRights")
                .child(text("t:CreateAssociated", may.clone()))
                .child(text("t:CreateContents", may.clone()))
                .child(text("t:CreateHierarchy", may.clone()))
                .child(text("t:Delete", may.clone()))
                .child(text("t:Modify", may.clone()))
                .child(text("t:Read", "true"))
                .child(text("t:ViewPrivateItems", may)),
        );
    }
    if !calendar && matches!(folder.element(), "t:Folder") && wants("folder:UnreadCount") {
        out = out.child(text("t:UnreadCount", "0"));
    }
    out
}

/// A folder's id with its change key.
pub(super) fn folder_id(name: &'static str, mailbox: &Mailbox, number: u64) -> Element {
    element(name)
        .with("Id", id::write(&mailbox.guid, Named::Folder(number)))
        .with("ChangeKey", id::change_key(&mailbox.guid, number))
}
