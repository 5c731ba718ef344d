//! What a client makes of a service that deceives it about what is a head
//! alone: the user's own presence, and the board of who is away (SR-57).

use std::sync::Arc;

use chrono::Duration;
use engine::{
    Backend as _, Clock as _, Handle, Oof, Scheduler as _, Snapshot, SystemClock,
    remote::{
        PRESENCE,
        colleagues::{Board, COLLEAGUES},
    },
};
use exchange_sim::world::mailbox::OofState;
use scenarios::stage::{ANNA, titles, until, up_to_date};
use vault::store::{BlindId, SealedRow, SealedSeries};

use crate::{
    deceived::{Reached, STALE, UNTRUE, has_failed, in_ten_seconds, kind, own_disk, with_keys_by},
    hostile::{Hostile, Trick},
    scene::{BEN, Scene, now},
    weeks::of_another_week,
};

/// What an operator has to deceive with.
struct Has {
    /// The series that is shown in another way.
    whose: BlindId,
    older: SealedSeries,
    /// The same of another mailbox.
    foreign: SealedSeries,
    /// A series with records.
    meetings: SealedSeries,
    other_week: SealedSeries,
}

/// Every trick by name, and whether somebody who has seen nothing before finds
/// it out.
fn tricks(has: Has) -> Vec<(&'static str, bool, Arc<Trick>)> {
    let whose = has.whose;
    let of = |trick: Box<dyn Fn(&mut SealedSeries) + Send + Sync>| -> Arc<Trick> {
        Arc::new(move |id, mut series| {
            if id == whose {
                trick(&mut series);
            }
            series
        })
    };
    let head =
        |change: fn(&mut Vec<u8>)| of(Box::new(move |seen| change(seen.head.as_mut().unwrap())));
    let shows = |other: SealedSeries| of(Box::new(move |seen| *seen = other.clone()));
    let record = has.meetings.rows[0].clone();
    let other_head = has.meetings.head.clone();
    let with_its_head = of(Box::new(|seen| {
        seen.rows.push(SealedRow {
            record: BlindId([7; 16]),
            expires: None,
            blob: seen.head.clone().unwrap(),
        });
    }));
    vec![
        (
            "changes a byte",
            true,
            head(|head| *head.last_mut().unwrap() ^= 1),
        ),
        ("changes the first byte", true, head(|head| head[0] ^= 1)),
        ("cuts it", true, head(|head| head.truncate(head.len() / 2))),
        (
            "cuts the last byte",
            true,
            head(|head| head.truncate(head.len() - 1)),
        ),
        ("leaves nothing of it", true, head(Vec::clear)),
        (
            "shows it twice in one",
            true,
            head(|head| head.extend_from_within(..)),
        ),
        (
            "turns its halves round",
            true,
            head(|head| {
                let half = head.len() / 2;
                head.rotate_left(half);
            }),
        ),
        ("drops it", true, of(Box::new(|seen| seen.head = None))),
        ("drops all", true, shows(SealedSeries::default())),
        (
            "adds a record of the meetings",
            true,
            of(Box::new(move |seen| {
                seen.rows.push(record.clone());
            })),
        ),
        ("adds it as a record", true, with_its_head),
        (
            "moves it among the records",
            true,
            of(Box::new(|seen| {
                let blob = seen.head.take().unwrap();
                seen.rows.push(SealedRow {
                    record: BlindId([7; 16]),
                    expires: None,
                    blob,
                });
            })),
        ),
        ("shows the meetings in its place", true, shows(has.meetings)),
        (
            "shows the meetings' head",
            true,
            of(Box::new(move |seen| {
                seen.head.clone_from(&other_head);
            })),
        ),
        ("shows another mailbox's", true, shows(has.foreign)),
        // Who has seen nothing newer cannot tell; it is not shown for long.
        ("shows what was", false, shows(has.older)),
        ("shows another week's", false, shows(has.other_week)),
    ]
}

fn switch_on(scene: &Scene, whose: &str) {
    scene.exchange.world(|world| {
        world.mailbox_mut(whose).unwrap().oof.state = OofState::Enabled;
    });
}

async fn a_moment() {
    SystemClock
        .wait_until(now() + Duration::milliseconds(50))
        .await;
}

fn is_good(snapshot: &Snapshot) -> bool {
    titles(snapshot).contains(&"canary-title of Anna")
}

async fn pulled_again(client: &Handle) -> Arc<Snapshot> {
    let before = client.snapshots().borrow().as_of;
    client.refresh();
    until(client, |snapshot| snapshot.as_of > before).await
}

#[tokio::test(flavor = "multi_thread")]
async fn sr_57_every_trick_with_the_own_presence_is_told_and_the_last_good_one_stays() {
    let scene = Scene::new().await;
    let connector = scene.connector().await;
    let (device, bens) = (scene.enrolled(ANNA).await, scene.enrolled(BEN).await);
    let hostile = Hostile::beside(&scene, device.organization).await;
    let reached = Reached::through(&scene, &hostile);
    let disk = own_disk().await;
    let asked = reached.backend(&device);
    let until_sealed = async |oof: Option<Oof>| {
        while asked.oof().await != Ok(oof) {
            a_moment().await;
        }
    };
    until_sealed(None).await;
    let (whose, older) = hostile.head_of(device.mailbox).await;
    let (_, foreign) = hostile.head_of(bens.mailbox).await;
    connector.stop().await;
    switch_on(&scene, ANNA);
    let connector = scene.connector().await;
    until_sealed(Some(Oof::On)).await;
    let first = reached.client(&device, &disk);
    until(&first, |s| s.oof == Some(Oof::On) && is_good(s)).await;
    // What was seen is kept with the next pull.
    pulled_again(&first).await;
    first.stop().await;
    connector.stop().await;

    let present = Arc::new(hostile.store(device.mailbox));
    let has = Has {
        whose,
        older,
        foreign,
        meetings: hostile.meetings_of(device.mailbox).await,
        other_week: of_another_week(&scene, &device, (device.mailbox, PRESENCE), present).await,
    };
    let mut unnoticed = Vec::new();
    for (name, _, trick) in tricks(has) {
        assert_eq!(asked.oof().await, Ok(Some(Oof::On)), "before it {name}");
        hostile.plays(trick);
        let told = asked.oof().await.map_err(|failure| failure.kind);
        if told != Err(UNTRUE) {
            unnoticed.push((name, "by one that runs", format!("{told:?}")));
        }
        let client = reached.client(&device, &disk);
        let deceived = in_ten_seconds(&client, has_failed).await;
        if kind(&deceived) != Some(UNTRUE) || !is_good(&deceived) {
            unnoticed.push((name, "by one that starts", format!("{:?}", deceived.health)));
        }
        client.stop().await;
        hostile.repents();
    }
    assert!(unnoticed.is_empty(), "{unnoticed:#?}");
    scene.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sr_57_a_deceit_about_the_own_presence_is_shown_until_it_is_over() {
    let scene = Scene::new().await;
    switch_on(&scene, ANNA);
    let connector = scene.connector().await;
    let device = scene.enrolled(ANNA).await;
    let hostile = Hostile::beside(&scene, device.organization).await;
    let reached = Reached::through(&scene, &hostile);
    let disk = own_disk().await;
    let (whose, _) = hostile.head_of(device.mailbox).await;
    let first = reached.client(&device, &disk);
    until(&first, |s| s.oof == Some(Oof::On) && is_good(s)).await;
    pulled_again(&first).await;
    first.stop().await;

    hostile.plays(Arc::new(move |id, honest| {
        if id == whose {
            SealedSeries::default()
        } else {
            honest
        }
    }));
    let client = reached.client(&device, &disk);
    until(&client, has_failed).await;
    // Good meetings do not make it good.
    let after = pulled_again(&client).await;
    assert_eq!(kind(&after), Some(UNTRUE), "{:?}", after.health);
    assert!(is_good(&after));
    hostile.repents();
    client.refresh();
    let over = until(&client, up_to_date).await;
    assert_eq!(over.oof, Some(Oof::On));
    client.stop().await;
    connector.stop().await;
    scene.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sr_57_every_trick_with_the_board_is_told_and_the_last_good_one_is_used() {
    let scene = Scene::new().await;
    let connector = scene.connector().await;
    let mut device = scene.enrolled(ANNA).await;
    let hostile = Hostile::beside(&scene, device.organization).await;
    let reached = Reached::through(&scene, &hostile);
    let node = with_keys_by(&scene, &mut device, &reached.clock).await;
    scene.board_of(&scene.colleagues(&device)).await;
    let (whose, older) = hostile.head_of(device.organization).await;
    connector.stop().await;
    switch_on(&scene, BEN);
    let connector = scene.connector().await;
    let ben_is_away = |board: &Board| board.oof_of(BEN) == Some(Oof::On);
    scene
        .board_where(&scene.colleagues(&device), ben_is_away)
        .await;
    let (_, foreign) = hostile.head_of(device.mailbox).await;
    connector.stop().await;

    let organization = device.organization;
    let present = Arc::new(hostile.store(organization));
    let has = Has {
        whose,
        older,
        foreign,
        meetings: hostile.meetings_of(device.mailbox).await,
        other_week: of_another_week(&scene, &device, (organization, COLLEAGUES), present).await,
    };
    let anna = reached.colleagues(&device);
    let people = [BEN.to_owned()];
    let asker = scene
        .asker(&device, reached.clock.clone())
        .knowing(reached.colleagues(&device));
    let mut unnoticed = Vec::new();
    for (name, by_a_stranger, trick) in tricks(has) {
        let honest = anna.read().await.unwrap();
        assert!(ben_is_away(&honest), "before it {name}: {honest:?}");
        assert_eq!(asker.away(&people).await, Ok(vec![Some(Oof::On)]));
        hostile.plays(trick);
        let told = anna.read().await.map_err(|failure| failure.kind);
        if told != Err(UNTRUE) {
            unnoticed.push((name, "by one that runs", told));
        }
        // Who looks for a time goes on with what was good.
        assert_eq!(asker.away(&people).await, Ok(vec![Some(Oof::On)]), "{name}");
        if by_a_stranger {
            let told = reached.colleagues(&device).read().await;
            if let Ok(board) = told {
                unnoticed.push((name, "by one that starts", Ok(board)));
            }
        } else {
            reached.clock.by(Duration::minutes(121));
            let told = reached.colleagues(&device).read().await;
            assert_eq!(told.map_err(|failure| failure.kind), Err(STALE), "{name}");
            reached.clock.by(Duration::zero());
        }
        hostile.repents();
    }
    assert!(unnoticed.is_empty(), "{unnoticed:#?}");
    node.stop().await;
    scene.stop().await;
}
