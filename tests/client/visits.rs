//! A mailbox's days at the service, which forgets by days of UTC, beside the
//! visits of the connector, whose window is cut at the user's own midnights.

#![expect(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "a scenario ends where a step fails"
)]

use std::{collections::BTreeMap, sync::Mutex};

use async_trait::async_trait;
use chrono::{DateTime, Duration, Utc};
use chrono_tz::Tz;
use engine::{
    Clock, visit,
    visit::{Look, Plan, Visited},
};
use exchange_sim::world::details::Details;
use scenarios::stage::{ANNA, PASSWORD, Stage};
use tempfile::TempDir;
use vault::{
    Integrity, Series, SeriesId, Vault,
    database::{Database, schema},
    key::Key,
    mailbox::{Epoch, MailboxKeys},
    opaque::{OpaqueId, Space},
    store::Day,
};

/// A clock that stands where it was set.
struct Set(Mutex<DateTime<Utc>>);

impl Set {
    fn at(moment: &str) -> Self {
        Self(Mutex::new(moment.parse().unwrap()))
    }

    fn pass(&self, length: Duration) {
        *self.0.lock().unwrap() += length;
    }
}

#[async_trait]
impl Clock for Set {
    fn now(&self) -> DateTime<Utc> {
        *self.0.lock().unwrap()
    }

    async fn wait_until(&self, _: DateTime<Utc>) {}
}

fn today(now: DateTime<Utc>) -> Day {
    Day::of_seconds(u64::try_from(now.timestamp()).unwrap())
}

/// The service's database and the keys of a mailbox.
struct Service {
    database: Database,
    space: Space,
    keys: Vec<u8>,
    _folder: TempDir,
}

impl Service {
    async fn new(now: DateTime<Utc>) -> Self {
        let folder = TempDir::new().unwrap();
        let file = folder.path().join("service.db");
        let database = Database::sqlite(&file, &schema::RECORDS).await.unwrap();
        let space = Space {
            organization: OpaqueId::random(),
            mailbox: OpaqueId::random(),
        };
        let week = Epoch::of(today(now)).0;
        let weeks = (week..week + 10).map(|week| (Epoch(week), Key::generate()));
        let keys = MailboxKeys::new(Key::generate(), weeks.collect::<BTreeMap<_, _>>());
        Self {
            database,
            space,
            keys: keys.encode().to_vec(),
            _folder: folder,
        }
    }

    /// The meetings, with the keys that there are at a moment.
    fn meetings(&self, now: DateTime<Utc>) -> Series {
        let all = MailboxKeys::decode(&self.keys).unwrap();
        let plain = all.encode();
        let (index, weeks) = plain.split_at(32);
        let mut there = index.to_vec();
        for week in weeks.chunks(36) {
            let epoch = Epoch(u32::from_be_bytes(week[..4].try_into().unwrap()));
            if epoch <= Epoch::of(today(now)) && today(now) < epoch.destroyed_on() {
                there.extend_from_slice(week);
            }
        }
        let store = std::sync::Arc::new(self.database.mailbox(self.space));
        let vault = Vault::of_mailbox(store, MailboxKeys::decode(&there).unwrap());
        vault.series(SeriesId("meetings".to_owned()))
    }

    async fn forget(&self, now: DateTime<Utc>) -> u64 {
        let organization = self.space.organization;
        self.database
            .expire(organization, today(now))
            .await
            .unwrap()
    }
}

/// Visits of a mailbox in one zone.
struct Visits {
    stage: Stage,
    service: Service,
    clock: Set,
    zone: Tz,
}

impl Visits {
    async fn from(moment: &str, zone: Tz, meeting: Details) -> Self {
        let stage = Stage::at(moment, |world| {
            world.add(ANNA, meeting).expect("an item");
        });
        let clock = Set::at(moment);
        Self {
            stage: stage.await,
            service: Service::new(clock.now()).await,
            clock,
            zone,
        }
    }

    async fn visit(&self) -> Visited {
        let plan = Plan {
            zone: self.zone,
            from_scratch: false,
            look: Look::AtNews,
        };
        let backend = self.stage.backend(PASSWORD);
        let series = self.service.meetings(self.clock.now());
        let visited = visit(&backend, &series, &self.clock, plan).await;
        visited.unwrap()
    }

    /// How often the whole folder was asked for so far.
    fn whole_listings(&self) -> usize {
        let asked = self.stage.simulator.requests().into_iter();
        asked
            .filter(|one| one.operation == "SyncFolderItems" && !one.request.contains("SyncState>"))
            .count()
    }
}

#[tokio::test]
async fn sr_61_in_the_night_in_which_a_meeting_leaves_its_calendar_is_not_fetched_anew() {
    for zone in [
        Tz::America__New_York,
        Tz::Pacific__Honolulu,
        Tz::Europe__Stockholm,
        Tz::Pacific__Auckland,
    ] {
        let start: DateTime<Utc> = "2026-11-18T15:00:00Z".parse().unwrap();
        let meeting = Details::new("Planning", start, start + Duration::minutes(30), zone);
        let visits = Visits::from("2026-11-18T09:00:00Z", zone, meeting).await;
        visits.visit().await;
        assert_eq!(visits.whole_listings(), 1, "{zone}");

        // Seven days later the window begins after it within two days of UTC.
        visits.clock.pass(Duration::days(6) + Duration::hours(15));
        let mut meetings = Vec::new();
        for _ in 0..48 {
            visits.clock.pass(Duration::hours(1));
            visits.service.forget(visits.clock.now()).await;
            meetings.push(visits.visit().await.meetings);
        }
        assert_eq!(visits.whole_listings(), 1, "{zone}");
        assert_eq!((meetings[0], meetings[47]), (1, 0), "{zone}: {meetings:?}");
        let left = meetings.iter().position(|one| *one == 0).unwrap();
        assert!(meetings[left..].iter().all(|one| *one == 0), "{meetings:?}");
    }
}

#[tokio::test]
async fn sr_55_a_long_holiday_opens_to_its_last_day_and_is_not_fetched_anew() {
    let zone = Tz::America__New_York;
    let start: DateTime<Utc> = "2026-12-18T05:00:00Z".parse().unwrap();
    let holiday = Details::new("Holiday", start, start + Duration::days(21), zone);
    let visits = Visits::from("2026-11-18T09:00:00Z", zone, holiday).await;
    let end = start + Duration::days(21 + 7);
    let mut seen = 0;
    while visits.clock.now() < end - Duration::days(1) {
        visits.service.forget(visits.clock.now()).await;
        assert_eq!(visits.visit().await.meetings, 1, "{}", visits.clock.now());
        // What a client sees who has the keys of that day.
        let now = visits.clock.now();
        let loaded = visits.service.meetings(now).load_on(today(now)).await;
        let loaded = loaded.unwrap();
        assert_eq!(loaded.integrity, Integrity::Whole, "{now}");
        assert_eq!(loaded.records.len(), 1, "{now}");
        seen += 1;
        visits.clock.pass(Duration::hours(12));
    }
    assert!(seen > 100, "it went as far as that");
    assert_eq!(visits.whole_listings(), 1);
}
