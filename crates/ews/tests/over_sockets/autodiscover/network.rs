//! A network in which names lead to scripted servers, which have a trusted
//! certificate for every name, or to real sockets.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    io::{self, Write as _},
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use ews::{
    Basic, Credentials,
    autodiscover::{Answering, Dns, Srv, Way},
    transport::{Dial, Dialing, Io},
};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::{
    ServerConfig,
    pki_types::PrivateKeyDer,
    server::{ClientHello, ResolvesServerCert},
    sign::CertifiedKey,
};
use tokio::{
    io::{
        AsyncBufRead, AsyncBufReadExt as _, AsyncRead, AsyncReadExt as _, AsyncWrite,
        AsyncWriteExt as _, BufReader,
    },
    net::{TcpListener, TcpStream},
};
use tokio_rustls::TlsAcceptor;
use zeroize::Zeroizing;

pub(crate) const ANNA: &str = "anna@example.org";
pub(crate) const PASSWORD: &str = "canary-password-51c2";

/// One request as a scripted server saw it.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) host: String,
    /// For example `GET /autodiscover/autodiscover.json?… HTTP/1.1`.
    pub(crate) line: String,
    /// The head in lower case.
    pub(crate) head: String,
    pub(crate) body: String,
}

/// What a scripted server does.
pub(crate) type Script = Arc<dyn Fn(&Asked) -> String + Send + Sync>;

pub(crate) struct Network {
    shared: Arc<Shared>,
    proxy: SocketAddr,
    pub(crate) records: Vec<Srv>,
    ca_file: tempfile::NamedTempFile,
}

struct Shared {
    script: Script,
    acceptor: TlsAcceptor,
    routes: Mutex<BTreeMap<String, SocketAddr>>,
    /// Names that lead nowhere, unless all names lead somewhere.
    silent: Box<dyn Fn(&str) -> bool + Send + Sync>,
    named: Mutex<Vec<String>>,
    asked: Mutex<Vec<Asked>>,
    looked_up: Mutex<Vec<String>>,
}

/// Makes a certificate for whatever name a client asks for.
struct EveryName {
    authority: CertifiedIssuer<'static, KeyPair>,
}

impl std::fmt::Debug for EveryName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("EveryName")
    }
}

impl ResolvesServerCert for EveryName {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let key = KeyPair::generate().ok()?;
        let certificate = CertificateParams::new(vec![hello.server_name()?.to_owned()])
            .ok()?
            .signed_by(&key, &self.authority)
            .ok()?;
        let key = PrivateKeyDer::try_from(key.serialize_der()).ok()?;
        let key = rustls::crypto::ring::sign::any_supported_type(&key).ok()?;
        Some(Arc::new(CertifiedKey::new(
            vec![certificate.der().clone()],
            key,
        )))
    }
}

impl Network {
    /// Scripted servers at every name that is not `silent`.
    pub(crate) async fn new(
        silent: impl Fn(&str) -> bool + Send + Sync + 'static,
        script: impl Fn(&Asked) -> String + Send + Sync + 'static,
    ) -> Self {
        let _present = rustls::crypto::ring::default_provider().install_default();
        let mut authority = CertificateParams::new(Vec::new()).unwrap();
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let authority =
            CertifiedIssuer::self_signed(authority, KeyPair::generate().unwrap()).unwrap();
        let mut ca_file = tempfile::NamedTempFile::new().unwrap();
        ca_file.write_all(authority.pem().as_bytes()).unwrap();
        let config = ServerConfig::builder()
            .with_no_client_auth()
            .with_cert_resolver(Arc::new(EveryName { authority }));
        let shared = Arc::new(Shared {
            script: Arc::new(script),
            acceptor: TlsAcceptor::from(Arc::new(config)),
            routes: Mutex::default(),
            silent: Box::new(silent),
            named: Mutex::default(),
            asked: Mutex::default(),
            looked_up: Mutex::default(),
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let proxy = listener.local_addr().unwrap();
        let serving = Arc::clone(&shared);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(proxied(stream, Arc::clone(&serving)));
            }
        });
        Self {
            shared,
            proxy,
            records: Vec::new(),
            ca_file,
        }
    }

    /// Leads a name to a real socket; `pem` is who certifies that one.
    pub(crate) fn route(&mut self, host: &str, to: SocketAddr, pem: &str) {
        let mut routes = self.shared.routes.lock().unwrap();
        routes.insert(host.to_owned(), to);
        self.ca_file.write_all(pem.as_bytes()).unwrap();
    }

    pub(crate) fn way(&self, confirmed: &[&str]) -> Way {
        Way {
            ca_file: Some(self.ca_file.path().to_owned()),
            proxy: Some(format!("http://{}", self.proxy).parse().unwrap()),
            confirmed: confirmed.iter().map(|c| (*c).to_owned()).collect(),
            dns: Arc::new(Records(self.records.clone(), Arc::clone(&self.shared))),
            dial: Arc::new(Dialler(Arc::clone(&self.shared))),
            wants_grouping: false,
        }
    }

    /// Every name that somebody wanted to be connected to, in order.
    pub(crate) fn named(&self) -> Vec<String> {
        self.shared.named.lock().unwrap().clone()
    }

    /// Every name that the name server was asked for.
    pub(crate) fn looked_up(&self) -> Vec<String> {
        self.shared.looked_up.lock().unwrap().clone()
    }

    /// What the scripted servers were asked.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.shared.asked.lock().unwrap().clone()
    }
}

/// The credentials that no server of these tests but an own one may see.
pub(crate) fn anna(password: &str, basic: Basic) -> Credentials {
    Credentials::Password {
        user: ANNA.to_owned(),
        password: Zeroizing::new(password.to_owned()),
        basic,
    }
}

/// A whole HTTP answer.
pub(crate) fn answer(status: &str, headers: &[&str], body: &str) -> String {
    let mut answer = format!("HTTP/1.1 {status}\r\n");
    for header in headers {
        write!(answer, "{header}\r\n").unwrap();
    }
    let length = body.len();
    write!(
        answer,
        "Content-Length: {length}\r\nConnection: close\r\n\r\n{body}"
    )
    .unwrap();
    answer
}

pub(crate) fn redirect(to: &str) -> String {
    answer("302 Found", &[&format!("Location: {to}")], "")
}

pub(crate) fn nothing() -> String {
    answer("404 Not Found", &[], "")
}

struct Records(Vec<Srv>, Arc<Shared>);

impl Dns for Records {
    fn srv<'a>(&'a self, name: &'a str) -> Answering<'a> {
        self.1.looked_up.lock().unwrap().push(name.to_owned());
        let records = self.0.clone();
        Box::pin(async move { records })
    }
}

struct Dialler(Arc<Shared>);

impl Dial for Dialler {
    fn dial<'a>(&'a self, host: &'a str, port: u16) -> Dialing<'a> {
        Box::pin(async move {
            match self.0.place(host, port) {
                Place::Nowhere => Err(io::ErrorKind::ConnectionRefused.into()),
                Place::At(address) => {
                    Ok(Box::new(TcpStream::connect(address).await?) as Box<dyn Io>)
                }
                Place::Script => {
                    let (ours, theirs) = tokio::io::duplex(64 * 1024);
                    tokio::spawn(scripted(theirs, Arc::clone(&self.0)));
                    Ok(Box::new(ours) as Box<dyn Io>)
                }
            }
        })
    }
}

enum Place {
    Nowhere,
    Script,
    At(SocketAddr),
}

impl Shared {
    fn place(&self, host: &str, port: u16) -> Place {
        self.named.lock().unwrap().push(match port {
            443 => host.to_owned(),
            port => format!("{host}:{port}"),
        });
        if let Ok(address) = format!("{host}:{port}").parse() {
            return Place::At(address);
        }
        match self.routes.lock().unwrap().get(host) {
            Some(address) => Place::At(*address),
            None if (self.silent)(host) => Place::Nowhere,
            None => Place::Script,
        }
    }
}

async fn proxied(stream: TcpStream, shared: Arc<Shared>) {
    let mut stream = BufReader::new(stream);
    let lines = head(&mut stream).await;
    let target = lines.first().and_then(|line| line.split(' ').nth(1));
    let Some((host, port)) = target.and_then(|target| target.rsplit_once(':')) else {
        return;
    };
    let place = shared.place(host, port.parse().unwrap_or(0));
    let mut stream = stream.into_inner();
    if matches!(place, Place::Nowhere) {
        let _gone = stream.write_all(b"HTTP/1.1 502 Bad Gateway\r\n\r\n").await;
        return;
    }
    let _gone = stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await;
    match place {
        Place::At(address) => {
            let mut behind = TcpStream::connect(address).await.unwrap();
            let _ended = tokio::io::copy_bidirectional(&mut stream, &mut behind).await;
        }
        _ => scripted(stream, shared).await,
    }
}

async fn scripted(stream: impl AsyncRead + AsyncWrite + Unpin, shared: Arc<Shared>) {
    let Ok(tls) = shared.acceptor.accept(stream).await else {
        return;
    };
    let host = tls.get_ref().1.server_name().unwrap_or_default().to_owned();
    let mut tls = BufReader::new(tls);
    let lines = head(&mut tls).await;
    let Some(line) = lines.first().cloned() else {
        return;
    };
    let length = lines.iter().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        let length = name.eq_ignore_ascii_case("content-length");
        length.then(|| value.trim().parse::<usize>().ok()).flatten()
    });
    let mut body = vec![0; length.unwrap_or(0)];
    tls.read_exact(&mut body).await.unwrap();
    let asked = Asked {
        host,
        line,
        head: lines.join("\n").to_lowercase(),
        body: String::from_utf8_lossy(&body).into_owned(),
    };
    let answer = (shared.script)(&asked);
    shared.asked.lock().unwrap().push(asked);
    let _sent = tls.write_all(answer.as_bytes()).await;
    let _closed = tls.shutdown().await;
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
