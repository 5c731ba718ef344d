//! One HTTP request: checked, dispatched, answered.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use http::header::{
    ACCEPT_ENCODING, AUTHORIZATION, CONNECTION, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE,
    DATE, HeaderValue, TRANSFER_ENCODING, WWW_AUTHENTICATE,
};
use http::{HeaderMap, Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, Limited};
use hyper::body::Incoming;

use super::affinity::Route;
use super::answer::{Body, Cut, bare, gzip, half, strip, whole, xml};
use super::autodiscover::{self, Service};
use super::effect::{changed, date, dated, instead};
use super::faults::Effect;
use super::gate::{Door, Entry, Session};
use super::record::{Recorded, keep};
use super::stream::Listener;
use super::{Shared, SignIn, authority, gate, stream};
use crate::clock;
use crate::operations::{Call, answer};
use crate::personality::Personality;
use crate::wire::fault::Fault;
use crate::wire::tree::{Node, Space};
use crate::wire::{envelope, schema, tables, tree};

/// Requests above this are refused (`maxAllowedContentLength`).
const LARGEST: usize = 64 * 1024 * 1024;

/// Forms above this are refused.
const LARGEST_FORM: usize = 64 * 1024;

/// Answers one request. An error closes the connection without an answer.
pub(super) async fn respond(
    request: Request<Incoming>,
    shared: Arc<Shared>,
    session: Arc<Session>,
    tls: Option<Arc<Vec<u8>>>,
) -> Result<Response<Body>, Cut> {
    let (head, body) = request.into_parts();
    let autodiscover = autodiscover::service(head.uri.path(), shared.options.personality);
    if autodiscover == Some(Service::Json) {
        return Ok(autodiscover::json(&shared, &head.method, &head.uri));
    }
    if [authority::AUTHORIZE, authority::TOKEN].contains(&head.uri.path())
        && shared.options.sign_in == SignIn::Bearer
    {
        let Ok(body) = Limited::new(body, LARGEST_FORM).collect().await else {
            return Ok(bare(StatusCode::PAYLOAD_TOO_LARGE));
        };
        return Ok(authority::answer(
            &shared,
            &head.method,
            &head.uri,
            &body.to_bytes(),
        ));
    }
    if autodiscover.is_none() && !head.uri.path().eq_ignore_ascii_case("/EWS/Exchange.asmx") {
        return Ok(bare(StatusCode::NOT_FOUND));
    }
    // IIS refuses chunked requests and those without a length; so does this server.
    let measured = head.method != Method::POST || head.headers.contains_key(CONTENT_LENGTH);
    if head.headers.contains_key(TRANSFER_ENCODING) || !measured {
        return Ok(bare(StatusCode::LENGTH_REQUIRED));
    }
    let authorization = head
        .headers
        .get(AUTHORIZATION)
        .and_then(|value| value.to_str().ok());
    // The body is read first: a refused request must not cost the connection.
    let Ok(body) = Limited::new(body, LARGEST).collect().await else {
        return Ok(bare(StatusCode::PAYLOAD_TOO_LARGE));
    };
    let body = body.to_bytes();
    if shared.options.personality == Personality::Grommunio && session.is_spoilt(body.len()) {
        let mut answer = bare(StatusCode::BAD_REQUEST);
        answer
            .headers_mut()
            .insert(CONNECTION, HeaderValue::from_static("close"));
        return Ok(answer);
    }
    let certificate = tls.as_ref().map(|hash| hash.as_slice());
    let entry = {
        let state = shared.state();
        let door = match autodiscover {
            Some(_) => Door::autodiscover(&shared.options),
            None => Door::ews(&shared.options, state.channel_binding),
        };
        let authority = shared.url(authority::AUTHORIZE);
        session.enter(&state.world, authorization, door, certificate, &authority)
    };
    let account = match entry {
        Entry::Account(account) => account,
        Entry::Refused(offers) => {
            let status = StatusCode::UNAUTHORIZED;
            let refused = Recorded {
                arrived: (shared.options.clock)(),
                ..Recorded::default()
            };
            keep(&shared, &head.headers, status, refused);
            let mut answer = bare(status);
            for offer in offers {
                answer.headers_mut().append(WWW_AUTHENTICATE, offer);
            }
            return Ok(answer);
        }
    };
    if head.method != Method::POST {
        return Ok(bare(StatusCode::METHOD_NOT_ALLOWED));
    }
    if autodiscover.is_none() && !is_xml(&head.headers) {
        return Ok(bare(StatusCode::UNSUPPORTED_MEDIA_TYPE));
    }
    let Ok(text) = String::from_utf8(body.to_vec()) else {
        return Ok(bare(StatusCode::BAD_REQUEST));
    };
    match autodiscover {
        Some(Service::Pox) => return Ok(autodiscover::pox(&shared, &text)),
        Some(_) => return Ok(autodiscover::soap(&shared, &text)),
        None => {}
    }
    let asked = Asked {
        arrived: (shared.options.clock)(),
        shared,
        headers: head.headers,
        account,
        text,
    };
    let mut mark = (Route::default(), String::new());
    let mut answer = asked.answer(&mut mark).await?;
    match asked.shared.options.personality {
        Personality::ExchangeSe => {
            mark.0.mark(&mark.1, &mut answer);
            if !answer.headers().contains_key(DATE) {
                date((asked.shared.options.clock)(), &mut answer);
            }
        }
        Personality::Grommunio => strip(answer.headers_mut()),
    }
    Ok(answer)
}

/// A request from a known account.
pub(super) struct Asked {
    shared: Arc<Shared>,
    headers: HeaderMap,
    account: String,
    text: String,
    /// By the server's clock.
    arrived: DateTime<Utc>,
}

impl Asked {
    async fn answer(&self, mark: &mut (Route, String)) -> Result<Response<Body>, Cut> {
        let envelope = match tree::parse(&self.text) {
            Ok(envelope) => envelope,
            Err(malformed) => {
                self.written("");
                return Ok(self.fault("", "", &Fault::schema(0, malformed.to_string())));
            }
        };
        let Some(request) = body_of(&envelope) else {
            self.written("");
            return Ok(self.fault(
                "",
                "",
                &Fault::schema(envelope.position, "There is no SOAP body.".to_owned()),
            ));
        };
        let operation = operation_name(request);
        self.written(operation);
        let context = {
            let state = self.shared.state();
            gate::context(&state.world, &self.account, &envelope)
        };
        let mailbox = context
            .as_ref()
            .map_or(self.account.clone(), |context| context.mailbox.clone());
        let backends = self.shared.options.backends;
        let route = Route::of(
            &self.headers,
            &self.shared.state().world,
            &mailbox,
            backends,
        );
        let backend = route.backend;
        *mark = (route, operation.to_owned());
        let now = (self.shared.options.clock)();
        let effect = self.shared.faults.strike(operation, &mailbox, now);
        if let Some(effect) = &effect
            && let Some(answer) = instead(self, operation, &mailbox, effect).await
        {
            return answer;
        }
        let context = match context {
            Ok(context) => context,
            Err(fault) => return Ok(self.fault(operation, &mailbox, &fault)),
        };
        if let Err(fault) = check(request) {
            return Ok(self.fault(operation, &mailbox, &fault));
        }
        let limits = &self.shared.options.limits;
        let admitted = self.shared.governor.admit(limits, &mailbox, operation, now);
        let pass = match admitted {
            Ok(pass) => pass,
            Err(fault) => return Ok(self.fault(operation, &mailbox, &fault)),
        };
        if !pass.delay.is_zero() {
            clock::wait(pass.delay).await;
        }
        if operation == "GetStreamingEvents" {
            let place = self.kept(operation, &mailbox, StatusCode::OK, None);
            let listener = Listener {
                account: self.account.clone(),
                backend,
                place,
                effect,
                _pass: pass,
            };
            return Ok(stream::open(&self.shared, listener, request));
        }
        let result = {
            let mut state = self.shared.state();
            let state = &mut *state;
            let mut call = Call {
                now: state.world.now(),
                world: &mut state.world,
                subscriptions: &mut state.subscriptions,
                account: self.account.clone(),
                mailbox: mailbox.clone(),
                zone: context.zone,
                personality: self.shared.options.personality,
                backend,
                most_subscriptions: limits.subscriptions,
                deviation: effect.clone(),
            };
            let result = answer(&mut call, request);
            self.shared.announce(state.world.serial());
            result
        };
        match result {
            Ok(element) => {
                let document = envelope::document(&element, self.shared.options.personality);
                let document = changed(effect.as_ref(), document);
                let cut = effect == Some(Effect::Truncate);
                if effect.is_some() {
                    let status = StatusCode::OK;
                    let mut answer = self.send(operation, &mailbox, status, document, cut);
                    dated(effect.as_ref(), now, &mut answer);
                    return Ok(answer);
                }
                Ok(self.document(operation, &mailbox, StatusCode::OK, document, cut))
            }
            Err(fault) => Ok(self.fault(operation, &mailbox, &fault)),
        }
    }

    /// Writes the request into the folder of records.
    fn written(&self, operation: &str) {
        let recorder = &self.shared.recorder;
        recorder.write_request(operation, &self.headers, &self.text);
    }

    pub(super) fn fault(&self, operation: &str, mailbox: &str, fault: &Fault) -> Response<Body> {
        // grommunio sends some faults with status 200.
        let early = fault.code == "ErrorImpersonateUserDenied" || fault.code == "ErrorInvalidId";
        let status = match self.shared.options.personality {
            Personality::Grommunio if early => StatusCode::OK,
            Personality::Grommunio | Personality::ExchangeSe => StatusCode::INTERNAL_SERVER_ERROR,
        };
        self.document(operation, mailbox, status, fault.document(), false)
    }

    pub(super) fn document(
        &self,
        operation: &str,
        mailbox: &str,
        status: StatusCode,
        document: String,
        cut: bool,
    ) -> Response<Body> {
        self.shared.recorder.write_answer(operation, &document);
        self.send(operation, mailbox, status, document, cut)
    }

    /// Sends a document which need not be one that a server writes.
    pub(super) fn send(
        &self,
        operation: &str,
        mailbox: &str,
        status: StatusCode,
        document: String,
        cut: bool,
    ) -> Response<Body> {
        self.kept(operation, mailbox, status, Some(document.clone()));
        if cut {
            return xml(status, half(document));
        }
        let packs = self
            .headers
            .get(ACCEPT_ENCODING)
            .and_then(|value| value.to_str().ok());
        if self.shared.options.personality == Personality::ExchangeSe
            && packs.is_some_and(|packs| packs.contains("gzip"))
            && let Some(packed) = gzip(&document)
        {
            let mut answer = xml(status, whole(packed));
            answer
                .headers_mut()
                .insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
            return answer;
        }
        xml(status, whole(document))
    }

    pub(super) fn kept(
        &self,
        operation: &str,
        mailbox: &str,
        status: StatusCode,
        answer: Option<String>,
    ) -> usize {
        let recorded = Recorded {
            operation: operation.to_owned(),
            mailbox: mailbox.to_owned(),
            arrived: self.arrived,
            request: self.text.clone(),
            answers: answer.into_iter().collect(),
            ..Recorded::default()
        };
        keep(&self.shared, &self.headers, status, recorded)
    }

    /// When the request had arrived.
    pub(super) fn arrived(&self) -> DateTime<Utc> {
        self.arrived
    }

    /// Keeps a request that is answered by a bare status; with what the answer
    /// says in `Retry-After`.
    pub(super) fn kept_bare(
        &self,
        operation: &str,
        mailbox: &str,
        status: StatusCode,
        retry_after: Option<&str>,
    ) {
        let place = self.kept(operation, mailbox, status, None);
        if let Some(text) = retry_after {
            self.shared.recorder.note_retry_after(place, text);
        }
    }
}

/// Whether a request says of itself what SOAP 1.1 over HTTP asks for, or
/// nothing at all.
fn is_xml(headers: &HeaderMap) -> bool {
    let Some(kind) = headers.get(CONTENT_TYPE) else {
        return true;
    };
    let kind = kind.to_str().unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    kind.is_empty() || kind.eq_ignore_ascii_case("text/xml")
}

fn body_of(envelope: &Node) -> Option<&Node> {
    if envelope.space != Space::Soap || envelope.name != "Envelope" {
        return None;
    }
    envelope
        .children
        .iter()
        .find(|child| child.name == "Body" && child.space == Space::Soap)?
        .children
        .first()
}

/// The name of the operation; two request elements end in `Request`.
fn operation_name(request: &Node) -> &str {
    request
        .name
        .strip_suffix("Request")
        .unwrap_or(&request.name)
}

fn check(request: &Node) -> Result<(), Fault> {
    match tables::of(&request.name) {
        Some(kind) if request.space == tables::REQUEST_SPACE => schema::check(request, kind),
        _ => Err(Fault::schema(
            request.position,
            format!(
                "The element 'Body' has invalid child element '{}'.",
                request.name
            ),
        )),
    }
}
