//! One signed-in request that is no operation of EWS: Autodiscover lets in as
//! EWS does and speaks its own languages.

use std::time::Duration;

use http_body_util::{BodyExt as _, Limited};
use hyper::header::LOCATION;

use super::{client::Client, request::Outgoing, sign_in::Offers};
use crate::Error;

/// Bytes of an answer; with all its settings a real one has about 8,000.
const ANSWER_MAX: usize = 1024 * 1024;
/// The handshake and the answer.
const WITHIN: Duration = Duration::from_secs(30);

/// What came back, whatever it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Posted {
    /// HTTP status code.
    pub(crate) status: u16,
    /// The body; empty where it was too long.
    pub(crate) body: String,
    /// Where a redirect leads. It was not followed.
    pub(crate) location: Option<String>,
    /// The ways to sign in that a refusal offers, by name.
    pub(crate) offered: String,
    /// Whether there was a way to sign in, so that the account was shown or
    /// proven; where not, the server let in whoever asked, or nobody.
    pub(crate) tried: bool,
}

impl Client {
    /// Posts a body on a connection of its own, signed in.
    pub(crate) async fn post(&self, body: &str) -> Result<Posted, Error> {
        let cut = || Error::Cut { host: self.host() };
        let exchange = async {
            let (connection, response) = self.enter(&Outgoing::of_no_operation(body)).await?;
            let (head, body) = response.into_parts();
            let limited = Limited::new(body, ANSWER_MAX).collect().await;
            drop(connection);
            let bytes = limited.map_err(|_| cut())?.to_bytes();
            let location = head.headers.get(LOCATION);
            Ok(Posted {
                status: head.status.as_u16(),
                body: String::from_utf8_lossy(&bytes).into_owned(),
                location: location.and_then(|v| v.to_str().ok()).map(str::to_owned),
                offered: Offers::read(&head.headers).names(),
                tried: self.standing().scheme().is_some(),
            })
        };
        tokio::time::timeout(WITHIN, exchange)
            .await
            .map_err(|_| Error::Silent {
                host: self.host(),
                after: WITHIN,
            })?
    }
}
