//! Searches for the servers of mailboxes: which is next, and what came of it.

use std::sync::Arc;

use chrono::{DateTime, Duration, Utc};
use engine::{
    Failure,
    exchange::{Access, Account, NotFound, Place, ServiceAccount, impersonation},
};

use super::{
    Hub, REFUSED_MAX, SignIn, account,
    jobs::{Done, is_about_sign_in},
    place_id,
    trust::{Refused, domain_of},
};
use crate::{
    mailbox::{BoxId, Standing},
    measures::add,
};

/// Searches at a time: each may take a minute where nobody answers.
const SEARCHES: usize = 8;
/// When a search that found nothing is made again.
const SEARCHED_AGAIN: Duration = Duration::minutes(15);

/// What came of a search.
pub(super) struct Found {
    /// Where the mailbox is; `None` where the settings say it.
    place: Option<Result<Place, NotFound>>,
    /// Whether the account may act for it.
    access: Option<Result<Access, Failure>>,
}

impl Hub {
    pub(super) fn begin_search(&mut self) -> bool {
        if self.searches.is_empty() || self.searching >= self.searches_max {
            return false;
        }
        let Some(at) = self.next_search() else {
            return false;
        };
        let Some(pass) = self.gate.try_enter() else {
            return false;
        };
        let Some(id) = self.searches.remove(at) else {
            return true;
        };
        let server = self.settings.exchange.server.clone();
        let account = account(&self.settings, &self.secret);
        let confirmed = self.settings.exchange.confirmed.clone();
        let Some(mailbox) = self.get(id) else {
            return true;
        };
        let address = mailbox.address.to_string();
        self.trust.begin(id, &address);
        self.searching += 1;
        self.running.spawn(async move {
            let found = match server {
                Some(_) => Found {
                    place: None,
                    access: Some(may_act(account, &address).await),
                },
                None => search(account, &address, &confirmed).await,
            };
            match &found.access {
                Some(outcome) => pass.end(outcome.as_ref()),
                None => drop(pass),
            }
            Done::Search(id, found)
        });
        true
    }

    /// The mailbox that is searched for next, by its place among those that
    /// wait: where nobody has let the account in, one of the account's own
    /// domain, and none of a domain that has refused it before others.
    fn next_search(&self) -> Option<usize> {
        let own = domain_of(&self.settings.exchange.account);
        let mut best = None;
        for (at, id) in self.searches.iter().enumerate() {
            let Some(Some(mailbox)) = self.boxes.get(id.0 as usize) else {
                continue;
            };
            let domain = domain_of(&mailbox.address);
            if !self.trust.may_ask(domain) {
                continue;
            }
            let against = (
                self.trust.refusals(domain),
                !domain.eq_ignore_ascii_case(own),
            );
            if best.is_none_or(|(least, _)| against < least) {
                best = Some((against, at));
            }
            // Nothing speaks against it: thousands need not be looked at.
            if against == (0, false) {
                break;
            }
        }
        best.map(|(_, at)| at)
    }

    /// Nothing is known of the mailbox by that. Another one has its turn before
    /// it, as it may be refused by who is its own Autodiscover alone.
    fn search_refused(&mut self, id: BoxId, found: &Found, now: DateTime<Utc>) {
        self.searches_max = 1;
        let Some(mailbox) = self.get(id) else { return };
        mailbox.searching = false;
        mailbox.search_at = now + SEARCHED_AGAIN;
        tracing::warn!(line = mailbox.line, "at the search for its server");
        let address = Arc::clone(&mailbox.address);
        // Where the settings name the server, it is the same for all.
        let by_its_own = found.place.is_some();
        match self.trust.refused(&address) {
            Refused::ByStranger { times } if by_its_own => {
                if times >= REFUSED_MAX {
                    self.leave_alone(domain_of(&address), now);
                }
            }
            Refused::ByStranger { .. } | Refused::ByKnown => self.sign_in_refused(now),
        }
        self.touch(id, now);
    }

    /// A domain whose servers know no such account is asked tomorrow again, or
    /// when the list is read again.
    fn leave_alone(&mut self, domain: &str, now: DateTime<Utc>) {
        tracing::error!("a domain refuses the account; its mailboxes are not looked after");
        for id in self.ids_where(|one| domain_of(&one.address) == domain) {
            self.searches.retain(|other| *other != id);
            if let Some(mailbox) = self.get(id) {
                mailbox.searching = false;
                mailbox.search_at = mailbox.tomorrow(now);
            }
            self.touch(id, now);
        }
    }

    pub(super) fn found(&mut self, id: BoxId, found: Found, now: DateTime<Utc>) {
        add(&self.measures.discoveries, 1);
        self.trust.end(id);
        if found.is_refused() {
            self.search_refused(id, &found, now);
            return;
        }
        if matches!(found.access, Some(Ok(_))) {
            self.sign_in = SignIn::Good;
            if let Some(mailbox) = self.get(id) {
                let address = Arc::clone(&mailbox.address);
                self.trust.let_in(&address);
            }
        }
        self.searches_max = SEARCHES.min(self.searches_max + 1);
        let Some(mailbox) = self.get(id) else { return };
        mailbox.searching = false;
        mailbox.search_at = mailbox.tomorrow(now);
        let line = mailbox.line;
        match found.place {
            Some(Ok(place)) => {
                let before = mailbox.place;
                let place = place_id(&mut self.places, place);
                if let Some(mailbox) = self.get(id)
                    && before != Some(place)
                {
                    mailbox.place = Some(place);
                    mailbox.from_scratch = before.is_some();
                    self.regroup_at = Some(now + Duration::seconds(1));
                }
            }
            Some(Err(error)) => {
                // Its text names the domain of an address.
                let kind = not_found(&error);
                tracing::warn!(line, kind, "a mailbox's server is not found");
                if mailbox.place.is_none() || mailbox.standing == Standing::Aside {
                    mailbox.search_at = now + SEARCHED_AGAIN;
                }
            }
            None => {}
        }
        match found.access {
            Some(Ok(Access::Granted)) => self.take_up(id, now),
            Some(Ok(access)) => {
                tracing::error!(line, ?access, "a mailbox is set aside");
                self.set_aside(id, now);
            }
            Some(Err(_)) | None => self.touch(id, now),
        }
    }
}

impl Found {
    /// Whether the account was not let in, so that nothing is known of the
    /// mailbox.
    fn is_refused(&self) -> bool {
        match (&self.place, &self.access) {
            (Some(Err(error)), _) => matches!(error, NotFound::SignIn { .. }),
            (_, Some(Err(failure))) => is_about_sign_in(failure),
            _ => false,
        }
    }
}

async fn search(mut account: Account, address: &str, confirmed: &[String]) -> Found {
    let place = impersonation::find_place(address, &account, confirmed).await;
    let access = match &place {
        Ok(place) => {
            account.server = place.url.to_string();
            Some(may_act(account, address).await)
        }
        Err(_) => None,
    };
    Found {
        place: Some(place),
        access,
    }
}

async fn may_act(account: Account, address: &str) -> Result<Access, Failure> {
    // It reads no meeting: no service has to be known.
    let account = ServiceAccount::new(&account, calendar::join::Services::default())?;
    account.access(address).await
}

/// The reason without what it names.
fn not_found(error: &NotFound) -> &'static str {
    match error {
        NotFound::Address(_) => "the address is none",
        NotFound::Way(_) => "the CA file or the proxy cannot be used",
        NotFound::Nobody { .. } => "nobody answered",
        NotFound::Foreign { .. } => "the server named is outside of the domain",
        NotFound::ExchangeOnline { .. } => "it is in Exchange Online",
        NotFound::SignIn { .. } => "the sign-in was refused",
        NotFound::NoMailbox { .. } => "there is no such mailbox",
    }
}
