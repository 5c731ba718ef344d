//! What devices ask by way of the service, and who is answered.

use calendar::availability::Taken;
use chrono::{DateTime, Duration, Utc};
use engine::{
    Clock, FailureKind, Handle, Oof, Scheduler as _, SystemClock,
    scheduler::{Answer, Attempt, Found, Intent, NewMeeting, People, Refusal, RequestId, Standing},
};
use exchange_sim::world::mailbox::OofState;
use scenarios::{
    agreed,
    stage::{ANNA, ZONE, titles, until},
};
use vault::remote::{KeyService, RemoteError};

use crate::scene::{BEN, Scene, holds, now};

fn new_meeting(title: &str) -> Intent {
    let start = now() + Duration::hours(3);
    Intent::Make(Box::new(NewMeeting {
        title: title.to_owned(),
        message: "canary-message".to_owned(),
        start,
        end: start + Duration::minutes(30),
        zone: ZONE,
        location: String::new(),
        people: People {
            required: vec![BEN.to_owned()],
            ..People::default()
        },
        join: None,
        reminder_minutes: 15,
    }))
}

/// The time of a machine whose clock is wrong.
struct SlowClock(Duration);

#[async_trait::async_trait]
impl Clock for SlowClock {
    fn now(&self) -> DateTime<Utc> {
        now() + self.0
    }

    async fn wait_until(&self, deadline: DateTime<Utc>) {
        SystemClock.wait_until(deadline - self.0).await;
    }
}

/// A meeting as a client that has read it names it.
async fn standing(client: &Handle, title: &str) -> Standing {
    let snapshot = until(client, |snapshot| titles(snapshot).contains(&title)).await;
    let mut all = snapshot.agenda.iter();
    let meeting = all.find(|meeting| meeting.title == title).unwrap();
    Standing {
        id: meeting.id.clone(),
        start: meeting.span.start(ZONE),
        end: meeting.span.end(ZONE),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_device_asks_is_answered_by_exchange_in_its_users_name() {
    let scene = Scene::new().await;
    let connector = scene.connector().await;
    let device = scene.enrolled(ANNA).await;
    let anna = scene.asker(&device, SystemClock);

    let (from, to) = (now(), now() + Duration::hours(8));
    let both = [ANNA.to_owned(), BEN.to_owned()];
    let times = anna.time_of(&both, from, to, ZONE).await.unwrap();
    let busy = |at: usize| {
        let time = times[at].time.as_ref();
        let start = now() + Duration::minutes(60);
        time.and_then(|time| time.strongest(start, start + Duration::minutes(30)))
    };
    assert_eq!((busy(0), busy(1)), (Some(Taken::Busy), Some(Taken::Busy)));
    let found = anna.people("ben").await.unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].address.as_deref(), Some(BEN));
    assert_eq!(anna.rooms().await.unwrap(), [], "there is no list of rooms");

    let request = RequestId("a-name-for-good".to_owned());
    let made = new_meeting("canary-made by a letter");
    for _lost_answer in 0..2 {
        let attempt = anna.attempt(&request, &made).await;
        assert_eq!(attempt, Attempt::Done, "the same once more is the same");
    }
    assert_eq!(anna.look(&request, &made).await.unwrap(), Found::Done);
    let made = scene.meetings(ANNA, "canary-made by a letter");
    assert_eq!(made.len(), 1, "twice asked for is made once");
    assert_eq!(scene.meetings(BEN, "canary-made by a letter").len(), 1);

    // Ben answers, and Anna calls it off: it is hers and not his.
    let device = scene.enrolled(BEN).await;
    let ben = scene.asker(&device, SystemClock);
    let (hers, his) = (
        scene.client(&scene.enrolled(ANNA).await),
        scene.client(&device),
    );
    let meeting = standing(&his, "canary-made by a letter").await;
    let answer = Intent::Answer {
        meeting: meeting.clone(),
        answer: Answer::Tentative,
    };
    let request = RequestId("an-answer".to_owned());
    assert_eq!(ben.attempt(&request, &answer).await, Attempt::Done);
    assert_eq!(ben.look(&request, &answer).await.unwrap(), Found::Done);
    let cancel = |meeting| Intent::Cancel {
        meeting,
        message: String::new(),
    };
    let request = RequestId("a-cancellation".to_owned());
    let refused = ben.attempt(&request, &cancel(meeting)).await;
    assert_eq!(refused, Attempt::Refused(Refusal::NotOurs));
    let meeting = standing(&hers, "canary-made by a letter").await;
    let done = anna.attempt(&request, &cancel(meeting)).await;
    assert_eq!(done, Attempt::Done);
    until(&hers, |s| !titles(s).contains(&"canary-made by a letter")).await;
    hers.stop().await;
    his.stop().await;

    assert_eq!(anna.oof().await.unwrap(), None);
    scene.exchange.world(|world| {
        world.mailbox_mut(ANNA).unwrap().oof.state = OofState::Enabled;
    });
    assert_eq!(anna.oof().await.unwrap(), Some(Oof::On));

    connector.stop().await;
    sr_47_asks_are_answered_by_what_was_agreed_alone(&scene);
    let bytes = scene.at_rest();
    for canary in ["canary", ANNA, BEN] {
        assert!(!holds(&bytes, canary), "sr_52: {canary} rests there");
    }
    scene.stop().await;
}

fn sr_47_asks_are_answered_by_what_was_agreed_alone(scene: &Scene) {
    let (asked, beyond) = agreed::asked_of(&scene.exchange);
    assert!(beyond.is_empty(), "{beyond:?}");
    for operation in ["GetUserAvailability", "GetRoomLists", "CreateItem"] {
        assert!(asked.contains(operation), "it went that far: {asked:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sr_55_a_revoked_device_is_not_answered_whatever_the_service_says() {
    let scene = Scene::new().await;
    let connector = scene.connector().await;
    let device = scene.enrolled(ANNA).await;
    let anna = scene.asker(&device, SystemClock);
    assert_eq!(anna.oof().await.unwrap(), None);

    // Beside the running connector, as an administrator does it.
    let listed = scene.program().await.devices().await.unwrap();
    assert!(listed.contains(&device.device.to_string()) && listed.contains(ANNA));
    scene
        .program()
        .await
        .revoke(device.device, None)
        .await
        .unwrap();
    let refused = anna.oof().await.unwrap_err();
    assert_eq!(refused.kind, FailureKind::Credentials, "by the service");
    let (_, keys) = scene.ends(&device);
    let keys = KeyService::new(keys, device.key_service);
    let released = keys.release(device.mailbox, &device.open).await;
    assert!(
        matches!(released, Err(RemoteError::Unknown(_))),
        "{released:?}"
    );

    // A service which takes it in again all the same.
    let database = cloud::server::open(&scene.service_database(), &[])
        .await
        .unwrap();
    let path = scene.folder().join("service.db");
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(path);
    let pool = sqlx::SqlitePool::connect_with(options).await.unwrap();
    let undone = sqlx::query("UPDATE device SET revoked = NULL");
    undone.execute(&pool).await.unwrap();
    pool.close().await;
    database.close().await;
    let silent = anna.oof().await.unwrap_err();
    assert_eq!(silent.kind, FailureKind::Unreachable, "by the connector");
    connector.stop().await;
    scene.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_ask_is_good_for_two_minutes_and_its_answer_comes_from_the_connector_alone() {
    let scene = Scene::new().await;
    let connector = scene.connector().await;
    let device = scene.enrolled(ANNA).await;
    let late = scene.asker(&device, SlowClock(Duration::seconds(-200)));
    let (request, meeting) = (RequestId("late".to_owned()), new_meeting("Too late"));
    let Attempt::Unsure(failure) = late.attempt(&request, &meeting).await else {
        panic!("an old ask is not carried out");
    };
    assert!(failure.sentence.contains("clock"), "{failure}");
    assert!(scene.meetings(ANNA, "Too late").is_empty());

    // Another end than the one which the code has proven.
    let false_end = scene.asker_to(&device, [9; 32], SystemClock);
    assert!(false_end.oof().await.is_err());
    connector.stop().await;
    scene.stop().await;
}
