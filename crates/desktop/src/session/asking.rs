//! What the schedule window asks of a server: people, rooms, and when they
//! have time.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use chrono::Duration;

use super::{
    absence,
    command::Reply,
    driver::Driver,
    event::{Event, News},
};
use crate::{
    account::AccountId,
    schedule::Question,
    view::{CandidateView, Part},
    words::Words,
};

/// So long nothing more is to be typed before the server is asked for people.
const TYPED: Duration = Duration::milliseconds(200);
/// The shortest beginning of a name that the server is asked for.
const TYPED_LEAST: usize = 2;

/// Numbers the questions for people: the newest alone is asked.
pub(super) type Typing = Arc<AtomicU64>;

impl Driver {
    /// Asks the server for people beside those who were met, when nothing more
    /// is typed for a moment.
    pub(super) fn complete(&self, text: String, part: Part, reply: Reply<Vec<CandidateView>>) {
        let met = self.schedule.acquaintances_on(&self.state.board());
        let language = self.state.surroundings.words.language();
        let turn = self.typing.fetch_add(1, Ordering::Relaxed) + 1;
        let order = self.state.accounts.iter().map(|account| account.id.clone());
        let scheduler = self.post.scheduler(self.schedule.account(), order);
        let scheduler = scheduler.filter(|_| text.trim().chars().count() >= TYPED_LEAST);
        let (typing, clock) = (Arc::clone(&self.typing), Arc::clone(&self.setup.clock));
        tokio::spawn(async move {
            let mut found = Vec::new();
            if let Some((_, scheduler)) = scheduler {
                clock.wait_until(clock.now() + TYPED).await;
                if typing.load(Ordering::Relaxed) == turn {
                    found = scheduler.people(&text).await.unwrap_or_else(|failure| {
                        tracing::info!(kind = ?failure.kind, "people cannot be looked up");
                        Vec::new()
                    });
                }
            }
            let words = Words::new(language);
            // Whoever asked may have gone away meanwhile.
            let _gone = reply.send(Ok(met.complete(&text, part, &found, &words)));
        });
    }

    pub(super) fn resolve(&self, who: String) {
        let order = self.state.accounts.iter().map(|account| account.id.clone());
        let scheduler = self.post.scheduler(self.schedule.account(), order);
        let events = self.events.clone();
        tokio::spawn(async move {
            let found = match scheduler {
                Some((_, scheduler)) => scheduler.people(&who).await.ok(),
                None => None,
            };
            let news = News::Resolved(who, found);
            let _ended = events.send(Event::News(news)).await;
        });
    }

    pub(super) fn ask_rooms(&self, account: &AccountId) {
        let scheduler = self.post.scheduler(Some(account), std::iter::empty());
        let Some((account, scheduler)) = scheduler else {
            return;
        };
        let events = self.events.clone();
        tokio::spawn(async move {
            let rooms = scheduler.rooms().await;
            let rooms = rooms.inspect_err(|failure| {
                tracing::info!(kind = ?failure.kind, "the rooms are not listed");
            });
            let news = News::Rooms(account, rooms.ok());
            let _ended = events.send(Event::News(news)).await;
        });
    }

    pub(super) fn ask_time(&self, question: Question) {
        let order = self.state.accounts.iter().map(|account| account.id.clone());
        let scheduler = self.post.scheduler(self.schedule.account(), order);
        let here = (self.setup.clock.now(), self.state.surroundings.zone);
        let events = self.events.clone();
        tokio::spawn(async move {
            let Question {
                serial,
                people,
                within,
            } = question;
            let times = match scheduler {
                Some((_, scheduler)) => {
                    let times = absence::times(scheduler.as_ref(), &people, &within, here);
                    times.await.ok()
                }
                None => None,
            };
            let _ended = events.send(Event::News(News::Told(serial, times))).await;
        });
    }
}
