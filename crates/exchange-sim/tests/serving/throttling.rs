//! The budget of the program itself, over real sockets: it is spent, requests
//! are refused, and it comes back as the server's clock goes on.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

use exchange_sim::demo;

use crate::link::{basic, envelope, sync};

/// The program, stopped when the test is over.
struct Program {
    child: Child,
    server: String,
    control: String,
}

impl Program {
    /// On a demo day with Basic, a control port and further arguments.
    fn start(arguments: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_exchange-sim"))
            .args(["--demo", "--basic", "--control", "127.0.0.1:0"])
            .args(arguments)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut address = || {
            let line = lines.next().unwrap().unwrap();
            let (_, rest) = line.split_once("//").unwrap();
            rest.split('/').next().unwrap().to_owned()
        };
        let (server, control) = (address(), address());
        Self {
            child,
            server,
            control,
        }
    }

    /// Asks for the changes of Anna's calendar: status and answer.
    fn ask(&self) -> (u16, String) {
        let authorization = basic(demo::ADDRESS, demo::PASSWORD);
        let head = format!("authorization: {authorization}\r\ncontent-type: text/xml\r\n");
        post(
            &self.server,
            "/EWS/Exchange.asmx",
            &head,
            &envelope("", &sync("", 1)),
        )
    }

    /// Moves the server's clock forward.
    fn advance(&self, seconds: u64) {
        let answer = post(&self.control, "/clock/ahead", "", &seconds.to_string());
        assert_eq!(answer.0, 200, "{}", answer.1);
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn post(address: &str, path: &str, head: &str, body: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(address).unwrap();
    let length = body.len();
    write!(
        stream,
        "POST {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n{head}content-length: {length}\r\n\r\n{body}"
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let status = answer[9..12].parse().unwrap();
    (status, answer)
}

fn back_off(answer: &str) -> u64 {
    let name = "<t:Value Name=\"BackOffMilliseconds\">";
    let (_, rest) = answer.split_once(name).unwrap();
    rest.split('<').next().unwrap().parse().unwrap()
}

#[test]
fn a_spent_budget_refuses_requests_until_it_has_come_back() {
    // Ten minutes a request: five are saved up, and fifty may be owed.
    let server = Program::start(&["--throttle", "600000"]);
    for request in 1..=6 {
        assert_eq!(server.ask().0, 200, "request {request}");
    }
    let (status, refused) = server.ask();
    assert_eq!(status, 500);
    assert!(
        refused.contains(">ErrorServerBusy</e:ResponseCode>"),
        "{refused}"
    );
    // The debt of 55 minutes comes back at 15 minutes an hour.
    let wait = back_off(&refused);
    let expected = 55 * 4 * 60_000;
    assert!((expected - 60_000..=expected).contains(&wait), "{wait}");
    // A refused request costs nothing.
    assert!(back_off(&server.ask().1) <= wait);
    // Still above the debt that may be owed.
    server.advance(10 * 60);
    assert_eq!(server.ask().0, 500);
    server.advance(wait / 1000 + 1);
    assert_eq!(server.ask().0, 200, "after the back-off");
}

#[test]
fn what_one_mailbox_spends_another_keeps() {
    let server = Program::start(&["--throttle", "4000000"]);
    assert_eq!(server.ask().0, 200);
    assert_eq!(server.ask().0, 500);
    let authorization = basic("bo@example.org", demo::PASSWORD);
    let head = format!("authorization: {authorization}\r\ncontent-type: text/xml\r\n");
    let body = envelope("", &sync("", 1));
    let (status, answer) = post(&server.server, "/EWS/Exchange.asmx", &head, &body);
    assert_eq!(status, 200, "{answer}");
}
