//! When people have time, as the server tells it.

use calendar::{
    availability::{Hours, Stretches, Taken},
    recurrence::Weekdays,
};
use chrono::{DateTime, Duration, NaiveDate, Offset as _, TimeZone as _, Utc};
use chrono_tz::Tz;
use ews::{
    item::Smtp,
    operation::{AttendeeType, Availability, BusyType, GetUserAvailability, WorkingHours},
};

use super::ExchangeBackend;
use crate::{backend::Failure, scheduler::PersonTime};

impl ExchangeBackend {
    pub(super) async fn times(
        &self,
        mailboxes: &[String],
        start: DateTime<Utc>,
        end: DateTime<Utc>,
        zone: Tz,
    ) -> Result<Vec<PersonTime>, Failure> {
        let asked: Vec<_> = mailboxes
            .iter()
            .map(|address| (Smtp(address.clone()), AttendeeType::Required))
            .collect();
        let mut found: Vec<Told> = asked.iter().map(|_| Told::default()).collect();
        let mut place = 0;
        let mut last = None;
        for part in GetUserAvailability::parts(&asked, full_slot(start), end) {
            // The parts of one stretch of the list follow each other.
            let count = part.mailboxes.len();
            if last.is_some_and(|until| until != part.start) {
                place += GetUserAvailability::MAILBOXES_MAX;
            }
            last = Some(part.end);
            let answers = self.client.call(&part).await?;
            let of_part = found.iter_mut().skip(place).take(count);
            for (told, answer) in of_part.zip(answers) {
                match answer {
                    Ok(availability) => told.take(availability),
                    Err(error) => {
                        tracing::info!(code = %error.code, "somebody's time is not told");
                        told.dark = true;
                    }
                }
            }
        }
        Ok(found.into_iter().map(|told| told.person(zone)).collect())
    }
}

/// Slots begin at full half hours.
fn full_slot(moment: DateTime<Utc>) -> DateTime<Utc> {
    let over = moment.timestamp().rem_euclid(30 * 60);
    moment - Duration::seconds(over)
}

/// What the parts of an answer tell of one mailbox.
#[derive(Debug, Default)]
struct Told {
    taken: Vec<(DateTime<Utc>, DateTime<Utc>, Taken)>,
    hours: Option<WorkingHours>,
    lit: bool,
    dark: bool,
}

impl Told {
    fn take(&mut self, availability: Availability) {
        self.hours = availability.hours.or(self.hours.take());
        let Some(busy) = availability.busy else {
            self.dark = true;
            return;
        };
        self.lit = true;
        self.taken.extend(busy.iter().filter_map(|one| {
            let taken = match one.busy {
                BusyType::Free => return None,
                BusyType::Tentative => Taken::Tentative,
                BusyType::Busy => Taken::Busy,
                BusyType::OutOfOffice => Taken::OutOfOffice,
                BusyType::Elsewhere => Taken::Elsewhere,
                BusyType::NoData => Taken::Unknown,
            };
            Some((one.start, one.end, taken))
        }));
    }

    fn person(self, zone: Tz) -> PersonTime {
        // What is told in part is not known as a whole.
        let known = self.lit && !self.dark;
        PersonTime {
            time: known.then(|| Stretches::merged(self.taken)),
            hours: self.hours.and_then(|hours| read_hours(&hours, zone)),
        }
    }
}

/// The first period stands for all: Exchange has one.
fn read_hours(told: &WorkingHours, zone: Tz) -> Option<Hours> {
    let (days, from, to) = told.periods.first()?;
    let days: Weekdays = days.iter().copied().collect();
    (!days.is_empty()).then(|| Hours {
        days,
        from: *from,
        to: *to,
        zone: zone_of(told.bias, told.daylight_bias, zone),
    })
}

/// Zones to look through where the user's own does not fit: one for each
/// distance from UTC and each habit about daylight time that many people live
/// with.
const WITH_DAYLIGHT: [Tz; 14] = [
    Tz::Europe__London,
    Tz::Europe__Berlin,
    Tz::Europe__Helsinki,
    Tz::America__New_York,
    Tz::America__Chicago,
    Tz::America__Denver,
    Tz::America__Los_Angeles,
    Tz::America__Anchorage,
    Tz::America__Halifax,
    Tz::America__St_Johns,
    Tz::Australia__Sydney,
    Tz::Australia__Adelaide,
    Tz::Pacific__Auckland,
    Tz::America__Santiago,
];

const WITHOUT_DAYLIGHT: [Tz; 6] = [
    Tz::Asia__Kolkata,
    Tz::Asia__Kathmandu,
    Tz::Asia__Yangon,
    Tz::Asia__Kabul,
    Tz::Asia__Tehran,
    Tz::Australia__Darwin,
];

/// A zone that is so many minutes behind UTC (`Bias` of `SerializableTimeZone`)
/// and has daylight time or not. Its name is not told.
fn zone_of(bias: i32, daylight_bias: i32, own: Tz) -> Tz {
    let fits = |zone: &Tz| {
        let (standard, daylight) = offsets(*zone);
        standard == -bias && (daylight != standard) == (daylight_bias != 0)
    };
    let all = [own]
        .into_iter()
        .chain(if daylight_bias == 0 {
            WITHOUT_DAYLIGHT.to_vec()
        } else {
            WITH_DAYLIGHT.to_vec()
        })
        .find(fits);
    all.or_else(|| fixed(bias)).unwrap_or(own)
}

/// `Etc/GMT-7` is seven hours ahead (POSIX writes it the other way round).
fn fixed(bias: i32) -> Option<Tz> {
    let hours = bias / 60;
    let name = match (hours, bias % 60) {
        (0, 0) => "Etc/UTC".to_owned(),
        (_, 0) => format!("Etc/GMT{hours:+}"),
        _ => return None,
    };
    name.parse().ok()
}

/// Minutes ahead of UTC outside of and during daylight time.
fn offsets(zone: Tz) -> (i32, i32) {
    let at = |month: u32| {
        let day = NaiveDate::from_ymd_opt(2026, month, 1).unwrap_or_default();
        let offset = zone.offset_from_utc_date(&day).fix();
        offset.local_minus_utc() / 60
    };
    let (january, july) = (at(1), at(7));
    (january.min(july), january.max(july))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::the_user_s_own(-60, -60, Tz::Europe__Stockholm)]
    #[case::another_one(0, -60, Tz::Europe__London)]
    #[case::behind_utc(300, -60, Tz::America__New_York)]
    #[case::on_the_other_half_of_the_earth(-600, -60, Tz::Australia__Sydney)]
    #[case::without_daylight_time(-420, 0, Tz::Etc__GMTMinus7)]
    #[case::with_half_an_hour(-330, 0, Tz::Asia__Kolkata)]
    #[case::utc(0, 0, Tz::Etc__UTC)]
    fn a_zone_is_found_by_its_distances(
        #[case] bias: i32,
        #[case] daylight: i32,
        #[case] expected: Tz,
    ) {
        assert_eq!(zone_of(bias, daylight, Tz::Europe__Stockholm), expected);
    }
}
