//! A vault: the keys of a store, and the series in it.

use std::{
    sync::{Arc, PoisonError, RwLock},
    time::SystemTime,
};

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use thiserror::Error;

use crate::{
    envelope::{self, KeyId, Outside, Revision},
    key::{Key, Label},
    key_box::{Generation, KeyBox},
    mailbox,
    manifest::Dating,
    rotation,
    series::{Series, SeriesId},
    store::{BlindId, Day, Outcome, Store, StoreError, Tag},
};

/// Why a vault could not be used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum VaultError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The key from the keyring does not open this store.
    #[error("The key in the keyring does not open the store; it is set aside and fetched again")]
    WrongKey,
    /// Something of a series is not there any more.
    #[error("Something of the store is lost; it is fetched again")]
    Incomplete,
    /// Other programs changed the store each time this one tried.
    #[error("Other programs keep changing the store; close them, it is tried again")]
    Contended,
    /// The key of the week has made [`crate::SEALS_PER_KEY_MAX`] seals.
    #[error(
        "The mailbox's key of this week has made all its seals; it goes on with the next week's"
    )]
    KeySpent,
    /// A batch with more records than [`crate::SEALS_PER_KEY_MAX`].
    #[error("A batch of this size cannot be sealed; commit it in parts")]
    TooMany,
}

/// How often a change is tried when other programs change the same thing.
pub(crate) const ATTEMPTS: usize = 64;

/// Whether a store is as old as it should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Freshness {
    /// It is the one that was written last, or an empty one.
    Current,
    /// It is an older copy: every series in it loads as broken until it is
    /// committed again.
    RolledBack,
}

struct Keys {
    wrap: Key,
    blind: Key,
    key_box: KeyBox,
    /// Grows with each change of the box: what did not open while it changed
    /// says nothing yet.
    turn: Turn,
}

/// Which key box something was read with.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Turn(u64);

impl Keys {
    fn put(&mut self, key_box: KeyBox) {
        self.key_box = key_box;
        self.turn.0 += 1;
    }
}

/// Who keeps the data keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Keeping {
    /// The store, in a key box.
    Boxed,
    /// A key service.
    Released,
}

/// An opened store. Clones are the same vault.
#[derive(Clone)]
pub struct Vault {
    pub(crate) store: Arc<dyn Store>,
    keys: Arc<RwLock<Keys>>,
    keeping: Keeping,
    /// Held while the key box is changed here and in the store.
    changing: Arc<tokio::sync::Mutex<()>>,
}

impl std::fmt::Debug for Vault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Vault")
    }
}

/// What a batch is sealed with.
#[derive(Clone, Copy)]
pub(crate) struct Spent {
    pub(crate) key: KeyId,
    pub(crate) generation: Generation,
    /// The key box it stands in.
    pub(crate) keys: Option<Tag>,
}

impl Vault {
    /// Opens a store with the key-encryption key. A fresh store takes any key.
    pub async fn open(store: Arc<dyn Store>, kek: &Key) -> Result<Self, VaultError> {
        let vault = Self::fresh(store, kek);
        vault.read_keys().await?;
        Ok(vault)
    }

    /// A vault on a store that nobody has read yet.
    pub(crate) fn fresh(store: Arc<dyn Store>, kek: &Key) -> Self {
        Self::with(store, kek, KeyBox::default(), Keeping::Boxed)
    }

    /// A vault whose keys a key service keeps ([`mailbox`]).
    pub(crate) fn released(store: Arc<dyn Store>, index: &Key, key_box: KeyBox) -> Self {
        Self::with(store, index, key_box, Keeping::Released)
    }

    fn with(store: Arc<dyn Store>, kek: &Key, key_box: KeyBox, keeping: Keeping) -> Self {
        let keys = Keys {
            wrap: kek.derive(Label::Wrap),
            blind: kek.derive(Label::BlindIndex),
            key_box,
            turn: Turn::default(),
        };
        Self {
            store,
            keys: Arc::new(RwLock::new(keys)),
            keeping,
            changing: Arc::default(),
        }
    }

    pub(crate) fn replace_released(&self, key_box: KeyBox) {
        self.with_keys(|keys| {
            let key_box = key_box.after(&keys.key_box);
            keys.put(key_box);
        });
    }

    pub(crate) fn dating(&self) -> Dating {
        match self.keeping {
            Keeping::Boxed => Dating::Undated,
            Keeping::Released => Dating::Dated,
        }
    }

    /// The newest key, where a key service keeps them.
    pub(crate) fn newest_released(&self) -> Option<KeyId> {
        match self.keeping {
            Keeping::Boxed => None,
            Keeping::Released => self.look_at_keys(|keys| keys.key_box.newest()),
        }
    }

    /// Whether something can be kept beside a record ([`Series::beside`]).
    pub(crate) fn keeps_beside(&self) -> bool {
        self.keeping == Keeping::Boxed
    }

    /// The series of this name; it need not exist yet.
    pub fn series(&self, id: SeriesId) -> Series {
        Series::new(self.clone(), id)
    }

    /// Writes everything out and lets go of the store.
    pub async fn close(&self) {
        self.store.close().await;
    }

    /// Gives deleted bytes back to the disk.
    pub async fn compact(&self) -> Result<(), VaultError> {
        Ok(self.store.compact().await?)
    }

    /// The work of every hour: takes another data key when the present one is
    /// 30 days old, seals everything with it, forgets the old one, and gives
    /// deleted bytes back to the disk, also where the keys cannot be changed
    /// (SR-61). Ended at any point, the next call completes it (SR-05).
    pub async fn tend(&self, now: SystemTime) -> Result<(), VaultError> {
        let renewed = self.renew_keys(now).await;
        self.compact().await?;
        renewed
    }

    async fn renew_keys(&self, now: SystemTime) -> Result<(), VaultError> {
        if self.keeping == Keeping::Released {
            return Ok(());
        }
        self.read_keys().await?;
        // Of the box that is in the store: another part of this program may
        // have a key that it cannot store.
        let (mut newest, mut old) = (None, false);
        self.change_keys(|key_box| {
            let is_changed = key_box.age(now);
            (newest, old) = (key_box.newest(), key_box.len() > 1);
            Ok(is_changed)
        })
        .await?;
        if let Some(newest) = newest.filter(|_| old) {
            for series in self.store.series().await? {
                rotation::seal_again(self, series).await?;
            }
            // By now there may be a key that is newer still, of another part of
            // this program or of another one: nothing was sealed again with it.
            self.change_keys(|key_box| Ok(key_box.forget_before(newest)))
                .await?;
        }
        Ok(())
    }

    /// Forgets all series but those that `kept` names: what else is there
    /// belongs to nobody any more. It is asked after the series are read, so
    /// that one which is begun meanwhile is none of the others; where it does
    /// not know, nothing is forgotten.
    pub async fn forget_others(
        &self,
        kept: impl FnOnce() -> Option<Vec<SeriesId>> + Send,
    ) -> Result<(), VaultError> {
        let there = self.store.series().await?;
        let Some(kept) = kept() else { return Ok(()) };
        let kept: Vec<BlindId> = kept.iter().map(|id| self.blind_id(&[&id.0])).collect();
        for series in there {
            if !kept.contains(&series) {
                self.store.forget(series).await?;
            }
        }
        Ok(())
    }

    /// Compares the store with the generation that was noted elsewhere when
    /// it was last opened to be written (SR-08).
    pub async fn expect_generation(&self, noted: Generation) -> Result<Freshness, VaultError> {
        let mut found = Freshness::Current;
        self.change_keys(|key_box| {
            if key_box.generation >= noted {
                return Ok(false);
            }
            if key_box.tag.is_some() {
                found = Freshness::RolledBack;
            }
            key_box.generation = Generation(noted.0 + 1);
            key_box.floor = key_box.generation;
            Ok(true)
        })
        .await?;
        Ok(found)
    }

    /// The same for one who only looks: nothing is written.
    pub(crate) fn compare_generation(&self, noted: Generation) -> Freshness {
        self.with_keys(|keys| {
            let key_box = &mut keys.key_box;
            if key_box.generation >= noted || key_box.tag.is_none() {
                return Freshness::Current;
            }
            key_box.floor = Generation(noted.0 + 1);
            Freshness::RolledBack
        })
    }

    /// Begins the next generation; the caller notes it outside of the store.
    pub async fn begin_generation(&self) -> Result<Generation, VaultError> {
        let mut begun = Generation::default();
        self.change_keys(|key_box| {
            key_box.generation.0 += 1;
            begun = key_box.generation;
            Ok(true)
        })
        .await?;
        Ok(begun)
    }

    fn with_keys<T>(&self, f: impl FnOnce(&mut Keys) -> T) -> T {
        // The closures change one counter or one entry at a time.
        f(&mut self.keys.write().unwrap_or_else(PoisonError::into_inner))
    }

    /// The same for many at a time who only look.
    fn look_at_keys<T>(&self, f: impl FnOnce(&Keys) -> T) -> T {
        f(&self.keys.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Which key box is used now.
    pub(crate) fn turn(&self) -> Turn {
        self.look_at_keys(|keys| keys.turn)
    }

    /// Reads the key box again, where the store has another one.
    pub(crate) async fn read_keys(&self) -> Result<(), VaultError> {
        // What is being changed is not in the store yet: the older box that
        // stands there must not take its place.
        let _changing = self.changing.lock().await;
        self.read_keys_while_none_change().await
    }

    async fn read_keys_while_none_change(&self) -> Result<(), VaultError> {
        if self.keeping == Keeping::Released {
            return Ok(());
        }
        let sealed = self.store.keys().await?;
        self.with_keys(|keys| {
            let tag = sealed.as_deref().map(Tag::of);
            if tag == keys.key_box.tag {
                return Ok(());
            }
            let key_box = match &sealed {
                Some(sealed) => KeyBox::open(&keys.wrap, sealed).ok_or(VaultError::WrongKey)?,
                None => KeyBox::default(),
            };
            keys.put(key_box);
            Ok(())
        })
    }

    /// Changes the key box in the store and here. `change` says whether there
    /// is anything to store; it runs again when another program was faster.
    async fn change_keys(
        &self,
        mut change: impl FnMut(&mut KeyBox) -> Result<bool, VaultError>,
    ) -> Result<(), VaultError> {
        if self.keeping == Keeping::Released {
            // They are another's to change.
            return Ok(());
        }
        let _changing = self.changing.lock().await;
        for _ in 0..ATTEMPTS {
            let step = self.with_keys(|keys| -> Result<_, VaultError> {
                let before = keys.key_box.tag;
                if !change(&mut keys.key_box)? {
                    return Ok(None);
                }
                keys.turn.0 += 1;
                let sealed = keys.key_box.seal(&keys.wrap);
                // Nobody spends from the new box before it is stored: a
                // commit names the box it was sealed with, and the store
                // takes none that names another than its own.
                keys.key_box.tag = Some(Tag::of(&sealed));
                Ok(Some((before, sealed)))
            })?;
            let Some((before, sealed)) = step else {
                return Ok(());
            };
            match self.store.replace_keys(before, sealed).await {
                Ok(Outcome::Done) => return Ok(()),
                Ok(Outcome::Overtaken) => {
                    self.with_keys(|keys| keys.key_box.distrust());
                    self.read_keys_while_none_change().await?;
                }
                Err(error) => {
                    self.with_keys(|keys| keys.key_box.distrust());
                    return Err(error.into());
                }
            }
        }
        Err(VaultError::Contended)
    }

    /// Counts `seals` before they are made, and says which key makes them.
    pub(crate) async fn spend(&self, seals: u64) -> Result<Spent, VaultError> {
        for _ in 0..ATTEMPTS {
            let spent = self.with_keys(|keys| {
                keys.key_box.spend(seals).map(|key| Spent {
                    key,
                    generation: keys.key_box.generation,
                    keys: keys.key_box.tag,
                })
            });
            if let Some(spent) = spent {
                return Ok(spent);
            }
            if self.keeping == Keeping::Released {
                return Err(VaultError::KeySpent);
            }
            self.read_keys().await?;
            self.change_keys(|key_box| {
                key_box
                    .reserve(seals)
                    .map(|()| true)
                    .map_err(|_| VaultError::TooMany)
            })
            .await?;
        }
        Err(VaultError::Contended)
    }

    pub(crate) fn floor(&self) -> Generation {
        self.look_at_keys(|keys| keys.key_box.floor)
    }

    /// A keyed hash of the parts, each with its length in front.
    pub(crate) fn blind_id(&self, parts: &[&str]) -> BlindId {
        self.look_at_keys(|keys| {
            let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(keys.blind.expose()) else {
                // HMAC takes keys of every length.
                return BlindId([0; 16]);
            };
            for part in parts {
                mac.update(&(part.len() as u64).to_be_bytes());
                mac.update(part.as_bytes());
            }
            let hash: [u8; 32] = mac.finalize().into_bytes().into();
            let mut id = [0; 16];
            id.copy_from_slice(&hash[..16]);
            BlindId(id)
        })
    }

    /// Seals with a key that [`Self::spend`] named. `None` when the key box
    /// was read again since and has that key no more.
    pub(crate) fn seal(
        &self,
        key: KeyId,
        revision: Revision,
        place: &Place,
        plain: &[u8],
    ) -> Option<Vec<u8>> {
        self.look_at_keys(|keys| {
            let data = keys.key_box.get(key)?;
            let outside = Outside { key, revision };
            Some(match self.keeping {
                Keeping::Boxed => envelope::seal(data, outside, &place.0, plain),
                Keeping::Released => envelope::seal(data, outside, &place.0, &mailbox::pad(plain)),
            })
        })
    }

    pub(crate) fn open_blob(&self, place: &Place, blob: &[u8]) -> Option<(Outside, Vec<u8>)> {
        let (outside, plain) = self
            .look_at_keys(|keys| envelope::open(|id| keys.key_box.get(id), &place.0, blob).ok())?;
        match self.keeping {
            Keeping::Boxed => Some((outside, plain)),
            Keeping::Released => Some((outside, mailbox::unpad(plain)?)),
        }
    }
}

/// Where a blob belongs, as additional authenticated data. Lengths go in
/// front, so that no two places share their bytes.
pub(crate) struct Place(Vec<u8>);

impl Place {
    /// A row's day is part of it: a service that shows another is found out.
    pub(crate) fn record(series: BlindId, record: BlindId, expires: Option<Day>) -> Self {
        match expires {
            None => Self::of(&[b"record", &series.0, &record.0]),
            Some(Day(day)) => Self::of(&[b"record", &series.0, &record.0, &day.to_be_bytes()]),
        }
    }

    /// What is kept beside a record.
    pub(crate) fn beside(series: BlindId, record: BlindId) -> Self {
        Self::of(&[b"beside", &series.0, &record.0])
    }

    pub(crate) fn head(series: BlindId) -> Self {
        Self::of(&[b"head", &series.0, b""])
    }

    fn of(parts: &[&[u8]]) -> Self {
        let mut bytes = Vec::with_capacity(96);
        for part in [b"joinbell vault 1".as_slice()].iter().chain(parts) {
            bytes.extend_from_slice(&(part.len() as u64).to_be_bytes());
            bytes.extend_from_slice(part);
        }
        Self(bytes)
    }
}
