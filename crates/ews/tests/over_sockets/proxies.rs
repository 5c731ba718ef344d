//! Ways through a proxy: a small one, on loopback, which opens tunnels.

#![expect(clippy::unwrap_used, reason = "a test ends where a step fails")]

use std::{
    io::Write as _,
    net::SocketAddr,
    process::Command,
    sync::{Arc, Mutex},
};

use ews::{
    Basic, Client, Error, Options,
    operation::{GetStreamingEvents, Subscribe},
    transport::Proxies,
};
use exchange_sim::{ChannelBinding, SignIn, Simulator, demo};
use rstest::rstest;
use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader},
    net::{TcpListener, TcpStream},
};

use crate::network::{HOST, ask, client_with, exchange};

/// What a proxy does when it is asked for a tunnel.
#[derive(Clone, Copy)]
enum Manner {
    /// Opens it.
    Open,
    /// Opens it for `Basic YW5uYTpzZXNhbWU=` (anna, sesame).
    OpenFor(&'static str),
    /// Answers this.
    Refuse(&'static str),
}

/// The heads of the requests, and the bytes in tunnels.
#[derive(Default)]
struct Seen {
    heads: Vec<String>,
    bytes: Vec<u8>,
}

/// Starts a proxy for which every name leads to one server.
async fn proxy(to: SocketAddr, manner: Manner) -> (SocketAddr, Arc<Mutex<Seen>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let seen = Arc::new(Mutex::new(Seen::default()));
    let all = Arc::clone(&seen);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(serve(stream, to, manner, Arc::clone(&all)));
        }
    });
    (address, seen)
}

async fn serve(stream: TcpStream, to: SocketAddr, manner: Manner, seen: Arc<Mutex<Seen>>) {
    let mut stream = BufReader::new(stream);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if stream.read_line(&mut head).await.unwrap() == 0 {
            return;
        }
    }
    seen.lock().unwrap().heads.push(head.clone());
    let wanted = "HTTP/1.1 407 Sign in\r\nProxy-Authenticate: Basic realm=\"x\"\r\n\
                  Content-Length: 0\r\n\r\n";
    let refusal = match manner {
        Manner::Open => None,
        Manner::OpenFor(name) if head.contains(name) => None,
        Manner::OpenFor(_) => Some(wanted),
        Manner::Refuse(answer) => Some(answer),
    };
    if let Some(answer) = refusal {
        stream.write_all(answer.as_bytes()).await.unwrap();
        return;
    }
    let mut server = TcpStream::connect(to).await.unwrap();
    let open = b"HTTP/1.1 200 Connection established\r\n\r\n";
    stream.write_all(open).await.unwrap();
    let (mut from_client, mut to_client) = tokio::io::split(stream);
    let (mut from_server, mut to_server) = server.split();
    let up = async {
        let mut bytes = vec![0; 16 * 1024];
        while let Ok(length @ 1..) = from_client.read(&mut bytes).await {
            seen.lock().unwrap().bytes.extend(&bytes[..length]);
            to_server.write_all(&bytes[..length]).await.unwrap();
        }
    };
    let down = tokio::io::copy(&mut from_server, &mut to_client);
    tokio::select! {
        () = up => {}
        _ = down => {}
    }
}

fn through(server: &Simulator, proxies: Proxies) -> Client {
    let options = Options {
        dial: Arc::new(proxies),
        ..Options::default()
    };
    let authority = server.ca_pem().unwrap();
    client_with(authority, demo::PASSWORD, Basic::Refused, options)
}

#[tokio::test]
async fn calls_and_streams_go_through_a_tunnel_with_ntlm_tied_to_the_server() {
    let server = exchange(SignIn::Ntlm, ChannelBinding::Required).await;
    let (address, seen) = proxy(server.address(), Manner::Open).await;
    let client = through(&server, Proxies::one(&format!("http://{address}"), ""));
    client.call(&ask()).await.unwrap();
    let id = client.call(&Subscribe).await.unwrap();
    let events = GetStreamingEvents {
        ids: vec![id],
        minutes: 29,
    };
    let mut stream = client.stream(events).await.unwrap();
    assert!(stream.next().await.unwrap().is_some());
    let seen = seen.lock().unwrap();
    assert_eq!(seen.heads.len(), 2, "one for calls, one for the stream");
    for head in &seen.heads {
        assert!(head.starts_with(&format!("CONNECT {HOST}:443 HTTP/1.1\r\n")));
        assert!(
            !head.to_ascii_lowercase().contains("authorization"),
            "{head}"
        );
    }
    // What went through cannot be read on the way.
    let bytes = String::from_utf8_lossy(&seen.bytes);
    assert!(bytes.len() > 1000);
    assert!(!bytes.contains("NTLM") && !bytes.contains("Envelope"));
}

#[rstest]
#[case("anna:sesame@", true)]
#[case("anna:other@", false)]
#[case("", false)]
#[tokio::test]
async fn the_proxy_gets_its_own_sign_in_and_the_server_none_of_it(
    #[case] sign_in: &str,
    #[case] gets_in: bool,
) {
    let server = exchange(SignIn::Ntlm, ChannelBinding::Allowed).await;
    let manner = Manner::OpenFor("Basic YW5uYTpzZXNhbWU=\r\n");
    let (address, _) = proxy(server.address(), manner).await;
    let proxies = Proxies::one(&format!("http://{sign_in}{address}"), "");
    let client = through(&server, proxies);
    let outcome = client.call(&ask()).await;
    assert_eq!(outcome.is_ok(), gets_in, "{outcome:?}");
    if let Err(error) = outcome {
        let sentence = error.to_string();
        assert!(
            sentence.contains("proxy") && sentence.contains("sign-in"),
            "{sentence}"
        );
        assert!(!sentence.contains("other"), "{sentence}");
    }
    for request in server.requests() {
        assert!(
            request
                .headers
                .iter()
                .all(|(name, _)| name != "proxy-authorization")
        );
    }
}

#[rstest]
#[case::forbidden("HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n", "403")]
#[case::unknown("HTTP/1.1 502 Bad Gateway\r\nContent-Length: 5\r\n\r\nsorry", "502")]
#[case::redirect(
    "HTTP/1.1 302 Go\r\nLocation: https://example.com/\r\nContent-Length: 0\r\n\r\n",
    "302"
)]
#[case::cut("", "ended")]
#[case::nonsense("220 mail.example.org ESMTP\r\n", "ended")]
#[tokio::test]
async fn a_proxy_that_opens_no_tunnel_is_named(#[case] answer: &'static str, #[case] said: &str) {
    let server = exchange(SignIn::Ntlm, ChannelBinding::Allowed).await;
    let (address, _) = proxy(server.address(), Manner::Refuse(answer)).await;
    let client = through(&server, Proxies::one(&format!("http://{address}"), ""));
    let refused = client.call(&ask()).await.unwrap_err();
    assert!(matches!(refused, Error::Unreachable { .. }), "{refused:?}");
    let sentence = refused.to_string();
    assert!(
        sentence.contains("the proxy 127.0.0.1") && sentence.contains(said),
        "{sentence}"
    );
    assert_eq!(server.requests().len(), 0);
}

/// Names the authority's file for the process that tries the variables.
const CHILD: &str = "JOINBELL_TEST_PROXY_CHILD";

#[tokio::test]
async fn in_another_process_the_variables_lead_through_the_proxy() {
    let Ok(ca_file) = std::env::var(CHILD) else {
        return;
    };
    let endpoint = ews::Endpoint::new(HOST, Some(ca_file.into())).unwrap();
    let credentials = ews::Credentials::Password {
        user: demo::ADDRESS.to_owned(),
        password: demo::PASSWORD.to_owned().into(),
        basic: Basic::Refused,
    };
    let client = Client::new(endpoint, credentials, Options::default()).unwrap();
    client.call(&ask()).await.unwrap();
}

#[rstest]
#[case("HTTPS_PROXY")]
#[case("https_proxy")]
#[case("ALL_PROXY")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_usual_variables_name_the_proxy(#[case] variable: &str) {
    let server = exchange(SignIn::Ntlm, ChannelBinding::Required).await;
    let (address, seen) = proxy(server.address(), Manner::Open).await;
    let mut ca_file = tempfile::NamedTempFile::new().unwrap();
    ca_file
        .write_all(server.ca_pem().unwrap().as_bytes())
        .unwrap();
    let mut child = Command::new(std::env::current_exe().unwrap());
    for name in ["HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY"] {
        child.env_remove(name).env_remove(name.to_ascii_lowercase());
    }
    child
        .args([
            "--exact",
            "proxies::in_another_process_the_variables_lead_through_the_proxy",
        ])
        .env(variable, format!("http://{address}"))
        .env(CHILD, ca_file.path());
    let ended = tokio::task::spawn_blocking(move || child.output().unwrap());
    let output = ended.await.unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}");
    assert_eq!(seen.lock().unwrap().heads.len(), 1);
}
