//! The session's state and what follows from it; no I/O and no clock.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use calendar::join::Services;
use chrono::{DateTime, Duration, DurationRound, Utc};
use chrono_tz::Tz;

use super::{
    doubt::Doubt,
    feed::{self, Course, Feed},
    handle::Report,
    looking::Looking,
    preferences::Preferences,
};
use crate::{
    account::{Account, AccountId},
    board::Board,
    problem::{KeyringTrouble, Trouble},
    reminders::{Planned, ReminderId, Reminders},
    screen::{self, Bell, Ringing, Scene, Surroundings, Whereabouts},
    view::{
        AccountView, AgendaView, BannerView, EnvironmentView, NotificationView, OpenedView,
        RingView, SettingsView, TrayView,
    },
};

/// Everything the session knows.
#[derive(Debug)]
pub(super) struct State {
    /// The accounts in the order they were added.
    pub(super) accounts: Vec<Account>,
    /// Settings, words and zone.
    pub(super) surroundings: Arc<Surroundings>,
    /// The reconciler of reminders.
    pub(super) reminders: Reminders,
    /// What is wrong with this installation rather than with an account.
    pub(super) house: Option<Trouble>,
    /// The video services, for the settings.
    pub(super) services: Services,
    /// Where people of meetings that were opened are.
    pub(super) whereabouts: Whereabouts,
    /// What the agenda window looks at.
    pub(super) looking: Looking,
    /// Which link waits for a second press.
    pub(super) doubt: Doubt,
    feeds: BTreeMap<AccountId, Feed>,
    /// Whose server is searched for.
    sought: BTreeSet<AccountId>,
    board: Arc<Board>,
}

/// All screens of one moment.
#[derive(Debug)]
pub(super) struct Screens {
    pub(super) agenda: AgendaView,
    pub(super) opened: OpenedView,
    pub(super) ring: RingView,
    pub(super) tray: TrayView,
    pub(super) accounts: Vec<AccountView>,
    pub(super) settings: SettingsView,
    pub(super) environment: EnvironmentView,
}

impl State {
    /// A session with these accounts which has heard from none of them.
    pub(super) fn new(accounts: Vec<Account>, surroundings: Surroundings) -> Self {
        let minutes = surroundings.settings.reminders.collapse_after_minutes;
        let mut state = Self {
            feeds: accounts
                .iter()
                .map(|a| (a.id.clone(), Feed::waiting()))
                .collect(),
            accounts,
            sought: BTreeSet::new(),
            surroundings: Arc::new(surroundings),
            reminders: Reminders::new(Duration::minutes(i64::from(minutes))),
            house: None,
            whereabouts: Whereabouts::default(),
            looking: Looking::default(),
            doubt: Doubt::default(),
            services: Services::built_in().clone(),
            board: Arc::new(Board::empty()),
        };
        state.rebuild();
        state
    }

    /// The meetings of all accounts.
    pub(super) fn board(&self) -> Arc<Board> {
        Arc::clone(&self.board)
    }

    /// Takes an account in, in place of the one with its id. What is known of
    /// its meetings stays: they ring until its engine knows better.
    pub(super) fn put(&mut self, account: Account) {
        self.feeds
            .entry(account.id.clone())
            .and_modify(|feed| feed.course = Course::Updating)
            .or_insert_with(Feed::waiting);
        match self
            .accounts
            .iter_mut()
            .find(|known| known.id == account.id)
        {
            Some(known) => *known = account,
            None => self.accounts.push(account),
        }
        self.rebuild();
    }

    /// The same account at another server, or with news about its search; what
    /// is known of its meetings stays.
    pub(super) fn replace(&mut self, account: Account) {
        let known = self.accounts.iter_mut().find(|one| one.id == account.id);
        if let Some(known) = known {
            *known = account;
            self.rebuild();
        }
    }

    /// How an account fares.
    pub(super) fn course(&self, id: &AccountId) -> Option<Course> {
        self.feeds.get(id).map(|feed| feed.course)
    }

    /// An account's server is searched for, or is not any more.
    pub(super) fn seeking(&mut self, id: &AccountId, under_way: bool) {
        if under_way {
            self.sought.insert(id.clone());
        } else {
            self.sought.remove(id);
        }
    }

    /// Forgets an account.
    pub(super) fn remove(&mut self, id: &AccountId) {
        self.feeds.remove(id);
        self.accounts.retain(|account| account.id != *id);
        self.rebuild();
    }

    /// Takes in what an account's engine says. What comes from an account
    /// that has been removed meanwhile is passed over.
    pub(super) fn absorb(&mut self, id: &AccountId, feed: Feed) {
        if let Some(known) = self.feeds.get_mut(id) {
            if feed.course != Course::UpToDate && feed.as_of < known.as_of {
                // An engine that begins anew knows what its store has, which may
                // be nothing: that takes away nothing of what is known since.
                known.course = match feed.course {
                    Course::Starting => Course::Updating,
                    course => course,
                };
            } else {
                *known = feed;
            }
            self.rebuild();
        }
    }

    /// Changes what is known about one account.
    pub(super) fn amend(&mut self, id: &AccountId, amend: impl FnOnce(&mut Feed)) {
        if let Some(feed) = self.feeds.get_mut(id) {
            amend(feed);
            self.rebuild();
        }
    }

    /// The user may be in another zone now; says whether that is so.
    pub(super) fn travel(&mut self, zone: Tz, locale: &str) -> bool {
        if self.surroundings.zone == zone {
            return false;
        }
        let settings = self.surroundings.settings.clone();
        self.surroundings = Arc::new(Surroundings::new(settings, locale, zone));
        self.rebuild();
        true
    }

    /// The settings are others now.
    pub(super) fn adopt(&mut self, surroundings: Surroundings) {
        let minutes = surroundings.settings.reminders.collapse_after_minutes;
        self.reminders
            .collapse_after(Duration::minutes(i64::from(minutes)));
        self.surroundings = Arc::new(surroundings);
        self.rebuild();
    }

    /// What a window must know before it says its first word.
    fn environment(&self) -> EnvironmentView {
        EnvironmentView {
            language: self.surroundings.words.language().code().to_owned(),
            theme: self.surroundings.settings.appearance.theme,
            week_begins: self.surroundings.formats.week_begins(),
        }
    }

    /// The first trouble of an account, in the order they were added.
    fn account_trouble(&self) -> Option<(&Account, Trouble)> {
        self.accounts.iter().find_map(|account| {
            let trouble = self.feeds.get(&account.id)?.trouble(account)?;
            Some((account, trouble))
        })
    }

    /// The first account whose server has another time.
    fn other_clock(&self) -> Option<(&Account, Trouble)> {
        self.accounts.iter().find_map(|account| {
            let clocks = self.feeds.get(&account.id)?.clocks(account)?;
            Some((account, clocks))
        })
    }

    /// Whether all accounts are in step with their servers.
    pub(super) fn is_in_step(&self) -> bool {
        let mut feeds = self.feeds.values();
        feeds.all(|feed| feed.course == Course::UpToDate)
    }

    /// What the keyring's troubles are, for the house and for each account.
    pub(super) fn keyring_troubles(&self) -> Vec<KeyringTrouble> {
        let of_house = match self.house {
            Some(Trouble::Keyring(trouble)) => Some(trouble),
            _ => None,
        };
        let of_accounts = self.feeds.values().filter_map(|feed| match feed.course {
            Course::NoKeyring(trouble) => Some(trouble),
            _ => None,
        });
        of_house.into_iter().chain(of_accounts).collect()
    }

    /// The reminders the calendar wants.
    pub(super) fn planned(&self, now: DateTime<Utc>) -> Vec<Planned> {
        super::plan::planned(&self.board, &self.surroundings, now)
    }

    /// All screens at `now`.
    pub(super) fn screens(&self, now: DateTime<Utc>, preferences: &Preferences) -> Screens {
        let scene = Scene {
            whereabouts: Some(&self.whereabouts),
            missed: Some(self.reminders.missed()),
            ..self.surroundings.scene(now)
        };
        let bell = Bell {
            waiting: self.reminders.is_waiting(now),
            muted_until: preferences.muted_until(),
        };
        let accounts = self.account_views(&scene);
        Screens {
            agenda: screen::agenda(&self.board, self.banner(&scene), &scene),
            opened: self.looking.view(&self.board, &self.accounts, &scene),
            ring: self.ring_of(&scene),
            tray: screen::tray(&self.board, bell, &scene),
            settings: screen::settings(
                accounts.clone(),
                preferences.last(),
                &self.services,
                &scene,
            ),
            accounts,
            environment: self.environment(),
        }
    }

    /// What the ring window shows at `now`.
    pub(super) fn ring(&self, now: DateTime<Utc>) -> RingView {
        self.ring_of(&self.surroundings.scene(now))
    }

    fn ring_of(&self, scene: &Scene<'_>) -> RingView {
        let open = self.reminders.open();
        let ringing: Vec<Ringing<'_>> = open.filter_map(|one| self.ringing(one)).collect();
        screen::ring(&ringing, scene)
    }

    /// The values behind the screens.
    pub(super) fn report(&self) -> Report {
        let (trouble, words) = (self.trouble(), &self.surroundings.words);
        Report {
            board: Arc::clone(&self.board),
            surroundings: Arc::clone(&self.surroundings),
            problem: trouble.map(|trouble| trouble.problem(words)),
            clocks: self.other_clock().map(|(_, clocks)| clocks.problem(words)),
            settled: self.sought.is_empty() && self.feeds.values().all(Feed::is_settled),
        }
    }

    /// What is wrong first of all.
    fn trouble(&self) -> Option<Trouble> {
        if self.waits_for_passphrase() {
            return self.house.clone();
        }
        let trouble = self.account_trouble().map(|(_, trouble)| trouble);
        trouble.or_else(|| self.house.clone())
    }

    /// Only the user can end it, and little works before.
    fn waits_for_passphrase(&self) -> bool {
        self.house == Some(Trouble::Keyring(KeyringTrouble::Passphrase))
    }

    /// One account as the windows list it.
    pub(super) fn account_view(&self, id: &AccountId, now: DateTime<Utc>) -> Option<AccountView> {
        let views = self.account_views(&self.surroundings.scene(now));
        views.into_iter().find(|view| *view.id == *id.0)
    }

    /// The notification of a reminder; `None` when its meeting is gone.
    pub(super) fn notification(
        &self,
        id: &ReminderId,
        now: DateTime<Utc>,
    ) -> Option<NotificationView> {
        let planned = self.reminders.planned(id)?;
        let ringing = self.ringing(planned)?;
        Some(screen::notification(
            &ringing,
            &self.surroundings.scene(now),
        ))
    }

    /// When a text on a screen changes although nothing happens: at the next
    /// full minute, and when a meeting begins or ends between two of them.
    pub(super) fn next_change(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        let minute = Duration::minutes(1);
        let full = now.duration_trunc(minute).unwrap_or(now) + minute;
        let zone = self.surroundings.zone;
        self.board
            .entries
            .iter()
            .flat_map(|entry| [entry.meeting.span.start(zone), entry.meeting.span.end(zone)])
            .filter(|at| now < *at && *at < full)
            .min()
            .unwrap_or(full)
    }

    fn ringing<'a>(&'a self, planned: &'a Planned) -> Option<Ringing<'a>> {
        let entry = self.board.find(&planned.meeting)?;
        Some(Ringing {
            reminder: &planned.id.0,
            due: planned.due,
            entry,
        })
    }

    fn banner(&self, scene: &Scene<'_>) -> Option<BannerView> {
        if self.waits_for_passphrase() {
            return Some(self.house.as_ref()?.banner(scene.words));
        }
        let about = match (self.account_trouble(), &self.house) {
            (Some(about), _) => about,
            (None, Some(house)) => return Some(house.banner(scene.words)),
            (None, None) => self.other_clock()?,
        };
        let (account, trouble) = about;
        Some(BannerView {
            account: Some(account.id.to_string()),
            ..trouble.banner(scene.words)
        })
    }

    fn account_views(&self, scene: &Scene<'_>) -> Vec<AccountView> {
        self.accounts
            .iter()
            .map(|account| AccountView {
                id: account.id.to_string(),
                user: account.user.clone(),
                host: account.host(),
                sync: scene.sync(feed::freshness(self.feeds.get(&account.id).as_slice())),
            })
            .collect()
    }

    fn rebuild(&mut self) {
        let feeds: Vec<&Feed> = self
            .accounts
            .iter()
            .filter_map(|account| self.feeds.get(&account.id))
            .collect();
        let agendas = self.accounts.iter().filter_map(|account| {
            self.feeds
                .get(&account.id)
                .map(|feed| (&account.id, feed.agenda.as_ref()))
        });
        self.board = Arc::new(Board {
            entries: Board::entries_of(agendas, self.surroundings.zone),
            freshness: feed::freshness(&feeds),
            has_account: !self.accounts.is_empty(),
            away: feeds.iter().filter_map(|feed| feed.away).collect(),
        });
    }
}
