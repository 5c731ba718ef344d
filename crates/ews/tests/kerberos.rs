//! Signing in with a Kerberos ticket. `tests/kerberos/run` makes a realm with a
//! KDC of its own and sets the environment; the server's side checks tickets
//! with its key table and hands what is let in to the simulated Exchange.
#![cfg(feature = "kerberos")]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on must fail")]

#[path = "over_sockets/network/mod.rs"]
mod network;

use std::{
    net::SocketAddr,
    path::Path,
    process::{Command, Output},
    sync::{Arc, Mutex},
};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use cross_krb5::{AcceptFlags, K5ServerCtx as _, ServerCtx, Step};
use ews::{Client, Credentials, Endpoint, Error, Options};
use exchange_sim::{SignIn, Simulator, demo};
use network::ask;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};

/// The owner of a ticket, when the key table says that it is good.
fn owner(header: &str) -> Option<String> {
    let message = BASE64_STANDARD.decode(header.trim()).ok()?;
    let context = ServerCtx::new(AcceptFlags::empty(), None).ok()?;
    match context.step(&message).ok()? {
        Step::Finished((mut context, _)) => context.client().ok(),
        Step::Continue(_) => None,
    }
}

async fn request(stream: &mut TcpStream) -> Option<(String, String)> {
    let mut bytes = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let lower = head.to_ascii_lowercase();
            let (_, length) = lower.split_once("content-length: ")?;
            let length: usize = length.lines().next()?.parse().ok()?;
            if body.len() >= length {
                return Some((head.to_owned(), body.to_owned()));
            }
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    }
}

/// A front that takes tickets alone and proves a connection once; says who
/// came in.
async fn front() -> (SocketAddr, Arc<Mutex<Vec<String>>>) {
    let options = exchange_sim::Options {
        sign_in: SignIn::Basic,
        ..exchange_sim::Options::default()
    };
    // The terminal shows the days from now on.
    let world = demo::day((options.clock)(), chrono_tz::Tz::Europe__Stockholm);
    let behind = Simulator::start(world, options).await.unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let came = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&came);
    let behind = Arc::new(behind);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(connection(stream, Arc::clone(&seen), Arc::clone(&behind)));
        }
    });
    (address, came)
}

/// One connection, which a ticket proves.
async fn connection(mut stream: TcpStream, seen: Arc<Mutex<Vec<String>>>, behind: Arc<Simulator>) {
    let mut proven = false;
    while let Some((head, body)) = request(&mut stream).await {
        let ticket = head.lines().find_map(|line| {
            line.split_once("Negotiate ")
                .map(|(_, ticket)| ticket.to_owned())
        });
        if let Some(name) = ticket.as_deref().and_then(owner) {
            seen.lock().unwrap().push(name);
            proven = true;
        }
        let answer = if proven {
            let answer = reqwest::Client::new()
                .post(behind.ews_url())
                .basic_auth(demo::ADDRESS, Some(demo::PASSWORD))
                .header("content-type", "text/xml")
                .body(body)
                .send()
                .await
                .unwrap();
            let body = answer.text().await.unwrap();
            let length = body.len();
            format!(
                "HTTP/1.1 200 OK\r\ncontent-type: text/xml\r\ncontent-length: {length}\r\n\r\n{body}"
            )
        } else {
            "HTTP/1.1 401 Who\r\nwww-authenticate: Negotiate\r\nwww-authenticate: Basic realm=\"x\"\r\n\
             content-length: 0\r\n\r\n"
                .to_owned()
        };
        // Who has gone away has what it wanted.
        if stream.write_all(answer.as_bytes()).await.is_err() {
            return;
        }
    }
}

fn client(address: SocketAddr) -> Client {
    let _present = rustls::crypto::ring::default_provider().install_default();
    let server = format!("http://localhost:{}/EWS/Exchange.asmx", address.port());
    let endpoint = Endpoint::new(&server, None).unwrap();
    Client::new(endpoint, Credentials::Ticket, Options::default()).unwrap()
}

#[tokio::test]
async fn with_a_ticket_the_server_knows_who_calls_and_the_connection_stays_proven() {
    let (address, came) = front().await;
    let client = client(address);
    client.call(&ask()).await.unwrap();
    client.call(&ask()).await.unwrap();
    let came = came.lock().unwrap().clone();
    assert_eq!(came, ["anna@JOINBELL.TEST"], "one proof for both requests");
}

/// The real `joinbell-cli`, built with the feature, where `JOINBELL_CLI` says;
/// `None` where it does not.
fn terminal(data: &Path, arguments: &[&str]) -> Option<Output> {
    let Some(program) = std::env::var_os("JOINBELL_CLI") else {
        println!("skipped: the terminal with a ticket, for want of JOINBELL_CLI");
        return None;
    };
    let mut command = Command::new(program);
    command.args(arguments).env("JOINBELL_DATA_DIR", data);
    Some(command.output().unwrap())
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_a_ticket_an_account_is_added_without_a_password_and_its_agenda_comes() {
    let (address, came) = front().await;
    let data = tempfile::tempdir().unwrap();
    let server = format!("http://localhost:{}/EWS/Exchange.asmx", address.port());
    let run = |arguments: &'static [&'static str], server: Option<String>| {
        let data = data.path().to_owned();
        tokio::task::spawn_blocking(move || {
            let server = server
                .iter()
                .flat_map(|server| ["--server", server.as_str()]);
            let arguments: Vec<&str> = arguments.iter().copied().chain(server).collect();
            terminal(&data, &arguments)
        })
    };
    let add = &["account", "add", "--kerberos", "--email", demo::ADDRESS];
    let Some(added) = run(add, Some(server)).await.unwrap() else {
        return;
    };
    assert!(added.status.success(), "{}", text(&added.stderr));
    let list = std::fs::read_to_string(data.path().join("accounts.toml")).unwrap();
    assert!(list.contains("sign_in = \"kerberos\""), "{list}");
    // A new program, which has nothing but the list.
    let agenda = run(&["agenda"], None).await.unwrap().unwrap();
    assert!(agenda.status.success(), "{}", text(&agenda.stderr));
    let agenda = text(&agenda.stdout);
    assert!(agenda.contains("Release planning"), "{agenda}");
    let came = came.lock().unwrap().clone();
    assert!(
        came.len() >= 2 && came.iter().all(|one| one == "anna@JOINBELL.TEST"),
        "{came:?}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_ticket_no_account_is_added_and_a_sentence_says_what_to_do() {
    let (address, came) = front().await;
    let data = tempfile::tempdir().unwrap();
    let server = format!("http://localhost:{}/EWS/Exchange.asmx", address.port());
    let folder = data.path().to_owned();
    let refused = tokio::task::spawn_blocking(move || {
        let add = ["account", "add", "--kerberos", "--email", demo::ADDRESS];
        let arguments: Vec<&str> = add.into_iter().chain(["--server", &server]).collect();
        terminal(&folder, &arguments)
    });
    let Some(refused) = refused.await.unwrap() else {
        return;
    };
    assert_eq!(refused.status.code(), Some(3));
    let said = text(&refused.stderr);
    assert!(
        said.contains("kinit") && said.lines().count() == 1,
        "{said}"
    );
    assert!(came.lock().unwrap().is_empty());
    assert!(!data.path().join("accounts.toml").exists());
}

#[tokio::test]
async fn without_a_ticket_nothing_is_sent_and_the_error_says_what_to_do() {
    let (address, came) = front().await;
    let refused = client(address).call(&ask()).await;
    let Err(error @ Error::NoTicket { .. }) = refused else {
        panic!("{refused:?}");
    };
    assert!(error.to_string().contains("kinit"), "{error}");
    assert!(came.lock().unwrap().is_empty());
}
