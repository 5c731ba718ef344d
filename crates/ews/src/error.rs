//! What can go wrong between a request and its answer.

use std::time::Duration;

use thiserror::Error;

use crate::{
    code::{Class, ResponseCode},
    xml::reader::XmlError,
};

/// A call failed. Each text is one sentence that names the host, what failed
/// and what to do; none holds a credential or anything from a mailbox.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Error {
    /// No connection.
    #[error("{host} cannot be reached ({reason}); check the address and the network")]
    Unreachable {
        /// Host and port.
        host: String,
        /// What the system says.
        reason: String,
    },
    /// TLS failed. No credential was sent.
    #[error(
        "The certificate of {host} is not trusted ({reason}); check the address, or name your \
         company's CA file"
    )]
    Untrusted {
        /// Host.
        host: String,
        /// What the verifier says.
        reason: String,
    },
    /// The server took the connection and then did not answer in time.
    #[error("{host} did not answer within {} seconds; try again later", .after.as_secs())]
    Silent {
        /// Host.
        host: String,
        /// How long was waited.
        after: Duration,
    },
    /// HTTP 401 or 403.
    #[error(
        "{host} refused the user name or the password; check both (some servers want \
         DOMAIN\\name, others name@domain)"
    )]
    Credentials {
        /// Host.
        host: String,
    },
    /// There is no token that the server takes; the browser can get one.
    #[error("{host} wants you to sign in; do so in the browser, from Joinbell's account settings")]
    SignInNeeded {
        /// The authority, or the server.
        host: String,
    },
    /// There is no Kerberos ticket that the server takes.
    #[error(
        "There is no Kerberos ticket for {host} ({reason}); log in to your domain (kinit), or let \
         the account sign in with a password"
    )]
    NoTicket {
        /// Host and port.
        host: String,
        /// What the system says.
        reason: String,
    },
    /// The server offers no way to sign in that the account allows.
    #[error(
        "{host} offers no sign-in that this account allows (it offers {offered:?}); ask your \
         administrator for NTLM, or allow Basic for it in the terminal: \
         joinbell-cli account add --allow-basic"
    )]
    NoCommonScheme {
        /// Host.
        host: String,
        /// What `WWW-Authenticate` names.
        offered: String,
    },
    /// Something answers, and it is not EWS.
    #[error(
        "{host} answers, but not as Exchange Web Services ({what}); the address usually ends in \
         /EWS/Exchange.asmx"
    )]
    NotEws {
        /// Host.
        host: String,
        /// What came instead.
        what: String,
    },
    /// Exchange Online.
    #[error(
        "{host} is Exchange Online, where EWS ends in April 2027; Joinbell serves Exchange on \
         your own premises"
    )]
    ExchangeOnline {
        /// Host.
        host: String,
    },
    /// The server asks for quiet.
    #[error("{host} is busy and asks for {} seconds of quiet; Joinbell waits", .wait.as_secs())]
    Throttled {
        /// Host.
        host: String,
        /// From when the answer came.
        wait: Duration,
    },
    /// A SOAP fault or a failed response message.
    #[error("{host} refused {operation} with {code}")]
    Refused {
        /// Host.
        host: String,
        /// Operation, for example `FindItem`.
        operation: &'static str,
        /// The server's code.
        code: ResponseCode,
    },
    /// HTTP failed without a SOAP answer.
    #[error("{host} failed with HTTP status {status}; try again later")]
    Http {
        /// Host.
        host: String,
        /// Status code.
        status: u16,
    },
    /// The connection ended before the answer did.
    #[error("The connection to {host} ended early; try again")]
    Cut {
        /// Host.
        host: String,
    },
    /// A stream of nothing but signs of life, more than 20 a second.
    #[error(
        "{host} floods its notifications with signs of life; Joinbell asks for changes at \
         intervals for a while"
    )]
    Flood {
        /// Host.
        host: String,
    },
    /// The answer is larger than it may be, and was not read to its end.
    #[error(
        "The answer of {host} is larger than {} MiB, which no calendar needs; check that the \
         address is the one of your Exchange server",
        .most / (1024 * 1024)
    )]
    TooLarge {
        /// Host.
        host: String,
        /// Bytes that it may have.
        most: usize,
    },
    /// The answer could not be read.
    #[error("The answer of {host} to {operation} cannot be read: {reason}")]
    Garbled {
        /// Host.
        host: String,
        /// Operation.
        operation: &'static str,
        /// Why.
        reason: XmlError,
    },
    /// The address cannot be used at all.
    #[error("{0}")]
    Address(AddressProblem),
    /// The CA file cannot be used.
    #[error(
        "The CA file {path} cannot be used ({reason}); it has to hold certificates in PEM form"
    )]
    CaFile {
        /// Its path.
        path: String,
        /// Why.
        reason: String,
    },
}

/// Why an address cannot be the one of a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum AddressProblem {
    /// No URL.
    #[error(
        "The server's address is no URL; it looks like https://mail.example.org/EWS/Exchange.asmx"
    )]
    NoUrl,
    /// `http` to another machine.
    #[error(
        "The server's address must begin with https, or the password would travel in the clear"
    )]
    NotEncrypted,
    /// User or password in the URL.
    #[error("The server's address must not hold a user name or password; name them by themselves")]
    Userinfo,
}

impl Error {
    /// What a caller can do about it.
    pub fn class(&self) -> Class {
        match self {
            Self::Unreachable { .. } | Self::Silent { .. } | Self::Cut { .. } => Class::Unreachable,
            Self::Untrusted { .. } | Self::CaFile { .. } => Class::Untrusted,
            Self::Credentials { .. }
            | Self::SignInNeeded { .. }
            | Self::NoTicket { .. }
            | Self::NoCommonScheme { .. } => Class::Credentials,
            Self::NotEws { .. } | Self::Address(_) => Class::NotEws,
            Self::ExchangeOnline { .. } => Class::Unsupported,
            Self::Throttled { .. } => Class::Throttled,
            Self::Refused { code, .. } => code.class(),
            Self::Http { .. } | Self::Flood { .. } => Class::Transient,
            Self::Garbled { .. } => Class::Garbled,
            Self::TooLarge { .. } => Class::Range,
        }
    }
}

/// One entry of a batch failed; the others did not.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{code}")]
pub struct ItemError {
    /// The server's code.
    pub code: ResponseCode,
}
