//! Meetings that the user makes, calls off and answers, on a stage.

use std::sync::{Arc, atomic::Ordering};

use calendar::{
    Meeting,
    meeting::{Notes, Person},
};
use engine::{
    Oof,
    scheduler::{Answer, Attempt, Intent, Refusal},
};

use super::{Session, stage::*};
use crate::view::{
    AnswerChoice, OpenedView, OutcomeKind, Part, ProblemCode, ScheduleChange, SchedulePurpose,
    SyncState,
};

const BO: &str = "bo@example.org";

fn bo() -> Person {
    Person {
        name: "Bo Ekman".to_owned(),
        address: Some(BO.to_owned()),
    }
}

/// A meeting as the store has it, called by Bo unless `own`.
pub(super) fn meeting(title: &str, own: bool) -> Meeting {
    let stored = serde_json::json!({
        "id": title,
        "title": title,
        "span": { "timed": { "start": at("10:00"), "end": at("11:00") } },
        "organizer": if own { serde_json::Value::Null } else { serde_json::json!(bo()) },
        "attendees": [{ "person": bo(), "role": "required", "response": "accepted" }],
        "location": "",
        "response": if own { "organizer" } else { "not_answered" },
        "show_as": "busy",
        "cancelled": false,
        "series": "single",
        "sensitivity": "normal",
        "reminder_is_set": false,
        "notes": "",
        "join": [],
    });
    serde_json::from_value(stored).unwrap()
}

pub(super) fn title(text: &str) -> ScheduleChange {
    ScheduleChange::Title {
        text: text.to_owned(),
    }
}

/// A session that knows these meetings, and the name of the first of them.
pub(super) async fn knowing(stage: &Stage, meetings: &[Meeting]) -> (Session, String) {
    let session = stage.start_with_account().await;
    stage.servers.tell(meetings);
    until(session.agenda(), |a| a.sync.state == SyncState::UpToDate).await;
    let board = session.report().borrow().board.clone();
    let name = board.entries.first().map(crate::board::Entry::id);
    (session, name.unwrap_or_default())
}

#[tokio::test]
async fn a_draft_survives_a_restart_sealed() {
    let stage = Stage::new("09:00");
    let session = stage.start_with_account().await;
    session
        .open_schedule(SchedulePurpose::New {})
        .await
        .unwrap();
    session
        .change_schedule(title("CANARY-planning"))
        .await
        .unwrap();
    until(session.schedule(), |view| view.saved == "Draft saved").await;
    session.stop().await;
    for entry in std::fs::read_dir(stage.folder()).unwrap() {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap_or_default();
        let canary = b"CANARY-planning";
        assert!(bytes.windows(canary.len()).all(|part| part != canary));
    }
    let session = stage.start();
    let view = until(session.schedule(), |view| !view.title.is_empty()).await;
    assert_eq!(view.title, "CANARY-planning");
    session.stop().await;
}

/// A change of a meeting.
fn edit(meeting: &str) -> SchedulePurpose {
    SchedulePurpose::Edit {
        meeting: meeting.to_owned(),
    }
}

#[tokio::test]
async fn each_change_of_a_meeting_is_gone_on_with_also_after_a_restart() {
    let stage = Stage::new("09:00");
    let meetings = [meeting("Planning", true), meeting("Review", true)];
    let (session, _) = knowing(&stage, &meetings).await;
    let names = |session: &Session| {
        let board = session.report().borrow().board.clone();
        let names = board.entries.iter().map(crate::board::Entry::id);
        names.collect::<Vec<_>>()
    };
    let titles = ["CANARY-first", "CANARY-second"];
    for (name, text) in names(&session).iter().zip(titles) {
        session.open_schedule(edit(name)).await.unwrap();
        session.change_schedule(title(text)).await.unwrap();
        until(session.schedule(), |view| view.saved == "Draft saved").await;
    }
    session.stop().await;

    let session = stage.start();
    stage.until_started(2).await;
    stage.servers.tell(&meetings);
    until(session.agenda(), |a| a.sync.state == SyncState::UpToDate).await;
    for (name, text) in names(&session).iter().zip(titles) {
        session.open_schedule(edit(name)).await.unwrap();
        until(session.schedule(), |view| view.title == text).await;
    }
    session.stop().await;
}

#[tokio::test]
async fn a_meeting_is_sent_once_and_the_window_says_so() {
    let stage = Stage::new("09:00");
    *stage.servers.scheduler.people.lock().unwrap() = vec![bo()];
    let session = stage.start_with_account().await;
    session
        .open_schedule(SchedulePurpose::New {})
        .await
        .unwrap();
    let early = session.send_schedule().await;
    assert!(early.is_ok(), "an empty one is put into the calendar");
    until(session.schedule(), |view| {
        let sent = view.outcome.as_ref().map(|one| one.kind);
        sent == Some(OutcomeKind::Sent)
    })
    .await;
    let again = session.send_schedule().await.unwrap_err();
    assert_eq!(again.text, "It has been sent.");

    session
        .open_schedule(SchedulePurpose::New {})
        .await
        .unwrap();
    let who = "bo".to_owned();
    let part = Part::Required;
    let invite = ScheduleChange::Invite { who, part };
    session.change_schedule(invite).await.unwrap();
    let ready = until(session.schedule(), |view| {
        view.send.text == "Send to 1 person" && !view.asking
    })
    .await;
    assert_eq!(ready.invitees[0].address, BO);
    session.send_schedule().await.unwrap();
    let view = until(session.schedule(), |view| {
        let sent = view.outcome.as_ref().map(|one| one.kind);
        sent == Some(OutcomeKind::Sent)
    })
    .await;
    let text = &view.outcome.as_ref().unwrap().text;
    assert_eq!(text, "Sent. In your calendar since 10:00.");
    let sent = stage.servers.scheduler.sent.lock().unwrap().clone();
    let [_, Intent::Make(new)] = &sent[..] else {
        panic!("{sent:?}");
    };
    assert_eq!(new.people.required, [BO]);
    session.stop().await;
}

#[tokio::test]
async fn an_answer_comes_back_when_it_is_certain() {
    let stage = Stage::new("09:00");
    let (session, name) = knowing(&stage, &[meeting("Review", false)]).await;
    session
        .answer_meeting(&name, AnswerChoice::Accept)
        .await
        .unwrap();
    let sent = stage.servers.scheduler.sent.lock().unwrap().clone();
    let accepted = matches!(
        &sent[..],
        [Intent::Answer { meeting, answer: Answer::Accept }] if meeting.start == at("10:00")
    );
    assert!(accepted, "{sent:?}");

    let gone = Attempt::Refused(Refusal::Gone);
    *stage.servers.scheduler.answers.lock().unwrap() = Some(gone);
    let refused = session.answer_meeting(&name, AnswerChoice::Decline).await;
    assert_eq!(refused.unwrap_err().code, ProblemCode::Gone);

    let lost = Attempt::Unsure(engine::Failure {
        kind: engine::FailureKind::Unreachable,
        sentence: String::new(),
    });
    *stage.servers.scheduler.answers.lock().unwrap() = Some(lost);
    let unsure = session.answer_meeting(&name, AnswerChoice::Decline).await;
    assert!(unsure.unwrap_err().text.starts_with("The answer was lost"));
    session.stop().await;
}

#[tokio::test]
async fn only_own_meetings_are_called_off_or_changed() {
    let stage = Stage::new("09:00");
    let (session, theirs) = knowing(&stage, &[meeting("Review", false)]).await;
    let refused = session.cancel_meeting(&theirs, "").await.unwrap_err();
    assert!(refused.text.starts_with("Only who called a meeting"));
    assert!(session.open_schedule(edit(&theirs)).await.is_err());
    assert!(stage.servers.scheduler.sent.lock().unwrap().is_empty());
    let unknown = session.cancel_meeting("nobody/knows", "").await;
    assert_eq!(unknown.unwrap_err().code, ProblemCode::Gone);
    session.stop().await;

    let stage = Stage::new("09:00");
    let (session, own) = knowing(&stage, &[meeting("Planning", true)]).await;
    session.open_schedule(edit(&own)).await.unwrap();
    let view = until(session.schedule(), |view| view.title == "Planning").await;
    assert_eq!(view.heading, "Change meeting");
    // A window may have shown it without Bo.
    let refused = session.remove_appointment(&own).await.unwrap_err();
    assert!(refused.text.starts_with("Somebody else is asked"));
    assert!(stage.servers.scheduler.sent.lock().unwrap().is_empty());
    session.cancel_meeting(&own, "Greta is ill.").await.unwrap();
    let sent = stage.servers.scheduler.sent.lock().unwrap().clone();
    let called_off = matches!(
        &sent[..],
        [Intent::Cancel { message, .. }] if message == "Greta is ill."
    );
    assert!(called_off, "{sent:?}");
    session.stop().await;
}

#[tokio::test]
async fn a_meeting_that_begins_now_is_in_the_own_room_and_its_link_on_the_clipboard() {
    let stage = Stage::new("09:00");
    let session = stage.start_with_account().await;
    let no_room = session.meet_now().await.unwrap_err();
    assert!(no_room.text.contains("name no room"), "{}", no_room.text);
    session.stop().await;

    let settings = "[keywords]\npersonal = \"https://acme.webex.com/meet/anna\"\n";
    std::fs::write(stage.folder().join("settings.toml"), settings).unwrap();
    let session = stage.start();
    stage.until_started(2).await;
    let scheduler = &stage.servers.scheduler;
    let full = Attempt::Refused(Refusal::Full);
    *scheduler.answers.lock().unwrap() = Some(full);
    assert!(session.meet_now().await.is_err());
    let before = stage.shell.taken();
    assert!(
        !before.iter().any(|one| one.starts_with("copy")),
        "{before:?}"
    );
    *scheduler.answers.lock().unwrap() = None;
    scheduler.sent.lock().unwrap().clear();
    session.meet_now().await.unwrap();
    let copied = "copy https://acme.webex.com/meet/anna".to_owned();
    assert!(stage.shell.taken().contains(&copied));
    let sent = stage.servers.scheduler.sent.lock().unwrap().clone();
    let [Intent::Make(new)] = &sent[..] else {
        panic!("{sent:?}");
    };
    assert_eq!((new.start, new.end), (at("09:00"), at("09:30")));
    assert!(new.people.is_empty() && new.message.contains("acme.webex.com"));

    // Whoever has no link does not make a second one for it.
    stage.shell.copies_nothing.store(true, Ordering::SeqCst);
    let not_copied = session.meet_now().await.unwrap_err();
    let stands = "The meeting is in your calendar, but";
    assert!(not_copied.text.starts_with(stands), "{}", not_copied.text);
    session.stop().await;
}

#[tokio::test]
async fn people_are_completed_from_meetings_and_from_the_directory() {
    let stage = Stage::new("09:00");
    let boris = Person {
        name: "Boris Roth".to_owned(),
        address: Some("boris@example.org".to_owned()),
    };
    *stage.servers.scheduler.people.lock().unwrap() = vec![boris];
    let (session, _) = knowing(&stage, &[meeting("Review", false)]).await;
    // One letter is looked for among those who were met alone.
    let met = session.complete_people("b", Part::Required).await.unwrap();
    let names: Vec<_> = met.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(names, ["Bo Ekman"]);
    let (all, ()) = tokio::join!(session.complete_people("bo", Part::Required), async {
        // Nothing more is typed for a moment.
        for _ in 0..50 {
            tokio::task::yield_now().await;
        }
        stage.clock.set("09:01");
    });
    let all = all.unwrap();
    let names: Vec<_> = all.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(names, ["Bo Ekman", "Boris Roth"]);
    session.stop().await;
}

#[tokio::test]
async fn where_people_are_is_asked_when_their_meeting_is_opened() {
    let stage = Stage::new("09:00");
    let (session, name) = knowing(&stage, &[meeting("Review", false)]).await;
    assert_eq!(*session.opened().borrow().as_ref(), OpenedView::default());
    session.open_meeting(Some(&name)).await.unwrap();
    let presence = |opened: &OpenedView| {
        let details = opened.details.as_ref();
        let people = details.into_iter().flat_map(|details| &details.people);
        people.map(|one| one.presence.clone()).collect::<Vec<_>>()
    };
    let free = vec![Some("Free".to_owned())];
    let opened = until(session.opened(), |opened| presence(opened) == free).await;
    assert_eq!(opened.meeting.as_ref(), Some(&name));
    session.open_meeting(None).await.unwrap();
    until(session.opened(), |opened| opened.details.is_none()).await;
    session.stop().await;
}

#[tokio::test]
async fn who_is_away_is_seen_in_the_details_also_while_no_calendar_is_told() {
    let stage = Stage::new("09:00");
    *stage.servers.scheduler.away.lock().unwrap() = Some(Oof::Planned {
        start: at("08:00"),
        end: at("09:30"),
    });
    *stage.servers.scheduler.mute.lock().unwrap() = true;
    let (session, name) = knowing(&stage, &[meeting("Review", false)]).await;
    session.open_meeting(Some(&name)).await.unwrap();
    let away = |opened: &Arc<OpenedView>| {
        let details = opened.details.as_ref();
        let mut people = details.into_iter().flat_map(|details| &details.people);
        let text = people.find_map(|one| one.presence.clone());
        text.as_deref() == Some("Out of office until 10:30")
    };
    until(session.opened(), away).await;
    session.stop().await;
}

#[tokio::test]
async fn a_meeting_that_is_to_be_shown_is_wanted_until_the_window_has_opened_it() {
    let stage = Stage::new("09:00");
    let (session, name) = knowing(&stage, &[meeting("Review", false)]).await;
    session.show_meeting(&name).await.unwrap();
    let wanted = until(session.opened(), |opened| opened.wanted.is_some()).await;
    assert_eq!(
        (wanted.wanted.as_ref(), &wanted.meeting),
        (Some(&name), &None)
    );
    session.open_meeting(Some(&name)).await.unwrap();
    let opened = until(session.opened(), |opened| opened.meeting.is_some()).await;
    assert_eq!(opened.wanted, None);
    session.stop().await;
}

#[tokio::test]
async fn the_text_of_a_meeting_is_asked_for_when_its_row_is_opened_and_when_it_changes() {
    let stage = Stage::new("09:00");
    let aside = |title: &str| {
        let mut meeting = meeting("Review", false);
        (meeting.notes, meeting.title) = (Notes::Aside, title.to_owned());
        meeting
    };
    let (session, name) = knowing(&stage, &[aside("Review")]).await;
    let says = |text: &'static str| {
        move |opened: &Arc<OpenedView>| {
            let details = opened.details.as_ref();
            details.is_some_and(|details| details.notes == text)
        }
    };
    stage.servers.says("Bring the figures.");
    session.open_meeting(Some(&name)).await.unwrap();
    until(session.opened(), says("Bring the figures.")).await;
    stage.servers.says("Bring nothing.");
    stage.servers.tell(&[aside("Supplier review")]);
    until(session.opened(), says("Bring nothing.")).await;
    session.stop().await;
}
