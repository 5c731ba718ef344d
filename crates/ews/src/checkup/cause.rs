//! From the evidence to the likely cause: a function of values, so that each
//! row of its table can be tested.

use crate::{
    Class, Error,
    autodiscover::NotFound,
    transport::{Basic, Credentials, Knocked, ServerDomain},
};

/// What a user is proven by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// A password, and whether it may be sent.
    Password(Basic),
    /// The machine's ticket.
    Ticket,
    /// Tokens of a sign-in in the browser.
    Tokens,
}

impl By {
    pub(super) fn of(credentials: &Credentials) -> Self {
        match credentials {
            Credentials::Password { basic, .. } => Self::Password(*basic),
            Credentials::Ticket => Self::Ticket,
            Credentials::Tokens(_) => Self::Tokens,
        }
    }
}

impl Default for By {
    fn default() -> Self {
        Self::Password(Basic::Refused)
    }
}

/// What a checkup has seen. `None`: the walk did not get there.
#[derive(Debug, Clone, Default)]
pub struct Evidence {
    /// The user name as it was given.
    pub user: String,
    /// What the user is proven by.
    pub by: By,
    /// How the search for the server ended.
    pub discovery: Option<Result<(), NotFound>>,
    /// What the server said to an empty request.
    pub connection: Option<Result<Knocked, Error>>,
    /// How the sign-in to EWS went.
    pub sign_in: Option<SignedIn>,
    /// How the same password fared at the Autodiscover service beside it,
    /// where Extended Protection is off as a rule.
    pub autodiscover_lets_in: Option<bool>,
    /// The domain that the server names in its NTLM challenge.
    pub domain: Option<ServerDomain>,
    /// ConvertId.
    pub convert_id: Option<Result<(), Error>>,
    /// GetFolder for the calendar.
    pub folder: Option<Result<(), Error>>,
    /// GetUserAvailability for the user.
    pub availability: Option<Result<(), Error>>,
    /// GetUserOofSettings for the user.
    pub oof: Option<Result<(), Error>>,
    /// The stream of notifications.
    pub stream: Option<Result<Heartbeat, Error>>,
}

/// How a sign-in to EWS went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SignedIn {
    /// The server lets the user in.
    Accepted,
    /// The password was proven or shown, and refused.
    Refused,
    /// The server offers no way that the account allows.
    NoScheme,
    /// Whoever it is, the server forbids it (HTTP 403).
    Forbidden,
    /// It did not come to an answer.
    Failed(Error),
}

/// Whether a stream came to life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Heartbeat {
    /// A sign of life came.
    Came,
    /// The stream opened and brought nothing in the time given.
    Missing,
    /// The server ended it before.
    Ended,
}

/// The likely cause of the first thing that went wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Cause {
    /// The e-mail address is none.
    Address,
    /// The address of the server, or the CA file, cannot be used.
    Setup,
    /// Nobody names a server for the domain.
    NoServer,
    /// The server named is outside the domain and not confirmed.
    ForeignServer,
    /// The mailbox, or the server, is in Exchange Online.
    ExchangeOnline,
    /// No connection.
    Unreachable,
    /// The certificate is not trusted.
    Certificate,
    /// Something answers that is not EWS.
    NotEws,
    /// EWS is switched off or closed for this user or program.
    EwsBlocked,
    /// The server offers Basic alone, and the account does not allow it.
    BasicOnly,
    /// The server offers nothing that Joinbell knows.
    NoKnownScheme,
    /// TLS ends in front of a server that ties sign-ins to its certificate.
    ExtendedProtection,
    /// The user name is likely not in the form that the server wants.
    UserName,
    /// User name or password.
    Password,
    /// There is no Kerberos ticket that the server takes.
    NoTicket,
    /// There is no token that the server takes.
    Browser,
    /// The user has no mailbox on this server.
    NoMailbox,
    /// The server asks for quiet.
    Busy,
    /// The calendar cannot be read.
    Calendar,
    /// The times of others cannot be asked for.
    Availability,
    /// The out-of-office state cannot be asked for.
    OutOfOffice,
    /// Something on the way holds the stream back.
    StreamHeldBack,
    /// The server gives no stream.
    NoStream,
    /// The server fails by itself.
    Server,
}

impl Cause {
    /// All of them.
    pub const ALL: [Self; 24] = [
        Self::Address,
        Self::Setup,
        Self::NoServer,
        Self::ForeignServer,
        Self::ExchangeOnline,
        Self::Unreachable,
        Self::Certificate,
        Self::NotEws,
        Self::EwsBlocked,
        Self::BasicOnly,
        Self::NoKnownScheme,
        Self::ExtendedProtection,
        Self::UserName,
        Self::Password,
        Self::NoTicket,
        Self::Browser,
        Self::NoMailbox,
        Self::Busy,
        Self::Calendar,
        Self::Availability,
        Self::OutOfOffice,
        Self::StreamHeldBack,
        Self::NoStream,
        Self::Server,
    ];

    /// Its name for programs.
    pub fn code(self) -> &'static str {
        match self {
            Self::Address => "address",
            Self::Setup => "setup",
            Self::NoServer => "no_server",
            Self::ForeignServer => "foreign_server",
            Self::ExchangeOnline => "exchange_online",
            Self::Unreachable => "unreachable",
            Self::Certificate => "certificate",
            Self::NotEws => "not_ews",
            Self::EwsBlocked => "ews_blocked",
            Self::BasicOnly => "basic_only",
            Self::NoKnownScheme => "no_known_scheme",
            Self::ExtendedProtection => "extended_protection",
            Self::UserName => "user_name",
            Self::Password => "password",
            Self::NoTicket => "no_ticket",
            Self::Browser => "browser",
            Self::NoMailbox => "no_mailbox",
            Self::Busy => "busy",
            Self::Calendar => "calendar",
            Self::Availability => "availability",
            Self::OutOfOffice => "out_of_office",
            Self::StreamHeldBack => "stream_held_back",
            Self::NoStream => "no_stream",
            Self::Server => "server",
        }
    }
}

/// The likely cause of the first failure; `None` when nothing failed.
pub fn cause(evidence: &Evidence) -> Option<Cause> {
    discovery(evidence)
        .or_else(|| connection(evidence))
        .or_else(|| sign_in(evidence))
        .or_else(|| operations(evidence))
}

fn discovery(evidence: &Evidence) -> Option<Cause> {
    let not_found = evidence.discovery.as_ref()?.as_ref().err()?;
    Some(match not_found {
        NotFound::Address(_) => Cause::Address,
        NotFound::Way(Error::ExchangeOnline { .. }) | NotFound::ExchangeOnline { .. } => {
            Cause::ExchangeOnline
        }
        NotFound::Way(_) => Cause::Setup,
        NotFound::Nobody { .. } => Cause::NoServer,
        NotFound::Foreign { .. } => Cause::ForeignServer,
        NotFound::SignIn { .. } => refused(evidence),
        NotFound::NoMailbox { .. } => Cause::NoMailbox,
    })
}

fn connection(evidence: &Evidence) -> Option<Cause> {
    match evidence.connection.as_ref()? {
        Err(error) => Some(of_error(error, Cause::Server)),
        Ok(Knocked { status, .. }) => match status {
            // Those beside 401 come from servers that let everybody in and
            // then miss the body.
            401 | 200..=299 | 400 | 500 => None,
            403 => Some(Cause::EwsBlocked),
            429 | 503 => Some(Cause::Busy),
            300..=399 | 404 | 405 | 410 => Some(Cause::NotEws),
            _ => Some(Cause::Server),
        },
    }
}

fn offers(evidence: &Evidence, names: &[&str]) -> bool {
    match &evidence.connection {
        Some(Ok(knocked)) => names.iter().any(|name| knocked.offers(name)),
        _ => false,
    }
}

fn sign_in(evidence: &Evidence) -> Option<Cause> {
    match evidence.sign_in.as_ref()? {
        SignedIn::Accepted => None,
        SignedIn::Refused => Some(refused(evidence)),
        SignedIn::NoScheme
            if offers(evidence, &["Basic"]) && evidence.by == By::Password(Basic::Refused) =>
        {
            Some(Cause::BasicOnly)
        }
        SignedIn::NoScheme => Some(Cause::NoKnownScheme),
        SignedIn::Forbidden => Some(Cause::EwsBlocked),
        SignedIn::Failed(error) => Some(of_error(error, Cause::Server)),
    }
}

/// Why a password is refused. Where Autodiscover takes the very same one, the
/// difference between the two is Extended Protection.
fn refused(evidence: &Evidence) -> Cause {
    match evidence.by {
        By::Password(_) => {}
        By::Ticket => return Cause::NoTicket,
        By::Tokens => return Cause::Browser,
    }
    let by_ntlm = offers(evidence, &["NTLM", "Negotiate"]);
    if by_ntlm && evidence.autodiscover_lets_in == Some(true) {
        return Cause::ExtendedProtection;
    }
    let domain = evidence.domain.as_ref();
    let dns = domain.and_then(|domain| domain.dns.as_deref());
    let unusual = match (evidence.user.rsplit_once('@'), dns) {
        // A directory may have more suffixes than its own name, so this is a
        // guess, and the sentence about it says so.
        (Some((_, suffix)), Some(dns)) => !suffix.eq_ignore_ascii_case(dns),
        (Some(_), None) => false,
        (None, _) => !evidence.user.contains('\\'),
    };
    if unusual {
        Cause::UserName
    } else {
        Cause::Password
    }
}

fn operations(evidence: &Evidence) -> Option<Cause> {
    let failed = |step: &Option<Result<(), Error>>, otherwise| {
        let error = step.as_ref()?.as_ref().err()?;
        Some(of_error(error, otherwise))
    };
    failed(&evidence.convert_id, Cause::EwsBlocked)
        .or_else(|| failed(&evidence.folder, Cause::Calendar))
        .or_else(|| failed(&evidence.availability, Cause::Availability))
        .or_else(|| failed(&evidence.oof, Cause::OutOfOffice))
        .or_else(|| match evidence.stream.as_ref()? {
            Ok(Heartbeat::Came) => None,
            Ok(Heartbeat::Missing) | Err(Error::Silent { .. }) => Some(Cause::StreamHeldBack),
            Ok(Heartbeat::Ended) => Some(Cause::NoStream),
            Err(error) => Some(of_error(error, Cause::NoStream)),
        })
}

/// What an error means by itself; `otherwise` where the step decides.
fn of_error(error: &Error, otherwise: Cause) -> Cause {
    match error {
        Error::CaFile { .. } => return Cause::Setup,
        Error::NoTicket { .. } => return Cause::NoTicket,
        Error::SignInNeeded { .. } => return Cause::Browser,
        _ => {}
    }
    match error.class() {
        Class::Unreachable => Cause::Unreachable,
        Class::Untrusted => Cause::Certificate,
        Class::NotEws => Cause::NotEws,
        Class::Throttled => Cause::Busy,
        Class::NoMailbox => Cause::NoMailbox,
        Class::Unsupported => Cause::ExchangeOnline,
        Class::Credentials => Cause::Password,
        Class::Transient => Cause::Server,
        _ => otherwise,
    }
}
