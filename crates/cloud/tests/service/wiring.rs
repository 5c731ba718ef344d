//! Whatever is written in which order, everybody is told what is their own, and
//! nothing of it comes out elsewhere (SR-51): two organizations whose mailboxes
//! and series have the same ids, so that a place which is named by a part of
//! its name alone is another's.

#![allow(clippy::unwrap_used, reason = "a test ends where a step fails")]

use std::collections::BTreeMap;

use cloud::server::Running;
use proptest::{
    collection::vec,
    prelude::*,
    test_runner::{Config, TestRunner},
};
use vault::{
    Store as _,
    hybrid::passport::Audience,
    opaque::OpaqueId,
    remote::{Answers, Asks, Caller, RemoteError, RemoteStore},
    store::{BlindId, Outcome, Replace, SealedBatch, SealedRow},
};

use crate::stage::{self, Device, Organization, Place, SetClock};

const ORGANIZATIONS: usize = 2;
const MAILBOXES: usize = 3;
const SERIES: u8 = 2;

/// A mailbox of an organization.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Whose {
    organization: usize,
    mailbox: usize,
}

#[derive(Debug, Clone)]
enum Step {
    /// The connector puts one record in the place of all.
    Commit(Whose, u8, u8),
    /// It forgets a series.
    Forget(Whose, u8),
    /// A device asks.
    Ask(Whose, u8),
    /// A connector answers all that waits.
    Answer(usize),
    /// A mailbox goes with its device, and comes again.
    Leave(Whose),
}

fn whose() -> impl Strategy<Value = Whose> {
    (0..ORGANIZATIONS, 0..MAILBOXES).prop_map(|(organization, mailbox)| Whose {
        organization,
        mailbox,
    })
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (whose(), 0..SERIES, any::<u8>()).prop_map(|(of, series, word)| Step::Commit(of, series, word)),
        1 => (whose(), 0..SERIES).prop_map(|(of, series)| Step::Forget(of, series)),
        3 => (whose(), any::<u8>()).prop_map(|(of, word)| Step::Ask(of, word)),
        2 => (0..ORGANIZATIONS).prop_map(Step::Answer),
        1 => whose().prop_map(Step::Leave),
    ]
}

fn all() -> impl Iterator<Item = Whose> {
    (0..ORGANIZATIONS).flat_map(|organization| {
        (0..MAILBOXES).map(move |mailbox| Whose {
            organization,
            mailbox,
        })
    })
}

/// The running service.
struct Service {
    place: Place,
    clock: SetClock,
    running: Running,
}

impl Service {
    async fn start() -> Self {
        let (place, clock) = (Place::new(), SetClock::at(stage::real_now()));
        let running = cloud::service::start(&place.service_config(), clock.clock()).await;
        Self {
            place,
            clock,
            running: running.unwrap(),
        }
    }

    fn url(&self) -> String {
        format!("https://{}", self.running.address)
    }

    fn of_connector(&self, of: &Organization) -> Caller {
        of.caller(&self.place, &self.url(), Audience::Service, &self.clock)
    }

    fn of_device(&self, device: &Device) -> Caller {
        device.caller(&self.place, &self.url(), Audience::Service, &self.clock)
    }
}

/// What everybody has by the model, beside the service.
struct World<'a> {
    service: &'a Service,
    organizations: Vec<Organization>,
    /// The same in both organizations.
    mailboxes: Vec<OpaqueId>,
    devices: BTreeMap<Whose, Device>,
    held: BTreeMap<(Whose, u8), Vec<u8>>,
    waiting: BTreeMap<OpaqueId, (Whose, Vec<u8>)>,
    answered: BTreeMap<OpaqueId, (Whose, Vec<u8>)>,
}

impl<'a> World<'a> {
    async fn new(service: &'a Service) -> Self {
        let organizations = [(); ORGANIZATIONS].map(|()| Organization::new());
        let mailboxes = [(); MAILBOXES].map(|()| OpaqueId::random());
        let mut world = Self {
            service,
            organizations: organizations.into(),
            mailboxes: mailboxes.into(),
            devices: BTreeMap::new(),
            held: BTreeMap::new(),
            waiting: BTreeMap::new(),
            answered: BTreeMap::new(),
        };
        for organization in &world.organizations {
            organization.add_with(&service.place, "service");
        }
        for of in all() {
            world.come(of).await;
        }
        world
    }

    fn connector(&self, organization: usize) -> Answers {
        let of = &self.organizations[organization];
        Answers::new(self.service.of_connector(of))
    }

    async fn come(&mut self, of: Whose) {
        let mailbox = self.mailboxes[of.mailbox];
        let connector = self.connector(of.organization);
        connector.put_mailbox(mailbox).await.unwrap();
        let organization = &self.organizations[of.organization];
        let (device, message) = organization.device(mailbox, self.service.clock.now());
        connector.put_device(&message).await.unwrap();
        self.devices.insert(of, device);
    }

    /// A mailbox's records as its connector, or its device, sees them.
    fn stores(&self, of: Whose) -> [RemoteStore; 2] {
        let organization = &self.organizations[of.organization];
        let connector = self.service.of_connector(organization);
        let device = self.service.of_device(&self.devices[&of]);
        [connector, device].map(|caller| RemoteStore::new(caller, self.mailboxes[of.mailbox]))
    }

    fn asks(&self, of: Whose) -> Asks {
        let caller = self.service.of_device(&self.devices[&of]);
        Asks::new(caller, self.mailboxes[of.mailbox])
    }

    async fn take(&mut self, step: Step) {
        match step {
            Step::Commit(of, series, word) => {
                let [store, _] = self.stores(of);
                let id = BlindId([series; 16]);
                let blob = format!("{of:?} {series} {word}").into_bytes();
                let batch = SealedBatch {
                    series: id,
                    keys: None,
                    after: store.read(id).await.unwrap().tag(),
                    replace: Replace::Everything,
                    put: vec![SealedRow {
                        record: BlindId([1; 16]),
                        expires: None,
                        blob: blob.clone(),
                    }],
                    beside: Vec::new(),
                    delete: Vec::new(),
                    head: blob.clone(),
                };
                assert_eq!(store.commit(batch).await, Ok(Outcome::Done));
                self.held.insert((of, series), blob);
            }
            Step::Forget(of, series) => {
                let [store, _] = self.stores(of);
                store.forget(BlindId([series; 16])).await.unwrap();
                self.held.remove(&(of, series));
            }
            Step::Ask(of, word) => {
                let letter = OpaqueId::random();
                let question = format!("{of:?} asks {word}").into_bytes();
                self.asks(of).write(letter, question.clone()).await.unwrap();
                self.waiting.insert(letter, (of, question));
            }
            Step::Answer(organization) => self.answer(organization).await,
            Step::Leave(of) => {
                // Letters of a mailbox that goes live for two minutes more.
                self.answer(of.organization).await;
                let mailbox = self.mailboxes[of.mailbox];
                let connector = self.connector(of.organization);
                connector.remove_mailbox(mailbox).await.unwrap();
                self.held.retain(|(other, _), _| *other != of);
                self.answered.retain(|_, (other, _)| *other != of);
                self.come(of).await;
            }
        }
    }

    async fn answer(&mut self, organization: usize) {
        let own = self
            .waiting
            .values()
            .filter(|(of, _)| of.organization == organization);
        if own.count() == 0 {
            // Whoever has nothing to answer waits.
            return;
        }
        let connector = self.connector(organization);
        let told = connector.waiting().await.unwrap();
        let mut seen = BTreeMap::new();
        for letter in told {
            let (of, question) = self.waiting[&letter.letter].clone();
            assert_eq!(
                of.organization, organization,
                "another organization's letter"
            );
            assert_eq!(letter.mailbox, Some(self.mailboxes[of.mailbox]));
            assert_eq!(letter.device, Some(self.devices[&of].id));
            assert_eq!(letter.sealed.0, question);
            let answer = [b"answer to ".as_slice(), &question].concat();
            connector
                .answer(letter.letter, answer.clone())
                .await
                .unwrap();
            seen.insert(letter.letter, (of, answer));
        }
        self.waiting
            .retain(|id, (of, _)| of.organization != organization || !seen.contains_key(id));
        let left = self
            .waiting
            .values()
            .filter(|(of, _)| of.organization == organization);
        assert_eq!(left.count(), 0, "all that waits is told");
        self.answered.extend(seen);
    }

    /// Everybody sees what the model says, and nothing else.
    async fn holds(&self) {
        for of in all() {
            for store in self.stores(of) {
                let mut listed = store.series().await.unwrap();
                listed.sort_unstable();
                let own = self.held.keys().filter(|(other, _)| *other == of);
                let own: Vec<BlindId> = own.map(|(_, series)| BlindId([*series; 16])).collect();
                assert_eq!(listed, own, "{of:?}");
                for series in 0..SERIES {
                    let read = store.read(BlindId([series; 16])).await.unwrap();
                    let held = self.held.get(&(of, series));
                    assert_eq!(read.head.as_ref(), held, "{of:?} {series}");
                    let rows: Vec<&Vec<u8>> = read.rows.iter().map(|row| &row.blob).collect();
                    assert_eq!(rows, held.into_iter().collect::<Vec<_>>());
                }
            }
        }
    }

    /// Each answer goes to who asked, and what is another's is not there.
    async fn ends(&self) {
        for (letter, (whose, answer)) in &self.answered {
            for of in all().filter(|of| of != whose) {
                let told = self.asks(of).answer(*letter).await.unwrap();
                assert_eq!(told, None, "{of:?} is told what {whose:?} asked");
            }
            let told = self.asks(*whose).answer(*letter).await.unwrap();
            assert_eq!(told.as_ref(), Some(answer));
        }
        for of in all() {
            let others = (0..MAILBOXES).filter(|other| *other != of.mailbox);
            for other in others {
                let caller = self.service.of_device(&self.devices[&of]);
                let store = RemoteStore::new(caller, self.mailboxes[other]);
                assert!(store.series().await.is_err());
                let ask = Asks::new(
                    self.service.of_device(&self.devices[&of]),
                    self.mailboxes[other],
                );
                let refused = ask.write(OpaqueId::random(), b"ask".to_vec()).await;
                assert!(
                    matches!(refused, Err(RemoteError::Absent(_))),
                    "{refused:?}"
                );
            }
        }
    }
}

#[test]
fn sr_51_whatever_is_written_in_which_order_each_mailbox_has_its_own_alone() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let service = runtime.block_on(Service::start());
    let mut runner = TestRunner::new(Config::with_cases(16));
    let outcome = runner.run(&vec(step(), 1..14), |steps| {
        runtime.block_on(async {
            let mut world = World::new(&service).await;
            for step in steps {
                world.take(step).await;
            }
            world.holds().await;
            world.ends().await;
        });
        Ok(())
    });
    outcome.unwrap();
    runtime.block_on(service.running.stop());
}
