//! What becomes of a draft.

use engine::{
    outbox::{Outcome, Progress, Restored, Settled},
    scheduler::{Intent, Refusal, RequestId},
};

use super::{super::draft::Draft, *};
use crate::view::{OutcomeKind, Part, ScheduleChange};

#[test]
fn what_is_sent_is_what_was_asked() {
    let mut desk = Desk::new();
    desk.change(ScheduleChange::Title {
        text: " Planning ".to_owned(),
    });
    desk.change(ScheduleChange::Message {
        text: "Three things.\n".to_owned(),
    });
    desk.invite(BO, Part::Required);
    desk.invite(ROOM, Part::Room);
    desk.invite("nobody@example.org", Part::Optional);
    assert_eq!(desk.send(), Err(Missing::Somebody));
    desk.resolve("nobody@example.org", Vec::new());
    desk.change(ScheduleChange::Place { quarter: 12 });
    let Ok(Intent::Make(new)) = desk.send() else {
        panic!("it can be sent");
    };
    assert_eq!(new.title, "Planning");
    assert!(
        new.message
            .starts_with("Three things.\r\n\r\n---- Joinbell ----")
    );
    assert_eq!((new.start, new.end), (at("23 10:00"), at("23 10:30")));
    assert_eq!(new.people.required, [BO]);
    assert_eq!(new.people.rooms, [ROOM]);
    assert!(new.people.optional.is_empty());
    assert_eq!(new.location, "Öresund 2");
}

#[test]
fn sending_ends_in_one_of_three_ways_and_says_which() {
    let settled = |outcome| {
        Progress::Settled(Settled {
            at: at("23 09:31"),
            outcome,
        })
    };
    let refused = |refusal| settled(Outcome::Refused { refusal });
    let mut desk = Desk::new();
    desk.invite(BO, Part::Required);
    desk.send().unwrap();
    let view = desk.view();
    assert_eq!(view.outcome.unwrap().kind, OutcomeKind::Sending);
    assert!(!view.send.ready);
    assert_eq!(desk.send(), Err(Missing::OnItsWay), "not twice");
    // A word of the journal from before it was sent says nothing about it.
    desk.posts(&read(&[("a", Restored::Whole)]));
    assert_eq!(desk.send(), Err(Missing::OnItsWay), "not twice");
    // What is on its way does not change any more.
    desk.change(ScheduleChange::Title {
        text: "Other".to_owned(),
    });
    assert_eq!(desk.view().title, "");

    desk.posted(Progress::Unsure {
        look_at: at("23 09:30"),
    });
    let outcome = desk.view().outcome.unwrap();
    assert_eq!(outcome.kind, OutcomeKind::Unsure);
    assert!(outcome.text.contains("From 10:30 on"), "{}", outcome.text);

    desk.posted(refused(Refusal::Full));
    let outcome = desk.view().outcome.unwrap();
    assert_eq!(outcome.kind, OutcomeKind::Refused);
    assert!(outcome.text.contains("mailbox is full"), "{}", outcome.text);
    let after = desk.act();
    assert!(after.contains(&Action::Forget(RequestId("r1".to_owned()))));
    assert!(
        after.iter().any(|one| matches!(one, Action::Keep(_))),
        "the draft stays"
    );

    desk.send().unwrap();
    desk.posted(settled(Outcome::Done));
    let view = desk.view();
    let outcome = view.outcome.unwrap();
    assert_eq!(outcome.text, "Sent. In your calendar since 10:31.");
    assert_eq!(view.send.missing, "It has been sent.");
    assert!(desk.act().contains(&Action::Drop { of: None }));
    assert_eq!(desk.send(), Err(Missing::Sent), "not twice");
    // The next one begins empty.
    let scene = desk.surroundings.scene(desk.now);
    desk.schedule.open_new(&scene);
    assert!(desk.view().invitees.is_empty() && desk.view().outcome.is_none());
}

/// The draft as the store would give it back.
fn stored(desk: &mut Desk) -> Draft {
    let kept = desk.asked.iter().rev().find_map(|action| match action {
        Action::Keep(draft) => Some((**draft).clone()),
        _ => None,
    });
    let bytes = serde_json::to_vec(&kept.unwrap()).unwrap();
    serde_json::from_slice(&bytes).unwrap()
}

#[test]
fn a_draft_survives_a_crash_also_while_it_was_being_sent() {
    let mut desk = Desk::new();
    desk.change(ScheduleChange::Title {
        text: "Planning".to_owned(),
    });
    desk.invite(BO, Part::Required);
    let draft = stored(&mut desk);
    let mut next = Desk::new();
    let scene = next.surroundings.scene(next.now);
    next.schedule.restore(vec![draft], &scene);
    let view = next.view();
    assert_eq!(
        (view.title.as_str(), view.saved.as_str()),
        ("Planning", "Draft saved")
    );
    assert_eq!(view.invitees[0].address, BO);

    desk.send().unwrap();
    desk.act();
    let draft = stored(&mut desk);
    let mut next = Desk::new();
    let scene = next.surroundings.scene(next.now);
    next.schedule.restore(vec![draft.clone()], &scene);
    assert_eq!(next.view().outcome.unwrap().kind, OutcomeKind::Sending);
    // The journal has nothing of it: it never left.
    next.posts(&read(&[("a", Restored::Whole)]));
    assert_eq!(next.view().outcome, None);
    assert!(next.view().send.ready);
}

#[test]
fn what_a_journal_that_was_damaged_does_not_know_is_looked_for_and_not_sent_again() {
    let mut desk = Desk::new();
    desk.invite(BO, Part::Required);
    let Ok(sent) = desk.send() else {
        panic!("it can be sent");
    };
    desk.act();
    let draft = stored(&mut desk);
    let mut next = Desk::new();
    let scene = next.surroundings.scene(next.now);
    next.schedule.restore(vec![draft], &scene);
    next.posts(&read(&[("a", Restored::Partly)]));
    assert_eq!(next.view().outcome.unwrap().kind, OutcomeKind::Unsure);
    assert_eq!(next.send(), Err(Missing::OnItsWay));
    let request = RequestId("r1".to_owned());
    let sought = next.act().into_iter().find_map(|action| match action {
        Action::Seek(name, Some(from), intent) if name == request => {
            assert_eq!(from, AccountId("a".into()));
            Some(*intent)
        }
        _ => None,
    });
    assert_eq!(
        sought.map(|one| one.pointless_from()),
        Some(sent.pointless_from()),
        "it is looked for where it would be"
    );
    next.posted(Progress::Settled(Settled {
        at: next.now,
        outcome: Outcome::Refused {
            refusal: Refusal::NotKept,
        },
    }));
    assert!(next.view().send.ready, "now it is the user's to decide");
}

#[test]
fn a_draft_is_not_told_as_unsent_before_the_journal_of_its_own_account_is_read() {
    let mut desk = Desk::new();
    desk.invite(BO, Part::Required);
    desk.send().unwrap();
    desk.act();
    let draft = stored(&mut desk);
    let mut next = Desk::new();
    let scene = next.surroundings.scene(next.now);
    next.schedule.restore(vec![draft], &scene);
    // Its password is lost: another account has sent nothing, and says so.
    next.posts(&read(&[("a", Restored::No), ("b", Restored::Whole)]));
    assert_eq!(next.view().outcome.unwrap().kind, OutcomeKind::Sending);
    assert_eq!(next.send(), Err(Missing::OnItsWay), "not twice");
    // Signed in again.
    next.posts(&read(&[("a", Restored::Whole), ("b", Restored::Whole)]));
    assert_eq!(next.view().outcome, None);
    assert!(next.view().send.ready);
}

#[test]
fn a_draft_whose_account_was_removed_can_be_sent_again_by_whoever_has_looked() {
    let mut desk = Desk::new();
    desk.invite(BO, Part::Required);
    desk.send().unwrap();
    desk.act();
    let draft = stored(&mut desk);
    let mut next = Desk::new();
    let scene = next.surroundings.scene(next.now);
    next.schedule.restore(vec![draft], &scene);
    next.posts(&read(&[("b", Restored::No)]));
    assert!(next.view().send.ready);
    let said = next.view().outcome.map(|outcome| outcome.text);
    assert!(said.is_some_and(|said| said.contains("look in that calendar")));
}

#[test]
fn a_change_is_gone_on_with_after_another_meeting_was_opened() {
    let first = meeting("Planning", "24 09:00", "24 10:00");
    let second = meeting("Review", "25 09:00", "25 10:00");
    let title = |text: &str| ScheduleChange::Title {
        text: text.to_owned(),
    };
    let mut desk = Desk::new();
    desk.edit(&first);
    desk.change(title("Planning II"));
    desk.make();
    desk.edit(&first);
    assert_eq!(desk.view().title, "Planning II");
    let kept = desk.change(title("Planning III"));
    desk.edit(&second);
    assert_eq!(desk.view().title, "Review");
    let apart = desk.change(title("Review II"));
    let names = kept.iter().chain(&apart).filter_map(|action| match action {
        Action::Keep(draft) => draft.changes(),
        _ => None,
    });
    assert_eq!(names.collect::<Vec<_>>(), ["a/planning", "a/review"]);
    desk.edit(&first);
    assert_eq!(desk.view().title, "Planning III");
    // One in which nothing was done begins anew with what the calendar has.
    let mut desk = Desk::new();
    desk.edit(&first);
    desk.make();
    let renamed = Meeting {
        title: "Planning, renamed".to_owned(),
        ..first
    };
    desk.edit(&renamed);
    assert_eq!(desk.view().title, "Planning, renamed");
}

#[test]
fn another_draft_has_another_number_and_the_same_one_the_same() {
    let own = meeting("Planning", "24 09:00", "24 10:00");
    let mut desk = Desk::new();
    let first = desk.view().draft;
    desk.make();
    assert_eq!(desk.view().draft, first);
    desk.edit(&own);
    let change = desk.view().draft;
    assert_ne!(change, first);
    desk.edit(&own);
    assert_eq!(desk.view().draft, change);
    desk.change(ScheduleChange::Discard {});
    assert_ne!(desk.view().draft, change);
}

#[test]
fn a_draft_ends_a_month_after_the_days_that_it_was_for() {
    let mut desk = Desk::new();
    desk.invite(BO, Part::Required);
    let draft = stored(&mut desk);
    for (now, stays) in [
        ("2026-12-28T09:00:00Z", true),
        ("2026-12-29T09:00:00Z", false),
    ] {
        let mut next = Desk::new();
        next.now = now.parse().unwrap();
        let scene = next.surroundings.scene(next.now);
        next.schedule.restore(vec![draft.clone()], &scene);
        assert_eq!(next.view().invitees.is_empty(), !stays, "{now}");
        let dropped = next.act().contains(&Action::Drop { of: None });
        assert_eq!(dropped, !stays, "{now}");
    }
}

#[test]
fn a_change_of_an_own_meeting_sends_what_is_different() {
    let own = meeting("Planning", "24 09:00", "24 10:00");
    let mut desk = Desk::new();
    desk.change(ScheduleChange::Title {
        text: "A new one".to_owned(),
    });
    let entry = board(std::slice::from_ref(&own)).entries.remove(0);
    let scene = desk.surroundings.scene(desk.now);
    desk.schedule.open_edit(&entry, &scene);
    desk.know(&[own]);
    let view = desk.view();
    assert_eq!(
        (view.heading.as_str(), view.title.as_str()),
        ("Change meeting", "Planning")
    );
    assert_eq!(view.when, "Tue 24 Nov, 10:00 – 11:00");
    assert_eq!(view.send.missing, "Nothing is changed yet.");
    assert!(
        line(&view, "You")
            .spans
            .iter()
            .all(|span| span.text != "Planning")
    );

    desk.change(ScheduleChange::Move { quarters: 4 });
    desk.change(ScheduleChange::Uninvite {
        address: ROOM.to_owned(),
    });
    let Ok(Intent::Change { meeting, to }) = desk.send() else {
        panic!("it can be sent");
    };
    assert_eq!(meeting.start, at("24 09:00"));
    assert_eq!(
        to.when.map(|(start, end, _)| (start, end)),
        Some((at("24 10:00"), at("24 11:00")))
    );
    assert_eq!(
        to.people.map(|people| (people.required, people.rooms)),
        Some((vec![BO.to_owned()], vec![]))
    );
    assert_eq!((to.title, to.message, to.join), (None, None, None));
    // The new one that was left is still there.
    desk.posted(Progress::Settled(Settled {
        at: desk.now,
        outcome: Outcome::Done,
    }));
    let scene = desk.surroundings.scene(desk.now);
    desk.schedule.open_new(&scene);
    assert_eq!(desk.view().title, "A new one");
}

#[test]
fn people_s_time_is_asked_once_and_again_when_it_is_old() {
    let mut desk = Desk::new();
    let asked = desk.invite(BO, Part::Required);
    let question = |all: &[Action]| {
        all.iter().find_map(|one| match one {
            Action::Ask(question) => Some(question.clone()),
            _ => None,
        })
    };
    let first = question(&asked).unwrap();
    assert_eq!(first.people, ["anna@example.org", BO]);
    assert!(desk.view().asking);
    // Nothing else while it is open.
    assert_eq!(question(&desk.invite(ROOM, Part::Room)), None);
    desk.tell(|_| free());
    assert_eq!(question(&desk.asked.clone()).unwrap().people, [ROOM]);
    desk.tell(|_| free());
    assert!(!desk.view().asking);
    desk.now = at("23 07:04");
    assert_eq!(desk.act(), vec![]);
    desk.now = at("23 07:05");
    assert_eq!(question(&desk.act()).unwrap().people.len(), 3);
    // An answer that does not come is not asked for in a circle.
    let serial = question(&desk.asked.clone()).unwrap().serial;
    let scene = desk.surroundings.scene(desk.now);
    desk.schedule.told(serial, None, &scene);
    assert_eq!(desk.act(), vec![]);
    desk.now = at("23 07:06");
    assert!(question(&desk.act()).is_some());
    // Nobody looks any more.
    desk.now = at("23 09:00");
    assert_eq!(desk.act(), vec![]);
}

#[test]
fn a_draft_that_is_thrown_away_is_gone_from_the_store() {
    let mut desk = Desk::new();
    desk.invite(BO, Part::Required);
    let after = desk.change(ScheduleChange::Discard {});
    assert!(after.contains(&Action::Drop { of: None }));
    assert!(desk.view().invitees.is_empty());
}

#[test]
fn drafts_that_were_left_or_put_aside_are_not_kept_for_ever() {
    let mut desk = Desk::new();
    desk.change(ScheduleChange::Title {
        text: "Planning".to_owned(),
    });
    desk.invite(BO, Part::Required);
    desk.send().unwrap();
    desk.posted(Progress::Unsure {
        look_at: at("23 09:32"),
    });
    desk.change(ScheduleChange::Another {});
    desk.act();
    let aside = stored(&mut desk).kept_as();
    assert!(aside.is_some());
    desk.now += chrono::Duration::days(60);
    let scene = desk.surroundings.scene(desk.now);
    desk.schedule.give_up(&scene);
    desk.asked.clear();
    desk.act();
    assert!(desk.asked.contains(&Action::Drop { of: aside }));
}

#[test]
fn a_draft_that_a_kill_has_left_twice_is_one() {
    let mut desk = Desk::new();
    desk.change(ScheduleChange::Title {
        text: "Planning".to_owned(),
    });
    desk.invite(BO, Part::Required);
    desk.send().unwrap();
    desk.act();
    let before = stored(&mut desk);
    desk.posted(Progress::Unsure {
        look_at: at("23 09:32"),
    });
    desk.change(ScheduleChange::Another {});
    desk.act();
    let aside = stored(&mut desk);
    let mut next = Desk::new();
    let scene = next.surroundings.scene(next.now);
    next.schedule.restore(vec![before, aside], &scene);
    assert_eq!(next.view().title, "");
    next.act();
    assert!(next.asked.contains(&Action::Drop { of: None }));
}
