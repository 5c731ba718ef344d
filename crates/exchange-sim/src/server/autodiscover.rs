//! Autodiscover in its three forms: V2 JSON, SOAP and POX.
//!
//! MS-OXDSCLI (POX), MS-OXWSADISC (SOAP); V2 is known from servers alone. V2
//! asks for no credentials, the others do, and they offer Basic beside NTLM as
//! a default server does.

use http::header::{CONTENT_TYPE, HeaderValue};
use http::{Method, Response, StatusCode, Uri};

use super::Shared;
use super::answer::{Body, bare, whole};
use crate::personality::Personality;
use crate::wire::element::{Element, element, text};
use crate::wire::envelope::DECLARATION;
use crate::wire::tree::{self, Node};
use crate::world::World;
use crate::world::mailbox::Mailbox;

/// Versions as `EwsSupportedSchemas` names them.
const SCHEMAS: &str = "Exchange2007, Exchange2007_SP1, Exchange2010, Exchange2010_SP1, Exchange2010_SP2, \
                       Exchange2013, Exchange2013_SP1, Exchange2016";
/// At most so many users in one `GetUserSettings`.
const MOST_USERS: usize = 100;

/// What a path stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Service {
    Json,
    Soap,
    Pox,
}

/// The service of a path; the letters' case does not matter.
pub(super) fn service(path: &str, personality: Personality) -> Option<Service> {
    let path = path.to_ascii_lowercase();
    match path.strip_prefix("/autodiscover/")? {
        "autodiscover.svc" if personality == Personality::ExchangeSe => Some(Service::Soap),
        "autodiscover.xml" => Some(Service::Pox),
        "autodiscover.json" => Some(Service::Json),
        rest if rest.starts_with("autodiscover.json/v1.0/") => Some(Service::Json),
        _ => None,
    }
}

/// V2: by address and protocol in the query, or the address in the path.
pub(super) fn json(shared: &Shared, method: &Method, uri: &Uri) -> Response<Body> {
    if method != Method::GET {
        return bare(StatusCode::METHOD_NOT_ALLOWED);
    }
    let query = |name: &str| {
        uri.query().unwrap_or_default().split('&').find_map(|pair| {
            let (key, value) = pair.split_once('=')?;
            key.eq_ignore_ascii_case(name).then(|| decoded(value))
        })
    };
    let in_path = uri.path().rsplit('/').next().map(decoded);
    let address = query("Email")
        .or(in_path.filter(|last| last.contains('@')))
        .unwrap_or_default();
    let protocol = query("Protocol").unwrap_or_default();
    let refused = |status, code: &str, message: String| {
        answer(
            status,
            "application/json; charset=utf-8",
            serde_json::json!({ "ErrorCode": code, "ErrorMessage": message }).to_string(),
        )
    };
    let known = shared.state().world.mailbox(&address).is_some();
    let url = match protocol.to_ascii_lowercase().as_str() {
        "ews" => shared.ews_url(),
        "autodiscoverv1" => shared.url("/Autodiscover/Autodiscover.xml"),
        _ => {
            return refused(
                StatusCode::BAD_REQUEST,
                "ProtocolNotSupported",
                format!(
                    "The given protocol value '{protocol}' is invalid. Supported values are 'AutodiscoverV1,Ews'"
                ),
            );
        }
    };
    if !known {
        return refused(
            StatusCode::NOT_FOUND,
            "UserNotFound",
            "The given user is not found.".to_owned(),
        );
    }
    answer(
        StatusCode::OK,
        "application/json; charset=utf-8",
        serde_json::json!({ "Protocol": protocol, "Url": url }).to_string(),
    )
}

/// Undoes percent signs; what is no such escape stays.
fn decoded(value: &str) -> String {
    let mut out = Vec::with_capacity(value.len());
    let mut rest = value.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let escaped = after
            .get(..2)
            .filter(|_| *first == b'%')
            .and_then(|digits| std::str::from_utf8(digits).ok())
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        out.push(escaped.unwrap_or(*first));
        rest = match escaped {
            Some(_) => after.get(2..).unwrap_or_default(),
            None => after,
        };
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// SOAP: `GetUserSettings` for one or many users.
pub(super) fn soap(shared: &Shared, request: &str) -> Response<Body> {
    let envelope = tree::parse(request).ok();
    let message = envelope
        .as_ref()
        .and_then(|envelope| envelope.child("Body"))
        .and_then(|body| body.child("GetUserSettingsRequestMessage"))
        .and_then(|message| message.child("Request"));
    let Some(message) = message else {
        return soap_answer(response("InvalidRequest", "The request is invalid.", None));
    };
    let users = children(message, "Users");
    let wanted: Vec<&str> = children(message, "RequestedSettings")
        .iter()
        .map(|setting| setting.text.trim())
        .collect();
    if users.len() > MOST_USERS || users.is_empty() {
        return soap_answer(response(
            "InvalidRequest",
            "The number of users is out of range.",
            None,
        ));
    }
    let state = shared.state();
    let users = users.iter().map(|user| {
        let address = user.text_of("Mailbox").unwrap_or_default();
        one(shared, &state.world, address, &wanted)
    });
    let users = element("UserResponses").children(users);
    soap_answer(response("NoError", "", Some(users)))
}

fn children<'a>(node: &'a Node, name: &str) -> &'a [Node] {
    node.child(name)
        .map(|found| found.children.as_slice())
        .unwrap_or_default()
}

fn response(code: &str, message: &str, users: Option<Element>) -> Element {
    element("Response")
        .with("xmlns:i", "http://www.w3.org/2001/XMLSchema-instance")
        .child(text("ErrorCode", code))
        .child(text("ErrorMessage", message))
        .child_if(users)
}

fn one(shared: &Shared, world: &World, address: &str, wanted: &[&str]) -> Element {
    let head = |code: &str, message: &str, target: Option<&str>| {
        let target = match target {
            Some(target) => text("RedirectTarget", target),
            None => element("RedirectTarget").with("i:nil", "true"),
        };
        element("UserResponse")
            .child(text("ErrorCode", code))
            .child(text("ErrorMessage", message))
            .child(target)
    };
    let empty = |one: Element| {
        one.child(element("UserSettingErrors"))
            .child(element("UserSettings"))
    };
    if let Some(target) = world.redirect_of(address) {
        let code = if target.contains("://") {
            "RedirectUrl"
        } else {
            "RedirectAddress"
        };
        return empty(head(code, "Redirection.", Some(target)));
    }
    let Some(mailbox) = world.mailbox(address) else {
        return empty(head(
            "InvalidUser",
            &format!("Invalid user: '{address}'"),
            None,
        ));
    };
    let (mut settings, mut errors) = (Vec::new(), Vec::new());
    for name in wanted {
        match setting(shared, mailbox, name) {
            Some(value) => settings.push(
                element("UserSetting")
                    .with("i:type", "StringSetting")
                    .child(text("Name", *name))
                    .child(text("Value", value)),
            ),
            None => errors.push(
                element("UserSettingError")
                    .child(text("ErrorCode", "SettingIsNotAvailable"))
                    .child(text("ErrorMessage", "The setting is not available."))
                    .child(text("SettingName", *name)),
            ),
        }
    }
    head("NoError", "No error.", None)
        .child(element("UserSettingErrors").children(errors))
        .child(element("UserSettings").children(settings))
}

fn setting(shared: &Shared, mailbox: &Mailbox, name: &str) -> Option<String> {
    Some(match name {
        "UserDisplayName" => mailbox.name.clone(),
        "UserDN" | "MailboxDN" => legacy_name(mailbox),
        "AutoDiscoverSMTPAddress" => mailbox.address.clone(),
        "InternalEwsUrl" | "ExternalEwsUrl" => shared.ews_url(),
        "EwsSupportedSchemas" => SCHEMAS.to_owned(),
        "ExternalEwsVersion" | "CasVersion" => "15.02.2562.017".to_owned(),
        "GroupingInformation" => mailbox.site.clone(),
        "UserMSOnline" => "False".to_owned(),
        _ => return None,
    })
}

fn legacy_name(mailbox: &Mailbox) -> String {
    let name = mailbox.address.split('@').next().unwrap_or_default();
    format!("/o=Example/ou=Exchange Administrative Group (FYDIBOHF23SPDLT)/cn=Recipients/cn={name}")
}

fn soap_answer(response: Element) -> Response<Body> {
    let mut body = String::new();
    element("GetUserSettingsResponseMessage")
        .with(
            "xmlns",
            "http://schemas.microsoft.com/exchange/2010/Autodiscover",
        )
        .child(response)
        .write(&mut body);
    let document = format!(
        "{DECLARATION}<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\" \
         xmlns:a=\"http://www.w3.org/2005/08/addressing\"><s:Header><a:Action s:mustUnderstand=\"1\">\
         http://schemas.microsoft.com/exchange/2010/Autodiscover/Autodiscover/GetUserSettingsResponse</a:Action>\
         <h:ServerVersionInfo xmlns:h=\"http://schemas.microsoft.com/exchange/2010/Autodiscover\">\
         <h:MajorVersion>15</h:MajorVersion><h:MinorVersion>2</h:MinorVersion>\
         <h:MajorBuildNumber>2562</h:MajorBuildNumber><h:MinorBuildNumber>17</h:MinorBuildNumber>\
         <h:Version>Exchange2015</h:Version></h:ServerVersionInfo></s:Header><s:Body>{body}</s:Body></s:Envelope>"
    );
    answer(StatusCode::OK, "text/xml; charset=utf-8", document)
}

/// POX: plain old XML.
pub(super) fn pox(shared: &Shared, request: &str) -> Response<Body> {
    let parsed = tree::parse(request).ok();
    let address = parsed
        .as_ref()
        .and_then(|root| root.child("Request"))
        .and_then(|request| request.text_of("EMailAddress"));
    let content = match address {
        None => pox_error("600", "Invalid Request"),
        Some(address) => {
            let state = shared.state();
            match (
                state.world.redirect_of(address),
                state.world.mailbox(address),
            ) {
                (Some(target), _) if target.contains("://") => {
                    pox_redirect("redirectUrl", "RedirectUrl", target)
                }
                (Some(target), _) => pox_redirect("redirectAddr", "RedirectAddr", target),
                (None, Some(mailbox)) => pox_settings(shared, mailbox),
                (None, None) => pox_error("500", "The email address can't be found."),
            }
        }
    };
    let mut document = DECLARATION.to_owned();
    element("Autodiscover")
        .with(
            "xmlns",
            "http://schemas.microsoft.com/exchange/autodiscover/responseschema/2006",
        )
        .child(content)
        .write(&mut document);
    answer(StatusCode::OK, "text/xml; charset=utf-8", document)
}

fn pox_error(code: &str, message: &str) -> Element {
    element("Response").child(
        element("Error")
            .with("Time", "09:14:02.1234567")
            .with("Id", "2477272013")
            .child(text("ErrorCode", code))
            .child(text("Message", message))
            .child(element("DebugData")),
    )
}

fn outlook_response() -> Element {
    element("Response").with(
        "xmlns",
        "http://schemas.microsoft.com/exchange/autodiscover/outlook/responseschema/2006a",
    )
}

fn pox_redirect(action: &str, name: &'static str, target: &str) -> Element {
    outlook_response().child(
        element("Account")
            .child(text("Action", action))
            .child(text(name, target)),
    )
}

fn pox_settings(shared: &Shared, mailbox: &Mailbox) -> Element {
    let url = shared.ews_url();
    let protocol = |kind: &str, server: &str| {
        element("Protocol")
            .child(text("Type", kind))
            .child(text("Server", server))
            .child_if((kind == "EXPR").then(|| text("SSL", "On")))
            .child_if((kind == "EXPR").then(|| text("AuthPackage", "Ntlm")))
            .child(text("ASUrl", url.clone()))
            .child(text("EwsUrl", url.clone()))
            .child(text("OOFUrl", url.clone()))
    };
    let domain = mailbox.address.split('@').nth(1).unwrap_or_default();
    let rpc = format!("{}@{domain}", mailbox.guid.0);
    outlook_response()
        .child(
            element("User")
                .child(text("DisplayName", mailbox.name.clone()))
                .child(text("LegacyDN", legacy_name(mailbox)))
                .child(text("AutoDiscoverSMTPAddress", mailbox.address.clone())),
        )
        .child(
            element("Account")
                .child(text("AccountType", "email"))
                .child(text("Action", "settings"))
                .child(protocol("EXCH", &rpc))
                .child(protocol("EXPR", &format!("mail.{domain}"))),
        )
}

fn answer(status: StatusCode, kind: &'static str, content: String) -> Response<Body> {
    let mut answer = Response::new(whole(content));
    *answer.status_mut() = status;
    answer
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    answer
}
