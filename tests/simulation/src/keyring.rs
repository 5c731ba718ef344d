//! The machine's keyring.

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use vault::{
    keyring::{DEADLINE, KeyRing, KeyRingError, MemoryKeyRing},
    sensitive::Sensitive,
};

/// How the keyring behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Temper {
    /// It answers.
    Works,
    /// There is none (F63).
    Absent,
    /// It is locked, and nobody unlocks it (F64).
    Locked,
    /// It never answers; the client gives up after its deadline (F65).
    Hangs,
}

/// The keyring.
pub struct TemperedKeyRing {
    secrets: Mutex<Arc<MemoryKeyRing>>,
    temper: Mutex<Temper>,
    /// Tempers in which it was asked since the last question.
    met: Mutex<Vec<Temper>>,
}

impl Default for TemperedKeyRing {
    fn default() -> Self {
        Self {
            secrets: Mutex::default(),
            temper: Mutex::new(Temper::Works),
            met: Mutex::default(),
        }
    }
}

impl TemperedKeyRing {
    /// Changes how it behaves.
    pub fn set_temper(&self, temper: Temper) {
        *self.temper.lock().unwrap_or_else(PoisonError::into_inner) = temper;
    }

    /// The tempers in which it was asked since the last call.
    pub fn take_met(&self) -> Vec<Temper> {
        std::mem::take(&mut self.met.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Puts another content in the place of all secrets.
    pub fn replace(&self, secrets: MemoryKeyRing) {
        *self.secrets.lock().unwrap_or_else(PoisonError::into_inner) = Arc::new(secrets);
    }

    /// Puts a secret in, however it behaves.
    pub async fn put(&self, name: &str, secret: &Sensitive<Vec<u8>>) -> Result<(), KeyRingError> {
        self.secrets().set(name, secret).await
    }

    fn secrets(&self) -> Arc<MemoryKeyRing> {
        Arc::clone(&self.secrets.lock().unwrap_or_else(PoisonError::into_inner))
    }

    async fn answer(&self) -> Result<(), KeyRingError> {
        let temper = *self.temper.lock().unwrap_or_else(PoisonError::into_inner);
        {
            let mut met = self.met.lock().unwrap_or_else(PoisonError::into_inner);
            if !met.contains(&temper) {
                met.push(temper);
            }
        }
        match temper {
            Temper::Works => Ok(()),
            Temper::Absent => Err(KeyRingError::Absent),
            Temper::Locked => Err(KeyRingError::Locked),
            Temper::Hangs => {
                let silence = std::future::pending::<()>();
                let _silent = tokio::time::timeout(DEADLINE, silence).await;
                Err(KeyRingError::Silent)
            }
        }
    }
}

#[async_trait]
impl KeyRing for TemperedKeyRing {
    async fn get(&self, name: &str) -> Result<Option<Sensitive<Vec<u8>>>, KeyRingError> {
        self.answer().await?;
        self.secrets().get(name).await
    }

    async fn set(&self, name: &str, secret: &Sensitive<Vec<u8>>) -> Result<(), KeyRingError> {
        self.answer().await?;
        self.secrets().set(name, secret).await
    }

    async fn delete(&self, name: &str) -> Result<(), KeyRingError> {
        self.answer().await?;
        self.secrets().delete(name).await
    }
}
