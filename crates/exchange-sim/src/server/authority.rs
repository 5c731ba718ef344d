//! An authority that gives out bearer tokens, as AD FS does beside Exchange:
//! a page to sign in on, and a place where codes become tokens.
//!
//! OAuth 2.0 with codes (RFC 6749 §4.1), PKCE by SHA-256 alone (RFC 7636) and
//! loopback addresses to go back to (RFC 8252 §7.3). Refresh tokens are good
//! once.

use std::collections::HashMap;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use chrono::{DateTime, Duration, Utc};
use http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderValue, LOCATION};
use http::{Method, Response, StatusCode, Uri};
use sha2::{Digest as _, Sha256};
use url::{Url, form_urlencoded};
use uuid::Uuid;

use super::answer::{Body, bare, whole};
use super::gate::by_sign_in_name;
use super::{Shared, State};

/// The path where people sign in.
pub(super) const AUTHORIZE: &str = "/adfs/oauth2/authorize";
/// The path where codes become tokens.
pub(super) const TOKEN: &str = "/adfs/oauth2/token";

/// Seconds that a token lasts.
const LIFE: i64 = 3600;

/// What was given out and not yet used.
#[derive(Debug, Default)]
pub(crate) struct Grants {
    codes: HashMap<String, Code>,
    /// Whom a refresh token belongs to, and the client that has it.
    refresh: HashMap<String, (String, String)>,
}

impl Grants {
    /// Takes back what an account could get new tokens with.
    pub(crate) fn revoke(&mut self, address: &str) {
        self.codes.retain(|_, code| code.address != address);
        self.refresh.retain(|_, (owner, _)| owner != address);
    }
}

#[derive(Debug)]
struct Code {
    address: String,
    client: String,
    back: String,
    challenge: String,
    until: DateTime<Utc>,
}

type Form = HashMap<String, String>;

fn form(bytes: &[u8]) -> Form {
    form_urlencoded::parse(bytes).into_owned().collect()
}

/// Answers a request to one of the two paths.
pub(super) fn answer(shared: &Shared, method: &Method, uri: &Uri, body: &Bytes) -> Response<Body> {
    let query = form(uri.query().unwrap_or_default().as_bytes());
    match (method, uri.path()) {
        (&Method::GET, AUTHORIZE) if refusal(&query).is_none() => page(StatusCode::OK),
        (&Method::POST, AUTHORIZE) if refusal(&query).is_none() => {
            sign_in(&mut shared.state(), &query, &form(body))
        }
        // An address to go back to that is not trusted is not gone back to.
        (_, AUTHORIZE) => bare(StatusCode::BAD_REQUEST),
        (&Method::POST, TOKEN) => token(&mut shared.state(), &form(body)),
        _ => bare(StatusCode::METHOD_NOT_ALLOWED),
    }
}

/// Why a question is not shown to anybody.
fn refusal(query: &Form) -> Option<&'static str> {
    let value = |name: &str| query.get(name).map(String::as_str).unwrap_or_default();
    let back = Url::parse(value("redirect_uri")).ok();
    let loopback = back.is_some_and(|url| {
        url.scheme() == "http"
            && matches!(url.host(), Some(url::Host::Ipv4(ip)) if ip.is_loopback())
    });
    if !loopback {
        Some("redirect_uri")
    } else if value("response_type") != "code" {
        Some("response_type")
    } else if value("client_id").is_empty() || value("resource").is_empty() {
        Some("client_id")
    } else if value("code_challenge_method") != "S256" || value("code_challenge").len() != 43 {
        Some("code_challenge")
    } else {
        None
    }
}

/// The page with the form; it is sent to the address that it stands at.
fn page(status: StatusCode) -> Response<Body> {
    let page = "<!doctype html><title>Sign in</title><form method=\"post\"><input name=\"UserName\">\
                <input name=\"Password\" type=\"password\"><button>Sign in</button></form>";
    answered(status, "text/html; charset=utf-8", page.to_owned())
}

fn sign_in(state: &mut State, query: &Form, entered: &Form) -> Response<Body> {
    let value = |name: &str| query.get(name).cloned().unwrap_or_default();
    let user = entered
        .get("UserName")
        .map(String::as_str)
        .unwrap_or_default();
    let mailbox = by_sign_in_name(&state.world, user);
    let known = mailbox.filter(|one| Some(&one.password) == entered.get("Password"));
    let Some(address) = known.map(|one| one.address.clone()) else {
        return page(StatusCode::UNAUTHORIZED);
    };
    let Ok(mut back) = Url::parse(&value("redirect_uri")) else {
        return bare(StatusCode::BAD_REQUEST);
    };
    let code = word();
    back.query_pairs_mut()
        .append_pair("code", &code)
        .append_pair("state", &value("state"));
    let until = state.world.now() + Duration::minutes(10);
    state.grants.codes.insert(
        code,
        Code {
            address,
            client: value("client_id"),
            back: value("redirect_uri"),
            challenge: value("code_challenge"),
            until,
        },
    );
    let mut answer = bare(StatusCode::FOUND);
    if let Ok(location) = HeaderValue::from_str(back.as_str()) {
        answer.headers_mut().insert(LOCATION, location);
    }
    answer
}

fn token(state: &mut State, asked: &Form) -> Response<Body> {
    let value = |name: &str| asked.get(name).map(String::as_str).unwrap_or_default();
    let now = state.world.now();
    let granted = match value("grant_type") {
        "authorization_code" => {
            // A code is good once, also where the rest is wrong.
            let code = state.grants.codes.remove(value("code"));
            let proof = URL_SAFE_NO_PAD.encode(Sha256::digest(value("code_verifier")));
            code.filter(|code| {
                code.client == value("client_id")
                    && code.back == value("redirect_uri")
                    && code.challenge == proof
                    && now < code.until
            })
            .map(|code| (code.address, code.client))
        }
        "refresh_token" => {
            let kept = state.grants.refresh.remove(value("refresh_token"));
            kept.filter(|(_, client)| client == value("client_id"))
        }
        _ => return refused("unsupported_grant_type"),
    };
    let Some((address, client)) = granted else {
        return refused("invalid_grant");
    };
    let (access, refresh) = (word(), word());
    let until = now + Duration::seconds(LIFE);
    state.world.allow_token(&access, &address, until);
    state
        .grants
        .refresh
        .insert(refresh.clone(), (address, client));
    let body = serde_json::json!({
        "access_token": access,
        "token_type": "bearer",
        "expires_in": LIFE,
        "refresh_token": refresh,
    });
    answered(StatusCode::OK, "application/json", body.to_string())
}

fn refused(error: &str) -> Response<Body> {
    let body = serde_json::json!({ "error": error }).to_string();
    answered(StatusCode::BAD_REQUEST, "application/json", body)
}

fn answered(status: StatusCode, kind: &'static str, body: String) -> Response<Body> {
    let mut answer = Response::new(whole(body));
    *answer.status_mut() = status;
    let headers = answer.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    answer
}

/// A word that nobody guesses.
fn word() -> String {
    format!("{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple())
}
