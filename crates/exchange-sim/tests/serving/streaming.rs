//! Subscriptions and the streams on them.

use std::time::Duration;

use exchange_sim::server::faults::{Effect, Fault};
use exchange_sim::world::details::Details;
use exchange_sim::{Options, Simulator, demo};
use http_body_util::BodyExt;
use hyper::body::Incoming;

use crate::link::{self, CALENDAR, Link, all, envelope};

fn subscribe() -> String {
    format!(
        "<m:Subscribe><m:StreamingSubscriptionRequest><t:FolderIds>{CALENDAR}</t:FolderIds><t:EventTypes>\
         <t:EventType>CreatedEvent</t:EventType><t:EventType>ModifiedEvent</t:EventType>\
         <t:EventType>DeletedEvent</t:EventType></t:EventTypes></m:StreamingSubscriptionRequest></m:Subscribe>"
    )
}

fn open(id: &str) -> String {
    format!(
        "<m:GetStreamingEvents><m:SubscriptionIds><t:SubscriptionId>{id}</t:SubscriptionId></m:SubscriptionIds>\
         <m:ConnectionTimeout>1</m:ConnectionTimeout></m:GetStreamingEvents>"
    )
}

async fn subscription(link: &mut Link) -> String {
    let (_, answer) = link.call(&subscribe()).await;
    all(&answer, "m:SubscriptionId")[0].to_owned()
}

const CLOSED: &str = "<m:ConnectionStatus>Closed</m:ConnectionStatus>";

/// Reads envelopes from a stream.
struct Stream(Incoming, String);

impl Stream {
    async fn open(simulator: &Simulator, id: &str) -> Self {
        let mut link = Link::to(simulator).await;
        let answer = link
            .send(demo::ADDRESS, demo::PASSWORD, envelope("", &open(id)))
            .await;
        assert_eq!(answer.status(), 200);
        Self(answer.into_body(), String::new())
    }

    async fn next(&mut self) -> Option<String> {
        const END: &str = "</s:Envelope>";
        loop {
            if let Some(at) = self.1.find(END) {
                let rest = self.1.split_off(at + END.len());
                return Some(std::mem::replace(&mut self.1, rest));
            }
            let frame = self.0.frame().await?.unwrap();
            self.1
                .push_str(std::str::from_utf8(frame.data_ref().unwrap()).unwrap());
        }
    }
}

#[tokio::test]
async fn a_change_reaches_an_open_stream_at_once() {
    let simulator = link::demo_simulator().await;
    let mut link = Link::to(&simulator).await;
    let id = subscription(&mut link).await;
    let mut stream = Stream::open(&simulator, &id).await;
    assert!(
        stream
            .next()
            .await
            .unwrap()
            .contains("<m:ConnectionStatus>OK</m:ConnectionStatus>")
    );
    simulator.world(|world| {
        let roadmap = world.find(demo::ADDRESS, "Roadmap").unwrap();
        world
            .change(demo::ADDRESS, roadmap, |item| {
                item.details.location = "Aula".to_owned();
            })
            .unwrap();
    });
    let event = stream.next().await.unwrap();
    assert!(
        event.contains("<m:Notification><t:SubscriptionId>") && event.contains("<t:ModifiedEvent>"),
        "{event}"
    );
    assert!(event.contains("<t:ItemId Id=\"AAMk"));
}

#[tokio::test]
async fn a_server_may_close_streams_early_and_the_subscription_stays() {
    let simulator = link::demo_simulator().await;
    let mut link = Link::to(&simulator).await;
    let id = subscription(&mut link).await;
    let effect = Effect::EndStream;
    simulator
        .faults()
        .set(Fault::once("GetStreamingEvents", effect));
    let mut stream = Stream::open(&simulator, &id).await;
    stream.next().await.unwrap();
    assert!(stream.next().await.unwrap().contains(CLOSED));
    assert_eq!(stream.next().await, None);

    let mut stream = Stream::open(&simulator, &id).await;
    stream.next().await.unwrap();
    simulator.close_streams();
    assert!(stream.next().await.unwrap().contains(CLOSED));
    assert_eq!(simulator.subscriptions(), 1);
}

#[tokio::test(start_paused = true)]
async fn changes_can_be_told_late() {
    let simulator = link::demo_simulator().await;
    let mut link = Link::to(&simulator).await;
    let id = subscription(&mut link).await;
    let effect = Effect::Late(20_000);
    simulator
        .faults()
        .set(Fault::once("GetStreamingEvents", effect));
    let mut stream = Stream::open(&simulator, &id).await;
    stream.next().await.unwrap();
    let begun = tokio::time::Instant::now();
    simulator.world(|world| {
        let roadmap = world.find(demo::ADDRESS, "Roadmap").unwrap();
        world.delete(demo::ADDRESS, roadmap).unwrap();
    });
    let event = stream.next().await.unwrap();
    assert!(event.contains("<t:DeletedEvent>"), "{event}");
    assert_eq!(begun.elapsed().as_secs(), 20);
}

#[tokio::test(start_paused = true)]
async fn a_quiet_stream_beats_and_closes_at_its_end() {
    let simulator = link::demo_simulator().await;
    let mut link = Link::to(&simulator).await;
    let id = subscription(&mut link).await;
    let mut stream = Stream::open(&simulator, &id).await;
    stream.next().await.unwrap();
    assert!(stream.next().await.unwrap().contains("<t:StatusEvent/>"));
    assert!(
        stream
            .next()
            .await
            .unwrap()
            .contains("<m:ConnectionStatus>Closed</m:ConnectionStatus>")
    );
    assert_eq!(stream.next().await, None);
}

#[tokio::test]
async fn a_second_stream_ends_the_first() {
    let simulator = link::demo_simulator().await;
    let mut link = Link::to(&simulator).await;
    let id = subscription(&mut link).await;
    let mut first = Stream::open(&simulator, &id).await;
    first.next().await.unwrap();
    let mut second = Stream::open(&simulator, &id).await;
    second.next().await.unwrap();
    assert!(
        first
            .next()
            .await
            .unwrap()
            .contains("ErrorNewEventStreamConnectionOpened")
    );
    assert_eq!(first.next().await, None);
}

#[tokio::test]
async fn a_forgotten_subscription_ends_its_stream_with_its_id() {
    let simulator = link::demo_simulator().await;
    let mut link = Link::to(&simulator).await;
    let id = subscription(&mut link).await;
    let mut stream = Stream::open(&simulator, &id).await;
    stream.next().await.unwrap();
    simulator.forget_subscriptions();
    let last = stream.next().await.unwrap();
    assert!(
        last.contains("ErrorSubscriptionNotFound") && last.contains(&id),
        "{last}"
    );
}

#[tokio::test]
async fn an_unsubscribed_id_is_unknown() {
    let simulator = link::demo_simulator().await;
    let mut link = Link::to(&simulator).await;
    let id = subscription(&mut link).await;
    let body = format!("<m:Unsubscribe><m:SubscriptionId>{id}</m:SubscriptionId></m:Unsubscribe>");
    let (_, answer) = link.call(&body).await;
    assert_eq!(all(&answer, "m:ResponseCode"), ["NoError"]);
    let (_, answer) = link.call(&body).await;
    assert_eq!(
        all(&answer, "m:ResponseCode"),
        ["ErrorSubscriptionNotFound"]
    );
    assert_eq!(simulator.subscriptions(), 0);
}

#[tokio::test]
async fn heartbeats_can_be_made_quick() {
    let options = Options {
        heartbeat: Duration::from_millis(5),
        ..link::options()
    };
    let simulator = Simulator::start(demo::day(link::now(), link::ZONE), options)
        .await
        .unwrap();
    let mut link = Link::to(&simulator).await;
    let id = subscription(&mut link).await;
    let mut stream = Stream::open(&simulator, &id).await;
    for _ in 0..4 {
        stream.next().await.unwrap();
    }
    let recorded = simulator.requests();
    let stream = recorded
        .iter()
        .find(|one| one.operation == "GetStreamingEvents")
        .unwrap();
    assert!(stream.answers.len() >= 4);
}

#[tokio::test]
async fn a_subscription_without_a_stream_dies() {
    let ticks = std::sync::Arc::new(std::sync::atomic::AtomicI64::new(0));
    let hands = std::sync::Arc::clone(&ticks);
    let clock = move || {
        link::now() + chrono::Duration::minutes(hands.load(std::sync::atomic::Ordering::SeqCst))
    };
    let options = Options {
        clock: std::sync::Arc::new(clock),
        ..link::options()
    };
    let simulator = Simulator::start(demo::day(link::now(), link::ZONE), options)
        .await
        .unwrap();
    let mut link = Link::to(&simulator).await;
    let id = subscription(&mut link).await;
    ticks.store(31, std::sync::atomic::Ordering::SeqCst);
    let mut stream = Stream::open(&simulator, &id).await;
    assert!(
        stream
            .next()
            .await
            .unwrap()
            .contains("ErrorSubscriptionNotFound")
    );
}

/// A stream under a fault, on a fresh subscription.
async fn under(simulator: &Simulator, effect: Effect) -> Stream {
    let id = subscription(&mut Link::to(simulator).await).await;
    simulator
        .faults()
        .set(Fault::once("GetStreamingEvents", effect));
    let mut stream = Stream::open(simulator, &id).await;
    let first = stream.next().await.unwrap();
    assert!(first.contains("ConnectionStatus>OK<"), "{first}");
    stream
}

fn add_two(simulator: &Simulator) {
    simulator.world(|world| {
        for subject in ["one", "two"] {
            let start = world.now();
            let details = Details::new(subject, start, start, link::ZONE);
            world.add(demo::ADDRESS, details).unwrap();
        }
    });
}

#[tokio::test]
async fn a_stream_can_fail_with_a_status_that_says_ok() {
    let simulator = link::demo_simulator().await;
    let code = "ErrorMissedNotificationEvents".to_owned();
    let mut stream = under(&simulator, Effect::StreamError(code)).await;
    let error = stream.next().await.unwrap();
    assert!(error.contains("ErrorMissedNotificationEvents"), "{error}");
    assert_eq!(all(&error, "m:ConnectionStatus"), ["OK"]);
}

#[tokio::test]
async fn a_deaf_stream_beats_and_tells_nothing() {
    let options = Options {
        heartbeat: Duration::from_millis(40),
        ..link::options()
    };
    let simulator = Simulator::start(demo::day(link::now(), link::ZONE), options)
        .await
        .unwrap();
    let mut stream = under(&simulator, Effect::Deaf).await;
    add_two(&simulator);
    for _ in 0..3 {
        let beat = stream.next().await.unwrap();
        assert!(beat.contains("<t:StatusEvent/>"), "{beat}");
    }
}

#[tokio::test]
async fn a_stream_can_be_cut_in_the_middle_of_an_event() {
    let simulator = link::demo_simulator().await;
    let mut stream = under(&simulator, Effect::Truncate).await;
    add_two(&simulator);
    let mut half = 0;
    while let Some(Ok(frame)) = stream.0.frame().await {
        half += frame.data_ref().unwrap().len();
    }
    assert!(half > 100, "{half} bytes came before the cut");
}

#[tokio::test]
async fn events_can_come_twice() {
    let simulator = link::demo_simulator().await;
    let mut stream = under(&simulator, Effect::Disorder).await;
    add_two(&simulator);
    let told = stream.next().await.unwrap();
    assert_eq!(all(&told, "m:Notification").len(), 2, "{told}");
}
