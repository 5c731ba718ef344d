//! A service in the hands of somebody who wants to deceive the clients: it has
//! the true service's database and a certificate that the clients trust, asks
//! nobody for a proof, and shows of each series what a trick makes of it.

use std::{
    collections::BTreeMap,
    io,
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use axum::{
    Json, Router,
    body::{Body, Bytes},
    extract::{Path, State},
    http::header::CONTENT_TYPE,
    response::{IntoResponse as _, Response},
    routing::{get, post},
};
use chrono::Duration;
use engine::{Clock as _, SystemClock};
use rustls::{
    ServerConfig,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _},
};
use tokio::{
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};
use tokio_rustls::{TlsAcceptor, server::TlsStream};
use vault::{
    Store as _,
    database::{Database, MailboxStore},
    hybrid::{
        cbor,
        wire::{KeysMessage, ReleasedMessage, SeriesMessage},
    },
    opaque::{OpaqueId, Space},
    store::{BlindId, SealedSeries},
};

use crate::scene::{Scene, now};

/// What is shown in the place of a series.
pub(crate) type Trick = dyn Fn(BlindId, SealedSeries) -> SealedSeries + Send + Sync;

struct Shown {
    database: Database,
    organization: OpaqueId,
    trick: Mutex<Arc<Trick>>,
    /// What it answers whoever asks for keys.
    released: Mutex<Option<ReleasedMessage>>,
}

pub(crate) struct Hostile {
    /// Where it listens.
    pub(crate) address: SocketAddr,
    shown: Arc<Shown>,
    serving: JoinHandle<()>,
}

impl Drop for Hostile {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl Hostile {
    /// In the place of a scene's service.
    pub(crate) async fn beside(scene: &Scene, organization: OpaqueId) -> Self {
        let database = cloud::server::open(&scene.service_database(), &[])
            .await
            .unwrap();
        let shown = Arc::new(Shown {
            database,
            organization,
            trick: Mutex::new(Arc::new(|_, honest| honest)),
            released: Mutex::default(),
        });
        let listener = Listener::beside(scene).await;
        let address = listener.tcp.local_addr().unwrap();
        let router = Router::new()
            .route("/v1/mailboxes/{mailbox}/series/{series}", get(series))
            .route("/v1/mailboxes/{mailbox}/keys", get(keys))
            .route("/v1/mailboxes/{mailbox}/changes", get(changes))
            .route("/v1/mailboxes/{mailbox}/release", post(release))
            .with_state(Arc::clone(&shown));
        let serving = tokio::spawn(async move {
            let _served = axum::serve(listener, router).await;
        });
        Self {
            address,
            shown,
            serving,
        }
    }

    /// From now on it shows what the trick makes of the truth.
    pub(crate) fn plays(&self, trick: Arc<Trick>) {
        *self.shown.trick.lock().unwrap() = trick;
    }

    /// From now on it shows the truth.
    pub(crate) fn repents(&self) {
        self.plays(Arc::new(|_, honest| honest));
    }

    /// The trick of holding back whatever comes from now on: the mailbox stays
    /// as it is.
    pub(crate) async fn withholding(&self, mailbox: OpaqueId) -> Arc<Trick> {
        let store = self.shown.store(mailbox);
        let mut kept = BTreeMap::new();
        for id in store.series().await.unwrap() {
            kept.insert(id, store.read(id).await.unwrap());
        }
        Arc::new(move |id, newer| kept.get(&id).cloned().unwrap_or(newer))
    }

    /// From now on it gives this to whoever asks for keys.
    pub(crate) fn answers(&self, released: ReleasedMessage) {
        *self.shown.released.lock().unwrap() = Some(released);
    }

    /// The series of a mailbox that has records: its meetings.
    pub(crate) async fn meetings_of(&self, mailbox: OpaqueId) -> SealedSeries {
        let store = self.shown.store(mailbox);
        for id in store.series().await.unwrap() {
            let series = store.read(id).await.unwrap();
            if !series.rows.is_empty() {
                return series;
            }
        }
        panic!("the mailbox has no meetings");
    }

    /// The series of a mailbox that is a head alone, once it is there: the
    /// presence, or the board of an organization.
    pub(crate) async fn head_of(&self, mailbox: OpaqueId) -> (BlindId, SealedSeries) {
        let store = self.shown.store(mailbox);
        let end = now() + Duration::seconds(60);
        loop {
            for id in store.series().await.unwrap() {
                let series = store.read(id).await.unwrap();
                if series.rows.is_empty() {
                    return (id, series);
                }
            }
            assert!(now() < end, "the mailbox has no head alone");
            let soon = now() + Duration::milliseconds(50);
            SystemClock.wait_until(soon).await;
        }
    }

    /// The sealed records of a mailbox.
    pub(crate) fn store(&self, mailbox: OpaqueId) -> MailboxStore {
        self.shown.store(mailbox)
    }
}

impl Shown {
    fn store(&self, mailbox: OpaqueId) -> MailboxStore {
        let organization = self.organization;
        self.database.mailbox(Space {
            organization,
            mailbox,
        })
    }
}

type Shared = State<Arc<Shown>>;

async fn series(
    State(shown): Shared,
    Path((mailbox, series)): Path<(OpaqueId, OpaqueId)>,
) -> Response {
    let honest = shown.store(mailbox).read(BlindId(series.0)).await.unwrap();
    let trick = Arc::clone(&shown.trick.lock().unwrap());
    let message = SeriesMessage::from(trick(BlindId(series.0), honest));
    ([(CONTENT_TYPE, cbor::MEDIA_TYPE)], cbor::encode(&message)).into_response()
}

async fn keys() -> Json<KeysMessage> {
    Json(KeysMessage { sealed: None })
}

/// A feed that never tells anything.
async fn changes() -> Response {
    let silence = futures_util::stream::pending::<Result<Bytes, io::Error>>();
    Body::from_stream(silence).into_response()
}

async fn release(State(shown): Shared) -> Json<Option<ReleasedMessage>> {
    Json(shown.released.lock().unwrap().clone())
}

/// Accepts TLS with the true service's certificate, one handshake at a time.
pub(crate) struct Listener {
    pub(crate) tcp: TcpListener,
    acceptor: TlsAcceptor,
}

impl Listener {
    pub(crate) async fn beside(scene: &Scene) -> Self {
        let at = |file: &str| scene.folder().join(file);
        let chain = CertificateDer::pem_file_iter(at("server.pem"))
            .and_then(Iterator::collect)
            .unwrap();
        let key = PrivateKeyDer::from_pem_file(at("server.key")).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .and_then(|builder| builder.with_no_client_auth().with_single_cert(chain, key))
            .unwrap();
        Self {
            tcp: TcpListener::bind("127.0.0.1:0").await.unwrap(),
            acceptor: TlsAcceptor::from(Arc::new(config)),
        }
    }
}

impl axum::serve::Listener for Listener {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, SocketAddr) {
        loop {
            if let Ok((stream, from)) = self.tcp.accept().await
                && let Ok(stream) = self.acceptor.accept(stream).await
            {
                return (stream, from);
            }
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.tcp.local_addr()
    }
}
