//! How a request gets in: on a fresh connection the server is asked what it
//! offers, NTLM proves the connection, and the request rides on the proof.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use http_body_util::{BodyExt as _, Limited};
use hyper::{Response, StatusCode, body::Incoming, header::HeaderValue};
use zeroize::Zeroizing;

use super::{
    client::Client,
    connection::Connection,
    endpoint::Credentials,
    ntlm::Handshake,
    request::Outgoing,
    sign_in::{Offers, Scheme},
};
use crate::Error;

/// Bytes of a page that comes with a refusal.
const REFUSAL_MAX: usize = 1024 * 1024;

type Exchanged = (Connection, Response<Incoming>);

/// How far a fresh connection got.
enum Asked {
    /// The way to sign in is known.
    Scheme(Connection, Scheme),
    /// The server answered without asking who calls, or offers nothing that
    /// the account allows.
    Answer(Connection, Response<Incoming>),
}

impl Client {
    /// Sends a body on a fresh connection. After three refusals in a row
    /// nothing more is sent; when to try again is the caller's to decide.
    pub(super) async fn enter(&self, outgoing: &Outgoing) -> Result<Exchanged, Error> {
        let connection = self.connect().await?;
        let _door = self.shared.door.lock().await;
        if !self.standing().may_try() {
            return Err(self.refused_login());
        }
        let (connection, scheme) = match self.ask(connection, outgoing).await? {
            Asked::Scheme(connection, scheme) => (connection, scheme),
            Asked::Answer(connection, response) => return Ok((connection, response)),
        };
        let (entered, proven) = match scheme {
            Scheme::Basic => (self.by_basic(connection, outgoing).await?, true),
            Scheme::Bearer => (self.by_token(connection, outgoing).await?, true),
            Scheme::Kerberos => (self.by_ticket(connection, outgoing).await?, true),
            Scheme::Ntlm(_) => self.by_ntlm(connection, scheme, outgoing).await?,
        };
        if entered.1.status() != StatusCode::UNAUTHORIZED {
            self.standing().accepted();
        } else if proven {
            self.standing().refused();
        }
        Ok(entered)
    }

    /// The way to sign in, asked for with an empty request where it is not
    /// known yet. That request holds nothing of the account. Whoever asks is at
    /// the door, so that many first requests ask once.
    async fn ask(&self, mut connection: Connection, outgoing: &Outgoing) -> Result<Asked, Error> {
        if let Some(scheme) = self.standing().scheme() {
            return Ok(Asked::Scheme(connection, scheme));
        }
        let response = self.leg(&mut connection, outgoing, None).await?;
        let chosen = match response.status() {
            StatusCode::UNAUTHORIZED => {
                let offers = Offers::read(response.headers());
                // Nothing leaves the machine then, and it takes one request.
                let plain = self.shared.endpoint.is_local() && !self.shared.endpoint.is_tls();
                let at_hand = (plain && offers.has(Scheme::Basic)).then_some(Scheme::Basic);
                at_hand.or_else(|| offers.choose(self.basic()))
            }
            _ => None,
        };
        let Some(scheme) = chosen else {
            return Ok(Asked::Answer(connection, response));
        };
        self.standing().settle(scheme);
        self.jar_of(outgoing).cookies().keep(response.headers());
        self.read_out(response).await?;
        if !connection.is_ready() {
            connection = self.connect().await?;
        }
        Ok(Asked::Scheme(connection, scheme))
    }

    async fn by_basic(
        &self,
        mut connection: Connection,
        outgoing: &Outgoing,
    ) -> Result<Exchanged, Error> {
        let request = self.request(outgoing, self.authorization_again().await?)?;
        let response = self.send(&mut connection, request).await?;
        Ok((connection, response))
    }

    /// With a token; where the server does not take it any more, once more
    /// with a fresh one.
    async fn by_token(
        &self,
        mut connection: Connection,
        outgoing: &Outgoing,
    ) -> Result<Exchanged, Error> {
        let Credentials::Tokens(tokens) = &self.shared.credentials else {
            return Err(self.refused_login());
        };
        for attempt in [First::Yes, First::No] {
            let token = tokens.bearer().await?;
            let request = self.request(outgoing, bearer(&token))?;
            let response = self.send(&mut connection, request).await?;
            if response.status() != StatusCode::UNAUTHORIZED || attempt == First::No {
                return Ok((connection, response));
            }
            tokens.refused(&token).await;
            self.read_out(response).await?;
            if !connection.is_ready() {
                connection = self.connect().await?;
            }
        }
        Err(self.refused_login())
    }

    /// With a ticket, which goes with the body in one request: a server that
    /// takes it has nothing to ask back.
    async fn by_ticket(
        &self,
        mut connection: Connection,
        outgoing: &Outgoing,
    ) -> Result<Exchanged, Error> {
        let host = self.shared.endpoint.host();
        let ticket = super::kerberos::message(host, connection.certificate()).await;
        let ticket = ticket.map_err(|reason| Error::NoTicket {
            host: self.host(),
            reason,
        })?;
        let request = self.request(outgoing, message(Scheme::Kerberos, &ticket))?;
        let response = self.send(&mut connection, request).await?;
        Ok((connection, response))
    }

    /// The three messages on one connection, of which the last carries the
    /// body. Also tells whether the proof was sent.
    async fn by_ntlm(
        &self,
        mut connection: Connection,
        scheme: Scheme,
        outgoing: &Outgoing,
    ) -> Result<(Exchanged, bool), Error> {
        let Credentials::Password { user, password, .. } = &self.shared.credentials else {
            return Err(self.refused_login());
        };
        let host = self.shared.endpoint.host();
        let mut handshake = Handshake::new(&host, user, password, connection.certificate());
        let hello = handshake.hello().map_err(|_| self.refused_login())?;
        let hello = message(scheme, &hello).ok_or_else(|| self.refused_login())?;
        let response = self.leg(&mut connection, outgoing, Some(hello)).await?;
        let offers = Offers::read(response.headers());
        let challenge = offers
            .message(scheme)
            .and_then(|text| BASE64_STANDARD.decode(text).ok());
        let (StatusCode::UNAUTHORIZED, Some(challenge)) = (response.status(), challenge) else {
            return Ok(((connection, response), false));
        };
        // The connection goes on only when the refusal's page is read.
        self.jar_of(outgoing).cookies().keep(response.headers());
        self.read_out(response).await?;
        let proof = handshake.proof(&challenge).map_err(|_| self.cut())?;
        let proof = message(scheme, &proof).ok_or_else(|| self.refused_login())?;
        let request = self.request(outgoing, Some(proof))?;
        let response = self.send(&mut connection, request).await?;
        Ok(((connection, response), true))
    }

    async fn leg(
        &self,
        connection: &mut Connection,
        outgoing: &Outgoing,
        authorization: Option<HeaderValue>,
    ) -> Result<Response<Incoming>, Error> {
        let request = self.empty_request(outgoing, authorization)?;
        self.send(connection, request).await
    }

    async fn read_out(&self, response: Response<Incoming>) -> Result<(), Error> {
        let body = Limited::new(response.into_body(), REFUSAL_MAX);
        body.collect().await.map_err(|_| self.cut())?;
        Ok(())
    }

    /// What a request on a proven connection carries: the password under
    /// Basic, a token under Bearer, nothing under NTLM.
    pub(super) async fn authorization_again(&self) -> Result<Option<HeaderValue>, Error> {
        let scheme = self.standing().scheme();
        match (&self.shared.credentials, scheme) {
            (Credentials::Password { user, password, .. }, Some(Scheme::Basic)) => {
                let pair = Zeroizing::new(format!("{user}:{}", password.as_str()));
                Ok(message(Scheme::Basic, pair.as_bytes()))
            }
            (Credentials::Tokens(tokens), _) => Ok(bearer(&tokens.bearer().await?)),
            _ => Ok(None),
        }
    }

    fn cut(&self) -> Error {
        Error::Cut { host: self.host() }
    }
}

/// Whether it is the first attempt with a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum First {
    Yes,
    No,
}

fn bearer(token: &str) -> Option<HeaderValue> {
    HeaderValue::from_str(&Zeroizing::new(format!("Bearer {token}"))).ok()
}

fn message(scheme: Scheme, bytes: &[u8]) -> Option<HeaderValue> {
    let text = Zeroizing::new(format!(
        "{} {}",
        scheme.name(),
        BASE64_STANDARD.encode(bytes)
    ));
    HeaderValue::from_str(&text).ok()
}
