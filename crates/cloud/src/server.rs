//! A program that listens, and ends when it is told to.

use std::{io, net::SocketAddr, path::PathBuf, sync::Arc, time::Duration};

use axum::Router;
use thiserror::Error;
use tokio::{net::TcpListener, sync::watch, task::JoinSet};
use vault::{
    StoreError,
    database::{Database, schema::Table},
};

use crate::{
    clock::{Clock, wait},
    config::{ConfigError, DatabaseConfig, Limits, Listening, secret},
    connections::Door,
    observe::{self, Metrics, Observed},
    tls,
};

/// Why a program does not start.
#[derive(Debug, Error)]
pub enum StartError {
    /// Its configuration.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// Its database.
    #[error(transparent)]
    Database(#[from] StoreError),
    /// Its address.
    #[error("{0} cannot be listened on ({1}); is another program there?")]
    Address(SocketAddr, io::ErrorKind),
    /// The master key.
    #[error("The master key cannot be used: {0}")]
    Master(String),
}

/// Told to end.
pub(crate) type Ending = watch::Receiver<bool>;

/// Resolves when the program is to end.
pub(crate) async fn ended(mut ending: Ending) {
    // The sender's end is an end as well.
    let _ended = ending.wait_for(|end| *end).await;
}

/// A running program.
#[derive(Debug)]
pub struct Running {
    /// Where it listens.
    pub address: SocketAddr,
    /// Where health and metrics are.
    pub observing: Option<SocketAddr>,
    end: watch::Sender<bool>,
    tasks: JoinSet<()>,
    database: Database,
}

impl Running {
    /// Ends it: no new requests, those under way are answered, open feeds end.
    pub async fn stop(mut self) {
        self.end.send_replace(true);
        while self.tasks.join_next().await.is_some() {}
        self.database.close().await;
    }

    /// Runs until a signal asks for the end, then ends.
    pub async fn until_asked(self) {
        #[cfg(unix)]
        {
            use tokio::signal::unix::{SignalKind, signal};
            if let Ok(mut terminate) = signal(SignalKind::terminate()) {
                tokio::select! {
                    _ = terminate.recv() => {}
                    _ = tokio::signal::ctrl_c() => {}
                }
            }
        }
        #[cfg(not(unix))]
        let _asked = tokio::signal::ctrl_c().await;
        self.stop().await;
    }
}

/// Opens a database as a program has it.
pub async fn open(config: &DatabaseConfig, tables: &[Table]) -> Result<Database, StartError> {
    Ok(match config {
        DatabaseConfig::Sqlite { path } => Database::sqlite(path, tables).await?,
        DatabaseConfig::Postgres {
            url_file,
            connections,
        } => Database::postgres(&url_of(url_file)?, *connections).await?,
    })
}

/// The URL in a file that is its owner's alone.
pub fn url_of(file: &std::path::Path) -> Result<String, ConfigError> {
    let bytes = secret(file)?;
    let text = String::from_utf8(bytes)
        .map_err(|_| ConfigError::Invalid(PathBuf::from(file), "it holds no URL".to_owned()))?;
    Ok(text.trim().to_owned())
}

/// How often connections to the database are looked at.
const TIDY_EVERY: Duration = Duration::from_mins(1);

async fn tidy(database: Database, ending: Ending) {
    loop {
        tokio::select! {
            () = wait(TIDY_EVERY) => database.tidy(),
            () = ended(ending.clone()) => return,
        }
    }
}

/// What a program does beside answering.
pub(crate) type Chore = std::pin::Pin<Box<dyn Future<Output = ()> + Send>>;

/// Connections of the monitoring.
const OBSERVERS: usize = 64;

/// Listens, with what `program` makes for the ending it is given.
pub(crate) async fn start(
    (listening, limits): (&Listening, &Limits),
    clock: Clock,
    database: Database,
    metrics: Arc<Metrics>,
    program: impl FnOnce(Ending) -> (Router, Chore),
) -> Result<Running, StartError> {
    let tls = tls::acceptor(listening)?;
    let (end, ending) = watch::channel(false);
    let bind = async |address: SocketAddr| {
        TcpListener::bind(address)
            .await
            .map_err(|error| StartError::Address(address, error.kind()))
    };
    let at = |error: io::Error| StartError::Address(listening.address, error.kind());
    let listener = bind(listening.address).await?;
    let address = listener.local_addr().map_err(at)?;
    let mut tasks = JoinSet::new();
    let mut observing = None;
    if let Some(observe) = listening.observe {
        let tcp = bind(observe).await?;
        observing = tcp.local_addr().ok();
        let router = observe::router(Observed {
            metrics: Arc::clone(&metrics),
            database: database.clone(),
            clock,
        });
        // They are not counted among those that they look at.
        let door = Door::plain(OBSERVERS, limits, Arc::default());
        tasks.spawn(door.serve(tcp, router, ending.clone()));
    }
    let (router, chore) = program(ending.clone());
    let door = Door::new((tls, listening.proxy.clone()), limits, metrics);
    tasks.spawn(door.serve(listener, router, ending.clone()));
    tasks.spawn(chore);
    tasks.spawn(tidy(database.clone(), ending));
    Ok(Running {
        address,
        observing,
        end,
        tasks,
        database,
    })
}
