//! The program from its settings to its end.

mod commands;

use std::{
    fs::{File, TryLockError},
    path::Path,
    sync::Arc,
};

use chrono::{DateTime, Utc};
use engine::{Clock, SystemClock};
use thiserror::Error;
use tokio::sync::mpsc;
use vault::{
    SeriesId, StoreError, Vault, VaultError, remote::RemoteError, sensitive::Sensitive,
    sqlite::SqliteStore,
};

use crate::{
    AtService, Cabinet, Connector, Identity, Measures, OneVault, Setup,
    check::{self, Findings},
    endpoint::Endpoint,
    hub::{REFUSED_MAX, Shown},
    list::Entry,
    measures,
    office::Office,
    roster::{self, By, Doubt, Unread},
    scope::{self, Look, Looked},
    secret::{self, BadSecret, Credentials, FileOfSecret},
    settings::{BadSettings, Settings},
};

/// The store in the connector's folder.
const FILE: &str = "connector.sqlite";
/// Locked by the one that runs.
const LOCK: &str = "connector.lock";
/// The series of the sealed password.
const SECRET: &str = "connector/secret";

/// Why the program cannot run.
#[derive(Debug, Error)]
pub enum Trouble {
    /// The settings.
    #[error(transparent)]
    Settings(#[from] BadSettings),
    /// The list of mailboxes, or the group.
    #[error(transparent)]
    Mailboxes(#[from] Unread),
    /// The key or the password.
    #[error(transparent)]
    Secret(#[from] BadSecret),
    /// The folder.
    #[error("The folder {0} cannot be used ({1}); check its owner and rights")]
    Folder(String, String),
    /// The store in it.
    #[error(transparent)]
    Vault(VaultError),
    /// The key is another one's.
    #[error(
        "The key does not open {0}; give the one that belongs to it, or take both out of one \
         copy. docs/HYBRID-CONNECTOR.md, \"Rotate\", tells how to begin with another one"
    )]
    OtherKey(String),
    /// Something of the connector's own does not open.
    #[error(
        "{0} is damaged; stop the connector and put the copy of its folder in the place \
         (docs/HYBRID-CONNECTOR.md, \"Upgrade, back up\")"
    )]
    Damaged(String),
    /// The hybrid service.
    #[error(transparent)]
    Service(#[from] RemoteError),
    /// Its table in the settings.
    #[error("[service] cannot be used: {0}")]
    BadService(&'static str),
    /// There is no service for which devices could be added.
    #[error("The settings name no hybrid service, so there are no devices; see [service]")]
    NoService,
    /// One of the service's programs has not heard of a revocation.
    #[error(
        "The connector does not answer that device any more, and not all know of it: {0}. While \
         the connector runs, it tells it again until both programs have heard"
    )]
    Unheard(RemoteError),
    /// No such device was added.
    #[error(
        "No such device was added here; `joinbell-connector devices` lists them. One that was \
         added after the copy of the folder that was put back is revoked by its id and --mailbox \
         ADDRESS"
    )]
    NoDevice,
    /// Neither program has a device of this id and this user.
    #[error(
        "Neither program of the service has such a device of that mailbox, so nothing is \
         revoked; give the id as the key service's audit log has it, and the address of its user \
         as the connector's list has it"
    )]
    Nowhere,
    /// Another one runs with the same folder.
    #[error(
        "Another connector runs with the folder {0}; there is one for each organization, so stop \
         that one first"
    )]
    Running(String),
    /// The endpoint's address.
    #[error("The endpoint cannot listen on {0} ({1}); name a free port as [endpoint] listen")]
    Listen(std::net::SocketAddr, String),
    /// The scope.
    #[error("{0} Set [mailboxes] wide_scope = \"warn\" to start all the same.")]
    Scope(String),
}

/// The status with which the program ends where only somebody can help
/// (`EX_CONFIG` of sysexits.h). The unit names it as one after which systemd
/// does not start the program again.
pub const WAITS_FOR_SOMEBODY: u8 = 78;

impl Trouble {
    /// Whether another start would end the same until somebody has done
    /// something. A file that cannot be read is perhaps being replaced, or on
    /// a disk that comes late.
    pub fn waits_for_somebody(&self) -> bool {
        match self {
            Self::Settings(error) => !matches!(error, BadSettings::Unreadable(..)),
            Self::Secret(error) => !matches!(
                error,
                BadSecret::Vault(_) | BadSecret::Unreadable(..) | BadSecret::Unwritable(..)
            ),
            Self::OtherKey(_)
            | Self::Damaged(_)
            | Self::Scope(_)
            | Self::BadService(_)
            | Self::NoService
            | Self::NoDevice
            | Self::Nowhere => true,
            Self::Mailboxes(_)
            | Self::Folder(..)
            | Self::Vault(_)
            | Self::Service(_)
            | Self::Unheard(_)
            | Self::Running(_)
            | Self::Listen(..) => false,
        }
    }
}

impl From<StoreError> for Trouble {
    fn from(error: StoreError) -> Self {
        VaultError::from(error).into()
    }
}

impl From<VaultError> for Trouble {
    fn from(error: VaultError) -> Self {
        match error {
            // Nothing sets it aside: what is in it comes from nowhere else.
            VaultError::Store(StoreError::Damaged(what)) => Self::Damaged(what),
            other => Self::Vault(other),
        }
    }
}

/// What the outside tells the program while it runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    /// Read the list and the password again (SIGHUP).
    Reload,
    /// End (SIGTERM, SIGINT).
    End,
}

/// Why something is read or looked at again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Told {
    /// Somebody wants it.
    Signal,
    /// A group may have changed.
    Hour,
    /// The scope could not be looked at.
    Scope,
}

impl Told {
    fn by(self) -> By {
        match self {
            Self::Signal => By::Somebody,
            Self::Hour | Self::Scope => By::Itself,
        }
    }
}

/// When that is, if nobody wants it before.
#[derive(Debug, Clone, Copy)]
struct Due {
    group: DateTime<Utc>,
    scope: Option<DateTime<Utc>>,
}

/// A program that has read what it needs and has asked no server yet.
pub struct Program {
    settings: Settings,
    credentials: Credentials,
    vault: Vault,
    clock: Arc<dyn Clock>,
}

impl Program {
    /// Reads the settings and the key. The password is read by who needs it:
    /// a device can be revoked without one.
    pub async fn read(file: &Path, credentials: Credentials) -> Result<Self, Trouble> {
        let settings = Settings::read(file)?;
        let (folder, key) = (&settings.store.folder, settings.store.key.as_deref());
        // Before a folder is made that would be the wrong user's.
        secret::is_key_named(&credentials, key)?;
        make_folder(folder)
            .map_err(|error| Trouble::Folder(folder.display().to_string(), error.to_string()))?;
        let file = folder.join(FILE);
        let key = secret::key_or_new(&credentials, key, &file)?;
        let store = SqliteStore::open(&file).await?;
        let vault = match Vault::open(Arc::new(store), &key).await {
            Err(VaultError::WrongKey) => {
                return Err(Trouble::OtherKey(file.display().to_string()));
            }
            other => other?,
        };
        Ok(Self {
            settings,
            credentials,
            vault,
            clock: Arc::new(SystemClock),
        })
    }

    /// The same program by another clock.
    #[must_use]
    pub fn by(self, clock: Arc<dyn Clock>) -> Self {
        Self { clock, ..self }
    }

    /// Looks at everything that a run needs.
    pub async fn check(self) -> Findings {
        let mut findings = match self.look().await {
            Ok(findings) => findings,
            Err(error) => Findings {
                faults: vec![error.to_string()],
                ..Findings::default()
            },
        };
        if self.settings.service.is_some() {
            match self.own_cabinet().await {
                Ok(cabinet) => check::service(cabinet.as_ref(), &mut findings).await,
                Err(error) => findings.faults.push(error.to_string()),
            }
        }
        self.vault.close().await;
        findings
    }

    /// The same at Exchange alone.
    async fn look(&self) -> Result<Findings, Trouble> {
        let secret = self.password().await?;
        let entries = roster::read(&self.settings, &secret).await?;
        let mut findings = check::check(&self.settings, &secret, &entries).await;
        let last = roster::last(&self.vault, &self.settings).await?;
        if !roster::is_credible(&last, &entries) {
            findings.warnings.push(format!(
                "Of {} mailboxes more than half have left at once; the connector goes on with all \
                 of them until it reloads.",
                last.len()
            ));
        }
        Ok(findings)
    }

    /// Runs until told to end. `listening` hears where the endpoint is.
    pub async fn run(
        self,
        mut signals: mpsc::Receiver<Signal>,
        listening: impl FnOnce(std::net::SocketAddr),
    ) -> Result<(), Trouble> {
        let _alone = alone(&self.settings.store.folder)?;
        let measures = Arc::new(Measures::default());
        // Before anything is asked: without its own keys and its register it
        // is another connector.
        let cabinet = self.own_cabinet().await?;
        let mut secret = Arc::new(self.password().await?);
        let looked = scope::look(&self.settings, &secret, Look::First, &measures).await?;
        let listen = self.settings.endpoint.listen;
        let endpoint = Endpoint::open(listen, measures.clone())
            .await
            .map_err(|error| Trouble::Listen(listen, error.to_string()))?;
        listening(endpoint.address());
        let begun = self
            .begin(looked, &mut secret, &mut signals, &measures)
            .await?;
        let Some((mut entries, mut doubt)) = begun else {
            self.vault.close().await;
            return Ok(());
        };
        tracing::info!(mailboxes = entries.len(), "the connector starts");
        let connector = Connector::start(Setup {
            settings: self.settings.clone(),
            entries: entries.clone(),
            secret: secret.clone(),
            cabinet,
            clock: Arc::clone(&self.clock),
            measures: Arc::clone(&measures),
        });
        let mut due = Due {
            group: self.clock.now() + roster::EVERY,
            scope: None,
        };
        while let Some(told) = self.told(&mut signals, due).await {
            if told == Told::Signal {
                self.read_again(&mut secret).await;
            }
            let mut shown = Shown::NotRefused;
            if told != Told::Hour {
                // Roles change, and a look may have met nobody who answers.
                let looked = match self.look_again(told, &secret, &measures).await {
                    Ok(looked) => looked,
                    Err(wide) => {
                        connector.stop().await;
                        return Err(wide);
                    }
                };
                let again = self.clock.now() + roster::AGAIN;
                due.scope = (looked != Looked::Answered).then_some(again);
                if looked == Looked::Refused {
                    shown = Shown::Refused;
                }
            }
            if told == Told::Scope {
                continue;
            }
            let is_group = self.settings.mailboxes.group.is_some();
            let is_refused = match told {
                Told::Hour => measures::is(&measures.sign_in_refused),
                Told::Signal | Told::Scope => shown == Shown::Refused,
            };
            if is_group && is_refused {
                // No password is shown for it that was refused already
                // (SR-25); it is read soon after the sign-in is good again.
                due.group = self.clock.now() + roster::AGAIN;
                if told == Told::Signal {
                    let refused = (secret.clone(), shown);
                    connector.reload_with(entries.clone(), refused).await;
                }
                continue;
            }
            due.group = self.clock.now() + roster::EVERY;
            // The connector goes on with what it has.
            match roster::read(&self.settings, &secret).await {
                Err(error) => {
                    tracing::error!(%error, "the list is not taken");
                    if error.is_refused() {
                        shown = Shown::Refused;
                    }
                }
                Ok(read) => {
                    let by = told.by();
                    let is_taken = doubt.takes((&entries, &read), by, &measures);
                    if by == By::Itself && (!is_taken || read == entries) {
                        continue;
                    }
                    if is_taken {
                        entries = read;
                    }
                }
            }
            let secret = (secret.clone(), shown);
            connector.reload_with(entries.clone(), secret).await;
        }
        tracing::info!("the connector ends");
        // It closes the cabinet as well.
        connector.stop().await;
        drop(endpoint);
        Ok(())
    }

    /// Waits until it is known that the scope has an end, before which no
    /// mailbox is touched, and whose mailboxes to begin with. `None` when told
    /// to end before that.
    async fn begin(
        &self,
        mut looked: Looked,
        secret: &mut Arc<Sensitive<String>>,
        signals: &mut mpsc::Receiver<Signal>,
        measures: &Measures,
    ) -> Result<Option<(Vec<Entry>, Doubt)>, Trouble> {
        let (mut refused, mut doubt) = (0, Doubt::default());
        loop {
            if looked == Looked::Answered {
                match self.first(secret, &mut doubt, measures).await? {
                    Ok(entries) => return Ok(Some((entries, doubt))),
                    Err(unread) => looked = unread,
                }
            }
            let is_refused = looked == Looked::Refused;
            refused += u32::from(is_refused);
            measures::set(&measures.sign_in_refused, usize::from(is_refused));
            let again = self.clock.now() + roster::AGAIN;
            let may_try = refused < REFUSED_MAX;
            tokio::select! {
                signal = signals.recv() => {
                    if signal != Some(Signal::Reload) {
                        return Ok(None);
                    }
                    refused = 0;
                    self.read_again(secret).await;
                }
                () = self.clock.pass(again), if may_try => {}
            }
            looked = scope::look(&self.settings, secret, Look::First, measures).await?;
        }
    }

    /// Whose mailboxes to begin with, or why that is not known yet. A group
    /// that cannot be read now has the members that it had, and so has a list
    /// or a group of which more than half has gone.
    async fn first(
        &self,
        secret: &Sensitive<String>,
        doubt: &mut Doubt,
        measures: &Measures,
    ) -> Result<Result<Vec<Entry>, Looked>, Trouble> {
        let read = roster::read(&self.settings, secret).await;
        let last = roster::last(&self.vault, &self.settings).await?;
        let error = match read {
            Ok(read) => {
                let is_taken = doubt.takes((&last, &read), By::Itself, measures);
                return Ok(Ok(if is_taken {
                    read
                } else {
                    roster::keep(last, &read)
                }));
            }
            Err(error) if self.settings.mailboxes.group.is_none() => return Err(error.into()),
            Err(error) => error,
        };
        tracing::error!(%error, known = last.len(), "the group cannot be read yet");
        if !last.is_empty() {
            return Ok(Ok(last));
        }
        Ok(Err(if error.is_refused() {
            Looked::Refused
        } else {
            Looked::Away
        }))
    }

    async fn password(&self) -> Result<Sensitive<String>, BadSecret> {
        let series = self.vault.series(SeriesId(SECRET.to_owned()));
        let file = self.settings.exchange.secret.as_deref();
        let (secret, came) = secret::password(&self.credentials, file, &series).await?;
        tell_of(came);
        Ok(secret)
    }

    /// Reads the password again; it stays as it was where that fails.
    async fn read_again(&self, secret: &mut Arc<Sensitive<String>>) {
        match self.password().await {
            Ok(read) => *secret = Arc::new(read),
            Err(error) => tracing::error!(%error, "the password stays as it was"),
        }
    }

    /// Looks at the scope while the connector runs.
    async fn look_again(
        &self,
        told: Told,
        secret: &Sensitive<String>,
        measures: &Measures,
    ) -> Result<Looked, Trouble> {
        // The connector waits for a reload, and so does this.
        if told == Told::Scope && measures::is(&measures.sign_in_refused) {
            return Ok(Looked::Refused);
        }
        scope::look(&self.settings, secret, Look::Again, measures).await
    }

    /// What is to be done next; `None` at the end.
    async fn told(&self, signals: &mut mpsc::Receiver<Signal>, due: Due) -> Option<Told> {
        let is_group = self.settings.mailboxes.group.is_some();
        let group = is_group.then_some((due.group, Told::Hour));
        let scope = due.scope.map(|at| (at, Told::Scope));
        let next = [group, scope].into_iter().flatten().min_by_key(|one| one.0);
        let (at, at_that) = next.unwrap_or((due.group, Told::Hour));
        tokio::select! {
            signal = signals.recv() => (signal == Some(Signal::Reload)).then_some(Told::Signal),
            () = self.clock.pass(at), if next.is_some() => Some(at_that),
        }
    }

    async fn office(&self) -> Result<Arc<Office>, Trouble> {
        self.cabinet().await?.office().ok_or(Trouble::NoService)
    }

    /// The cabinet, where the register of devices opens.
    async fn own_cabinet(&self) -> Result<Arc<dyn Cabinet>, Trouble> {
        let cabinet = self.cabinet().await?;
        if let Some(office) = cabinet.office() {
            office.register.all().await?;
        }
        Ok(cabinet)
    }

    async fn cabinet(&self) -> Result<Arc<dyn Cabinet>, Trouble> {
        let own = self.vault.clone();
        let Some(service) = &self.settings.service else {
            return Ok(Arc::new(OneVault(own)));
        };
        let identity = Identity::of(&own).await?;
        let clock = Arc::clone(&self.clock);
        Ok(Arc::new(AtService::new(service, own, identity, clock)?))
    }
}

fn tell_of(file: FileOfSecret) {
    match file {
        FileOfSecret::None => {}
        FileOfSecret::Removed => tracing::info!("the password is sealed and its file removed"),
        FileOfSecret::Stays => {
            tracing::warn!("the password is sealed, and its file cannot be removed: remove it");
        }
    }
}

/// Keeps a second connector away from the folder for as long as it is held:
/// each would answer letters that the other one has answered.
fn alone(folder: &Path) -> Result<File, Trouble> {
    let shown = || folder.display().to_string();
    let unusable = |error: std::io::Error| Trouble::Folder(shown(), error.to_string());
    let file = File::create(folder.join(LOCK)).map_err(unusable)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(Trouble::Running(shown())),
        Err(TryLockError::Error(error)) => Err(unusable(error)),
    }
}

/// The folder is its owner's alone.
fn make_folder(folder: &Path) -> std::io::Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt as _;
        builder.mode(0o700);
    }
    builder.create(folder)
}
