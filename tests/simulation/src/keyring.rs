//! The machine's keyring, and one process's way to it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use tokio::sync::Notify;
use vault::{
    keyring::{DEADLINE, KeyRing, KeyRingError, MemoryKeyRing},
    sensitive::Sensitive,
};

use crate::host::Life;

/// How the keyring behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Temper {
    /// It answers.
    Works,
    /// There is none (F63).
    Absent,
    /// It is locked, and nobody unlocks it (F64).
    Locked,
    /// It does not answer; the client gives up after its deadline, and hears
    /// when the answer comes after all (F65).
    Hangs,
}

/// The keyring.
pub struct TemperedKeyRing {
    state: Mutex<State>,
    /// It behaves differently.
    turned: Notify,
}

struct State {
    secrets: Arc<MemoryKeyRing>,
    temper: Temper,
    /// Tempers in which it was asked since the last question.
    met: Vec<Temper>,
    /// Somebody was refused because it is locked.
    refused_locked: bool,
}

impl Default for TemperedKeyRing {
    fn default() -> Self {
        Self {
            state: Mutex::new(State {
                secrets: Arc::default(),
                temper: Temper::Works,
                met: Vec::new(),
                refused_locked: false,
            }),
            turned: Notify::new(),
        }
    }
}

impl TemperedKeyRing {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes how it behaves.
    pub fn set_temper(&self, temper: Temper) {
        self.state().temper = temper;
        self.turned.notify_waiters();
    }

    /// The tempers in which it was asked since the last call.
    pub fn take_met(&self) -> Vec<Temper> {
        std::mem::take(&mut self.state().met)
    }

    /// Whether somebody was refused since the last call because it is locked:
    /// nobody asks a locked one again before its user wants that.
    pub fn take_refused_locked(&self) -> bool {
        std::mem::take(&mut self.state().refused_locked)
    }

    /// Puts another content in the place of all secrets.
    pub fn replace(&self, secrets: MemoryKeyRing) {
        self.state().secrets = Arc::new(secrets);
    }

    /// Puts a secret in, however it behaves.
    pub async fn put(&self, name: &str, secret: &Sensitive<Vec<u8>>) -> Result<(), KeyRingError> {
        let secrets = self.secrets();
        secrets.set(name, secret).await
    }

    fn secrets(&self) -> Arc<MemoryKeyRing> {
        Arc::clone(&self.state().secrets)
    }

    /// Returns when it answers questions, whatever the answer is.
    async fn answers(&self) -> Temper {
        loop {
            let turned = self.turned.notified();
            let temper = self.state().temper;
            if temper != Temper::Hangs {
                return temper;
            }
            turned.await;
        }
    }
}

/// The keyring as one process uses it.
pub struct Hand {
    keyring: Arc<TemperedKeyRing>,
    life: Life,
    /// Told when an answer comes after its deadline.
    late: Arc<Notify>,
}

impl Hand {
    /// The way of one process.
    pub fn to(keyring: Arc<TemperedKeyRing>, life: Life) -> Self {
        Self {
            keyring,
            life,
            late: Arc::default(),
        }
    }

    async fn secrets(&self) -> Result<Arc<MemoryKeyRing>, KeyRingError> {
        self.life.still().await;
        {
            let mut state = self.keyring.state();
            let temper = state.temper;
            if !state.met.contains(&temper) {
                state.met.push(temper);
            }
        }
        let answer = tokio::time::timeout(DEADLINE, self.keyring.answers()).await;
        self.life.still().await;
        match answer {
            Ok(Temper::Absent) => Err(KeyRingError::Absent),
            Ok(Temper::Locked) => {
                self.keyring.state().refused_locked = true;
                Err(KeyRingError::Locked)
            }
            Ok(Temper::Works | Temper::Hangs) => Ok(self.keyring.secrets()),
            Err(_) => {
                let (keyring, late) = (Arc::clone(&self.keyring), Arc::clone(&self.late));
                tokio::spawn(async move {
                    keyring.answers().await;
                    late.notify_one();
                });
                Err(KeyRingError::Silent)
            }
        }
    }
}

#[async_trait]
impl KeyRing for Hand {
    async fn get(&self, name: &str) -> Result<Option<Sensitive<Vec<u8>>>, KeyRingError> {
        self.secrets().await?.get(name).await
    }

    async fn set(&self, name: &str, secret: &Sensitive<Vec<u8>>) -> Result<(), KeyRingError> {
        self.secrets().await?.set(name, secret).await
    }

    async fn delete(&self, name: &str) -> Result<(), KeyRingError> {
        self.secrets().await?.delete(name).await
    }

    async fn answered_late(&self) {
        self.late.notified().await;
        self.life.still().await;
    }
}
