//! The SOAP envelope around every answer.

use super::element::Element;
use crate::personality::Personality;

const HEAD: &str = r#"<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Header><h:ServerVersionInfo MajorVersion="15" MinorVersion="2" MajorBuildNumber="2562" MinorBuildNumber="17" Version="V2017_07_11" xmlns:h="http://schemas.microsoft.com/exchange/services/2006/types" xmlns="http://schemas.microsoft.com/exchange/services/2006/types" xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"/></s:Header><s:Body xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:m="http://schemas.microsoft.com/exchange/services/2006/messages" xmlns:t="http://schemas.microsoft.com/exchange/services/2006/types">"#;

/// The XML declaration in front of an answer, and of a stream's first envelope.
pub(crate) const DECLARATION: &str = r#"<?xml version="1.0" encoding="utf-8"?>"#;

const GROMMUNIO_HEAD: &str = r#"<SOAP:Envelope xmlns:SOAP="http://schemas.xmlsoap.org/soap/envelope/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:m="http://schemas.microsoft.com/exchange/services/2006/messages" xmlns:t="http://schemas.microsoft.com/exchange/services/2006/types"><SOAP:Header><t:ServerVersionInfo MajorVersion="15" MinorVersion="0" MajorBuildNumber="847" MinorBuildNumber="4040" Version="V2017_07_11"/></SOAP:Header><SOAP:Body>"#;

/// Wraps a body, without the XML declaration.
pub(crate) fn wrap(body: &Element, personality: Personality) -> String {
    let (head, tail) = match personality {
        Personality::ExchangeSe => (HEAD, "</s:Body></s:Envelope>"),
        Personality::Grommunio => (GROMMUNIO_HEAD, "</SOAP:Body></SOAP:Envelope>"),
    };
    let mut out = String::with_capacity(2048);
    out.push_str(head);
    body.write(&mut out);
    out.push_str(tail);
    out
}

/// A whole answer document.
pub(crate) fn document(body: &Element, personality: Personality) -> String {
    format!("{DECLARATION}{}", wrap(body, personality))
}
