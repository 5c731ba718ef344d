//! Texts of invitations that are in memory: those that are not stored yet, and
//! all of them where nothing can be stored and somebody may look. The others
//! rest in the store, each beside its meeting's record.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use calendar::meeting::{MeetingId, Notes};

/// Shared by an engine with whoever asks for a text. `Debug` prints their
/// number, never what they say.
#[derive(Clone, Default)]
pub(crate) struct Texts(Arc<Mutex<Held>>);

#[derive(Default)]
struct Held {
    texts: BTreeMap<MeetingId, Arc<str>>,
    for_whom: ForWhom,
}

#[derive(Default, PartialEq, Eq)]
enum ForWhom {
    #[default]
    SomebodyMayAsk,
    Nobody,
}

impl fmt::Debug for Texts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Texts")
            .field(&self.lock().texts.len())
            .finish()
    }
}

impl Texts {
    /// Takes the text out of a meeting, so that lists and snapshots are light.
    pub(crate) fn take(&self, id: &MeetingId, notes: &mut Notes) {
        match std::mem::replace(notes, Notes::Aside) {
            Notes::Here(text) if text.is_empty() => {
                self.lock().texts.remove(id);
                *notes = Notes::Here(text);
            }
            Notes::Here(text) => self.put(id, text.into()),
            Notes::Aside => {}
        }
    }

    pub(crate) fn put(&self, id: &MeetingId, text: Arc<str>) {
        let mut held = self.lock();
        if held.for_whom == ForWhom::SomebodyMayAsk {
            held.texts.insert(id.clone(), text);
        }
    }

    pub(crate) fn get(&self, id: &MeetingId) -> Option<Arc<str>> {
        self.lock().texts.get(id).cloned()
    }

    /// Whose texts are here.
    pub(crate) fn ids(&self) -> BTreeSet<MeetingId> {
        self.lock().texts.keys().cloned().collect()
    }

    /// Takes in what others hold.
    pub(crate) fn take_over(&self, others: &Self) {
        let mut others = std::mem::take(&mut others.lock().texts);
        self.lock().texts.append(&mut others);
    }

    /// These are gone, or rest elsewhere now.
    pub(crate) fn forget<'a>(&self, gone: impl IntoIterator<Item = &'a MeetingId>) {
        let mut held = self.lock();
        for id in gone {
            held.texts.remove(id);
        }
    }

    /// Nobody is going to ask: no text is held from now on.
    pub(crate) fn forgo(&self) {
        let mut held = self.lock();
        held.for_whom = ForWhom::Nobody;
        held.texts.clear();
    }

    fn lock(&self) -> MutexGuard<'_, Held> {
        // A map of finished texts is whole even when a holder panicked.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_nobody_asks_for_is_not_held() {
        let (first, second) = (MeetingId("first".into()), MeetingId("second".into()));
        let texts = Texts::default();
        texts.put(&first, "one".into());
        texts.forgo();
        let mut notes = Notes::from("two");
        texts.take(&second, &mut notes);
        assert_eq!(texts.ids(), BTreeSet::new());
        assert_eq!(notes, Notes::Aside);
    }
}
