//! A keyring with moods.

use std::{future::pending, sync::Mutex};

use async_trait::async_trait;
use vault::{
    keyring::{KeyRing, KeyRingError, MemoryKeyRing},
    sensitive::Sensitive,
};

/// How the keyring behaves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::session) enum Mood {
    Works,
    Fails(KeyRingError),
    Hangs,
}

/// A keyring with a mood.
pub(in crate::session) struct MoodyKeyRing {
    pub(in crate::session) secrets: MemoryKeyRing,
    pub(in crate::session) mood: Mutex<Mood>,
    pub(in crate::session) asked: Mutex<usize>,
}

impl MoodyKeyRing {
    async fn mood(&self) -> Result<(), KeyRingError> {
        *self.asked.lock().unwrap() += 1;
        let mood = self.mood.lock().unwrap().clone();
        match mood {
            Mood::Works => Ok(()),
            Mood::Fails(error) => Err(error),
            Mood::Hangs => pending().await,
        }
    }
}

#[async_trait]
impl KeyRing for MoodyKeyRing {
    async fn get(&self, name: &str) -> Result<Option<Sensitive<Vec<u8>>>, KeyRingError> {
        self.mood().await?;
        self.secrets.get(name).await
    }

    async fn set(&self, name: &str, secret: &Sensitive<Vec<u8>>) -> Result<(), KeyRingError> {
        self.mood().await?;
        self.secrets.set(name, secret).await
    }

    async fn delete(&self, name: &str) -> Result<(), KeyRingError> {
        self.mood().await?;
        self.secrets.delete(name).await
    }
}
