//! F50: the certificate of a server changes while a stream is open. The
//! engine listens on where the new one is vouched for; where it is not, it
//! says so, sends nothing, and keeps the agenda.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a scenario ends where a step fails"
)]

use std::{
    io::Write as _,
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use calendar::join::Services;
use chrono::Duration;
use engine::{
    Engine, FailureKind, Handle, Health, Snapshot, SystemClock,
    exchange::{Account, ExchangeBackend},
};
use exchange_sim::{ChannelBinding, Options, Simulator, World, world::details::Details};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, date_time_ymd};
use rstest::rstest;
use rustls::{ServerConfig, pki_types::PrivateKeyDer};
use scenarios::stage::{ANNA, PASSWORD, ZONE, titles, up_to_date};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::watch,
};
use tokio_rustls::TlsAcceptor;
use vault::sensitive::Sensitive;

type Authority = CertifiedIssuer<'static, KeyPair>;

fn authority() -> Authority {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

/// A certificate for a name, good until a year begins.
fn certificate(authority: &Authority, name: &str, until: i32) -> TlsAcceptor {
    let _present = rustls::crypto::ring::default_provider().install_default();
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
    params.not_before = date_time_ymd(2020, 1, 1);
    params.not_after = date_time_ymd(until, 1, 1);
    let chain = vec![params.signed_by(&key, authority).unwrap().der().clone()];
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .unwrap();
    TlsAcceptor::from(Arc::new(config))
}

/// What a load balancer does: it ends TLS before the server, and a change of
/// its certificate ends the connections of the old one.
struct Front {
    address: SocketAddr,
    shown: watch::Sender<TlsAcceptor>,
}

impl Front {
    async fn of(server: &Simulator, first: TlsAcceptor) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (address, behind) = (listener.local_addr().unwrap(), server.address());
        let (shown, current) = watch::channel(first);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let mut current = current.clone();
                tokio::spawn(async move {
                    let acceptor = current.borrow_and_update().clone();
                    // A client that refuses the certificate hangs up.
                    let Ok(mut front) = acceptor.accept(stream).await else {
                        return;
                    };
                    let mut back = TcpStream::connect(behind).await.unwrap();
                    tokio::select! {
                        _ended = tokio::io::copy_bidirectional(&mut front, &mut back) => {}
                        _changed = current.changed() => {}
                    }
                });
            }
        });
        Self { address, shown }
    }

    fn show(&self, certificate: TlsAcceptor) {
        self.shown.send_replace(certificate);
    }
}

struct Scene {
    server: Simulator,
    front: Front,
    authority: Authority,
    engine: Handle,
    _file: tempfile::NamedTempFile,
}

impl Scene {
    /// An engine that listens and knows one meeting.
    async fn listening() -> Self {
        let mut world = World::empty(exchange_sim::clock::system()());
        world.add_mailbox(ANNA, "Anna Berg", ZONE, PASSWORD);
        let server = Simulator::start(
            world,
            Options {
                // TLS ends before it, as at a load balancer.
                channel_binding: ChannelBinding::Ignored,
                ..Options::default()
            },
        )
        .await
        .unwrap();
        let authority = authority();
        let good = certificate(&authority, "127.0.0.1", 2100);
        let front = Front::of(&server, good).await;
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(authority.pem().as_bytes()).unwrap();
        let account = Account::new(
            format!("https://{}/EWS/Exchange.asmx", front.address),
            ANNA,
            Sensitive::new(PASSWORD.to_owned()),
            Some(file.path().to_owned()),
        );
        let backend = ExchangeBackend::new(&account, Services::built_in().clone()).unwrap();
        let engine = Engine::start(Arc::new(backend), None, Arc::new(SystemClock), ZONE, 7);
        let scene = Self {
            server,
            front,
            authority,
            engine,
            _file: file,
        };
        scene.until(up_to_date).await;
        // Only a stream tells of it at once.
        scene.add("Review");
        scene.until(|now| titles(now).contains(&"Review")).await;
        scene
    }

    fn add(&self, title: &str) {
        let start = exchange_sim::clock::system()() + Duration::hours(2);
        let details = Details::new(title, start, start + Duration::hours(1), ZONE);
        self.server.world(|world| world.add(ANNA, details)).unwrap();
    }

    async fn until(&self, is: impl Fn(&Snapshot) -> bool) {
        let mut snapshots = self.engine.snapshots();
        let wait = snapshots.wait_for(|snapshot| is(snapshot));
        let most = std::time::Duration::from_mins(1);
        let found = tokio::time::timeout(most, wait).await;
        found.expect("within a minute").expect("the engine runs");
    }
}

#[tokio::test]
async fn f50_a_new_certificate_of_the_same_authority_goes_unnoticed() {
    let scene = Scene::listening().await;
    scene
        .front
        .show(certificate(&scene.authority, "127.0.0.1", 2090));
    scene.add("Planning");
    scene.until(|now| titles(now).contains(&"Planning")).await;
}

/// Who vouches for it, for whom, and until when.
#[derive(Debug, Clone, Copy)]
enum Bad {
    OtherAuthority,
    OtherName,
    Expired,
}

#[rstest]
#[case(Bad::OtherAuthority)]
#[case(Bad::OtherName)]
#[case(Bad::Expired)]
#[tokio::test]
async fn f50_a_bad_certificate_ends_the_stream_is_told_and_takes_nothing(#[case] bad: Bad) {
    let scene = Scene::listening().await;
    scene.front.show(match bad {
        Bad::OtherAuthority => certificate(&authority(), "127.0.0.1", 2100),
        Bad::OtherName => certificate(&scene.authority, "mail.example.org", 2100),
        Bad::Expired => certificate(&scene.authority, "127.0.0.1", 2021),
    });
    let told = Mutex::new(String::new());
    scene
        .until(|now| match &now.health {
            Health::Failing {
                kind: FailureKind::Untrusted,
                sentence,
            } => {
                sentence.clone_into(&mut told.lock().unwrap());
                true
            }
            _ => false,
        })
        .await;
    assert!(told.lock().unwrap().contains("certificate"), "{told:?}");
    // Nothing has passed, and nothing is lost.
    let asked = scene.server.requests().len();
    scene.add("Planning");
    let mut snapshots = scene.engine.snapshots();
    snapshots.mark_unchanged();
    scene.engine.refresh();
    snapshots.changed().await.unwrap();
    assert_eq!(scene.server.requests().len(), asked);
    assert_eq!(titles(&scene.engine.snapshots().borrow()), ["Review"]);
    // The right one is there again.
    scene
        .front
        .show(certificate(&scene.authority, "127.0.0.1", 2100));
    scene.engine.refresh();
    scene.until(|now| titles(now).contains(&"Planning")).await;
}
