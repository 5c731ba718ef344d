//! What must be so at any time.

use chrono::{DateTime, Duration, Utc};
use engine::skew::DIFFER;
use exchange_sim::Personality;

use super::Run;
use crate::oracle::Broken;

/// A drift goes on between two pulls, and answers take a while.
const ROUGHLY: Duration = Duration::seconds(10);

impl Run<'_> {
    /// I7: join details are written once, and nobody gets mail.
    pub(super) fn join_details(&self, end: Option<DateTime<Utc>>) -> Result<(), Broken> {
        let broken = |what| Broken {
            invariant: "I7",
            what,
        };
        let written = self.quiet.written();
        if written.mailing > 0 || written.done > self.truth.keywords() {
            let asked = self.truth.keywords();
            return Err(broken(format!("{written:?} for {asked} keywords")));
        }
        self.simulator
            .world(|world| self.truth.join_details(world, end))
            .map_err(broken)
    }

    /// I8: nothing private rests on the disk in the clear.
    pub(super) fn nothing_leaks(&self) -> Result<(), Broken> {
        let (disk, leak) = (&self.around.disk, &self.leak);
        if disk.holds(leak) || self.around.folder_holds(leak) {
            return Err(Broken {
                invariant: "I8",
                what: "something private rests on the disk in the clear".to_owned(),
            });
        }
        Ok(())
    }

    /// F06: nothing rings by the server's clock, and the user is told where it
    /// is another one; `in_the_end` for certain.
    pub(super) fn clocks_are_told(&self, in_the_end: bool) -> Result<(), Broken> {
        let Some(client) = &self.client else {
            return Ok(());
        };
        let told = client.tells_of_clocks();
        let server = self.now() + Duration::minutes(i64::from(self.plan.skew));
        let apart = (server - self.around.host.wall()).abs();
        // grommunio does not tell what time it has.
        let tells = self.plan.personality == Personality::ExchangeSe;
        let wrong = if told {
            !tells || self.plan.has_one_time() || in_the_end && apart < DIFFER - ROUGHLY
        } else {
            tells && in_the_end && apart > DIFFER + ROUGHLY
        };
        if wrong {
            return Err(Broken {
                invariant: "F06",
                what: format!("clocks are {apart} apart, told: {told}"),
            });
        }
        Ok(())
    }

    /// I9 and I11, as far as they can be seen at any time.
    pub(super) fn sound(&self) -> Result<(), Broken> {
        let disk = &self.around.disk;
        let faults = disk.crypto_faults();
        if faults > 0 {
            return Err(Broken {
                invariant: "I9",
                what: format!("{faults} nonces were used twice or blobs are none"),
            });
        }
        // Every meeting, its text, its reminder, what is sent, and the heads.
        // In the end it is looked at more closely.
        let most = 5 * self.oracle.cases() + 2 * self.truth.occurrences().len() + 16;
        if disk.blobs() > most {
            return Err(Broken {
                invariant: "I11",
                what: format!("{} blobs rest on the disk, {most} at most", disk.blobs()),
            });
        }
        Ok(())
    }
}
