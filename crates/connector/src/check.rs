//! `--check`, and the look at the account's scope at each start (SR-46).

use std::fmt::{self, Write as _};

use calendar::join::Services;
use engine::{
    Failure, FailureKind,
    exchange::{Access, NotFound, ServiceAccount, impersonation},
};
use futures_util::{StreamExt as _, stream};
use vault::sensitive::Sensitive;

use crate::{
    cabinet::Cabinet,
    hub::account,
    list::Entry,
    settings::{Settings, WideScope},
};

/// Mailboxes that are looked at at a time.
const AT_A_TIME: usize = 8;
/// Lines that are named for one reason.
const NAMED: usize = 20;

/// Whether the account can act where it must not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// It was refused for all mailboxes that the settings name as outside.
    Ends,
    /// It can act for so many of them.
    Wide(usize),
    /// Nothing proves either: none is named, or those do not exist.
    Unproven,
    /// It could not be asked.
    Unknown(Failure),
}

/// What came of a check.
#[derive(Debug, Default)]
pub struct Findings {
    /// Sentences about what is in order.
    pub good: Vec<String>,
    /// Sentences about what is to be looked at.
    pub warnings: Vec<String>,
    /// Sentences about what does not work.
    pub faults: Vec<String>,
}

impl fmt::Display for Findings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kinds = [
            ("ok      ", &self.good),
            ("WARNING ", &self.warnings),
            ("FAULT   ", &self.faults),
        ];
        for (mark, sentences) in kinds {
            for sentence in sentences {
                writeln!(f, "{mark}{sentence}")?;
            }
        }
        Ok(())
    }
}

/// Looks at everything that a run needs: the server, the account, each listed
/// mailbox, and the end of the scope.
pub async fn check(settings: &Settings, secret: &Sensitive<String>, entries: &[Entry]) -> Findings {
    let mut findings = Findings::default();
    let number = entries.len();
    findings.good.push(format!(
        "The settings and the list of {number} mailboxes are read."
    ));
    if let Some(server) = &settings.exchange.server {
        let reached = match at(settings, secret, server) {
            Ok(account) => account.reach().await,
            Err(failure) => Err(failure),
        };
        match reached {
            Ok(()) => findings
                .good
                .push("The server lets the account in.".to_owned()),
            Err(failure) => {
                findings.faults.push(failure.sentence);
                return findings;
            }
        }
    }
    let mut lines = Lines::default();
    // The first one alone: where the password is refused, it is not shown for
    // the others as well.
    let (first, others) = entries.split_at(entries.len().min(1));
    for part in [first, others] {
        let mut each = stream::iter(part)
            .map(async |entry| (entry.line, access(settings, secret, &entry.address).await))
            .buffered(AT_A_TIME);
        while let Some((line, seen)) = each.next().await {
            if let Some(failure) = seen.refusal() {
                findings.faults.push(failure.sentence.clone());
                return findings;
            }
            lines.note(line, seen);
        }
    }
    lines.tell(&mut findings);
    match scope(settings, secret).await {
        Scope::Ends => findings
            .good
            .push("The account is refused outside of its scope.".to_owned()),
        Scope::Wide(number) => findings.warnings.push(wide(number)),
        Scope::Unproven if must_be_tried(settings) => {
            findings.faults.push(UNTRIED.to_owned());
        }
        Scope::Unproven => findings.warnings.push(
            "Nothing proves that the account's scope has an end: name a mailbox outside of it \
             as [mailboxes] outside."
                .to_owned(),
        ),
        Scope::Unknown(failure) => findings.faults.push(format!(
            "The end of the account's scope could not be looked at: {}",
            failure.sentence
        )),
    }
    findings
}

/// Looks whether the hybrid service and its key service know the connector:
/// what is the organization's own is asked of both, as at each start.
pub(crate) async fn service(cabinet: &dyn Cabinet, findings: &mut Findings) {
    let read = async { cabinet.colleagues().await?.load().await };
    match read.await {
        Ok(_) => findings
            .good
            .push("The hybrid service and the key service let the connector in.".to_owned()),
        Err(error) => findings.faults.push(error.to_string()),
    }
}

/// Whether the settings name somebody outside of the scope, and do not say to
/// go on whatever comes of that.
pub(crate) fn must_be_tried(settings: &Settings) -> bool {
    let mailboxes = &settings.mailboxes;
    !mailboxes.outside.is_empty() && mailboxes.wide_scope == WideScope::Refuse
}

/// The sentence about an end of the scope that was to be looked at and cannot.
pub const UNTRIED: &str = "None of the mailboxes that are named as outside of the account's scope is there, so that \
     nothing proves that the scope has an end: name one that is, as [mailboxes] outside.";

/// The sentence about a scope that is too wide.
pub fn wide(number: usize) -> String {
    format!(
        "The account can act for {number} mailboxes that are named as outside of its scope: give \
         its role a scope (New-ManagementScope, New-ManagementRoleAssignment \
         -CustomRecipientWriteScope)."
    )
}

/// Asks for each mailbox that is named as outside, whether the account can
/// act for it.
pub async fn scope(settings: &Settings, secret: &Sensitive<String>) -> Scope {
    let (mut refused, mut granted) = (0, 0);
    for address in &settings.mailboxes.outside {
        match access(settings, secret, address).await {
            Seen::Is(Access::Granted) => granted += 1,
            Seen::Is(Access::Denied) => refused += 1,
            // Somebody who does not exist proves nothing.
            Seen::Is(Access::NoMailbox) | Seen::NotFound => {}
            Seen::Unfound(failure) | Seen::Failed(failure) => return Scope::Unknown(failure),
        }
    }
    match (granted, refused) {
        (0, 0) => Scope::Unproven,
        (0, _) => Scope::Ends,
        (granted, _) => Scope::Wide(granted),
    }
}

/// What is seen of a mailbox.
enum Seen {
    Is(Access),
    /// There can be no server.
    NotFound,
    /// Autodiscover finds no server now.
    Unfound(Failure),
    Failed(Failure),
}

impl Seen {
    /// What the account was told that was not let in.
    fn refusal(&self) -> Option<&Failure> {
        match self {
            Self::Unfound(failure) | Self::Failed(failure) => {
                Some(failure).filter(|one| one.kind == FailureKind::Credentials)
            }
            Self::Is(_) | Self::NotFound => None,
        }
    }
}

async fn access(settings: &Settings, secret: &Sensitive<String>, address: &str) -> Seen {
    let server = if let Some(server) = &settings.exchange.server {
        server.clone()
    } else {
        let account = account(settings, secret);
        let confirmed = &settings.exchange.confirmed;
        match impersonation::find_place(address, &account, confirmed).await {
            Ok(place) => place.url.to_string(),
            Err(
                NotFound::Address(_) | NotFound::ExchangeOnline { .. } | NotFound::NoMailbox { .. },
            ) => return Seen::NotFound,
            // Whoever cannot be asked has not said that there is no mailbox.
            Err(not_found) => {
                let kind = match not_found {
                    NotFound::SignIn { .. } => FailureKind::Credentials,
                    _ => FailureKind::Unreachable,
                };
                return Seen::Unfound(Failure {
                    kind,
                    sentence: not_found.to_string(),
                });
            }
        }
    };
    let account = match at(settings, secret, &server) {
        Ok(account) => account,
        Err(failure) => return Seen::Failed(failure),
    };
    match account.access(address).await {
        Ok(access) => Seen::Is(access),
        Err(failure) => Seen::Failed(failure),
    }
}

pub(crate) fn at(
    settings: &Settings,
    secret: &Sensitive<String>,
    server: &str,
) -> Result<ServiceAccount, Failure> {
    let mut account = account(settings, secret);
    server.clone_into(&mut account.server);
    ServiceAccount::new(&account, Services::default())
}

/// Lines of the list by what is seen of their mailboxes.
#[derive(Default)]
struct Lines {
    granted: usize,
    denied: Vec<u32>,
    missing: Vec<u32>,
    not_found: Vec<u32>,
    failed: Vec<u32>,
    failure: Option<Failure>,
}

impl Lines {
    fn note(&mut self, line: u32, seen: Seen) {
        match seen {
            Seen::Is(Access::Granted) => self.granted += 1,
            Seen::Is(Access::Denied) => self.denied.push(line),
            Seen::Is(Access::NoMailbox) => self.missing.push(line),
            Seen::NotFound | Seen::Unfound(_) => self.not_found.push(line),
            Seen::Failed(failure) => {
                self.failed.push(line);
                self.failure = Some(failure);
            }
        }
    }

    fn tell(self, findings: &mut Findings) {
        if self.granted > 0 {
            let sentence = format!("The account can act for {} of them.", self.granted);
            findings.good.push(sentence);
        }
        for (lines, what) in [
            (&self.denied, "are outside of the account's scope"),
            (&self.missing, "have no mailbox on the server"),
            (&self.not_found, "have no server that Autodiscover finds"),
            (&self.failed, "could not be looked at"),
        ] {
            if !lines.is_empty() {
                findings.faults.push(format!("{} {what}.", named(lines)));
            }
        }
        findings
            .faults
            .extend(self.failure.map(|failure| failure.sentence));
    }
}

fn named(lines: &[u32]) -> String {
    let mut text = format!("{} mailboxes of the list (lines", lines.len());
    for (at, line) in lines.iter().take(NAMED).enumerate() {
        let comma = if at == 0 { " " } else { ", " };
        // A String takes everything.
        let _ = write!(text, "{comma}{line}");
    }
    text + if lines.len() > NAMED {
        " and more)"
    } else {
        ")"
    }
}
