//! Setting an account up, step by step.

use serde::Serialize;
use specta::Type;

use super::ProblemCode;
use crate::account::{SignIn, Source};

/// What the set-up window is for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct SetupView {
    /// The account that is signed in again; `None` for a new one.
    pub account: Option<SignInView>,
    /// Whether this program can use the computer's Kerberos tickets.
    pub tickets: bool,
    /// What the passphrase in the place of a keyring is asked for first.
    pub passphrase: Option<PassphraseView>,
}

/// What a passphrase is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum PassphraseView {
    /// To keep passwords and keys under it from now on.
    Choose,
    /// To open what is kept under it.
    Enter,
}

/// An account that is signed in again: what its form said, without the
/// password.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct SignInView {
    /// Where its meetings are read.
    pub source: Source,
    /// Address of the EWS endpoint, or of the hybrid service.
    pub server: String,
    /// User name as the server knows it.
    pub user: String,
    /// Path of a PEM file with the company's own authority; empty for the
    /// system's.
    pub ca_file: String,
    /// How the account may sign in.
    pub sign_in: SignIn,
}

/// A step on the way to a server, now or over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct StepView {
    /// Which one; a later view of the same step stands in its place.
    pub step: SetupStep,
    /// What it is called, in plain words.
    pub title: String,
    /// How it goes.
    pub state: StepState,
    /// How long it took, for example "120 ms"; empty while it runs.
    pub time: String,
    /// What was found, for example the host; may be empty, or several lines.
    pub detail: String,
}

/// The steps, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum SetupStep {
    /// The server of the e-mail address is searched for.
    Discovery,
    /// Somebody signs in in the browser.
    Browser,
    /// A secure connection is made.
    Connection,
    /// The server is asked to let the user in.
    SignIn,
    /// The calendar is asked for.
    Calendar,
    /// The account is written down and its password goes to the keyring.
    Keep,
}

/// How a step goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum StepState {
    /// It is under way.
    Running,
    /// It is over and went well.
    Well,
    /// It failed.
    Badly,
}

/// A server that was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct FoundView {
    /// Address of the EWS endpoint.
    pub server: String,
    /// Its host, as it is shown.
    pub host: String,
}

/// Why an account could not be set up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct FailureView {
    /// Which field it is about.
    pub code: ProblemCode,
    /// What failed, in one sentence.
    pub text: String,
    /// The reason and the way out; may be empty.
    pub advice: String,
    /// A host outside the address's domain which is taken for the server when
    /// the user says so.
    pub trust: Option<String>,
    /// What can be copied for the administrator, without secrets.
    pub report: String,
}
