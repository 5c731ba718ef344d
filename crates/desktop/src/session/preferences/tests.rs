use chrono::Duration;
use rstest::rstest;

use crate::{
    session::{
        Silence,
        stage::{Stage, meeting, until},
    },
    view::{
        ProblemCode, SettingName, SettingValue, SettingsChange, TrayAction, TrayEntry, TrayIcon,
        TrayView,
    },
};

fn text(name: SettingName, text: &str) -> SettingsChange {
    let text = text.to_owned();
    SettingsChange {
        name,
        value: SettingValue::Text { text },
    }
}

fn offers(tray: &TrayView, wanted: &TrayAction) -> bool {
    tray.menu
        .iter()
        .any(|entry| matches!(entry, TrayEntry::Item { action, .. } if action == wanted))
}

#[tokio::test]
async fn a_change_of_language_shows_at_once_and_can_be_taken_back() {
    let stage = Stage::new("09:00");
    let session = stage.start();
    let language = || session.environment().borrow().language.clone();
    assert_eq!(language(), "en");
    session
        .change_setting(text(SettingName::Language, "sv"))
        .await
        .unwrap();
    until(session.environment(), |view| view.language == "sv").await;
    let view = until(session.settings(), |view| view.undo.is_some()).await;
    assert_eq!(view.undo.as_deref(), Some("Ångra: Språk"));
    session.undo_setting().await.unwrap();
    until(session.environment(), |view| view.language == "en").await;
    let problem = session.undo_setting().await.unwrap_err();
    assert!(
        problem.text.starts_with("Nothing was changed"),
        "{}",
        problem.text
    );
    session.stop().await;
}

#[tokio::test]
async fn settings_are_there_after_a_restart_without_what_could_be_undone() {
    let stage = Stage::new("09:00");
    let session = stage.start();
    session
        .change_setting(text(SettingName::Theme, "dark"))
        .await
        .unwrap();
    session.stop().await;
    let session = stage.start();
    assert!(session.environment().borrow().theme.is_some());
    assert_eq!(session.settings().borrow().undo, None);
    session.stop().await;
}

#[tokio::test]
async fn a_value_that_cannot_be_used_is_refused_in_a_sentence_and_changes_nothing() {
    let stage = Stage::new("09:00");
    let session = stage.start();
    let problem = session
        .change_setting(text(SettingName::PersonalRoom, "http://example.org/x"))
        .await
        .unwrap_err();
    assert_eq!(problem.code, ProblemCode::Other);
    assert!(problem.text.contains("https"), "{}", problem.text);
    assert_eq!(session.settings().borrow().undo, None);
    session.stop().await;
    assert!(!stage.folder().join("settings.toml").exists());
}

#[tokio::test]
async fn a_longer_lead_rings_at_once_what_is_due_by_it() {
    let stage = Stage::new("09:45");
    let session = stage.start_with_account().await;
    stage.servers.tell(&[meeting("Review", "10:00", "10:45")]);
    until(session.agenda(), |agenda| !agenda.heroes.is_empty()).await;
    assert!(stage.shell.taken().is_empty());
    session
        .change_setting(text(SettingName::MinutesBefore, "20"))
        .await
        .unwrap();
    until(session.ring(), |ring| !ring.rings.is_empty()).await;
    session.stop().await;
    assert_eq!(stage.shell.taken(), ["ring Review"]);
}

#[tokio::test]
async fn a_new_room_reaches_the_accounts_that_run() {
    let stage = Stage::new("09:00");
    let session = stage.start_with_account().await;
    let room = "https://acme.webex.com/meet/anna";
    session
        .change_setting(text(SettingName::PersonalRoom, room))
        .await
        .unwrap();
    stage.until_started(2).await;
    assert_eq!(*stage.servers.adopted.lock().unwrap(), [room]);
    // What no engine is told of leaves the engines alone.
    session
        .change_setting(text(SettingName::Hours, "12"))
        .await
        .unwrap();
    session.stop().await;
    assert_eq!(stage.servers.started.lock().unwrap().len(), 2);
}

#[tokio::test]
async fn while_muted_nothing_rings_and_the_tray_tells() {
    let stage = Stage::new("09:50");
    let session = stage.start_with_account().await;
    session.silence(Silence::ForAnHour).await.unwrap();
    stage.servers.tell(&[meeting("Review", "10:00", "11:30")]);
    until(session.agenda(), |agenda| !agenda.heroes.is_empty()).await;
    let tray = until(session.tray(), |tray| offers(tray, &TrayAction::Unmute)).await;
    assert_eq!(tray.icon, TrayIcon::Muted);
    assert!(
        tray.tooltip.contains("Muted until 11:50"),
        "{}",
        tray.tooltip
    );
    stage.clock.set("09:55");
    until(session.tray(), |tray| offers(tray, &TrayAction::ShowRing)).await;
    assert_eq!(stage.shell.taken(), ["hide"]);

    // After the hour it rings, because the meeting is still on.
    stage.clock.set("10:50");
    let tray = until(session.tray(), |tray| offers(tray, &TrayAction::Mute)).await;
    assert_eq!(tray.icon, TrayIcon::Now);
    assert_eq!(stage.shell.taken(), ["back", "ring Review"]);
    session.stop().await;
}

#[tokio::test]
async fn what_was_over_before_the_silence_ended_does_not_ring() {
    let stage = Stage::new("09:50");
    let session = stage.start_with_account().await;
    session.silence(Silence::Other).await.unwrap();
    stage.servers.tell(&[meeting("Review", "10:00", "10:30")]);
    until(session.agenda(), |agenda| !agenda.heroes.is_empty()).await;
    stage.clock.set("10:40");
    until(session.agenda(), |agenda| agenda.heroes.is_empty()).await;
    session.silence(Silence::Other).await.unwrap();
    until(session.tray(), |tray| offers(tray, &TrayAction::Mute)).await;
    session.stop().await;
    let done = stage.shell.taken();
    assert!(
        !done.iter().any(|what| what.starts_with("ring")),
        "{done:?}"
    );
}

#[tokio::test]
async fn silence_survives_a_restart_and_ends_by_itself() {
    let stage = Stage::new("09:50");
    let session = stage.start_with_account().await;
    session.silence(Silence::ForAnHour).await.unwrap();
    session.stop().await;
    stage.clock.set("10:20");
    let session = stage.start();
    assert!(offers(&session.tray().borrow(), &TrayAction::Unmute));
    session.stop().await;
    stage.clock.set("11:00");
    let session = stage.start();
    assert!(offers(&session.tray().borrow(), &TrayAction::Mute));
    assert!(!offers(&session.tray().borrow(), &TrayAction::Unmute));
    session.stop().await;
}

#[tokio::test]
async fn a_silence_that_was_over_at_one_start_is_not_on_at_the_next() {
    let stage = Stage::new("09:50");
    let session = stage.start_with_account().await;
    session.silence(Silence::ForAnHour).await.unwrap();
    session.stop().await;
    for clock_says in ["11:00", "10:20"] {
        stage.clock.set(clock_says);
        let session = stage.start();
        assert!(offers(&session.tray().borrow(), &TrayAction::Mute));
        session.stop().await;
    }
}

#[tokio::test]
async fn silence_ends_at_its_second() {
    let stage = Stage::new("09:50");
    let session = stage.start_with_account().await;
    stage.clock.pass(Duration::seconds(10));
    session.silence(Silence::ForAnHour).await.unwrap();
    stage.clock.set("10:50");
    // Whoever was answered knows that the loop has looked at this minute.
    session.show_ring().await.unwrap_err();
    assert!(offers(&session.tray().borrow(), &TrayAction::Unmute));
    stage.clock.pass(Duration::seconds(10));
    until(session.tray(), |tray| offers(tray, &TrayAction::Mute)).await;
    session.stop().await;
}

#[tokio::test]
async fn a_clock_that_was_set_back_makes_no_hour_longer() {
    let stage = Stage::new("09:50");
    let session = stage.start_with_account().await;
    session.silence(Silence::ForAnHour).await.unwrap();
    until(session.tray(), |tray| offers(tray, &TrayAction::Unmute)).await;
    stage.clock.set("08:00");
    // The hand clock wakes only who waits for an earlier moment; any event does.
    session.refresh();
    until(session.tray(), |tray| offers(tray, &TrayAction::Mute)).await;
    session.stop().await;
}

#[tokio::test]
async fn what_came_due_in_a_silence_that_ended_between_two_runs_rings_once() {
    let stage = Stage::new("09:50");
    let session = stage.start_with_account().await;
    let review = meeting("Review", "10:00", "11:30");
    session.silence(Silence::ForAnHour).await.unwrap();
    stage.servers.tell(std::slice::from_ref(&review));
    stage.clock.set("09:55");
    until(session.tray(), |tray| offers(tray, &TrayAction::ShowRing)).await;
    session.stop().await;
    assert_eq!(stage.shell.taken(), ["hide"]);

    stage.clock.set("10:55");
    let session = stage.start();
    stage.until_started(2).await;
    stage.servers.tell(std::slice::from_ref(&review));
    until(session.ring(), |ring| !ring.rings.is_empty()).await;
    session.stop().await;
    assert_eq!(stage.shell.taken(), ["ring Review"]);

    let session = stage.start();
    stage.until_started(3).await;
    stage.servers.tell(&[review]);
    until(session.tray(), |tray| offers(tray, &TrayAction::ShowRing)).await;
    session.stop().await;
    assert_eq!(stage.shell.taken(), [""; 0]);
}

#[rstest]
#[case::that_came_due_in_it("09:50", "09:55", &["hide"], &["back", "ring Review"])]
#[case::that_rang_before_it("09:55", "09:56", &["ring Review", "hide"], &["back"])]
#[tokio::test]
async fn over_a_restart_within_the_silence_a_ring_rings_once(
    #[case] muted: &str,
    #[case] stopped: &str,
    #[case] before: &[&str],
    #[case] after: &[&str],
) {
    let stage = Stage::new("09:50");
    let session = stage.start_with_account().await;
    let review = meeting("Review", "10:00", "11:30");
    stage.servers.tell(std::slice::from_ref(&review));
    until(session.agenda(), |agenda| !agenda.heroes.is_empty()).await;
    stage.clock.set(muted);
    if before.len() > 1 {
        until(session.ring(), |ring| !ring.rings.is_empty()).await;
    }
    session.silence(Silence::ForAnHour).await.unwrap();
    stage.clock.set(stopped);
    until(session.tray(), |tray| offers(tray, &TrayAction::ShowRing)).await;
    session.stop().await;
    assert_eq!(stage.shell.taken(), before);

    stage.clock.set("10:20");
    let session = stage.start();
    stage.until_started(2).await;
    stage.servers.tell(&[review]);
    until(session.tray(), |tray| offers(tray, &TrayAction::ShowRing)).await;
    assert_eq!(stage.shell.taken(), [""; 0]);
    stage.clock.set("10:58");
    until(session.tray(), |tray| offers(tray, &TrayAction::Mute)).await;
    session.stop().await;
    assert_eq!(stage.shell.taken(), after);
}

#[tokio::test]
async fn what_rang_before_the_silence_comes_back_without_another_notification() {
    let stage = Stage::new("09:55");
    let session = stage.start_with_account().await;
    stage.servers.tell(&[meeting("Review", "10:00", "11:30")]);
    until(session.ring(), |ring| !ring.rings.is_empty()).await;
    session.silence(Silence::ForAnHour).await.unwrap();
    stage.clock.set("10:55");
    until(session.tray(), |tray| offers(tray, &TrayAction::Mute)).await;
    session.stop().await;
    assert_eq!(stage.shell.taken(), ["ring Review", "hide", "back"]);
}
