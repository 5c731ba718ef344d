//! Autodiscover by plain XML ("plain old XML").
//! Reference: MS-OXDSCLI §2.2.3 (request) and §2.2.4 (response).

use super::said::{Said, Settings, url};
use crate::xml::{
    reader::{Reader, XmlError},
    writer::Writer,
};

/// Where a host is asked.
pub(super) const PATH: &str = "/autodiscover/autodiscover.xml";

/// Writes the question about one mailbox.
pub(super) fn request(address: &str) -> String {
    let mut w = Writer::default();
    w.raw(r#"<?xml version="1.0" encoding="utf-8"?>"#);
    w.element(
        "Autodiscover",
        &[(
            "xmlns",
            "http://schemas.microsoft.com/exchange/autodiscover/outlook/requestschema/2006",
        )],
        |w| {
            w.element("Request", &[], |w| {
                w.text("EMailAddress", address);
                w.text(
                    "AcceptableResponseSchema",
                    "http://schemas.microsoft.com/exchange/autodiscover/outlook/responseschema/2006a",
                );
            });
        },
    );
    w.finish()
}

/// Reads an answer; what cannot be read is [`Said::Nothing`].
pub(super) fn read(document: &str) -> Said {
    document_of(document).unwrap_or(Said::Nothing)
}

fn document_of(document: &str) -> Result<Said, XmlError> {
    let mut reader = Reader::new(document.trim_start_matches('\u{feff}'));
    let root = reader.child()?.ok_or(XmlError::Missing("an answer"))?;
    if root.name() != "Autodiscover" || reader.find("Response")?.is_none() {
        return Ok(Said::Nothing);
    }
    let mut said = Said::Nothing;
    while let Some(child) = reader.child()? {
        match child.name() {
            "Error" => said = error(&mut reader)?,
            "Account" => said = account(&mut reader)?,
            _ => reader.skip()?,
        }
    }
    Ok(said)
}

/// Code 500 is the mailbox; 600 and 601 are the question, 603 the directory
/// (MS-OXDSCLI §2.2.4.1.1.2.1).
fn error(reader: &mut Reader<'_>) -> Result<Said, XmlError> {
    let mut said = Said::Nothing;
    while let Some(child) = reader.child()? {
        match child.name() {
            "ErrorCode" if reader.text()?.trim() == "500" => said = Said::NoMailbox,
            "ErrorCode" => {}
            _ => reader.skip()?,
        }
    }
    Ok(said)
}

fn account(reader: &mut Reader<'_>) -> Result<Said, XmlError> {
    let (mut servers, mut to_address, mut to_url) = (Vec::new(), None, None);
    let mut action = String::new();
    while let Some(child) = reader.child()? {
        match child.name() {
            "Action" => action = reader.text()?.trim().to_lowercase(),
            "RedirectAddr" => to_address = Some(reader.text()?.trim().to_owned()),
            "RedirectUrl" => to_url = url(&reader.text()?),
            "Protocol" => protocol(reader, &mut servers)?,
            _ => reader.skip()?,
        }
    }
    // Some servers leave the action out; what is there then says it.
    let redirect = to_address.filter(|address| !address.is_empty());
    Ok(match (action.as_str(), redirect, to_url) {
        ("redirectaddr" | "", Some(address), _) => Said::RedirectAddress(address),
        ("redirecturl" | "", _, Some(url)) => Said::RedirectUrl(url),
        _ if !servers.is_empty() => Said::Settings(Settings::new(servers, None)),
        _ => Said::Nothing,
    })
}

/// `EXPR` is for outside the company's network, `EXCH` for inside, and both
/// stand in the same answer (quirk 53).
fn protocol(reader: &mut Reader<'_>, servers: &mut Vec<(u8, url::Url)>) -> Result<(), XmlError> {
    let (mut rank, mut server) = (3, None);
    while let Some(child) = reader.child()? {
        match child.name() {
            "Type" => {
                rank = match reader.text()?.trim().to_uppercase().as_str() {
                    "EXPR" => 0,
                    "EXHTTP" => 1,
                    "EXCH" => 2,
                    _ => 3,
                }
            }
            "EwsUrl" => server = url(&reader.text()?),
            _ => reader.skip()?,
        }
    }
    servers.extend(server.map(|server| (rank, server)));
    Ok(())
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::autodiscover::samples::{sample, servers_of, structured};

    #[test]
    fn quirk_53_of_several_protocols_the_outer_one_comes_first() {
        let Some(document) = sample("a1-autodiscover-pox-resp.xml") else {
            return;
        };
        assert_eq!(
            servers_of(&read(&document)),
            [
                "https://mail.example.se/EWS/Exchange.asmx",
                "https://ex-int.example.se/EWS/Exchange.asmx"
            ]
        );
    }

    #[test]
    fn redirects_and_errors_are_told_apart() {
        let Some(moved) = sample("a1-autodiscover-pox-redirectaddr.xml") else {
            return;
        };
        assert_eq!(
            read(&moved),
            Said::RedirectAddress("anna@corp.example.se".into())
        );
        let unknown = sample("a1-autodiscover-pox-error.xml").unwrap();
        assert_eq!(read(&unknown), Said::NoMailbox);
        let elsewhere = moved
            .replace("redirectAddr", "redirectUrl")
            .replace("RedirectAddr", "RedirectUrl")
            .replace("anna@corp.example.se", "https://corp.example.se/a.xml");
        let expected = url("https://corp.example.se/a.xml").unwrap();
        assert_eq!(read(&elsewhere), Said::RedirectUrl(expected));
    }

    #[rstest]
    #[case("")]
    #[case("<html><body>Sign in</body></html>")]
    #[case("<Autodiscover/>")]
    #[case(
        "<Autodiscover><Response><Account><Action>settings</Action></Account></Response></Autodiscover>"
    )]
    #[case(
        "<Autodiscover><Response><Error><ErrorCode>600</ErrorCode></Error></Response></Autodiscover>"
    )]
    #[case(
        "<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]><Autodiscover>&b;</Autodiscover>"
    )]
    fn what_says_nothing_is_nothing(#[case] document: &str) {
        assert_eq!(read(document), Said::Nothing);
    }

    #[test]
    fn the_question_is_the_one_of_the_sample() {
        let Some(expected) = sample("a1-autodiscover-pox-req.xml") else {
            return;
        };
        let flat = |text: &str| text.split_whitespace().collect::<String>();
        let expected = flat(&expected).replace("><", ">\n<");
        let written = flat(&request("anna@example.se")).replace("><", ">\n<");
        assert_eq!(written, expected);
    }

    proptest::proptest! {
        #[test]
        fn no_answer_makes_the_reader_panic(text in "\\PC{0,200}", tree in structured()) {
            let _nothing = read(&text);
            let _said = read(&format!("<Autodiscover><Response>{tree}</Response></Autodiscover>"));
        }
    }
}
