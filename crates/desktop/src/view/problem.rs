//! What could not be done, in one sentence.

use serde::Serialize;
use specta::Type;

/// An error as the windows see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct Problem {
    /// What the window can do about it.
    pub code: ProblemCode,
    /// One sentence: what failed, where, what to do.
    pub text: String,
}

/// Classes of problems that the windows treat differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum ProblemCode {
    /// The address is no EWS address.
    Server,
    /// The server refused the credentials.
    Credentials,
    /// The certificate is not trusted.
    Certificate,
    /// The server cannot be reached.
    Unreachable,
    /// The keyring is locked or silent, or has no password.
    Keyring,
    /// There is no keyring; a passphrase can be chosen in its place.
    NoKeyring,
    /// The passphrase in a keyring's place is wanted, or could not be used.
    Passphrase,
    /// A link was refused by the opener.
    Link,
    /// A link to a host of no known service is opened at a second press.
    Doubt,
    /// The meeting or reminder is gone.
    Gone,
    /// The settings name no room of the user's own.
    NoRoom,
    /// Anything else.
    Other,
}
