//! Autodiscover by SOAP: GetUserSettings.
//! Reference: MS-OXWSADISC §3.1.4.2 ("GetUserSettings").

use url::Url;

use super::said::{Said, Settings, url};
use crate::xml::{
    reader::{Ns, Reader, XmlError},
    writer::Writer,
};

/// Where a host is asked.
pub(super) const PATH: &str = "/autodiscover/autodiscover.svc";

/// What is asked for.
const WANTED: &[&str] = &["InternalEwsUrl", "ExternalEwsUrl", "GroupingInformation"];

/// Writes the question about one mailbox; `to` is the address that is asked.
pub(super) fn request(address: &str, to: &Url) -> String {
    let mut w = Writer::default();
    w.raw(r#"<?xml version="1.0" encoding="utf-8"?>"#);
    let namespaces = [
        (
            "xmlns:a",
            "http://schemas.microsoft.com/exchange/2010/Autodiscover",
        ),
        ("xmlns:wsa", "http://www.w3.org/2005/08/addressing"),
        ("xmlns:soap", "http://schemas.xmlsoap.org/soap/envelope/"),
    ];
    w.element("soap:Envelope", &namespaces, |w| {
        w.element("soap:Header", &[], |w| {
            w.text("a:RequestedServerVersion", "Exchange2013");
            w.text(
                "wsa:Action",
                "http://schemas.microsoft.com/exchange/2010/Autodiscover/Autodiscover/GetUserSettings",
            );
            w.text("wsa:To", to.as_str());
        });
        w.element("soap:Body", &[], |w| {
            w.element("a:GetUserSettingsRequestMessage", &[], |w| {
                w.element("a:Request", &[], |w| {
                    w.element("a:Users", &[], |w| {
                        w.element("a:User", &[], |w| w.text("a:Mailbox", address));
                    });
                    w.element("a:RequestedSettings", &[], |w| {
                        for setting in WANTED {
                            w.text("a:Setting", setting);
                        }
                    });
                });
            });
        });
    });
    w.finish()
}

/// Reads an answer; what cannot be read is [`Said::Nothing`].
pub(super) fn read(document: &str) -> Said {
    envelope(document).unwrap_or(Said::Nothing)
}

fn envelope(document: &str) -> Result<Said, XmlError> {
    let mut reader = Reader::new(document.trim_start_matches('\u{feff}'));
    let root = reader.child()?.ok_or(XmlError::Missing("an envelope"))?;
    if root.name() != "Envelope" || root.ns != Ns::Soap {
        return Ok(Said::Nothing);
    }
    for name in ["Body", "GetUserSettingsResponseMessage", "Response"] {
        if reader.find(name)?.is_none() {
            return Ok(Said::Nothing);
        }
    }
    // The code beside the list is the request's; each user has an own one.
    if reader.find("UserResponses")?.is_none() || reader.find("UserResponse")?.is_none() {
        return Ok(Said::Nothing);
    }
    user(&mut reader)
}

fn user(reader: &mut Reader<'_>) -> Result<Said, XmlError> {
    let (mut code, mut target) = (String::new(), String::new());
    let mut settings = Said::Nothing;
    while let Some(child) = reader.child()? {
        match child.name() {
            "ErrorCode" => reader.text()?.trim().clone_into(&mut code),
            "RedirectTarget" => reader.text()?.trim().clone_into(&mut target),
            "UserSettings" => settings = user_settings(reader)?,
            _ => reader.skip()?,
        }
    }
    Ok(match code.as_str() {
        "RedirectAddress" if !target.is_empty() => Said::RedirectAddress(target),
        "RedirectUrl" => url(&target).map_or(Said::Nothing, Said::RedirectUrl),
        "InvalidUser" => Said::NoMailbox,
        // A setting that is not available leaves the others standing.
        "NoError" | "" | "SettingIsNotAvailable" => settings,
        _ => Said::Nothing,
    })
}

fn user_settings(reader: &mut Reader<'_>) -> Result<Said, XmlError> {
    let (mut servers, mut grouping) = (Vec::new(), None);
    while let Some(child) = reader.child()? {
        if child.name() != "UserSetting" {
            reader.skip()?;
            continue;
        }
        let (mut name, mut value) = (String::new(), String::new());
        while let Some(part) = reader.child()? {
            match part.name() {
                "Name" => name = reader.text()?,
                "Value" => value = reader.text()?,
                _ => reader.skip()?,
            }
        }
        match name.trim() {
            "ExternalEwsUrl" => servers.extend(url(&value).map(|url| (0, url))),
            "InternalEwsUrl" => servers.extend(url(&value).map(|url| (1, url))),
            "GroupingInformation" => grouping = Some(value.trim().to_owned()),
            _ => {}
        }
    }
    Ok(if servers.is_empty() {
        Said::Nothing
    } else {
        Said::Settings(Settings::new(servers, grouping.filter(|g| !g.is_empty())))
    })
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::autodiscover::samples::{sample, servers_of, structured};

    #[test]
    fn the_settings_name_both_servers_and_the_grouping() {
        let Some(document) = sample("a2-autodiscover-soap-resp.xml") else {
            return;
        };
        let said = read(&document);
        assert_eq!(
            servers_of(&said),
            [
                "https://mail.example.se/EWS/Exchange.asmx",
                "https://ex-int.example.se/EWS/Exchange.asmx"
            ]
        );
        let Said::Settings(settings) = said else {
            panic!("settings")
        };
        assert_eq!(
            settings.grouping.as_deref(),
            Some("Default-First-Site-Name")
        );
    }

    fn answer(code: &str, target: &str) -> String {
        format!(
            "<s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/'><s:Body>\
             <GetUserSettingsResponseMessage><Response><ErrorCode>NoError</ErrorCode>\
             <UserResponses><UserResponse><ErrorCode>{code}</ErrorCode>\
             <RedirectTarget>{target}</RedirectTarget></UserResponse></UserResponses>\
             </Response></GetUserSettingsResponseMessage></s:Body></s:Envelope>"
        )
    }

    #[rstest]
    #[case("RedirectAddress", "anna@corp.example.se", Said::RedirectAddress("anna@corp.example.se".into()))]
    #[case("RedirectUrl", "https://x.example.se/a.svc", Said::RedirectUrl("https://x.example.se/a.svc".parse().unwrap()))]
    #[case("RedirectUrl", "nowhere", Said::Nothing)]
    #[case("RedirectAddress", "", Said::Nothing)]
    #[case("InvalidUser", "", Said::NoMailbox)]
    #[case("ServerBusy", "", Said::Nothing)]
    #[case("NoError", "", Said::Nothing)]
    fn the_users_code_decides(#[case] code: &str, #[case] target: &str, #[case] said: Said) {
        assert_eq!(read(&answer(code, target)), said);
    }

    #[test]
    fn the_question_is_the_one_of_the_sample_less_one_setting() {
        let Some(sample) = sample("a2-autodiscover-soap-req.xml") else {
            return;
        };
        let flat = |text: &str| text.split_whitespace().collect::<String>();
        let sample = flat(&sample).replace("<a:Setting>EwsSupportedSchemas</a:Setting>", "");
        let to = "https://autodiscover.example.se/autodiscover/autodiscover.svc";
        let written = request("anna@example.se", &to.parse().unwrap());
        let split = |text: String| text.replace("><", ">\n<");
        assert_eq!(split(flat(&written)), split(sample));
    }

    proptest::proptest! {
        #[test]
        fn no_answer_makes_the_reader_panic(text in "\\PC{0,200}", tree in structured()) {
            let _nothing = read(&text);
            let _said = read(&answer("NoError", "").replace(
                "<RedirectTarget></RedirectTarget>",
                &tree,
            ));
        }
    }
}
