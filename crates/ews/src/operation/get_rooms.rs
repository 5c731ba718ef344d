//! GetRoomLists and GetRooms: the rooms of the organisation, as its
//! administrator has put them into lists.
//! Reference: "GetRoomLists operation", "GetRooms operation" (MS-OXWSGTRL,
//! MS-OXWSGTRM).

use super::Operation;
use crate::{
    ResponseCode,
    item::{Mailbox, mailbox},
    soap::{Fault, Outcome},
    xml::{
        reader::{Reader, XmlError},
        writer::Writer,
    },
};

/// Asks for the lists of rooms. Where there are none the answer is empty.
#[derive(Debug, Clone, Copy)]
pub struct GetRoomLists;

/// Asks for the rooms of one list.
#[derive(Debug, Clone)]
pub struct GetRooms {
    /// The list's SMTP address.
    pub list: String,
}

#[expect(
    private_interfaces,
    reason = "only this crate can write or read a message"
)]
impl Operation for GetRoomLists {
    type Response = Vec<Mailbox>;
    const NAME: &'static str = "GetRoomLists";
    const TAKES_TIME_ZONE: bool = false;
    const REPEATABLE: bool = true;

    fn write(&self, w: &mut Writer) {
        w.empty("m:GetRoomLists", &[]);
    }

    fn read(&self, reader: &mut Reader<'_>) -> Result<Result<Vec<Mailbox>, Fault>, XmlError> {
        listed(reader, |child, reader, found| {
            if child == "Address" {
                found.push(mailbox(reader)?);
                return Ok(());
            }
            reader.skip()
        })
    }
}

#[expect(
    private_interfaces,
    reason = "only this crate can write or read a message"
)]
impl Operation for GetRooms {
    type Response = Vec<Mailbox>;
    const NAME: &'static str = "GetRooms";
    const TAKES_TIME_ZONE: bool = false;
    const REPEATABLE: bool = true;

    fn write(&self, w: &mut Writer) {
        w.element("m:GetRooms", &[], |w| {
            w.element("m:RoomList", &[], |w| {
                w.text("t:EmailAddress", &self.list);
            });
        });
    }

    fn read(&self, reader: &mut Reader<'_>) -> Result<Result<Vec<Mailbox>, Fault>, XmlError> {
        listed(reader, |child, reader, found| {
            if child != "Room" {
                return reader.skip();
            }
            while let Some(part) = reader.child()? {
                match part.name() {
                    "Id" => found.push(mailbox(reader)?),
                    _ => reader.skip()?,
                }
            }
            Ok(())
        })
    }
}

/// Reads an answer that is a response message itself, with one list in it.
/// Such an answer's class is an attribute of the element that was begun, so
/// that the code alone says whether it is a failure.
fn listed(
    reader: &mut Reader<'_>,
    mut entry: impl FnMut(&str, &mut Reader<'_>, &mut Vec<Mailbox>) -> Result<(), XmlError>,
) -> Result<Result<Vec<Mailbox>, Fault>, XmlError> {
    let mut outcome = Outcome::of(None);
    let mut found = Vec::new();
    while let Some(child) = reader.child()? {
        if outcome.take(child.name(), reader)? {
            continue;
        }
        if !matches!(child.name(), "RoomLists" | "Rooms") {
            reader.skip()?;
            continue;
        }
        while let Some(one) = reader.child()? {
            entry(one.name(), reader, &mut found)?;
        }
    }
    outcome.failed = outcome.code != ResponseCode::NoError && found.is_empty();
    Ok(outcome.fault().map_or(Ok(found), Err))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::soap;

    fn answered(body: &str) -> String {
        format!(
            "<s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/' \
             xmlns:m='http://schemas.microsoft.com/exchange/services/2006/messages' \
             xmlns:t='http://schemas.microsoft.com/exchange/services/2006/types'>\
             <s:Body>{body}</s:Body></s:Envelope>"
        )
    }

    #[test]
    fn lists_and_their_rooms_are_read() {
        let lists = answered(
            "<m:GetRoomListsResponse ResponseClass='Success'><m:ResponseCode>NoError\
             </m:ResponseCode><m:RoomLists><t:Address><t:Name>Malmö</t:Name><t:EmailAddress>\
             malmo@example.org</t:EmailAddress><t:RoutingType>SMTP</t:RoutingType>\
             <t:MailboxType>PublicDL</t:MailboxType></t:Address></m:RoomLists>\
             </m:GetRoomListsResponse>",
        );
        let found = soap::answer(&GetRoomLists, &lists).unwrap().unwrap();
        assert_eq!(found[0].address.as_deref(), Some("malmo@example.org"));
        let rooms = answered(
            "<m:GetRoomsResponse ResponseClass='Success'><m:ResponseCode>NoError\
             </m:ResponseCode><m:Rooms><t:Room><t:Id><t:Name>Öresund 2</t:Name><t:EmailAddress>\
             oresund2@example.org</t:EmailAddress></t:Id></t:Room></m:Rooms></m:GetRoomsResponse>",
        );
        let list = "malmo@example.org".to_owned();
        let found = soap::answer(&GetRooms { list }, &rooms).unwrap().unwrap();
        assert_eq!(found[0].name.as_deref(), Some("Öresund 2"));
    }

    #[test]
    fn a_refusal_is_one_and_no_list_is_none() {
        let refused = answered(
            "<m:GetRoomsResponse ResponseClass='Error'><m:MessageText>no</m:MessageText>\
             <m:ResponseCode>ErrorInvalidSmtpAddress</m:ResponseCode></m:GetRoomsResponse>",
        );
        let list = "malmo@example.org".to_owned();
        assert!(soap::answer(&GetRooms { list }, &refused).unwrap().is_err());
        let none = answered(
            "<m:GetRoomListsResponse ResponseClass='Success'><m:ResponseCode>NoError\
             </m:ResponseCode><m:RoomLists/></m:GetRoomListsResponse>",
        );
        let found = soap::answer(&GetRoomLists, &none).unwrap().unwrap();
        assert!(found.is_empty());
    }
}
