//! The most memory that one answer takes, over a socket: what the process holds
//! at its peak (`VmHWM`), above what it held before. Linux only.
//!
//! `memory MEGABYTES length|chunks` tries one answer; without arguments all of
//! them, each in a process of its own.

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
    if let [megabytes, form] = &arguments[..] {
        let megabytes = megabytes.parse().expect("a number");
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime");
        runtime.block_on(try_one(megabytes, form == "chunks"));
        return;
    }
    let own = std::env::current_exe().expect("this program");
    for (megabytes, form) in [
        ("1", "length"),
        ("7", "length"),
        ("60", "length"),
        ("100", "length"),
        ("100", "chunks"),
    ] {
        let output = Command::new(&own)
            .args([megabytes, form])
            .output()
            .expect("it runs");
        std::io::stdout()
            .write_all(&output.stdout)
            .expect("a terminal");
    }
}

async fn try_one(megabytes: usize, chunked: bool) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let endpoint = Endpoint::new(&format!("http://{address}"), None).expect("an endpoint");
    let credentials = Credentials::Password {
        user: "anna@example.org".to_owned(),
        password: "secret".to_owned().into(),
        basic: Basic::Refused,
    };
    let client = Client::new(endpoint, credentials, Options::default()).expect("a client");
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
    println!("{megabytes} MB {form}: peak {peak} KiB above idle; {said}");
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
