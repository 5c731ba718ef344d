//! What the connector counts, and how it fares: numbers only.

use std::{
    fmt::Write as _,
    sync::atomic::{AtomicU64, Ordering},
};

macro_rules! measures {
    ($($name:ident $kind:literal $help:literal;)*) => {
        /// Counters, and gauges as of the last look.
        #[derive(Debug, Default)]
        pub struct Measures {
            $(#[doc = $help] pub $name: AtomicU64,)*
        }

        impl Measures {
            /// The text format of Prometheus, version 0.0.4.
            pub fn text(&self) -> String {
                let mut text = String::new();
                $({
                    let name = concat!("joinbell_connector_", stringify!($name));
                    // A String takes everything.
                    let _ = writeln!(
                        text,
                        "# HELP {name} {}\n# TYPE {name} {}\n{name} {}",
                        $help, $kind, self.$name.load(Ordering::Relaxed)
                    );
                })*
                text
            }
        }
    };
}

measures! {
    mailboxes "gauge" "Mailboxes of the list.";
    in_step "gauge" "Mailboxes whose last visit succeeded.";
    set_aside "gauge" "Mailboxes that the account may not act for, or that do not exist.";
    listening "gauge" "Mailboxes with a subscription on an open stream.";
    streams "gauge" "Open streams.";
    owed "gauge" "Mailboxes that wait for a visit; nothing of theirs is queued.";
    limit "gauge" "Requests at a time that are allowed now.";
    server_resting "gauge" "1 while Exchange is left alone.";
    store_resting "gauge" "1 while the store or its keys are away.";
    sign_in_refused "gauge" "1 when the account's sign-in is refused.";
    scope_is_wide "gauge" "1 when the account can act for a mailbox outside of its list.";
    scope_is_unknown "gauge" "1 while the end of the account's scope could not be looked at.";
    scope_is_unproven "gauge" "1 when no mailbox outside of the account's scope could be tried.";
    list_in_doubt "gauge" "1 while a list or group that has lost more than half is not taken.";
    revocations_owed "gauge" "Revoked devices of which the service or the key service has not heard.";
    visits "counter" "Visits that ended, whatever came of them.";
    visits_failed "counter" "Visits that came to nothing.";
    meetings_put "counter" "Meetings that were sealed as new or changed.";
    meetings_gone "counter" "Meetings that were taken out.";
    join_details "counter" "Meetings that join details were written into.";
    oof_asked "counter" "Questions about out-of-office settings.";
    oof_changed "counter" "Out-of-office settings that were sealed anew.";
    subscribed "counter" "Subscriptions made.";
    streams_lost "counter" "Streams that ended in another way than streams do.";
    subscriptions_lost "counter" "Subscriptions that the server did not know any more.";
    deaf_streams "counter" "Streams that told nothing while calendars changed.";
    letters "counter" "Letters of clients that were answered.";
    codes_refused "counter" "Codes that were not given, because their mailbox had had enough of them.";
    discoveries "counter" "Searches for a mailbox's server.";
}

/// Adds to a counter.
pub(crate) fn add(counter: &AtomicU64, number: usize) {
    counter.fetch_add(number as u64, Ordering::Relaxed);
}

/// Sets a gauge.
pub(crate) fn set(gauge: &AtomicU64, number: usize) {
    gauge.store(number as u64, Ordering::Relaxed);
}

/// Whether a gauge is set.
pub(crate) fn is(gauge: &AtomicU64) -> bool {
    gauge.load(Ordering::Relaxed) > 0
}

/// How the connector fares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Health {
    /// Everything runs.
    Good,
    /// It runs, and not for every mailbox.
    Partly,
    /// Nothing gets on.
    Failing,
}

impl Measures {
    /// How the connector fares now.
    pub fn health(&self) -> Health {
        let all = self.mailboxes.load(Ordering::Relaxed);
        if is(&self.sign_in_refused) || is(&self.server_resting) || is(&self.store_resting) {
            Health::Failing
        } else if self.in_step.load(Ordering::Relaxed) < all
            || is(&self.scope_is_wide)
            || is(&self.scope_is_unknown)
            || is(&self.list_in_doubt)
            || is(&self.revocations_owed)
        {
            Health::Partly
        } else {
            Health::Good
        }
    }

    /// The answer to `/health`.
    pub fn health_text(&self) -> String {
        let word = match self.health() {
            Health::Good => "good",
            Health::Partly => "partly",
            Health::Failing => "failing",
        };
        let number = |gauge: &AtomicU64| gauge.load(Ordering::Relaxed);
        serde_json::json!({
            "health": word,
            "mailboxes": number(&self.mailboxes),
            "in_step": number(&self.in_step),
            "set_aside": number(&self.set_aside),
            "listening": number(&self.listening),
            "owed": number(&self.owed),
            "server_resting": is(&self.server_resting),
            "store_resting": is(&self.store_resting),
            "sign_in_refused": is(&self.sign_in_refused),
            "scope_is_wide": is(&self.scope_is_wide),
            "scope_is_unknown": is(&self.scope_is_unknown),
            "revocations_owed": number(&self.revocations_owed),
        })
        .to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn health_is_good_only_when_every_mailbox_is_in_step() {
        let measures = Measures::default();
        set(&measures.mailboxes, 2);
        assert_eq!(measures.health(), Health::Partly);
        set(&measures.in_step, 2);
        assert_eq!(measures.health(), Health::Good);
        set(&measures.store_resting, 1);
        assert_eq!(measures.health(), Health::Failing);
    }

    #[test]
    fn measures_are_in_the_form_that_prometheus_reads() {
        let measures = Measures::default();
        add(&measures.visits, 3);
        let text = measures.text();
        let lines = "# TYPE joinbell_connector_visits counter\njoinbell_connector_visits 3\n";
        assert!(text.contains(lines), "{text}");
        assert!(
            text.lines()
                .all(|line| line.starts_with("# ") || line.split(' ').count() == 2)
        );
    }
}
