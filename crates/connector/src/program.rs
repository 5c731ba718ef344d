//! The program from its settings to its end.

use std::{path::Path, sync::Arc};

use chrono::DateTime;
use engine::{Clock as _, FailureKind, SystemClock};
use thiserror::Error;
use tokio::sync::mpsc;
use vault::{
    SeriesId, StoreError, Vault, VaultError, opaque::OpaqueId, remote::RemoteError,
    sensitive::Sensitive, sqlite::SqliteStore,
};

use crate::{
    AtService, Cabinet, Connector, Identity, Measures, OneVault, Setup,
    check::{self, Findings, Scope},
    endpoint::Endpoint,
    letters::Register,
    list::Entry,
    measures,
    office::Office,
    roster::{self, Unread},
    secret::{self, BadSecret, Credentials, FileOfSecret},
    settings::{BadSettings, Settings, WideScope},
};

/// The store in the connector's folder.
const FILE: &str = "connector.sqlite";
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
    Vault(#[from] VaultError),
    /// The hybrid service.
    #[error(transparent)]
    Service(#[from] RemoteError),
    /// There is no service for which devices could be added.
    #[error("The settings name no hybrid service, so there are no devices; see [service]")]
    NoService,
    /// No such device was added.
    #[error("No such device was added here; `joinbell-connector devices` lists them")]
    NoDevice,
    /// The endpoint's address.
    #[error("The endpoint cannot listen on {0} ({1}); name a free port as [endpoint] listen")]
    Listen(std::net::SocketAddr, String),
    /// The scope.
    #[error("{0} Set [mailboxes] wide_scope = \"warn\" to start all the same.")]
    Scope(String),
}

impl From<StoreError> for Trouble {
    fn from(error: StoreError) -> Self {
        Self::Vault(error.into())
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

/// Why the list is read again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Told {
    /// Somebody wants it.
    Signal,
    /// A group may have changed.
    Hour,
}

/// A program that has read what it needs and has asked no server yet.
pub struct Program {
    settings: Settings,
    credentials: Credentials,
    vault: Vault,
    secret: Arc<Sensitive<String>>,
}

impl Program {
    /// Reads the settings, the key and the password.
    pub async fn read(file: &Path, credentials: Credentials) -> Result<Self, Trouble> {
        let settings = Settings::read(file)?;
        let folder = &settings.store.folder;
        make_folder(folder)
            .map_err(|error| Trouble::Folder(folder.display().to_string(), error.to_string()))?;
        let key = secret::key(&credentials, settings.store.key.as_deref())?;
        let store = SqliteStore::open(&folder.join(FILE)).await?;
        let vault = Vault::open(Arc::new(store), &key).await?;
        let (secret, came) = password(&settings, &credentials, &vault).await?;
        tell_of(came);
        Ok(Self {
            settings,
            credentials,
            vault,
            secret: Arc::new(secret),
        })
    }

    /// Looks at everything that a run needs.
    pub async fn check(self) -> Findings {
        let mut findings = match roster::read(&self.settings, &self.secret).await {
            Ok(entries) => check::check(&self.settings, &self.secret, &entries).await,
            Err(error) => Findings {
                faults: vec![error.to_string()],
                ..Findings::default()
            },
        };
        if self.settings.service.is_some() {
            match self.cabinet().await {
                Ok(cabinet) => check::service(cabinet.as_ref(), &mut findings).await,
                Err(error) => findings.faults.push(error.to_string()),
            }
        }
        self.vault.close().await;
        findings
    }

    /// Runs until told to end. `listening` hears where the endpoint is.
    pub async fn run(
        self,
        mut signals: mpsc::Receiver<Signal>,
        listening: impl FnOnce(std::net::SocketAddr),
    ) -> Result<(), Trouble> {
        let measures = Arc::new(Measures::default());
        let looked = self.look_at_scope(&self.secret, &measures).await?;
        let listen = self.settings.endpoint.listen;
        let endpoint = Endpoint::open(listen, measures.clone())
            .await
            .map_err(|error| Trouble::Listen(listen, error.to_string()))?;
        listening(endpoint.address());
        if looked == Looked::Later && !self.scope_at_last(&mut signals, &measures).await? {
            self.vault.close().await;
            return Ok(());
        }
        let Some(mut entries) = self.first(&mut signals).await? else {
            self.vault.close().await;
            return Ok(());
        };
        tracing::info!(mailboxes = entries.len(), "the connector starts");
        let cabinet = self.cabinet().await?;
        let connector = Connector::start(Setup {
            settings: self.settings.clone(),
            entries: entries.clone(),
            secret: self.secret.clone(),
            cabinet,
            clock: Arc::new(SystemClock),
            measures: Arc::clone(&measures),
        });
        let mut secret = self.secret.clone();
        while let Some(told) = self.told(&mut signals).await {
            if told == Told::Signal {
                match password(&self.settings, &self.credentials, &self.vault).await {
                    Ok((read, came)) => {
                        tell_of(came);
                        secret = Arc::new(read);
                        // Another account's scope, or one that could not be
                        // looked at while the password was refused.
                        if let Err(wide) = self.look_at_scope(&secret, &measures).await {
                            connector.stop().await;
                            return Err(wide);
                        }
                    }
                    Err(error) => tracing::error!(%error, "the password stays as it was"),
                }
            }
            // The connector goes on with what it has.
            match roster::read(&self.settings, &secret).await {
                Err(error) => tracing::error!(%error, "the list is not taken"),
                Ok(read) if told == Told::Hour && read == entries => continue,
                Ok(read) if told == Told::Hour && !roster::is_credible(&entries, &read) => {
                    tracing::error!(
                        before = entries.len(),
                        now = read.len(),
                        "the group has lost more than half of its members at once and is not \
                         taken; reload to take it"
                    );
                    continue;
                }
                Ok(read) => entries = read,
            }
            connector.reload(entries.clone(), secret.clone()).await;
        }
        tracing::info!("the connector ends");
        // It closes the cabinet as well.
        connector.stop().await;
        drop(endpoint);
        Ok(())
    }

    /// Whose mailboxes to begin with; `None` when told to end before that is
    /// known. A group that cannot be read now has the members that it had.
    async fn first(
        &self,
        signals: &mut mpsc::Receiver<Signal>,
    ) -> Result<Option<Vec<Entry>>, Trouble> {
        loop {
            let error = match roster::read(&self.settings, &self.secret).await {
                Ok(entries) => return Ok(Some(entries)),
                Err(error) if self.settings.mailboxes.group.is_none() => return Err(error.into()),
                Err(error) => error,
            };
            let last = roster::last(&self.vault, &self.settings).await?;
            tracing::error!(%error, known = last.len(), "the group cannot be read yet");
            if !last.is_empty() {
                return Ok(Some(last));
            }
            let again = SystemClock.now() + roster::AGAIN;
            tokio::select! {
                signal = signals.recv() => if signal != Some(Signal::Reload) {
                    return Ok(None);
                },
                () = SystemClock.wait_until(again) => {}
            }
        }
    }

    /// When to read the list again; `None` at the end.
    async fn told(&self, signals: &mut mpsc::Receiver<Signal>) -> Option<Told> {
        let next = SystemClock.now() + roster::EVERY;
        let is_group = self.settings.mailboxes.group.is_some();
        loop {
            tokio::select! {
                signal = signals.recv() => {
                    return (signal == Some(Signal::Reload)).then_some(Told::Signal);
                }
                () = SystemClock.wait_until(next), if is_group => {
                    if SystemClock.now() >= next {
                        return Some(Told::Hour);
                    }
                }
            }
        }
    }

    /// The connector's public keys as JSON, which both programs of the
    /// service have to be told.
    pub async fn keys(self) -> Result<String, Trouble> {
        let identity = Identity::of(&self.vault).await?;
        self.vault.close().await;
        // Bytes always have a JSON form.
        Ok(serde_json::to_string(&identity.public()).unwrap_or_default())
    }

    /// The devices that were added: a line for each with its id, since when,
    /// and whose it is.
    pub async fn devices(self) -> Result<String, Trouble> {
        let office = self.office().await?;
        let devices = Register::of(&office).all().await?;
        self.vault.close().await;
        let lines = devices.iter().map(|device| {
            let said = &device.attestation;
            let day = |seconds: u64| {
                let moment = DateTime::from_timestamp(seconds.cast_signed(), 0);
                moment.unwrap_or_default().format("%Y-%m-%d")
            };
            let revoked = device.revoked.map(|at| format!(", revoked {}", day(at)));
            let (id, address) = (said.device, &device.address);
            let since = day(said.issued);
            format!("{id} {since} {address}{}\n", revoked.unwrap_or_default())
        });
        Ok(lines.collect())
    }

    /// Revokes a device: first here, so that it is not answered any more
    /// whoever else is away, then at both programs of the service.
    pub async fn revoke(self, device: OpaqueId) -> Result<(), Trouble> {
        let office = self.office().await?;
        let register = Register::of(&office);
        let found = register.find(device).await?;
        let mut found = found.ok_or(Trouble::NoDevice)?;
        if found.revoked.is_none() {
            let now = SystemClock.now().timestamp();
            found.revoked = Some(u64::try_from(now).unwrap_or(0));
            register.put(&found).await?;
        }
        let mailbox = found.attestation.mailbox;
        // The keys first: the other one has ciphertext alone.
        let keys = office.keys.revoke_device(mailbox, device).await;
        let service = office.answers.revoke_device(mailbox, device).await;
        self.vault.close().await;
        Ok(keys.and(service)?)
    }

    async fn office(&self) -> Result<Arc<Office>, Trouble> {
        self.cabinet().await?.office().ok_or(Trouble::NoService)
    }

    async fn cabinet(&self) -> Result<Arc<dyn Cabinet>, Trouble> {
        let own = self.vault.clone();
        let Some(service) = &self.settings.service else {
            return Ok(Arc::new(OneVault(own)));
        };
        let identity = Identity::of(&own).await?;
        let clock = Arc::new(SystemClock);
        Ok(Arc::new(AtService::new(service, own, identity, clock)?))
    }

    /// Looks again until it is known whether the scope has an end: before that
    /// no mailbox is touched. `false` when told to end meanwhile.
    async fn scope_at_last(
        &self,
        signals: &mut mpsc::Receiver<Signal>,
        measures: &Measures,
    ) -> Result<bool, Trouble> {
        loop {
            let again = SystemClock.now() + roster::AGAIN;
            tokio::select! {
                signal = signals.recv() => if signal != Some(Signal::Reload) {
                    return Ok(false);
                },
                () = SystemClock.wait_until(again) => {}
            }
            if self.look_at_scope(&self.secret, measures).await? == Looked::Enough {
                return Ok(true);
            }
        }
    }

    async fn look_at_scope(
        &self,
        secret: &Sensitive<String>,
        measures: &Measures,
    ) -> Result<Looked, Trouble> {
        match check::scope(&self.settings, secret).await {
            Scope::Ends => {
                // It may have been wide before a reload.
                measures::set(&measures.scope_is_wide, 0);
                tracing::info!("the account is refused outside of its scope");
            }
            Scope::Wide(number) => {
                let sentence = check::wide(number);
                if self.settings.mailboxes.wide_scope == WideScope::Refuse {
                    return Err(Trouble::Scope(sentence));
                }
                measures::set(&measures.scope_is_wide, 1);
                tracing::error!(number, "THE ACCOUNT'S SCOPE IS TOO WIDE. {sentence}");
            }
            Scope::Unproven => {
                tracing::warn!("nothing proves that the account's scope has an end");
            }
            // A refused password must not be tried again and again (SR-25); it
            // lets nobody into a mailbox either.
            Scope::Unknown(failure) => {
                let kind = failure.kind;
                tracing::error!(?kind, "the account's scope is not looked at yet");
                let passes = matches!(
                    kind,
                    FailureKind::Unreachable
                        | FailureKind::Failing
                        | FailureKind::Throttled(_)
                        | FailureKind::Elsewhere
                );
                return Ok(if passes {
                    Looked::Later
                } else {
                    Looked::Enough
                });
            }
        }
        Ok(Looked::Enough)
    }
}

/// Whether a look at the scope was enough to begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Looked {
    Enough,
    /// Exchange is away.
    Later,
}

async fn password(
    settings: &Settings,
    credentials: &Credentials,
    vault: &Vault,
) -> Result<(Sensitive<String>, FileOfSecret), BadSecret> {
    let series = vault.series(SeriesId(SECRET.to_owned()));
    secret::password(credentials, settings.exchange.secret.as_deref(), &series).await
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
