//! Texts of invitations that are in memory: those that are not stored yet, and
//! all of them where nothing can be stored. The others rest in the store, each
//! beside its meeting's record, until somebody looks.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use calendar::meeting::{MeetingId, Notes};

/// Shared by an engine with whoever asks for a text. `Debug` prints their
/// number, never what they say.
#[derive(Clone, Default)]
pub(crate) struct Texts(Arc<Mutex<BTreeMap<MeetingId, Arc<str>>>>);

impl fmt::Debug for Texts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Texts").field(&self.lock().len()).finish()
    }
}

impl Texts {
    /// Takes the text out of a meeting, so that lists and snapshots are light.
    pub(crate) fn take(&self, id: &MeetingId, notes: &mut Notes) {
        match std::mem::replace(notes, Notes::Aside) {
            Notes::Here(text) if text.is_empty() => {
                self.lock().remove(id);
                *notes = Notes::Here(text);
            }
            Notes::Here(text) => {
                self.lock().insert(id.clone(), text.into());
            }
            Notes::Aside => {}
        }
    }

    pub(crate) fn get(&self, id: &MeetingId) -> Option<Arc<str>> {
        self.lock().get(id).cloned()
    }

    /// Whose texts are here.
    pub(crate) fn ids(&self) -> BTreeSet<MeetingId> {
        self.lock().keys().cloned().collect()
    }

    /// Takes in what others hold.
    pub(crate) fn take_over(&self, others: &Self) {
        let mut others = std::mem::take(&mut *others.lock());
        self.lock().append(&mut others);
    }

    /// These are gone, or rest elsewhere now.
    pub(crate) fn forget<'a>(&self, gone: impl IntoIterator<Item = &'a MeetingId>) {
        let mut texts = self.lock();
        for id in gone {
            texts.remove(id);
        }
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<MeetingId, Arc<str>>> {
        // A map of finished texts is whole even when a holder panicked.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
