//! How many letters wait (SR-64): none takes the room of the others.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test ends where a step fails"
)]

use cloud::{
    config::Limits,
    service::{ASK_BYTES, WAITING_MAX, WAITING_OF_ONE, WAITING_OF_STRANGERS},
};
use vault::{
    database::{Begin, Database},
    hybrid::passport::Audience,
    opaque::OpaqueId,
    remote::{Answers, Asks, RemoteError, Stranger},
};

use crate::{
    limits::{limits, stranger},
    stage::{Organization, Place, SetClock, real_now},
};

/// The service with two organizations, whose letters nobody answers.
struct Post {
    place: Place,
    clock: SetClock,
    url: String,
    service: cloud::server::Running,
    ours: Organization,
    theirs: Organization,
    mailbox: OpaqueId,
}

impl Post {
    async fn new() -> Self {
        let place = Place::new();
        let clock = SetClock::at(real_now());
        let mut config = place.service_config();
        config.limits = Limits {
            body_bytes: 8 << 20,
            ..limits(10_000, 1000)
        };
        let service = cloud::service::start(&config, clock.clock()).await.unwrap();
        let post = Self {
            url: format!("https://{}", service.address),
            place,
            clock,
            service,
            ours: Organization::new(),
            theirs: Organization::new(),
            mailbox: OpaqueId::random(),
        };
        post.ours.add_with(&post.place, "service");
        post.theirs.add_with(&post.place, "service");
        post.connector().put_mailbox(post.mailbox).await.unwrap();
        post
    }

    fn connector(&self) -> Answers {
        let audience = Audience::Service;
        let caller = self
            .ours
            .caller(&self.place, &self.url, audience, &self.clock);
        Answers::new(caller)
    }

    async fn device(&self) -> Asks {
        let (device, message) = self.ours.device(self.mailbox, self.clock.now());
        self.connector().put_device(&message).await.unwrap();
        let audience = Audience::Service;
        let caller = device.caller(&self.place, &self.url, audience, &self.clock);
        Asks::new(caller, self.mailbox)
    }

    fn stranger(&self, to: &Organization) -> Stranger {
        stranger(&self.place, &self.url, to.id, &self.clock)
    }

    /// Letters of somebody that have come in the last minutes, beneath the
    /// running service; of strangers where it is nobody.
    async fn have_come(&self, letters: i64, whose: &'static str) {
        let database = Database::sqlite(&self.place.file("service.db"), &[])
            .await
            .unwrap();
        let organization = self.ours.id;
        let expires = self.clock.now().cast_signed() + 300;
        let put = database.transact(organization, Begin::ToWrite, move |connection| {
            Box::pin(async move {
                sqlx::query(
                    "WITH RECURSIVE number (n) AS
                       (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < $1)
                     INSERT INTO letter
                       (organization, letter, mailbox, device, question, answer, expires)
                     SELECT $2, printf('%032x', n), '', $4, x'00', NULL, $3 FROM number",
                )
                .bind(letters)
                .bind(organization.to_string())
                .bind(expires)
                .bind(whose)
                .execute(connection)
                .await
                .map(|_| ())
            })
        });
        put.await.unwrap();
        database.close().await;
    }
}

fn is_busy(outcome: &Result<(), RemoteError>) -> bool {
    matches!(outcome, Err(RemoteError::Busy(_)))
}

#[tokio::test(flavor = "multi_thread")]
async fn sr_64_no_more_letters_wait_than_there_is_room_for() {
    let post = Post::new().await;
    let device = post.device().await;
    let write = async |to: &Organization| {
        let letter = (OpaqueId::random(), b"sealed".to_vec());
        post.stranger(to).write(letter.0, letter.1).await
    };
    post.have_come(WAITING_MAX - 1, "somebody").await;
    assert_eq!(write(&post.ours).await, Ok(()), "there is room for one");
    let refused = write(&post.ours).await;
    assert!(is_busy(&refused), "{refused:?}");
    let refused = device.write(OpaqueId::random(), b"ask".to_vec()).await;
    assert!(is_busy(&refused), "{refused:?}");
    assert_eq!(
        write(&post.theirs).await,
        Ok(()),
        "others have their own room"
    );

    // The connector is told of a hundred at a time.
    assert_eq!(post.connector().waiting().await.unwrap().len(), 100);
    // Who is past their time take no room, also before they are swept out.
    post.clock.pass(300);
    assert_eq!(write(&post.ours).await, Ok(()));
    let asked = device.write(OpaqueId::random(), b"ask".to_vec()).await;
    assert_eq!(asked, Ok(()));
    post.service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sr_64_strangers_cannot_take_the_room_of_the_devices() {
    let post = Post::new().await;
    let device = post.device().await;
    post.have_come(WAITING_OF_STRANGERS - 1, "").await;
    let apply = async || {
        let letter = OpaqueId::random();
        let stranger = post.stranger(&post.ours);
        stranger.write(letter, b"sealed".to_vec()).await
    };
    assert_eq!(apply().await, Ok(()), "there is room for one");
    let refused = apply().await;
    assert!(is_busy(&refused), "{refused:?}");
    let asked = device.write(OpaqueId::random(), b"ask".to_vec()).await;
    assert_eq!(asked, Ok(()));
    post.service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sr_64_one_device_cannot_take_the_room_of_the_others() {
    let post = Post::new().await;
    let (greedy, other) = (post.device().await, post.device().await);
    let ask = async |device: &Asks| device.write(OpaqueId::random(), b"ask".to_vec()).await;
    for _ in 0..WAITING_OF_ONE {
        assert_eq!(ask(&greedy).await, Ok(()));
    }
    let refused = ask(&greedy).await;
    assert!(is_busy(&refused), "{refused:?}");
    assert_eq!(ask(&other).await, Ok(()));
    post.clock.pass(120);
    assert_eq!(ask(&greedy).await, Ok(()), "asks live for two minutes");

    let long = other.write(OpaqueId::random(), vec![0; ASK_BYTES + 1]);
    let long = long.await;
    assert!(matches!(long, Err(RemoteError::TooLong(_))), "{long:?}");
    post.service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sr_64_long_letters_of_one_device_do_not_keep_the_connector_from_the_others() {
    let post = Post::new().await;
    let (greedy, other) = (post.device().await, post.device().await);
    let mut written = std::collections::BTreeSet::new();
    for _ in 0..20 {
        let letter = OpaqueId::random();
        greedy.write(letter, vec![0; ASK_BYTES]).await.unwrap();
        written.insert(letter);
    }
    let letter = OpaqueId::random();
    other.write(letter, b"ask".to_vec()).await.unwrap();
    let connector = post.connector();
    let first = connector.waiting().await.unwrap();
    assert!(first.iter().any(|one| one.letter == letter));
    assert!(first.len() < 5, "{} long ones at once", first.len());

    // Answered, they make room for those behind them, to the last.
    let mut seen = std::collections::BTreeSet::new();
    while seen.len() < 21 {
        for one in connector.waiting().await.unwrap() {
            connector.answer(one.letter, Vec::new()).await.unwrap();
            assert!(seen.insert(one.letter), "answered once");
        }
    }
    written.insert(letter);
    assert_eq!(seen, written);
    post.service.stop().await;
}
