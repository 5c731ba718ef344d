//! What was on its way from an account that cannot sign in, on a stage.

use std::sync::Arc;

use chrono::Duration;
use engine::{
    Failure, FailureKind,
    scheduler::{Attempt, Found, Refusal},
};
use vault::{Batch, RecordId, keyring::KeyRing as _};

use super::{
    Face, Session, retention_tests::opened, schedule_tests::title, stage::*, unlock::secret_name,
};
use crate::{
    account::AccountId,
    view::{OutcomeKind, ScheduleChange, SchedulePurpose, ScheduleView},
};

fn account(stage: &Stage) -> AccountId {
    let accounts = stage.setup(Face::Terminal).folder.accounts();
    accounts.unwrap().list[0].id.clone()
}

/// A run that ends while "Planning" is not certain, and with the password.
async fn end_in_doubt(stage: &Stage) {
    let session = stage.start_with_account().await;
    open_new(&session).await;
    session.change_schedule(title("Planning")).await.unwrap();
    let lost = Attempt::Unsure(Failure {
        kind: FailureKind::Unreachable,
        sentence: String::new(),
    });
    *stage.servers.scheduler.answers.lock().unwrap() = Some(lost);
    session.send_schedule().await.unwrap();
    until_it_is(&session, OutcomeKind::Unsure).await;
    session.stop().await;
    let secret = secret_name(&account(stage));
    stage.keyring.secrets.delete(&secret).await.unwrap();
}

async fn open_new(session: &Session) {
    let new = SchedulePurpose::New {};
    session.open_schedule(new).await.unwrap();
}

async fn until_it_is(session: &Session, kind: OutcomeKind) -> Arc<ScheduleView> {
    until(session.schedule(), |view| {
        view.outcome.as_ref().map(|one| one.kind) == Some(kind)
    })
    .await
}

/// Two hours, step by step.
async fn pass_time(stage: &Stage) {
    for _ in 0..60 {
        stage.clock.pass(Duration::minutes(2));
        for _ in 0..2_000 {
            tokio::task::yield_now().await;
        }
    }
}

#[tokio::test]
async fn a_draft_whose_account_cannot_sign_in_says_so_and_keeps_nobody_from_another_one() {
    let stage = Stage::new("09:00");
    end_in_doubt(&stage).await;
    let session = stage.start();
    let view = until_it_is(&session, OutcomeKind::Unsure).await;
    let sentence = &view.outcome.as_ref().unwrap().text;
    assert!(
        sentence.contains("once anna can be asked again"),
        "{sentence}"
    );
    assert!(!view.send.ready, "not twice");
    // It may be in the calendar already, and is not thrown away.
    session
        .change_schedule(ScheduleChange::Discard {})
        .await
        .unwrap();
    assert_eq!(session.schedule().borrow().title, "Planning");
    session
        .change_schedule(ScheduleChange::Another {})
        .await
        .unwrap();
    let view = until(session.schedule(), |view| view.title.is_empty()).await;
    assert_eq!(view.outcome, None);
    session.change_schedule(title("Review")).await.unwrap();
    until(session.schedule(), |view| view.saved == "Draft saved").await;
    session.stop().await;

    // Both are there in the next run, in which it turns out that it is not sent.
    let session = stage.start();
    until(session.schedule(), |view| view.title == "Review").await;
    let scheduler = &stage.servers.scheduler;
    *scheduler.found.lock().unwrap() = Some(Found::Absent);
    *scheduler.answers.lock().unwrap() = Some(Attempt::Refused(Refusal::Full));
    session.add_account(form()).await.unwrap();
    stage.until_started(2).await;
    // The one which can ask begins to wait when it has taken over.
    let told = tokio::select! {
        told = stage.until_told("late ") => told,
        () = pass_time(&stage) => String::new(),
    };
    assert!(told.starts_with("late “Planning”: "), "{told}");
    session
        .change_schedule(ScheduleChange::Discard {})
        .await
        .unwrap();
    let view = until(session.schedule(), |view| view.title == "Planning").await;
    assert_eq!(
        view.outcome.as_ref().map(|one| one.kind),
        Some(OutcomeKind::Refused),
        "why"
    );
    session.stop().await;
}

#[tokio::test]
async fn what_was_never_tried_is_a_draft_again_where_its_account_cannot_sign_in() {
    let stage = Stage::new("09:00");
    end_in_doubt(&stage).await;
    // As if the program had died before the first attempt.
    let cabinet = opened(&stage).await;
    let journal = cabinet.outbox(&account(&stage));
    let records = journal.load().await.unwrap().records;
    for (id, bytes) in records {
        let mut entry: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
        entry["attempts"] = 0.into();
        entry["attempted"] = serde_json::Value::Null;
        let put = vec![(RecordId(id.0), serde_json::to_vec(&entry).unwrap())];
        let batch = Batch {
            put,
            ..Batch::default()
        };
        journal.commit(batch).await.unwrap();
    }
    cabinet.close().await;
    let session = stage.start();
    let view = until_it_is(&session, OutcomeKind::Refused).await;
    assert!(
        view.outcome
            .as_ref()
            .unwrap()
            .text
            .contains("nothing was sent")
    );
    assert_eq!(view.title, "Planning");
    session
        .change_schedule(ScheduleChange::Discard {})
        .await
        .unwrap();
    until(session.schedule(), |view| view.title.is_empty()).await;
    // Signed in again, nothing of it is sent.
    let sent = || stage.servers.scheduler.sent.lock().unwrap().len();
    let before = sent();
    session.add_account(form()).await.unwrap();
    stage.until_started(2).await;
    stage.clock.pass(Duration::minutes(10));
    open_new(&session).await;
    session.stop().await;
    assert_eq!(sent(), before);
}
