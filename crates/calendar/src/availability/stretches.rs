//! Stretches of time without overlaps.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::Taken;

/// How somebody's time is taken: in order, without overlaps. Between them they
/// are free.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Stretches(Vec<Stretch>);

/// One of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stretch {
    /// First instant.
    pub start: DateTime<Utc>,
    /// First instant after it.
    pub end: DateTime<Utc>,
    /// How it is taken.
    pub taken: Taken,
}

impl Stretches {
    /// Merges what several meetings, calendars or servers say: where they
    /// overlap the strongest counts. What has no length is left out.
    pub fn merged(all: impl IntoIterator<Item = (DateTime<Utc>, DateTime<Utc>, Taken)>) -> Self {
        // How many of each strength begin and end at a moment.
        let mut edges: BTreeMap<DateTime<Utc>, Vec<(Taken, i32)>> = BTreeMap::new();
        for (start, end, taken) in all {
            if start < end {
                edges.entry(start).or_default().push((taken, 1));
                edges.entry(end).or_default().push((taken, -1));
            }
        }
        let mut open: BTreeMap<Taken, i32> = BTreeMap::new();
        let mut merged: Vec<Stretch> = Vec::new();
        let mut since: Option<(DateTime<Utc>, Taken)> = None;
        for (moment, changes) in edges {
            for (taken, change) in changes {
                *open.entry(taken).or_default() += change;
            }
            let strongest = open.iter().rev().find(|(_, count)| **count > 0);
            let strongest = strongest.map(|(taken, _)| *taken);
            if since.map(|(_, taken)| taken) != strongest {
                if let Some((start, taken)) = since {
                    merged.push(Stretch {
                        start,
                        end: moment,
                        taken,
                    });
                }
                since = strongest.map(|taken| (moment, taken));
            }
        }
        Self(merged)
    }

    /// All of them, in order.
    pub fn iter(&self) -> impl Iterator<Item = &Stretch> {
        self.0.iter()
    }

    /// The strongest that touches `[start, end)`; `None` when all of it is
    /// free.
    pub fn strongest(&self, start: DateTime<Utc>, end: DateTime<Utc>) -> Option<Taken> {
        let first = self.0.partition_point(|stretch| stretch.end <= start);
        let touching = self.0.iter().skip(first).take_while(|one| one.start < end);
        touching.map(|stretch| stretch.taken).max()
    }
}
