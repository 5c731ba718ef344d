//! The slow part of a start as the loop sees it: keyring, store and folder
//! open sooner or later, and the accounts' engines begin.

use std::sync::Arc;

use calendar::Window;
use chrono::{DateTime, Duration, Utc};
use tokio::task::JoinSet;
use vault::Series;

use super::{
    driver::Driver,
    event::Event,
    feed::Course,
    secret::{Lack, Secret},
    setup::{Face, Setup},
    unlock::{self, Fetched, Unlocked},
};
use crate::{
    account::{Account, AccountId},
    folder::FolderLock,
    problem::{KeyringTrouble, Trouble},
    reminders::Input,
};

/// How often a store or a keyring that was not to be had is asked again.
const ASK_EVERY: Duration = Duration::minutes(2);

/// How long whoever holds the folder is waited for: they know what has rung.
const HOLDER_HAS: Duration = Duration::minutes(1);

/// Whether keyring and store are being asked.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Unlocking {
    /// No.
    Rests,
    /// Yes.
    UnderWay,
    /// Yes, and somebody wanted it meanwhile: the keyring may have been opened
    /// since, or an account may have come.
    AndOnceMore,
}

impl Driver {
    /// Asks keyring and store; once more after what is under way, and not when
    /// there is nothing to ask for: a keyring that has to be unlocked by hand is
    /// not bothered before there is an account.
    pub(super) fn unlock(&mut self) {
        let Some(accounts) = self
            .accounts
            .as_ref()
            .filter(|accounts| !accounts.list.is_empty())
        else {
            self.restore(Vec::new());
            return;
        };
        if self.unlocking != Unlocking::Rests {
            self.unlocking = Unlocking::AndOnceMore;
            return;
        }
        self.unlocking = Unlocking::UnderWay;
        let store = (self.may_store() && self.cabinet.is_none())
            .then(|| unlock::place(self.setup.folder.store(), accounts.install));
        let without_engine = accounts
            .list
            .iter()
            .filter(|account| !self.engines.contains_key(&account.id))
            .cloned()
            .collect();
        let keyring = Arc::clone(&self.setup.keyring);
        let shelf = Arc::clone(&self.setup.shelf);
        let events = self.events.clone();
        tokio::spawn(async move {
            let unlocked = unlock::unlock(keyring, shelf, store, without_engine).await;
            // Nobody listens when the session has ended meanwhile.
            let _ended = events.send(Event::Unlocked(Box::new(unlocked))).await;
        });
    }

    pub(super) fn unlocked(&mut self, unlocked: Unlocked) {
        let asked = std::mem::replace(&mut self.unlocking, Unlocking::Rests);
        let mut again = asked == Unlocking::AndOnceMore;
        let no_store_asked = matches!(unlocked.cabinet, Ok(None)) && self.cabinet.is_none();
        if again && no_store_asked && self.may_store() {
            // The folder was let go meanwhile: what has rung stands in the
            // store, and comes with the next answer.
            return self.unlock();
        }
        match unlocked.cabinet {
            Ok(Some(cabinet)) => {
                self.cabinet = Some(cabinet);
                again |= self.stop_engines();
            }
            Ok(None) => {}
            Err(trouble) => self.state.house = Some(trouble),
        }
        if self.cabinet.is_some()
            && matches!(
                self.state.house,
                Some(Trouble::Keyring(_) | Trouble::Store { .. })
            )
        {
            self.state.house = None;
        }
        if self.waited.is_none() {
            self.restore(unlocked.records);
        }
        self.restore_drafts(unlocked.drafts);
        for (id, fetched) in unlocked.secrets {
            self.start_or_explain(&id, fetched);
        }
        self.settle_drafts();
        self.watch_keyring();
        if again {
            self.unlock();
        }
    }

    /// Stops the engines that began without a store, so that they begin with
    /// it. Says whether there were any.
    fn stop_engines(&mut self) -> bool {
        let running = std::mem::take(&mut self.engines);
        let any = !running.is_empty();
        for (_, engine) in running {
            tokio::spawn(engine.stop());
        }
        any
    }

    /// Asks again for what was not to be had: a disk has room again, a keyring
    /// has come up. Not where that could open a prompt every few minutes.
    pub(super) fn ask_again(&mut self, now: DateTime<Utc>) {
        // A clock that was set back must not put it off.
        if self.ask_at > now && self.ask_at <= now + ASK_EVERY {
            return;
        }
        self.ask_at = now + ASK_EVERY;
        let troubles = self.state.keyring_troubles();
        let lacks_store = self.may_store() && self.cabinet.is_none();
        let has_account = !self.state.accounts.is_empty();
        if self.unlocking == Unlocking::Rests
            && has_account
            && (lacks_store || !troubles.is_empty())
            && !troubles.iter().copied().any(may_prompt)
        {
            self.unlock();
        }
    }

    /// A keyring that did not answer in time may be waiting for its user, who
    /// opens it a minute later.
    fn watch_keyring(&mut self) {
        let troubles = self.state.keyring_troubles();
        if !troubles.contains(&KeyringTrouble::Silent) {
            return;
        }
        let keyring = Arc::clone(&self.setup.keyring);
        let events = self.events.clone();
        self.keyring_watch = JoinSet::new();
        self.keyring_watch.spawn(async move {
            keyring.answered_late().await;
            let _ended = events.send(Event::KeyringAnswers).await;
        });
    }

    /// Reminders ring from now on. The terminal never lets them.
    fn restore(&mut self, records: Vec<crate::reminders::Record>) {
        if self.setup.face == Face::Desktop {
            self.state
                .reminders
                .handle(Input::Restored(records), self.setup.clock.now());
        }
    }

    fn start_or_explain(&mut self, id: &AccountId, fetched: Fetched) {
        // Signed in again while the keyring was thinking: what it tells is
        // older.
        if self.engines.contains_key(id) {
            return;
        }
        let Some(account) = self.state.accounts.iter().find(|a| a.id == *id).cloned() else {
            return;
        };
        let course = match fetched {
            Ok(Some(secret)) => return self.start_engine(&account, &secret),
            Ok(None) => Course::NoPassword,
            Err(Lack::Keyring(trouble)) => Course::NoKeyring(trouble),
            Err(Lack::Unusable(trouble)) => Course::Trouble(trouble),
        };
        self.state.amend(id, |feed| feed.course = course);
        self.open_post_signed_out(id);
        tokio::spawn(self.read_what_is_left(vec![id.clone()]));
    }

    /// Without a way to its server an account has the meetings of an earlier
    /// run: they are shown, and ring. What is over before the window begins
    /// goes, as an engine would have it.
    pub(super) fn read_what_is_left(
        &self,
        accounts: Vec<AccountId>,
    ) -> impl Future<Output = ()> + Send + 'static {
        let all = accounts.into_iter().filter_map(|id| {
            let cabinet = self.cabinet.as_ref()?;
            Some((cabinet.meetings(&id), id))
        });
        let all: Vec<(Series, AccountId)> = all.collect();
        let zone = self.state.surroundings.zone;
        let window = Window::around(self.setup.clock.now(), zone);
        let servers = Arc::clone(&self.setup.servers);
        let events = self.events.clone();
        async move {
            for (series, id) in all {
                // What cannot be read takes no meeting away.
                if let Some(left) = servers.stored_within(series, window, zone).await {
                    // Nobody listens when the session has ended meanwhile.
                    let _ended = events.send(Event::Left(id, left)).await;
                }
            }
        }
    }

    /// Accounts that nobody keeps in step.
    pub(super) fn without_engine(&self) -> Vec<AccountId> {
        let all = self.state.accounts.iter().map(|account| &account.id);
        let idle = all.filter(|id| !self.engines.contains_key(*id));
        idle.cloned().collect()
    }

    /// Keeps an account in step from now on and passes on what comes of it.
    pub(super) fn start_engine(&mut self, account: &Account, secret: &Secret) {
        let series = self
            .cabinet
            .as_ref()
            .map(|cabinet| cabinet.meetings(&account.id));
        let zone = self.state.surroundings.zone;
        let running = self.setup.servers.start(account, secret, series, zone);
        if self.setup.face == Face::Onlooker {
            running.forgo_texts();
        }
        let mut feeds = running.feed();
        if let Some(scheduler) = running.scheduler() {
            self.open_post(&account.id, scheduler);
        }
        self.engines.insert(account.id.clone(), running);
        let (id, events) = (account.id.clone(), self.events.clone());
        tokio::spawn(async move {
            loop {
                let feed = feeds.borrow_and_update().clone();
                if events.send(Event::Fed(id.clone(), feed)).await.is_err() {
                    return;
                }
                if feeds.changed().await.is_err() {
                    return;
                }
            }
        });
    }

    /// Whether this process may write the store.
    pub(super) fn may_store(&self) -> bool {
        self.lock.is_some()
    }

    /// The desktop program takes the folder as soon as whoever had it lets go:
    /// a command in the terminal holds it for a moment.
    pub(super) fn take_over(&mut self, now: DateTime<Utc>) {
        let is_barred = self.barred.is_some() && self.state.house == self.barred;
        if self.state.house != Some(Trouble::FolderTaken) && !is_barred {
            return;
        }
        (self.lock, self.barred) = take_folder(&self.setup);
        if self.barred.is_some() {
            self.state.house.clone_from(&self.barred);
        }
        let waited = self.waited.as_mut().map(|waited| waited.look(now));
        if waited.is_some_and(|waited| waited >= HOLDER_HAS) {
            // A ring too many is better than none.
            self.waited = None;
            self.restore(Vec::new());
        }
        if self.lock.is_some() {
            self.waited = None;
            self.state.house = None;
            self.changed = true;
            self.stop_engines();
            self.unlock();
        }
    }
}

/// Whether a keyring in this trouble may ask its user for something when it is
/// asked.
fn may_prompt(trouble: KeyringTrouble) -> bool {
    !matches!(trouble, KeyringTrouble::Absent | KeyringTrouble::Refused)
}

/// Takes the data folder, where this face writes it and nobody else has it; or
/// says why it cannot be taken.
pub(super) fn take_folder(setup: &Setup) -> (Option<FolderLock>, Option<Trouble>) {
    if setup.face == Face::Onlooker {
        return (None, None);
    }
    match setup.folder.lock() {
        Ok(lock) => (lock, None),
        Err(trouble) => {
            tracing::warn!(%trouble, "the data folder cannot be locked");
            (None, Some(trouble.into()))
        }
    }
}
