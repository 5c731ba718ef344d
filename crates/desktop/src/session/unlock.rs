//! Keyring and store: the slow part of the start, run beside the loop.

use std::{path::PathBuf, sync::Arc};

use uuid::Uuid;
use vault::{
    key::Key,
    keyring::{KeyRing, KeyRingError},
    sensitive::Sensitive,
};

use super::cabinet::{self, Cabinet};
use crate::{
    account::AccountId,
    problem::{KeyringTrouble, Trouble},
    reminders::Record,
};

/// What keyring and store have answered.
pub(super) struct Unlocked {
    /// The opened store; `None` when this run may not write it.
    pub(super) cabinet: Result<Option<Cabinet>, Trouble>,
    /// What earlier runs have stored about reminders.
    pub(super) records: Vec<Record>,
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
    install: Uuid,
    store: Option<PathBuf>,
    accounts: Vec<AccountId>,
) -> Unlocked {
    let cabinet = cabinet(keyring.as_ref(), install, store).await;
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
    let records = match &cabinet {
        Ok(Some(cabinet)) => cabinet::load_records(&cabinet.reminders()).await,
        Ok(None) | Err(_) => Vec::new(),
    };
    Unlocked {
        cabinet,
        records,
        passwords,
    }
}

/// Opens the store at `store`, unless that is `None`.
pub(super) async fn cabinet(
    keyring: &dyn KeyRing,
    install: Uuid,
    store: Option<PathBuf>,
) -> Result<Option<Cabinet>, Trouble> {
    let Some(path) = store else {
        return Ok(None);
    };
    let key = Key::from_keyring(keyring, &key_name(install))
        .await
        .map_err(|error| Trouble::Keyring(keyring_trouble(&error)))?;
    match Cabinet::open(&path, &key).await {
        Ok(cabinet) => Ok(Some(cabinet)),
        Err(error) => {
            tracing::warn!(%error, "the store cannot be opened");
            Err(Trouble::Store { path })
        }
    }
}

/// The keyring's name for the key of this installation's store.
fn key_name(install: Uuid) -> String {
    format!("joinbell/{install}/kek")
}

/// The keyring's name for the password of an account.
pub(super) fn password_name(id: &AccountId) -> String {
    format!("joinbell/account/{id}")
}

async fn password(keyring: &dyn KeyRing, id: &AccountId) -> Password {
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
