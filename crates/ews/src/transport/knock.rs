//! Whether a server is there and trusted, and what it offers, asked without an
//! account.

use std::{path::PathBuf, sync::Arc, time::Duration};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use bytes::Bytes;
use http_body_util::Full;
use hyper::{
    Request, Response,
    body::Incoming,
    header::{AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, HOST, HeaderValue, USER_AGENT},
};

use super::{
    certificate::Certificate,
    challenge::{self, ServerDomain},
    connection::Connection,
    dial::Dial,
    endpoint::Endpoint,
    sign_in::{Offers, Scheme},
    tls,
};
use crate::Error;

/// The time of the answer.
const WITHIN: Duration = Duration::from_secs(15);

/// What a server says to somebody it does not know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Knocked {
    /// HTTP status code of an empty `POST`; 401 is what EWS says. A `GET`
    /// would be led to the web mail by some servers.
    pub status: u16,
    /// The names in `WWW-Authenticate`, in the server's order.
    pub offers: Vec<String>,
    /// Who vouches for it; none without TLS.
    pub certificate: Option<Certificate>,
}

impl Knocked {
    /// Whether a way to sign in is offered, by its name.
    pub(crate) fn offers(&self, name: &str) -> bool {
        self.offers
            .iter()
            .any(|offer| offer.eq_ignore_ascii_case(name))
    }
}

/// What a stranger is answered.
struct Answer {
    response: Response<Incoming>,
    certificate: Option<Certificate>,
}

/// Connects, checks the certificate and sends an empty request, in which there
/// is nothing of any account.
pub async fn knock(endpoint: &Endpoint, dial: &dyn Dial) -> Result<Knocked, Error> {
    let Answer {
        response,
        certificate,
    } = send(endpoint, dial, None).await?;
    let names = Offers::read(response.headers()).names();
    Ok(Knocked {
        status: response.status().as_u16(),
        offers: names
            .split(", ")
            .filter(|name| !name.is_empty())
            .map(str::to_owned)
            .collect(),
        certificate,
    })
}

/// The domain that a server names when it is asked for an NTLM challenge by
/// nobody in particular.
pub async fn server_domain(endpoint: &Endpoint, dial: &dyn Dial) -> Option<ServerDomain> {
    let hello = HeaderValue::from_str(&challenge::anonymous_hello()).ok()?;
    let Answer { response, .. } = send(endpoint, dial, Some(hello)).await.ok()?;
    let offers = Offers::read(response.headers());
    let message = offers.message(Scheme::Ntlm("NTLM"))?;
    challenge::read(&BASE64_STANDARD.decode(message).ok()?)
}

/// What a server says of its tokens; some say it only to those who name the
/// scheme.
pub(crate) async fn bearer_challenge(
    endpoint: &Endpoint,
    dial: &dyn Dial,
    scheme: HeaderValue,
) -> Result<Option<String>, Error> {
    let Answer { response, .. } = send(endpoint, dial, Some(scheme)).await?;
    let offers = Offers::read(response.headers());
    Ok(offers.message(Scheme::Bearer).map(str::to_owned))
}

async fn send(
    endpoint: &Endpoint,
    dial: &dyn Dial,
    hello: Option<HeaderValue>,
) -> Result<Answer, Error> {
    let tls = if endpoint.is_tls() {
        let ca_file = endpoint.ca_file().map(PathBuf::as_path);
        Some(Arc::new(tls::config(ca_file)?))
    } else {
        None
    };
    let mut connection = Connection::open(endpoint, dial, tls.as_ref()).await?;
    let cut = || Error::Cut {
        host: endpoint.authority(),
    };
    let mut request = Request::post(endpoint.url().path())
        .header(HOST, endpoint.authority())
        .header(CONTENT_TYPE, "text/xml; charset=utf-8")
        .header(CONTENT_LENGTH, 0)
        .header(USER_AGENT, concat!("Joinbell/", env!("CARGO_PKG_VERSION")));
    if let Some(hello) = hello {
        request = request.header(AUTHORIZATION, hello);
    }
    let request = request.body(Full::new(Bytes::new())).map_err(|_| cut())?;
    let response = tokio::time::timeout(WITHIN, connection.send(request))
        .await
        .map_err(|_| Error::Silent {
            host: endpoint.authority(),
            after: WITHIN,
        })?
        .map_err(|_| cut())?;
    Ok(Answer {
        response,
        certificate: connection.certificate().and_then(Certificate::read),
    })
}
