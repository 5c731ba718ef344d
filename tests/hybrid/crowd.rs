//! 200 mailboxes and all their users at once, through everything that can be
//! taken away: the connector, the service and the key service are programs of
//! their own, which are killed (SIGKILL) and started again.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::Arc,
};

use chrono::{DateTime, Duration, NaiveDate, Utc};
use engine::{Clock as _, Handle, Snapshot, SystemClock, remote::device::Device};
use exchange_sim::{
    World,
    world::{
        details::{Details, Person, Response},
        mailbox::OofState,
        series::{Pattern, Range, Series},
    },
};
use futures_util::future::join_all;
use scenarios::{
    canary,
    hybrid::{
        exchange,
        programs::{Part, Programs, binaries},
    },
    memory,
    stage::{PASSWORD, ZONE, titles},
};
use vault::{
    hybrid::passport::{Audience, Holder, SignKey},
    remote::{Caller, KeyService, Membership},
};

use crate::scene::{now, seconds};

const USERS: usize = 200;
/// How long a change may take to reach everybody.
const PATIENCE: std::time::Duration = std::time::Duration::from_mins(1);

fn address(number: usize) -> String {
    format!("user{number}@example.org")
}

/// A title that says whose it is, as no other does.
fn of(title: &str, number: usize) -> String {
    format!("canary-{title} of {number}.")
}

/// A word in every field that a user fills.
fn meeting(title: &str, number: usize, minutes: i64) -> Details {
    let guest = Person::new(
        format!("Canary Guest {number}"),
        format!("canary-guest{number}@example.net"),
    );
    let owner = Person::new(format!("User {number}"), address(number));
    let mut meeting = crate::scene::meeting(&of(title, number), minutes)
        .text(of("text", number))
        .called_by(owner, Response::Organizer)
        .with(guest, Response::NoResponseReceived);
    meeting.categories = vec![of("category", number)];
    meeting
}

/// What is in no calendar and is nobody's business either.
const BESIDE: [&str; 8] = [
    PASSWORD,
    // The settings name the rooms, and nobody's.
    "acme.webex.com/meet/user",
    // What was deleted is in no calendar any more.
    "canary-single",
    "canary-category",
    "canary-reply",
    "canary-external",
    "canary-link",
    "Canary Guest",
];

fn first_day() -> NaiveDate {
    let first = now() + Duration::minutes(120);
    first.with_timezone(&ZONE).date_naive()
}

fn world() -> World {
    let mut world = World::empty(now());
    for number in 0..USERS {
        let whose = address(number);
        let user = world.add_mailbox(&whose, &format!("User {number}"), ZONE, PASSWORD);
        user.oof.internal = of("reply", number);
        user.oof.external = of("external", number);
        if number % 10 == 0 {
            user.oof.state = OofState::Enabled;
        }
        let one = meeting("single", number, 60);
        world.add(&whose, one).expect("an item");
        let series = Series::new(Pattern::Daily { every: 1 }, first_day(), Range::Count(3));
        let mut daily = meeting("series", number, 120);
        // One with a link asks for none by its keyword.
        daily.join_url = Some(format!("https://canary-link.example.net/{number}"));
        world.add_series(&whose, daily, series).expect("a series");
    }
    world
}

struct Crowd {
    programs: Programs,
    clients: Vec<Handle>,
    /// The keys of some of the mailboxes, as their devices are given them.
    keys: Vec<(String, Vec<u8>)>,
}

impl Crowd {
    async fn gather() -> Self {
        let users: Vec<String> = (0..USERS).map(address).collect();
        let exchange = exchange(world(), &users).await;
        let programs = Programs::start(exchange, &users, &binaries()).expect("the programs");
        let (mut clients, mut keys) = (Vec::new(), Vec::new());
        let numbers: Vec<usize> = (0..USERS).collect();
        for some in numbers.chunks(20) {
            let programs = &programs;
            let enrolled = some.iter().map(|number| async move {
                let device = programs.enrolled(&address(*number)).await;
                let keys = match number % 20 {
                    0 => keys_of(&device, &programs.ca_file()).await,
                    _ => Vec::new(),
                };
                (programs.client(&device), keys)
            });
            for (client, its_keys) in join_all(enrolled).await {
                clients.push(client);
                keys.extend(its_keys);
            }
        }
        assert_eq!(keys.len(), USERS / 20 * 2, "one for ids and one for a week");
        Self {
            programs,
            clients,
            keys,
        }
    }

    fn start_again(&mut self, part: Part) {
        self.programs.start_again(part).expect("it starts again");
    }

    /// Does something in every mailbox at once.
    fn everywhere(&self, act: impl Fn(&mut World, &str, usize)) {
        self.programs.exchange.world(|world| {
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
        let requests = self.programs.exchange.requests();
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

impl Crowd {
    /// Waits until one of the connector's measures is as it should be.
    async fn until_measured(&self, name: &str, right: impl Fn(u64) -> bool) {
        let end = now() + Duration::from_std(PATIENCE).unwrap_or_default();
        loop {
            let measured = self.programs.measure(name).await;
            if right(measured) {
                return;
            }
            assert!(now() < end, "{name} is {measured}");
            pause(100).await;
        }
    }

    /// How many times items were read since that was forgotten.
    fn read(&self) -> usize {
        let requests = self.programs.exchange.requests();
        let read = requests.iter().filter(|one| one.operation == "GetItem");
        read.count()
    }

    /// Looks for what is nobody's business in all that the programs have in
    /// memory and on disk, and in copies of the databases as an administrator
    /// makes them.
    async fn nothing_is_told(&mut self) {
        let (mut words, addresses) = self
            .programs
            .exchange
            .world(|world| (canary::words_of(world), canary::addresses_of(world)));
        words.extend(addresses);
        let search = canary::Search::new(words.into_iter().chain(BESIDE.map(str::to_owned)));
        let keys = canary::Search::with_keys([], self.keys.iter().cloned());
        for part in [Part::Service, Part::Keys] {
            let mut found = None;
            let read = self.programs.memory_of(part, |bytes| {
                let mut word = search.found(bytes);
                // The key service has keys in memory: it wraps them.
                if part == Part::Service {
                    word = word.or_else(|| keys.found(bytes));
                }
                found = found.take().or(word.map(str::to_owned));
            });
            match read {
                Ok(bytes) => {
                    assert!(bytes > 1 << 20, "{bytes} bytes are no program's memory");
                    assert_eq!(found, None, "in the memory of {part:?}");
                }
                Err(why) => memory::is_not_searched(&why),
            }
        }
        for name in ["service", "keys"] {
            let database = self.programs.folder().join(format!("{name}.db"));
            back_up(&database, &database.with_extension("backup")).await;
        }
        let files = self.programs.files();
        let backups = files
            .iter()
            .filter(|file| file.extension() == Some("backup".as_ref()));
        assert_eq!(backups.count(), 2);
        // What an administrator writes for the connector names whom it is for.
        let written = |file: &PathBuf| {
            ["mailboxes", "connector.toml"]
                .contains(&&*file.file_name().unwrap_or_default().to_string_lossy())
        };
        for file in files.into_iter().filter(|file| !written(file)) {
            let bytes = std::fs::read(&file).expect("a file");
            assert_eq!(search.found(&bytes), None, "in {}", file.display());
            assert_eq!(keys.found(&bytes), None, "in {}", file.display());
        }
    }
}

/// The keys that the key service releases to a device, in the clear.
async fn keys_of(device: &Device, ca: &Path) -> Vec<(String, Vec<u8>)> {
    let member = Membership {
        organization: device.organization,
        holder: Holder::Device(device.device),
        key: SignKey::from_bytes(device.sign.expose()),
    };
    let member = Some(Arc::new(member));
    let caller = Caller::new(
        &device.keys_url,
        Some(ca),
        Audience::Keys,
        member,
        seconds(),
    );
    let keys = KeyService::new(caller.expect("a caller"), device.key_service);
    let released = keys.release(device.mailbox, &device.open).await;
    let plain = released.expect("the keys").encode();
    // The key of blind ids, then each week with its number in front.
    let (index, weeks) = plain.split_at(32);
    let weeks = weeks.chunks(36).map(|week| &week[4..]);
    let all = std::iter::once(index).chain(weeks);
    all.map(|key| (format!("a key of {}", device.mailbox), key.to_vec()))
        .collect()
}

/// Copies a database while its program runs.
async fn back_up(database: &Path, to: &Path) {
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(database);
    let pool = sqlx::SqlitePool::connect_with(options).await;
    let pool = pool.expect("the database");
    let backup = sqlx::query("VACUUM INTO $1").bind(to.display().to_string());
    backup.execute(&pool).await.expect("a backup");
    pool.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_users_see_their_own_whatever_is_taken_away() {
    let mut crowd = Crowd::gather().await;
    crowd.until(|_| vec![("single", 1), ("series", 3)]).await;

    // All at once: new ones, a changed and a missing occurrence, keywords.
    crowd.everywhere(|world, whose, number| {
        let mut new = meeting("new", number, 90);
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
    crowd.programs.kill(Part::Connector);
    crowd.everywhere(|world, whose, number| {
        world
            .add(whose, meeting("late", number, 100))
            .expect("an item");
    });
    crowd.start_again(Part::Connector);
    let caught_up = |_: usize| vec![("series", 1), ("occurrence", 1), ("new", 1), ("late", 1)];
    crowd.until(caught_up).await;

    // The store is killed: what waits is a number for each mailbox, and
    // Exchange is not read for nobody.
    crowd.programs.kill(Part::Service);
    crowd.programs.exchange.forget_requests();
    crowd.everywhere(|world, whose, number| {
        world
            .add(whose, meeting("stored", number, 110))
            .expect("an item");
    });
    let (most, nearly_all) = (USERS as u64, USERS as u64 - 20);
    crowd
        .until_measured("owed", |owed| owed >= nearly_all)
        .await;
    assert!(crowd.programs.measure("owed").await <= most);
    assert!(crowd.read() <= 20, "{} were read for nobody", crowd.read());
    crowd.start_again(Part::Service);
    let stored = |number: usize| {
        let mut all = caught_up(number);
        all.push(("stored", 1));
        all
    };
    crowd.until(stored).await;

    // Without keys nothing is read, so that nothing waits in the clear.
    crowd.programs.kill(Part::Connector);
    crowd.programs.kill(Part::Keys);
    crowd.programs.exchange.forget_requests();
    crowd.everywhere(|world, whose, number| {
        world
            .add(whose, meeting("sealed", number, 115))
            .expect("an item");
    });
    crowd.start_again(Part::Connector);
    crowd
        .until_measured("store_resting", |resting| resting > 0)
        .await;
    assert_eq!(crowd.read(), 0, "items were read without a key");
    crowd.start_again(Part::Keys);
    crowd
        .until(|number| {
            let mut all = stored(number);
            all.push(("sealed", 1));
            all
        })
        .await;

    crowd.nothing_is_told().await;
    for client in crowd.clients {
        client.stop().await;
    }
    crowd
        .programs
        .stop()
        .expect("each ends well when it is asked");
}
