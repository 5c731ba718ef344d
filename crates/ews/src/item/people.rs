//! People as items name them.

use crate::xml::reader::{Reader, XmlError};

/// A mailbox as it is written in an item.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Mailbox {
    /// Display name.
    pub name: Option<String>,
    /// Address; missing for many internal people in lists.
    pub address: Option<String>,
    /// `SMTP`, `EX`, …; absent means SMTP.
    pub routing: Option<String>,
}

/// An attendee with the answer this copy knows of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attendee {
    /// Who.
    pub mailbox: Mailbox,
    /// `ResponseType`, as sent.
    pub response: Option<String>,
}

pub(super) fn organizer(reader: &mut Reader<'_>) -> Result<Option<Mailbox>, XmlError> {
    let mut found = None;
    while let Some(child) = reader.child()? {
        if child.name() == "Mailbox" {
            found = Some(mailbox(reader)?);
        } else {
            reader.skip()?;
        }
    }
    Ok(found)
}

pub(crate) fn mailbox(reader: &mut Reader<'_>) -> Result<Mailbox, XmlError> {
    let mut mailbox = Mailbox::default();
    while let Some(child) = reader.child()? {
        match child.name() {
            "Name" => mailbox.name = Some(reader.text()?),
            "EmailAddress" => mailbox.address = Some(reader.text()?),
            "RoutingType" => mailbox.routing = Some(reader.text()?),
            _ => reader.skip()?,
        }
    }
    Ok(mailbox)
}

pub(super) fn attendees(reader: &mut Reader<'_>) -> Result<Vec<Attendee>, XmlError> {
    let mut list = Vec::new();
    while let Some(entry) = reader.child()? {
        if entry.name() != "Attendee" {
            reader.skip()?;
            continue;
        }
        let mut attendee = Attendee {
            mailbox: Mailbox::default(),
            response: None,
        };
        while let Some(child) = reader.child()? {
            match child.name() {
                "Mailbox" => attendee.mailbox = mailbox(reader)?,
                "ResponseType" => attendee.response = Some(reader.text()?),
                _ => reader.skip()?,
            }
        }
        list.push(attendee);
    }
    Ok(list)
}
