//! `joinbell-cli account add --oauth`: the browser's part is played by this
//! test, the authority is the one beside the simulated Exchange, the keyring
//! is a real one.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]

use std::{fs, time::Duration};

use chrono_tz::Tz;
use exchange_sim::{Options, SignIn, Simulator, demo};
use scenarios::terminal::{self, Home, Outcome, Secrets};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};
use url::{Url, form_urlencoded};

async fn exchange(sign_in: SignIn) -> Simulator {
    let options = Options {
        sign_in,
        ..Options::default()
    };
    let world = demo::day((options.clock)(), Tz::Europe__Stockholm);
    Simulator::start(world, options).await.unwrap()
}

fn home() -> Option<Home> {
    Home::new(Secrets::Working)
        .map_err(|lacks| println!("skipped: {lacks}"))
        .ok()
}

async fn run(home: &Home, arguments: &[&str]) -> Outcome {
    let command = home.command(arguments);
    tokio::task::spawn_blocking(move || terminal::run(command, ""))
        .await
        .unwrap()
}

/// One request to a loopback address; gives the whole answer.
async fn ask(method: &str, url: &Url, body: &str) -> String {
    let address = url.socket_addrs(|| None).unwrap()[0];
    let mut stream = TcpStream::connect(address).await.unwrap();
    let target = &url[url::Position::BeforePath..];
    let request = format!(
        "{method} {target} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

/// What a person does in the browser that came up with `page`.
async fn person(page: Url) {
    let form = form_urlencoded::Serializer::new(String::new())
        .append_pair("UserName", demo::ADDRESS)
        .append_pair("Password", demo::PASSWORD)
        .finish();
    let answer = ask("POST", &page, &form).await;
    let back = answer
        .lines()
        .find_map(|line| line.strip_prefix("location: "));
    let shown = ask("GET", &Url::parse(back.expect("a way back")).unwrap(), "").await;
    assert!(shown.contains("You are signed in"), "{shown}");
}

/// Adds an account while somebody signs in in the browser.
async fn add(home: &Home, server: &Simulator, more: &[&str]) -> Outcome {
    let opened = home.plant("xdg-open");
    let browser = tokio::spawn(async move {
        let seen = tokio::task::spawn_blocking(move || fs::read_to_string(opened).unwrap());
        let seen = seen.await.unwrap();
        let page = seen.lines().nth(1).expect("an address");
        person(Url::parse(page).unwrap()).await;
    });
    let url = server.ews_url();
    let mut arguments = vec!["account", "add", "--server", &url];
    arguments.extend(["--email", demo::ADDRESS, "--oauth", "joinbell"]);
    arguments.extend(more);
    let added = run(home, &arguments).await;
    tokio::time::timeout(Duration::from_secs(30), browser)
        .await
        .expect("the browser comes up")
        .unwrap();
    added
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_signs_in_in_the_browser_once_and_stays_signed_in() {
    let server = exchange(SignIn::Bearer).await;
    let Some(home) = home() else { return };
    let added = add(&home, &server, &[]).await;
    assert_eq!(added.code, 0, "{added:?}");
    assert!(added.out.contains(demo::ADDRESS), "{added:?}");
    // The authority is written down, so that no server can name another one
    // later. The token is not.
    let list = fs::read_to_string(home.data().join("accounts.toml")).unwrap();
    let authority = format!("http://{}/adfs/oauth2/authorize", server.address());
    assert!(list.contains(&authority), "{list}");

    // Each run is a new program: all that it has is in the keyring. Refresh
    // tokens are good once, so the next one has to be kept each time.
    for _ in 0..3 {
        server.advance(Duration::from_hours(2));
        let agenda = run(&home, &["agenda", "--days", "2"]).await;
        assert_eq!(agenda.code, 0, "{agenda:?}");
        assert!(agenda.out.contains("Release planning"), "{agenda:?}");
    }

    assert!(server.revoke_tokens(demo::ADDRESS));
    let refused = run(&home, &["agenda"]).await;
    assert_eq!(refused.code, 3, "{refused:?}");
    assert!(refused.sentence().contains("sign in again"), "{refused:?}");
    // The token is gone; the next program knows that from the keyring.
    let still = run(&home, &["agenda"]).await;
    assert_eq!((still.code, still.sentence()), (3, refused.sentence()));

    // The same account signs in again.
    let again = add(&home, &server, &["--authority", &authority]).await;
    assert_eq!(again.code, 0, "{again:?}");
    let agenda = run(&home, &["agenda"]).await;
    assert_eq!(agenda.code, 0, "{agenda:?}");
    assert_eq!(
        run(&home, &["account", "list"]).await.out.lines().count(),
        1
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_takes_no_tokens_is_said_to() {
    let server = exchange(SignIn::Ntlm).await;
    let Some(home) = home() else { return };
    let url = server.ews_url();
    let add = ["account", "add", "--email", demo::ADDRESS, "--server", &url];
    let with = |more: &[&'static str]| add.iter().copied().chain(more.to_vec()).collect::<Vec<_>>();

    let refused = run(&home, &with(&["--oauth", "joinbell"])).await;
    assert_eq!(refused.code, 6, "{refused:?}");
    assert!(
        refused.sentence().contains("name that address"),
        "{refused:?}"
    );

    let elsewhere = [
        "--oauth",
        "joinbell",
        "--authority",
        "http://x.example.org/",
    ];
    let refused = run(&home, &with(&elsewhere)).await;
    assert_eq!(refused.code, 6, "{refused:?}");
    assert!(refused.sentence().contains("/authorize"), "{refused:?}");

    let both = run(&home, &with(&["--oauth", "joinbell", "--kerberos"])).await;
    assert_eq!(both.code, 2, "{both:?}");
    assert!(!home.data().join("accounts.toml").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_without_kerberos_or_a_ticket_says_so_and_sends_nothing() {
    let server = exchange(SignIn::Ntlm).await;
    let Some(home) = home() else { return };
    let url = server.ews_url();
    let add = ["account", "add", "--email", demo::ADDRESS, "--server", &url];
    let ticket: Vec<&str> = add.iter().copied().chain(["--kerberos"]).collect();
    let refused = run(&home, &ticket).await;
    assert_eq!(refused.code, 3, "{refused:?}");
    assert!(refused.sentence().contains("Kerberos"), "{refused:?}");
    assert!(server.requests().is_empty());
}
