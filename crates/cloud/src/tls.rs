//! Accepting TLS, with handshakes beside each other: one that stalls holds up
//! nobody.

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use rustls::{ServerConfig, crypto::ring};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{Semaphore, mpsc},
    task::JoinHandle,
};
use tokio_rustls::{TlsAcceptor, server::TlsStream};

use crate::config::{ConfigError, Listening};

/// Handshakes at once.
const HANDSHAKES: usize = 256;
const HANDSHAKE_MOST: Duration = Duration::from_secs(10);

pub(crate) fn config(listening: &Listening) -> Result<ServerConfig, ConfigError> {
    let bad =
        |path: &std::path::Path, what: &str| ConfigError::Invalid(path.to_owned(), what.to_owned());
    let chain = CertificateDer::pem_file_iter(&listening.certificate)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|_| {
            bad(
                &listening.certificate,
                "it holds no certificate in PEM form",
            )
        })?;
    let key = PrivateKeyDer::from_pem_file(&listening.key)
        .map_err(|_| bad(&listening.key, "it holds no private key in PEM form"))?;
    ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .and_then(|builder| builder.with_no_client_auth().with_single_cert(chain, key))
        .map_err(|error| bad(&listening.certificate, &error.to_string()))
}

type Accepted = (TlsStream<TcpStream>, SocketAddr);

pub(crate) struct Listener {
    accepted: mpsc::Receiver<Accepted>,
    address: SocketAddr,
    accepting: JoinHandle<()>,
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

impl Listener {
    pub(crate) fn new(tcp: TcpListener, config: ServerConfig) -> io::Result<Self> {
        let address = tcp.local_addr()?;
        let (outlet, accepted) = mpsc::channel(16);
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let accepting = tokio::spawn(accept(tcp, acceptor, outlet));
        Ok(Self {
            accepted,
            address,
            accepting,
        })
    }
}

async fn accept(tcp: TcpListener, acceptor: TlsAcceptor, outlet: mpsc::Sender<Accepted>) {
    let room = Arc::new(Semaphore::new(HANDSHAKES));
    loop {
        let Ok(permit) = Arc::clone(&room).acquire_owned().await else {
            return;
        };
        let Ok((stream, from)) = tcp.accept().await else {
            // No file descriptor is free; some will be.
            crate::clock::wait(Duration::from_millis(100)).await;
            continue;
        };
        let (acceptor, outlet) = (acceptor.clone(), outlet.clone());
        tokio::spawn(async move {
            // Small answers go at once.
            let _quick = stream.set_nodelay(true);
            let handshake = tokio::time::timeout(HANDSHAKE_MOST, acceptor.accept(stream)).await;
            drop(permit);
            if let Ok(Ok(stream)) = handshake {
                let _given = outlet.send((stream, from)).await;
            }
        });
    }
}

impl axum::serve::Listener for Listener {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> Accepted {
        match self.accepted.recv().await {
            Some(accepted) => accepted,
            None => std::future::pending().await,
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        Ok(self.address)
    }
}
