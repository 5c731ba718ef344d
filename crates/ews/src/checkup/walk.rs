//! Takes the steps and keeps the evidence.

use chrono::{DateTime, Duration as Days, Utc};
use tokio::time::{Instant, timeout};

use super::{
    By, Cause, Evidence, Heartbeat, Patient, Report, SignedIn, Step, StepKind, Went, cause,
};
use crate::{
    Error,
    autodiscover::{Discovery, Heard, NotFound, Protocol, Saying, Way, find_as, question_of},
    item::Smtp,
    operation::{
        AttendeeType, ConvertId, GetCalendarFolder, GetStreamingEvents, GetUserAvailability,
        GetUserOofSettings, Notice, Subscribe, SubscriptionId, Unsubscribe,
    },
    soap,
    transport::{Client, Credentials, Endpoint, Knocked, Options, Posted, knock, server_domain},
};

/// Passwords that may be refused in one checkup: directories lock accounts.
const REFUSALS_MAX: usize = 3;

/// Walks from the address to a heartbeat. `told` hears of each step as soon as
/// it is over; what cannot be reached after a failure is skipped.
pub async fn examine(
    patient: &Patient,
    way: &Way,
    now: DateTime<Utc>,
    told: &mut (dyn FnMut(&Step) + Send + Sync),
) -> Report {
    let mut walk = Walk {
        patient,
        address: patient.address.clone(),
        way,
        told,
        steps: Vec::new(),
        refusals: 0,
        evidence: Evidence {
            user: patient.user.clone(),
            by: By::of(&patient.credentials),
            ..Evidence::default()
        },
    };
    let endpoint = walk.discovery().await;
    if let Some(endpoint) = &endpoint {
        walk.from(endpoint, now).await;
    }
    walk.skip_the_rest();
    Report {
        cause: cause(&walk.evidence),
        steps: walk.steps,
        server: endpoint.map(|endpoint| endpoint.url().clone()),
        evidence: walk.evidence,
    }
}

/// The one step that needs no account, by itself: whether the server at an
/// address is there and trusted, who vouches for it and what it offers.
pub async fn greet(server: &str, way: &Way) -> Report {
    let mut evidence = Evidence::default();
    let (steps, server) = match Endpoint::new(server, way.ca_file.clone()) {
        Ok(endpoint) => {
            let step = connect(&endpoint, way, &mut evidence).await;
            (vec![step], Some(endpoint.url().clone()))
        }
        Err(error) => {
            evidence.discovery = Some(Err(NotFound::Way(error)));
            (Vec::new(), None)
        }
    };
    Report {
        cause: cause(&evidence),
        steps,
        server,
        evidence,
    }
}

/// Knocks, and keeps what was seen.
async fn connect(endpoint: &Endpoint, way: &Way, evidence: &mut Evidence) -> Step {
    let begun = Instant::now();
    let knocked = knock(endpoint, way.dial.as_ref()).await;
    let detail = match &knocked {
        Ok(knocked) => said(knocked),
        Err(error) => error.to_string(),
    };
    evidence.connection = Some(knocked.clone());
    let well = cause(evidence).is_none();
    Step {
        kind: StepKind::Connection,
        went: if well { Went::Well } else { Went::Badly },
        took: begun.elapsed(),
        detail,
        knocked: knocked.ok(),
    }
}

fn said(knocked: &Knocked) -> String {
    let mut said = format!("HTTP {}", knocked.status);
    if !knocked.offers.is_empty() {
        said = format!("{said}; {}", knocked.offers.join(", "));
    }
    if let Some(certificate) = &knocked.certificate {
        let until = certificate.until.date_naive();
        said = format!(
            "{said}; certificate by {}, until {until}",
            certificate.issuer
        );
    }
    said
}

struct Walk<'a> {
    patient: &'a Patient,
    /// The mailbox's own address: a search may tell another than was given.
    address: String,
    way: &'a Way,
    told: &'a mut (dyn FnMut(&Step) + Send + Sync),
    steps: Vec<Step>,
    refusals: usize,
    evidence: Evidence,
}

impl Walk<'_> {
    fn tell(&mut self, kind: StepKind, went: Went, begun: Instant, detail: impl Into<String>) {
        self.tell_of(Step {
            kind,
            went,
            took: begun.elapsed(),
            detail: detail.into(),
            knocked: None,
        });
    }

    fn tell_of(&mut self, step: Step) {
        (self.told)(&step);
        self.steps.push(step);
    }

    fn skip_the_rest(&mut self) {
        for kind in StepKind::ALL {
            if self.steps.iter().all(|step| step.kind != kind) {
                self.tell(kind, Went::Skipped, Instant::now(), "");
            }
        }
    }

    fn credentials(&self) -> Credentials {
        self.patient.credentials.clone()
    }

    fn options(&self) -> Options {
        Options {
            dial: self.way.dial.clone(),
            ..Options::default()
        }
    }

    async fn discovery(&mut self) -> Option<Endpoint> {
        let begun = Instant::now();
        let (outcome, detail, went) = if let Some(server) = &self.patient.server {
            let endpoint = Endpoint::new(server, self.way.ca_file.clone());
            let outcome = endpoint.map_err(NotFound::Way);
            (outcome, "the server was named".to_owned(), Went::Skipped)
        } else {
            let Discovery { heard, outcome } = self.search().await;
            let outcome = outcome.and_then(|found| {
                Endpoint::new(found.url.as_str(), self.way.ca_file.clone()).map_err(NotFound::Way)
            });
            let refused = |step: &&Heard| step.saying == Saying::SignInRefused;
            self.refusals = heard.iter().filter(refused).count();
            let steps: Vec<String> = heard.iter().map(ToString::to_string).collect();
            (outcome, steps.join("; "), Went::Well)
        };
        match outcome {
            Ok(endpoint) => {
                self.evidence.discovery = Some(Ok(()));
                self.tell(StepKind::Discovery, went, begun, detail);
                Some(endpoint)
            }
            Err(not_found) => {
                let detail = if detail.is_empty() {
                    not_found.to_string()
                } else {
                    format!("{detail}; {not_found}")
                };
                self.evidence.discovery = Some(Err(not_found));
                self.tell(StepKind::Discovery, Went::Badly, begun, detail);
                None
            }
        }
    }

    /// Without the password first; with it where that finds nobody.
    async fn search(&mut self) -> Discovery {
        let discovery = find_as(&self.patient.address, &self.credentials(), self.way).await;
        if let Ok(found) = &discovery.outcome {
            self.address.clone_from(&found.address);
            let signed_in = matches!(found.protocol, Protocol::Soap | Protocol::Pox);
            self.evidence.autodiscover_lets_in = signed_in.then_some(true);
        }
        discovery
    }

    async fn from(&mut self, endpoint: &Endpoint, now: DateTime<Utc>) {
        if !self.connection(endpoint).await {
            return;
        }
        let client = Client::new(endpoint.clone(), self.credentials(), self.options());
        let Ok(client) = client else { return };
        if !self.sign_in(endpoint, &client).await {
            return;
        }
        let mailbox = Smtp(self.address.clone());
        let ask = ConvertId {
            mailbox: mailbox.clone(),
        };
        let begun = Instant::now();
        let outcome = client.call(&ask).await;
        self.evidence.convert_id = Some(self.step(StepKind::ConvertId, begun, outcome));

        let begun = Instant::now();
        let outcome = client.call(&GetCalendarFolder).await.map(|_| ());
        let outcome = self.step(StepKind::Calendar, begun, outcome);
        self.evidence.folder = Some(outcome);
        if cause(&self.evidence) == Some(Cause::NoMailbox) {
            return;
        }

        let begun = Instant::now();
        let outcome = availability(&client, mailbox.clone(), now).await;
        self.evidence.availability = Some(self.step(StepKind::Availability, begun, outcome));

        let begun = Instant::now();
        let outcome = client.call(&GetUserOofSettings { mailbox }).await;
        let outcome = outcome.map(|_| ());
        self.evidence.oof = Some(self.step(StepKind::OutOfOffice, begun, outcome));

        self.streaming(&client).await;
    }

    fn step(
        &mut self,
        kind: StepKind,
        begun: Instant,
        outcome: Result<(), Error>,
    ) -> Result<(), Error> {
        match &outcome {
            Ok(()) => self.tell(kind, Went::Well, begun, ""),
            Err(error) => self.tell(kind, Went::Badly, begun, error.to_string()),
        }
        outcome
    }

    async fn connection(&mut self, endpoint: &Endpoint) -> bool {
        let step = connect(endpoint, self.way, &mut self.evidence).await;
        let well = step.went == Went::Well;
        self.tell_of(step);
        well
    }

    async fn sign_in(&mut self, endpoint: &Endpoint, client: &Client) -> bool {
        let begun = Instant::now();
        let ask = ConvertId {
            mailbox: Smtp(self.address.clone()),
        };
        let posted = client.post(&soap::request(&ask, None)).await;
        let (signed_in, mut detail) = signed_in(posted);
        if signed_in == SignedIn::Refused {
            self.refusals += 1;
            self.second_opinion(endpoint).await;
            if let Some(lets_in) = self.evidence.autodiscover_lets_in {
                let word = if lets_in { "accepts" } else { "refuses" };
                detail = format!("{detail}; Autodiscover {word} the same password");
            }
        }
        self.evidence.sign_in = Some(signed_in);
        let well = cause(&self.evidence).is_none();
        let went = if well { Went::Well } else { Went::Badly };
        self.tell(StepKind::SignIn, went, begun, detail);
        well
    }

    /// Asks the Autodiscover service of the same host, and which domain the
    /// server is in.
    async fn second_opinion(&mut self, endpoint: &Endpoint) {
        self.evidence.domain = server_domain(endpoint, self.way.dial.as_ref()).await;
        let known = self.evidence.autodiscover_lets_in.is_some();
        let by_password = matches!(self.evidence.by, By::Password(_));
        if known || !by_password || self.refusals >= REFUSALS_MAX || !endpoint.is_tls() {
            return;
        }
        let (path, body) = question_of(&self.address);
        let mut url = endpoint.url().clone();
        url.set_path(path);
        let Ok(beside) = Endpoint::new(url.as_str(), self.way.ca_file.clone()) else {
            return;
        };
        let Ok(client) = Client::new(beside, self.credentials(), self.options()) else {
            return;
        };
        self.evidence.autodiscover_lets_in = match client.post(&body).await {
            Ok(Posted {
                tried: true,
                status,
                ..
            }) => Some(status != 401),
            Err(Error::Credentials { .. }) => Some(false),
            _ => None,
        };
    }

    async fn streaming(&mut self, client: &Client) {
        let begun = Instant::now();
        let outcome = match client.call(&Subscribe).await {
            Err(error) => Err(error),
            Ok(id) => {
                let outcome = self.heartbeat(client, &id).await;
                // The server forgets it by itself if this does not get there.
                let _forgotten = client.call(&Unsubscribe { id }).await;
                outcome
            }
        };
        let (went, detail) = match &outcome {
            Ok(Heartbeat::Came) => (Went::Well, String::new()),
            Ok(Heartbeat::Missing) => {
                let within = self.patient.heartbeat_within.as_secs();
                (
                    Went::Badly,
                    format!("the stream opened and was silent for {within} s"),
                )
            }
            Ok(Heartbeat::Ended) => (Went::Badly, "the stream ended at once".to_owned()),
            Err(error) => (Went::Badly, error.to_string()),
        };
        self.evidence.stream = Some(outcome);
        self.tell(StepKind::Streaming, went, begun, detail);
    }

    async fn heartbeat(&self, client: &Client, id: &SubscriptionId) -> Result<Heartbeat, Error> {
        let operation = GetStreamingEvents {
            ids: vec![id.clone()],
            minutes: 2,
        };
        let listening = async {
            let mut stream = client.stream(operation).await?;
            while let Some(notices) = stream.next().await? {
                if let Some(fault) = notices.fault {
                    return Err(Error::Refused {
                        host: client.host(),
                        operation: "GetStreamingEvents",
                        code: fault.code,
                    });
                }
                let alive = |notice: &Notice| matches!(notice, Notice::Heartbeat | Notice::Changed);
                if notices.notices.iter().any(alive) {
                    return Ok(Heartbeat::Came);
                }
            }
            Ok(Heartbeat::Ended)
        };
        match timeout(self.patient.heartbeat_within, listening).await {
            Ok(outcome) => outcome,
            Err(_) => Ok(Heartbeat::Missing),
        }
    }
}

fn signed_in(posted: Result<Posted, Error>) -> (SignedIn, String) {
    match posted {
        Ok(posted) => {
            let detail = format!("HTTP {}", posted.status);
            let signed_in = match posted.status {
                401 if posted.tried => SignedIn::Refused,
                401 => SignedIn::NoScheme,
                403 => SignedIn::Forbidden,
                _ => SignedIn::Accepted,
            };
            (signed_in, detail)
        }
        Err(error @ (Error::Credentials { .. } | Error::SignInNeeded { .. })) => {
            (SignedIn::Refused, error.to_string())
        }
        Err(error @ Error::NoCommonScheme { .. }) => (SignedIn::NoScheme, error.to_string()),
        Err(error) => (SignedIn::Failed(error.clone()), error.to_string()),
    }
}

/// The user's own time of one day.
async fn availability(client: &Client, mailbox: Smtp, now: DateTime<Utc>) -> Result<(), Error> {
    // A full slot.
    let start = now - Days::seconds(now.timestamp().rem_euclid(3600));
    let ask = GetUserAvailability {
        mailboxes: vec![(mailbox, AttendeeType::Organizer)],
        start,
        end: start + Days::days(1),
    };
    match client.call(&ask).await?.into_iter().next() {
        Some(Err(error)) => Err(Error::Refused {
            host: client.host(),
            operation: "GetUserAvailability",
            code: error.code,
        }),
        _ => Ok(()),
    }
}
