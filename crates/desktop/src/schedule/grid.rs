//! One day of everybody's time, in quarters of an hour.

use calendar::{availability::Taken, span::local_midnight};
use chrono::{DateTime, Days, Duration, NaiveDate, Timelike as _, Utc};
use chrono_tz::Tz;

use super::suggestions::Named;
use crate::screen::zone::{differs, distance};
use crate::{
    screen::Scene,
    view::{HourView, LineView, Part, SlotView, SpanKind, SpanView},
};

/// Hours of the day that are always shown.
const FROM: i64 = 8;
const TO: i64 = 18;
const QUARTER: Duration = Duration::minutes(15);

/// What stands in the user's own calendar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Own {
    pub(super) start: DateTime<Utc>,
    pub(super) end: DateTime<Utc>,
    pub(super) taken: Taken,
    pub(super) title: String,
}

/// The stretch of a day that is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Grid {
    /// Its left edge.
    pub(super) start: DateTime<Utc>,
    /// Its width in quarters.
    pub(super) quarters: u16,
}

impl Grid {
    /// The working day, and as much more as the chosen time and the user's
    /// own hours need.
    pub(super) fn of(
        day: NaiveDate,
        slot: Option<(DateTime<Utc>, DateTime<Utc>)>,
        people: &[Named],
        zone: Tz,
    ) -> Self {
        let midnight = local_midnight(day, zone);
        let next = day.checked_add_days(Days::new(1)).unwrap_or(day);
        let length = local_midnight(next, zone) - midnight;
        let hours = length.num_hours();
        let (mut from, mut to) = (FROM, TO.min(hours));
        if let Some(own) = people.first().and_then(|you| you.party.hours) {
            from = from.min(i64::from(own.from.hour()));
            let end = i64::from(own.to.hour()) + i64::from(own.to.minute() > 0);
            to = to.max(if end == 0 { hours } else { end });
        }
        if let Some((start, end)) = slot.filter(|(start, _)| date(*start, zone) == day) {
            from = from.min((start - midnight).num_hours());
            let end = (end - midnight).min(length);
            to = to.max((end.num_minutes() + 59) / 60);
        }
        let to = to.min(hours).max(from + 1);
        Self {
            start: midnight + Duration::hours(from),
            quarters: u16::try_from((to - from) * 4).unwrap_or(u16::MAX),
        }
    }

    /// The moment at which a quarter begins.
    pub(super) fn moment(&self, quarter: u16) -> DateTime<Utc> {
        self.start + QUARTER * i32::from(quarter)
    }

    fn end(&self) -> DateTime<Utc> {
        self.moment(self.quarters)
    }

    /// Hours along the top.
    pub(super) fn hours(&self, scene: &Scene<'_>) -> Vec<HourView> {
        (0..self.quarters)
            .filter_map(|at| {
                let local = self.moment(at).with_timezone(&scene.zone);
                (local.minute() == 0).then(|| HourView {
                    at,
                    text: scene.formats.hour(local.time(), scene.words),
                })
            })
            .collect()
    }

    /// Where a stretch lies; `None` when it is on another day.
    pub(super) fn slot(
        &self,
        start: DateTime<Utc>,
        end: DateTime<Utc>,
        text: &str,
    ) -> Option<SlotView> {
        if start < self.start || start >= self.end() {
            return None;
        }
        let quarter = |moment: DateTime<Utc>, up: i64| {
            let minutes = (moment - self.start).num_minutes();
            u16::try_from((minutes + up) / 15).unwrap_or(u16::MAX)
        };
        let from = quarter(start, 0);
        Some(SlotView {
            from,
            to: quarter(end, 14).clamp(from + 1, self.quarters),
            text: text.to_owned(),
        })
    }

    /// One line. `own` is what the user's calendar has, for their line.
    pub(super) fn line(
        &self,
        one: &Named,
        own: &[Own],
        slot: Option<(DateTime<Utc>, DateTime<Utc>)>,
        scene: &Scene<'_>,
    ) -> LineView {
        let you = one.address.is_empty();
        let at_slot = slot.map_or(SpanKind::Free, |(start, end)| kind_at(one, start, end));
        let foreign = one.party.hours.filter(|_| !you).and_then(|hours| {
            let then = slot.map_or(self.start, |(start, _)| start);
            differs(hours.zone, scene.zone, then).then(|| distance(hours.zone, then))
        });
        LineView {
            address: one.address.clone(),
            name: one.name.clone(),
            room: one.part == Part::Room,
            zone: foreign.unwrap_or_default(),
            at_slot,
            at_slot_text: match slot {
                Some(_) => state_text(one, at_slot, scene),
                None => String::new(),
            },
            spans: self.spans(one, if you { own } else { &[] }, scene),
        }
    }

    fn spans(&self, one: &Named, own: &[Own], scene: &Scene<'_>) -> Vec<SpanView> {
        let mut spans: Vec<SpanView> = Vec::new();
        for quarter in 0..self.quarters {
            let (start, end) = (self.moment(quarter), self.moment(quarter + 1));
            let kind = kind_at(one, start, end);
            if kind == SpanKind::Free {
                continue;
            }
            let entry = own.iter().find(|own| own.start < end && start < own.end);
            let text = match entry {
                Some(own) => own.title.clone(),
                None => label(one, kind, scene),
            };
            match spans.last_mut() {
                Some(last) if last.to == quarter && last.kind == kind && last.text == text => {
                    last.to = quarter + 1;
                }
                _ => spans.push(SpanView {
                    from: quarter,
                    to: quarter + 1,
                    kind,
                    text,
                    spoken: String::new(),
                }),
            }
        }
        for span in &mut spans {
            let said = kind_text(one, span.kind, scene);
            span.spoken = scene.words.with(
                "grid-spoken",
                [
                    ("name", one.name.as_str().into()),
                    ("start", scene.time(self.moment(span.from)).into()),
                    ("end", scene.time(self.moment(span.to)).into()),
                    ("kind", said.into()),
                ],
            );
        }
        spans
    }
}

/// How somebody is during a stretch.
pub(super) fn kind_at(one: &Named, start: DateTime<Utc>, end: DateTime<Utc>) -> SpanKind {
    let Some(time) = &one.party.time else {
        return SpanKind::Unknown;
    };
    match time.strongest(start, end) {
        Some(Taken::Elsewhere) => SpanKind::Elsewhere,
        Some(Taken::Tentative) => SpanKind::Tentative,
        Some(Taken::Unknown) => SpanKind::Unknown,
        Some(Taken::Busy) => SpanKind::Busy,
        Some(Taken::OutOfOffice) => SpanKind::OutOfOffice,
        None => match one.party.hours {
            Some(hours) if !hours.hold(start, end) => SpanKind::OutsideHours,
            _ => SpanKind::Free,
        },
    }
}

/// What is written into a stretch; hours outside of work are only shaded.
fn label(one: &Named, kind: SpanKind, scene: &Scene<'_>) -> String {
    match kind {
        SpanKind::OutsideHours | SpanKind::Unknown | SpanKind::Free => String::new(),
        _ => kind_text(one, kind, scene),
    }
}

fn kind_text(one: &Named, kind: SpanKind, scene: &Scene<'_>) -> String {
    let key = match kind {
        SpanKind::Free => "grid-free",
        SpanKind::Busy if one.part == Part::Room => "grid-booked",
        SpanKind::Busy => "grid-busy",
        SpanKind::Tentative => "grid-tentative",
        SpanKind::OutOfOffice => "grid-out-of-office",
        SpanKind::Elsewhere => "grid-elsewhere",
        SpanKind::Unknown => "grid-unknown",
        SpanKind::OutsideHours => "grid-outside-hours",
    };
    scene.words.text(key)
}

fn state_text(one: &Named, kind: SpanKind, scene: &Scene<'_>) -> String {
    let said = kind_text(one, kind, scene);
    scene.words.with(
        "grid-at-slot",
        [("name", one.name.as_str().into()), ("kind", said.into())],
    )
}

pub(super) fn date(moment: DateTime<Utc>, zone: Tz) -> NaiveDate {
    moment.with_timezone(&zone).date_naive()
}
