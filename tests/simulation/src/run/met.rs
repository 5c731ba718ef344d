//! Which faults have met the client. One that nothing ran into counts for
//! nothing: a full disk on which nothing was written, a server that failed
//! while nobody asked it.

use chrono::{DateTime, Duration, Utc};
use exchange_sim::server::faults::Effect;

use super::{Ending, Run};
use crate::{
    disk::{Mood, Side},
    keyring::Temper,
    net::Weather,
    step::{By, Step},
};

/// What has to happen so that a fault counts.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Met {
    /// A client runs, at any time or up to a moment.
    Runs(Option<DateTime<Utc>>),
    /// A client starts.
    Starts,
    /// A request is struck by one of these.
    Server(Vec<Effect>),
    /// A sign-in is refused.
    SignIn,
    /// A connection is struck.
    Weather(Weather),
    /// A write is refused.
    Write(Mood),
    /// The keyring is asked.
    Question(Temper),
    /// A commit dies.
    Trap(Side),
}

/// Faults that nothing has run into yet.
#[derive(Debug)]
pub(super) struct Waiting {
    met: Met,
    faults: &'static [u8],
    /// The trouble with whose end they are over.
    pub(super) ends_with: Option<Ending>,
}

impl Run<'_> {
    /// A step is about to be taken.
    pub(super) fn expect(&mut self, step: &Step) {
        let (by, faults) = step.faults();
        self.wait_for(by, faults);
    }

    /// Counts faults as soon as they are met.
    pub(super) fn wait_for(&mut self, by: By, faults: &'static [u8]) {
        let now = self.now();
        let (met, ends_with) = match by {
            By::Running => {
                let runs = usize::from(self.client.is_some());
                for fault in faults {
                    self.count(*fault, runs);
                }
                return;
            }
            By::Next => (Met::Runs(None), None),
            By::Within(seconds) => {
                let until = now + Duration::seconds(i64::from(seconds));
                (Met::Runs(Some(until)), None)
            }
            By::Start => (Met::Starts, None),
            By::Weather(weather) => (Met::Weather(weather), Some(Ending::Network)),
            By::Write(mood) => (Met::Write(mood), Some(Ending::Disk)),
            By::Question(temper) => (Met::Question(temper), Some(Ending::Keyring)),
            By::Trap(side) => (Met::Trap(side), None),
        };
        self.wait(met, faults, ends_with);
    }

    pub(super) fn wait(&mut self, met: Met, faults: &'static [u8], ends_with: Option<Ending>) {
        if !faults.is_empty() {
            self.waiting.push(Waiting {
                met,
                faults,
                ends_with,
            });
        }
    }

    /// Looks at what has happened since the last look.
    pub(super) fn meet(&mut self) {
        let (struck, disk) = (
            self.simulator.faults().take_struck(),
            self.around.disk.take_met(),
        );
        let weathers = self.around.net.take_met();
        let tempers = self.around.keyring.take_met();
        let refused = self.quiet.all_refused()
            > std::mem::replace(&mut self.refused, self.quiet.all_refused());
        self.sprung = disk.sprung.or(self.sprung);
        let (runs, now) = (self.client.is_some(), self.now());
        self.meet_those(|met| match met {
            Met::Runs(until) => runs && until.is_none_or(|until| now <= until),
            Met::Starts => false,
            Met::Server(effects) => effects.iter().any(|effect| struck.contains(effect)),
            Met::SignIn => refused,
            Met::Weather(weather) => weathers.contains(weather),
            Met::Write(mood) => disk.refused.contains(mood),
            Met::Question(temper) => tempers.contains(temper),
            Met::Trap(side) => disk.sprung == Some(*side),
        });
    }

    /// A client has started.
    pub(super) fn meet_at_start(&mut self) {
        self.meet_those(|met| *met == Met::Starts);
    }

    /// Whether the last process died while a part of a commit was written, or
    /// one was lost; once.
    pub(super) fn torn(&mut self) -> bool {
        self.meet();
        matches!(self.sprung.take(), Some(Side::Torn | Side::Lost))
    }

    fn meet_those(&mut self, is_met: impl Fn(&Met) -> bool) {
        let (met, still): (Vec<_>, Vec<_>) = std::mem::take(&mut self.waiting)
            .into_iter()
            .partition(|waiting| is_met(&waiting.met));
        self.waiting = still;
        for fault in met.iter().flat_map(|waiting| waiting.faults) {
            self.count(*fault, 1);
        }
    }
}
