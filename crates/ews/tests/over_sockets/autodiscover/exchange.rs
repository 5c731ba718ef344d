//! Against the simulated Exchange, which shares no code with the client.

use std::net::SocketAddr;

use ews::{
    Basic,
    autodiscover::{Discovery, NotFound, Protocol, Saying, find, find_as},
};
use exchange_sim::{Personality, SignIn, Simulator, Transport, demo};
use rstest::rstest;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};

use super::network::{ANNA, Network, anna, nothing};

async fn simulator(personality: Personality, sign_in: SignIn) -> Simulator {
    let options = exchange_sim::Options {
        transport: Transport::Tls,
        sign_in,
        personality,
        ..exchange_sim::Options::default()
    };
    let world = demo::day(
        "2026-11-23T08:12:30Z".parse().unwrap(),
        chrono_tz::Tz::Europe__Stockholm,
    );
    Simulator::start(world, options).await.unwrap()
}

/// The network where `autodiscover.example.org` leads to `address`.
async fn network(server: &Simulator, address: SocketAddr) -> Network {
    let mut network = Network::new(|_| true, |_| nothing()).await;
    let pem = server.ca_pem().unwrap();
    network.route("autodiscover.example.org", address, pem);
    network
}

/// The simulator names itself by its loopback address, which a person has to
/// confirm, as it is outside the domain.
fn place(server: &Simulator) -> String {
    server.address().to_string()
}

#[tokio::test]
async fn v2_finds_the_server_without_a_sign_in() {
    let server = simulator(Personality::ExchangeSe, SignIn::Ntlm).await;
    let network = network(&server, server.address()).await;
    let found = find(ANNA, &network.way(&[&place(&server)])).await.outcome;
    assert_eq!(found.unwrap().url.as_str(), server.ews_url());

    let foreign = find(ANNA, &network.way(&[])).await.outcome;
    let expected = NotFound::Foreign {
        domain: "example.org".to_owned(),
        host: place(&server),
    };
    assert_eq!(foreign, Err(expected));
    let signed_in = server.requests();
    assert!(signed_in.is_empty(), "nobody signed in: {signed_in:?}");
}

/// A front that has no V2, as Exchange 2013 has none, and passes the rest on.
async fn without_v2(server: &Simulator, path: &'static str) -> (SocketAddr, String) {
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
    let connector = tokio_rustls::TlsConnector::from(std::sync::Arc::new(config));
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (acceptor, connector) = (acceptor.clone(), connector.clone());
            tokio::spawn(async move {
                let Ok(mut front) = acceptor.accept(stream).await else {
                    return;
                };
                let mut first = vec![0; 16 * 1024];
                let length = front.read(&mut first).await.unwrap_or(0);
                let head = String::from_utf8_lossy(&first[..length]);
                let line = head.lines().next().unwrap_or_default();
                if line.contains(".json") || !line.contains(path) {
                    let _sent = front.write_all(nothing().as_bytes()).await;
                    let _closed = front.shutdown().await;
                    return;
                }
                let plain = TcpStream::connect(behind).await.unwrap();
                let name = rustls::pki_types::ServerName::try_from("mail.example.org").unwrap();
                let mut back = connector.connect(name, plain).await.unwrap();
                back.write_all(&first[..length]).await.unwrap();
                let _ended = tokio::io::copy_bidirectional(&mut front, &mut back).await;
            });
        }
    });
    (address, authority)
}

fn identity() -> (tokio_rustls::TlsAcceptor, String) {
    let _present = rustls::crypto::ring::default_provider().install_default();
    let key = rcgen::KeyPair::generate().unwrap();
    let names = vec!["autodiscover.example.org".to_owned()];
    let certificate = rcgen::CertificateParams::new(names)
        .unwrap()
        .self_signed(&key)
        .unwrap();
    let config = rustls::ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(
            vec![certificate.der().clone()],
            rustls::pki_types::PrivateKeyDer::try_from(key.serialize_der()).unwrap(),
        )
        .unwrap();
    let acceptor = tokio_rustls::TlsAcceptor::from(std::sync::Arc::new(config));
    (acceptor, certificate.pem())
}

async fn signed_in(server: &Simulator, path: &'static str, password: &str) -> Discovery {
    let (front, authority) = without_v2(server, path).await;
    let mut network = network(server, front).await;
    network.route("autodiscover.example.org", front, &authority);
    let credentials = anna(password, Basic::Refused);
    find_as(ANNA, &credentials, &network.way(&[&place(server)])).await
}

#[rstest]
#[case("/autodiscover/", Protocol::Soap, Some("Default-First-Site-Name"))]
#[case("autodiscover.xml", Protocol::Pox, None)]
#[tokio::test]
async fn where_v2_is_missing_a_sign_in_by_ntlm_finds_the_server(
    #[case] path: &'static str,
    #[case] protocol: Protocol,
    #[case] grouping: Option<&str>,
) {
    let server = simulator(Personality::ExchangeSe, SignIn::Ntlm).await;
    let discovery = signed_in(&server, path, demo::PASSWORD).await;
    let found = discovery.outcome.unwrap();
    assert_eq!(found.url.as_str(), server.ews_url());
    assert_eq!(found.protocol, protocol);
    assert_eq!(found.grouping.as_deref(), grouping);
}

#[tokio::test]
async fn a_wrong_password_is_said_to_be_one() {
    let server = simulator(Personality::ExchangeSe, SignIn::Ntlm).await;
    let discovery = signed_in(&server, "/autodiscover/", "wrong").await;
    let host = "autodiscover.example.org".to_owned();
    assert_eq!(discovery.outcome, Err(NotFound::SignIn { host }));
    let refusals = discovery.heard.iter();
    let refusals = refusals.filter(|step| step.saying == Saying::SignInRefused);
    assert_eq!(refusals.count(), 1, "the same host is not asked again");
}

#[tokio::test]
async fn an_address_that_moved_is_found_under_its_new_name() {
    let server = simulator(Personality::ExchangeSe, SignIn::Ntlm).await;
    server.world(|world| world.redirect("old@example.org", demo::ADDRESS));
    let network = network(&server, server.address()).await;
    let credentials = anna(demo::PASSWORD, Basic::Refused);
    let way = network.way(&[&place(&server)]);
    let discovery = find_as("old@example.org", &credentials, &way).await;
    let found = discovery.outcome.unwrap();
    assert_eq!(found.address, demo::ADDRESS);
    assert_eq!(found.url.as_str(), server.ews_url());
    let protocols: Vec<_> = discovery.heard.iter().map(|step| step.protocol).collect();
    let expected = [
        Protocol::V2,
        Protocol::V2,
        Protocol::Srv,
        Protocol::Soap,
        Protocol::V2,
    ];
    assert_eq!(protocols, expected);
}

#[tokio::test]
async fn a_mailbox_that_does_not_exist_is_said_not_to() {
    let server = simulator(Personality::ExchangeSe, SignIn::Ntlm).await;
    let network = network(&server, server.address()).await;
    let credentials = anna(demo::PASSWORD, Basic::Refused);
    let way = network.way(&[&place(&server)]);
    let outcome = find_as("nobody@example.org", &credentials, &way)
        .await
        .outcome;
    let host = "autodiscover.example.org".to_owned();
    assert_eq!(outcome, Err(NotFound::NoMailbox { host }));
}

#[tokio::test]
async fn grommunio_quirk_16_basic_alone_and_no_soap_take_permission_and_plain_xml() {
    let server = simulator(Personality::Grommunio, SignIn::Basic).await;
    server.world(|world| world.redirect("old@example.org", demo::ADDRESS));
    let network = network(&server, server.address()).await;
    let way = network.way(&[&place(&server)]);

    let refused = anna(demo::PASSWORD, Basic::Refused);
    let discovery = find_as("old@example.org", &refused, &way).await;
    assert!(matches!(discovery.outcome, Err(NotFound::Nobody { .. })));

    let allowed = anna(demo::PASSWORD, Basic::Allowed);
    let discovery = find_as("old@example.org", &allowed, &way).await;
    assert_eq!(discovery.outcome.unwrap().url.as_str(), server.ews_url());
    let pox = discovery
        .heard
        .iter()
        .find(|step| step.protocol == Protocol::Pox);
    assert_eq!(pox.unwrap().saying, Saying::Redirected);
    let soap = discovery
        .heard
        .iter()
        .find(|step| step.protocol == Protocol::Soap);
    assert_eq!(soap.unwrap().saying, Saying::NothingOfUse { status: 404 });
}
