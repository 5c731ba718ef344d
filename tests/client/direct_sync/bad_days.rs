//! Servers that refuse, are busy, lose things, break answers or fall silent.

use super::*;

#[tokio::test(start_paused = true)]
async fn f30_an_item_that_cannot_be_read_for_a_while_is_asked_for_again() {
    let stage = Stage::at(MORNING, |_| {}).await;
    let engine = stage.engine();
    until(&engine, up_to_date).await;
    stage.simulator.faults().set(Fault {
        operation: Some("GetItem".to_owned()),
        mailbox: None,
        lasts: Lasts::Times(1),
        effect: Effect::Refused("ErrorItemCorrupt".to_owned()),
    });
    stage.simulator.world(with_review);
    let before = stage.clock_now();
    let snapshot = until(&engine, |s| s.agenda.len() == 1).await;
    assert_eq!(titles(&snapshot), ["Supplier review"]);
    assert!(stage.clock_now() - before < Duration::minutes(3));
    engine.stop().await;
}

#[tokio::test(start_paused = true)]
async fn sr_25_a_wrong_password_is_tried_twice_in_an_hour_and_never_locks_an_account() {
    let stage = Stage::at(MORNING, with_review).await;
    let engine = stage.engine_with("not it");
    stage.pass(Duration::hours(1)).await;
    let refused = stage.simulator.requests();
    assert!((1..=3).contains(&refused.len()), "{}", refused.len());
    assert!(refused.iter().all(|r| r.status == 401));
    let health = engine.snapshots().borrow().health.clone();
    let Health::Failing { kind, sentence } = health else {
        panic!("{health:?}");
    };
    assert_eq!(kind, FailureKind::Credentials);
    assert!(
        sentence.contains("refused the user name or the password"),
        "{sentence}"
    );
    engine.stop().await;
}

#[tokio::test(start_paused = true)]
async fn however_often_a_password_was_refused_the_user_can_try_again() {
    let stage = Stage::at(MORNING, with_review).await;
    let set = |password: &str| {
        stage.simulator.world(|world| {
            let mailbox = world.mailbox_mut(ANNA).expect("the mailbox");
            password.clone_into(&mut mailbox.password);
        });
    };
    set("another one");
    let engine = stage.engine();
    for _ in 0..5 {
        stage.pass(Duration::minutes(10)).await;
        engine.refresh();
    }
    stage.pass(Duration::minutes(10)).await;
    set(PASSWORD);
    engine.refresh();
    let snapshot = until(&engine, up_to_date).await;
    assert_eq!(titles(&snapshot), ["Supplier review"]);
    engine.stop().await;
}

#[tokio::test(start_paused = true)]
async fn f41_a_busy_server_is_left_alone_for_as_long_as_it_asks() {
    let stage = Stage::at(MORNING, with_review).await;
    stage.simulator.faults().set(Fault {
        operation: None,
        mailbox: None,
        lasts: Lasts::Times(1),
        effect: Effect::SoapFault {
            code: "ErrorServerBusy".to_owned(),
            back_off: Some(297_000),
        },
    });
    let engine = stage.engine();
    stage.pass(Duration::seconds(290)).await;
    // The first of all asked what the server offers, and is no operation.
    assert_eq!(stage.operations(), ["", "SyncFolderItems"]);
    let snapshot = until(&engine, up_to_date).await;
    assert_eq!(titles(&snapshot), ["Supplier review"]);
    engine.stop().await;
}

#[tokio::test(start_paused = true)]
async fn i5_no_broken_answer_removes_a_meeting() {
    let page = "<html><body>Sign in to the guest network</body></html>";
    for effect in [
        Effect::Body(page.to_owned()),
        Effect::Body(String::new()),
        Effect::Close,
        Effect::Truncate,
        Effect::Status {
            status: 500,
            retry_after: None,
        },
        Effect::Status {
            status: 404,
            retry_after: None,
        },
        Effect::HiddenBusy(20_000),
        Effect::SoapFault {
            code: "ErrorInternalServerError".to_owned(),
            back_off: None,
        },
    ] {
        let stage = Stage::at(MORNING, with_review).await;
        let engine = stage.engine();
        until(&engine, up_to_date).await;
        stage.simulator.faults().set(Fault::always(effect.clone()));
        for _ in 0..10 {
            stage.pass(Duration::seconds(30)).await;
            engine.refresh();
            stage.pass(Duration::seconds(1)).await;
            let now = engine.snapshots().borrow().clone();
            assert_eq!(titles(&now), ["Supplier review"], "{effect:?}");
        }
        let failing = engine.snapshots().borrow().health.clone();
        assert!(
            matches!(failing, Health::Failing { .. }),
            "{effect:?}: {failing:?}"
        );
        stage.simulator.faults().clear();
        until(&engine, up_to_date).await;
        engine.stop().await;
    }
}

#[tokio::test(start_paused = true)]
async fn f28_a_lost_sync_state_costs_one_full_pull_and_no_meeting() {
    let stage = Stage::at(MORNING, with_review).await;
    let engine = stage.engine();
    until(&engine, up_to_date).await;
    stage.simulator.faults().set(Fault::once(
        "SyncFolderItems",
        Effect::SoapFault {
            code: "ErrorInvalidSyncStateData".to_owned(),
            back_off: None,
        },
    ));
    stage.simulator.forget_requests();
    engine.refresh();
    stage.pass(Duration::seconds(5)).await;
    let snapshot = until(&engine, up_to_date).await;
    assert_eq!(titles(&snapshot), ["Supplier review"]);
    let syncs: Vec<bool> = stage
        .simulator
        .requests()
        .iter()
        .filter(|r| r.operation == "SyncFolderItems")
        .map(|r| r.request.contains("SyncState"))
        .collect();
    assert_eq!(syncs, [true, false], "the second one starts from scratch");
    engine.stop().await;
}

#[tokio::test(start_paused = true)]
async fn f19_a_lost_subscription_is_made_again_and_nothing_in_between_is_missed() {
    let stage = Stage::at(MORNING, with_review).await;
    let engine = stage.engine();
    until(&engine, up_to_date).await;
    stage.pass(Duration::minutes(1)).await;
    stage.simulator.forget_subscriptions();
    stage.simulator.world(|world| {
        let start = at("2026-11-23T12:00:00Z");
        let new = Details::new("While deaf", start, start + Duration::hours(1), ZONE);
        world.add(ANNA, new).expect("an item");
    });
    let before = stage.clock_now();
    until(&engine, |s| s.agenda.len() == 2).await;
    let took = stage.clock_now() - before;
    assert!(took <= Duration::minutes(16), "{took}");
    engine.stop().await;
}

#[tokio::test(start_paused = true)]
async fn f16_a_silent_stream_is_noticed_within_90_seconds() {
    let stage = Stage::at(MORNING, with_review).await;
    let stalled = Fault::once("GetStreamingEvents", Effect::Stall);
    stage.simulator.faults().set(stalled);
    let engine = stage.engine();
    until(&engine, up_to_date).await;
    stage.pass(Duration::seconds(95)).await;
    let streams = stage.operations();
    let opened = streams
        .iter()
        .filter(|o| *o == "GetStreamingEvents")
        .count();
    assert!(opened >= 2, "{streams:?}");
    engine.stop().await;
}
