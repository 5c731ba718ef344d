//! I6: while the server wants quiet, nothing is asked of it; and no account
//! is locked by trying a refused password again and again (SR-25).

use chrono::{DateTime, Duration, Utc};
use exchange_sim::Simulator;

use crate::oracle::Broken;

/// Watches the requests.
#[derive(Debug, Default)]
pub struct Quiet {
    from: Option<DateTime<Utc>>,
    until: Option<DateTime<Utc>>,
    /// When was looked last.
    looked: Option<DateTime<Utc>>,
    /// Refused sign-ins since the user had a say.
    refused: usize,
}

/// Directories lock accounts after a few more.
const REFUSED_MAX: usize = 3;

impl Quiet {
    /// Looks at the requests since the last look.
    pub fn look(&mut self, simulator: &Simulator, now: DateTime<Utc>) -> Result<(), Broken> {
        let requests = simulator.requests();
        simulator.forget_requests();
        let since = self.looked.replace(now).unwrap_or(now);
        // Only a stretch that lies wholly in the quiet tells.
        let quiet = self.from.is_some_and(|from| from <= since)
            && self.until.is_some_and(|until| now < until);
        if quiet && let Some(request) = requests.first() {
            return Err(Broken {
                invariant: "I6",
                what: format!(
                    "{} was asked at {now} although the server wants quiet until {:?}",
                    request.operation, self.until
                ),
            });
        }
        for request in &requests {
            match request.status {
                401 => self.refused += 1,
                _ => self.refused = 0,
            }
            if self.refused > REFUSED_MAX {
                return Err(Broken {
                    invariant: "SR-25",
                    what: format!("{} refused sign-ins in a row", self.refused),
                });
            }
            let asked = request.answers.iter().find_map(|answer| wanted(answer));
            if let Some(quiet) = asked {
                // It began after the last look at the earliest.
                let until = since + quiet;
                self.from = Some(now);
                self.until = self.until.max(Some(until));
            }
        }
        Ok(())
    }

    /// The user asked to try again.
    pub fn ask_again(&mut self) {
        self.refused = 0;
    }

    /// A new process knows nothing of what the server wanted.
    pub fn forget(&mut self) {
        *self = Self {
            looked: self.looked,
            ..Self::default()
        };
    }
}

/// For how long an answer asks for quiet.
fn wanted(answer: &str) -> Option<Duration> {
    let (_, rest) = answer.split_once("BackOffMilliseconds\">")?;
    let (number, _) = rest.split_once('<')?;
    Some(Duration::milliseconds(number.parse().ok()?))
}
