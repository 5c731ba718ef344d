//! SOAP faults: what Exchange answers before an operation begins.

use std::fmt::Write as _;

use super::envelope::DECLARATION;

/// A fault with one of Exchange's response codes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    /// `ErrorSchemaValidation`, `ErrorServerBusy`, …
    pub(crate) code: String,
    /// Text for people; clients decide by the code.
    pub(crate) message: String,
    /// Name and value pairs inside `MessageXml`.
    pub(crate) values: Vec<(String, String)>,
    /// Where a schema rule was broken, and how.
    pub(crate) violation: Option<(u64, String)>,
}

impl Fault {
    /// A fault with a code and a text.
    pub(crate) fn new(code: &str, message: &str) -> Self {
        Self {
            code: code.to_owned(),
            message: message.to_owned(),
            values: Vec::new(),
            violation: None,
        }
    }

    /// The request broke the schema at this position.
    pub(crate) fn schema(position: u64, violation: String) -> Self {
        Self {
            violation: Some((position, violation)),
            ..Self::new(
                "ErrorSchemaValidation",
                "The request failed schema validation.",
            )
        }
    }

    /// The caller must wait so many milliseconds.
    pub(crate) fn busy(milliseconds: u64) -> Self {
        Self {
            values: vec![("BackOffMilliseconds".to_owned(), milliseconds.to_string())],
            ..Self::new(
                "ErrorServerBusy",
                "The server cannot service this request right now. Try again later.",
            )
        }
    }

    /// The fault as an answer document; it travels with HTTP status 500.
    pub(crate) fn document(&self) -> String {
        let escaped = quick_xml::escape::escape;
        let message = match &self.violation {
            Some((_, violation)) => format!("{} {violation}", self.message),
            None => self.message.clone(),
        };
        let message = escaped(message.as_str());
        let mut inner = String::new();
        for (name, value) in &self.values {
            let _ = write!(
                inner,
                "<t:Value Name=\"{}\">{}</t:Value>",
                escaped(name.as_str()),
                escaped(value.as_str())
            );
        }
        if let Some((position, violation)) = &self.violation {
            let _ = write!(
                inner,
                "<t:LineNumber>1</t:LineNumber><t:LinePosition>{position}</t:LinePosition><t:Violation>{}</t:Violation>",
                escaped(violation.as_str())
            );
        }
        let details = if inner.is_empty() {
            String::new()
        } else {
            format!(
                "<t:MessageXml xmlns:t=\"http://schemas.microsoft.com/exchange/services/2006/types\">{inner}</t:MessageXml>"
            )
        };
        let code = &self.code;
        format!(
            "{DECLARATION}<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Body><s:Fault>\
             <faultcode xmlns:a=\"http://schemas.microsoft.com/exchange/services/2006/types\">a:{code}</faultcode>\
             <faultstring xml:lang=\"en-US\">{message}</faultstring><detail>\
             <e:ResponseCode xmlns:e=\"http://schemas.microsoft.com/exchange/services/2006/errors\">{code}</e:ResponseCode>\
             <e:Message xmlns:e=\"http://schemas.microsoft.com/exchange/services/2006/errors\">{message}</e:Message>\
             {details}</detail></s:Fault></s:Body></s:Envelope>"
        )
    }
}
