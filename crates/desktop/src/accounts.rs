//! The list of accounts: a TOML file without secrets.

use serde::{Deserialize, Serialize};
use thiserror::Error;
use uuid::Uuid;

use crate::account::{Account, AccountId};

/// The accounts of this installation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Accounts {
    /// Layout of the file; see [`Accounts::VERSION`].
    version: u32,
    /// Names this installation in the keyring, so that two data folders of
    /// one user never share a key.
    pub install: Uuid,
    /// In the order they were added.
    #[serde(default, rename = "account", skip_serializing_if = "Vec::is_empty")]
    pub list: Vec<Account>,
}

/// The list of accounts cannot be used.
#[derive(Debug, Error)]
pub enum AccountsTrouble {
    /// It is no TOML, or something is missing.
    #[error(
        "the list of accounts cannot be read ({0}); correct the file, or delete it and add the accounts again."
    )]
    Unreadable(String),
    /// A newer program wrote it.
    #[error(
        "the list of accounts has version {0}, which is newer than this program; update the program."
    )]
    Newer(u32),
}

impl Accounts {
    /// The layout this program writes.
    pub const VERSION: u32 = 1;

    /// A new installation without accounts.
    #[expect(
        clippy::new_without_default,
        reason = "every installation has a name of its own"
    )]
    pub fn new() -> Self {
        Self {
            version: Self::VERSION,
            install: Uuid::new_v4(),
            list: Vec::new(),
        }
    }

    /// Reads the file.
    pub fn read(text: &str) -> Result<Self, AccountsTrouble> {
        let accounts: Self = toml::from_str(text)
            .map_err(|error| AccountsTrouble::Unreadable(error.message().to_owned()))?;
        if accounts.version > Self::VERSION {
            return Err(AccountsTrouble::Newer(accounts.version));
        }
        Ok(accounts)
    }

    /// The file's text.
    pub fn write(&self) -> String {
        // Strings, numbers and lists of them always have a TOML form.
        toml::to_string_pretty(self).unwrap_or_default()
    }

    /// A name for a new account.
    pub fn new_id() -> AccountId {
        AccountId(Uuid::new_v4().simple().to_string().into())
    }

    /// The account with this name.
    pub fn find(&self, id: &str) -> Option<&Account> {
        self.list.iter().find(|account| *account.id.0 == *id)
    }
}
