//! Join details that are written into meetings which ask for them.

use std::collections::BTreeSet;

use calendar::{Keyword, Meeting};
use futures_util::FutureExt as _;

use super::{Jobs, Run};
use crate::{
    backend::{Failure, Version, WrittenBack},
    keep::Step,
};

impl Run {
    /// Begins to write join details where a keyword asks for them; into each
    /// version of a meeting once.
    pub(super) fn begin_writing(&mut self, jobs: &mut Jobs) {
        if jobs.write.is_some() || !self.backend.writes_back() {
            return;
        }
        let (now, zone) = (self.clock.now(), self.zone);
        let held = &self.held;
        let current: BTreeSet<&Version> = held.versions.values().collect();
        self.written.retain(|version| current.contains(version));
        let asking: Vec<(Meeting, Version)> = held
            .agenda
            .iter()
            .filter(|meeting| Keyword::asked_for(meeting, now, zone).is_ok())
            .filter_map(|meeting| {
                let version = held.versions.get(&meeting.id)?.clone();
                Some((Meeting::clone(meeting), version))
            })
            .filter(|(_, version)| !self.written.contains(version))
            .collect();
        if asking.is_empty() {
            return;
        }
        let versions = asking.iter().map(|(_, version)| version.clone());
        self.written.extend(versions);
        let backend = self.backend.clone();
        jobs.write = Some(async move { backend.write_back(asking, zone, now).await }.boxed());
    }

    /// Takes in what was written. The server's news of it finds the new
    /// versions known. `false` when some of it did not get through: it waits
    /// for the next pull.
    pub(super) async fn wrote(&mut self, outcome: Result<WrittenBack, Failure>) -> bool {
        let WrittenBack { known, contested } = match outcome {
            Ok(written) => written,
            Err(failure) => {
                tracing::info!(kind = ?failure.kind, "join details are not written");
                // The next pull tells what came of it; what did not get
                // through is tried again then.
                self.written.clear();
                return false;
            }
        };
        let mut step = Step::default();
        for (meeting, version) in known {
            // One that was taken out of the calendar meanwhile stays out.
            if self.held.versions.contains_key(&meeting.id) {
                step.put.insert(meeting.id.clone());
                self.held.put(meeting, version);
            }
        }
        if !step.put.is_empty() {
            self.store(step).await;
            self.publish();
        }
        for version in &contested {
            self.written.remove(version);
        }
        contested.is_empty()
    }
}
