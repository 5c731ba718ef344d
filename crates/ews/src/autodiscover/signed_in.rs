//! The phase with credentials: SOAP, then plain XML, at hosts which the policy
//! let through.

use std::collections::VecDeque;

use super::{
    Heard, Saying, Way, anonymous,
    policy::Trusted,
    pox,
    said::{Said, Settings},
    soap,
    trail::{Protocol, Trail},
};
use crate::{
    Error,
    transport::{Client, Credentials, Endpoint, Options, Posted},
};

/// Passwords that may be refused in one search: directories lock accounts.
const REFUSALS_MAX: usize = 3;

/// A question to one place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Question {
    pub(super) protocol: Protocol,
    pub(super) place: Trusted,
}

/// What came of a question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Outcome {
    Said(Said),
    /// The password was shown or proven, and refused.
    Refused,
    /// No connection, no answer in time, or no trust.
    Unreachable,
}

/// How it ended.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum End {
    /// Servers that may be used, best first.
    Servers(Vec<Trusted>, Option<String>),
    /// The search begins anew for this address.
    Address(String),
    /// Nobody knows.
    Nobody,
}

/// Decides whom to ask, without doing it.
#[derive(Debug)]
pub(super) struct Interview {
    address: String,
    queue: VecDeque<Question>,
    end: Option<End>,
    refusals: usize,
    /// Where the password was refused last.
    pub(super) refused_by: Option<String>,
    /// Who does not know the mailbox.
    pub(super) unknown_to: Option<String>,
}

impl Interview {
    pub(super) fn new(address: &str, hosts: &[Trusted], trail: &mut Trail) -> Self {
        let mut queue = VecDeque::new();
        for host in hosts {
            for (protocol, path) in [(Protocol::Soap, soap::PATH), (Protocol::Pox, pox::PATH)] {
                let place = anonymous::at(host, path, trail);
                queue.extend(place.map(|place| Question { protocol, place }));
            }
        }
        Self {
            address: address.to_owned(),
            queue,
            end: None,
            refusals: 0,
            refused_by: None,
            unknown_to: None,
        }
    }

    pub(super) fn next(&mut self, trail: &mut Trail) -> Option<Question> {
        if self.end.is_some() || self.refusals >= REFUSALS_MAX {
            return None;
        }
        while let Some(question) = self.queue.pop_front() {
            if trail.is_new(question.protocol, &question.place, &self.address) {
                return Some(question);
            }
        }
        None
    }

    pub(super) fn answered(&mut self, asked: &Question, outcome: Outcome, trail: &mut Trail) {
        match outcome {
            Outcome::Refused => {
                self.refusals += 1;
                self.refused_by = Some(asked.place.place().to_owned());
                self.leave(&asked.place);
            }
            Outcome::Unreachable => self.leave(&asked.place),
            Outcome::Said(Said::Settings(Settings { servers, grouping })) => {
                let own: Vec<_> = servers.iter().filter_map(|url| trail.admit(url)).collect();
                if !own.is_empty() {
                    self.end = Some(End::Servers(own, grouping));
                }
            }
            Outcome::Said(Said::RedirectAddress(address)) => {
                if trail.may_redirect() && trail.may_turn_to(&address) {
                    self.end = Some(End::Address(address));
                }
            }
            Outcome::Said(Said::RedirectUrl(url)) => {
                if let Some(place) = trail.admit(&url)
                    && trail.may_redirect()
                {
                    let protocol = protocol_of(&place, asked.protocol);
                    self.queue.push_front(Question { protocol, place });
                }
            }
            Outcome::Said(Said::NoMailbox) => {
                self.unknown_to = Some(asked.place.place().to_owned());
            }
            Outcome::Said(Said::Nothing) => {}
        }
    }

    /// Asks a host nothing more: its other protocol has the same doorkeeper.
    fn leave(&mut self, host: &Trusted) {
        self.queue
            .retain(|other| other.place.place() != host.place());
    }

    pub(super) fn end(self) -> End {
        self.end.unwrap_or(End::Nobody)
    }
}

/// A redirect may lead from one protocol to the other; the path says it.
fn protocol_of(place: &Trusted, before: Protocol) -> Protocol {
    let path = place.url().path().to_lowercase();
    match path.rsplit('.').next() {
        Some("svc") => Protocol::Soap,
        Some("xml") => Protocol::Pox,
        _ => before,
    }
}

/// Puts one question, on a connection of its own.
async fn ask(
    question: &Question,
    address: &str,
    credentials: &Credentials,
    way: &Way,
) -> Result<(Outcome, Saying), Error> {
    let url = question.place.url();
    let endpoint = Endpoint::new(url.as_str(), way.ca_file.clone())?;
    let options = Options {
        dial: way.dial.clone(),
        ..Options::default()
    };
    let client = Client::new(endpoint, credentials.clone(), options)?;
    let body = match question.protocol {
        Protocol::Soap => soap::request(address, url),
        Protocol::Pox | Protocol::V2 | Protocol::Srv => pox::request(address),
    };
    let posted = client.post(&body).await?;
    Ok(understood(question, &posted))
}

fn understood(question: &Question, posted: &Posted) -> (Outcome, Saying) {
    let status = posted.status;
    let nothing = (
        Outcome::Said(Said::Nothing),
        Saying::NothingOfUse { status },
    );
    match status {
        401 if posted.tried => (Outcome::Refused, Saying::SignInRefused),
        401 => {
            let offered = posted.offered.clone();
            (
                Outcome::Said(Said::Nothing),
                Saying::NoCommonScheme { offered },
            )
        }
        300..=399 => {
            let to = posted.location.as_deref();
            match to.and_then(|to| question.place.url().join(to.trim()).ok()) {
                Some(url) => (Outcome::Said(Said::RedirectUrl(url)), Saying::Redirected),
                None => nothing,
            }
        }
        _ => {
            let said = match question.protocol {
                Protocol::Soap => soap::read(&posted.body),
                Protocol::Pox | Protocol::V2 | Protocol::Srv => pox::read(&posted.body),
            };
            let saying = match &said {
                Said::Settings(_) => Saying::Named,
                Said::RedirectAddress(_) | Said::RedirectUrl(_) => Saying::Redirected,
                Said::NoMailbox => Saying::NoMailbox,
                Said::Nothing => return nothing,
            };
            (Outcome::Said(said), saying)
        }
    }
}

/// Asks until the settings are known or nobody is left.
pub(super) async fn interview(
    address: &str,
    hosts: &[Trusted],
    credentials: &Credentials,
    way: &Way,
    trail: &mut Trail,
    heard: &mut Vec<Heard>,
) -> Interview {
    let mut interview = Interview::new(address, hosts, trail);
    while let Some(question) = interview.next(trail) {
        let asked = ask(&question, address, credentials, way).await;
        let (outcome, saying) = asked.unwrap_or_else(|error| {
            let saying = match error {
                Error::Untrusted { reason, .. } => Saying::Untrusted { reason },
                Error::Credentials { .. } => return (Outcome::Refused, Saying::SignInRefused),
                _ => Saying::Unreachable,
            };
            (Outcome::Unreachable, saying)
        });
        heard.push(Heard::new(
            question.protocol,
            question.place.place(),
            saying,
        ));
        interview.answered(&question, outcome, trail);
    }
    interview
}
