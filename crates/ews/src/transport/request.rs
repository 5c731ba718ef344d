//! What leaves: a body with the headers that every request has.

use bytes::Bytes;
use http_body_util::Full;
use hyper::{
    Request,
    header::{
        ACCEPT, ACCEPT_ENCODING, AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, COOKIE, HOST,
        HeaderValue, USER_AGENT,
    },
};

use super::{affinity::Jar, client::Client};
use crate::{Error, Operation, soap};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Gzip {
    Yes,
    No,
}

/// To which mailbox server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Server {
    /// The one that the mailbox is on.
    OfMailbox,
    /// The one that keeps the subscriptions.
    OfGroup,
}

/// A request before it is signed in.
pub(super) struct Outgoing {
    pub(super) body: String,
    gzip: Gzip,
    server: Server,
}

impl Outgoing {
    /// In another language than EWS, to the server of the mailbox.
    pub(super) fn of_no_operation(body: &str) -> Self {
        Self {
            body: body.to_owned(),
            gzip: Gzip::No,
            server: Server::OfMailbox,
        }
    }
}

impl Client {
    pub(super) fn outgoing<O: Operation>(&self, operation: &O, gzip: Gzip) -> Outgoing {
        Outgoing {
            body: soap::request(operation, self.mailbox.as_ref()),
            gzip,
            server: if O::KEEPS_SERVER {
                Server::OfGroup
            } else {
                Server::OfMailbox
            },
        }
    }

    /// The cookies that go with a request and come with its answer.
    pub(super) fn jar(&self, server: Server) -> &Jar {
        match server {
            Server::OfMailbox => &self.cookies,
            Server::OfGroup => &self.group.cookies,
        }
    }

    pub(super) fn jar_of(&self, outgoing: &Outgoing) -> &Jar {
        self.jar(outgoing.server)
    }

    /// The request with its body.
    pub(super) fn request(
        &self,
        outgoing: &Outgoing,
        authorization: Option<HeaderValue>,
    ) -> Result<Request<Full<Bytes>>, Error> {
        self.with_body(&outgoing.body, outgoing, authorization)
    }

    /// The same request without its body, as the first legs of a handshake
    /// are: balancers lead them to the same server by their headers.
    pub(super) fn empty_request(
        &self,
        outgoing: &Outgoing,
        authorization: Option<HeaderValue>,
    ) -> Result<Request<Full<Bytes>>, Error> {
        self.with_body("", outgoing, authorization)
    }

    fn with_body(
        &self,
        body: &str,
        outgoing: &Outgoing,
        authorization: Option<HeaderValue>,
    ) -> Result<Request<Full<Bytes>>, Error> {
        let endpoint = &self.shared.endpoint;
        let mut request = Request::post(endpoint.url().path())
            .header(HOST, endpoint.authority())
            .header(CONTENT_TYPE, "text/xml; charset=utf-8")
            .header(ACCEPT, "text/xml")
            .header(USER_AGENT, concat!("Joinbell/", env!("CARGO_PKG_VERSION")))
            .header("client-request-id", uuid::Uuid::new_v4().to_string())
            .header("return-client-request-id", "true")
            .header(CONTENT_LENGTH, body.len());
        if let Some(mut authorization) = authorization {
            authorization.set_sensitive(true);
            request = request.header(AUTHORIZATION, authorization);
        }
        if outgoing.gzip == Gzip::Yes {
            request = request.header(ACCEPT_ENCODING, "gzip");
        }
        let anchor = match outgoing.server {
            Server::OfMailbox => self.mailbox.as_ref(),
            Server::OfGroup => {
                request = request.header("X-PreferServerAffinity", "true");
                self.group.anchor.as_ref()
            }
        };
        if let Some(mailbox) = anchor {
            request = request.header("X-AnchorMailbox", &mailbox.0);
        }
        if let Some(mut cookies) = self.jar_of(outgoing).cookies().header() {
            cookies.set_sensitive(true);
            request = request.header(COOKIE, cookies);
        }
        request
            .body(Full::new(Bytes::copy_from_slice(body.as_bytes())))
            .map_err(|_| Error::Cut { host: self.host() })
    }
}
