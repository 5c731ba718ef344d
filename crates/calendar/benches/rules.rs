//! Rules that run while a user waits: times for twenty people over two weeks,
//! five hundred series over the window, and links in a long invitation.
//!
//! `cargo bench -p calendar --bench rules`; `benches/naive_suggest.py` is the
//! peer of the first.

#![expect(clippy::unwrap_used, reason = "a bench ends where a step fails")]

use calendar::{
    Window,
    availability::{Hours, Part, Party, Stretches, Taken, Wish, suggest},
    join::{Services, Sources, find},
    recurrence::{Pattern, Range, Recurrence, Series, Weekdays},
};
use chrono::{DateTime, Duration, NaiveTime, Utc, Weekday};
use chrono_tz::Tz;
use criterion::{Criterion, criterion_group, criterion_main};

fn monday() -> DateTime<Utc> {
    "2026-11-23T00:00:00Z".parse().unwrap()
}

fn people() -> Vec<Party> {
    let mut dice = fastrand::Rng::with_seed(1);
    let zones = [
        Tz::Europe__Stockholm,
        Tz::America__New_York,
        Tz::Asia__Kolkata,
    ];
    (0..20)
        .map(|number| {
            let taken = (0..60).map(|_| {
                let start = monday() + Duration::minutes(15 * dice.i64(0..1344));
                let how = [Taken::Busy, Taken::Tentative, Taken::OutOfOffice][dice.usize(..3)];
                (start, start + Duration::minutes(30), how)
            });
            Party {
                part: if number < 8 {
                    Part::Required
                } else {
                    Part::Optional
                },
                time: Some(Stretches::merged(taken)),
                hours: Some(Hours {
                    days: Weekdays::WORKING,
                    from: NaiveTime::from_hms_opt(8, 0, 0).unwrap(),
                    to: NaiveTime::from_hms_opt(17, 0, 0).unwrap(),
                    zone: zones[number % 3],
                }),
            }
        })
        .collect()
}

fn times(c: &mut Criterion) {
    let people = people();
    let wish = Wish {
        length: Duration::hours(1),
        within: monday()..monday() + Duration::days(14),
        step: Duration::minutes(15),
        buffer: Duration::minutes(15),
        most: 10,
    };
    c.bench_function("times for 20 people over 2 weeks", |b| {
        b.iter(|| suggest(&people, &wish, monday()));
    });
}

fn series(c: &mut Criterion) {
    let window = Window::around(monday(), Tz::Europe__Stockholm);
    let all: Vec<Series> = (0..500_u32)
        .map(|number| Series {
            recurrence: Recurrence {
                pattern: Pattern::Weekly {
                    every: 1 + number % 3,
                    days: [Weekday::Mon, Weekday::Thu].into_iter().collect(),
                    week_begins: Weekday::Mon,
                },
                first: monday().date_naive() - Duration::days(i64::from(number)),
                range: if number % 2 == 0 {
                    Range::Endless
                } else {
                    Range::Count(500)
                },
            },
            zone: Tz::Europe__Stockholm,
            starts: NaiveTime::from_hms_opt(9, 0, 0).unwrap(),
            length: Duration::minutes(30),
            all_day: false,
            left_out: std::collections::BTreeSet::new(),
        })
        .collect();
    c.bench_function("500 series over 38 days", |b| {
        b.iter(|| {
            all.iter()
                .map(|one| one.within(window).len())
                .sum::<usize>()
        });
    });
}

fn links(c: &mut Criterion) {
    let filler =
        "<p>Minutes of the last meeting: <a href=\"https://wiki.example.org/a?b=c\">here</a>.</p>";
    let mut body = filler.repeat(1200);
    body.push_str("<p>Join: <a href=\"https://acme.webex.com/meet/ana\">Webex</a></p>");
    assert!(body.len() > 100_000);
    c.bench_function("links in an HTML body of 100 kB", |b| {
        b.iter(|| {
            let sources = Sources {
                body: &body,
                ..Sources::default()
            };
            find(sources, Services::built_in())
        });
    });
}

criterion_group!(benches, times, series, links);
criterion_main!(benches);
