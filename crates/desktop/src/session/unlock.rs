//! Keyring and store: the slow part of the start, run beside the loop.

use std::{path::PathBuf, sync::Arc};

use uuid::Uuid;
use vault::{
    Shelf,
    keyring::{KeyRing, KeyRingError},
    opening::{Place, Purpose},
};

use super::{
    cabinet::{self, Cabinet, Closed},
    secret::{Lack, Secret},
};
use crate::{
    account::{Account, AccountId, Way},
    problem::{KeyringTrouble, Seat, Trouble},
    reminders::Record,
    schedule::Draft,
};

/// What keyring and store have answered.
pub(super) struct Unlocked {
    /// The opened store; `None` when this run may not write it.
    pub(super) cabinet: Result<Option<Cabinet>, Trouble>,
    /// What earlier runs have stored about reminders.
    pub(super) records: Vec<Record>,
    /// The drafts of meetings that earlier runs have left.
    pub(super) drafts: Vec<Draft>,
    /// What the accounts prove themselves by.
    pub(super) secrets: Vec<(AccountId, Fetched)>,
}

/// What an account proves itself by, as far as the keyring says.
pub(super) type Fetched = Result<Option<Secret>, Lack>;

/// Opens the store at `store`, unless that is `None`, and fetches what the
/// accounts prove themselves by. A keyring that is in trouble once is not asked again: each
/// question may last five seconds.
pub(super) async fn unlock(
    keyring: Arc<dyn KeyRing>,
    shelf: Arc<dyn Shelf>,
    store: Option<Place>,
    accounts: Vec<Account>,
) -> Unlocked {
    let cabinet = cabinet(keyring.as_ref(), shelf.as_ref(), store, Purpose::Keep).await;
    let mut trouble = match &cabinet {
        Err(Trouble::Keyring(trouble)) => Some(*trouble),
        _ => None,
    };
    let mut secrets = Vec::new();
    for account in accounts {
        let asked = account.sign_in.way() != Way::Ticket;
        let fetched = match trouble {
            Some(trouble) if asked => Err(Lack::Keyring(trouble)),
            _ => Secret::fetch(&keyring, &account).await,
        };
        if let Err(Lack::Keyring(found)) = &fetched {
            trouble = Some(*found);
        }
        secrets.push((account.id, fetched));
    }
    let (records, drafts) = match &cabinet {
        Ok(Some(cabinet)) => (
            cabinet::load_records(&cabinet.reminders()).await,
            cabinet::load_drafts(&cabinet.drafts()).await,
        ),
        Ok(None) | Err(_) => (Vec::new(), Vec::new()),
    };
    Unlocked {
        cabinet,
        records,
        drafts,
        secrets,
    }
}

/// Opens the store at `store`, unless that is `None`.
pub(super) async fn cabinet(
    keyring: &dyn KeyRing,
    shelf: &dyn Shelf,
    store: Option<Place>,
    purpose: Purpose,
) -> Result<Option<Cabinet>, Trouble> {
    let Some(place) = store else {
        return Ok(None);
    };
    match Cabinet::open(shelf, keyring, &place, purpose).await {
        Ok(cabinet) => Ok(Some(cabinet)),
        Err(Closed::KeyRing(error)) => Err(Trouble::Keyring(keyring_trouble(&error))),
        Err(Closed::Store(error)) => {
            tracing::warn!(%error, "the store cannot be opened");
            Err(Trouble::Store { path: place.file })
        }
    }
}

/// Where the store of the installation `install` is.
pub(super) fn place(file: PathBuf, install: Uuid) -> Place {
    Place {
        file,
        install: install.to_string(),
    }
}

/// The keyring's name for the password or the refresh token of an account.
pub(super) fn secret_name(id: &AccountId) -> String {
    format!("joinbell/account/{id}")
}

/// What an account of a command in the terminal proves itself by.
pub(super) async fn secret(
    keyring: &Arc<dyn KeyRing>,
    account: &Account,
) -> Result<Secret, Trouble> {
    match Secret::fetch(keyring, account).await {
        Ok(Some(secret)) => Ok(secret),
        Ok(None) => Err(Trouble::PasswordMissing(Seat::from(account))),
        Err(Lack::Keyring(trouble)) => Err(Trouble::Keyring(trouble)),
        Err(Lack::Unusable(trouble)) => Err(Trouble::Server(Seat::from(account), trouble)),
    }
}

/// What a window can say about an error of the keyring.
pub(super) fn keyring_trouble(error: &KeyRingError) -> KeyringTrouble {
    match error {
        KeyRingError::Absent => KeyringTrouble::Absent,
        KeyRingError::Locked => KeyringTrouble::Locked,
        KeyRingError::Passphrase => KeyringTrouble::Passphrase,
        KeyRingError::Silent => KeyringTrouble::Silent,
        KeyRingError::Refused(reason) => {
            tracing::warn!(reason, "the keyring refuses");
            KeyringTrouble::Refused
        }
    }
}
