//! The operating system's keyring: Secret Service, Keychain or Credential
//! Manager.
//!
//! A keyring can be absent, locked or simply never answer. Each call has a
//! deadline and runs on a thread of its own, so that a silent one can hold up
//! neither the start nor the end of the program (SR-10).

use std::{
    collections::BTreeMap,
    sync::{Mutex, Once},
    time::Duration,
};

use async_trait::async_trait;
use thiserror::Error;
use tokio::sync::{Notify, oneshot};

use crate::{passphrase::StandIn, sensitive::Sensitive};

/// How long a keyring may take to answer.
pub const DEADLINE: Duration = Duration::from_secs(5);

const SERVICE: &str = "joinbell";

/// Told when an answer comes after its deadline.
static LATE: Notify = Notify::const_new();

/// Why the keyring gave no answer.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum KeyRingError {
    /// There is none on this desktop.
    #[error(
        "This desktop has no keyring (Secret Service); start gnome-keyring, KWallet or KeePassXC, \
         then start Joinbell again"
    )]
    Absent,
    /// It is locked, and nobody unlocked it.
    #[error("The keyring is locked; unlock it, then start Joinbell again")]
    Locked,
    /// There is none, and the file in its place waits for its passphrase.
    #[error("Passwords and keys are sealed by your passphrase; enter it")]
    Passphrase,
    /// It did not answer within [`DEADLINE`].
    #[error(
        "The keyring did not answer within 5 seconds; look for its password prompt or restart it, \
         then start Joinbell again"
    )]
    Silent,
    /// It answered with something else; the text is the system's own.
    #[error("The keyring refused ({0}); check it with the system's password program")]
    Refused(String),
}

/// Keeps small secrets by name.
#[async_trait]
pub trait KeyRing: Send + Sync + 'static {
    /// The secret of this name; `None` when there is none.
    async fn get(&self, name: &str) -> Result<Option<Sensitive<Vec<u8>>>, KeyRingError>;
    /// Puts a secret in, in place of the old one.
    async fn set(&self, name: &str, secret: &Sensitive<Vec<u8>>) -> Result<(), KeyRingError>;
    /// Takes a secret out; no error when there is none.
    async fn delete(&self, name: &str) -> Result<(), KeyRingError>;
    /// Returns when a question that was [`KeyRingError::Silent`] has been
    /// answered after all: its user has opened the keyring meanwhile.
    async fn answered_late(&self) {
        std::future::pending::<()>().await;
    }
    /// What stands in where there is no keyring, for keyrings that have it.
    fn stand_in(&self) -> Option<&StandIn> {
        None
    }
}

/// The keyring of the user's session.
#[derive(Debug, Clone, Copy, Default)]
pub struct OsKeyRing;

impl OsKeyRing {
    /// Goes to the keyring and agrees on a session with it, beside whatever
    /// comes next: the first question need not wait for that. Once is enough.
    pub fn call_ahead() {
        static CALLED: Once = Once::new();
        CALLED.call_once(|| {
            // A keyring that is not there is noticed by whoever asks it.
            let begin = || drop(entry("joinbell"));
            let _refused = std::thread::Builder::new()
                .name("keyring".to_owned())
                .spawn(begin);
        });
    }
}

#[async_trait]
impl KeyRing for OsKeyRing {
    async fn get(&self, name: &str) -> Result<Option<Sensitive<Vec<u8>>>, KeyRingError> {
        let name = name.to_owned();
        on_own_thread(move || match entry(&name)?.get_secret() {
            Ok(secret) => Ok(Some(Sensitive::new(secret))),
            Err(keyring::Error::NoEntry) => Ok(None),
            Err(error) => Err(classify(&error)),
        })
        .await
    }

    async fn answered_late(&self) {
        LATE.notified().await;
    }

    async fn set(&self, name: &str, secret: &Sensitive<Vec<u8>>) -> Result<(), KeyRingError> {
        let name = name.to_owned();
        let secret = Sensitive::new(secret.expose().clone());
        on_own_thread(move || {
            entry(&name)?
                .set_secret(secret.expose())
                .map_err(|e| classify(&e))
        })
        .await
    }

    async fn delete(&self, name: &str) -> Result<(), KeyRingError> {
        let name = name.to_owned();
        on_own_thread(move || match entry(&name)?.delete_credential() {
            Ok(()) | Err(keyring::Error::NoEntry) => Ok(()),
            Err(error) => Err(classify(&error)),
        })
        .await
    }
}

fn entry(name: &str) -> Result<keyring::Entry, KeyRingError> {
    keyring::Entry::new(SERVICE, name).map_err(|error| classify(&error))
}

fn classify(error: &keyring::Error) -> KeyRingError {
    match error {
        keyring::Error::NoDefaultStore => KeyRingError::Absent,
        keyring::Error::NoStorageAccess(_) => KeyRingError::Locked,
        other => KeyRingError::Refused(other.to_string()),
    }
}

/// A plain thread and not the runtime's pool: the runtime waits for its pool
/// when it ends, and a silent keyring would keep it waiting for ever.
pub(crate) async fn on_own_thread<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, KeyRingError> + Send + 'static,
) -> Result<T, KeyRingError> {
    let (answer, answered) = oneshot::channel();
    std::thread::Builder::new()
        .name("keyring".to_owned())
        .spawn(move || {
            // Nobody listens any more after the deadline.
            if let Err(Ok(_late)) = answer.send(work()) {
                LATE.notify_one();
            }
        })
        .map_err(|error| KeyRingError::Refused(error.to_string()))?;
    match tokio::time::timeout(DEADLINE, answered).await {
        Ok(Ok(outcome)) => outcome,
        Ok(Err(_)) => Err(KeyRingError::Refused("its client ended early".to_owned())),
        Err(_) => Err(KeyRingError::Silent),
    }
}

/// A keyring that forgets: for the demo, whose mailbox ends with it, and for
/// tests.
#[derive(Debug, Default)]
pub struct MemoryKeyRing {
    secrets: Mutex<BTreeMap<String, Sensitive<Vec<u8>>>>,
}

impl MemoryKeyRing {
    fn with<T>(&self, f: impl FnOnce(&mut BTreeMap<String, Sensitive<Vec<u8>>>) -> T) -> T {
        // A map of finished values is whole even when a holder panicked.
        let mut secrets = self
            .secrets
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        f(&mut secrets)
    }
}

#[async_trait]
impl KeyRing for MemoryKeyRing {
    async fn get(&self, name: &str) -> Result<Option<Sensitive<Vec<u8>>>, KeyRingError> {
        Ok(self.with(|secrets| {
            let secret = secrets.get(name)?;
            Some(Sensitive::new(secret.expose().clone()))
        }))
    }

    async fn set(&self, name: &str, secret: &Sensitive<Vec<u8>>) -> Result<(), KeyRingError> {
        let secret = Sensitive::new(secret.expose().clone());
        self.with(|secrets| secrets.insert(name.to_owned(), secret));
        Ok(())
    }

    async fn delete(&self, name: &str) -> Result<(), KeyRingError> {
        self.with(|s| s.remove(name));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn sr_10_an_answer_is_waited_for_for_five_seconds() {
        let (release, held) = std::sync::mpsc::channel::<()>();
        let mut asked = std::pin::pin!(on_own_thread(move || {
            // It ends with the test.
            let _released = held.recv();
            Ok(())
        }));
        let almost = Duration::from_millis(4_999);
        let early = tokio::time::timeout(almost, &mut asked).await;
        assert!(early.is_err(), "{early:?}");
        let late = tokio::time::timeout(Duration::from_millis(2), &mut asked).await;
        assert_eq!(late, Ok(Err(KeyRingError::Silent)));
        drop(release);
    }
}
