//! Tells the organization's devices who is out of office.

use std::{collections::BTreeMap, sync::Arc};

use chrono::{DateTime, Duration, Utc};
use engine::remote::{
    colleagues::{self, Board},
    presence::Presence,
};
use vault::VaultError;

use super::{Hub, jobs::Done};
use crate::{cabinet::Cabinet, mailbox::Standing};

/// The least time between two boards: each device reads each of them.
const EVERY: Duration = Duration::seconds(30);
/// When it is looked whether there is something to tell, while the first
/// answers still come in or the service is not to be asked.
const SOON: Duration = Duration::seconds(1);
/// When a board that could not be sealed is tried again.
const RETRIED: Duration = Duration::seconds(5);
/// The same board is told again, so that a reader sees that it is kept.
const AGAIN: Duration = Duration::hours(1);
/// A mailbox that does not answer keeps the board waiting for so long after
/// the start.
const WAITED: Duration = Duration::minutes(30);

/// What was told, and when the next board may be.
pub(super) struct Notice {
    told: Option<Arc<Board>>,
    at: DateTime<Utc>,
    begun: DateTime<Utc>,
    under_way: bool,
}

impl Notice {
    pub(super) fn new(now: DateTime<Utc>) -> Self {
        Self {
            told: None,
            at: now,
            begun: now,
            under_way: false,
        }
    }

    /// When it is to be looked at.
    pub(super) fn due(&self) -> DateTime<Utc> {
        self.at
    }
}

impl Hub {
    /// Seals another board where it says something else than the last one.
    pub(super) fn post_board(&mut self, now: DateTime<Utc>) {
        let shared = self.settings.service.as_ref();
        let shares = shared.is_some_and(|service| service.share_presence);
        if self.notice.at > now {
            return;
        }
        self.notice.at = now + EVERY;
        if !shares || self.notice.under_way {
            return;
        }
        // Without an answer for each it would show those as present of whom
        // nothing is known yet.
        let may = self.store.may_begin(now);
        let Some(away) = self.who_is_away(now).filter(|_| may) else {
            self.notice.at = now + SOON;
            return;
        };
        if let Some(told) = &self.notice.told
            && told.away == away
            && now < told.as_of + AGAIN
        {
            return;
        }
        self.notice.under_way = true;
        let (board, cabinet) = (Board { as_of: now, away }, self.cabinet.clone());
        self.running.spawn(async move {
            let kept = keep(cabinet.as_ref(), &board).await;
            Done::Board(Arc::new(board), kept)
        });
    }

    /// `None` while some of them have not been asked about yet.
    fn who_is_away(&self, now: DateTime<Utc>) -> Option<BTreeMap<String, Presence>> {
        let all_are_known = now - self.notice.begun >= WAITED;
        let mut away = BTreeMap::new();
        for mailbox in self.boxes.iter().flatten() {
            if mailbox.standing != Standing::Tended {
                continue;
            }
            match mailbox.oof.presence {
                Some(Presence::InOffice) => {}
                Some(presence) => {
                    away.insert(mailbox.address.to_string(), presence);
                }
                None if all_are_known => {}
                None => return None,
            }
        }
        Some(away)
    }

    pub(super) fn board_posted(
        &mut self,
        board: Arc<Board>,
        kept: Result<(), VaultError>,
        now: DateTime<Utc>,
    ) {
        self.notice.under_way = false;
        match kept {
            Ok(()) => self.notice.told = Some(board),
            Err(error) => {
                self.notice.at = now + RETRIED;
                tracing::warn!(%error, "who is away is not told yet");
            }
        }
    }
}

async fn keep(cabinet: &dyn Cabinet, board: &Board) -> Result<(), VaultError> {
    let series = cabinet.colleagues().await?;
    colleagues::keep(&series, board).await
}
