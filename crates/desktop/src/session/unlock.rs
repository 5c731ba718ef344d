//! Keyring and store: the slow part of the start, run beside the loop.

use std::{path::PathBuf, sync::Arc};

use uuid::Uuid;
use vault::{
    Shelf,
    keyring::{KeyRing, KeyRingError},
    opening::{Place, Purpose},
    sensitive::Sensitive,
};

use super::cabinet::{self, Cabinet, Closed};
use crate::{
    account::AccountId,
    problem::{KeyringTrouble, Trouble},
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
    /// The accounts' passwords.
    pub(super) passwords: Vec<(AccountId, Password)>,
}

/// What the keyring says about an account's password.
pub(super) type Password = Result<Option<Sensitive<String>>, KeyringTrouble>;

/// Opens the store at `store`, unless that is `None`, and fetches the
/// passwords. A keyring that is in trouble once is not asked again: each
/// question may last five seconds.
pub(super) async fn unlock(
    keyring: Arc<dyn KeyRing>,
    shelf: Arc<dyn Shelf>,
    store: Option<Place>,
    accounts: Vec<AccountId>,
) -> Unlocked {
    let cabinet = cabinet(keyring.as_ref(), shelf.as_ref(), store, Purpose::Keep).await;
    let mut trouble = match &cabinet {
        Err(Trouble::Keyring(trouble)) => Some(*trouble),
        _ => None,
    };
    let mut passwords = Vec::new();
    for id in accounts {
        let password = match trouble {
            Some(trouble) => Err(trouble),
            None => password(keyring.as_ref(), &id).await,
        };
        if let Err(found) = &password {
            trouble = Some(*found);
        }
        passwords.push((id, password));
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
        passwords,
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

/// The keyring's name for the password of an account.
pub(super) fn password_name(id: &AccountId) -> String {
    format!("joinbell/account/{id}")
}

pub(super) async fn password(keyring: &dyn KeyRing, id: &AccountId) -> Password {
    let secret = keyring
        .get(&password_name(id))
        .await
        .map_err(|error| keyring_trouble(&error))?;
    Ok(secret.and_then(|secret| {
        String::from_utf8(secret.expose().clone())
            .ok()
            .map(Sensitive::new)
    }))
}

/// What a window can say about an error of the keyring.
pub(super) fn keyring_trouble(error: &KeyRingError) -> KeyringTrouble {
    match error {
        KeyRingError::Absent => KeyringTrouble::Absent,
        KeyRingError::Locked => KeyringTrouble::Locked,
        KeyRingError::Silent => KeyringTrouble::Silent,
        KeyRingError::Refused(reason) => {
            tracing::warn!(reason, "the keyring refuses");
            KeyringTrouble::Refused
        }
    }
}
