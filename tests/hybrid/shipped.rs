//! An ordinary day by the limits that the programs are shipped with: the other
//! scenarios do in a minute what a day has, and are let do it.

use std::sync::Arc;

use chrono::Duration;
use engine::{Handle, Scheduler as _, SystemClock, remote::asks::Asker};
use exchange_sim::World;
use futures_util::future::join_all;
use scenarios::{
    hybrid::{Hybrid, exchange},
    stage::{PASSWORD, ZONE, titles, until},
};

use crate::scene::{meeting, now};

/// More than are added in a minute where one tells the other of it.
const USERS: usize = 24;

fn address(number: usize) -> String {
    format!("user{number}@example.org")
}

fn title(what: &str, number: usize) -> String {
    format!("{what} of {number}")
}

async fn all_have(clients: &[Handle], what: &str) {
    let each = clients.iter().enumerate().map(async |(number, client)| {
        let title = title(what, number);
        until(client, |snapshot| {
            titles(snapshot).contains(&title.as_str())
        })
        .await;
    });
    join_all(each).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_who_does_what_is_usual_is_asked_to_wait() {
    let users: Vec<String> = (0..USERS).map(address).collect();
    let mut world = World::empty(now());
    for (number, user) in users.iter().enumerate() {
        world.add_mailbox(user, &format!("User {number}"), ZONE, PASSWORD);
        for minutes in [60, 120, 180] {
            world
                .add(user, meeting(&title("First", number), minutes))
                .unwrap();
        }
    }
    let mut hybrid = Hybrid::as_shipped(exchange(world, &users).await, users.clone()).await;
    let connector = hybrid.connector().await;
    // All add their devices at once, and start their clients.
    let devices = join_all(users.iter().map(|user| hybrid.enrolled(user))).await;
    let clients: Vec<Handle> = devices.iter().map(|device| hybrid.client(device)).collect();
    all_have(&clients, "First").await;

    // Each asks for everybody's time, and everybody's day changes.
    let (start, end) = (now(), now() + Duration::hours(8));
    let asked = devices.iter().map(async |device| {
        let (at, ca) = (hybrid.url(), hybrid.ca_file());
        let asker = Asker::of_device(&at, Some(&ca), device, Arc::new(SystemClock));
        let asker = asker.expect("an asker");
        let told = asker.time_of(&users[..8], start, end, ZONE).await;
        told.expect("the connector answers").len()
    });
    assert_eq!(join_all(asked).await, [8; USERS]);
    for round in 0..5 {
        hybrid.exchange.world(|world| {
            for (number, user) in users.iter().enumerate() {
                let title = title(&format!("Round {round}"), number);
                world.add(user, meeting(&title, 240)).unwrap();
            }
        });
        all_have(&clients, &format!("Round {round}")).await;
    }

    // Everything starts anew, and all are there at once.
    join_all(clients.into_iter().map(Handle::stop)).await;
    let said = hybrid.measures().await;
    connector.stop().await;
    hybrid.stop_service().await;
    hybrid.stop_keys().await;
    hybrid.start_keys().await;
    hybrid.start_service().await;
    let connector = hybrid.connector().await;
    let clients: Vec<Handle> = devices.iter().map(|device| hybrid.client(device)).collect();
    all_have(&clients, "Round 4").await;
    let said = said + &hybrid.measures().await;
    assert!(said.contains("status=\"200\""), "{said}");
    let waits: Vec<&str> = said
        .lines()
        .filter(|line| line.contains("status=\"429\""))
        .collect();
    assert!(waits.is_empty(), "{waits:?}");
    connector.stop().await;
    join_all(clients.into_iter().map(Handle::stop)).await;
    hybrid.stop().await;
}
