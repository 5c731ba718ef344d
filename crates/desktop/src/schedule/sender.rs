//! From which account a meeting is called, and whom that one knows.

use calendar::meeting::Person;

use super::{Acquaintances, Schedule};
use crate::{account::AccountId, board::Board};

/// An account from which meetings can be called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sender {
    /// Which.
    pub(crate) account: AccountId,
    /// What it is called.
    pub(crate) name: String,
    /// The user's address in it, where it is known.
    pub(crate) address: Option<String>,
}

impl Schedule {
    /// Everybody who may be asked, by the meetings of all accounts and the
    /// lists of the one that sends.
    pub(crate) fn acquaintances_on(&self, board: &Board) -> Acquaintances {
        let sender = self.sender().map(|one| &one.account);
        Acquaintances::of(board).and_rooms(self.rooms.of(sender))
    }

    /// The account in whose calendar the changed meeting stands, or the one
    /// that was chosen for a new one.
    pub(crate) fn account(&self) -> Option<&AccountId> {
        if let Some(edited) = &self.draft.edits {
            return Some(&edited.account);
        }
        let chosen = self.draft.account.as_ref()?;
        // One that has gone meanwhile is no choice.
        let known = |one: &&Sender| one.account == *chosen;
        self.senders.iter().find(known).map(|one| &one.account)
    }

    /// The account that sends: the first where none is chosen.
    pub(super) fn sender(&self) -> Option<&Sender> {
        match self.account() {
            Some(account) => self.senders.iter().find(|one| one.account == *account),
            None => self.senders.first(),
        }
    }

    /// What a server's lists of rooms name; `None` where it could not be asked.
    pub(crate) fn rooms_told(&mut self, account: AccountId, rooms: Option<Vec<Person>>) {
        self.rooms.answer(account, rooms);
    }
}
