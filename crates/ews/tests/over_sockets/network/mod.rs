//! Networks of one server, and clients in them.

#![allow(
    dead_code,
    clippy::unwrap_used,
    reason = "each file of tests takes what it needs of this one, and ends where a step fails"
)]

use std::{
    io::Write as _,
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use ews::{
    Basic, Client, Credentials, Endpoint, Options,
    item::Smtp,
    operation::ConvertId,
    transport::{Dial, Dialing, Io},
};
use exchange_sim::{ChannelBinding, SignIn, Simulator, Transport, demo};
use rcgen::{CertificateParams, KeyPair};
use rustls::{ServerConfig, pki_types::PrivateKeyDer};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};
use tokio_rustls::TlsAcceptor;
use zeroize::Zeroizing;

/// The name that every server has.
pub(crate) const HOST: &str = "mail.example.org";

/// A network in which every name leads to one address.
pub(crate) struct Everywhere(pub(crate) SocketAddr);

impl Dial for Everywhere {
    fn dial<'a>(&'a self, _host: &'a str, _port: u16) -> Dialing<'a> {
        Box::pin(async move {
            let stream = TcpStream::connect(self.0).await?;
            Ok(Box::new(stream) as Box<dyn Io>)
        })
    }
}

/// A link inside the process, for tests in simulated time.
struct Inside(Arc<Simulator>);

impl Dial for Inside {
    fn dial<'a>(&'a self, _host: &'a str, _port: u16) -> Dialing<'a> {
        Box::pin(async move { Ok(Box::new(self.0.duplex()) as Box<dyn Io>) })
    }
}

fn credentials(password: &str, basic: Basic) -> Credentials {
    Credentials::Password {
        user: demo::ADDRESS.to_owned(),
        password: Zeroizing::new(password.to_owned()),
        basic,
    }
}

/// A client of a TLS server at an address.
pub(crate) fn client(address: SocketAddr, authority: &str, password: &str, basic: Basic) -> Client {
    let options = Options {
        dial: Arc::new(Everywhere(address)),
        ..Options::default()
    };
    client_with(authority, password, basic, options)
}

/// A client of a TLS server, with options.
pub(crate) fn client_with(
    authority: &str,
    password: &str,
    basic: Basic,
    options: Options,
) -> Client {
    let mut ca_file = tempfile::NamedTempFile::new().unwrap();
    ca_file.write_all(authority.as_bytes()).unwrap();
    let endpoint = Endpoint::new(HOST, Some(ca_file.path().to_owned())).unwrap();
    Client::new(endpoint, credentials(password, basic), options).unwrap()
}

/// A client of a simulator with TLS.
pub(crate) fn client_of(server: &Simulator, password: &str, basic: Basic) -> Client {
    client(server.address(), server.ca_pem().unwrap(), password, basic)
}

/// A client that reaches a simulator without sockets and without TLS.
pub(crate) fn client_inside(server: &Arc<Simulator>) -> Client {
    let endpoint = Endpoint::new("http://127.0.0.1/EWS/Exchange.asmx", None).unwrap();
    let options = Options {
        dial: Arc::new(Inside(Arc::clone(server))),
        ..Options::default()
    };
    Client::new(
        endpoint,
        credentials(demo::PASSWORD, Basic::Refused),
        options,
    )
    .unwrap()
}

/// A client of a simulator without TLS, on this very machine.
pub(crate) fn client_at(server: &Simulator) -> Client {
    let endpoint = Endpoint::new(&server.ews_url(), None).unwrap();
    let credentials = credentials(demo::PASSWORD, Basic::Refused);
    Client::new(endpoint, credentials, Options::default()).unwrap()
}

/// The cheapest request.
pub(crate) fn ask() -> ConvertId {
    ConvertId {
        mailbox: Smtp(demo::ADDRESS.to_owned()),
    }
}

/// The demo mailbox on a server with options.
pub(crate) async fn serve(options: exchange_sim::Options) -> Simulator {
    let world = demo::day(
        "2026-11-23T08:12:30Z".parse().unwrap(),
        chrono_tz::Tz::Europe__Stockholm,
    );
    Simulator::start(world, options).await.unwrap()
}

/// The demo mailbox behind TLS.
pub(crate) async fn exchange(sign_in: SignIn, channel_binding: ChannelBinding) -> Simulator {
    serve(exchange_sim::Options {
        transport: Transport::Tls,
        sign_in,
        channel_binding,
        ..exchange_sim::Options::default()
    })
    .await
}

/// A certificate for [`HOST`], and the authority that issued it.
pub(crate) fn identity() -> (TlsAcceptor, String) {
    let _present = rustls::crypto::ring::default_provider().install_default();
    let mut authority = CertificateParams::new(Vec::new()).unwrap();
    authority.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let authority =
        rcgen::CertifiedIssuer::self_signed(authority, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(vec![HOST.to_owned()])
        .unwrap()
        .signed_by(&key, &authority)
        .unwrap();
    let config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(
            vec![certificate.der().clone()],
            PrivateKeyDer::try_from(key.serialize_der()).unwrap(),
        )
        .unwrap();
    (TlsAcceptor::from(Arc::new(config)), authority.pem())
}

/// A TLS server that gives one answer to everything and writes down what it
/// is sent.
pub(crate) async fn always(answer: &'static str) -> (SocketAddr, String, Arc<Mutex<String>>) {
    let (acceptor, authority) = identity();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let heard = Arc::new(Mutex::new(String::new()));
    let ear = Arc::clone(&heard);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let mut stream = acceptor.accept(stream).await.unwrap();
            let mut bytes = vec![0; 64 * 1024];
            while let Ok(length @ 1..) = stream.read(&mut bytes).await {
                let text = String::from_utf8_lossy(&bytes[..length]).into_owned();
                ear.lock().unwrap().push_str(&text);
                stream.write_all(answer.as_bytes()).await.unwrap();
            }
        }
    });
    (address, authority, heard)
}

/// Ends TLS with a certificate of its own and passes on what is inside.
pub(crate) async fn tls_in_the_middle(server: &Simulator) -> (SocketAddr, String) {
    let (acceptor, authority) = identity();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let behind = server.address();
    let mut roots = rustls::RootCertStore::empty();
    let pem = server.ca_pem().unwrap();
    let der = rustls::pki_types::pem::PemObject::from_pem_slice(pem.as_bytes()).unwrap();
    roots.add(der).unwrap();
    let config = rustls::ClientConfig::builder()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let connector = tokio_rustls::TlsConnector::from(Arc::new(config));
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (acceptor, connector) = (acceptor.clone(), connector.clone());
            tokio::spawn(async move {
                let mut front = acceptor.accept(stream).await.unwrap();
                let plain = TcpStream::connect(behind).await.unwrap();
                let name = rustls::pki_types::ServerName::try_from(HOST).unwrap();
                let mut back = connector.connect(name, plain).await.unwrap();
                let _ended = tokio::io::copy_bidirectional(&mut front, &mut back).await;
            });
        }
    });
    (address, authority)
}
