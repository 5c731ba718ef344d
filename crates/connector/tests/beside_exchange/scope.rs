//! The look at the end of the account's scope while Exchange is away or the
//! password is refused (SR-46), by a clock that is set.

#![cfg(unix)]
#![allow(clippy::expect_used, reason = "a test ends where a step fails")]

use std::sync::Arc;

use chrono::Duration;
use connector::{
    program::{Program, Signal, Trouble},
    secret::Credentials,
};
use exchange_sim::{
    server::faults::{Effect, Fault, Lasts},
    world::mailbox::Scope,
};
use tokio::{
    sync::{mpsc, oneshot},
    task::JoinHandle,
};

use crate::stage::{
    PASSWORD, SERVICE, address,
    clock::SetClock,
    eventually,
    house::{self, House},
    refusals, simulator, world,
};

/// The program, run within the test by the test's clock.
struct Within {
    address: String,
    clock: SetClock,
    signals: mpsc::Sender<Signal>,
    task: JoinHandle<Result<(), Trouble>>,
}

impl Within {
    async fn start(house: &House) -> Self {
        let clock = SetClock::default();
        let file = house.path("connector.toml");
        let program = Program::read(&file, Credentials::default()).await;
        let program = program.expect("settings").by(Arc::new(clock.clone()));
        let (signals, heard) = mpsc::channel(4);
        let (tell, told) = oneshot::channel();
        let task = tokio::spawn(program.run(heard, |address| {
            tell.send(address).expect("somebody who listens");
        }));
        let address = told.await.expect("an endpoint").to_string();
        Self {
            address,
            clock,
            signals,
            task,
        }
    }

    async fn measure(&self, name: &str) -> u64 {
        house::measure(&self.address, name).await
    }

    async fn until(&self, name: &str, is: u64) {
        eventually(name, async || self.measure(name).await == is).await;
    }

    async fn reload(&self) {
        self.signals.send(Signal::Reload).await.expect("it runs");
    }

    async fn end(self) {
        self.signals.send(Signal::End).await.expect("it runs");
        let ended = self.task.await.expect("no panic");
        ended.expect("it ends in good order");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sr_46_a_reload_while_exchange_is_away_looks_at_the_scope_with_the_new_password() {
    let simulator = simulator(world(2)).await;
    simulator.faults().set(Fault::always(Effect::Close));
    let house = House::new(&simulator, 2);
    let within = Within::start(&house).await;
    within.until("scope_is_unknown", 1).await;
    simulator.world(|world| {
        "another one".clone_into(&mut world.mailbox_mut(SERVICE).expect("it").password);
    });
    simulator.faults().clear();
    house.password("another one");
    within.reload().await;
    within.until("listening", 2).await;
    assert_eq!(within.measure("scope_is_unknown").await, 0);
    assert_eq!(refusals(&simulator), 0, "the old one was shown to nobody");
    within.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sr_46_a_scope_that_a_reload_could_not_look_at_is_looked_at_when_exchange_is_back() {
    let simulator = simulator(world(2)).await;
    let house = House::new(&simulator, 2);
    let within = Within::start(&house).await;
    within.until("listening", 2).await;
    simulator.faults().set(Fault::always(Effect::Close));
    within.reload().await;
    within.until("scope_is_unknown", 1).await;
    // It has still no end to be seen, and after that one that was taken away.
    within.clock.pass(Duration::seconds(30));
    simulator.world(|world| {
        world.mailbox_mut(SERVICE).expect("it").impersonates = Scope::Everybody;
    });
    simulator.faults().clear();
    within.clock.pass(Duration::seconds(30));
    let ended = within.task.await.expect("no panic");
    assert!(matches!(ended, Err(Trouble::Scope(_))), "{ended:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn sr_46_a_run_goes_on_when_who_is_outside_of_the_scope_has_left_the_company() {
    let simulator = simulator(world(3)).await;
    let house = House::new(&simulator, 2);
    let within = Within::start(&house).await;
    within.until("listening", 2).await;
    assert_eq!(within.measure("scope_is_unproven").await, 0);
    // Who is refused asks as the account itself.
    simulator.faults().set(Fault {
        operation: Some("GetFolder".to_owned()),
        mailbox: Some(SERVICE.to_owned()),
        lasts: Lasts::Always,
        effect: Effect::SoapFault {
            code: "ErrorNonExistentMailbox".to_owned(),
            back_off: None,
        },
    });
    house.list(3);
    within.reload().await;
    within.until("scope_is_unproven", 1).await;
    within.until("listening", 3).await;
    // A scope that has no end is another matter.
    simulator.faults().clear();
    simulator.world(|world| {
        world.mailbox_mut(SERVICE).expect("it").impersonates = Scope::Everybody;
    });
    within.reload().await;
    let ended = within.task.await.expect("no panic");
    assert!(matches!(ended, Err(Trouble::Scope(_))), "{ended:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn sr_46_with_a_refused_password_no_mailbox_is_touched_and_two_looks_are_taken() {
    let simulator = simulator(world(2)).await;
    let house = House::new(&simulator, 2);
    house.password("an old one");
    let within = Within::start(&house).await;
    within.until("sign_in_refused", 1).await;
    assert_eq!(refusals(&simulator), 1);
    within.clock.pass(Duration::seconds(30));
    eventually("one more look", async || refusals(&simulator) == 2).await;
    for _ in 0..5 {
        within.clock.pass(Duration::minutes(10));
        within.until("sign_in_refused", 1).await;
    }
    assert_eq!(refusals(&simulator), 2, "no directory locks the account");
    let requests = simulator.requests();
    let mut operations = requests.iter().map(|one| one.operation.as_str());
    assert!(operations.all(|name| name.is_empty() || name == "GetFolder"));
    house.password(PASSWORD);
    within.reload().await;
    within.until("listening", 2).await;
    assert_eq!(within.measure("sign_in_refused").await, 0);
    within.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sr_25_a_reload_with_a_wrong_password_shows_it_twice_and_not_for_the_group() {
    const GROUP: &str = "everybody@example.org";
    let mut world = world(3);
    world.put_group(GROUP, [address(0), address(1)]);
    let simulator = simulator(world).await;
    let house = House::new(&simulator, 0);
    let settings = std::fs::read_to_string(house.path("connector.toml")).expect("settings");
    let list = format!("list = \"{}\"", house.path("mailboxes").display());
    let group = format!("group = \"{GROUP}\"");
    house.write("connector.toml", &settings.replace(&list, &group));
    let within = Within::start(&house).await;
    within.until("listening", 2).await;

    house.password("a wrong one");
    within.reload().await;
    within.until("sign_in_refused", 1).await;
    assert_eq!(refusals(&simulator), 1, "the look at the scope");
    within.clock.pass(Duration::seconds(30));
    eventually("one more", async || refusals(&simulator) == 2).await;
    simulator.world(|world| world.put_group(GROUP, [address(0), address(1), address(2)]));
    let reads = |simulator: &exchange_sim::Simulator| {
        let requests = simulator.requests().into_iter();
        requests.filter(|one| one.operation == "ExpandDL").count()
    };
    let before = reads(&simulator);
    for _ in 0..5 {
        // Past each hour in which a group is read.
        within.clock.pass(Duration::minutes(61));
        within.until("sign_in_refused", 1).await;
    }
    assert_eq!(refusals(&simulator), 2, "no directory locks the account");
    assert_eq!(reads(&simulator), before);

    house.password(PASSWORD);
    within.reload().await;
    within.until("listening", 3).await;
    within.end().await;
}
