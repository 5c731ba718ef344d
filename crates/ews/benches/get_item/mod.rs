//! A GetItem answer as Exchange writes it: meetings with 8 attendees and bodies
//! of 3 kB.

#![allow(dead_code, reason = "each bench takes what it needs of this one")]

use std::fmt::Write as _;

const ATTENDEES: usize = 8;

pub(crate) const OPENING: &str = concat!(
    r#"<?xml version="1.0" encoding="utf-8"?>"#,
    r#"<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Header>"#,
    r#"<h:ServerVersionInfo MajorVersion="15" MinorVersion="2" MajorBuildNumber="2562" "#,
    r#"MinorBuildNumber="17" Version="V2017_07_11" "#,
    r#"xmlns:h="http://schemas.microsoft.com/exchange/services/2006/types"/></s:Header>"#,
    r#"<s:Body xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">"#,
    r#"<m:GetItemResponse xmlns:m="http://schemas.microsoft.com/exchange/services/2006/messages" "#,
    r#"xmlns:t="http://schemas.microsoft.com/exchange/services/2006/types"><m:ResponseMessages>"#,
);
pub(crate) const CLOSING: &str = "</m:ResponseMessages></m:GetItemResponse></s:Body></s:Envelope>";

/// As Exchange writes it: markup in text, with references.
fn body(number: usize) -> String {
    let line = "&lt;p class=\"MsoNormal\"&gt;Points of the agenda, kept short &amp;amp; sweet, \
                with a word for each of them.&lt;/p&gt;\r\n";
    let mut body = String::from("&lt;html&gt;&lt;body&gt;");
    while body.len() < 3_000 {
        body.push_str(line);
    }
    // A string takes whatever is written.
    let _written = write!(
        body,
        "&lt;a href=\"https://example.webex.com/meet/room{number}?a=1&amp;amp;b=2\"&gt;Join&lt;/a&gt;\
         &lt;/body&gt;&lt;/html&gt;"
    );
    body
}

pub(crate) fn message(number: usize) -> String {
    let day = number % 28 + 1;
    let id = format!("AAMkADk4{number:08}").repeat(9);
    let mut attendees = String::new();
    for attendee in 0..ATTENDEES {
        let _written = write!(
            attendees,
            "<t:Attendee><t:Mailbox><t:Name>Person {attendee} of {number}</t:Name>\
             <t:EmailAddress>person{attendee}.of{number}@example.org</t:EmailAddress>\
             <t:RoutingType>SMTP</t:RoutingType><t:MailboxType>Mailbox</t:MailboxType></t:Mailbox>\
             <t:ResponseType>Accept</t:ResponseType>\
             <t:LastResponseTime>2026-11-{day:02}T07:00:00Z</t:LastResponseTime></t:Attendee>"
        );
    }
    format!(
        "<m:GetItemResponseMessage ResponseClass=\"Success\"><m:ResponseCode>NoError</m:ResponseCode>\
         <m:Items><t:CalendarItem><t:ItemId Id=\"{id}\" ChangeKey=\"DwAAABYAAAB{number:06}\"/>\
         <t:Subject>Planning of week {number} – review</t:Subject><t:Sensitivity>Normal</t:Sensitivity>\
         <t:Body BodyType=\"HTML\">{body}</t:Body><t:ReminderIsSet>true</t:ReminderIsSet>\
         <t:LastModifiedTime>2026-11-{day:02}T06:30:00Z</t:LastModifiedTime>\
         <t:ExtendedProperty><t:ExtendedFieldURI DistinguishedPropertySetId=\"Meeting\" \
         PropertyId=\"35\" PropertyType=\"Binary\"/><t:Value>BAAAAIIA4AB0xbcQGoLgCAAAAAAQ{number:08}</t:Value>\
         </t:ExtendedProperty><t:UID>040000008200E00074C5B7101A82E008{number:016}</t:UID>\
         <t:Start>2026-11-{day:02}T08:00:00Z</t:Start><t:End>2026-11-{day:02}T09:00:00Z</t:End>\
         <t:IsAllDayEvent>false</t:IsAllDayEvent>\
         <t:LegacyFreeBusyStatus>Busy</t:LegacyFreeBusyStatus><t:Location>Room {number}</t:Location>\
         <t:IsCancelled>false</t:IsCancelled><t:CalendarItemType>Single</t:CalendarItemType>\
         <t:MyResponseType>Accept</t:MyResponseType><t:Organizer><t:Mailbox><t:Name>Bo Ekman</t:Name>\
         <t:EmailAddress>bo@example.org</t:EmailAddress><t:RoutingType>SMTP</t:RoutingType>\
         <t:MailboxType>Mailbox</t:MailboxType></t:Mailbox></t:Organizer>\
         <t:RequiredAttendees>{attendees}</t:RequiredAttendees>\
         <t:AppointmentState>3</t:AppointmentState>\
         <t:StartTimeZoneId>W. Europe Standard Time</t:StartTimeZoneId>\
         <t:EndTimeZoneId>W. Europe Standard Time</t:EndTimeZoneId>\
         </t:CalendarItem></m:Items></m:GetItemResponseMessage>",
        body = body(number)
    )
}

/// A whole answer with so many items.
pub(crate) fn answer(items: usize) -> String {
    let mut document = OPENING.to_owned();
    (0..items).for_each(|number| document.push_str(&message(number)));
    document.push_str(CLOSING);
    document
}
