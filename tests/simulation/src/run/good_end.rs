//! The good part at the end of a run, and what must be so then.

use calendar::{Window, span::local_midnight};
use chrono::{DateTime, Duration, Utc};

use super::{Ending, GOOD_END, Run};
use crate::{
    oracle::Broken,
    plan::LENGTH,
    step::Step,
    truth::{Kind, Occurrence},
};

/// How long the machine sleeps at the end of some runs, in seconds: longer than
/// a key is in use and than anything is kept.
const MONTH: u32 = 31 * 24 * 3600;
/// What is over goes within an hour of being awake.
const AFTER_A_MONTH: Duration = Duration::minutes(70);
/// So many rows of an agenda that is wrong are named.
const SHOWN: usize = 5;

impl Run<'_> {
    /// All trouble ends, the client comes up, and in the end everything is as
    /// it is on the server (I4).
    pub(super) async fn good_end(&mut self) -> Result<(), Broken> {
        for ending in [
            Ending::Network,
            Ending::Server,
            Ending::Disk,
            Ending::Keyring,
            Ending::Clock,
            Ending::Another,
        ] {
            self.endings.retain(|(_, is)| *is != ending);
            self.end(ending)?;
        }
        self.around.disk.clear_trap();
        self.pass(GOOD_END).await?;
        self.agenda_is_right()?;
        self.clocks_are_told(true)?;
        self.letters_are_settled()?;
        if self.plan.writes {
            self.join_details(Some(self.now()))?;
        }
        let before = self.around.disk.keys_in_use();
        if self.plan.month {
            self.take(Step::Sleep(MONTH, false)).await;
            self.pass(AFTER_A_MONTH).await?;
            self.agenda_is_right()?;
            self.clocks_are_told(true)?;
        }
        if let Some(client) = &self.client {
            client.stop().await;
        }
        self.sound()?;
        self.at_rest(&before).await?;
        if self.plan.writes {
            let written = self.quiet.written();
            self.count(36, written.refused);
            // What was written came back as news (F37).
            self.count(37, written.done);
        }
        self.nothing_leaks()
    }

    async fn pass(&mut self, length: Duration) -> Result<(), Broken> {
        let end = self.now() + length;
        while self.now() < end {
            self.do_what_is_due(Duration::seconds(i64::from(LENGTH)))
                .await?;
            self.tick().await?;
        }
        Ok(())
    }

    fn agenda_is_right(&self) -> Result<(), Broken> {
        let Some(client) = &self.client else {
            return Err(Broken {
                invariant: "I4",
                what: "the client is down in the end".to_owned(),
            });
        };
        same("I4", &client.agenda(), &self.window(None))
    }

    /// What is in the days that are kept, of all calendars or of one.
    pub(super) fn window(&self, home: Option<&str>) -> Vec<String> {
        let zone = self.around.host.zone();
        let window = Window::around(self.around.host.wall(), zone);
        let shown = |occurrence: &&Occurrence| {
            occurrence.start < window.end && occurrence.end > window.start
        };
        let mut rows: Vec<String> = self
            .truth
            .occurrences()
            .iter()
            .filter(shown)
            .filter(|one| home.is_none_or(|home| self.truth.is_in(home, one.number)))
            .map(|occurrence| {
                // A whole day is shown as the same day wherever the user is.
                let (start, end) = match occurrence.kind {
                    Kind::AllDay => {
                        let day =
                            |at: DateTime<Utc>| at.with_timezone(&self.plan.zone).date_naive();
                        (
                            local_midnight(day(occurrence.start), zone),
                            local_midnight(day(occurrence.end), zone),
                        )
                    }
                    Kind::Call | Kind::Reminded | Kind::Quiet | Kind::Keyword => {
                        (occurrence.start, occurrence.end)
                    }
                };
                format!(
                    "{} {start} {end} {} {}",
                    occurrence.title(),
                    occurrence.cancelled,
                    occurrence.declined
                )
            })
            .collect();
        rows.sort();
        rows
    }
}

/// Whether two lists are the same, whatever their order.
pub(super) fn same(
    invariant: &'static str,
    have: &[String],
    want: &[String],
) -> Result<(), Broken> {
    let (more, less) = (beyond(have, want), beyond(want, have));
    if more.is_empty() && less.is_empty() {
        return Ok(());
    }
    let first = |rows: &[String]| rows.iter().take(SHOWN).cloned().collect::<Vec<_>>();
    Err(Broken {
        invariant,
        what: format!(
            "{} too much: {:?}, {} missing: {:?}",
            more.len(),
            first(&more),
            less.len(),
            first(&less)
        ),
    })
}

/// What `rows` has beyond `others`, row by row.
fn beyond(rows: &[String], others: &[String]) -> Vec<String> {
    let mut left = others.to_vec();
    let mut more = Vec::new();
    for row in rows {
        match left.iter().position(|other| other == row) {
            Some(at) => {
                left.swap_remove(at);
            }
            None => more.push(row.clone()),
        }
    }
    more
}
