//! GetStreamingEvents: a row of envelopes in one endless answer.
//! Reference: "GetStreamingEvents operation" (MS-OXWSNTIF).

use super::{Operation, SubscriptionId};
use crate::{
    item::{ItemRef, item_ref},
    soap::{self, Fault},
    xml::{
        reader::{Reader, XmlError},
        writer::Writer,
    },
};

/// Opens a stream.
#[derive(Debug, Clone)]
pub struct GetStreamingEvents {
    /// Subscriptions, at most 200.
    pub ids: Vec<SubscriptionId>,
    /// How long the server keeps the stream open, 1 to 30 minutes.
    pub minutes: u8,
}

impl GetStreamingEvents {
    /// A minute less than the most, so that the server ends it first.
    pub const MINUTES: u8 = 29;
}

/// One envelope of the stream.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Notices {
    /// What it tells.
    pub notices: Vec<Notice>,
    /// The subscriptions that changes were told for, in the order of the
    /// notifications; a stream of many mailboxes needs them.
    pub changed: Vec<SubscriptionId>,
    /// The items that events of creation and change named, in their version
    /// then. Servers may name none, or a series in the place of its occurrence.
    pub items: Vec<ItemRef>,
    /// What the server says of the connection, where it does.
    pub connection: Option<Connection>,
    /// Subscriptions that are no good any more.
    pub bad_ids: Vec<SubscriptionId>,
    /// Why the stream failed. It matters more than `connection`, which some
    /// servers leave at OK (quirk 12).
    pub fault: Option<Fault>,
}

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Notice {
    /// An item was created, changed, moved, copied or deleted; or, on
    /// grommunio, its folder was changed.
    Changed,
    /// Nothing; the server is still there.
    Heartbeat,
}

/// `ConnectionStatus`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Connection {
    /// Goes on.
    Ok,
    /// Ends now.
    Closed,
}

#[expect(
    private_interfaces,
    reason = "only this crate can write or read a message"
)]
impl Operation for GetStreamingEvents {
    type Response = Notices;
    const NAME: &'static str = "GetStreamingEvents";
    const TAKES_TIME_ZONE: bool = false;
    const REPEATABLE: bool = true;
    const KEEPS_SERVER: bool = true;

    fn write(&self, w: &mut Writer) {
        w.element("m:GetStreamingEvents", &[], |w| {
            w.element("m:SubscriptionIds", &[], |w| {
                for id in &self.ids {
                    w.text("t:SubscriptionId", &id.0);
                }
            });
            w.text("m:ConnectionTimeout", &self.minutes.to_string());
        });
    }

    fn read(&self, reader: &mut Reader<'_>) -> Result<Result<Notices, Fault>, XmlError> {
        let messages = soap::response_messages(reader, |mut outcome, reader| {
            let mut notices = Notices::default();
            while let Some(child) = reader.child()? {
                if outcome.take(child.name(), reader)? {
                    continue;
                }
                match child.name() {
                    "ConnectionStatus" => {
                        notices.connection = match reader.text()?.trim() {
                            "Closed" => Some(Connection::Closed),
                            _ => Some(Connection::Ok),
                        };
                    }
                    // On grommunio the ids stand without a namespace.
                    "ErrorSubscriptionIds" => {
                        while let Some(_id) = reader.child()? {
                            notices.bad_ids.push(SubscriptionId(reader.text()?));
                        }
                    }
                    "Notifications" => {
                        while let Some(_notification) = reader.child()? {
                            read_notification(&mut notices, reader)?;
                        }
                    }
                    _ => reader.skip()?,
                }
            }
            notices.fault = outcome.fault();
            Ok(notices)
        })?;
        Ok(Ok(soap::single(messages)?))
    }
}

fn read_notification(notices: &mut Notices, reader: &mut Reader<'_>) -> Result<(), XmlError> {
    let (mut of, mut changed) = (None, false);
    while let Some(event) = reader.child()? {
        match event.name() {
            "SubscriptionId" => {
                of = Some(SubscriptionId(reader.text()?.trim().to_owned()));
                continue;
            }
            "StatusEvent" => notices.notices.push(Notice::Heartbeat),
            name if name.ends_with("Event") => {
                notices.notices.push(Notice::Changed);
                changed = true;
                if name != "DeletedEvent" {
                    notices.items.extend(item_of_event(reader)?);
                    continue;
                }
            }
            _ => {}
        }
        reader.skip()?;
    }
    notices.changed.extend(of.filter(|_| changed));
    Ok(())
}

/// The item of an event; a moved one has the name of its new place.
fn item_of_event(reader: &mut Reader<'_>) -> Result<Option<ItemRef>, XmlError> {
    let mut item = None;
    while let Some(field) = reader.child()? {
        if field.name() == "ItemId" {
            item = item_ref(&field);
        }
        reader.skip()?;
    }
    Ok(item)
}
