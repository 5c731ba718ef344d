//! What is refused when nobody waits for it any more, on a stage.

use chrono::Duration;
use engine::{
    Failure, FailureKind,
    scheduler::{Attempt, Found, Refusal},
};

use vault::{Batch, RecordId};

use super::{
    Face, Session,
    retention_tests::{opened, sealed},
    schedule_tests::{self, knowing},
    stage::*,
};
use crate::view::{AnswerChoice, OutcomeKind, SchedulePurpose};

const FULL: &str = "The mailbox is full, so nothing was sent; make room and send again.";

/// From now on each answer of the server is lost.
fn lose_answers(stage: &Stage) {
    let lost = Attempt::Unsure(Failure {
        kind: FailureKind::Unreachable,
        sentence: String::new(),
    });
    *stage.servers.scheduler.answers.lock().unwrap() = Some(lost);
}

/// What was not certain turns out not to be there, and is refused.
fn refuse(stage: &Stage) {
    let scheduler = &stage.servers.scheduler;
    *scheduler.found.lock().unwrap() = Some(Found::Absent);
    *scheduler.answers.lock().unwrap() = Some(Attempt::Refused(Refusal::Full));
    stage.clock.pass(Duration::minutes(10));
}

async fn until_it_is(session: &Session, kind: OutcomeKind) {
    until(session.schedule(), |view| {
        view.outcome.as_ref().map(|one| one.kind) == Some(kind)
    })
    .await;
}

#[tokio::test]
async fn an_answer_that_is_refused_late_is_told_with_its_meeting_and_is_no_banner() {
    let stage = Stage::new("09:00");
    let meetings = [schedule_tests::meeting("Review", false)];
    let (session, name) = knowing(&stage, &meetings).await;
    lose_answers(&stage);
    let unsure = session.answer_meeting(&name, AnswerChoice::Accept).await;
    assert!(unsure.is_err());
    refuse(&stage);
    let told = stage.until_told("late ").await;
    assert_eq!(told, format!("late “Review”: {FULL}"));
    assert_eq!(session.agenda().borrow().banner, None);
    session.stop().await;
}

#[tokio::test]
async fn sr_35_with_hidden_titles_what_is_refused_late_names_no_meeting() {
    let stage = Stage::new("09:00");
    let settings = "[privacy]\nhide_titles = true\n";
    std::fs::write(stage.folder().join("settings.toml"), settings).unwrap();
    let meetings = [schedule_tests::meeting("Review", false)];
    let (session, name) = knowing(&stage, &meetings).await;
    lose_answers(&stage);
    let unsure = session.answer_meeting(&name, AnswerChoice::Accept).await;
    assert!(unsure.is_err());
    refuse(&stage);
    assert_eq!(stage.until_told("late ").await, format!("late {FULL}"));
    session.stop().await;
}

#[tokio::test]
async fn a_draft_that_is_refused_while_another_one_is_open_is_told_and_says_so_when_it_is_back() {
    let stage = Stage::new("09:00");
    let meetings = [schedule_tests::meeting("Review", true)];
    let (session, name) = knowing(&stage, &meetings).await;
    let new = || SchedulePurpose::New {};
    session.open_schedule(new()).await.unwrap();
    session
        .change_schedule(schedule_tests::title("Planning"))
        .await
        .unwrap();
    lose_answers(&stage);
    session.send_schedule().await.unwrap();
    until_it_is(&session, OutcomeKind::Unsure).await;
    let first = session.schedule().borrow().draft;
    let edit = SchedulePurpose::Edit { meeting: name };
    session.open_schedule(edit).await.unwrap();
    let view = until(session.schedule(), |view| view.title == "Review").await;
    assert_ne!(view.draft, first, "the window begins anew");
    refuse(&stage);
    let told = stage.until_told("late ").await;
    assert_eq!(told, format!("late “Planning”: {FULL}"));
    session.open_schedule(new()).await.unwrap();
    until_it_is(&session, OutcomeKind::Refused).await;
    session.stop().await;
    // Nothing of it is lost with the program.
    let session = stage.start();
    until_it_is(&session, OutcomeKind::Refused).await;
    assert_eq!(session.schedule().borrow().title, "Planning");
    session.stop().await;
}

#[tokio::test]
async fn the_draft_that_is_open_is_told_of_where_its_window_has_gone() {
    let stage = Stage::new("09:00");
    let session = stage.start_with_account().await;
    let new = SchedulePurpose::New {};
    session.open_schedule(new).await.unwrap();
    *stage.servers.scheduler.answers.lock().unwrap() = Some(Attempt::Refused(Refusal::Full));
    session.send_schedule().await.unwrap();
    // The shell knows whether its window is there.
    assert_eq!(stage.until_told("shown ").await, format!("shown {FULL}"));
    session.stop().await;
}

#[tokio::test]
async fn sr_25_what_comes_of_a_letter_is_no_say_of_the_user_about_the_password() {
    let stage = Stage::new("09:00");
    let (session, meeting) = knowing(&stage, &[schedule_tests::meeting("Planning", false)]).await;
    let before = *stage.servers.refreshed.lock().unwrap();
    let changed = *stage.servers.changed.lock().unwrap();
    refuse(&stage);
    let answer = AnswerChoice::Accept;
    let refused = session.answer_meeting(&meeting, answer).await;
    assert!(refused.is_err());
    let told = tokio::time::timeout(std::time::Duration::from_secs(20), async {
        while *stage.servers.changed.lock().unwrap() == changed {
            tokio::task::yield_now().await;
        }
    });
    told.await.expect("the engine hears of it");
    assert_eq!(*stage.servers.refreshed.lock().unwrap(), before);
    session.stop().await;
}

#[tokio::test]
async fn what_was_not_certain_and_has_come_through_is_told() {
    let stage = Stage::new("09:00");
    let meetings = [schedule_tests::meeting("Review", false)];
    let (session, name) = knowing(&stage, &meetings).await;
    lose_answers(&stage);
    let unsure = session.answer_meeting(&name, AnswerChoice::Accept).await;
    assert!(unsure.is_err());
    session
        .open_schedule(SchedulePurpose::New {})
        .await
        .unwrap();
    session
        .change_schedule(schedule_tests::title("Planning"))
        .await
        .unwrap();
    session.send_schedule().await.unwrap();
    until_it_is(&session, OutcomeKind::Unsure).await;
    stage.clock.pass(Duration::minutes(10));
    let told = stage.until_told("late ").await;
    assert_eq!(told, "late “Review”: The organizer has your answer.");
    // The shell knows whether its window is there.
    let told = stage.until_told("shown ").await;
    let came = "It came through after all, and is in your calendar.";
    assert_eq!(told, format!("shown “Planning”: {came}"));
    until_it_is(&session, OutcomeKind::Sent).await;
    // What was certain at once was seen by whoever sent it.
    *stage.servers.scheduler.answers.lock().unwrap() = None;
    stage.shell.taken();
    session
        .open_schedule(SchedulePurpose::New {})
        .await
        .unwrap();
    session.send_schedule().await.unwrap();
    until_it_is(&session, OutcomeKind::Sent).await;
    session.stop().await;
    let told = stage.shell.taken();
    assert!(
        !told.iter().any(|one| one.starts_with("shown ")),
        "{told:?}"
    );
}

/// An entry that an earlier run could not take out of its journal.
#[tokio::test]
async fn what_an_earlier_run_has_told_already_is_not_told_by_the_next_one() {
    let stage = Stage::new("09:00");
    stage.start_with_account().await.stop().await;
    let accounts = stage.setup(Face::Terminal).folder.accounts().unwrap().list;
    let cabinet = opened(&stage).await;
    let outbox = cabinet.outbox(&accounts[0].id);
    let entry = serde_json::json!({
        "request": "a",
        "intent": {
            "kind": "remove",
            "meeting": { "id": "a", "start": at("10:00"), "end": at("10:30") },
        },
        "accepted": at("08:00"),
        "attempts": 1,
        "attempted": at("08:00"),
        "settled": { "at": at("08:01"), "outcome": { "outcome": "done" } },
    });
    let batch = Batch {
        put: vec![(RecordId("a".to_owned()), entry.to_string().into_bytes())],
        ..Batch::default()
    };
    outbox.commit(batch).await.unwrap();
    cabinet.close().await;
    let session = stage.start();
    let gone = tokio::time::timeout(std::time::Duration::from_secs(20), async {
        while !sealed(&stage).await.is_empty() {
            tokio::task::yield_now().await;
        }
    });
    gone.await.expect("it goes from the journal");
    session.stop().await;
    let told = stage.shell.taken();
    assert!(!told.iter().any(|one| one.starts_with("late ")), "{told:?}");
}
