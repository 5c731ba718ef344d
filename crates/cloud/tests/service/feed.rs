//! The change feed and letters, over real sockets.

#![allow(clippy::unwrap_used, reason = "a test ends where a step fails")]

use vault::{
    Store as _,
    hybrid::passport::Audience,
    opaque::OpaqueId,
    remote::{Answers, Asked, Caller, RemoteError, Stranger, Told},
    store::{BlindId, Outcome, Replace, SealedBatch, Tag},
};

use crate::stage::{self, Organization, Place, SetClock, store};

fn batch(after: Option<&[u8]>, head: &[u8]) -> SealedBatch {
    SealedBatch {
        series: BlindId([1; 16]),
        keys: None,
        after: after.map(Tag::of),
        replace: Replace::Nothing,
        put: Vec::new(),
        beside: Vec::new(),
        delete: Vec::new(),
        head: head.to_vec(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sr_63_a_commit_is_told_at_once_by_id_and_revision_alone() {
    let place = Place::new();
    let clock = SetClock::at(stage::real_now());
    let service = cloud::service::start(&place.service_config(), clock.clock())
        .await
        .unwrap();
    let url = format!("https://{}", service.address);
    let ours = Organization::new();
    ours.add_with(&place, "service");
    let mailbox = OpaqueId::random();
    let connector = ours.caller(&place, &url, Audience::Service, &clock);
    let answers = Answers::new(connector.clone());
    answers.put_mailbox(mailbox).await.unwrap();
    let (device, message) = ours.device(mailbox, clock.now());
    answers.put_device(&message).await.unwrap();

    let reader = store(
        device.caller(&place, &url, Audience::Service, &clock),
        mailbox,
    );
    let mut feed = reader.changes().await.unwrap();
    assert_eq!(feed.next().await, Ok(Some(Told::Revision(0))));
    let writer = store(connector.clone(), mailbox);
    assert_eq!(writer.commit(batch(None, b"one")).await, Ok(Outcome::Done));
    assert_eq!(feed.next().await, Ok(Some(Told::Revision(1))));
    // Who is overtaken has changed nothing, and nothing is told.
    assert_eq!(
        writer.commit(batch(None, b"late")).await,
        Ok(Outcome::Overtaken)
    );
    assert_eq!(
        writer.commit(batch(Some(b"one"), b"two")).await,
        Ok(Outcome::Done)
    );
    assert_eq!(feed.next().await, Ok(Some(Told::Revision(2))));

    // The feed of a revoked device ends.
    let path = format!("/v1/mailboxes/{mailbox}/devices/{}", device.id);
    connector.ask(Asked::delete(&path), 1000).await.unwrap();
    assert_eq!(feed.next().await, Ok(None));
    let again = reader.changes().await;
    assert!(matches!(again, Err(RemoteError::Unknown(_))), "{again:?}");
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn letters_go_to_the_connector_and_their_answers_back_once() {
    let place = Place::new();
    let clock = SetClock::at(stage::real_now());
    let service = cloud::service::start(&place.service_config(), clock.clock())
        .await
        .unwrap();
    let url = format!("https://{}", service.address);
    let ours = Organization::new();
    ours.add_with(&place, "service");
    let ca = place.file("ca.pem");
    let anybody = Caller::new(&url, Some(&ca), Audience::Service, None, clock.clock()).unwrap();
    let stranger = Stranger::new(anybody, ours.id);
    assert_eq!(
        stranger.connector().await.unwrap().keys,
        ours.connector.public()
    );

    let answers = Answers::new(ours.caller(&place, &url, Audience::Service, &clock));
    let letter = OpaqueId::random();
    // The connector waits before the letter comes.
    let (waiting, written) = tokio::join!(answers.waiting(), stranger.write(letter, b"q".to_vec()));
    written.unwrap();
    let waiting = waiting.unwrap();
    assert_eq!((waiting[0].letter, waiting[0].mailbox), (letter, None));
    assert_eq!(stranger.answer(letter).await, Ok(None), "not yet");
    answers.answer(letter, b"a".to_vec()).await.unwrap();
    assert_eq!(stranger.answer(letter).await, Ok(Some(b"a".to_vec())));
    assert_eq!(stranger.answer(letter).await, Ok(None), "once");

    let late = OpaqueId::random();
    stranger.write(late, b"q".to_vec()).await.unwrap();
    answers.answer(late, b"a".to_vec()).await.unwrap();
    clock.pass(601);
    assert_eq!(
        stranger.answer(late).await,
        Ok(None),
        "ten minutes are over"
    );
    service.stop().await;
}
