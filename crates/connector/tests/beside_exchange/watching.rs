//! Many mailboxes over real sockets: what happens on the server is sealed,
//! each mailbox into its own series.

#![allow(clippy::expect_used, reason = "a test ends where a step fails")]

use std::sync::atomic::Ordering;

use exchange_sim::{
    server::faults::{Effect, Fault, Lasts},
    world::mailbox::OofState,
};

use crate::stage::{
    self, OUTSIDE, Stage, address, eventually, meeting, settings, simulator, world,
};

#[tokio::test]
async fn what_happens_in_any_mailbox_is_sealed_in_its_own_series() {
    let mut world = world(12);
    for number in 0..12 {
        let of = address(number);
        let before = meeting(&of, &format!("Before {number}"), 24);
        world.add(&of, before).expect("an item");
    }
    let simulator = simulator(world).await;
    let stage = Stage::with(settings(&simulator), 12).await;
    stage.until(|m| &m.listening, 12).await;

    simulator.world(|world| {
        for number in 0..12 {
            let of = address(number);
            let news = meeting(&of, &format!("News {number}"), 48);
            world.add(&of, news).expect("an item");
        }
    });
    for number in 0..12 {
        let expected = [format!("Before {number}"), format!("News {number}")];
        eventually("the news", async || stage.titles(number).await == expected).await;
    }

    simulator.world(|world| {
        let of = address(7);
        let number = world.find(&of, "Before 7").expect("the meeting");
        world.delete(&of, number).expect("a deletion");
    });
    eventually("the deletion", async || stage.titles(7).await == ["News 7"]).await;
    let streams = simulator.requests();
    let streams = streams
        .iter()
        .filter(|r| r.operation == "GetStreamingEvents");
    assert!(streams.count() <= 2, "one stream for all of them");
    stage.connector.stop().await;
}

#[tokio::test]
async fn a_mailbox_outside_of_the_scope_is_set_aside_and_keeps_nobody_else() {
    let simulator = simulator(world(3)).await;
    let mut entries = stage::entries(3);
    entries[0].address = OUTSIDE.into();
    entries[1].address = "nobody@example.org".into();
    let (vault, store) = stage::vault().await;
    let stage = Stage::on(settings(&simulator), entries, vault, store);
    stage.until(|m| &m.set_aside, 2).await;
    stage.until(|m| &m.listening, 1).await;

    let of = address(2);
    let news = meeting(&of, "News", 4);
    simulator
        .world(|world| world.add(&of, news))
        .expect("an item");
    eventually("the news", async || stage.titles(2).await == ["News"]).await;
    stage.connector.stop().await;
}

#[tokio::test]
async fn one_lost_subscription_is_made_again_and_the_others_stay() {
    let simulator = simulator(world(5)).await;
    let stage = Stage::with(settings(&simulator), 5).await;
    stage.until(|m| &m.listening, 5).await;
    let made = stage.measures.subscribed.load(Ordering::Relaxed);
    assert_eq!(made, 5);

    assert!(simulator.move_mailbox(&address(3)));
    let news = |number: usize| {
        let of = address(number);
        let news = meeting(&of, "News", 4);
        simulator
            .world(|world| world.add(&of, news))
            .expect("an item");
    };
    news(3);
    news(1);
    eventually("the moved one", async || stage.titles(3).await == ["News"]).await;
    eventually("another one", async || stage.titles(1).await == ["News"]).await;
    let count = async || stage.measures.subscribed.load(Ordering::Relaxed) == made + 1;
    eventually("one subscription more", count).await;
    assert_eq!(simulator.subscriptions(), 5);
    stage.connector.stop().await;
}

#[tokio::test]
async fn a_stream_that_is_cut_is_opened_again_and_each_mailbox_catches_up() {
    let simulator = simulator(world(4)).await;
    let stage = Stage::with(settings(&simulator), 4).await;
    stage.until(|m| &m.listening, 4).await;
    simulator.forget_subscriptions();
    simulator.world(|world| {
        for number in 0..4 {
            let of = address(number);
            let news = meeting(&of, "While deaf", 4);
            world.add(&of, news).expect("an item");
        }
    });
    for number in 0..4 {
        let caught_up = async || stage.titles(number).await == ["While deaf"];
        eventually("the news of the gap", caught_up).await;
    }
    stage.until(|m| &m.listening, 4).await;
    stage.connector.stop().await;
}

#[tokio::test]
async fn absence_is_sealed_and_its_text_is_not() {
    let mut world = world(2);
    let mailbox = world.mailbox_mut(&address(1)).expect("a mailbox");
    mailbox.oof.state = OofState::Enabled;
    mailbox.oof.internal = "canary-reply".to_owned();
    let simulator = simulator(world).await;
    let stage = Stage::with(settings(&simulator), 2).await;
    let state = async |number: usize| stage.presence(number).await.map(|one| one["oof"].clone());
    eventually("absence", async || state(1).await == Some("on".into())).await;
    eventually("presence", async || state(0).await == Some("off".into())).await;
    let whole = stage.presence(1).await.expect("a record").to_string();
    assert!(!whole.contains("canary"), "{whole}");
    stage.connector.stop().await;
}

#[tokio::test]
async fn a_keyword_is_written_for_each_organizer_once_and_nobody_is_mailed() {
    let mut world = world(3);
    for number in 0..3 {
        let of = address(number);
        let planning = meeting(&of, "Planning", 4).at("@webex");
        world.add(&of, planning).expect("an item");
    }
    let simulator = simulator(world).await;
    let stage = Stage::with(settings(&simulator), 3).await;
    stage.until(|m| &m.join_details, 3).await;
    stage.until(|m| &m.listening, 3).await;
    // Whatever the news of its own changes brings about has been done when a
    // later change is sealed.
    for number in 0..3 {
        let of = address(number);
        let later = meeting(&of, "Later", 5);
        simulator
            .world(|world| world.add(&of, later))
            .expect("an item");
        let both = async || stage.titles(number).await == ["Later", "Planning"];
        eventually("the later meeting", both).await;
    }
    let requests = simulator.requests();
    let writes: Vec<_> = requests
        .iter()
        .filter(|r| r.operation == "UpdateItem")
        .collect();
    assert_eq!(writes.len(), 3, "each once");
    for (number, of) in (0..3).map(|number| (number, address(number))) {
        let mut written = writes.iter().filter(|write| write.request.contains(&of));
        let write = written.next_back().expect("a write as the organizer");
        let room = format!("https://acme.webex.com/meet/user{number:03}");
        assert!(write.request.contains(&room));
        let silent = "SendMeetingInvitationsOrCancellations=\"SendToNone\"";
        assert!(write.request.contains(silent), "nobody is mailed");
    }
    stage.connector.stop().await;
}

#[tokio::test]
async fn a_refused_sign_in_is_tried_twice_for_all_mailboxes_together() {
    let mut world = world(20);
    "another one".clone_into(&mut world.mailbox_mut(stage::SERVICE).expect("it").password);
    let simulator = simulator(world).await;
    let stage = Stage::with(settings(&simulator), 20).await;
    stage.until(|m| &m.sign_in_refused, 1).await;
    let refused = simulator
        .requests()
        .iter()
        // Who asks what is offered has shown nothing.
        .filter(|r| r.status == 401 && r.headers.iter().any(|(name, _)| name == "authorization"))
        .count();
    // Whoever was under way when the first one was refused has shown it as
    // well; no client shows it more than three times.
    assert!((1..=3).contains(&refused), "{refused} refusals");

    simulator.world(|world| {
        let account = world.mailbox_mut(stage::SERVICE).expect("the account");
        "a rotated one".clone_into(&mut account.password);
    });
    let rotated = stage::secret("a rotated one");
    stage.connector.reload(stage::entries(20), rotated).await;
    stage.until(|m| &m.listening, 20).await;
    assert_eq!(stage.measures.sign_in_refused.load(Ordering::Relaxed), 0);
    stage.connector.stop().await;
}

#[tokio::test]
async fn who_leaves_the_list_is_forgotten_in_the_store() {
    let mut world = world(3);
    for number in 0..3 {
        let of = address(number);
        let one = meeting(&of, "Planning", 4);
        world.add(&of, one).expect("an item");
    }
    let simulator = simulator(world).await;
    let stage = Stage::with(settings(&simulator), 3).await;
    stage.until(|m| &m.listening, 3).await;
    stage
        .connector
        .reload(stage::entries(2), stage::secret(stage::PASSWORD))
        .await;
    eventually("forgotten", async || stage.titles(2).await.is_empty()).await;
    stage.until(|m| &m.mailboxes, 2).await;
    assert_eq!(stage.titles(1).await, ["Planning"]);
    stage.connector.stop().await;
}

#[tokio::test]
async fn f17_a_stream_of_signs_of_life_alone_is_replaced() {
    let simulator = simulator(world(2)).await;
    simulator.faults().set(Fault {
        operation: Some("GetStreamingEvents".to_owned()),
        mailbox: None,
        lasts: Lasts::Times(1),
        effect: Effect::Deaf,
    });
    let stage = Stage::with(settings(&simulator), 2).await;
    stage.until(|m| &m.listening, 2).await;
    for number in 0..2 {
        let of = address(number);
        let news = meeting(&of, "Untold", 4);
        simulator
            .world(|world| world.add(&of, news))
            .expect("an item");
    }
    // The list read again is what the sweep of a quarter of an hour does:
    // both calendars are looked at without a word of the stream.
    stage.connector.sweep().await;
    for number in 0..2 {
        eventually("the sweep", async || {
            stage.titles(number).await == ["Untold"]
        })
        .await;
    }
    stage.until(|m| &m.deaf_streams, 1).await;
    let subscribed = async || stage.measures.subscribed.load(Ordering::Relaxed) == 4;
    eventually("new subscriptions", subscribed).await;
    let of = address(0);
    let news = meeting(&of, "Told", 6);
    simulator
        .world(|world| world.add(&of, news))
        .expect("an item");
    eventually("the news", async || {
        stage.titles(0).await == ["Told", "Untold"]
    })
    .await;
    stage.connector.stop().await;
}

#[tokio::test]
async fn f16_a_stream_that_falls_silent_is_found_dead_and_opened_again() {
    let simulator = simulator(world(3)).await;
    simulator
        .faults()
        .set(Fault::once("GetStreamingEvents", Effect::Stall));
    let stage = Stage::with(settings(&simulator), 3).await;
    stage.until(|m| &m.listening, 3).await;
    let streams = || {
        let requests = simulator.requests();
        let streams = requests
            .iter()
            .filter(|r| r.operation == "GetStreamingEvents");
        streams.count()
    };
    assert_eq!(streams(), 1);
    for number in 0..3 {
        let of = address(number);
        let news = meeting(&of, "Into the silence", 4);
        simulator
            .world(|world| world.add(&of, news))
            .expect("an item");
    }

    // Short of 90 seconds without a byte nothing is wrong with it.
    silence(std::time::Duration::from_secs(80)).await;
    assert_eq!(stage.measures.streams_lost.load(Ordering::Relaxed), 0);
    silence(std::time::Duration::from_secs(11)).await;
    stage.until(|m| &m.streams_lost, 1).await;
    for number in 0..3 {
        let caught_up = async || stage.titles(number).await == ["Into the silence"];
        eventually("what nobody told", caught_up).await;
    }
    stage.until(|m| &m.listening, 3).await;
    assert_eq!(streams(), 2, "one stream for all again");
    let of = address(2);
    let told = meeting(&of, "Told", 6);
    simulator
        .world(|world| world.add(&of, told))
        .expect("an item");
    let both = async || stage.titles(2).await == ["Into the silence", "Told"];
    eventually("the news", both).await;
    stage.connector.stop().await;
}

/// So much time passes for whoever waits for bytes, at once.
async fn silence(length: std::time::Duration) {
    tokio::time::pause();
    tokio::time::advance(length).await;
    tokio::time::resume();
}

#[tokio::test]
async fn f20_where_no_subscription_is_named_all_of_the_group_are_made_again() {
    let simulator = simulator(world(5)).await;
    let lost = Effect::StreamErrorOfNone("ErrorReadEventsFailed".to_owned());
    simulator
        .faults()
        .set(Fault::once("GetStreamingEvents", lost));
    let stage = Stage::with(settings(&simulator), 5).await;
    let again = async || stage.measures.subscribed.load(Ordering::Relaxed) == 10;
    eventually("five subscriptions more", again).await;
    stage.until(|m| &m.listening, 5).await;
    let news = meeting(&address(3), "News", 4);
    simulator
        .world(|world| world.add(&address(3), news))
        .expect("an item");
    let heard = async || stage.titles(3).await == ["News"];
    eventually("the news", heard).await;
    assert_eq!(stage.measures.streams_lost.load(Ordering::Relaxed), 0);
    stage.connector.stop().await;
}

#[tokio::test]
async fn f20_a_bad_subscription_goes_from_its_group_and_the_others_stay() {
    let simulator = simulator(world(5)).await;
    let disowned = Effect::StreamError("ErrorSubscriptionNotFound".to_owned());
    simulator
        .faults()
        .set(Fault::once("GetStreamingEvents", disowned));
    let stage = Stage::with(settings(&simulator), 5).await;
    // The one that is disowned is made again, and no other.
    let again = async || stage.measures.subscribed.load(Ordering::Relaxed) == 6;
    eventually("one subscription more", again).await;
    stage.until(|m| &m.listening, 5).await;
    assert_eq!(stage.measures.subscriptions_lost.load(Ordering::Relaxed), 1);
    for number in 0..5 {
        let of = address(number);
        let news = meeting(&of, "News", 4);
        simulator
            .world(|world| world.add(&of, news))
            .expect("an item");
    }
    for number in 0..5 {
        let heard = async || stage.titles(number).await == ["News"];
        eventually("the news", heard).await;
    }
    assert_eq!(stage.measures.subscribed.load(Ordering::Relaxed), 6);
    stage.connector.stop().await;
}
