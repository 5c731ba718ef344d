//! A list, or a group, of which more than half has gone at once: nobody's keys
//! are destroyed before somebody has said that it is right.

#![cfg(unix)]
#![allow(clippy::expect_used, reason = "a test ends where a step fails")]

use std::fs;

use exchange_sim::Simulator;

use crate::stage::{
    address, eventually,
    house::{House, Running},
    simulator, world,
};

const MANY: usize = 24;
const FEW: usize = 2;
const GROUP: &str = "everybody@example.org";

fn errors(house: &House) -> usize {
    let log = fs::read_to_string(house.path("log")).expect("a log");
    assert!(!log.contains("example.org"), "{log}");
    log.matches("more than half of the mailboxes have left")
        .count()
}

/// The next reload is refused.
async fn is_refused(house: &House, running: &Running, refused: usize) {
    running.signal("-HUP");
    eventually("a refusal", async || errors(house) == refused).await;
    running.until("list_in_doubt", 1).await;
    assert!(running.ask("/health").await.contains("partly"));
    running.until("listening", MANY as u64).await;
}

/// The next reload is taken.
async fn is_taken(house: &House, running: &Running) {
    running.signal("-HUP");
    running.until("mailboxes", FEW as u64).await;
    running.until("list_in_doubt", 0).await;
    let all = async || forgotten(house).await == MANY - FEW;
    eventually("the others are forgotten", all).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sr_55_a_list_that_was_cut_is_taken_neither_by_a_start_nor_by_a_reload_that_meant_something_else()
 {
    let simulator = simulator(world(MANY)).await;
    let house = House::new(&simulator, MANY);
    let running = house.start();
    running.until("listening", MANY as u64).await;
    house.list(FEW);
    is_refused(&house, &running, 1).await;
    running.end();
    assert_eq!(forgotten(&house).await, 0);

    let (clean, said) = house.check();
    assert!(!clean && said.contains("Of 24 mailboxes"), "{said}");
    let running = house.start();
    running.until("listening", MANY as u64).await;
    assert_eq!(errors(&house), 2);
    running.until("list_in_doubt", 1).await;
    running.end();
    assert_eq!(forgotten(&house).await, 0);

    // Whoever has seen it has it read once more.
    let running = house.start();
    running.until("listening", MANY as u64).await;
    is_taken(&house, &running).await;
    running.end();
    let running = house.start();
    running.until("listening", FEW as u64).await;
    assert_eq!(running.measure("list_in_doubt").await, 0);
    running.end();
}

/// How many mailboxes have nothing sealed.
async fn forgotten(house: &House) -> usize {
    let vault = house.vault().await;
    let mut forgotten = 0;
    for number in 0..MANY {
        let name = format!("meetings/{}", address(number));
        let series = vault.series(vault::SeriesId(name));
        let loaded = series.load().await.expect("a series");
        forgotten += usize::from(loaded.head.is_none());
    }
    vault.close().await;
    forgotten
}

fn members(simulator: &Simulator, number: usize) {
    let members: Vec<String> = (0..number).map(address).collect();
    simulator.world(|world| world.put_group(GROUP, members));
}

#[tokio::test(flavor = "multi_thread")]
async fn sr_55_a_group_that_has_lost_more_than_half_is_not_taken_by_a_start() {
    let simulator = simulator(world(MANY)).await;
    members(&simulator, MANY);
    let house = House::new(&simulator, 0);
    let settings = fs::read_to_string(house.path("connector.toml")).expect("settings");
    let list = format!("list = \"{}\"", house.path("mailboxes").display());
    let group = format!("group = \"{GROUP}\"");
    house.write("connector.toml", &settings.replace(&list, &group));
    let running = house.start();
    running.until("listening", MANY as u64).await;
    running.end();

    members(&simulator, FEW);
    let running = house.start();
    running.until("listening", MANY as u64).await;
    running.until("list_in_doubt", 1).await;
    assert_eq!(errors(&house), 1);
    is_taken(&house, &running).await;
    running.end();
}
