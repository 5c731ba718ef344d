//! What a client makes of a service that deceives it, through the engine and
//! over real sockets.

use std::sync::Arc;

use engine::{Snapshot, remote::MEETINGS};
use scenarios::stage::{ANNA, titles, until, up_to_date};
use vault::store::{Day, SealedSeries};

use crate::{
    deceived::{Reached, UNTRUE, asked_again, has_failed, in_ten_seconds, kind, own_disk},
    hostile::{Hostile, Trick},
    scene::{BEN, Scene, meeting},
    weeks::of_another_week,
};

/// The service and its operator, who has seen the mailbox before a change.
struct Deceived {
    older: SealedSeries,
    foreign: SealedSeries,
    other_week: SealedSeries,
}

/// Every trick of SR-57, by name.
fn tricks(seen: Deceived) -> Vec<(&'static str, Arc<Trick>)> {
    let Deceived {
        older,
        foreign,
        other_week,
    } = seen;
    let (older_head, older_rows) = (older.head.clone(), older.rows.clone());
    let (foreign_head, foreign_blob) = (foreign.head.clone(), foreign.rows[0].blob.clone());
    let (week_head, week_blob) = (other_week.head.clone(), other_week.rows[0].blob.clone());
    let week_id = other_week.rows[0].record;
    let of = |trick: Box<dyn Fn(&mut SealedSeries) + Send + Sync>| -> Arc<Trick> {
        Arc::new(move |_, mut series| {
            // The presence has no records; it is left in peace.
            if !series.rows.is_empty() {
                trick(&mut series);
            }
            series
        })
    };
    vec![
        (
            "swaps two records",
            of(Box::new(|seen| {
                let first = seen.rows[0].blob.clone();
                seen.rows[0].blob = std::mem::replace(&mut seen.rows[1].blob, first);
            })),
        ),
        (
            "changes a byte",
            of(Box::new(|seen| {
                let last = seen.rows[0].blob.len() - 1;
                seen.rows[0].blob[last] ^= 1;
            })),
        ),
        (
            "shows an older state",
            of(Box::new(move |seen| *seen = older.clone())),
        ),
        (
            "shows an older head",
            of(Box::new(move |seen| seen.head.clone_from(&older_head))),
        ),
        (
            "shows older records",
            of(Box::new(move |seen| seen.rows.clone_from(&older_rows))),
        ),
        ("reorders", of(Box::new(|seen| seen.rows.reverse()))),
        (
            "cuts a record",
            of(Box::new(|seen| {
                let half = seen.rows[0].blob.len() / 2;
                seen.rows[0].blob.truncate(half);
            })),
        ),
        (
            "cuts the head",
            of(Box::new(|seen| {
                let half = seen.head.as_ref().map_or(0, Vec::len) / 2;
                seen.head.iter_mut().for_each(|head| head.truncate(half));
            })),
        ),
        (
            "shows a record twice",
            of(Box::new(|seen| seen.rows.insert(0, seen.rows[0].clone()))),
        ),
        (
            "shows a record under two ids",
            of(Box::new(|seen| {
                seen.rows[1].blob = seen.rows[0].blob.clone();
            })),
        ),
        (
            "drops a record",
            of(Box::new(|seen| {
                seen.rows.remove(1);
            })),
        ),
        ("drops all records", of(Box::new(|seen| seen.rows.clear()))),
        ("drops the head", of(Box::new(|seen| seen.head = None))),
        (
            "drops everything",
            of(Box::new(|seen| *seen = SealedSeries::default())),
        ),
        (
            "changes the day of a record",
            of(Box::new(|seen| seen.rows[0].expires = Some(Day(u32::MAX)))),
        ),
        (
            "takes the day from a record",
            of(Box::new(|seen| seen.rows[0].expires = None)),
        ),
        (
            "shows a record of another mailbox",
            of(Box::new(move |seen| {
                seen.rows[0].blob.clone_from(&foreign_blob);
            })),
        ),
        (
            "shows the manifest of another mailbox",
            of(Box::new(move |seen| seen.head.clone_from(&foreign_head))),
        ),
        (
            "shows another mailbox",
            of(Box::new(move |seen| *seen = foreign.clone())),
        ),
        (
            "shows a record of another week",
            of(Box::new(move |seen| {
                let same = seen.rows.iter_mut().find(|row| row.record == week_id);
                same.unwrap().blob.clone_from(&week_blob);
            })),
        ),
        (
            "shows the manifest of another week",
            of(Box::new(move |seen| seen.head.clone_from(&week_head))),
        ),
        (
            "shows another week",
            of(Box::new(move |seen| *seen = other_week.clone())),
        ),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn sr_57_every_trick_of_a_hostile_service_is_told_and_the_last_good_agenda_stays() {
    let scene = Scene::new().await;
    for (address, title) in [(ANNA, "Second"), (ANNA, "Third"), (BEN, "Foreign")] {
        let added = scene
            .exchange
            .world(|world| world.add(address, meeting(title, 200)));
        added.unwrap();
    }
    let connector = scene.connector().await;
    let device = scene.enrolled(ANNA).await;
    let bens = scene.enrolled(BEN).await;
    let hostile = Hostile::beside(&scene, device.organization).await;
    let reached = Reached::through(&scene, &hostile);
    let disk = own_disk().await;
    let three = ["canary-title of Anna", "Second", "Third"];
    let client = scene.client(&device);
    let has_three =
        |snapshot: &Snapshot| three.iter().all(|title| titles(snapshot).contains(title));
    until(&client, has_three).await;
    let older = hostile.meetings_of(device.mailbox).await;
    scene.exchange.world(|world| {
        for title in three {
            let number = world.find(ANNA, title).unwrap();
            let changed = world.change(ANNA, number, |item| {
                item.details.subject.push_str(", moved");
            });
            changed.unwrap();
        }
    });
    let moved = three.map(|title| format!("{title}, moved"));
    let is_good = |snapshot: &Snapshot| {
        let titles = titles(snapshot);
        let has_moved = moved.iter().all(|title| titles.contains(&title.as_str()));
        has_moved && !titles.contains(&"Foreign") && !three.iter().any(|old| titles.contains(old))
    };
    until(&client, is_good).await;
    let other = scene.client(&bens);
    until(&other, |snapshot| titles(snapshot).contains(&"Foreign")).await;
    client.stop().await;
    other.stop().await;
    connector.stop().await;

    let present = Arc::new(hostile.store(device.mailbox));
    let seen = Deceived {
        older,
        foreign: hostile.meetings_of(bens.mailbox).await,
        other_week: of_another_week(&scene, &device, (device.mailbox, MEETINGS), present).await,
    };
    let mut running = reached.client(&device, &disk);
    let mut unnoticed = Vec::new();
    for (name, trick) in tricks(seen) {
        let honest = until(&running, up_to_date).await;
        assert!(is_good(&honest), "before it {name}");
        hostile.plays(trick);
        let deceived = asked_again(&running).await;
        if kind(&deceived) != Some(UNTRUE) || !is_good(&deceived) {
            unnoticed.push((name, "by one that runs", deceived.health.clone()));
        }
        // The next run begins with what this one has kept.
        running.stop().await;
        running = reached.client(&device, &disk);
        let is_over = |snapshot: &Snapshot| has_failed(snapshot) || up_to_date(snapshot);
        let deceived = in_ten_seconds(&running, is_over).await;
        if kind(&deceived) != Some(UNTRUE) || !is_good(&deceived) {
            unnoticed.push((name, "by one that starts", deceived.health.clone()));
        }
        hostile.repents();
        running.refresh();
    }
    assert!(unnoticed.is_empty(), "{unnoticed:#?}");
    until(&running, |snapshot| {
        up_to_date(snapshot) && is_good(snapshot)
    })
    .await;
    running.stop().await;
    scene.stop().await;
}
