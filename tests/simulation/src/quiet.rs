//! I6: while the server wants quiet, nothing is asked of it; and no account
//! is locked by trying a refused password again and again (SR-25).

use std::collections::BTreeMap;

use chrono::{DateTime, Duration, Utc};
use exchange_sim::{Simulator, server::record::Recorded};

use crate::oracle::Broken;

/// Watches the requests.
#[derive(Debug, Default)]
pub struct Quiet {
    /// By mailbox: a server counts for each account apart.
    wanted: BTreeMap<String, Wanted>,
    /// When was looked last.
    looked: Option<DateTime<Utc>>,
    /// When the process that runs was not there yet. What was told before, it
    /// has not heard.
    before: Option<DateTime<Utc>>,
    written: Written,
    /// Refused sign-ins since one was not, or the user had a say.
    refused: usize,
    /// All refused sign-ins.
    refused_ever: usize,
    /// By how much the server's clock is ahead.
    ahead: Duration,
}

/// What was written into items.
#[derive(Debug, Clone, Copy, Default)]
pub struct Written {
    /// Changes that the server took.
    pub done: usize,
    /// Changes that the server refused, as somebody else had made one.
    pub refused: usize,
    /// Changes of which somebody would get mail.
    pub mailing: usize,
}

/// When a server wants quiet from an account.
#[derive(Debug, Clone, Copy)]
struct Wanted {
    /// When the client had been told for certain.
    from: DateTime<Utc>,
    until: DateTime<Utc>,
}

/// Whether a request had no body, and so nothing of an account.
fn is_empty(request: &Recorded) -> bool {
    let length = ("content-length".to_owned(), "0".to_owned());
    request.headers.contains(&length)
}

/// Directories lock accounts after a few more.
const REFUSED_MAX: usize = 3;

impl Quiet {
    /// Watches the requests to a server whose clock is ahead.
    pub fn of(ahead: Duration) -> Self {
        Self {
            ahead,
            ..Self::default()
        }
    }

    /// Looks at the requests since the last look.
    pub fn look(&mut self, simulator: &Simulator, now: DateTime<Utc>) -> Result<(), Broken> {
        let requests = simulator.requests();
        simulator.forget_requests();
        let since = self.looked.replace(now).unwrap_or(now);
        for request in &requests {
            let at = request.arrived - self.ahead;
            let quiet = self.wanted.get(&request.mailbox);
            if let Some(quiet) = quiet.filter(|quiet| quiet.from <= at && at < quiet.until) {
                return Err(Broken {
                    invariant: "I6",
                    what: format!(
                        "{} was asked at {at} although the server wants quiet until {}",
                        request.operation, quiet.until
                    ),
                });
            }
        }
        for request in requests.iter().filter(|one| one.operation == "UpdateItem") {
            let taken = |answer: &String| answer.contains("NoError");
            self.written.done += usize::from(request.answers.iter().any(taken));
            let conflict = |answer: &String| answer.contains("ErrorIrresolvableConflict");
            self.written.refused += usize::from(request.answers.iter().any(conflict));
            let quietly = "SendMeetingInvitationsOrCancellations=\"SendToNone\"";
            self.written.mailing += usize::from(!request.request.contains(quietly));
        }
        let heard = |request: &&Recorded| {
            let at = request.arrived - self.ahead;
            self.before.is_none_or(|before| before < at)
        };
        for request in requests.iter().filter(heard) {
            match request.status {
                // Who asks what is offered has shown nothing.
                401 if is_empty(request) => {}
                401 => {
                    self.refused += 1;
                    self.refused_ever += 1;
                }
                _ => self.refused = 0,
            }
            if self.refused > REFUSED_MAX {
                return Err(Broken {
                    invariant: "SR-25",
                    what: format!("{} refused sign-ins in a row", self.refused),
                });
            }
            // It began after the last look at the earliest, and with the
            // request where that is later.
            let since = since.max(request.arrived - self.ahead);
            let asked = request.answers.iter().find_map(|answer| wanted(answer));
            let after = request.retry_after.as_deref();
            let after = after.and_then(|text| retry_after(text, since + self.ahead));
            if let Some(quiet) = asked.or(after) {
                let until = since + quiet;
                self.wanted
                    .entry(request.mailbox.clone())
                    .and_modify(|wanted| wanted.until = wanted.until.max(until))
                    .or_insert(Wanted { from: now, until });
            }
        }
        // What comes in the next five seconds may have been sent before.
        self.wanted.retain(|_, wanted| since < wanted.until);
        Ok(())
    }

    /// Sign-ins that were refused so far.
    pub fn all_refused(&self) -> usize {
        self.refused_ever
    }

    /// What was written into items so far (I7).
    pub fn written(&self) -> Written {
        self.written
    }

    /// The user asked to try again.
    pub fn ask_again(&mut self) {
        self.refused = 0;
    }

    /// Two programs ask for the same mailbox: neither knows what the server
    /// has told the other.
    pub fn forget_wanted(&mut self) {
        self.wanted.clear();
    }

    /// The process is gone, and the next one knows nothing of what the server
    /// wanted.
    pub fn forget(&mut self, now: DateTime<Utc>) {
        *self = Self {
            looked: self.looked,
            before: Some(now),
            written: self.written,
            refused_ever: self.refused_ever,
            ahead: self.ahead,
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

/// For how long `Retry-After` asks for quiet: seconds, or a moment by the
/// server's clock (RFC 9110 §10.2.3).
fn retry_after(text: &str, now: DateTime<Utc>) -> Option<Duration> {
    if let Ok(seconds) = text.parse() {
        return Duration::try_seconds(seconds);
    }
    let until = DateTime::parse_from_rfc2822(text).ok()?.to_utc();
    Some(until - now).filter(|left| *left > Duration::zero())
}
