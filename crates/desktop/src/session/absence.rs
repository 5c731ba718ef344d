//! Who is away, as servers tell it beside the calendars: where an account's
//! server does, it counts as much as what stands in a calendar.

use std::ops::Range;

use calendar::{
    availability::{Stretches, Taken},
    presence::Away,
    span::local_midnight,
};
use chrono::{DateTime, Days, Utc};
use chrono_tz::Tz;
use engine::{Failure, Oof, Scheduler, scheduler::PersonTime};

/// Automatic replies as a time of absence.
pub(super) fn away(oof: Oof) -> Away {
    match oof {
        Oof::On => Away {
            from: None,
            until: None,
        },
        Oof::Planned { start, end } => Away {
            from: Some(start),
            until: Some(end),
        },
    }
}

/// When each of these is away, in their order. What cannot be read is not
/// known: the calendars are asked all the same.
pub(super) async fn of(scheduler: &dyn Scheduler, people: &[String]) -> Vec<Option<Away>> {
    match scheduler.away(people).await {
        Ok(all) => all.into_iter().map(|oof| oof.map(away)).collect(),
        Err(failure) => {
            tracing::info!(kind = ?failure.kind, "who is away is not known");
            vec![None; people.len()]
        }
    }
}

/// When people have time, by their calendars and by their automatic replies.
pub(super) async fn times(
    scheduler: &dyn Scheduler,
    people: &[String],
    within: &Range<DateTime<Utc>>,
    (now, zone): (DateTime<Utc>, Tz),
) -> Result<Vec<PersonTime>, Failure> {
    let (away, times) = tokio::join!(
        of(scheduler, people),
        scheduler.time_of(people, within.start, within.end, zone)
    );
    let told = times?.into_iter().zip(away);
    Ok(told
        .map(|(one, away)| match away {
            Some(away) => PersonTime {
                time: Some(without(one.time.as_ref(), away, within, (now, zone))),
                ..one
            },
            None => one,
        })
        .collect())
}

/// Somebody's time without that of an absence. One that nobody said the end of
/// takes the rest of the day: of the days after it nothing is known.
fn without(
    time: Option<&Stretches>,
    away: Away,
    within: &Range<DateTime<Utc>>,
    (now, zone): (DateTime<Utc>, Tz),
) -> Stretches {
    let today = now.with_timezone(&zone).date_naive();
    let tomorrow = today.checked_add_days(Days::new(1)).unwrap_or(today);
    let from = away.from.unwrap_or(now);
    let until = away.until.unwrap_or_else(|| local_midnight(tomorrow, zone));
    let unknown = (within.start, within.end, Taken::Unknown);
    let told = time.into_iter().flat_map(Stretches::iter);
    let told = told.map(|one| (one.start, one.end, one.taken));
    Stretches::merged(told.chain(time.is_none().then_some(unknown)).chain([(
        from,
        until,
        Taken::OutOfOffice,
    )]))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    const ZONE: Tz = Tz::Europe__Stockholm;

    fn moment(text: &str) -> DateTime<Utc> {
        format!("2026-11-{text}:00Z").parse().unwrap()
    }

    #[rstest]
    #[case::planned(Some(("23T12:00", "25T07:00")), &[
        ("23T08:00", "23T12:00", Taken::Busy),
        ("23T12:00", "25T07:00", Taken::OutOfOffice),
    ])]
    #[case::until_nobody_knows_when(None, &[
        ("23T08:00", "23T09:00", Taken::Busy),
        ("23T09:00", "23T23:00", Taken::OutOfOffice),
    ])]
    fn an_absence_outranks_what_stands_in_the_calendar(
        #[case] planned: Option<(&str, &str)>,
        #[case] expected: &[(&str, &str, Taken)],
    ) {
        let of = |all: &[(&str, &str, Taken)]| {
            let all = all.iter();
            Stretches::merged(all.map(|(start, end, taken)| (moment(start), moment(end), *taken)))
        };
        let oof = planned.map_or(Oof::On, |(start, end)| Oof::Planned {
            start: moment(start),
            end: moment(end),
        });
        let within = moment("23T00:00")..moment("26T00:00");
        let (now, busy) = (
            moment("23T09:00"),
            of(&[("23T08:00", "23T13:00", Taken::Busy)]),
        );
        let found = without(Some(&busy), away(oof), &within, (now, ZONE));
        assert_eq!(found, of(expected));
    }

    #[test]
    fn of_a_calendar_that_tells_nothing_the_rest_stays_unknown() {
        let oof = Oof::Planned {
            start: moment("24T00:00"),
            end: moment("25T00:00"),
        };
        let within = moment("23T00:00")..moment("26T00:00");
        let found = without(None, away(oof), &within, (moment("23T09:00"), ZONE));
        let at = |text| found.strongest(moment(text), moment(text) + chrono::Duration::minutes(1));
        assert_eq!(at("23T12:00"), Some(Taken::Unknown));
        assert_eq!(at("24T12:00"), Some(Taken::OutOfOffice));
        assert_eq!(at("25T12:00"), Some(Taken::Unknown));
    }
}
