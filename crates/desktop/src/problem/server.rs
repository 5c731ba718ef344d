//! A server in trouble, or one that was not found, in words.

use engine::{ServiceFailure, exchange::NotFound};

use crate::{
    account::{Account, Source, Way},
    words::Words,
};

/// Whose account at which server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seat {
    /// Where its meetings are read.
    pub source: Source,
    /// Host of the server.
    pub host: String,
    /// User name.
    pub user: String,
    /// What the user is asked for when they are not let in.
    pub way: Way,
}

impl From<&Account> for Seat {
    fn from(account: &Account) -> Self {
        Self {
            host: account.host(),
            user: account.user.clone(),
            source: account.source,
            way: account.sign_in.way(),
        }
    }
}

/// What is wrong with a server, or the way to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ServerTrouble {
    /// It refuses the credentials.
    Credentials,
    /// There is no Kerberos ticket that it takes.
    NoTicket,
    /// It offers no way to sign in that the account allows.
    NoCommonScheme,
    /// Its certificate is not trusted.
    Certificate,
    /// The file with the own authority cannot be used.
    Authority,
    /// It cannot be reached.
    Unreachable,
    /// It does not speak EWS at this address.
    NotEws,
    /// It is Exchange Online, or an Exchange too old.
    Unsupported,
    /// It fails, or its answer makes no sense.
    Failing,
    /// It asks to be left alone.
    Throttled,
    /// It lets the user in and has no mailbox for them, or is moving it.
    Elsewhere,
    /// It lets the user in and refuses the calendar.
    Refused,
    /// It is a hybrid service, and something is wrong that only one can have.
    Service(ServiceFailure),
}

impl ServerTrouble {
    pub(super) fn key(self, seat: &Seat) -> &'static str {
        match (self, seat.source, seat.way) {
            (Self::Credentials, Source::Service, _) => return "problem-device-unknown",
            (Self::Refused, Source::Service, _) => return "problem-device-refused",
            (Self::Credentials, Source::Exchange, Way::Ticket) => return "problem-no-ticket",
            _ => {}
        }
        match self {
            Self::Credentials => "problem-credentials",
            Self::NoTicket => "problem-no-ticket",
            Self::NoCommonScheme => "problem-no-common-scheme",
            Self::Certificate => "problem-certificate",
            Self::Authority => "problem-authority",
            Self::Unreachable => "problem-unreachable",
            Self::NotEws => "problem-not-ews",
            Self::Unsupported => "problem-unsupported",
            Self::Failing => "problem-failing",
            Self::Throttled => "problem-throttled",
            Self::Elsewhere => "problem-elsewhere",
            Self::Refused => "problem-refused",
            Self::Service(ServiceFailure::Untrue) => "problem-service-untrue",
            Self::Service(ServiceFailure::Stale) => "problem-service-stale",
            Self::Service(ServiceFailure::Empty) => "problem-service-empty",
            Self::Service(ServiceFailure::KeysAway) => "problem-service-keys",
            Self::Service(ServiceFailure::Clock) => "problem-service-clock",
        }
    }
}

pub(super) fn of_seat(words: &Words, key: &str, seat: &Seat) -> String {
    words.with(
        key,
        [
            ("host", seat.host.as_str().into()),
            ("user", seat.user.as_str().into()),
        ],
    )
}

pub(crate) fn not_found_text(not_found: &NotFound, words: &Words) -> String {
    match not_found {
        NotFound::Address(_) => words.text("problem-mail-address"),
        // The way is a CA file or a proxy; the engine says which.
        NotFound::Way(error) => error.to_string(),
        NotFound::Nobody { domain, .. } => words.with(
            "problem-server-not-found",
            [("domain", domain.as_str().into())],
        ),
        NotFound::Foreign { domain, host } => {
            of_domain(words, "problem-server-foreign", domain, host)
        }
        NotFound::ExchangeOnline { domain, host } => {
            of_domain(words, "problem-server-online", domain, host)
        }
        NotFound::SignIn { host } => {
            words.with("problem-search-refused", [("host", host.as_str().into())])
        }
        NotFound::NoMailbox { host } => words.with(
            "problem-search-no-mailbox",
            [("host", host.as_str().into())],
        ),
    }
}

fn of_domain(words: &Words, key: &str, domain: &str, host: &str) -> String {
    words.with(key, [("domain", domain.into()), ("host", host.into())])
}
