//! ExpandDL: the members of a distribution group.
//! Reference: "ExpandDL operation" (MS-OXWSDLIST).

use super::Operation;
use crate::{
    item::Smtp,
    soap::{self, Fault},
    xml::{
        reader::{Reader, XmlError},
        writer::Writer,
    },
};

/// Asks for the members of a group. Members of groups in it are not told with
/// them; those have to be asked for.
#[derive(Debug, Clone)]
pub struct ExpandDl {
    /// The group.
    pub group: Smtp,
}

/// One member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Its address.
    pub address: Smtp,
    /// What it is.
    pub kind: MemberKind,
}

/// What a member is (`MailboxType`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MemberKind {
    /// A mailbox.
    Mailbox,
    /// A group.
    Group,
    /// A contact, a public folder, or what the server does not say.
    Other,
}

/// The members of a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Members {
    /// Those with an SMTP address.
    pub members: Vec<Member>,
    /// Whether there are no more than these.
    pub complete: bool,
}

#[expect(
    private_interfaces,
    reason = "only this crate can write or read a message"
)]
impl Operation for ExpandDl {
    type Response = Members;
    const NAME: &'static str = "ExpandDL";
    const TAKES_TIME_ZONE: bool = false;
    const REPEATABLE: bool = true;

    fn write(&self, w: &mut Writer) {
        w.element("m:ExpandDL", &[], |w| {
            w.element("m:Mailbox", &[], |w| {
                w.text("t:EmailAddress", &self.group.0);
            });
        });
    }

    fn read(&self, reader: &mut Reader<'_>) -> Result<Result<Members, Fault>, XmlError> {
        let messages = soap::response_messages(reader, |mut outcome, reader| {
            let mut found = Members {
                members: Vec::new(),
                complete: true,
            };
            while let Some(child) = reader.child()? {
                if outcome.take(child.name(), reader)? {
                    continue;
                }
                if child.name() != "DLExpansion" {
                    reader.skip()?;
                    continue;
                }
                let last = child.attribute("IncludesLastItemInRange");
                found.complete = last.as_deref() != Some("false");
                while let Some(child) = reader.child()? {
                    match child.name() {
                        "Mailbox" => found.members.extend(member(reader)?),
                        _ => reader.skip()?,
                    }
                }
            }
            Ok(match outcome.fault() {
                Some(fault) => Err(fault),
                None => Ok(found),
            })
        })?;
        soap::single(messages)
    }
}

fn member(reader: &mut Reader<'_>) -> Result<Option<Member>, XmlError> {
    let (mut address, mut smtp, mut kind) = (None, true, MemberKind::Mailbox);
    while let Some(child) = reader.child()? {
        match child.name() {
            "EmailAddress" => address = Some(reader.text()?),
            "RoutingType" => smtp = reader.text()? == "SMTP",
            "MailboxType" => {
                kind = match reader.text()?.as_str() {
                    "Mailbox" | "GroupMailbox" => MemberKind::Mailbox,
                    "PublicDL" | "PrivateDL" => MemberKind::Group,
                    _ => MemberKind::Other,
                };
            }
            _ => reader.skip()?,
        }
    }
    let address = address.filter(|address| smtp && address.contains('@'));
    Ok(address.map(|address| Member {
        address: Smtp(address),
        kind,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(inner: &str) -> Result<Members, Fault> {
        let group = Smtp("users@example.org".to_owned());
        let document = format!(
            "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Body>\
             <m:ExpandDLResponse xmlns:m=\"http://schemas.microsoft.com/exchange/services/2006/messages\" \
             xmlns:t=\"http://schemas.microsoft.com/exchange/services/2006/types\"><m:ResponseMessages>\
             {inner}</m:ResponseMessages></m:ExpandDLResponse></s:Body></s:Envelope>"
        );
        soap::answer(&ExpandDl { group }, &document).unwrap()
    }

    #[test]
    fn members_groups_and_others_are_told_apart() {
        let found = answer(
            "<m:ExpandDLResponseMessage ResponseClass=\"Success\"><m:ResponseCode>NoError</m:ResponseCode>\
             <m:DLExpansion TotalItemsInView=\"4\" IncludesLastItemInRange=\"true\">\
             <t:Mailbox><t:Name>Anna</t:Name><t:EmailAddress>anna@example.org</t:EmailAddress>\
             <t:RoutingType>SMTP</t:RoutingType><t:MailboxType>Mailbox</t:MailboxType></t:Mailbox>\
             <t:Mailbox><t:EmailAddress>sales@example.org</t:EmailAddress>\
             <t:RoutingType>SMTP</t:RoutingType><t:MailboxType>PublicDL</t:MailboxType></t:Mailbox>\
             <t:Mailbox><t:EmailAddress>guest@example.net</t:EmailAddress>\
             <t:RoutingType>SMTP</t:RoutingType><t:MailboxType>Contact</t:MailboxType></t:Mailbox>\
             <t:Mailbox><t:EmailAddress>/O=EXAMPLE/CN=bo</t:EmailAddress>\
             <t:RoutingType>EX</t:RoutingType><t:MailboxType>Mailbox</t:MailboxType></t:Mailbox>\
             </m:DLExpansion></m:ExpandDLResponseMessage>",
        )
        .unwrap();
        let kinds: Vec<_> = found.members.iter().map(|member| member.kind).collect();
        assert_eq!(
            kinds,
            [MemberKind::Mailbox, MemberKind::Group, MemberKind::Other]
        );
        assert!(found.complete);
        assert_eq!(found.members[0].address.0, "anna@example.org");
    }

    #[test]
    fn no_such_group_is_an_error_and_an_empty_one_is_none() {
        let none = answer(
            "<m:ExpandDLResponseMessage ResponseClass=\"Error\"><m:MessageText>No.</m:MessageText>\
             <m:ResponseCode>ErrorNameResolutionNoResults</m:ResponseCode></m:ExpandDLResponseMessage>",
        );
        let code = none.unwrap_err().code;
        assert_eq!(code, crate::ResponseCode::ErrorNameResolutionNoResults);
        let empty = answer(
            "<m:ExpandDLResponseMessage ResponseClass=\"Success\"><m:ResponseCode>NoError</m:ResponseCode>\
             <m:DLExpansion TotalItemsInView=\"0\" IncludesLastItemInRange=\"true\"/>\
             </m:ExpandDLResponseMessage>",
        );
        assert_eq!(empty.unwrap().members, []);
    }
}
