//! The SOAP envelope around every answer.

use super::element::Element;

const HEAD: &str = r#"<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Header><h:ServerVersionInfo MajorVersion="15" MinorVersion="2" MajorBuildNumber="2562" MinorBuildNumber="17" Version="V2017_07_11" xmlns:h="http://schemas.microsoft.com/exchange/services/2006/types" xmlns="http://schemas.microsoft.com/exchange/services/2006/types" xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"/></s:Header><s:Body xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:m="http://schemas.microsoft.com/exchange/services/2006/messages" xmlns:t="http://schemas.microsoft.com/exchange/services/2006/types">"#;

/// The XML declaration in front of an answer, and of a stream's first envelope.
pub(crate) const DECLARATION: &str = r#"<?xml version="1.0" encoding="utf-8"?>"#;

/// Wraps a body, without the XML declaration.
pub(crate) fn wrap(body: &Element) -> String {
    let mut out = String::with_capacity(2048);
    out.push_str(HEAD);
    body.write(&mut out);
    out.push_str("</s:Body></s:Envelope>");
    out
}

/// A whole answer document.
pub(crate) fn document(body: &Element) -> String {
    format!("{DECLARATION}{}", wrap(body))
}
