//! The store or its keys are away for a while: what is owed is a number of
//! mailboxes and never their content, and nothing is lost.

#![allow(clippy::expect_used, reason = "a test ends where a step fails")]

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::SystemTime,
};

use async_trait::async_trait;
use connector::{Cabinet, Connector, Measures, OneVault, Setup};
use engine::SystemClock;
use exchange_sim::server::faults::{Effect, Fault, Lasts};
use vault::{Series, StoreError, VaultError};

use crate::stage::{
    self, PASSWORD, Stage, address, entries, eventually, meeting, settings, simulator, vault, world,
};

const MANY: usize = 200;

fn add_everywhere(simulator: &exchange_sim::Simulator, subject: &str) {
    simulator.world(|world| {
        for number in 0..MANY {
            let of = address(number);
            let news = meeting(&of, &format!("{subject} {number}"), 30);
            world.add(&of, news).expect("an item");
        }
    });
}

#[tokio::test]
async fn a_store_that_is_away_owes_no_more_than_the_mailboxes_and_loses_nothing() {
    let simulator = simulator(world(MANY)).await;
    let stage = Stage::with(settings(&simulator), MANY).await;
    stage.until(|m| &m.listening, MANY as u64).await;

    stage.store.hand.away.store(true, Ordering::SeqCst);
    simulator.forget_requests();
    add_everywhere(&simulator, "First");
    stage.until(|m| &m.store_resting, 1).await;
    stage.until(|m| &m.owed, MANY as u64).await;
    add_everywhere(&simulator, "Second");
    add_everywhere(&simulator, "Third");
    let many_refused = async || stage.store.hand.refused.load(Ordering::SeqCst) > 3;
    eventually("the store is looked for again", many_refused).await;
    let owed = stage.measures.owed.load(Ordering::Relaxed);
    assert!(owed <= MANY as u64, "{owed} owed");
    let fetched = simulator.requests();
    let fetched = fetched.iter().filter(|r| r.operation == "GetItem").count();
    assert!(
        fetched <= 16,
        "what cannot be sealed is not fetched: {fetched}"
    );

    stage.store.hand.away.store(false, Ordering::SeqCst);
    for number in 0..MANY {
        let expected = ["First", "Second", "Third"].map(|word| format!("{word} {number}"));
        eventually("all of it", async || stage.titles(number).await == expected).await;
    }
    stage.until(|m| &m.store_resting, 0).await;
    stage.connector.stop().await;
}

/// A vault whose keys are with somebody else.
struct Keys {
    vault: OneVault,
    away: AtomicBool,
}

impl Keys {
    fn here(&self) -> Result<(), VaultError> {
        if self.away.load(Ordering::SeqCst) {
            let error = StoreError::Failed("the key service".into(), "away".into());
            return Err(error.into());
        }
        Ok(())
    }
}

#[async_trait]
impl Cabinet for Keys {
    async fn meetings(&self, address: &str) -> Result<Series, VaultError> {
        self.here()?;
        self.vault.meetings(address).await
    }
    async fn presence(&self, address: &str) -> Result<Series, VaultError> {
        self.here()?;
        self.vault.presence(address).await
    }
    async fn colleagues(&self) -> Result<Series, VaultError> {
        self.here()?;
        self.vault.colleagues().await
    }
    async fn own(&self, name: &str) -> Result<Series, VaultError> {
        self.vault.own(name).await
    }
    async fn tend(&self, now: SystemTime) -> Result<(), VaultError> {
        self.vault.tend(now).await
    }
    async fn close(&self) {
        self.vault.close().await;
    }
}

/// One calendar is longer than the store takes at once: that is its own
/// trouble, and nobody waits for it.
#[tokio::test]
async fn a_calendar_that_the_store_does_not_take_holds_nobody_up() {
    let mut world = world(3);
    let long = meeting(&address(0), "Long", 4).text("word ".repeat(3_000));
    world.add(&address(0), long).expect("an item");
    for number in 1..3 {
        let of = address(number);
        world.add(&of, meeting(&of, "Short", 4)).expect("an item");
    }
    let simulator = simulator(world).await;
    let (vault, store) = vault().await;
    store.hand.too_long.store(10_000, Ordering::SeqCst);
    let stage = Stage::on(settings(&simulator), entries(3), vault, store);
    stage.until(|m| &m.in_step, 2).await;
    for number in 1..3 {
        let titles = async || stage.titles(number).await == ["Short"];
        eventually("the others", titles).await;
    }
    assert_eq!(stage.measures.store_resting.load(Ordering::Relaxed), 0);
    assert!(stage.titles(0).await.is_empty());

    stage.store.hand.too_long.store(0, Ordering::SeqCst);
    stage.connector.sweep().await;
    eventually("the long one", async || stage.titles(0).await == ["Long"]).await;
    stage.connector.stop().await;
}

#[tokio::test]
async fn while_the_keys_are_away_no_meeting_is_asked_for_at_all() {
    let mut world = world(20);
    for number in 0..20 {
        let of = address(number);
        let one = meeting(&of, "Planning", 4);
        world.add(&of, one).expect("an item");
    }
    let simulator = simulator(world).await;
    let (vault, _) = stage::vault().await;
    let keys = Arc::new(Keys {
        vault: OneVault(vault.clone()),
        away: AtomicBool::new(true),
    });
    let measures = Arc::new(Measures::default());
    let connector = Connector::start(Setup {
        settings: settings(&simulator),
        entries: entries(20),
        secret: stage::secret(PASSWORD),
        cabinet: keys.clone(),
        clock: Arc::new(SystemClock),
        measures: measures.clone(),
    });
    let tried = async || measures.visits_failed.load(Ordering::Relaxed) >= 3;
    eventually("the keys are asked for again", tried).await;
    assert_eq!(measures.store_resting.load(Ordering::Relaxed), 1);
    assert_eq!(
        simulator.requests().len(),
        0,
        "nothing is asked of Exchange"
    );

    keys.away.store(false, Ordering::SeqCst);
    for number in 0..20 {
        let sealed = async || stage::titles(&vault, &address(number)).await == ["Planning"];
        let what = measures.text();
        eventually(&what, sealed).await;
    }
    connector.stop().await;
}

#[tokio::test]
async fn a_server_that_is_away_is_looked_for_by_one_request_at_a_time() {
    let simulator = simulator(world(50)).await;
    let stage = Stage::with(settings(&simulator), 50).await;
    stage.until(|m| &m.listening, 50).await;
    simulator.faults().set(Fault::always(Effect::Close));
    simulator.close_streams();
    stage.connector.sweep().await;
    stage.until(|m| &m.server_resting, 1).await;
    simulator.forget_requests();
    let before = stage.measures.visits_failed.load(Ordering::Relaxed);
    let tried = async || stage.measures.visits_failed.load(Ordering::Relaxed) >= before + 2;
    eventually("it is looked for", tried).await;
    let requests = simulator.requests().len();
    assert!(
        requests < 50,
        "{requests} requests at a server that is away"
    );
    simulator.faults().clear();
    add_to(&simulator, 7);
    eventually("the news", async || stage.titles(7).await == ["News"]).await;
    stage.until(|m| &m.server_resting, 0).await;
    stage.connector.stop().await;
}

fn add_to(simulator: &exchange_sim::Simulator, number: usize) {
    let of = address(number);
    let news = meeting(&of, "News", 4);
    simulator
        .world(|world| world.add(&of, news))
        .expect("an item");
}

#[tokio::test]
async fn f41_a_busy_mailbox_is_left_alone_and_the_others_are_not() {
    let simulator = simulator(world(10)).await;
    let stage = Stage::with(settings(&simulator), 10).await;
    stage.until(|m| &m.listening, 10).await;
    simulator.faults().set(Fault {
        operation: None,
        mailbox: Some(address(3)),
        lasts: Lasts::Times(1),
        effect: Effect::SoapFault {
            code: "ErrorServerBusy".to_owned(),
            back_off: Some(297_000),
        },
    });
    add_to(&simulator, 3);
    add_to(&simulator, 4);
    eventually("the other one", async || stage.titles(4).await == ["News"]).await;
    let halved = async || stage.measures.visits_failed.load(Ordering::Relaxed) == 1;
    eventually("the busy one", halved).await;
    simulator.forget_requests();
    add_to(&simulator, 5);
    eventually("a third one", async || stage.titles(5).await == ["News"]).await;
    let to_the_busy = simulator.requests();
    let to_the_busy = to_the_busy
        .iter()
        .filter(|r| r.request.contains(&address(3)));
    assert_eq!(to_the_busy.count(), 0);
    assert!(stage.titles(3).await.is_empty());
    stage.connector.stop().await;
}
