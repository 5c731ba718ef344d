//! One HTTP/1.1 connection, owned by one exchange at a time.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use http_body_util::Full;
use hyper::{Request, Response, body::Incoming, client::conn::http1};
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use rustls_pki_types::ServerName;
use tokio::{task::JoinHandle, time::timeout};
use tokio_rustls::TlsConnector;

use super::{
    dial::{Dial, Io},
    endpoint::Endpoint,
    tls::{self, Refusal},
};
use crate::Error;

const CONNECT_WITHIN: Duration = Duration::from_secs(10);
const TLS_WITHIN: Duration = Duration::from_secs(10);

/// An open connection. Dropping it closes it.
pub(crate) struct Connection {
    sender: http1::SendRequest<Full<Bytes>>,
    driver: JoinHandle<()>,
    /// The server's own certificate in DER; none without TLS.
    certificate: Option<Vec<u8>>,
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.driver.abort();
    }
}

impl Connection {
    /// Connects and, for `https`, shakes hands. Nothing of the account goes
    /// out before the certificate is accepted.
    pub(crate) async fn open(
        endpoint: &Endpoint,
        dial: &dyn Dial,
        tls: Option<&Arc<ClientConfig>>,
    ) -> Result<Self, Error> {
        let (host, port) = (endpoint.host(), endpoint.port());
        let name = endpoint.authority();
        let unreachable = |reason: String| Error::Unreachable {
            host: name.clone(),
            reason,
        };
        let plain = timeout(CONNECT_WITHIN, dial.dial(&host, port))
            .await
            .map_err(|_| unreachable("no answer within 10 seconds".to_owned()))?
            .map_err(|error| unreachable(error.to_string()))?;
        let (io, certificate): (Box<dyn Io>, _) = match tls {
            None => (plain, None),
            Some(config) => {
                let server = ServerName::try_from(host.clone())
                    .map_err(|_| unreachable("its name is not a host name".to_owned()))?;
                let handshake = TlsConnector::from(config.clone()).connect(server, plain);
                let stream = timeout(TLS_WITHIN, handshake)
                    .await
                    .map_err(|_| unreachable("no TLS within 10 seconds".to_owned()))?
                    .map_err(|error| match tls::refusal(&error) {
                        Some(Refusal::Certificate(reason)) => Error::Untrusted {
                            host: name.clone(),
                            reason,
                        },
                        Some(Refusal::NoTls) => Error::NotEws {
                            host: name.clone(),
                            what: "it speaks no TLS, or none newer than 1.1".to_owned(),
                        },
                        None => unreachable(format!("no TLS: {error}")),
                    })?;
                let chain = stream.get_ref().1.peer_certificates();
                let own = chain.and_then(<[_]>::first).map(|c| c.to_vec());
                (Box::new(stream), own)
            }
        };
        let (sender, connection) = http1::handshake(TokioIo::new(io))
            .await
            .map_err(|error| unreachable(error.to_string()))?;
        let driver = tokio::spawn(async move {
            // How it ended is told by the exchange that was on it.
            let _ended = connection.await;
        });
        Ok(Self {
            sender,
            driver,
            certificate,
        })
    }

    /// The server's own certificate in DER; none without TLS.
    pub(crate) fn certificate(&self) -> Option<&[u8]> {
        self.certificate.as_deref()
    }

    /// Whether another request can be sent.
    pub(crate) fn is_ready(&self) -> bool {
        self.sender.is_ready()
    }

    pub(crate) async fn send(
        &mut self,
        request: Request<Full<Bytes>>,
    ) -> Result<Response<Incoming>, hyper::Error> {
        self.sender.ready().await?;
        self.sender.send_request(request).await
    }
}
