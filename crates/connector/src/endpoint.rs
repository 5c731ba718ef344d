//! `/health` and `/metrics` over HTTP, on this machine alone.

use std::{convert::Infallible, io, net::SocketAddr, sync::Arc};

use http_body_util::Full;
use hyper::{
    Method, Request, Response, StatusCode,
    body::{Bytes, Incoming},
    header::{CONTENT_TYPE, HeaderValue},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::TokioIo;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    sync::Semaphore,
    task::JoinHandle,
};

use crate::measures::{Health, Measures};

/// Connections at a time; who holds them open keeps only others like him out.
const CONNECTIONS: usize = 16;

/// A listening endpoint; it ends when this is dropped.
#[derive(Debug)]
pub struct Endpoint {
    address: SocketAddr,
    task: JoinHandle<()>,
}

impl Drop for Endpoint {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Endpoint {
    /// Listens. Addresses that others than this machine reach are refused.
    pub async fn open(listen: SocketAddr, measures: Arc<Measures>) -> io::Result<Self> {
        if !listen.ip().is_loopback() {
            return Err(io::Error::from(io::ErrorKind::AddrNotAvailable));
        }
        let listener = TcpListener::bind(listen).await?;
        let address = listener.local_addr()?;
        let task = tokio::spawn(serve(listener, measures));
        Ok(Self { address, task })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

/// How long the one that runs may take to answer.
const WITHIN: std::time::Duration = std::time::Duration::from_secs(10);

/// Whether the connector that listens there gets on, and what it says of that.
pub async fn ask(listen: SocketAddr) -> io::Result<(bool, String)> {
    let asked = async {
        let mut stream = TcpStream::connect(listen).await?;
        let request = "GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
        stream.write_all(request.as_bytes()).await?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await?;
        Ok(answer)
    };
    let answer: io::Result<String> = tokio::time::timeout(WITHIN, asked).await?;
    let answer = answer?;
    let well = answer.starts_with("HTTP/1.1 200 ");
    let (_, said) = answer.split_once("\r\n\r\n").unwrap_or_default();
    Ok((well, said.to_owned()))
}

async fn serve(listener: TcpListener, measures: Arc<Measures>) {
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    loop {
        let Ok(place) = Arc::clone(&places).acquire_owned().await else {
            return;
        };
        let Ok((stream, _)) = listener.accept().await else {
            // No file descriptor is free; some will be.
            let moment = std::time::Duration::from_millis(100);
            let _over = tokio::time::timeout(moment, std::future::pending::<()>()).await;
            continue;
        };
        let measures = Arc::clone(&measures);
        tokio::spawn(async move {
            let _place = place;
            let service = service_fn(|request: Request<Incoming>| {
                let response = answer(&request, &measures);
                async move { Ok::<_, Infallible>(response) }
            });
            let mut connection = http1::Builder::new();
            connection.keep_alive(false);
            // Who does not finish a request has no answer to miss.
            let served = connection.serve_connection(TokioIo::new(stream), service);
            let _over = tokio::time::timeout(std::time::Duration::from_secs(10), served).await;
        });
    }
}

fn answer<B>(request: &Request<B>, measures: &Measures) -> Response<Full<Bytes>> {
    let (status, kind, text) = match (request.method(), request.uri().path()) {
        (&Method::GET, "/health") => {
            let status = match measures.health() {
                Health::Good | Health::Partly => StatusCode::OK,
                Health::Failing => StatusCode::SERVICE_UNAVAILABLE,
            };
            (status, "application/json", measures.health_text())
        }
        (&Method::GET, "/metrics") => {
            (StatusCode::OK, "text/plain; version=0.0.4", measures.text())
        }
        _ => (
            StatusCode::NOT_FOUND,
            "text/plain",
            "not found\n".to_owned(),
        ),
    };
    let mut response = Response::new(Full::new(Bytes::from(text)));
    *response.status_mut() = status;
    let kind = HeaderValue::from_static(kind);
    response.headers_mut().insert(CONTENT_TYPE, kind);
    response
}
