//! What rests on the disk when a run is over (I11): what is on the agenda, what
//! is known of its rings, and nothing else.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Duration, Utc};
use engine::Engine;
use vault::{
    Integrity, Loaded, SeriesId, Vault,
    opening::{Found, Resting},
};

use super::{Run, StoreIs, good_end::same};
use crate::{
    client::{account_id, rows},
    oracle::Broken,
    truth::mailbox,
};

/// So long after a meeting its ring is remembered: a week after its end, and
/// the hour within which that is noticed.
const REMEMBERED: Duration = Duration::hours(7 * 24 + 2);
/// No meeting that rings is longer.
const LONGEST: Duration = Duration::hours(1);

fn broken(what: impl Into<String>) -> Broken {
    Broken {
        invariant: "I11",
        what: what.into(),
    }
}

async fn load(vault: &Vault, name: String) -> Result<Loaded, Broken> {
    let series = vault.series(SeriesId(name.clone()));
    let loaded = series.load().await;
    let loaded = loaded.map_err(|error| broken(format!("{name}: {error}")))?;
    if loaded.integrity == Integrity::Whole && loaded.quarantined == 0 {
        return Ok(loaded);
    }
    Err(broken(format!("{name} is not whole: {loaded:?}")))
}

impl Run<'_> {
    /// Compares the store with the truth, once the client has ended in order.
    /// `before` are the keys in use before the machine slept for a month.
    pub(super) async fn at_rest(&mut self, before: &BTreeSet<Vec<u8>>) -> Result<(), Broken> {
        let disk = &self.around.disk;
        if disk.texts_alone() > 0 {
            let what = format!("{} texts rest without a meeting", disk.texts_alone());
            return Err(broken(what));
        }
        // What was done to the store is found when it is opened next, and
        // mended afterwards.
        if self.oracle.is_harmed() || self.store != StoreIs::Open {
            return Ok(());
        }
        let opened = self.around.at_rest().await.map_err(broken)?;
        if (&opened.resting, &opened.found) != (&Resting::OnDisk, &Found::Continued) {
            return Err(broken(format!("{:?}, {:?}", opened.resting, opened.found)));
        }
        let vault = opened.vault;
        let zone = self.around.host.zone();
        for account in 0..self.plan.accounts {
            let name = format!("meetings/{}", account_id(account));
            load(&vault, name.clone()).await?;
            let left = Engine::stored(&vault.series(SeriesId(name))).await;
            let left = left.map_err(|error| broken(error.to_string()))?;
            let have = rows(left.agenda.iter().map(AsRef::as_ref), zone);
            same("I11", &have, &self.window(Some(mailbox(account))))?;
        }
        if self.was_harmed {
            // Meetings were fetched again. The other series are mended when
            // something is written into them next.
            self.outcome.stores_compared += 1;
            return Ok(());
        }
        for account in 0..self.plan.accounts {
            let name = format!("outbox/{}", account_id(account));
            let left = load(&vault, name).await?.records.len();
            if left > 0 {
                return Err(broken(format!("{left} letters rest and are settled")));
            }
        }
        let drafts = load(&vault, "drafts".to_owned()).await?.records.len();
        if drafts > 2 {
            return Err(broken(format!("{drafts} drafts rest")));
        }
        self.reminders_are_known(&load(&vault, "reminders".to_owned()).await?)?;
        if self.plan.month {
            let keys = self.around.disk.keys_in_use();
            if keys.len() > 1 || !keys.is_disjoint(before) {
                return Err(Broken {
                    invariant: "SR-05",
                    what: format!("of the keys {before:02x?} a month ago {keys:02x?} are left"),
                });
            }
        }
        self.outcome.stores_compared += 1;
        Ok(())
    }

    /// Each record is of one meeting at one time, which is not long over.
    fn reminders_are_known(&self, reminders: &Loaded) -> Result<(), Broken> {
        let mut starts: BTreeMap<DateTime<Utc>, usize> = BTreeMap::new();
        for (id, _) in &reminders.records {
            let start =
                id.0.rsplit_once('@')
                    .and_then(|(_, start)| start.parse().ok());
            let start = start.and_then(|start| DateTime::from_timestamp(start, 0));
            let start = start.ok_or_else(|| broken("a reminder's record without a start"))?;
            *starts.entry(start).or_default() += 1;
        }
        let oldest = self.around.host.wall() - REMEMBERED - LONGEST;
        for (start, records) in starts {
            let known = self.oracle.beginning(start);
            if records > known || start < oldest {
                let what = format!("{records} records of {known} reminders at {start}");
                return Err(broken(what));
            }
        }
        Ok(())
    }
}
