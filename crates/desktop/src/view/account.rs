//! Accounts as the windows see them, and the form that sets one up.

use serde::{Deserialize, Serialize};
use specta::Type;

use super::SyncChip;
use crate::account::{FoundBy, SignIn};

/// An account as the windows list it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct AccountView {
    /// What `remove_account` names.
    pub id: String,
    /// User name as the server knows it.
    pub user: String,
    /// Host of the server.
    pub host: String,
    /// How fresh this account's meetings are.
    pub sync: SyncChip,
}

/// What asks for a code at a hybrid service.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Type)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ServiceForm {
    /// Address of the service, for example `https://joinbell.example.org`.
    pub service: String,
    /// E-mail address of the mailbox.
    pub address: String,
    /// Path of a PEM file with the company's own authority; empty for the system's.
    pub ca_file: String,
}

/// What the account form sends.
#[derive(Clone, Deserialize, Type)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AccountForm {
    /// Address of the EWS endpoint, for example `https://mail.example.org/EWS/Exchange.asmx`.
    pub server: String,
    /// User name as the server knows it.
    pub user: String,
    /// Password; goes to the keyring and nowhere else.
    pub password: String,
    /// Path of a PEM file with the company's own authority; empty for the system's.
    pub ca_file: String,
    /// How the account may sign in.
    pub sign_in: SignIn,
    /// By which search the server was found; `None` where somebody wrote it.
    pub found: Option<FoundBy>,
}

impl std::fmt::Debug for AccountForm {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("AccountForm(‹redacted›)")
    }
}
