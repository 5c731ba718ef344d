//! Mailboxes that move to another server, and names that lead elsewhere.

#![cfg(unix)]
#![allow(clippy::expect_used, reason = "a test ends where a step fails")]

use std::sync::atomic::Ordering;

use exchange_sim::{
    Options, Simulator, Transport, World,
    server::faults::{Effect, Fault},
};
use tokio::sync::watch;

use crate::stage::{self, address, house::House, meeting, settings_text, world};

async fn exchange(world: World) -> Simulator {
    let options = Options {
        transport: Transport::Tls,
        ..Options::default()
    };
    stage::simulator_with(world, options).await
}

/// A house whose connector knows no server: both are confirmed and trusted.
fn house(servers: [&Simulator; 2], mailboxes: usize) -> House {
    let house = House::new(servers[0], mailboxes);
    let authorities = servers.map(|one| one.ca_pem().expect("an authority"));
    house.write("ca.pem", &authorities.concat());
    let folder = house.folder.path().to_str().expect("a path").to_owned();
    let [one, other] = servers.map(Simulator::address);
    let found = format!(
        "allow_basic = true\nca_file = \"{folder}/ca.pem\"\nconfirmed = [\"{one}\", \"{other}\"]"
    );
    house.write("connector.toml", &settings_text(&found, &folder));
    house
}

fn put(server: &Simulator, number: usize, title: &str) {
    let of = address(number);
    let added = server.world(|world| world.add(&of, meeting(&of, title, 4)));
    added.expect("an item");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mailbox_that_moves_to_another_server_is_followed_and_the_others_stay() {
    let (old, new) = (exchange(world(3)).await, exchange(world(3)).await);
    put(&old, 1, "Before");
    let mut house = house([&old, &new], 3);
    let (leads, at) = watch::channel(old.address());
    let servers = [old.address(), new.address()];
    house.proxy = Some(stage::network::autodiscover_among(servers, at).await);
    let running = house.start();
    running.until("listening", 3).await;
    running.until("meetings_put", 1).await;
    let searched = running.measure("discoveries").await;

    // It is at the new server with all that it had, and the old one knows it
    // no more (F22).
    put(&new, 1, "Before");
    put(&new, 1, "Made at the new server");
    leads.send_replace(new.address());
    old.faults().set(Fault {
        mailbox: Some(address(1)),
        ..Fault::always(Effect::SoapFault {
            code: "ErrorNonExistentMailbox".to_owned(),
            back_off: None,
        })
    });
    assert!(old.move_mailbox(&address(1)));
    let titles = async |number: usize| {
        let vault = house.vault().await;
        let titles = stage::titles(&vault, &address(number)).await;
        vault.close().await;
        titles
    };
    let both = ["Before", "Made at the new server"];
    stage::eventually("what it has there", async || titles(1).await == both).await;
    running.until("listening", 3).await;
    assert_eq!(new.subscriptions(), 1, "it listens at the new server");
    assert_eq!(running.measure("discoveries").await, searched + 1);

    // Each is heard where it is.
    put(&new, 1, "There");
    put(&old, 2, "Here");
    let there = ["Before", "Made at the new server", "There"];
    stage::eventually("news there", async || titles(1).await == there).await;
    stage::eventually("news here", async || titles(2).await == ["Here"]).await;
    running.end();
    let log = std::fs::read_to_string(house.path("log")).expect("a log");
    assert!(!log.contains("@example.org"), "{log}");
}

#[tokio::test(flavor = "multi_thread")]
async fn sr_50_a_name_that_leads_elsewhere_in_between_gets_nothing_and_is_followed_back() {
    let (server, foreign) = (exchange(world(2)).await, exchange(world(2)).await);
    let (leads, at) = watch::channel(server.address());
    let (name, knocked) = stage::network::rebound(at).await;
    let house = House::new(&server, 2);
    // The authority of the foreign one is nobody's here.
    house.write("ca.pem", server.ca_pem().expect("an authority"));
    let folder = house.folder.path().to_str().expect("a path").to_owned();
    let named = format!(
        "server = \"https://{name}/EWS/Exchange.asmx\"\nallow_basic = true\nca_file = \"{folder}/ca.pem\""
    );
    house.write("connector.toml", &settings_text(&named, &folder));
    let running = house.start();
    running.until("listening", 2).await;

    let before = knocked.load(Ordering::SeqCst);
    leads.send_replace(foreign.address());
    let tried = async || knocked.load(Ordering::SeqCst) > before;
    stage::eventually("an attempt", tried).await;
    put(&server, 1, "Meanwhile");
    leads.send_replace(server.address());
    running.until("meetings_put", 1).await;
    running.until("listening", 2).await;
    running.end();
    assert!(foreign.requests().is_empty(), "it was asked something");
}
