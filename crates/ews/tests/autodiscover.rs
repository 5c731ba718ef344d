//! Autodiscover's anonymous phase against a real TLS server, reached through a
//! proxy that stands for the network and writes down every name it is asked
//! for.

#![expect(clippy::unwrap_used, reason = "a test ends where a step fails")]

use std::{
    io::Write as _,
    sync::{Arc, Mutex},
};

use ews::autodiscover::{NotFound, Way, find};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::{ServerConfig, pki_types::PrivateKeyDer};
use tokio::{
    io::{AsyncBufRead, AsyncBufReadExt as _, AsyncWriteExt as _, BufReader},
    net::{TcpListener, TcpStream},
};
use tokio_rustls::TlsAcceptor;

/// A network in which some names answer and all others do not.
struct Network {
    /// Request lines and headers, in order.
    heard: Arc<Mutex<Vec<String>>>,
    way: Way,
    _ca_file: tempfile::NamedTempFile,
}

#[derive(Clone)]
struct Server {
    names: Vec<String>,
    answer: String,
    acceptor: TlsAcceptor,
    heard: Arc<Mutex<Vec<String>>>,
}

impl Network {
    async fn with(names: &[&str], answer: String) -> Self {
        let _present = rustls::crypto::ring::default_provider().install_default();
        let mut authority = CertificateParams::new(Vec::new()).unwrap();
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let authority =
            CertifiedIssuer::self_signed(authority, KeyPair::generate().unwrap()).unwrap();
        let names: Vec<String> = names.iter().map(|n| (*n).to_owned()).collect();
        let key = KeyPair::generate().unwrap();
        let certificate = CertificateParams::new(names.clone())
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
        let mut ca_file = tempfile::NamedTempFile::new().unwrap();
        ca_file.write_all(authority.pem().as_bytes()).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let proxy = format!("http://{}", listener.local_addr().unwrap());
        let server = Server {
            names,
            answer,
            acceptor: TlsAcceptor::from(Arc::new(config)),
            heard: Arc::default(),
        };
        let heard = server.heard.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(server.clone().serve(stream));
            }
        });
        Self {
            heard,
            way: Way {
                ca_file: Some(ca_file.path().to_owned()),
                proxy: Some(proxy.parse().unwrap()),
            },
            _ca_file: ca_file,
        }
    }

    fn asked(&self) -> Vec<String> {
        let heard = self.heard.lock().unwrap();
        let connects = heard.iter().filter_map(|l| l.strip_prefix("CONNECT "));
        connects
            .filter_map(|l| l.split(':').next().map(str::to_owned))
            .collect()
    }
}

impl Server {
    async fn serve(self, stream: TcpStream) {
        let mut stream = BufReader::new(stream);
        let lines = head(&mut stream).await;
        self.heard.lock().unwrap().extend(lines.clone());
        let known = lines.first().is_some_and(|line| {
            let host = line.trim_start_matches("CONNECT ").split(':').next();
            host.is_some_and(|host| self.names.iter().any(|name| name == host))
        });
        if !known {
            let _gone = stream.write_all(b"HTTP/1.1 502 Bad Gateway\r\n\r\n").await;
            return;
        }
        stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.unwrap();
        let Ok(tls) = self.acceptor.accept(stream.into_inner()).await else {
            return;
        };
        let mut tls = BufReader::new(tls);
        let lines = head(&mut tls).await;
        self.heard.lock().unwrap().extend(lines);
        let _sent = tls.write_all(self.answer.as_bytes()).await;
        let _closed = tls.shutdown().await;
    }
}

async fn head(stream: &mut (impl AsyncBufRead + Unpin)) -> Vec<String> {
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await.unwrap_or(0) == 0 || line.trim().is_empty() {
            return lines;
        }
        lines.push(line.trim().to_owned());
    }
}

fn names_server(url: &str) -> String {
    let body = format!(r#"{{"Protocol":"Ews","Url":"{url}"}}"#);
    let length = body.len();
    format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}")
}

const OWN: &str = "https://mail.example.org/EWS/Exchange.asmx";

#[tokio::test]
async fn the_server_is_found_by_the_address_alone() {
    let network = Network::with(&["autodiscover.example.org"], names_server(OWN)).await;
    let found = find("anna@example.org", &network.way).await;
    assert_eq!(found.unwrap().as_str(), OWN);
    assert_eq!(network.asked(), ["autodiscover.example.org"]);
}

#[tokio::test]
async fn the_domain_itself_is_asked_when_autodiscover_is_silent() {
    let network = Network::with(&["example.org"], names_server(OWN)).await;
    let found = find("anna@example.org", &network.way).await;
    assert_eq!(found.unwrap().as_str(), OWN);
}

#[tokio::test]
async fn sr_19_nobody_outside_the_domain_is_asked_and_nobody_gets_a_credential() {
    for address in [
        "a@b.example.co.uk",
        "a@x.example.org",
        "a@example.museum",
        "a@exämple.se",
    ] {
        let network = Network::with(&[], String::new()).await;
        let found = find(address, &network.way).await;
        assert!(matches!(found, Err(NotFound::Nobody { .. })), "{found:?}");
        for name in network.asked() {
            let domain = address.split('@').nth(1).unwrap();
            let domain = url::Host::parse(domain).unwrap().to_string();
            assert!(
                name == domain || name == format!("autodiscover.{domain}"),
                "{name}"
            );
        }
        let heard = network.heard.lock().unwrap().join("\n").to_lowercase();
        assert!(!heard.contains("authorization"), "{heard}");
    }
}

#[tokio::test]
async fn sr_18_a_server_outside_the_domain_is_named_and_not_used() {
    let answer = names_server("https://mail.evil.example/EWS/Exchange.asmx");
    let network = Network::with(&["autodiscover.example.org"], answer).await;
    let found = find("anna@example.org", &network.way).await.unwrap_err();
    let expected = NotFound::Foreign {
        domain: "example.org".into(),
        host: "mail.evil.example".into(),
    };
    assert_eq!(found, expected);
}

#[tokio::test]
async fn a_redirect_a_page_and_a_plain_http_address_are_no_answers() {
    let redirect =
        "HTTP/1.1 302 Found\r\nLocation: https://example.org/x\r\nContent-Length: 0\r\n\r\n";
    let page = "HTTP/1.1 200 OK\r\nContent-Length: 13\r\n\r\n<html></html>";
    let plain = names_server("http://mail.example.org/EWS/Exchange.asmx");
    for answer in [redirect.to_owned(), page.to_owned(), plain] {
        let network = Network::with(&["autodiscover.example.org"], answer).await;
        let found = find("anna@example.org", &network.way).await;
        assert!(matches!(found, Err(NotFound::Nobody { .. })), "{found:?}");
    }
}
