//! The good part at the end of a run, and what must be so then.

use std::collections::BTreeSet;

use calendar::{Window, span::local_midnight};
use chrono::{DateTime, Duration, Utc};

use super::{Ending, GOOD_END, Run};
use crate::{
    oracle::Broken,
    plan::LENGTH,
    truth::{CANARY, Kind, Occurrence},
};

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
        ] {
            self.endings.retain(|(_, is)| *is != ending);
            self.end(ending)?;
        }
        let end = self.now() + GOOD_END;
        while self.now() < end {
            self.do_what_is_due(Duration::seconds(i64::from(LENGTH)))
                .await?;
            self.tick().await?;
        }
        let Some(client) = &self.client else {
            return Err(Broken {
                invariant: "I4",
                what: "the client is down in the end".to_owned(),
            });
        };
        let have = client.agenda();
        let want = self.window();
        if have != want {
            let more: Vec<_> = have.difference(&want).collect();
            let less: Vec<_> = want.difference(&have).collect();
            return Err(Broken {
                invariant: "I4",
                what: format!("too much: {more:?}, missing: {less:?}"),
            });
        }
        client.stop().await;
        self.sound()?;
        if self.around.disk.holds(CANARY.as_bytes()) {
            return Err(Broken {
                invariant: "I8",
                what: "something private rests on the disk in the clear".to_owned(),
            });
        }
        Ok(())
    }

    fn window(&self) -> BTreeSet<String> {
        let zone = self.around.host.zone();
        let window = Window::around(self.around.host.wall(), zone);
        let shown = |occurrence: &&Occurrence| {
            occurrence.start < window.end && occurrence.end > window.start
        };
        self.truth
            .occurrences()
            .iter()
            .filter(shown)
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
                    Kind::Call | Kind::Reminded | Kind::Quiet => (occurrence.start, occurrence.end),
                };
                format!(
                    "{} {start} {end} {}",
                    occurrence.title(),
                    occurrence.cancelled
                )
            })
            .collect()
    }
}
