//! A ring that is put off, and the program that ends meanwhile.

use chrono::Duration;
use desktop::view::SnoozeChoice;
use exchange_sim::world::details::Details;
use rstest::rstest;
use scenarios::stage::{ANNA, ZONE};

use crate::office::{End, Office, now, soon};

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn what_was_put_off_rings_again_in_the_next_run(
    #[values(End::Direct, End::Hybrid)] end: End,
) {
    let office = Office::new(end, |_| {}).await;
    let session = office.signed_in().await;
    office.until_titles(&session, &[]).await;
    office.world(|world| {
        // A minute before the start is in a moment.
        let start = now() + Duration::seconds(75);
        let soon = Details::new("Now", start, start + Duration::minutes(30), ZONE);
        world.add(ANNA, soon).expect("an item");
    });
    let ring = soon(session.ring(), |ring| !ring.rings.is_empty()).await;
    let id = ring.rings[0].id.clone();
    let put_off = session.snooze(&id, SnoozeChoice::MinuteBefore).await;
    put_off.expect("there is time for it");
    soon(session.ring(), |ring| ring.rings.is_empty()).await;
    session.stop().await;
    assert_eq!(office.rang(), ["Now"]);

    let session = office.session();
    let again = soon(session.ring(), |ring| !ring.rings.is_empty()).await;
    assert_eq!(again.rings[0].title, "Now");
    // The shell is told a moment after the window shows it.
    let twice = || office.rang() == ["Now", "Now"];
    office.until(twice, "it rings a second time").await;
    session.stop().await;
    office.close().await;
}
