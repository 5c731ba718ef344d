//! What the session needs of servers: ask whether an account works, and keep
//! its meetings in step.

use std::{path::PathBuf, pin::Pin, sync::Arc};

use async_trait::async_trait;
use calendar::{Window, join::Services, meeting::MeetingId};
use chrono_tz::Tz;
use engine::{
    Scheduler,
    exchange::{Enriched, Mode, NotFound, WriteBack},
    remote::enrol::NotAdded,
};
use tokio::sync::watch;
use url::Url;
use vault::Series;

use super::{feed::Feed, secret::Secret, setup::Face};
use crate::{
    account::{Account, SignIn},
    problem::ServerTrouble,
    settings::Settings,
};

/// What is known of a server that is searched for.
#[derive(Debug, Clone, Default)]
pub struct Search {
    /// E-mail address of the mailbox.
    pub address: String,
    /// PEM file with an authority of one's own, beside the system's.
    pub ca_file: Option<PathBuf>,
    /// Places outside the address's domain, `host` or `host:port`, which the
    /// user has confirmed.
    pub confirmed: Vec<String>,
}

/// As whom a server is searched for.
#[derive(Debug)]
pub struct SearchAs {
    /// User name as the server knows it.
    pub user: String,
    /// What proves them.
    pub secret: Secret,
    /// How it may be used.
    pub sign_in: SignIn,
}

/// A device that waits for the code in its user's calendar.
#[async_trait]
pub trait Enrolment: Send + Sync + 'static {
    /// Proves the code; gives the device's key.
    async fn prove(&self, code: &str) -> Result<Secret, EnrolmentFailed>;
}

/// Why a code did not add the device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EnrolmentFailed {
    /// It is no code.
    Malformed,
    /// The service or the connector says no.
    NotAdded(NotAdded),
}

/// The way to the servers. `engine` is behind it in the program, a script in
/// the tests of the session.
#[async_trait]
pub trait Servers: Send + Sync + 'static {
    /// The address of the server that an e-mail address belongs to. Nobody
    /// gets to see a credential without `sign_in`; with it, only hosts of the
    /// address's own domain and confirmed ones do.
    async fn find(&self, search: &Search, sign_in: Option<&SearchAs>) -> Result<Url, NotFound>;

    /// Whether the server is there, is trusted, speaks EWS and lets the user
    /// in.
    async fn probe(&self, account: &Account, secret: &Secret) -> Result<(), ServerTrouble>;

    /// Asks the account's hybrid service for a code, which then is in its
    /// user's calendar.
    async fn enrol(&self, account: &Account) -> Result<Arc<dyn Enrolment>, NotAdded>;

    /// What an earlier run has left in `series`, without asking the server.
    async fn stored(&self, series: Series) -> Feed;

    /// The same where nobody keeps the account in step: what is over before
    /// `window` begins goes from `series`. `None` when that cannot be read.
    async fn stored_within(&self, series: Series, window: Window, zone: Tz) -> Option<Feed>;

    /// Writes join details into the account's meetings of a stretch of time
    /// that ask for them by a keyword; `within` is the stretch and the user's
    /// zone.
    async fn enrich(
        &self,
        account: &Account,
        secret: &Secret,
        how: &WriteBack,
        within: (Window, Tz),
        mode: Mode,
    ) -> Result<Vec<Enriched>, ServerTrouble>;

    /// The user has changed settings that running accounts are told of when
    /// they start; what starts from now on follows them.
    fn adopt(&self, settings: &Settings, locale: &str, services: Services, face: Face);

    /// The way to make and answer meetings of an account, without keeping it
    /// in step.
    fn scheduler(&self, _: &Account, _: &Secret) -> Result<Arc<dyn Scheduler>, ServerTrouble> {
        Err(ServerTrouble::Unsupported)
    }

    /// Keeps the account's meetings in step from now on, and what is known of
    /// them in `series`.
    fn start(
        &self,
        account: &Account,
        secret: &Secret,
        series: Option<Series>,
        zone: Tz,
    ) -> Box<dyn Running>;
}

/// One account that is kept in step.
#[async_trait]
pub trait Running: Send + Sync {
    /// What is known, now and whenever it changes.
    fn feed(&self) -> watch::Receiver<Feed>;
    /// The user wants to see the newest: pulls again now, also after refused
    /// sign-ins.
    fn refresh(&self);
    /// Something of the calendar has changed: pulls again soon, where the
    /// server can be asked.
    fn changed(&self);
    /// The user is in another zone now.
    fn travel(&self, zone: Tz);
    /// The text of a meeting's invitation; `None` when it is not known now.
    fn text(&self, _: &MeetingId) -> Pin<Box<dyn Future<Output = Option<String>> + Send>> {
        Box::pin(std::future::ready(None))
    }
    /// Nobody is going to ask for texts in this session.
    fn forgo_texts(&self) {}
    /// The way to make and answer meetings, where the server has one.
    fn scheduler(&self) -> Option<Arc<dyn Scheduler>> {
        None
    }
    /// Ends; what is known is stored when this returns.
    async fn stop(self: Box<Self>);
}
