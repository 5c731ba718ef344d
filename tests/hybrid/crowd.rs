//! 200 mailboxes and all their users at once, through everything that can be
//! taken away.

use std::{collections::BTreeMap, sync::Arc};

use chrono::{DateTime, Duration, NaiveDate, Utc};
use engine::{Clock as _, Handle, Snapshot, SystemClock};
use exchange_sim::{
    World,
    world::series::{Pattern, Range, Series},
};
use futures_util::future::join_all;
use scenarios::{
    canary,
    hybrid::{Hybrid, exchange, measure},
    stage::{PASSWORD, ZONE, titles},
};

use crate::scene::{meeting, now};

const USERS: usize = 200;
/// How long a change may take to reach everybody.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(60);

fn address(number: usize) -> String {
    format!("user{number}@example.org")
}

/// A title that says whose it is, as no other does.
fn of(title: &str, number: usize) -> String {
    format!("canary-{title} of {number}.")
}

fn first_day() -> NaiveDate {
    let first = now() + Duration::minutes(120);
    first.with_timezone(&ZONE).date_naive()
}

fn world() -> World {
    let mut world = World::empty(now());
    for number in 0..USERS {
        let whose = address(number);
        world.add_mailbox(&whose, &format!("User {number}"), ZONE, PASSWORD);
        let one = meeting(&of("single", number), 60);
        world.add(&whose, one).expect("an item");
        let series = Series::new(Pattern::Daily { every: 1 }, first_day(), Range::Count(3));
        world
            .add_series(&whose, meeting(&of("series", number), 120), series)
            .expect("a series");
    }
    world
}

struct Crowd {
    hybrid: Hybrid,
    clients: Vec<Handle>,
}

impl Crowd {
    async fn gather() -> (Self, scenarios::hybrid::Beside) {
        let users: Vec<String> = (0..USERS).map(address).collect();
        let hybrid = Hybrid::beside(exchange(world(), &users).await, users).await;
        let connector = hybrid.connector().await;
        let mut clients = Vec::new();
        let numbers: Vec<usize> = (0..USERS).collect();
        for some in numbers.chunks(20) {
            let enrolled = some.iter().map(|number| async {
                let device = hybrid.enrolled(&address(*number)).await;
                hybrid.client(&device)
            });
            clients.extend(join_all(enrolled).await);
        }
        (Self { hybrid, clients }, connector)
    }

    /// Does something in every mailbox at once.
    fn everywhere(&self, act: impl Fn(&mut World, &str, usize)) {
        self.hybrid.exchange.world(|world| {
            for number in 0..USERS {
                act(world, &address(number), number);
            }
        });
    }

    /// Waits until each client has these, how often, and nothing else.
    async fn until(&self, expected: impl Fn(usize) -> Vec<(&'static str, usize)>) {
        let all = self.clients.iter().enumerate().map(|(number, client)| {
            let wanted: BTreeMap<String, usize> = expected(number)
                .into_iter()
                .map(|(title, count)| (of(title, number), count))
                .collect();
            async move {
                let mut snapshots = client.snapshots();
                let is = |snapshot: &Arc<Snapshot>| has_all(snapshot, &wanted);
                let there = tokio::time::timeout(PATIENCE, snapshots.wait_for(is)).await;
                if there.is_err() {
                    let last = client.snapshots().borrow().clone();
                    assert_eq!(
                        titles(&last),
                        wanted.keys().collect::<Vec<_>>(),
                        "of {number}, {:?}",
                        last.health
                    );
                }
            }
        });
        join_all(all).await;
    }
}

impl Crowd {
    /// Waits until everybody whose meeting asked for it has the own room, and
    /// looks that it was written once.
    async fn until_joined(&self) {
        let all = (0..USERS).step_by(4).map(|number| async move {
            let mut snapshots = self.clients[number].snapshots();
            let room = format!("https://acme.webex.com/meet/user{number}");
            let title = of("new", number);
            let joined = snapshots.wait_for(|snapshot| {
                let mut all = snapshot.agenda.iter();
                let new = all.find(|meeting| meeting.title == title);
                new.is_some_and(|new| new.join.0.iter().any(|link| link.url.as_str() == room))
            });
            let joined = tokio::time::timeout(PATIENCE, joined).await;
            assert!(joined.is_ok(), "{number} has no way to join");
        });
        join_all(all).await;
        let requests = self.hybrid.exchange.requests();
        let written = requests.iter().filter(|one| one.operation == "UpdateItem");
        assert_eq!(written.count(), USERS / 4, "each is written once");
    }
}

/// The code of the enrolment stands in the calendar as well.
fn has_all(snapshot: &Snapshot, wanted: &BTreeMap<String, usize>) -> bool {
    let mut found = BTreeMap::new();
    for title in titles(snapshot) {
        if !title.starts_with("Joinbell code ") {
            *found.entry(title.to_owned()).or_insert(0) += 1;
        }
    }
    found == *wanted
}

async fn pause(milliseconds: i64) {
    let until: DateTime<Utc> = now() + Duration::milliseconds(milliseconds);
    SystemClock.wait_until(until).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_users_see_their_own_whatever_is_taken_away() {
    let (mut crowd, connector) = Crowd::gather().await;
    crowd.until(|_| vec![("single", 1), ("series", 3)]).await;

    // All at once: new ones, a changed and a missing occurrence, keywords.
    crowd.everywhere(|world, whose, number| {
        let mut new = meeting(&of("new", number), 90);
        if number % 4 == 0 {
            new = new.at("@webex");
        }
        world.add(whose, new).expect("an item");
        let series = world
            .find(whose, &of("series", number))
            .expect("it is there");
        let second = first_day() + Duration::days(1);
        let third = first_day() + Duration::days(2);
        world
            .change_occurrence(whose, series, second, |details| {
                details.subject = of("occurrence", number);
            })
            .expect("an occurrence");
        world
            .delete_occurrence(whose, series, third)
            .expect("an occurrence");
    });
    let changed = |_: usize| vec![("single", 1), ("series", 1), ("occurrence", 1), ("new", 1)];
    crowd.until(changed).await;
    crowd.until_joined().await;

    // The connector is killed while all change once more.
    crowd.everywhere(|world, whose, number| {
        let single = world
            .find(whose, &of("single", number))
            .expect("it is there");
        world.delete(whose, single).expect("it goes");
    });
    connector.kill();
    crowd.everywhere(|world, whose, number| {
        world
            .add(whose, meeting(&of("late", number), 100))
            .expect("an item");
    });
    let mut connector = crowd.hybrid.connector().await;
    let caught_up = |_: usize| vec![("series", 1), ("occurrence", 1), ("new", 1), ("late", 1)];
    crowd.until(caught_up).await;

    // The store is away: what waits is a number for each mailbox, and Exchange
    // is not read for nobody.
    crowd.hybrid.stop_service().await;
    crowd.hybrid.exchange.forget_requests();
    crowd.everywhere(|world, whose, number| {
        world
            .add(whose, meeting(&of("stored", number), 110))
            .expect("an item");
    });
    let endpoint = connector.endpoint().await;
    while measure(endpoint, "owed").await < USERS as u64 - 20 {
        pause(100).await;
    }
    assert!(measure(endpoint, "owed").await <= USERS as u64);
    let read = |crowd: &Crowd| {
        let requests = crowd.hybrid.exchange.requests();
        let read = requests.iter().filter(|one| one.operation == "GetItem");
        read.count()
    };
    assert!(read(&crowd) <= 20, "{} were read for nobody", read(&crowd));
    crowd.hybrid.start_service().await;
    let stored = |number: usize| {
        let mut all = caught_up(number);
        all.push(("stored", 1));
        all
    };
    crowd.until(stored).await;
    connector.stop().await;

    // Without keys nothing is read, so that nothing waits in the clear.
    crowd.hybrid.stop_keys().await;
    crowd.hybrid.exchange.forget_requests();
    crowd.everywhere(|world, whose, number| {
        world
            .add(whose, meeting(&of("sealed", number), 115))
            .expect("an item");
    });
    let mut connector = crowd.hybrid.connector().await;
    let endpoint = connector.endpoint().await;
    while measure(endpoint, "store_resting").await == 0 {
        pause(100).await;
    }
    assert_eq!(read(&crowd), 0, "items were read without a key");
    crowd.hybrid.start_keys().await;
    crowd
        .until(|number| {
            let mut all = stored(number);
            all.push(("sealed", 1));
            all
        })
        .await;

    connector.stop().await;
    let mut words = crowd.hybrid.exchange.world(|world| canary::words_of(world));
    // The settings name the rooms, and nobody's.
    words.extend([PASSWORD, "acme.webex.com/meet/user"].map(str::to_owned));
    let search = canary::Search::new(words);
    for file in crowd.hybrid.files() {
        let bytes = std::fs::read(&file).expect("a file");
        assert_eq!(search.found(&bytes), None, "in {}", file.display());
    }
    for client in crowd.clients {
        client.stop().await;
    }
    crowd.hybrid.stop().await;
}
