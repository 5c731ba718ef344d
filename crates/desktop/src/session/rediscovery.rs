//! When the server of an account that was found by its address is searched for
//! again: once a day, and when the mailbox seems to have moved. What is known
//! stays until another server has let the account in.

use std::{collections::BTreeMap, sync::Arc};

use chrono::{DateTime, Duration, Utc};
use vault::keyring::KeyRing;

use super::{
    driver::Driver,
    event::{Event, NewAccount},
    feed::Course,
    secret::Secret,
    servers::{Search, SearchAs, Servers},
    setup::Face,
};
use crate::{
    account::{Account, AccountId, Found, Way},
    problem::ServerTrouble,
};

/// How often a server is searched for that gives no cause for it.
const DAILY: Duration = Duration::hours(24);
/// The days of an organisation's users are spread by so much.
const SPREAD_MINUTES: u64 = 120;
/// How long after a search that came to nothing the next one may begin.
const AGAIN: Duration = Duration::minutes(15);
/// The longest that one waits after searches that came to nothing.
const AGAIN_MAX: Duration = Duration::hours(6);

/// What came of a search.
pub(super) enum Sought {
    /// The server is the one that is known.
    Same,
    /// The mailbox is at another one, which lets the account in.
    Moved(Box<NewAccount>),
    /// Nobody was found, or nobody who lets the account in.
    Nothing,
}

/// When each account's server was searched for.
#[derive(Debug, Default)]
pub(super) struct Rediscovery(BTreeMap<AccountId, Turn>);

#[derive(Debug, Default)]
struct Turn {
    under_way: bool,
    in_vain: u32,
    /// When the last search of this run was over.
    over: Option<DateTime<Utc>>,
}

impl Rediscovery {
    /// Whether the account's server is to be searched for now.
    pub(super) fn is_due(&self, account: &Account, moved: bool, now: DateTime<Utc>) -> bool {
        let Some(found) = &account.found else {
            return false;
        };
        let turn = self.0.get(&account.id);
        if turn.is_some_and(|turn| turn.under_way) {
            return false;
        }
        let asked = turn.and_then(|turn| turn.over).unwrap_or(found.asked);
        let vain = turn.map_or(0, |turn| turn.in_vain);
        let wait = if moved || vain > 0 {
            let doubled = AGAIN * (1_i32 << vain.saturating_sub(1).min(8));
            // The first sign of a move is followed at once.
            if turn.is_none_or(|turn| turn.over.is_none()) && moved {
                Duration::zero()
            } else {
                doubled.min(AGAIN_MAX)
            }
        } else {
            DAILY + spread(&account.id)
        };
        // A clock that was set back must not put it off for ever.
        asked + wait <= now || asked > now + DAILY
    }

    fn begun(&mut self, id: &AccountId) {
        self.0.entry(id.clone()).or_default().under_way = true;
    }

    fn over(&mut self, id: &AccountId, sought: &Sought, now: DateTime<Utc>) {
        let turn = self.0.entry(id.clone()).or_default();
        turn.under_way = false;
        turn.over = Some(now);
        turn.in_vain = match sought {
            Sought::Same | Sought::Moved(_) => 0,
            Sought::Nothing => turn.in_vain.saturating_add(1),
        };
    }
}

/// The same for an account each time, and another for each account.
fn spread(id: &AccountId) -> Duration {
    let sum = id.0.bytes().fold(0_u64, |sum, byte| {
        sum.wrapping_mul(31).wrapping_add(u64::from(byte))
    });
    Duration::minutes(i64::try_from(sum % SPREAD_MINUTES).unwrap_or_default())
}

/// Whether a course is what a mailbox looks like that has moved.
fn looks_moved(course: Course) -> bool {
    matches!(
        course,
        Course::Trouble(ServerTrouble::Elsewhere | ServerTrouble::NotEws)
    )
}

impl Driver {
    /// Begins the searches that are due.
    pub(super) fn search_again(&mut self, now: DateTime<Utc>) {
        // A terminal that stays leaves it to the desktop program, and a command
        // that comes and goes has no day.
        let daily = match self.setup.face {
            Face::Desktop => true,
            Face::Terminal => false,
            Face::Onlooker => return,
        };
        for account in self.state.accounts.clone() {
            let Some(course) = self.state.course(&account.id) else {
                continue;
            };
            let moved = looks_moved(course);
            if (moved || daily) && self.rediscovery.is_due(&account, moved, now) {
                self.begin_search(account, course);
            }
        }
    }

    fn begin_search(&mut self, account: Account, course: Course) {
        self.rediscovery.begun(&account.id);
        self.state.seeking(&account.id, true);
        self.changed = true;
        let keyring = Arc::clone(&self.setup.keyring);
        let (servers, events) = (Arc::clone(&self.setup.servers), self.events.clone());
        // What a server refuses is not shown to others.
        let refused = course == Course::Trouble(ServerTrouble::Credentials);
        tokio::spawn(async move {
            let id = account.id.clone();
            let sought = search(servers.as_ref(), &keyring, account, refused).await;
            let _ended = events.send(Event::SoughtAgain(id, sought)).await;
        });
    }

    /// What came of a search.
    pub(super) fn sought_again(&mut self, id: &AccountId, sought: Sought) {
        let now = self.setup.clock.now();
        self.rediscovery.over(id, &sought, now);
        // After a move it is over when the engine begins at the new server.
        if !matches!(sought, Sought::Moved(_)) {
            self.state.seeking(id, false);
        }
        let Some(known) = self.state.accounts.iter().find(|a| a.id == *id).cloned() else {
            return;
        };
        let asked = |account: Account| Account {
            found: account.found.map(|found| Found {
                asked: now,
                ..found
            }),
            ..account
        };
        match sought {
            Sought::Nothing => {}
            Sought::Same => {
                let account = asked(known);
                self.state.replace(account.clone());
                self.note(&account);
            }
            Sought::Moved(new) => {
                let NewAccount { account, secret } = *new;
                let account = asked(account);
                tracing::info!("a mailbox is at another server now");
                self.state.replace(account.clone());
                self.note(&account);
                let engine = self.engines.remove(id);
                let events = self.events.clone();
                let begins = Event::Begin(Box::new(NewAccount { account, secret }));
                // The old one has the store until it has stopped.
                tokio::spawn(async move {
                    if let Some(engine) = engine {
                        engine.stop().await;
                    }
                    let _ended = events.send(begins).await;
                });
            }
        }
    }

    fn note(&mut self, account: &Account) {
        if self.may_store()
            && let Err(trouble) = self.keep(account)
        {
            tracing::warn!(?trouble, "where the mailbox is now is not written down");
        }
    }
}

/// Searches, and asks a server that is new whether it lets the account in.
async fn search(
    servers: &dyn Servers,
    keyring: &Arc<dyn KeyRing>,
    account: Account,
    refused: bool,
) -> Sought {
    let Some(found) = account.found.clone() else {
        return Sought::Nothing;
    };
    let secret = Secret::fetch(keyring, &account).await.ok().flatten();
    let search = Search {
        address: found.by.address,
        ca_file: account.ca_file.clone(),
        confirmed: found.by.trusted,
    };
    let sign_in = secret
        .clone()
        // Tokens are for the server that is known.
        .filter(|_| !refused && account.sign_in.way() != Way::Browser)
        .map(|secret| SearchAs {
            user: account.user.clone(),
            secret,
            sign_in: account.sign_in.clone(),
        });
    let server = match servers.find(&search, sign_in.as_ref()).await {
        Ok(server) => server,
        Err(reason) => {
            tracing::info!(
                foreign = matches!(reason, super::NotFound::Foreign { .. }),
                "the daily search found no server; the known one stays"
            );
            return Sought::Nothing;
        }
    };
    if server == account.server {
        return Sought::Same;
    }
    let (Some(secret), false) = (secret, refused) else {
        return Sought::Nothing;
    };
    let moved = Account { server, ..account };
    match servers.probe(&moved, &secret).await {
        Ok(()) => Sought::Moved(Box::new(NewAccount {
            account: moved,
            secret,
        })),
        Err(trouble) => {
            tracing::info!(?trouble, "another server is named and does not let us in");
            Sought::Nothing
        }
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::account::{FoundBy, SignIn, Source};

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn account(found: Option<&str>) -> Account {
        Account {
            source: Source::Exchange,
            id: AccountId("a".into()),
            server: "https://mail.example.org/EWS/Exchange.asmx"
                .parse()
                .unwrap(),
            user: "anna".to_owned(),
            ca_file: None,
            sign_in: SignIn::default(),
            found: found.map(|asked| Found {
                asked: at(asked),
                by: FoundBy::default(),
            }),
        }
    }

    #[rstest]
    #[case::within_the_day("2026-11-23T12:00:00Z", false, false)]
    #[case::after_a_day("2026-11-22T09:00:00Z", false, true)]
    #[case::a_mailbox_that_moved("2026-11-23T12:00:00Z", true, true)]
    #[case::a_clock_that_was_set_back("2026-11-30T12:00:00Z", false, true)]
    fn a_server_that_was_found_is_searched_for_each_day_and_when_the_mailbox_moved(
        #[case] asked: &str,
        #[case] moved: bool,
        #[case] due: bool,
    ) {
        let now = at("2026-11-23T13:00:00Z");
        let turns = Rediscovery::default();
        assert_eq!(turns.is_due(&account(Some(asked)), moved, now), due);
    }

    #[test]
    fn a_server_that_somebody_named_is_never_searched_for() {
        let turns = Rediscovery::default();
        let now = at("2026-11-23T13:00:00Z");
        assert!(!turns.is_due(&account(None), true, now));
    }

    #[test]
    fn a_search_in_vain_is_made_again_ever_later_and_never_twice_at_once() {
        let account = account(Some("2026-11-20T12:00:00Z"));
        let mut turns = Rediscovery::default();
        let mut now = at("2026-11-23T13:00:00Z");
        let mut waits = Vec::new();
        for _ in 0..8 {
            assert!(turns.is_due(&account, false, now));
            turns.begun(&account.id);
            assert!(!turns.is_due(&account, true, now));
            turns.over(&account.id, &Sought::Nothing, now);
            let over = now;
            while !turns.is_due(&account, true, now) {
                now += Duration::minutes(5);
            }
            waits.push((now - over).num_minutes());
        }
        assert_eq!(waits, [15, 30, 60, 120, 240, 360, 360, 360]);
    }

    #[test]
    fn the_users_of_a_domain_do_not_ask_in_the_same_minute() {
        let minutes: std::collections::BTreeSet<_> = (0..100)
            .map(|n| spread(&AccountId(format!("account {n}").into())))
            .collect();
        assert!(minutes.len() > 30, "{}", minutes.len());
        assert!(minutes.iter().all(|one| *one < Duration::hours(2)));
    }
}
