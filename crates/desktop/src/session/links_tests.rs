use calendar::{JoinLink, Meeting};
use chrono::Duration;

use super::{Session, stage::*};
use crate::view::{ProblemCode, TrayAction, TrayEntry};

#[tokio::test]
async fn sr_31_a_link_whose_host_is_not_the_one_shown_is_not_opened() {
    let stage = Stage::new("09:00");
    let session = stage.start_with_account().await;
    let mut evil = meeting("Review", "10:00", "10:45");
    evil.join.0[0].url = "https://example.webex.com.evil.example/meet"
        .parse()
        .unwrap();
    stage.servers.tell(&[evil]);
    let agenda = until(session.agenda(), |a| !a.heroes.is_empty()).await;
    let hero = &agenda.heroes[0];
    let host = &hero.joins[0].host;
    for outcome in [
        session.join(&hero.id, 0, host).await,
        session.copy_link(&hero.id, 0, host).await,
    ] {
        assert_eq!(outcome.unwrap_err().code, ProblemCode::Link);
    }
    let none = session.join(&hero.id, 1, host).await.unwrap_err();
    assert_eq!(none.code, ProblemCode::Gone);
    session.stop().await;
    assert!(stage.shell.taken().is_empty());
}

#[tokio::test]
async fn sr_31_a_link_that_has_changed_since_it_was_shown_is_neither_opened_nor_copied() {
    let stage = Stage::new("09:54");
    let session = stage.start_with_account().await;
    stage.servers.tell(&[meeting("Review", "10:00", "10:45")]);
    until(session.agenda(), |a| !a.heroes.is_empty()).await;
    stage.clock.set("09:55");
    let ring = until(session.ring(), |ring| !ring.rings.is_empty()).await;
    let shown = &ring.rings[0];
    let tray = session.tray().borrow().middle_click.clone();
    let host = shown.joins[0].host.as_str();
    assert!(
        matches!(&tray, Some(TrayAction::Join { host: named, .. }) if named == host),
        "{tray:?}"
    );

    // The organizer has gone to another service, which is known as well.
    let mut moved = meeting("Review", "10:00", "10:45");
    moved.join.0[0] = JoinLink {
        url: "https://acme.zoom.us/j/1".parse().unwrap(),
        provider: "Zoom".to_owned(),
        host: "acme.zoom.us".to_owned(),
        app: None,
    };
    stage.servers.tell(&[moved]);
    until(session.ring(), |ring| {
        ring.rings[0].joins[0].host == "acme.zoom.us"
    })
    .await;
    for outcome in [
        session.join(&shown.meeting, 0, host).await,
        session.join_anyway(&shown.meeting, 0, host).await,
        session.copy_link(&shown.meeting, 0, host).await,
    ] {
        let refused = outcome.unwrap_err();
        assert_eq!(refused.code, ProblemCode::Link);
        assert!(refused.text.contains("acme.zoom.us"), "{}", refused.text);
    }
    let link = ("acme.zoom.us", "open https://acme.zoom.us/j/1");
    session.join(&shown.meeting, 0, link.0).await.unwrap();
    session.stop().await;
    let done = stage.shell.taken();
    let opened: Vec<_> = done.iter().filter(|one| one.starts_with("open")).collect();
    assert_eq!(opened, [link.1]);
    assert!(!done.iter().any(|one| one.starts_with("copy")), "{done:?}");
}

#[tokio::test]
async fn what_is_late_is_copied_and_a_page_on_the_web_is_opened_where_it_is_https() {
    let stage = Stage::new("09:00");
    let session = stage.start_with_account().await;
    let mut review = meeting("Review", "10:00", "10:45");
    let page = |address: &str| address.parse().ok().map(Box::new);
    review.web_address = page("https://mail.example.org/owa/?ItemID=1");
    let mut evil = meeting("Evil", "11:00", "11:45");
    evil.web_address = page("http://mail.example.org/owa/?ItemID=2");
    stage.servers.tell(&[review, evil]);
    let agenda = until(session.agenda(), |a| !a.heroes.is_empty()).await;
    let rows = &agenda.days[0].rows;
    session.running_late(&rows[0].id).await.unwrap();
    session.open_web(&rows[0].id).await.unwrap();
    let refused = session.open_web(&rows[1].id).await.unwrap_err();
    assert_eq!(refused.code, ProblemCode::Link);
    session.stop().await;
    let done = stage.shell.taken();
    assert!(done[0].starts_with("copy "), "{done:?}");
    assert_eq!(done[1..], ["open https://mail.example.org/owa/?ItemID=1"]);
}

const STRANGER: &str = "https://meet-now.example.net/review";
const ITS_HOST: &str = "meet-now.example.net";

/// A meeting whose only link leads to a host that nobody knows.
fn review_at_a_stranger() -> Meeting {
    let mut review = meeting("Review", "10:00", "10:45");
    let url: url::Url = STRANGER.parse().unwrap();
    let host = url.host_str().unwrap().to_owned();
    review.join.0 = vec![JoinLink {
        provider: host.clone(),
        host,
        url,
        app: None,
    }];
    review
}

async fn with_the_stranger(stage: &Stage) -> (Session, String) {
    let session = stage.start_with_account().await;
    stage.servers.tell(&[review_at_a_stranger()]);
    let agenda = until(session.agenda(), |a| !a.heroes.is_empty()).await;
    let meeting = agenda.heroes[0].id.clone();
    (session, meeting)
}

#[tokio::test]
async fn sr_32_an_unknown_host_is_told_at_the_first_press_and_opened_at_the_second() {
    let stage = Stage::new("09:00");
    let (session, meeting) = with_the_stranger(&stage).await;
    let told = session.join(&meeting, 0, ITS_HOST).await.unwrap_err();
    assert_eq!(told.code, ProblemCode::Doubt);
    assert!(told.text.contains("meet-now.example.net"), "{}", told.text);
    stage.clock.pass(Duration::seconds(2));
    session.join_anyway(&meeting, 0, ITS_HOST).await.unwrap();
    session.stop().await;
    assert_eq!(stage.shell.taken(), [format!("open {STRANGER}")]);
}

#[tokio::test]
async fn sr_32_no_press_that_shows_no_host_opens_an_unknown_one_however_often() {
    let stage = Stage::new("09:54");
    let (session, meeting) = with_the_stranger(&stage).await;
    stage.clock.set("09:55");
    until(session.ring(), |ring| !ring.rings.is_empty()).await;
    // The tray and the keys of the desktop have no Join for it, and what a
    // notification or a menu of a moment ago names is refused each time.
    let tray = session.tray().borrow().clone();
    assert_eq!(tray.middle_click, None);
    let joins = |entry: &TrayEntry| {
        matches!(entry, TrayEntry::Item { action, .. }
            if matches!(action, TrayAction::Join { .. } | TrayAction::CopyLink { .. }))
    };
    assert!(!tray.menu.iter().any(joins), "{:?}", tray.menu);
    for _ in 0..3 {
        let refused = session.join(&meeting, 0, ITS_HOST).await.unwrap_err();
        assert_eq!(refused.code, ProblemCode::Doubt);
        stage.clock.pass(Duration::seconds(1));
    }
    // A link of another program leads to what rings.
    session.show_ring().await.unwrap();
    assert_eq!(session.ring().borrow().rings.len(), 1, "it rings on");
    session.stop().await;
    let done = stage.shell.taken();
    assert!(
        !done.iter().any(|deed| deed.starts_with("open")),
        "{done:?}"
    );
}

#[tokio::test]
async fn sr_32_what_a_page_calls_a_second_press_is_a_first_one_where_nothing_was_told() {
    let stage = Stage::new("09:00");
    let (session, meeting) = with_the_stranger(&stage).await;
    let told = session
        .join_anyway(&meeting, 0, ITS_HOST)
        .await
        .unwrap_err();
    assert_eq!(told.code, ProblemCode::Doubt);
    // A double click is one press.
    let told = session
        .join_anyway(&meeting, 0, ITS_HOST)
        .await
        .unwrap_err();
    assert_eq!(told.code, ProblemCode::Doubt);
    // The link is another one by now: its host was not told.
    let mut moved = review_at_a_stranger();
    moved.join.0[0].url = "https://other.example/review".parse().unwrap();
    moved.join.0[0].host = "other.example".to_owned();
    moved.join.0[0].provider = "other.example".to_owned();
    stage.servers.tell(&[moved]);
    until(session.agenda(), |a| {
        a.heroes[0].joins[0].host == "other.example"
    })
    .await;
    stage.clock.pass(Duration::seconds(1));
    let other = session.join_anyway(&meeting, 0, "other.example");
    let told = other.await.unwrap_err();
    assert_eq!(told.code, ProblemCode::Doubt);
    assert!(told.text.contains("other.example"), "{}", told.text);
    session.stop().await;
    assert!(stage.shell.taken().is_empty());
}
