//! `joinbell-cli account add --email`: the server is found by the address.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]

use std::fs;

use chrono_tz::Tz;
use exchange_sim::{Options, SignIn, Simulator, Transport, demo};
use scenarios::{
    network::autodiscover_at,
    terminal::{Home, Outcome, Secrets},
};

async fn exchange() -> Simulator {
    let options = Options {
        transport: Transport::Tls,
        sign_in: SignIn::Ntlm,
        ..Options::default()
    };
    let world = demo::day((options.clock)(), Tz::Europe__Stockholm);
    Simulator::start(world, options).await.unwrap()
}

/// Adds an account over a network in which the domain's Autodiscover host is
/// the simulator.
async fn add(home: &Home, server: &Simulator, more: &[&str]) -> Outcome {
    let ca = home.data().join("../ca.pem");
    fs::write(&ca, server.ca_pem().unwrap()).unwrap();
    let ca = ca.display().to_string();
    let mut arguments = vec!["account", "add", "--ca", &ca];
    arguments.extend(more);
    let proxy = autodiscover_at(server.address()).await;
    let mut command = home.command(&arguments);
    command.env("HTTPS_PROXY", format!("http://{proxy}"));
    let run = move || scenarios::terminal::run(command, demo::PASSWORD);
    tokio::task::spawn_blocking(run).await.unwrap()
}

fn home() -> Option<Home> {
    Home::new(Secrets::Working)
        .map_err(|lacks| println!("skipped: {lacks}"))
        .ok()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_is_enough_where_the_place_is_confirmed() {
    let server = exchange().await;
    let Some(home) = home() else { return };
    let place = server.address().to_string();
    let added = add(
        &home,
        &server,
        &["--email", demo::ADDRESS, "--trust", &place],
    )
    .await;
    assert_eq!(added.code, 0, "{added:?}");
    let found = format!("Found {}.", server.ews_url());
    assert_eq!(added.out.lines().next(), Some(found.as_str()));
    let listed = home.run(&["account", "list"], "");
    assert!(listed.out.contains(demo::ADDRESS), "{listed:?}");
    assert!(listed.out.contains(&server.ews_url()), "{listed:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn sr_18_a_server_outside_the_domain_is_named_and_gets_nothing() {
    let server = exchange().await;
    let Some(home) = home() else { return };
    let refused = add(&home, &server, &["--email", demo::ADDRESS]).await;
    assert_eq!(refused.code, 6, "{refused:?}");
    let option = format!("--trust {}", server.address());
    assert!(refused.sentence().contains(&option), "{refused:?}");
    assert!(server.requests().is_empty());
    let listed = home.run(&["account", "list"], "");
    assert_eq!(listed.out, "");
}

#[tokio::test(flavor = "multi_thread")]
async fn where_strangers_are_told_nothing_the_server_is_found_signed_in() {
    let server = exchange().await;
    server.world(|world| world.redirect("old@example.org", demo::ADDRESS));
    let Some(home) = home() else { return };
    let place = server.address().to_string();
    let moved = ["--email", "old@example.org", "--trust", &place];
    let mut arguments = moved.to_vec();
    arguments.extend(["--user", demo::ADDRESS]);
    let added = add(&home, &server, &arguments).await;
    assert_eq!(added.code, 0, "{added:?}");
    assert!(!added.out.contains("Found"), "{added:?}");
    let listed = home.run(&["account", "list"], "");
    assert!(listed.out.contains(&server.ews_url()), "{listed:?}");
    // The user name stays as it was given, whatever address is found.
    assert!(listed.out.contains(demo::ADDRESS), "{listed:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_needs_an_address_or_a_name() {
    let server = exchange().await;
    let Some(home) = home() else { return };
    let refused = add(&home, &server, &["--trust", "ex.partner.net"]).await;
    assert_eq!(refused.code, 2, "{refused:?}");
    let no_address = add(&home, &server, &["--email", "anna"]).await;
    assert_eq!(no_address.code, 6, "{no_address:?}");
}
