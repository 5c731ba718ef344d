//! Subscriptions: `Subscribe`, `Unsubscribe`, `GetEvents`, and what streams tell.

use std::collections::HashMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Duration, Utc};

use super::folder;
use super::get_folder::folder_id;
use super::{Call, Refusal, failure, messages, success};
use crate::personality::Personality;
use crate::server::affinity;
use crate::wire::element::{Element, element, text};
use crate::wire::text::instant;
use crate::wire::tree::Node;
use crate::world::World;
use crate::world::id::{self, Named};
use crate::world::mailbox::{Entry, Mailbox};

/// The open subscriptions by id.
#[derive(Debug, Default)]
pub(crate) struct Subscriptions {
    open: HashMap<String, Subscription>,
    opened: u64,
    /// Counts what makes a stream look whether it still has its subscriptions.
    pub(crate) revision: u64,
}

/// One mailbox's calendar watched for somebody.
#[derive(Clone, Debug)]
pub(crate) struct Subscription {
    account: String,
    mailbox: String,
    /// The mailbox server that holds it.
    backend: usize,
    calendar: bool,
    all_folders: bool,
    events: Vec<String>,
    /// What was told so far.
    told: u64,
    /// How long it lives between pulls, when it is pulled.
    pulled: Option<Duration>,
    /// Counts the streams opened on it; the last one wins.
    pub(crate) stream: u64,
    /// When a stream or the Subscribe last touched it.
    pub(crate) touched: DateTime<Utc>,
}

impl Subscriptions {
    /// Makes every subscription unknown, as a restarted server does.
    pub(crate) fn clear(&mut self) {
        self.revision += 1;
        self.open.clear();
    }

    /// How many are open.
    pub(crate) fn len(&self) -> usize {
        self.open.len()
    }

    /// Drops those that no stream has touched for so long.
    pub(crate) fn expire(&mut self, now: DateTime<Utc>, life: std::time::Duration) {
        let life = Duration::from_std(life).unwrap_or(Duration::MAX);
        self.revision += 1;
        self.open.retain(|_, subscription| {
            now - subscription.touched <= subscription.pulled.unwrap_or(life)
        });
    }

    /// Gives a subscription to a new stream: the stream's number on it, and
    /// the mailbox it watches.
    pub(crate) fn take_over(
        &mut self,
        id: &str,
        account: &str,
        backend: usize,
        now: DateTime<Utc>,
    ) -> Option<(u64, String)> {
        self.revision += 1;
        let subscription = self.of(id, account, backend)?;
        subscription.stream += 1;
        subscription.touched = now;
        Some((subscription.stream, subscription.mailbox.clone()))
    }

    /// Drops those of a mailbox.
    pub(crate) fn drop_of(&mut self, mailbox: &str) {
        self.revision += 1;
        self.open
            .retain(|_, subscription| subscription.mailbox != mailbox);
    }

    /// How many watch a mailbox.
    fn of_mailbox(&self, mailbox: &str) -> usize {
        self.open
            .values()
            .filter(|subscription| subscription.mailbox == mailbox)
            .count()
    }

    /// A subscription, when it lies on that server and belongs to the account.
    pub(crate) fn of(
        &mut self,
        id: &str,
        account: &str,
        backend: usize,
    ) -> Option<&mut Subscription> {
        self.open.get_mut(id).filter(|subscription| {
            subscription.account == account && subscription.backend == backend
        })
    }
}

pub(super) fn subscribe(call: &mut Call<'_>, request: &Node) -> Element {
    let message = match open(call, request) {
        Ok((id, watermark)) => success("m:SubscribeResponseMessage")
            .child(text("m:SubscriptionId", id))
            .child_if(watermark.map(|watermark| text("m:Watermark", watermark))),
        Err(refusal) => failure("m:SubscribeResponseMessage", &refusal),
    };
    messages("m:SubscribeResponse", [message])
}

fn open(call: &mut Call<'_>, request: &Node) -> Result<(String, Option<String>), Refusal> {
    let pull = request.child("PullSubscriptionRequest");
    let wanted = pull
        .or_else(|| request.child("StreamingSubscriptionRequest"))
        .ok_or_else(|| {
            Refusal::new(
                "ErrorInvalidSubscriptionRequest",
                "Push subscriptions are not served.",
            )
        })?;
    let mut mailbox = call.mailbox.clone();
    let all_folders = wanted
        .attribute("SubscribeToAllFolders")
        .is_some_and(|all| all == "true" || all == "1");
    let mut calendar = all_folders;
    for target in wanted
        .child("FolderIds")
        .map(|ids| ids.children.as_slice())
        .unwrap_or_default()
    {
        let (owner, folder) = folder::find(call, target)?;
        if owner.address != call.mailbox {
            return Err(Refusal::new(
                "ErrorSubscriptionDelegateAccessNotSupported",
                "Subscriptions are not supported for delegate user access.",
            ));
        }
        mailbox.clone_from(&owner.address);
        calendar |= folder.number == folder::CALENDAR;
    }
    let events = wanted
        .child("EventTypes")
        .map(|types| {
            types
                .children
                .iter()
                .map(|kind| kind.text.trim().to_owned())
                .collect()
        })
        .unwrap_or_default();
    let held = call.subscriptions.of_mailbox(&mailbox);
    if call.most_subscriptions.is_some_and(|most| held >= most) {
        return Err(Refusal::new(
            "ErrorExceededSubscriptionCount",
            "You have exceeded the available subscriptions for your account.",
        ));
    }
    let told = call.world.serial();
    // grommunio gives no watermark for a pull subscription.
    let watermark = match (pull, call.personality) {
        (Some(_), Personality::ExchangeSe) => call
            .world
            .mailbox(&mailbox)
            .map(|mailbox| watermark(mailbox, told)),
        _ => None,
    };
    let pulled_until = pull.and_then(|pull| {
        let minutes: i64 = pull.text_of("Timeout")?.parse().ok()?;
        Some(Duration::minutes(minutes))
    });
    let subscription = Subscription {
        pulled: pulled_until,
        account: call.account.clone(),
        mailbox,
        backend: call.backend,
        calendar,
        all_folders,
        events,
        told,
        stream: 0,
        touched: call.now,
    };
    call.subscriptions.opened += 1;
    let id = subscription_id(call.backend, call.subscriptions.opened, call.now);
    call.subscriptions.open.insert(id.clone(), subscription);
    Ok((id, watermark))
}

/// `u16 length, server name, u16 16, GUID, timestamp` in base64, as on a real server.
fn subscription_id(backend: usize, number: u64, now: DateTime<Utc>) -> String {
    let server = affinity::server(backend);
    let mut bytes = u16::try_from(server.len())
        .unwrap_or_default()
        .to_le_bytes()
        .to_vec();
    bytes.extend(server.bytes());
    bytes.extend(16_u16.to_le_bytes());
    bytes.extend(uuid::Uuid::new_v4().as_bytes());
    bytes.extend(now.timestamp().to_le_bytes());
    bytes.extend(number.to_le_bytes());
    STANDARD.encode(bytes)
}

pub(super) fn unsubscribe(call: &mut Call<'_>, request: &Node) -> Element {
    let id = request.text_of("SubscriptionId").unwrap_or_default();
    let known = call
        .subscriptions
        .of(id, &call.account, call.backend)
        .is_some();
    call.subscriptions.revision += 1;
    if known {
        call.subscriptions.open.remove(id);
    }
    let message = if known {
        success("m:UnsubscribeResponseMessage")
    } else {
        failure("m:UnsubscribeResponseMessage", &not_found())
    };
    messages("m:UnsubscribeResponse", [message])
}

/// The refusal of an unknown subscription.
pub(crate) fn not_found() -> Refusal {
    Refusal::new(
        "ErrorSubscriptionNotFound",
        "The specified subscription was not found.",
    )
}

/// What happened since the last telling: one `m:Notification`, or nothing.
pub(crate) fn stream_events(
    world: &World,
    id: &str,
    subscription: &mut Subscription,
    personality: Personality,
) -> Option<Element> {
    let since = subscription.told;
    subscription.told = world.serial();
    let events = events_after(world, subscription, since, personality, None);
    if events.is_empty() {
        return None;
    }
    Some(
        element("m:Notification")
            .child(text("t:SubscriptionId", id))
            .children(events),
    )
}

/// A place in the change log which a client hands back at its next pull.
fn watermark(mailbox: &Mailbox, serial: u64) -> String {
    id::seal("watermark", &mailbox.guid, serial)
}

/// `GetEvents`: what happened after a watermark.
pub(super) fn pull(call: &mut Call<'_>, request: &Node) -> Element {
    let name = "m:GetEventsResponseMessage";
    let message = match pulled(call, request) {
        Ok(notification) => success(name).child(notification),
        Err(refusal) => failure(name, &refusal),
    };
    messages("m:GetEventsResponse", [message])
}

fn pulled(call: &mut Call<'_>, request: &Node) -> Result<Element, Refusal> {
    let id = request.text_of("SubscriptionId").unwrap_or_default();
    let given = request.text_of("Watermark").unwrap_or_default();
    // The life of streams is the server room's; pulled ones carry their own.
    call.subscriptions
        .expire(call.now, std::time::Duration::MAX);
    let subscription = call
        .subscriptions
        .of(id, &call.account, call.backend)
        .filter(|subscription| subscription.pulled.is_some())
        .ok_or_else(not_found)?;
    let mailbox = call
        .world
        .mailbox(&subscription.mailbox)
        .ok_or_else(not_found)?;
    let since = id::unseal("watermark", &mailbox.guid, given)
        .ok_or_else(|| Refusal::new("ErrorInvalidWatermark", "The watermark is invalid."))?;
    subscription.touched = call.now;
    let reached = watermark(mailbox, call.world.serial());
    let mut events = events_after(
        call.world,
        subscription,
        since,
        call.personality,
        Some(&reached),
    );
    if events.is_empty() {
        events.push(element("t:StatusEvent").child(text("t:Watermark", reached)));
    }
    Ok(element("m:Notification")
        .child(text("t:SubscriptionId", id))
        .child(text("t:PreviousWatermark", given))
        .child(text("t:MoreEvents", "false"))
        .children(events))
}

/// The events after a serial, each with the watermark when one is given.
fn events_after(
    world: &World,
    subscription: &Subscription,
    since: u64,
    personality: Personality,
    watermark: Option<&str>,
) -> Vec<Element> {
    let Some(mailbox) = world
        .mailbox(&subscription.mailbox)
        .filter(|_| subscription.calendar)
    else {
        return Vec::new();
    };
    let event = |name, at, what| event(name, at, what, mailbox, watermark);
    let wants = |name: &str| subscription.events.iter().any(|event| event == name);
    let mut events = Vec::new();
    let mut stirred = mailbox.calendar.stirred > since;
    for (serial, entry) in mailbox.calendar.changes_after(since) {
        let (name, plain, number, at) = match entry {
            Entry::Saved(number) => {
                let Some(item) = mailbox.calendar.item(number) else {
                    continue;
                };
                if item.born > since {
                    ("t:CreatedEvent", "CreatedEvent", number, item.modified)
                } else {
                    ("t:ModifiedEvent", "ModifiedEvent", number, item.modified)
                }
            }
            Entry::Gone { number, .. } => (
                "t:DeletedEvent",
                "DeletedEvent",
                number,
                mailbox.calendar.touched.unwrap_or(world.now()),
            ),
        };
        if personality == Personality::Grommunio
            && plain != "CreatedEvent"
            && !subscription.all_folders
        {
            stirred = true;
            continue;
        }
        if wants(plain) {
            let item = element("t:ItemId")
                .with("Id", id::write(&mailbox.guid, Named::Item(number)))
                .with("ChangeKey", id::change_key(&mailbox.guid, serial));
            events.push(event(name, at, item));
        }
    }
    if events.is_empty() && !stirred {
        return events;
    }
    // The folder's own counts change with its items; clients ignore it.
    if wants("ModifiedEvent") {
        let folder = folder_id("t:FolderId", mailbox, folder::CALENDAR);
        events
            .push(event("t:ModifiedEvent", world.now(), folder).child(text("t:UnreadCount", "0")));
    }
    events
}

fn event(
    name: &'static str,
    at: DateTime<Utc>,
    what: Element,
    mailbox: &Mailbox,
    watermark: Option<&str>,
) -> Element {
    element(name)
        .child_if(watermark.map(|watermark| text("t:Watermark", watermark)))
        .child(text("t:TimeStamp", instant(at, chrono_tz::Tz::UTC)))
        .child(what)
        .child(folder_id("t:ParentFolderId", mailbox, folder::CALENDAR))
}
