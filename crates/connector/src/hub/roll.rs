//! Who is on the list, and where their mailboxes are.

use std::{collections::BTreeSet, sync::Arc};

use chrono::{DateTime, Duration, Utc};
use engine::{exchange::Place, sync::Input, visit::Look};
use url::Url;
use vault::{Batch, RecordId, Series, VaultError, sensitive::Sensitive};

use super::{Hub, Shown, SignIn, jobs::Done, place_id, trust::Trust};
use crate::{
    cabinet::Cabinet,
    letters::{Inquiry, Served},
    list::Entry,
    mailbox::{BoxId, Mailbox, Standing},
    measures,
};

/// What the connector keeps of the list, to forget those who left it.
pub(crate) const SERIES: &str = "roll";
const RECORD: &str = "addresses";
const LISTED: &str = "listed";
/// When that is tried again after a failure.
const AGAIN: Duration = Duration::minutes(1);

/// Whether those who left the list are forgotten in the store.
#[derive(Debug, Default)]
pub(super) enum Roll {
    /// Not yet.
    #[default]
    Due,
    UnderWay,
    /// The same, and the list was read again meanwhile: two at a time would
    /// write over each other what they note.
    Overtaken,
    Settled,
    Again(DateTime<Utc>),
}

impl Roll {
    /// The list was read.
    fn called(&mut self) {
        *self = match self {
            Self::UnderWay | Self::Overtaken => Self::Overtaken,
            Self::Due | Self::Settled | Self::Again(_) => Self::Due,
        };
    }

    /// Whether it begins at a moment.
    fn is_due(&self, now: DateTime<Utc>) -> bool {
        match self {
            Self::Due => true,
            Self::Again(at) => *at <= now,
            Self::UnderWay | Self::Overtaken | Self::Settled => false,
        }
    }

    /// What was under way is over.
    fn over(&mut self, well: bool, now: DateTime<Utc>) {
        *self = match self {
            Self::Overtaken => Self::Due,
            _ if well => Self::Settled,
            _ => Self::Again(now + AGAIN),
        };
    }
}

impl Hub {
    /// Takes a list in: new ones come, old ones go.
    pub(super) fn call_roll(&mut self, entries: &[Entry], now: DateTime<Utc>) {
        let listed: BTreeSet<&str> = entries.iter().map(|one| &*one.address).collect();
        let gone = self.ids_where(|mailbox| !listed.contains(&*mailbox.address));
        for id in gone {
            self.let_go(id);
        }
        let fixed = self.fixed_place();
        // What grows by doubling leaves its smaller selves behind.
        let more = entries.len().saturating_sub(self.by_address.len());
        self.boxes.reserve_exact(more);
        self.by_address.reserve(more);
        for entry in entries {
            let listed = self.by_address.get(&*entry.address).copied();
            let id = listed.unwrap_or_else(|| self.come(entry, fixed.clone(), now));
            if let Some(mailbox) = self.get(id) {
                mailbox.line = entry.line;
                if mailbox.zone != entry.zone {
                    mailbox.zone = entry.zone;
                    mailbox.sync.handle(Input::Zone(entry.zone), now);
                }
                // What was wrong may have been put right.
                if mailbox.standing == Standing::Aside || mailbox.place.is_none() {
                    mailbox.search_at = now;
                }
            }
            self.touch(id, now);
        }
        self.regroup_at = Some(now);
        self.roll.called();
        self.uncounted(now);
    }

    fn come(&mut self, entry: &Entry, place: Option<Place>, now: DateTime<Utc>) -> BoxId {
        let place = place.map(|place| place_id(&mut self.places, place));
        let id = BoxId(u32::try_from(self.boxes.len()).unwrap_or(u32::MAX));
        let mailbox = Mailbox::new(entry, place, now);
        self.by_address.insert(Arc::clone(&mailbox.address), id);
        self.boxes.push(Some(mailbox));
        id
    }

    /// The list and the password were read again.
    pub(super) fn reload(
        &mut self,
        entries: &[Entry],
        (secret, shown): (Arc<Sensitive<String>>, Shown),
        now: DateTime<Utc>,
    ) {
        if secret.expose() != self.secret.expose() {
            tracing::info!("the account has another password");
            self.secret = secret;
            self.trust = Trust::default();
            self.accounts.clear();
            // Their streams are signed in with the old one.
            self.groups.clear();
        }
        self.accounts
            .values()
            .for_each(engine::exchange::ServiceAccount::try_again);
        self.searches_max = 1;
        self.trust.forgive();
        self.sign_in = SignIn::Good;
        if shown == Shown::Refused {
            self.sign_in_refused(now);
        }
        self.call_roll(entries, now);
        if shown == Shown::Refused {
            // Something has to try the password once more.
            for id in self.ids_where(|one| one.standing == Standing::Tended) {
                self.input(id, Input::Refresh, now);
            }
        }
        tracing::info!(mailboxes = entries.len(), "the list is read again");
    }

    /// The place of all mailboxes, where the settings name the server.
    fn fixed_place(&self) -> Option<Place> {
        let server = self.settings.exchange.server.as_ref()?;
        let with_scheme = if server.contains("://") {
            server.clone()
        } else {
            format!("https://{server}")
        };
        Some(Place {
            url: Url::parse(&with_scheme).ok()?,
            grouping: None,
        })
    }

    fn let_go(&mut self, id: BoxId) {
        let Some(mailbox) = self.get(id) else { return };
        mailbox.standing = Standing::Leaving;
        mailbox.seat = None;
        let due = mailbox.due.take();
        let address = Arc::clone(&mailbox.address);
        self.by_address.remove(&address);
        if let Some(at) = due {
            self.timers.remove(&(at, id));
        }
        // What only waits is not under way.
        let mut waited = [&mut self.visits, &mut self.questions, &mut self.searches].map(|queue| {
            let before = queue.len();
            queue.retain(|other| *other != id);
            queue.len() < before
        });
        if let Some(mailbox) = self.get(id) {
            let [visit, question, search] = &mut waited;
            mailbox.visiting &= !*visit;
            mailbox.asking &= !*question;
            mailbox.searching &= !*search;
        }
    }

    /// Takes those out who have left, once nothing of theirs is under way,
    /// and lets the store forget them.
    pub(super) fn settle_roll(&mut self, now: DateTime<Utc>) {
        if !self.roll.is_due(now) {
            return;
        }
        // A visit that ends after it was forgotten would bring it back.
        let leaving = self.ids_where(|mailbox| mailbox.standing == Standing::Leaving);
        let busy = |mailbox: &Mailbox| mailbox.visiting || mailbox.asking || mailbox.searching;
        if leaving
            .iter()
            .any(|id| self.get(*id).is_some_and(|one| busy(one)))
        {
            return;
        }
        for id in leaving {
            if let Some(place) = self.boxes.get_mut(id.0 as usize) {
                *place = None;
            }
        }
        self.roll = Roll::UnderWay;
        let stays: BTreeSet<String> = self.by_address.keys().map(ToString::to_string).collect();
        let cabinet = self.cabinet.clone();
        self.running
            .spawn(async move { Done::Roll(settle(cabinet.as_ref(), &stays).await) });
    }

    pub(super) fn roll_settled(&mut self, outcome: Result<usize, VaultError>, now: DateTime<Utc>) {
        self.roll.over(outcome.is_ok(), now);
        match outcome {
            Ok(0) => {}
            Ok(forgotten) => {
                tracing::info!(forgotten, "mailboxes that left the list are forgotten");
            }
            Err(error) => tracing::warn!(%error, "who left the list is not forgotten yet"),
        }
    }

    /// The account may not act for it, or it does not exist.
    pub(super) fn set_aside(&mut self, id: BoxId, now: DateTime<Utc>) {
        if let Some(mailbox) = self.get(id) {
            mailbox.standing = Standing::Aside;
            mailbox.in_step = false;
            mailbox.listened = false;
            mailbox.seat = None;
            mailbox.search_at = mailbox.tomorrow(now);
        }
        self.touch(id, now);
        self.regroup_at = Some(now);
        self.uncounted(now);
    }

    /// It can be looked after again, from its beginning.
    pub(super) fn take_up(&mut self, id: BoxId, now: DateTime<Utc>) {
        if let Some(mailbox) = self.get(id)
            && mailbox.standing == Standing::Aside
        {
            let entry = Entry {
                address: Arc::clone(&mailbox.address),
                zone: mailbox.zone,
                line: mailbox.line,
            };
            let (place, due) = (mailbox.place, mailbox.due);
            *mailbox = Mailbox::new(&entry, place, now);
            mailbox.due = due;
            mailbox.look = Look::AtAll;
            mailbox.search_at = mailbox.tomorrow(now);
            self.regroup_at = Some(now);
        }
        self.touch(id, now);
        self.uncounted(now);
    }

    /// Tells where a mailbox of the list is served.
    pub(super) fn inform(&mut self, inquiry: Inquiry) {
        let listed = self.by_address.get(inquiry.address.as_str()).copied();
        let served = match listed {
            Some(id) => self.served(id).unwrap_or(Served::NotNow),
            None => Served::Nowhere,
        };
        // Who asked has ended.
        let _told = inquiry.reply.send(served);
    }

    fn served(&mut self, id: BoxId) -> Option<Served> {
        let good = matches!(self.sign_in, SignIn::Good);
        let mailbox = self.get(id)?;
        let (zone, place) = (mailbox.zone, mailbox.place?);
        if mailbox.standing != Standing::Tended || !good {
            return None;
        }
        let server = self.server_of(place)?;
        let account = self.account_at(&server).ok()?;
        Some(Served::Here { account, zone })
    }

    /// The mailboxes of whom something is true.
    pub(super) fn ids_where(&self, mut is: impl FnMut(&Mailbox) -> bool) -> Vec<BoxId> {
        let each = self.boxes.iter().enumerate();
        each.filter(|(_, mailbox)| mailbox.as_ref().is_some_and(&mut is))
            .filter_map(|(at, _)| u32::try_from(at).ok().map(BoxId))
            .collect()
    }

    pub(super) fn count(&mut self) {
        self.count_at = None;
        let (mut all, mut aside, mut in_step, mut listened) = (0, 0, 0, 0);
        for mailbox in self.boxes.iter().flatten() {
            match mailbox.standing {
                Standing::Leaving => continue,
                Standing::Aside => aside += 1,
                Standing::Tended => {}
            }
            all += 1;
            in_step += usize::from(mailbox.in_step);
            listened += usize::from(mailbox.listened);
        }
        measures::set(&self.measures.mailboxes, all);
        measures::set(&self.measures.set_aside, aside);
        measures::set(&self.measures.in_step, in_step);
        measures::set(&self.measures.listening, listened);
    }
}

/// What is kept of the list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Noted {
    /// Those of whom the store may have something.
    known: BTreeSet<String>,
    /// Those of them whom the last list had.
    pub(crate) listed: BTreeSet<String>,
}

impl Noted {
    pub(crate) async fn load(own: &Series) -> Result<Self, VaultError> {
        let loaded = own.load().await?;
        let read = |name: &str| {
            let mut records = loaded.records.iter().filter(|(id, _)| id.0 == name);
            records.find_map(|(_, bytes)| serde_json::from_slice(bytes).ok())
        };
        let known: BTreeSet<String> = read(RECORD).unwrap_or_default();
        // Earlier versions noted no more than the former.
        let listed = read(LISTED).unwrap_or_else(|| known.clone());
        Ok(Self { known, listed })
    }

    async fn keep(&self, own: &Series) -> Result<(), VaultError> {
        // Texts always have a JSON form.
        let put = |name: &str, addresses: &BTreeSet<String>| {
            let bytes = serde_json::to_vec(addresses).unwrap_or_default();
            (RecordId(name.to_owned()), bytes)
        };
        let batch = Batch {
            put: vec![put(RECORD, &self.known), put(LISTED, &self.listed)],
            replace: true,
            ..Batch::default()
        };
        own.commit(batch).await
    }
}

/// Forgets whom an earlier list had, and notes the present one, with those who
/// could not be forgotten yet. Newcomers are noted first: forgetting takes its
/// time, and who is not noted when the program is killed is never forgotten.
async fn settle(cabinet: &dyn Cabinet, stays: &BTreeSet<String>) -> Result<usize, VaultError> {
    let own = cabinet.own(SERIES).await?;
    let before = Noted::load(&own).await?;
    let both = Noted {
        known: &before.known | stays,
        listed: stays.clone(),
    };
    if before != both {
        both.keep(&own).await?;
    }
    let gone: Vec<&String> = before.known.difference(stays).collect();
    let (mut after, mut outcome) = (both.clone(), Ok(()));
    for address in &gone {
        // All of them are tried: none waits for another one.
        let forgotten = cabinet.forget(address).await;
        if forgotten.is_ok() {
            after.known.remove(*address);
        }
        outcome = outcome.and(forgotten);
    }
    if both != after {
        after.keep(&own).await?;
    }
    outcome.map(|()| gone.len())
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use async_trait::async_trait;
    use chrono_tz::Tz;
    use engine::{Clock as _, SystemClock};
    use tokio::sync::Semaphore;
    use vault::{StoreError, Vault, key::Key, memory::MemoryStore};

    use super::*;
    use crate::{Measures, OneVault, Settings, Setup};

    /// It cannot forget one of them, and waits with another one.
    struct Stubborn(OneVault, Semaphore);

    const STUCK: &str = "stuck@example.org";
    const SLOW: &str = "slow@example.org";

    async fn stubborn() -> Stubborn {
        let vault = Vault::open(Arc::new(MemoryStore::default()), &Key::generate()).await;
        Stubborn(OneVault(vault.unwrap()), Semaphore::new(0))
    }

    #[async_trait]
    impl Cabinet for Stubborn {
        async fn meetings(&self, address: &str) -> Result<Series, VaultError> {
            self.0.meetings(address).await
        }
        async fn presence(&self, address: &str) -> Result<Series, VaultError> {
            self.0.presence(address).await
        }
        async fn colleagues(&self) -> Result<Series, VaultError> {
            self.0.colleagues().await
        }
        async fn own(&self, name: &str) -> Result<Series, VaultError> {
            self.0.own(name).await
        }
        async fn forget(&self, address: &str) -> Result<(), VaultError> {
            if address == STUCK {
                return Err(StoreError::Failed("the store".into(), "away".into()).into());
            }
            if address == SLOW {
                self.1.acquire().await.unwrap().forget();
            }
            self.0.forget(address).await
        }
        async fn tend(&self, now: SystemTime) -> Result<(), VaultError> {
            self.0.tend(now).await
        }
        async fn close(&self) {}
    }

    fn list<const N: usize>(addresses: [&str; N]) -> BTreeSet<String> {
        addresses.map(str::to_owned).into()
    }

    #[test]
    fn a_list_that_is_read_while_one_is_settled_has_its_turn_after_it_whatever_came_of_that() {
        let now = DateTime::UNIX_EPOCH;
        for well in [true, false] {
            let mut roll = Roll::UnderWay;
            roll.called();
            assert!(!roll.is_due(now), "two at a time");
            roll.called();
            roll.over(well, now);
            assert!(roll.is_due(now));
        }
        let mut roll = Roll::UnderWay;
        roll.over(false, now);
        assert!(!roll.is_due(now) && roll.is_due(now + AGAIN));
        roll.called();
        assert!(roll.is_due(now));
        roll = Roll::UnderWay;
        roll.over(true, now);
        assert!(!roll.is_due(now + AGAIN));
    }

    #[tokio::test]
    async fn who_cannot_be_forgotten_does_not_keep_newcomers_from_being_noted() {
        let cabinet = stubborn().await;
        let (anna, ben) = ("anna@example.org", "ben@example.org");
        let first = settle(&cabinet, &list([anna, STUCK])).await;
        assert_eq!(first.unwrap(), 0);
        assert!(settle(&cabinet, &list([ben])).await.is_err());
        let own = cabinet.own(SERIES).await.unwrap();
        let noted = Noted::load(&own).await.unwrap();
        assert_eq!(noted.known, list([ben, STUCK]), "it is tried again");
        assert_eq!(noted.listed, list([ben]), "and is not on the list again");
    }

    #[tokio::test]
    async fn sr_55_newcomers_are_noted_before_anybody_is_forgotten() {
        let cabinet = stubborn().await;
        settle(&cabinet, &list([SLOW])).await.unwrap();
        let own = cabinet.own(SERIES).await.unwrap();
        let ben = list(["ben@example.org"]);
        let mut settling = Box::pin(settle(&cabinet, &ben));
        for _ in 0..100 {
            assert!(futures_util::poll!(&mut settling).is_pending());
            tokio::task::yield_now().await;
        }
        // It is killed while it waits.
        drop(settling);
        let both = list([SLOW, "ben@example.org"]);
        assert_eq!(Noted::load(&own).await.unwrap().known, both);
    }

    fn settings() -> Settings {
        let text = r#"
            [exchange]
            account = "svc@example.org"
            server = "https://127.0.0.1:9/EWS/Exchange.asmx"
            [mailboxes]
            list = "/nonexistent"
            zone = "UTC"
            [store]
            folder = "/nonexistent"
        "#;
        toml::from_str(text).unwrap()
    }

    fn entries<const N: usize>(addresses: [&str; N]) -> Vec<Entry> {
        let each = addresses.map(|address| Entry {
            address: address.into(),
            zone: Tz::UTC,
            line: 1,
        });
        each.into()
    }

    async fn one_ends(hub: &mut Hub) {
        let done = hub.running.join_next().await.unwrap().unwrap();
        hub.take(done, SystemClock.now());
    }

    #[tokio::test]
    async fn sr_55_whoever_comes_while_another_one_is_being_forgotten_stays_noted() {
        let (ben, cleo) = ("ben@example.org", "cleo@example.org");
        let cabinet = Arc::new(stubborn().await);
        let own = cabinet.own(SERIES).await.unwrap();
        let now = SystemClock.now();
        let mut hub = Hub::new(Setup {
            settings: settings(),
            entries: entries([SLOW, ben]),
            secret: Arc::new(Sensitive::new("secret".to_owned())),
            cabinet: Arc::clone(&cabinet) as Arc<dyn Cabinet>,
            clock: Arc::new(SystemClock),
            measures: Arc::new(Measures::default()),
        });
        hub.settle_roll(now);
        one_ends(&mut hub).await;

        hub.call_roll(&entries([ben]), now);
        hub.settle_roll(now);
        hub.call_roll(&entries([ben, cleo]), now);
        hub.settle_roll(now);
        assert_eq!(hub.running.len(), 1, "one waits for the other");
        cabinet.1.add_permits(2);
        while !hub.running.is_empty() {
            one_ends(&mut hub).await;
            hub.settle_roll(now);
        }
        assert_eq!(Noted::load(&own).await.unwrap().known, list([ben, cleo]));
    }
}
