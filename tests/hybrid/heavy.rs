//! A calendar of the longest invitations that are kept.

use scenarios::stage::{ANNA, titles, until};

use crate::scene::{BEN, Scene, meeting};

/// Sealed they are more than two megabytes, in one message to the service.
const MEETINGS: usize = 130;

#[tokio::test(flavor = "multi_thread")]
async fn a_calendar_of_long_invitations_is_brought_whole_and_nobody_waits_for_it() {
    let scene = Scene::new().await;
    scene.exchange.world(|world| {
        for number in 0..MEETINGS {
            let minutes = i64::try_from(60 + 60 * number).unwrap();
            let text = format!("canary-text {number} ").repeat(1_300);
            let long = meeting(&format!("canary-long {number}"), minutes).text(text);
            world.add(BEN, long).unwrap();
        }
    });
    let connector = scene.connector().await;
    let ben = scene.client(&scene.enrolled(BEN).await);
    let anna = scene.client(&scene.enrolled(ANNA).await);
    until(&anna, |snapshot| {
        titles(snapshot).contains(&"canary-title of Anna")
    })
    .await;
    let last = format!("canary-long {}", MEETINGS - 1);
    let all = until(&ben, |snapshot| titles(snapshot).contains(&last.as_str())).await;
    assert!(titles(&all).len() > MEETINGS);
    connector.stop().await;
    anna.stop().await;
    ben.stop().await;
    scene.stop().await;
}
