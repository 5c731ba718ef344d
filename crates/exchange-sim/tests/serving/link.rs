//! A small HTTP client and the requests the tests send.

use base64::Engine as _;
use bytes::Bytes;
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use exchange_sim::server::record::BROKEN_ON_PURPOSE;
use exchange_sim::{Options, Personality, SignIn, Simulator, demo};
use http::{HeaderName, HeaderValue, Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use std::sync::Arc;

pub(crate) const ZONE: Tz = Tz::Europe__Stockholm;

/// A Monday morning in Stockholm.
pub(crate) fn now() -> DateTime<Utc> {
    "2026-11-23T08:12:30Z".parse().unwrap()
}

/// Basic is switched on, which signs every request in by itself.
pub(crate) fn options() -> Options {
    Options {
        sign_in: SignIn::NtlmOrBasic,
        clock: Arc::new(now),
        ..Options::default()
    }
}

pub(crate) async fn demo_simulator() -> Simulator {
    demo_simulator_as(Personality::ExchangeSe).await
}

pub(crate) async fn demo_simulator_as(personality: Personality) -> Simulator {
    let options = Options {
        personality,
        ..options()
    };
    Simulator::start(demo::day(now(), ZONE), options)
        .await
        .unwrap()
}

/// The value of an `Authorization` header.
pub(crate) fn basic(user: &str, password: &str) -> String {
    let token = base64::engine::general_purpose::STANDARD.encode(format!("{user}:{password}"));
    format!("Basic {token}")
}

/// One connection.
pub(crate) struct Link(SendRequest<Full<Bytes>>);

impl Link {
    pub(crate) async fn to(simulator: &Simulator) -> Self {
        let (send, connection) = http1::handshake(TokioIo::new(simulator.duplex()))
            .await
            .unwrap();
        tokio::spawn(connection);
        Self(send)
    }

    pub(crate) async fn send(
        &mut self,
        user: &str,
        password: &str,
        envelope: String,
    ) -> Response<Incoming> {
        self.raw(request(user, password, envelope)).await.unwrap()
    }

    /// Sends what breaks the schema on purpose, as Anna: status and answer.
    pub(crate) async fn call_broken(&mut self, envelope: String) -> (u16, String) {
        let mut request = request(demo::ADDRESS, demo::PASSWORD, envelope);
        let mark = HeaderName::from_static(BROKEN_ON_PURPOSE);
        request
            .headers_mut()
            .insert(mark, HeaderValue::from_static("yes"));
        read(self.raw(request).await.unwrap()).await
    }

    pub(crate) async fn raw(
        &mut self,
        request: Request<Full<Bytes>>,
    ) -> hyper::Result<Response<Incoming>> {
        self.0.ready().await?;
        self.0.send_request(request).await
    }

    /// Sends a body as Anna: status and answer.
    pub(crate) async fn call(&mut self, body: &str) -> (u16, String) {
        let answer = self
            .send(demo::ADDRESS, demo::PASSWORD, envelope("", body))
            .await;
        read(answer).await
    }
}

fn request(user: &str, password: &str, envelope: String) -> Request<Full<Bytes>> {
    Request::post("/EWS/Exchange.asmx")
        .header("host", "mail.example.org")
        .header("authorization", basic(user, password))
        .header("content-type", "text/xml; charset=utf-8")
        .body(Full::new(Bytes::from(envelope)))
        .unwrap()
}

pub(crate) async fn read(answer: Response<Incoming>) -> (u16, String) {
    let status = answer.status().as_u16();
    let bytes = answer.into_body().collect().await.unwrap().to_bytes();
    (status, String::from_utf8(bytes.to_vec()).unwrap())
}

pub(crate) fn envelope(header: &str, body: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?><soap:Envelope xmlns:soap=\"http://schemas.xmlsoap.org/soap/envelope/\" \
         xmlns:m=\"http://schemas.microsoft.com/exchange/services/2006/messages\" \
         xmlns:t=\"http://schemas.microsoft.com/exchange/services/2006/types\"><soap:Header>\
         <t:RequestServerVersion Version=\"Exchange2013_SP1\"/>{header}</soap:Header><soap:Body>{body}</soap:Body></soap:Envelope>"
    )
}

pub(crate) const CALENDAR: &str = "<t:DistinguishedFolderId Id=\"calendar\"/>";

pub(crate) fn fields(names: &str) -> String {
    names
        .split_whitespace()
        .map(|name| format!("<t:FieldURI FieldURI=\"{name}\"/>"))
        .collect::<Vec<_>>()
        .concat()
}

pub(crate) fn find(from: &str, to: &str, names: &str) -> String {
    format!(
        "<m:FindItem Traversal=\"Shallow\"><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties>{}\
         </t:AdditionalProperties></m:ItemShape><m:CalendarView MaxEntriesReturned=\"1000\" StartDate=\"{from}\" \
         EndDate=\"{to}\"/><m:ParentFolderIds>{CALENDAR}</m:ParentFolderIds></m:FindItem>",
        fields(names)
    )
}

pub(crate) fn get(ids: &str, names: &str) -> String {
    format!(
        "<m:GetItem><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape><t:BodyType>Text</t:BodyType>\
         <t:AdditionalProperties>{}<t:ExtendedFieldURI DistinguishedPropertySetId=\"Meeting\" PropertyId=\"35\" \
         PropertyType=\"Binary\"/></t:AdditionalProperties></m:ItemShape><m:ItemIds>{ids}</m:ItemIds></m:GetItem>",
        fields(names)
    )
}

pub(crate) fn sync(state: &str, most: u32) -> String {
    format!(
        "<m:SyncFolderItems><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape></m:ItemShape><m:SyncFolderId>{CALENDAR}\
         </m:SyncFolderId><m:SyncState>{state}</m:SyncState><m:MaxChangesReturned>{most}</m:MaxChangesReturned>\
         </m:SyncFolderItems>"
    )
}

/// The texts between a tag's beginnings and ends.
pub(crate) fn all<'a>(answer: &'a str, name: &str) -> Vec<&'a str> {
    let mut found = Vec::new();
    let mut rest = answer;
    while let Some((_, after)) = rest.split_once(&format!("<{name}>")) {
        let (inner, after) = after.split_once(&format!("</{name}>")).unwrap();
        found.push(inner);
        rest = after;
    }
    found
}

/// The ids of the items whose subject is this.
pub(crate) fn ids_of(answer: &str, subject: &str) -> Vec<String> {
    all(answer, "t:CalendarItem")
        .into_iter()
        .filter(|item| item.contains(&format!("<t:Subject>{subject}</t:Subject>")))
        .map(|item| {
            item.split("Id=\"")
                .nth(1)
                .unwrap()
                .split('"')
                .next()
                .unwrap()
                .to_owned()
        })
        .collect()
}
