//! The envelope: header and body of a request, body or fault of an answer.

use std::time::Duration;

use crate::{
    code::ResponseCode,
    item::Smtp,
    operation::Operation,
    xml::{
        reader::{Ns, Reader, XmlError},
        writer::Writer,
    },
};

/// The lowest version that has all that is needed; every supported server
/// takes it, and it decides which properties an answer may hold.
const VERSION: &str = "Exchange2013_SP1";

/// Writes the whole request document.
pub fn request<O: Operation>(operation: &O, impersonate: Option<&Smtp>) -> String {
    let mut w = Writer::default();
    w.raw(r#"<?xml version="1.0" encoding="utf-8"?>"#);
    w.element(
        "soap:Envelope",
        &[
            ("xmlns:soap", "http://schemas.xmlsoap.org/soap/envelope/"),
            (
                "xmlns:m",
                "http://schemas.microsoft.com/exchange/services/2006/messages",
            ),
            (
                "xmlns:t",
                "http://schemas.microsoft.com/exchange/services/2006/types",
            ),
        ],
        |w| {
            w.element("soap:Header", &[], |w| {
                w.empty("t:RequestServerVersion", &[("Version", VERSION)]);
                if let Some(user) = impersonate {
                    w.element("t:ExchangeImpersonation", &[], |w| {
                        w.element("t:ConnectingSID", &[], |w| {
                            w.text("t:PrimarySmtpAddress", &user.0);
                        });
                    });
                }
                if O::TAKES_TIME_ZONE {
                    w.element("t:TimeZoneContext", &[], |w| {
                        w.empty("t:TimeZoneDefinition", &[("Id", "UTC")]);
                    });
                }
            });
            w.element("soap:Body", &[], |w| operation.write(w));
        },
    );
    w.finish()
}

/// A SOAP fault, or what else refuses a whole request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The server's code.
    pub code: ResponseCode,
    /// How long the server wants to be left alone.
    pub back_off: Option<Duration>,
}

/// Reads an answer: the operation's own element, or a fault, whatever the
/// HTTP status was.
pub fn answer<O: Operation>(
    operation: &O,
    document: &str,
) -> Result<Result<O::Response, Fault>, XmlError> {
    let mut reader = Reader::new(document.trim_start_matches('\u{feff}'));
    let root = reader.child()?.ok_or(XmlError::Missing("an envelope"))?;
    if root.name() != "Envelope" || root.ns != Ns::Soap {
        return Err(XmlError::Missing("an envelope"));
    }
    reader.find("Body")?.ok_or(XmlError::Missing("a body"))?;
    let element = reader.child()?.ok_or(XmlError::Missing("a response"))?;
    if element.name() == "Fault" {
        return Ok(Err(fault(&mut reader)?));
    }
    operation.read(&mut reader)
}

/// What a server says of itself (`ServerVersionInfo`): 15 and 0 is Exchange
/// 2013, 15 and 1 is 2016, 15 and 2 is 2019 and what followed. Others claim to
/// be one of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ServerVersion {
    /// `MajorVersion`.
    pub major: u16,
    /// `MinorVersion`.
    pub minor: u16,
}

/// The version in the header of an answer, where it has one (quirk 47).
pub fn server_version(document: &str) -> Option<ServerVersion> {
    let mut reader = Reader::new(document.trim_start_matches('\u{feff}'));
    reader.child().ok()??;
    let first = reader.child().ok()??;
    if first.name() != "Header" {
        return None;
    }
    while let Some(field) = reader.child().ok()? {
        if field.name() == "ServerVersionInfo" {
            let number = |name| field.attribute(name)?.trim().parse().ok();
            return Some(ServerVersion {
                major: number("MajorVersion")?,
                minor: number("MinorVersion")?,
            });
        }
        reader.skip().ok()?;
    }
    None
}

/// Goes down to the messages of an answer that is not whole yet; a fault has
/// none.
pub(crate) fn enter_messages(reader: &mut Reader<'_>) -> Result<(), XmlError> {
    let root = reader.child()?.ok_or(XmlError::Missing("an envelope"))?;
    if root.name() != "Envelope" || root.ns != Ns::Soap {
        return Err(XmlError::Missing("an envelope"));
    }
    reader.find("Body")?.ok_or(XmlError::Missing("a body"))?;
    reader.child()?.ok_or(XmlError::Missing("a response"))?;
    let messages = reader.find("ResponseMessages")?;
    messages.ok_or(XmlError::Missing("a response message"))?;
    Ok(())
}

fn fault(reader: &mut Reader<'_>) -> Result<Fault, XmlError> {
    let (mut code, mut qualified, mut back_off) = (None, None, None);
    while let Some(child) = reader.child()? {
        match child.name() {
            "faultcode" => qualified = Some(reader.text()?),
            "detail" => {
                while let Some(detail) = reader.child()? {
                    match detail.name() {
                        "ResponseCode" => code = Some(ResponseCode::parse(&reader.text()?)),
                        "MessageXml" => {
                            let values = message_xml(reader)?;
                            back_off = values.back_off;
                            code = values.inner.or(code);
                        }
                        _ => reader.skip()?,
                    }
                }
            }
            _ => reader.skip()?,
        }
    }
    // Without a detail the code is the local part of a qualified name.
    let from_name = qualified.map(|name| {
        let local = name.rsplit(':').next().unwrap_or_default();
        ResponseCode::parse(local)
    });
    let code = code.or(from_name).ok_or(XmlError::Missing("a code"))?;
    Ok(Fault { code, back_off })
}

/// What matters in a `MessageXml`.
#[derive(Debug, Default)]
struct MessageXml {
    back_off: Option<Duration>,
    inner: Option<ResponseCode>,
}

fn message_xml(reader: &mut Reader<'_>) -> Result<MessageXml, XmlError> {
    let mut found = MessageXml::default();
    while let Some(child) = reader.child()? {
        let name = child.attribute("Name");
        let text = reader.text()?;
        match name.as_deref() {
            Some("BackOffMilliseconds") => {
                found.back_off = text.trim().parse().ok().map(Duration::from_millis);
            }
            Some("InnerErrorResponseCode") => found.inner = Some(ResponseCode::parse(&text)),
            _ => {}
        }
    }
    Ok(found)
}

/// The beginning that all response messages share.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Outcome {
    pub(crate) failed: bool,
    pub(crate) code: ResponseCode,
    pub(crate) back_off: Option<Duration>,
}

impl Outcome {
    pub(crate) fn of(class: Option<&str>) -> Self {
        Self {
            failed: class == Some("Error"),
            code: ResponseCode::NoError,
            back_off: None,
        }
    }

    /// Takes an element of the shared beginning; false when it is none, and
    /// then it is still to be read.
    pub(crate) fn take(&mut self, name: &str, reader: &mut Reader<'_>) -> Result<bool, XmlError> {
        match name {
            "ResponseCode" => {
                let code = ResponseCode::parse(&reader.text()?);
                // An inner code that was read before says more (quirk 2).
                if self.code == ResponseCode::NoError {
                    self.code = code;
                }
            }
            "MessageXml" => {
                let values = message_xml(reader)?;
                self.back_off = values.back_off.or(self.back_off);
                if let Some(inner) = values.inner {
                    self.code = inner;
                }
            }
            "MessageText" | "DescriptiveLinkKey" => reader.skip()?,
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// The failure, where it is one. A warning keeps what came with it.
    pub(crate) fn fault(self) -> Option<Fault> {
        self.failed.then_some(Fault {
            code: self.code,
            back_off: self.back_off,
        })
    }
}

/// Reads each message inside `ResponseMessages` with `read`.
pub(crate) fn response_messages<T>(
    reader: &mut Reader<'_>,
    mut read: impl FnMut(Outcome, &mut Reader<'_>) -> Result<T, XmlError>,
) -> Result<Vec<T>, XmlError> {
    let mut messages = Vec::new();
    while let Some(child) = reader.child()? {
        if child.name() != "ResponseMessages" {
            reader.skip()?;
            continue;
        }
        while let Some(message) = reader.child()? {
            messages.push(read(
                Outcome::of(message.attribute("ResponseClass").as_deref()),
                reader,
            )?);
        }
    }
    Ok(messages)
}

/// The only message of an answer that has just one.
pub(crate) fn single<T>(messages: Vec<T>) -> Result<T, XmlError> {
    messages
        .into_iter()
        .next()
        .ok_or(XmlError::Missing("a response message"))
}
