//! What goes wrong at the terminal: one sentence, an exit code of its own,
//! and nothing lost.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]

use std::{
    fs,
    io::{Read, Write},
    net::TcpListener,
};

use chrono_tz::Tz;
use exchange_sim::{Options, Simulator, Transport, demo};
use rstest::rstest;
use scenarios::terminal::{Home, Outcome, Secrets};

async fn simulator(transport: Transport) -> Simulator {
    let options = Options {
        transport,
        ..Options::default()
    };
    let world = demo::day((options.clock)(), Tz::Europe__Stockholm);
    Simulator::start(world, options).await.unwrap()
}

fn home(secrets: Secrets) -> Option<Home> {
    Home::new(secrets)
        .map_err(|lacks| println!("skipped: {lacks}"))
        .ok()
}

async fn run(home: &Home, arguments: &[&str], input: &str) -> Outcome {
    let command = home.command(arguments);
    let input = input.to_owned();
    tokio::task::spawn_blocking(move || scenarios::terminal::run(command, &input))
        .await
        .unwrap()
}

async fn add(home: &Home, server: &str, password: &str, more: &[&str]) -> Outcome {
    let mut arguments = vec![
        "account",
        "add",
        "--server",
        server,
        "--user",
        demo::ADDRESS,
    ];
    arguments.extend(more);
    run(home, &arguments, password).await
}

/// What the data folder holds beside the lock.
fn kept(home: &Home) -> Vec<String> {
    let entries = fs::read_dir(home.data()).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.filter(|name| name != "lock").collect()
}

/// A server that answers every request with these bytes, for ever.
fn answering(answer: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for connection in listener.incoming().map_while(Result::ok) {
            let mut connection = connection;
            let mut request = [0; 4096];
            if connection.read(&mut request).is_ok() {
                // The client may have hung up; the next one counts.
                let _sent = connection.write_all(answer.as_bytes());
            }
        }
    });
    format!("http://{address}/EWS/Exchange.asmx")
}

const PAGE: &str = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 20\r\n\
                    Connection: close\r\n\r\n<html>Welcome</html>";
const NOTHING_THERE: &str = "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\
                             Connection: close\r\n\r\n";

const NO_POST: &str = "HTTP/1.0 501 Unsupported method ('POST')\r\nContent-Type: text/html\r\n\
                       Content-Length: 20\r\nConnection: close\r\n\r\n<html>501</html>    ";
const FAILS: &str = "HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\
                     Connection: close\r\n\r\n";

#[rstest]
#[case::a_web_page(PAGE)]
#[case::nothing_at_this_path(NOTHING_THERE)]
#[case::a_server_of_files(NO_POST)]
#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_speaks_no_soap_is_named(#[case] answer: &'static str) {
    let Some(home) = home(Secrets::Working) else {
        return;
    };
    let refused = add(&home, &answering(answer), "secret", &[]).await;
    assert_eq!(refused.code, 6, "{refused:?}");
    assert!(refused.sentence().contains("127.0.0.1"), "{refused:?}");
    assert!(kept(&home).is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_speaks_no_tls_is_not_told_to_have_a_bad_certificate() {
    let Some(home) = home(Secrets::Working) else {
        return;
    };
    let server = answering(PAGE).replace("http://", "https://");
    let refused = add(&home, &server, "secret", &[]).await;
    assert_eq!(refused.code, 6, "{refused:?}");
    assert!(!refused.sentence().contains("certificate"), "{refused:?}");
    assert!(kept(&home).is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_fails_is_not_told_to_refuse_the_user() {
    let Some(home) = home(Secrets::Working) else {
        return;
    };
    let refused = add(&home, &answering(FAILS), "secret", &[]).await;
    assert_eq!(refused.code, 4, "{refused:?}");
    assert!(refused.sentence().contains("failed"), "{refused:?}");
    assert!(kept(&home).is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn exchange_online_is_refused_by_its_name_without_asking_it() {
    let Some(home) = home(Secrets::Absent) else {
        return;
    };
    let refused = add(&home, "outlook.office365.com", "secret", &[]).await;
    assert_eq!(refused.code, 6, "{refused:?}");
    assert!(
        refused.sentence().contains("Exchange Online"),
        "{refused:?}"
    );
    assert!(kept(&home).is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_password_no_sign_in_is_tried() {
    let Some(home) = home(Secrets::Working) else {
        return;
    };
    let server = simulator(Transport::Plain).await;
    let refused = add(&home, &server.ews_url(), "", &[]).await;
    assert_eq!(refused.code, 1, "{refused:?}");
    assert!(refused.sentence().contains("password"), "{refused:?}");
    assert!(server.requests().is_empty());
    let nobody = [
        "account",
        "add",
        "--server",
        "mail.example.org",
        "--user",
        "",
    ];
    assert_eq!(run(&home, &nobody, "secret").await.code, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_that_was_never_filled_is_not_shown_as_an_empty_calendar() {
    let Some(home) = home(Secrets::Working) else {
        return;
    };
    let server = simulator(Transport::Plain).await;
    let added = add(&home, &server.ews_url(), demo::PASSWORD, &[]).await;
    assert_eq!(added.code, 0, "{added:?}");
    let empty = run(&home, &["agenda", "--offline"], "").await;
    assert_eq!((empty.code, empty.out.as_str()), (8, ""), "{empty:?}");
    assert!(empty.sentence().contains("Nothing is stored"), "{empty:?}");
    let json = run(&home, &["next", "--offline", "--json"], "").await;
    assert_eq!(json.code, 8, "{json:?}");
    assert!(json.out.contains("\"state\": \"offline\""), "{json:?}");
}

#[rstest]
#[case("http://mail.example.org/EWS/Exchange.asmx")]
#[case("mail example org")]
#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_address_is_refused_without_asking_anybody(#[case] written: &str) {
    let Some(home) = home(Secrets::Absent) else {
        return;
    };
    let refused = add(&home, written, "secret", &[]).await;
    assert_eq!(refused.code, 6, "{refused:?}");
    assert!(refused.sentence().contains(written), "{refused:?}");
    assert!(kept(&home).is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_is_refused_after_few_attempts() {
    let Some(home) = home(Secrets::Working) else {
        return;
    };
    let server = simulator(Transport::Plain).await;
    let refused = add(&home, &server.ews_url(), "not the password", &[]).await;
    assert_eq!(refused.code, 3, "{refused:?}");
    assert!(refused.sentence().contains(demo::ADDRESS), "{refused:?}");
    assert!(kept(&home).is_empty());
    let attempts = server.requests().len();
    assert!(attempts <= 3, "{attempts} attempts may lock an account");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_nobody_vouches_for_is_refused_before_the_password_is_sent() {
    let Some(home) = home(Secrets::Working) else {
        return;
    };
    let server = simulator(Transport::Tls).await;
    let refused = add(&home, &server.ews_url(), demo::PASSWORD, &[]).await;
    assert_eq!(refused.code, 5, "{refused:?}");
    assert!(refused.sentence().contains("certificate"), "{refused:?}");
    assert!(kept(&home).is_empty());
    assert!(server.requests().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn another_authority_is_none() {
    let Some(home) = home(Secrets::Working) else {
        return;
    };
    let server = simulator(Transport::Tls).await;
    let other = simulator(Transport::Tls).await;
    let path = home.data().join("../other.pem");
    fs::write(&path, other.ca_pem().unwrap()).unwrap();
    let path = path.display().to_string();
    let refused = add(&home, &server.ews_url(), demo::PASSWORD, &["--ca", &path]).await;
    assert_eq!(refused.code, 5, "{refused:?}");
    refused.sentence();
    assert!(server.requests().is_empty());
}

#[rstest]
#[case::missing(None)]
#[case::no_pem(Some("hello"))]
#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_no_authority_is_named(#[case] content: Option<&str>) {
    let Some(home) = home(Secrets::Absent) else {
        return;
    };
    let path = home.data().join("../authority.pem");
    if let Some(content) = content {
        fs::write(&path, content).unwrap();
    }
    let path = path.display().to_string();
    let refused = add(&home, "mail.example.org", "secret", &["--ca", &path]).await;
    assert_eq!(refused.code, 5, "{refused:?}");
    assert!(refused.sentence().contains("authority.pem"), "{refused:?}");
    assert!(kept(&home).is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_not_there_is_named() {
    let Some(home) = home(Secrets::Working) else {
        return;
    };
    let closed = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let refused = add(&home, &format!("http://{closed}"), "secret", &[]).await;
    assert_eq!(refused.code, 4, "{refused:?}");
    assert!(
        refused.sentence().contains("cannot be reached"),
        "{refused:?}"
    );
    assert!(kept(&home).is_empty());
}

#[rstest]
#[case(Secrets::Absent)]
#[case(Secrets::Hanging)]
#[tokio::test(flavor = "multi_thread")]
async fn sr_09_without_a_secret_service_no_account_is_kept(#[case] secrets: Secrets) {
    let Some(home) = home(secrets) else { return };
    let server = simulator(Transport::Plain).await;
    let refused = add(&home, &server.ews_url(), demo::PASSWORD, &[]).await;
    assert_eq!(refused.code, 7, "{refused:?}");
    assert!(refused.sentence().contains("keyring"), "{refused:?}");
    assert!(kept(&home).is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_second_account_leaves_the_first_as_it_was() {
    let Some(home) = home(Secrets::Working) else {
        return;
    };
    let server = simulator(Transport::Plain).await;
    assert_eq!(
        add(&home, &server.ews_url(), demo::PASSWORD, &[])
            .await
            .code,
        0
    );
    assert_eq!(run(&home, &["agenda"], "").await.code, 0);
    let accounts = fs::read_to_string(home.data().join("accounts.toml")).unwrap();

    // The same account with a wrong password keeps the right one.
    assert_eq!(add(&home, &server.ews_url(), "wrong", &[]).await.code, 3);
    assert_eq!(add(&home, &answering(PAGE), "secret", &[]).await.code, 6);
    assert_eq!(
        fs::read_to_string(home.data().join("accounts.toml")).unwrap(),
        accounts
    );
    let agenda = run(&home, &["agenda"], "").await;
    assert_eq!((agenda.code, agenda.err.as_str()), (0, ""));
    assert!(agenda.out.contains("Release planning"), "{}", agenda.out);
}

#[rstest]
#[case(&["agenda", "--days", "0"], 2)]
#[case(&["agenda", "--private"], 2)]
#[case(&["dance"], 2)]
#[case(&["agenda"], 8)]
#[case(&["join"], 8)]
#[case(&["account", "remove", "nobody"], 8)]
#[tokio::test(flavor = "multi_thread")]
async fn wrong_usage_and_an_empty_home_have_exit_codes_of_their_own(
    #[case] arguments: &[&str],
    #[case] code: i32,
) {
    let Some(home) = home(Secrets::Absent) else {
        return;
    };
    let refused = run(&home, arguments, "").await;
    assert_eq!(refused.code, code, "{refused:?}");
    assert!(!refused.err.is_empty());
    assert_eq!(refused.out, "");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_list_of_accounts_is_named_and_left_alone() {
    let Some(home) = home(Secrets::Absent) else {
        return;
    };
    fs::write(home.data().join("accounts.toml"), "version = [").unwrap();
    for arguments in [
        ["account", "list"],
        ["agenda", "--offline"],
        ["next", "--json"],
    ] {
        let refused = run(&home, &arguments, "").await;
        assert_eq!(refused.code, 1, "{refused:?}");
        assert!(refused.sentence().contains("accounts.toml"), "{refused:?}");
    }
    let left = fs::read_to_string(home.data().join("accounts.toml")).unwrap();
    assert_eq!(left, "version = [");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_settings_file_is_named_and_costs_the_settings_only() {
    let Some(home) = home(Secrets::Working) else {
        return;
    };
    let server = simulator(Transport::Plain).await;
    fs::write(home.data().join("settings.toml"), "reminders = 5").unwrap();
    let added = add(&home, &server.ews_url(), demo::PASSWORD, &[]).await;
    assert_eq!(added.code, 0, "{added:?}");
    let agenda = run(&home, &["agenda"], "").await;
    assert_eq!(agenda.code, 0, "{agenda:?}");
    assert!(agenda.sentence().contains("settings file"), "{agenda:?}");
    assert!(agenda.out.contains("Release planning"), "{agenda:?}");
}
