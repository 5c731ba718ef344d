//! The most memory that one answer takes, over a socket: what the process holds
//! at its peak (`VmHWM`), above what it held before. Linux only.
//!
//! `memory MEGABYTES length|chunks usual|raised` tries one answer; without
//! arguments all of them, each in a process of its own. What is above the usual
//! limit of an answer (SR-27) is tried twice: as the client refuses it, and with
//! the limit raised, so that reading it to its end is measured.

#![expect(clippy::expect_used, reason = "a bench ends where a step fails")]

mod get_item;

use std::{fs, io::Write as _, process::Command};

use ews::{
    Basic, Client, Credentials, Endpoint, Options,
    item::ItemId,
    operation::{Bodies, Detail, GetItem},
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};

const MEGABYTE: usize = 1_000_000;

fn main() {
    let arguments: Vec<String> = std::env::args()
        .skip(1)
        .filter(|a| a != "--bench")
        .collect();
    if let [megabytes, form, limit] = &arguments[..] {
        let megabytes = megabytes.parse().expect("a number");
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime");
        let raised = limit == "raised";
        runtime.block_on(try_one(megabytes, form == "chunks", raised));
        return;
    }
    let own = std::env::current_exe().expect("this program");
    for (megabytes, form, limit) in [
        ("1", "length", "usual"),
        ("7", "length", "usual"),
        ("60", "length", "usual"),
        ("100", "length", "usual"),
        ("100", "chunks", "usual"),
        ("100", "length", "raised"),
        ("100", "chunks", "raised"),
    ] {
        let output = Command::new(&own)
            .args([megabytes, form, limit])
            .output()
            .expect("it runs");
        std::io::stdout()
            .write_all(&output.stdout)
            .expect("a terminal");
    }
}

async fn try_one(megabytes: usize, chunked: bool, raised: bool) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let endpoint = Endpoint::new(&format!("http://{address}"), None).expect("an endpoint");
    let credentials = Credentials::Password {
        user: "anna@example.org".to_owned(),
        password: "secret".to_owned().into(),
        basic: Basic::Refused,
    };
    let mut options = Options::default();
    if raised {
        options.answer_max = 2 * megabytes * MEGABYTE;
    }
    let client = Client::new(endpoint, credentials, options).expect("a client");
    let operation = GetItem {
        ids: vec![ItemId("a".to_owned()).into()],
        bodies: Bodies::Stored,
        detail: Detail::Meeting,
        extended: vec![],
    };
    let before = held("VmRSS");
    let serving = async {
        let (stream, _) = listener.accept().await.expect("a client");
        serve(stream, megabytes * MEGABYTE, chunked).await;
    };
    let mut items = 0;
    let calling = client.each(&operation, |_| items += 1);
    let (outcome, ()) = tokio::join!(calling, serving);
    let peak = held("VmHWM").saturating_sub(before);
    let said = match outcome {
        Ok(()) => format!("{items} items"),
        Err(error) => format!("refused: {error}"),
    };
    let form = if chunked {
        "in chunks"
    } else {
        "with its length"
    };
    let limit = if raised { ", limit raised" } else { "" };
    println!("{megabytes} MB {form}{limit}: peak {peak} KiB above idle; {said}");
}

/// Writes messages until there are so many bytes, one at a time.
async fn serve(mut stream: TcpStream, bytes: usize, chunked: bool) {
    let mut request = vec![0; 64 * 1024];
    let _length = stream.read(&mut request).await.expect("a request");
    let each = get_item::message(0).len();
    let count = bytes / each;
    let edges = get_item::OPENING.len() + get_item::CLOSING.len();
    let head = if chunked {
        "HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nTransfer-Encoding: chunked\r\n\r\n".to_owned()
    } else {
        let length = edges
            + (0..count)
                .map(|n| get_item::message(n).len())
                .sum::<usize>();
        format!("HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: {length}\r\n\r\n")
    };
    let pieces = std::iter::once(get_item::OPENING.to_owned())
        .chain((0..count).map(get_item::message))
        .chain([get_item::CLOSING.to_owned()]);
    if stream.write_all(head.as_bytes()).await.is_err() {
        return;
    }
    for piece in pieces {
        let written = if chunked {
            format!("{:x}\r\n{piece}\r\n", piece.len())
        } else {
            piece
        };
        // The client may have had enough.
        if stream.write_all(written.as_bytes()).await.is_err() {
            return;
        }
    }
    if chunked {
        let _end = stream.write_all(b"0\r\n\r\n").await;
    }
}

/// KiB, by the name of a line in `/proc/self/status`.
fn held(name: &str) -> u64 {
    let status = fs::read_to_string("/proc/self/status").expect("Linux");
    let line = status.lines().find(|line| line.starts_with(name));
    let number = line.and_then(|line| line.split_whitespace().nth(1));
    number.and_then(|number| number.parse().ok()).unwrap_or(0)
}
