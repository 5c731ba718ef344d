//! Which mailboxes share a stream, and what the streams tell.

use std::collections::BTreeMap;

use chrono::{DateTime, Duration, Utc};
use engine::{Failure, FailureKind, backend::Wake, exchange::WatchGroup, sync::Input};
use tokio::sync::mpsc;

use super::Hub;
use crate::{
    mailbox::{BoxId, PlaceId, Seat, Standing},
    measures,
    watch::{self, Report, Told, Wish},
};

/// Visits in a row that found changes which a group's stream had not told.
const UNTOLD_MAX: u32 = 2;

/// When groups are made for a server that could not be used.
const AGAIN: Duration = Duration::seconds(30);

/// A running group.
#[derive(Debug)]
pub(super) struct Group {
    place: PlaceId,
    members: Vec<BoxId>,
    wishes: mpsc::UnboundedSender<Wish>,
    /// Whether its stream is open.
    open: bool,
    untold: u32,
}

impl Group {
    pub(super) fn is_open(&self) -> bool {
        self.open
    }

    pub(super) fn wish(&self, wish: Wish) {
        // Its task ends with this sender and not before.
        let _told = self.wishes.send(wish);
    }
}

impl Hub {
    /// Puts the mailboxes into groups by their places; groups that stay the
    /// same go on.
    pub(super) fn regroup(&mut self, now: DateTime<Utc>) {
        self.regroup_at = None;
        let mut by_place = BTreeMap::<PlaceId, Vec<String>>::new();
        for mailbox in self.boxes.iter().flatten() {
            if let Some(place) = mailbox.place
                && mailbox.standing == Standing::Tended
            {
                let addresses = by_place.entry(place).or_default();
                addresses.push(mailbox.address.to_string());
            }
        }
        let mut before = std::mem::take(&mut self.groups);
        for (place, addresses) in by_place {
            let Some(server) = self.server_of(place) else {
                continue;
            };
            let account = match self.account_at(&server) {
                Ok(account) => account,
                Err(failure) => {
                    tracing::error!(error = %failure, "a server cannot be used");
                    self.regroup_at = Some(now + AGAIN);
                    continue;
                }
            };
            for group in WatchGroup::of(&account, addresses) {
                let members: Vec<BoxId> = group
                    .members()
                    .filter_map(|address| self.by_address.get(address).copied())
                    .collect();
                let same = before
                    .iter()
                    .find(|(_, other)| other.place == place && other.members == members)
                    .map(|(id, _)| *id);
                if let Some(id) = same
                    && let Some(group) = before.remove(&id)
                {
                    self.groups.insert(id, group);
                } else {
                    self.begin_group(group, place, members, now);
                }
            }
        }
        // Whoever was in a group that ends has taken a seat in another one,
        // or none.
        drop(before);
    }

    fn begin_group(
        &mut self,
        group: WatchGroup,
        place: PlaceId,
        members: Vec<BoxId>,
        now: DateTime<Utc>,
    ) {
        let id = self.next_group;
        self.next_group += 1;
        let (wishes, inbox) = mpsc::unbounded_channel();
        self.watchers
            .spawn(watch::run(id, group, inbox, self.post.clone()));
        for (member, box_id) in members.iter().enumerate() {
            if let Some(mailbox) = self.get(*box_id) {
                mailbox.seat = Some(Seat { group: id, member });
                if mailbox.wishes {
                    // Its group of before has not answered, and never will.
                    let _told = wishes.send(Wish::Join(member));
                }
                if std::mem::take(&mut mailbox.listened) {
                    self.input(*box_id, Input::WatchMoved, now);
                }
            }
        }
        self.groups.insert(
            id,
            Group {
                place,
                members,
                wishes,
                open: false,
                untold: 0,
            },
        );
    }

    pub(super) fn server_of(&self, place: PlaceId) -> Option<String> {
        let place = self.places.get(usize::from(place.0))?;
        Some(place.url.to_string())
    }

    /// Takes in what a group tells.
    pub(super) fn hear(&mut self, report: Report, now: DateTime<Utc>) {
        let Some(group) = self.groups.get_mut(&report.group) else {
            return;
        };
        let all = group.members.clone();
        let named = |members: Vec<usize>| -> Vec<BoxId> {
            members
                .into_iter()
                .filter_map(|member| all.get(member).copied())
                .collect()
        };
        match report.told {
            Told::Opened(members) => {
                group.open = true;
                group.untold = 0;
                for id in named(members) {
                    self.heard_of(id);
                    if let Some(mailbox) = self.get(id) {
                        mailbox.listened = true;
                        mailbox.wishes = false;
                    }
                    self.input(id, Input::WatchOpened(Ok(())), now);
                }
            }
            Told::Changed(members) => {
                group.untold = 0;
                for id in named(members) {
                    self.heard_of(id);
                    if let Some(mailbox) = self.get(id) {
                        mailbox.urgent = true;
                    }
                    self.input(id, Input::Woken(Wake::Changed), now);
                }
            }
            Told::Alive => {
                for id in all {
                    if self.get(id).is_some_and(|mailbox| mailbox.listened) {
                        self.input(id, Input::Woken(Wake::Alive), now);
                    }
                }
            }
            Told::Cut(members, failure) => {
                let failure = about_watches(failure);
                let cut = named(members);
                group.open = group.open && cut.len() < all.len();
                for id in cut {
                    if let Some(mailbox) = self.get(id) {
                        mailbox.listened = false;
                        mailbox.wishes = false;
                    }
                    self.input(id, Input::WatchEnded(Err(failure.clone())), now);
                }
            }
        }
        self.uncounted(now);
    }

    fn heard_of(&mut self, id: BoxId) {
        if let Some(mailbox) = self.get(id) {
            mailbox.announced = true;
        }
    }

    /// A visit found changes that the group's stream had not told. Signs of
    /// life alone do not make a stream a good one.
    pub(super) fn untold(&mut self, id: BoxId) {
        let Some(seat) = self.get(id).and_then(|mailbox| mailbox.seat) else {
            return;
        };
        let Some(group) = self.groups.get_mut(&seat.group) else {
            return;
        };
        group.untold += 1;
        if group.untold >= UNTOLD_MAX {
            group.untold = 0;
            measures::add(&self.measures.deaf_streams, 1);
            tracing::warn!(
                group = seat.group,
                "a stream tells nothing while calendars change"
            );
            group.wish(Wish::Renew);
        }
    }
}

/// A refused sign-in is the account's and not one mailbox's: its machine is
/// to try again, and whether anything is sent is decided for all.
fn about_watches(failure: Failure) -> Failure {
    match failure.kind {
        FailureKind::Credentials | FailureKind::NoCommonScheme => Failure {
            kind: FailureKind::Failing,
            ..failure
        },
        _ => failure,
    }
}
