//! Thousands of mailboxes on one node: the connector, the service and the key
//! service as programs of their own beside a simulated Exchange, and clients
//! that read from the service, all on this machine. How long it takes until
//! all are in step and what that costs; then, while changes go on at a steady
//! rate, how long a change on Exchange takes until a client shows it.
//!
//! `cargo bench -p scenarios --bench hybrid`; `MAILBOXES=1000` for fewer than
//! 5,000, `ITEMS=60` for more than 5 in each, `CLIENTS=50` for fewer than 200
//! that read, `RATE=100` for more than 25 changes a second, `SECONDS=120` for
//! more than 60 of them. The programs are of the bench's own profile, which is
//! `release`; `JOINBELL_BIN` names a folder with others.

#![allow(
    clippy::expect_used,
    clippy::cast_precision_loss,
    clippy::disallowed_methods,
    reason = "a bench ends where a step fails, and measures real time"
)]

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    sync::Arc,
    time::{Duration, Instant},
};

use chrono::TimeDelta;
use engine::{Clock as _, Handle, Snapshot, SystemClock};
use exchange_sim::{Recording, generate, world::details::Details};
use futures_util::{StreamExt as _, stream};
use scenarios::{
    hybrid::{
        exchange_with,
        programs::{Part, Programs, binaries},
    },
    stage::ZONE,
};
use tokio::{sync::mpsc, task::JoinSet};

fn number(name: &str, otherwise: usize) -> usize {
    let given = std::env::var(name).ok();
    given
        .and_then(|text| text.parse().ok())
        .unwrap_or(otherwise)
}

async fn pause(time: Duration) {
    let time = TimeDelta::from_std(time).unwrap_or_default();
    SystemClock.wait_until(SystemClock.now() + time).await;
}

/// What the kernel says of a process: KiB resident, seconds of processor.
fn cost(process: u32) -> (u64, f64) {
    let read = |name: &str| fs::read_to_string(format!("/proc/{process}/{name}"));
    let status = read("status").expect("its status");
    let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let resident = resident.and_then(|text| text.split_whitespace().next()?.parse().ok());
    let stat = read("stat").expect("its times");
    let (_, after) = stat.rsplit_once(')').expect("a name");
    let ticks = after.split_whitespace().skip(11).take(2);
    let ticks: f64 = ticks.filter_map(|ticks| ticks.parse::<f64>().ok()).sum();
    // A tick is 10 ms on every Linux that Rust runs on.
    (resident.unwrap_or(0), ticks / 100.0)
}

const PARTS: [Part; 3] = [Part::Connector, Part::Service, Part::Keys];

fn costs(programs: &mut Programs) -> [(u64, f64); 3] {
    PARTS.map(|part| cost(programs.process(part)))
}

async fn until(programs: &Programs, name: &str, at_least: usize) {
    while programs.measure(name).await < at_least as u64 {
        pause(Duration::from_millis(200)).await;
    }
}

fn news(number: usize) -> Details {
    let start = SystemClock.now() + TimeDelta::hours(26);
    let end = start + TimeDelta::hours(1);
    Details::new(format!("News {number}"), start, end, ZONE)
}

/// Tells when each piece of news is first seen.
async fn follow(client: Handle, seen: mpsc::UnboundedSender<(usize, Instant)>) {
    let mut snapshots = client.snapshots();
    let mut known = BTreeSet::new();
    while snapshots.changed().await.is_ok() {
        let snapshot: Arc<Snapshot> = snapshots.borrow_and_update().clone();
        let moment = Instant::now();
        for meeting in snapshot.agenda.iter() {
            let number = meeting.title.strip_prefix("News ");
            if let Some(number) = number.and_then(|number| number.parse().ok())
                && known.insert(number)
                && seen.send((number, moment)).is_err()
            {
                return;
            }
        }
    }
}

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    let (mailboxes, items) = (number("MAILBOXES", 5000), number("ITEMS", 5));
    let (readers, rate) = (number("CLIENTS", 200).min(mailboxes), number("RATE", 25));
    let users: Vec<String> = (0..mailboxes).map(generate::address).collect();
    let world = generate::world(SystemClock.now(), ZONE, mailboxes, items).expect("a world");
    let exchange = exchange_with(world, &users, Recording::Off).await;
    let begun = Instant::now();
    let mut programs = Programs::start(exchange, &users, &binaries()).expect("the programs");
    until(&programs, "in_step", mailboxes).await;
    let took = begun.elapsed().as_secs_f64();
    let put = programs.measure("meetings_put").await;
    println!("{mailboxes} mailboxes in step, {put} meetings sealed: {took:.1} s");
    until(&programs, "listening", mailboxes).await;
    for (part, (resident, processor)) in PARTS.iter().zip(costs(&mut programs)) {
        println!("  {part:?}: {processor:.1} s of processor, {resident} KiB resident");
    }

    // Every so manyth mailbox has somebody who reads.
    let step = mailboxes / readers.max(1);
    let reading: Vec<usize> = (0..readers).map(|reader| reader * step).collect();
    let (seen, mut heard) = mpsc::unbounded_channel();
    let enrolled = stream::iter(reading.clone()).map(|at| {
        let programs = &programs;
        async move { programs.enrolled(&generate::address(at)).await }
    });
    let devices: Vec<_> = enrolled.buffer_unordered(8).collect().await;
    let mut followers = JoinSet::new();
    for device in &devices {
        followers.spawn(follow(programs.client(device), seen.clone()));
    }
    drop(seen);
    pause(Duration::from_secs(10)).await;

    let before = costs(&mut programs);
    let changes = number("SECONDS", 60) * rate;
    let mut made: BTreeMap<usize, Instant> = BTreeMap::new();
    let begun = Instant::now();
    let every = Duration::from_secs(1) / u32::try_from(rate.max(1)).unwrap_or(1);
    for change in 0..changes {
        // Every second one is in a mailbox that is read.
        let at = if change % 2 == 0 {
            reading[change / 2 % reading.len()]
        } else {
            change * 7919 % mailboxes
        };
        let address = generate::address(at);
        let added = programs
            .exchange
            .world(|world| world.add(&address, news(change)));
        added.expect("an item");
        if at % step == 0 && at / step < readers {
            made.insert(change, Instant::now());
        }
        let next = begun + every * u32::try_from(change + 1).unwrap_or(u32::MAX);
        pause(next.saturating_duration_since(Instant::now())).await;
    }
    let lasted = begun.elapsed().as_secs_f64();
    let mut times = Vec::new();
    let end = Instant::now() + Duration::from_mins(1);
    while times.len() < made.len() && Instant::now() < end {
        let next = tokio::time::timeout(Duration::from_secs(1), heard.recv()).await;
        if let Ok(Some((number, moment))) = next
            && let Some(from) = made.get(&number)
        {
            times.push(moment.saturating_duration_since(*from).as_secs_f64());
        }
    }
    let after = costs(&mut programs);
    times.sort_by(f64::total_cmp);
    let at = |of_a_hundred: usize| {
        let place = times.len() * of_a_hundred / 100;
        let time = times.get(place.min(times.len().saturating_sub(1)));
        time.copied().unwrap_or_default() * 1000.0
    };
    println!(
        "{changes} changes in {lasted:.0} s, {:.0} a second, {} of them in a mailbox that one of \
         {readers} clients reads: {} were shown",
        changes as f64 / lasted,
        made.len(),
        times.len()
    );
    println!(
        "  from the change to the client: median {:.0} ms, 99 of 100 within {:.0} ms, the last {:.0} ms",
        at(50),
        at(99),
        at(100)
    );
    for (part, (before, after)) in PARTS.iter().zip(before.iter().zip(after)) {
        let processor = after.1 - before.1;
        println!(
            "  {part:?}: {:.2} ms of processor a change, thus {:.0} changes a second and core; {} KiB \
             resident",
            processor * 1000.0 / changes as f64,
            changes as f64 / processor,
            after.0
        );
    }
    followers.abort_all();
    assert_eq!(times.len(), made.len(), "each change is shown");
    programs.stop().expect("each ends well when it is asked");
}
