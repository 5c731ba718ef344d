//! Connections: accepted, served one request after the other, ended.

use std::sync::Arc;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use super::gate::Session;
use super::{Shared, respond};
use crate::personality::Personality;

/// Accepts connections until the simulator stops.
pub(super) async fn accept(
    listener: TcpListener,
    tls: Option<(TlsAcceptor, Arc<Vec<u8>>)>,
    shared: Arc<Shared>,
) {
    let mut stopping = shared.stopping.subscribe();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = stopping.wait_for(|stop| *stop) => return,
        };
        let Ok((stream, peer)) = accepted else {
            continue;
        };
        // Answers are written whole; waiting for more only costs time.
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%peer, %error, "cannot switch off Nagle's algorithm");
        }
        let shared = Arc::clone(&shared);
        match tls.clone() {
            None => {
                tokio::spawn(serve(stream, shared, None));
            }
            Some((acceptor, certificate)) => {
                tokio::spawn(async move {
                    match acceptor.accept(stream).await {
                        Ok(stream) => serve(stream, shared, Some(certificate)).await,
                        Err(error) => tracing::debug!(%peer, %error, "no TLS handshake"),
                    }
                });
            }
        }
    }
}

/// Serves one connection to its end.
pub(super) async fn serve(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    shared: Arc<Shared>,
    certificate: Option<Arc<Vec<u8>>>,
) {
    let session = Arc::new(Session::default());
    let shared_personality = shared.options.personality;
    let mut stopping = shared.stopping.subscribe();
    let service = service_fn(move |request| {
        respond::respond(
            request,
            Arc::clone(&shared),
            Arc::clone(&session),
            certificate.clone(),
        )
    });
    // grommunio writes no Date.
    let dated = shared_personality == Personality::ExchangeSe;
    let connection = http1::Builder::new()
        .auto_date_header(dated)
        .serve_connection(TokioIo::new(stream), service);
    tokio::select! {
        ended = connection => {
            if let Err(error) = ended {
                tracing::debug!(%error, "a connection ended early");
            }
        }
        _ = stopping.wait_for(|stop| *stop) => {}
    }
}
