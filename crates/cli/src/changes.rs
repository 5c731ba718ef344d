//! What has changed from one list to the next.

use std::collections::BTreeMap;

use desktop::board::{Board, Entry, Key};

/// One change of the list.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Change<'a> {
    /// A meeting is there that was not.
    Added(&'a Entry),
    /// A meeting is not what it was.
    Changed(&'a Entry),
    /// A meeting is there no more; as it was last.
    Removed(&'a Entry),
    /// The list is fresher, or staler.
    State,
}

/// The changes from `old` to `new`, removals first, in the order of the lists.
/// `state` says whether the freshness is told as well.
pub(crate) fn changes<'a>(old: &'a Board, new: &'a Board, state: bool) -> Vec<Change<'a>> {
    let before = by_id(old);
    let after = by_id(new);
    let removed = old
        .entries
        .iter()
        .filter(|entry| !after.contains_key(&entry.key()));
    let other = new
        .entries
        .iter()
        .filter_map(|entry| match before.get(&entry.key()) {
            None => Some(Change::Added(entry)),
            Some(was) if was.meeting != entry.meeting => Some(Change::Changed(entry)),
            Some(_) => None,
        });
    let state = state.then_some(Change::State);
    state
        .into_iter()
        .chain(removed.map(Change::Removed))
        .chain(other)
        .collect()
}

fn by_id(board: &Board) -> BTreeMap<Key<'_>, &Entry> {
    board
        .entries
        .iter()
        .map(|entry| (entry.key(), entry))
        .collect()
}
