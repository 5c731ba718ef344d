//! One day of a series: what is done to it leaves the other days alone. A
//! server that does not expand series has one item for all of them, so there
//! nothing is sent.

#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a scenario ends where a step fails"
)]

use std::{collections::BTreeMap, sync::Arc};

use calendar::{Meeting, Window};
use chrono::{DateTime, Duration, NaiveDate, Utc, Weekday};
use engine::{
    Backend as _, Scheduler as _,
    backend::{Known, Listing},
    exchange::{Account, ExchangeBackend},
    scheduler::{Answer, Attempt, Changed, Intent, Refusal, RequestId, Standing},
};
use exchange_sim::{
    Options, Personality, Simulator, World,
    world::{
        details::{Details, Person, Response},
        series::{Pattern, Range, Series},
    },
};
use rstest::rstest;
use scenarios::stage::{ANNA, PASSWORD, ZONE};
use vault::sensitive::Sensitive;

/// Mondays in the window around now, one of them over.
const MONDAYS: usize = 6;
const CHANGED: &str = "2026-12-07";

fn at(text: &str) -> DateTime<Utc> {
    text.parse().expect("a moment")
}

fn now() -> DateTime<Utc> {
    at("2026-11-23T06:00:00Z")
}

/// Whose series it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Whose {
    Own,
    Theirs,
}

/// A series of Mondays, one of which was changed by itself.
fn world(whose: Whose) -> World {
    let mut world = World::empty(now());
    world.add_mailbox(ANNA, "Anna Berg", ZONE, PASSWORD);
    let start = at("2026-11-16T09:00:00Z");
    let mut review = Details::new("Review", start, start + Duration::hours(1), ZONE);
    if whose == Whose::Theirs {
        let bo = Person::new("Bo Ekman", "bo@example.org");
        review = review
            .called_by(bo, Response::NoResponseReceived)
            .with(Person::new("Anna Berg", ANNA), Response::NoResponseReceived);
    }
    let mondays = Pattern::Weekly {
        every: 1,
        days: vec![Weekday::Mon],
        week_begins: Weekday::Mon,
    };
    let first = NaiveDate::from_ymd_opt(2026, 11, 16).expect("a day");
    let series = Series::new(mondays, first, Range::Endless);
    let number = world.add_series(ANNA, review, series).expect("a series");
    let changed = CHANGED.parse().expect("a day");
    world
        .change_occurrence(ANNA, number, changed, |one| {
            "Review of the year".clone_into(&mut one.subject);
        })
        .expect("an occurrence");
    world
}

async fn listed(backend: &ExchangeBackend) -> Vec<Meeting> {
    let versions = BTreeMap::new();
    let known = Known {
        cursor: None,
        versions: &versions,
        same_window: false,
    };
    let window = Window::around(now(), ZONE);
    let pull = backend.pull(window, ZONE, known).await.expect("a pull");
    let Listing::Complete { put, .. } = pull.listing else {
        panic!("a first pull lists");
    };
    let mut meetings: Vec<Meeting> = put.into_iter().map(|(meeting, _)| meeting).collect();
    meetings.sort_by_key(|one| one.span.start(ZONE));
    meetings
}

fn standing(meeting: &Meeting) -> Standing {
    Standing {
        id: meeting.id.clone(),
        start: meeting.span.start(ZONE),
        end: meeting.span.end(ZONE),
    }
}

/// What a user can ask for one day.
fn asked(whose: Whose, meeting: &Meeting) -> Vec<Intent> {
    let standing = standing(meeting);
    match whose {
        Whose::Own => vec![
            Intent::Change {
                meeting: standing.clone(),
                to: Box::new(Changed {
                    title: Some("Something else".to_owned()),
                    ..Changed::default()
                }),
            },
            Intent::Cancel {
                meeting: standing.clone(),
                message: String::new(),
            },
            Intent::Remove { meeting: standing },
        ],
        Whose::Theirs => [Answer::Accept, Answer::Tentative, Answer::Decline]
            .map(|answer| Intent::Answer {
                meeting: standing.clone(),
                answer,
            })
            .into(),
    }
}

async fn office(personality: Personality, whose: Whose) -> (Simulator, ExchangeBackend) {
    let options = Options {
        clock: Arc::new(now),
        personality,
        ..Options::default()
    };
    let simulator = Simulator::start(world(whose), options).await;
    let simulator = simulator.expect("a simulator");
    let password = Sensitive::new(PASSWORD.to_owned());
    let account = Account::new(simulator.ews_url(), ANNA, password, None);
    let services = calendar::join::Services::built_in().clone();
    let backend = ExchangeBackend::new(&account, services).expect("a back end");
    (simulator, backend)
}

fn name(number: usize) -> RequestId {
    RequestId(format!("request-{number}"))
}

#[rstest]
#[tokio::test]
async fn nothing_is_sent_for_one_day_where_the_server_has_the_series_as_a_whole(
    #[values(Whose::Own, Whose::Theirs)] whose: Whose,
) {
    let (_simulator, backend) = office(Personality::Grommunio, whose).await;
    let before = listed(&backend).await;
    assert_eq!(before.len(), MONDAYS);
    let mut number = 0;
    for meeting in &before {
        for intent in asked(whose, meeting) {
            number += 1;
            let attempt = backend.attempt(&name(number), &intent).await;
            assert_eq!(
                attempt,
                Attempt::Refused(Refusal::WholeSeries),
                "{intent:?}"
            );
        }
    }
    assert_eq!(listed(&backend).await, before);
}

#[rstest]
#[case(Whose::Own, 1)]
#[case(Whose::Own, 2)]
#[case(Whose::Theirs, 2)]
#[tokio::test]
async fn elsewhere_the_other_days_stay_as_they_are(#[case] whose: Whose, #[case] which: usize) {
    let (_simulator, backend) = office(Personality::ExchangeSe, whose).await;
    let before = listed(&backend).await;
    assert_eq!(before.len(), MONDAYS);
    let day = &before[2];
    let gone = &asked(whose, day)[which];
    assert_eq!(backend.attempt(&name(0), gone).await, Attempt::Done);
    let others = |all: &[Meeting]| -> Vec<Meeting> {
        let others = all.iter().filter(|one| one.id != day.id);
        others.cloned().collect()
    };
    assert_eq!(others(&listed(&backend).await), others(&before));
}
