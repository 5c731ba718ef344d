use super::*;

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn start() -> (Sync, DateTime<Utc>) {
    let now = at("2026-11-23T09:00:00Z");
    (Sync::new(now, Tz::Europe__Stockholm, 7), now)
}

fn failure(kind: FailureKind) -> Failure {
    Failure {
        kind,
        sentence: String::new(),
    }
}

const PULL: Option<Action> = Some(Action::Pull {
    from_scratch: false,
});

/// A machine that has pulled, listens, and has pulled after opening.
fn listening() -> (Sync, DateTime<Utc>) {
    let (mut sync, now) = start();
    assert_eq!(sync.poll_action(now), PULL);
    sync.handle(Input::Pulled(Ok(Read::All)), now);
    assert_eq!(sync.poll_action(now), Some(Action::OpenWatch));
    sync.handle(Input::WatchOpened(Ok(())), now);
    assert_eq!(sync.poll_action(now), PULL, "nothing was heard before");
    sync.handle(Input::Pulled(Ok(Read::All)), now);
    assert_eq!(sync.poll_action(now), None);
    (sync, now)
}

#[test]
fn it_pulls_then_listens_then_pulls_once_more() {
    listening();
}

#[test]
fn the_first_event_of_a_save_pulls_and_the_others_make_one_more_pull() {
    let (mut sync, now) = listening();
    let now = now + COALESCE;
    sync.handle(Input::Woken(Wake::Changed), now);
    assert_eq!(sync.poll_action(now), PULL, "nothing is waited for");
    sync.handle(Input::Pulled(Ok(Read::All)), now);
    for _ in 0..5 {
        sync.handle(Input::Woken(Wake::Changed), now);
    }
    assert_eq!(sync.poll_action(now), None, "it waits for the last of them");
    let later = now + COALESCE;
    assert_eq!(sync.poll_timeout().unwrap().0, later);
    assert_eq!(sync.poll_action(later), PULL);
    sync.handle(Input::Pulled(Ok(Read::All)), later);
    assert_eq!(sync.poll_action(later), None);
}

#[test]
fn one_of_many_mailboxes_waits_for_the_last_event_of_a_save() {
    let (sync, now) = listening();
    let (mut sync, now) = (sync.gathering(), now + COALESCE);
    for _ in 0..5 {
        sync.handle(Input::Woken(Wake::Changed), now);
    }
    assert_eq!(sync.poll_action(now), None);
    assert_eq!(sync.poll_action(now + COALESCE), PULL);
}

#[test]
fn news_does_not_shorten_the_wait_that_the_server_asked_for() {
    let (mut sync, now) = listening();
    sync.handle(Input::Refresh, now);
    assert_eq!(sync.poll_action(now), PULL);
    let wait = std::time::Duration::from_secs(40);
    let throttled = failure(FailureKind::Throttled(wait));
    sync.handle(Input::Pulled(Err(throttled)), now);
    for wake in [Wake::Changed, Wake::Committed] {
        sync.handle(Input::Woken(wake), now);
    }
    assert_eq!(sync.poll_timeout().unwrap().0, now + to_chrono(wait));
}

#[test]
fn what_is_there_as_a_whole_is_pulled_at_once() {
    let (mut sync, now) = listening();
    sync.handle(Input::Woken(Wake::Committed), now);
    assert_eq!(sync.poll_action(now), PULL);
    sync.handle(Input::Pulled(Ok(Read::All)), now);
    assert_eq!(sync.poll_action(now), None);
}

#[test]
fn a_change_during_a_pull_asks_for_another_one() {
    let (mut sync, now) = listening();
    sync.handle(Input::Refresh, now);
    assert_eq!(sync.poll_action(now), PULL);
    sync.handle(Input::Woken(Wake::Changed), now);
    sync.handle(Input::Pulled(Ok(Read::All)), now);
    assert_eq!(sync.poll_action(now + COALESCE), PULL);
}

#[test]
fn f17_a_stream_that_only_beats_is_swept_every_quarter_of_an_hour() {
    let (mut sync, mut now) = listening();
    for _ in 0..20 {
        now += Duration::seconds(45);
        sync.handle(Input::Woken(Wake::Alive), now);
    }
    assert_eq!(sync.poll_action(now), PULL);
}

/// What a letter has changed is seen sooner, and is not the user's say.
#[test]
fn sr_25_news_of_the_calendar_do_not_end_the_wait_for_the_user() {
    let (mut sync, mut now) = listening();
    sync.handle(Input::Refresh, now);
    for _ in 0..2 {
        assert_eq!(sync.poll_action(now), PULL);
        let refused = failure(FailureKind::Credentials);
        sync.handle(Input::Pulled(Err(refused)), now);
        now += Duration::minutes(1);
    }
    sync.handle(Input::Woken(Wake::Committed), now);
    assert_eq!(sync.poll_action(now), None);
    sync.handle(Input::Refresh, now);
    assert_eq!(sync.poll_action(now), PULL);
}

#[test]
fn sr_25_after_two_refused_sign_ins_it_waits_for_the_user() {
    let (mut sync, mut now) = start();
    let mut attempts = 0;
    for _ in 0..3600 {
        if sync.poll_action(now) == PULL {
            attempts += 1;
            sync.handle(Input::Pulled(Err(failure(FailureKind::Credentials))), now);
        }
        now += Duration::seconds(1);
    }
    assert_eq!(attempts, 2);
    assert_eq!(sync.poll_timeout(), None);
    sync.handle(Input::Refresh, now);
    assert_eq!(sync.poll_action(now), PULL);
}

#[test]
fn f41_nothing_is_asked_while_the_server_wants_quiet() {
    let (mut sync, now) = start();
    sync.poll_action(now);
    let quiet = FailureKind::Throttled(std::time::Duration::from_secs(297));
    sync.handle(Input::Pulled(Err(failure(quiet))), now);
    let end = now + Duration::seconds(297);
    let mut moment = now;
    while moment < end {
        assert_eq!(sync.poll_action(moment), None);
        moment += Duration::seconds(1);
    }
    assert_eq!(sync.poll_action(end), PULL);
}

#[test]
fn f28_a_lost_cursor_is_followed_by_one_pull_from_scratch() {
    let (mut sync, now) = start();
    sync.poll_action(now);
    sync.handle(Input::Pulled(Err(failure(FailureKind::CursorLost))), now);
    let from_scratch = Some(Action::Pull { from_scratch: true });
    assert_eq!(sync.poll_action(now), from_scratch);
    sync.handle(Input::Pulled(Ok(Read::All)), now);
    sync.handle(Input::Refresh, now);
    assert_eq!(sync.poll_action(now), PULL);
}

#[test]
fn retries_come_ever_later_and_never_later_than_six_minutes() {
    let (mut sync, mut now) = start();
    let mut before = Duration::zero();
    for attempt in 0..12 {
        assert!(sync.poll_action(now).is_some(), "attempt {attempt}");
        let away = failure(FailureKind::Unreachable);
        sync.handle(Input::Pulled(Err(away)), now);
        let wait = sync.poll_timeout().unwrap().0 - now;
        assert!(wait <= Duration::minutes(6));
        if attempt < 8 {
            assert!(wait > before, "{wait} after {before}");
        }
        before = wait;
        now += wait;
    }
}

#[test]
fn f30_what_could_not_be_read_is_asked_for_each_minute_then_ever_less_often() {
    let (mut sync, mut now) = listening();
    sync.handle(Input::Refresh, now);
    let mut pulls = Vec::new();
    for _ in 0..8 {
        let mut in_this_hour = 0;
        for _ in 0..3600 {
            if sync.poll_action(now) == PULL {
                in_this_hour += 1;
                sync.handle(Input::Pulled(Ok(Read::Partly)), now);
            }
            now += Duration::seconds(1);
        }
        pulls.push(in_this_hour);
    }
    // Each minute for ten, then every five, and in the end every fifteen.
    assert!((20..=22).contains(&pulls[0]), "{pulls:?}");
    assert!((11..=13).contains(&pulls[1]), "{pulls:?}");
    assert!((3..=5).contains(&pulls[7]), "{pulls:?}");
}

#[test]
fn the_window_moves_at_the_local_midnight() {
    let (mut sync, _) = listening();
    let midnight = at("2026-11-23T23:00:00Z");
    let mut now = midnight - Duration::minutes(1);
    sync.handle(Input::Refresh, now);
    assert_eq!(sync.poll_action(now), PULL);
    sync.handle(Input::Pulled(Ok(Read::All)), now);
    assert_eq!(sync.poll_timeout().unwrap().0, midnight);
    now = midnight;
    assert_eq!(sync.poll_action(now), PULL);
}

#[test]
fn f05_a_clock_that_is_set_back_does_not_put_the_next_pull_off() {
    let (mut sync, now) = listening();
    let back = now - Duration::hours(2);
    sync.poll_action(back);
    assert!(sync.poll_timeout().unwrap().0 <= back + SWEEP);
}

#[test]
fn f05_nor_does_it_put_off_the_next_attempt_after_a_failure() {
    let (mut sync, now) = start();
    sync.poll_action(now);
    let away = failure(FailureKind::Unreachable);
    sync.handle(Input::Pulled(Err(away)), now);
    let back = now - Duration::hours(2);
    sync.poll_action(back);
    assert!(sync.poll_timeout().unwrap().0 <= back + Duration::seconds(2));
}

#[test]
fn a_pull_that_lasts_is_not_followed_by_another_one_at_once() {
    let (mut sync, now) = listening();
    for _ in 0..3 {
        let cut = failure(FailureKind::Unreachable);
        sync.handle(Input::WatchEnded(Err(cut)), now);
    }
    let later = now + POLL;
    assert_eq!(sync.poll_action(later), PULL);
    // Whatever wakes the loop while the pull is under way.
    while sync.poll_action(later).is_some() {}
    sync.handle(Input::Pulled(Ok(Read::All)), later);
    assert_ne!(sync.poll_action(later), PULL);
}

#[test]
fn while_no_watch_can_be_held_it_polls_each_minute() {
    let (mut sync, mut now) = listening();
    for _ in 0..3 {
        let cut = failure(FailureKind::Unreachable);
        sync.handle(Input::WatchEnded(Err(cut)), now);
    }
    let mut pulls = 0;
    for _ in 0..600 {
        now += Duration::seconds(1);
        match sync.poll_action(now) {
            Some(Action::Pull { .. }) => {
                pulls += 1;
                sync.handle(Input::Pulled(Ok(Read::All)), now);
            }
            Some(Action::OpenWatch) => {
                let away = failure(FailureKind::Unreachable);
                sync.handle(Input::WatchOpened(Err(away)), now);
            }
            None => {}
        }
    }
    assert!((10..=25).contains(&pulls), "{pulls} pulls in ten minutes");
}

#[test]
fn a_watch_that_is_cut_right_after_its_opening_is_not_opened_in_a_circle() {
    let (mut sync, start) = listening();
    sync.handle(Input::WatchEnded(Ok(())), start);
    let (mut opened, mut now) = (0, start);
    while now < start + Duration::minutes(10) {
        now += Duration::milliseconds(500);
        match sync.poll_action(now) {
            Some(Action::Pull { .. }) => sync.handle(Input::Pulled(Ok(Read::All)), now),
            Some(Action::OpenWatch) => {
                opened += 1;
                sync.handle(Input::WatchOpened(Ok(())), now);
                // Servers begin with a word that says nothing.
                sync.handle(Input::Woken(Wake::Alive), now);
                sync.handle(Input::WatchEnded(Ok(())), now);
            }
            None => {}
        }
    }
    assert!((10..=16).contains(&opened), "opened {opened} times");
}

#[test]
fn a_watch_that_has_lasted_is_opened_again_at_once_and_makes_good_what_was_cut() {
    let (mut sync, mut now) = listening();
    for _ in 0..5 {
        sync.handle(Input::WatchEnded(Ok(())), now);
        now += POLL + Duration::seconds(1);
        while let Some(action) = sync.poll_action(now) {
            match action {
                Action::Pull { .. } => sync.handle(Input::Pulled(Ok(Read::All)), now),
                Action::OpenWatch => sync.handle(Input::WatchOpened(Ok(())), now),
            }
        }
    }
    now += HELD;
    sync.handle(Input::Woken(Wake::Alive), now);
    sync.handle(Input::WatchEnded(Ok(())), now);
    while sync.poll_action(now) == PULL {
        sync.handle(Input::Pulled(Ok(Read::All)), now);
    }
    assert!(sync.poll_timeout().unwrap().0 <= now + Duration::seconds(1));
}

#[test]
fn who_asks_for_a_look_during_a_pull_that_fails_gets_one_after_it() {
    for (kind, looks) in [
        (FailureKind::Failing, true),
        (FailureKind::Unreachable, true),
        (
            FailureKind::Throttled(std::time::Duration::from_mins(5)),
            false,
        ),
    ] {
        let (mut sync, now) = listening();
        sync.handle(Input::Refresh, now);
        assert_eq!(sync.poll_action(now), PULL);
        sync.handle(Input::Refresh, now);
        assert_eq!(sync.poll_action(now), None, "one at a time");
        sync.handle(Input::Pulled(Err(failure(kind))), now);
        assert_eq!(sync.poll_action(now) == PULL, looks, "{kind:?}");
        if looks {
            sync.handle(Input::Pulled(Err(failure(kind))), now);
            assert_eq!(sync.poll_action(now), None, "once, {kind:?}");
        }
    }
}
