//! `joinbell-cli doctor` as a program, against the simulated Exchange.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]

use std::{fs, net::SocketAddr, sync::Arc, time::Duration};

use chrono_tz::Tz;
use exchange_sim::{
    ChannelBinding, Options, Personality, SignIn, Simulator, Transport, demo,
    server::faults::{Effect, Fault, Lasts},
};
use rcgen::{CertificateParams, KeyPair};
use rstest::rstest;
use rustls::pki_types::{PrivateKeyDer, ServerName, pem::PemObject as _};
use scenarios::{
    network::autodiscover_at,
    terminal::{Home, Outcome, Secrets},
};
use serde_json::Value;
use tokio::net::{TcpListener, TcpStream};

const STEPS: [&str; 8] = [
    "discovery",
    "connection",
    "sign_in",
    "convert_id",
    "calendar",
    "availability",
    "out_of_office",
    "streaming",
];

async fn exchange(sign_in: SignIn, change: impl FnOnce(&mut Options)) -> Simulator {
    let mut options = Options {
        transport: Transport::Tls,
        sign_in,
        heartbeat: Duration::from_millis(200),
        ..Options::default()
    };
    change(&mut options);
    let world = demo::day((options.clock)(), Tz::Europe__Stockholm);
    Simulator::start(world, options).await.unwrap()
}

fn home() -> Option<Home> {
    Home::new(Secrets::Absent)
        .map_err(|lacks| println!("skipped: {lacks}"))
        .ok()
}

fn ca_file(home: &Home, pem: &str) -> String {
    let path = home.data().join("../ca.pem");
    fs::write(&path, pem).unwrap();
    path.display().to_string()
}

/// Runs `doctor` for Anna; whatever it prints or logs holds no password.
async fn doctor(home: &Home, more: &[&str], password: &str, proxy: Option<SocketAddr>) -> Outcome {
    let mut arguments = vec!["doctor", demo::ADDRESS];
    arguments.extend(more);
    let mut command = home.command(&arguments);
    command.env("JOINBELL_LOG", "trace");
    if let Some(proxy) = proxy {
        command.env("HTTPS_PROXY", format!("http://{proxy}"));
    }
    let input = password.to_owned();
    let done = tokio::task::spawn_blocking(move || scenarios::terminal::run(command, &input))
        .await
        .unwrap();
    for said in [&done.out, &done.err] {
        assert!(!said.contains(password), "{said}");
    }
    done
}

fn json(outcome: &Outcome) -> Value {
    let document: Value = serde_json::from_str(&outcome.out).unwrap();
    assert_eq!(document["version"], 1);
    let steps = document["steps"].as_array().unwrap();
    let names: Vec<_> = steps
        .iter()
        .map(|step| step["step"].as_str().unwrap())
        .collect();
    assert_eq!(names, STEPS);
    assert_eq!(document["healthy"], outcome.code == 0);
    assert_eq!(document["cause"].is_null(), outcome.code == 0);
    document
}

/// The last line of standard error, behind the log.
fn sentence(outcome: &Outcome) -> &str {
    let last = outcome.err.trim_end().lines().last().unwrap_or_default();
    last.strip_prefix("joinbell-cli: ").unwrap_or_default()
}

async fn examined(server: &Simulator, more: &[&str], password: &str) -> Option<(Value, Outcome)> {
    let home = home()?;
    let ca = ca_file(&home, server.ca_pem().unwrap());
    let url = server.ews_url();
    let mut arguments = vec!["--server", &url, "--ca", &ca, "--json"];
    arguments.extend(more);
    let outcome = doctor(&home, &arguments, password, None).await;
    Some((json(&outcome), outcome))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_healthy_account_passes_every_step() {
    let server = exchange(SignIn::Ntlm, |options| {
        options.channel_binding = ChannelBinding::Required;
    })
    .await;
    let Some(home) = home() else { return };
    let ca = ca_file(&home, server.ca_pem().unwrap());
    let url = server.ews_url();
    let arguments = ["--server", &url, "--ca", &ca];
    let outcome = doctor(&home, &arguments, demo::PASSWORD, None).await;
    assert_eq!(outcome.code, 0, "{outcome:?}");
    let lines: Vec<_> = outcome.out.lines().collect();
    assert_eq!(lines.len(), STEPS.len() + 1, "{}", outcome.out);
    assert!(lines[0].contains("skipped"), "{}", lines[0]);
    for line in &lines[1..STEPS.len()] {
        assert!(line.contains(" ok ") && line.contains(" ms"), "{line}");
    }
    assert!(
        lines[8].starts_with("All is well: 127.0.0.1"),
        "{}",
        lines[8]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_server_is_found_by_the_address_once_its_place_is_confirmed() {
    let server = exchange(SignIn::Ntlm, |_| {}).await;
    let Some(home) = home() else { return };
    let ca = ca_file(&home, server.ca_pem().unwrap());
    let proxy = autodiscover_at(server.address()).await;
    let place = server.address().to_string();

    let arguments = ["--ca", &ca, "--json"];
    let foreign = doctor(&home, &arguments, demo::PASSWORD, Some(proxy)).await;
    assert_eq!(foreign.code, 6, "{foreign:?}");
    assert_eq!(json(&foreign)["cause"], "foreign_server");
    let option = format!("--trust {place}");
    assert!(
        sentence(&foreign).contains(&option),
        "{}",
        sentence(&foreign)
    );
    assert!(server.requests().is_empty(), "nobody signed in");

    let arguments = ["--ca", &ca, "--json", "--trust", &place];
    let confirmed = doctor(&home, &arguments, demo::PASSWORD, Some(proxy)).await;
    assert_eq!(confirmed.code, 0, "{confirmed:?}");
    let document = json(&confirmed);
    assert_eq!(document["server"], server.ews_url());
    let detail = document["steps"][0]["detail"].as_str().unwrap();
    assert_eq!(detail, "V2 autodiscover.example.org: named a server");
    assert_eq!(document["steps"][0]["outcome"], "ok");
}

#[tokio::test(flavor = "multi_thread")]
async fn quirk_53_an_address_that_moved_is_followed_with_the_same_user_name() {
    let server = exchange(SignIn::Ntlm, |_| {}).await;
    server.world(|world| world.redirect("old@example.org", demo::ADDRESS));
    let Some(home) = home() else { return };
    let ca = ca_file(&home, server.ca_pem().unwrap());
    let place = server.address().to_string();
    let mut command = home.command(&[
        "doctor",
        "old@example.org",
        "--user",
        demo::ADDRESS,
        "--ca",
        &ca,
        "--trust",
        &place,
        "--json",
    ]);
    let proxy = autodiscover_at(server.address()).await;
    command.env("HTTPS_PROXY", format!("http://{proxy}"));
    let run = move || scenarios::terminal::run(command, demo::PASSWORD);
    let outcome = tokio::task::spawn_blocking(run).await.unwrap();
    assert_eq!(outcome.code, 0, "{outcome:?}");
    let detail = json(&outcome)["steps"][0]["detail"].to_string();
    let moved = "SOAP autodiscover.example.org: redirected";
    assert!(detail.contains(moved), "{detail}");
}

#[tokio::test(flavor = "multi_thread")]
async fn sr_25_a_wrong_password_is_named_and_tried_twice_at_most() {
    let server = exchange(SignIn::Ntlm, |_| {}).await;
    let Some((document, outcome)) = examined(&server, &[], "wrong-canary-9d20").await else {
        return;
    };
    assert_eq!(outcome.code, 3, "{outcome:?}");
    assert_eq!(document["cause"], "password");
    assert_eq!(document["advice"], sentence(&outcome));
    assert_eq!(document["steps"][2]["outcome"], "failed");
    assert_eq!(document["steps"][3]["outcome"], "skipped");
    // Offers, domain, and three refusals for each of two attempts.
    assert!(server.requests().len() <= 8);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_name_without_a_domain_is_named_with_the_servers_own() {
    let server = exchange(SignIn::Ntlm, |_| {}).await;
    let user = ["--user", "anna"];
    let Some((document, outcome)) = examined(&server, &user, "wrong-canary-9d20").await else {
        return;
    };
    assert_eq!(outcome.code, 3, "{outcome:?}");
    assert_eq!(document["cause"], "user_name");
    let advice = document["advice"].as_str().unwrap();
    assert!(advice.contains("--user EXAMPLE\\anna"), "{advice}");
}

#[tokio::test(flavor = "multi_thread")]
async fn grommunio_quirk_16_a_server_with_basic_alone_passes_once_it_is_allowed() {
    let server = exchange(SignIn::Basic, |options| {
        options.personality = Personality::Grommunio;
    })
    .await;
    // Servers on loopback are given Basic unasked, so that what happens
    // without the option is tested in `ews`, under another name.
    let allowed = ["--allow-basic"];
    let Some((document, outcome)) = examined(&server, &allowed, demo::PASSWORD).await else {
        return;
    };
    assert_eq!(outcome.code, 0, "{outcome:?}");
    let detail = document["steps"][1]["detail"].as_str().unwrap();
    let expected = "HTTP 401; Basic; certificate by Simulated Exchange CA, until ";
    assert!(detail.starts_with(expected), "{detail}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_wants_a_token_alone_gets_no_password() {
    let server = exchange(SignIn::Bearer, |_| {}).await;
    let Some((document, outcome)) = examined(&server, &[], demo::PASSWORD).await else {
        return;
    };
    assert_eq!(outcome.code, 3, "{outcome:?}");
    assert_eq!(document["cause"], "no_known_scheme");
    assert!(server.requests().iter().all(|one| one.status == 401));
}

fn effect(status: u16) -> Effect {
    Effect::Status {
        status,
        retry_after: None,
    }
}

fn fault(code: &str) -> Effect {
    Effect::SoapFault {
        code: code.to_owned(),
        back_off: None,
    }
}

#[rstest]
#[case("ConvertId", effect(403), "ews_blocked", 1)]
#[case("GetFolder", fault("ErrorNonExistentMailbox"), "no_mailbox", 8)]
#[case("GetUserAvailability", fault("ErrorServerBusy"), "busy", 4)]
#[case("GetUserOofSettings", fault("ErrorAccessDenied"), "out_of_office", 1)]
#[case("GetStreamingEvents", effect(504), "server", 1)]
#[tokio::test(flavor = "multi_thread")]
async fn each_failure_has_its_cause_and_its_exit_code(
    #[case] operation: &str,
    #[case] effect: Effect,
    #[case] cause: &str,
    #[case] code: i32,
) {
    let server = exchange(SignIn::Ntlm, |_| {}).await;
    server.faults().set(Fault {
        operation: Some(operation.to_owned()),
        mailbox: None,
        lasts: Lasts::Always,
        effect,
    });
    let Some((document, outcome)) = examined(&server, &[], demo::PASSWORD).await else {
        return;
    };
    assert_eq!(document["cause"], cause, "{outcome:?}");
    assert_eq!(outcome.code, code, "{outcome:?}");
    assert_eq!(document["advice"], sentence(&outcome));
}

/// Ends TLS with a certificate of its own and passes on what is inside.
async fn tls_in_the_middle(server: &Simulator) -> (SocketAddr, String) {
    let _present = rustls::crypto::ring::default_provider().install_default();
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(vec!["127.0.0.1".to_owned()])
        .unwrap()
        .self_signed(&key)
        .unwrap();
    let config = rustls::ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(
            vec![certificate.der().clone()],
            PrivateKeyDer::try_from(key.serialize_der()).unwrap(),
        )
        .unwrap();
    let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
    let mut roots = rustls::RootCertStore::empty();
    let pem = server.ca_pem().unwrap();
    let der = rustls::pki_types::CertificateDer::from_pem_slice(pem.as_bytes()).unwrap();
    roots.add(der).unwrap();
    let config = rustls::ClientConfig::builder()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let connector = tokio_rustls::TlsConnector::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let behind = server.address();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (acceptor, connector) = (acceptor.clone(), connector.clone());
            tokio::spawn(async move {
                let mut front = acceptor.accept(stream).await.unwrap();
                let plain = TcpStream::connect(behind).await.unwrap();
                let name = ServerName::try_from("mail.example.org").unwrap();
                let mut back = connector.connect(name, plain).await.unwrap();
                let _ended = tokio::io::copy_bidirectional(&mut front, &mut back).await;
            });
        }
    });
    (address, certificate.pem())
}

#[tokio::test(flavor = "multi_thread")]
async fn sr_22_extended_protection_behind_a_tls_proxy_is_named() {
    let server = exchange(SignIn::Ntlm, |options| {
        options.channel_binding = ChannelBinding::Required;
    })
    .await;
    let Some(home) = home() else { return };
    let (address, authority) = tls_in_the_middle(&server).await;
    let ca = ca_file(&home, &authority);
    let url = format!("https://{address}/EWS/Exchange.asmx");
    let arguments = ["--server", &url, "--ca", &ca, "--json"];
    let outcome = doctor(&home, &arguments, demo::PASSWORD, None).await;
    assert_eq!(outcome.code, 3, "{outcome:?}");
    assert_eq!(json(&outcome)["cause"], "extended_protection");
    assert!(sentence(&outcome).contains("Extended Protection"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_that_nobody_vouches_for_ends_it_before_the_password() {
    let server = exchange(SignIn::Ntlm, |_| {}).await;
    let Some(home) = home() else { return };
    let url = server.ews_url();
    let outcome = doctor(&home, &["--server", &url, "--json"], demo::PASSWORD, None).await;
    assert_eq!(outcome.code, 5, "{outcome:?}");
    assert_eq!(json(&outcome)["cause"], "certificate");
    assert!(server.requests().is_empty());
}

#[rstest]
#[case("http://127.0.0.1:9/EWS/Exchange.asmx", "unreachable", 4)]
#[case("outlook.office365.com", "exchange_online", 6)]
#[case("http://mail.example.org", "setup", 5)]
#[tokio::test(flavor = "multi_thread")]
async fn where_nobody_can_be_asked_the_walk_ends_early(
    #[case] server: &str,
    #[case] cause: &str,
    #[case] code: i32,
) {
    let Some(home) = home() else { return };
    let outcome = doctor(&home, &["--server", server, "--json"], "canary-12ab", None).await;
    assert_eq!(json(&outcome)["cause"], cause, "{outcome:?}");
    assert_eq!(outcome.code, code, "{outcome:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_doctor_speaks_the_users_language() {
    let Some(home) = home() else { return };
    let mut command = home.command(&["doctor", "anna@localhost"]);
    command.env("LANG", "sv_SE.UTF-8");
    let outcome = tokio::task::spawn_blocking(move || scenarios::terminal::run(command, "canary"))
        .await
        .unwrap();
    assert_eq!(outcome.code, 6, "{outcome:?}");
    assert!(
        outcome.out.starts_with("Server utifrån adressen"),
        "{outcome:?}"
    );
    assert!(
        outcome
            .sentence()
            .starts_with("Det här är ingen e-postadress")
    );
}
