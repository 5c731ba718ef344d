//! The two programs' TOML files.

use std::{
    fs,
    net::{IpAddr, SocketAddr},
    path::{Path, PathBuf},
};

use serde::{Deserialize, de::DeserializeOwned};
use thiserror::Error;

/// A file that cannot be used.
#[derive(Debug, Error)]
pub enum ConfigError {
    /// It cannot be read.
    #[error("{0} cannot be read ({1}); check its path and rights")]
    Unreadable(PathBuf, std::io::ErrorKind),
    /// It says something else than it may.
    #[error("{0} is not a valid configuration: {1}")]
    Invalid(PathBuf, String),
    /// Others than the owner may read a secret.
    #[error("{0} can be read by others than its owner; set its rights to 0600")]
    Exposed(PathBuf),
}

/// Where to listen, and with which certificate.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Listening {
    /// The address; port 0 takes any free one.
    pub address: SocketAddr,
    /// The certificate and those between it and its authority, PEM.
    pub certificate: PathBuf,
    /// Its private key, PEM.
    pub key: PathBuf,
    /// Where health and metrics are, in plain HTTP: an address that only the
    /// monitoring reaches.
    #[serde(default)]
    pub observe: Option<SocketAddr>,
    /// What stands before it, where something does.
    #[serde(default)]
    pub proxy: Option<Proxy>,
}

/// A proxy or load balancer that names the client of each request. Limits of
/// requests are then those of the clients' addresses; nobody else's header is
/// believed.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Proxy {
    /// Where its connections come from.
    pub addresses: Vec<IpAddr>,
    /// The header to which it appends the client's address.
    #[serde(default = "forwarded_for")]
    pub header: String,
}

fn forwarded_for() -> String {
    "x-forwarded-for".to_owned()
}

/// Where rows rest.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "snake_case", tag = "kind")]
pub enum DatabaseConfig {
    /// One file, for one node.
    Sqlite {
        /// The file.
        path: PathBuf,
    },
    /// A server, for many nodes.
    Postgres {
        /// A file with the URL of the role that reads and writes rows.
        url_file: PathBuf,
        /// Connections of this node.
        #[serde(default = "connections")]
        connections: u32,
    },
}

// A path is no secret, but a URL that somebody puts there by mistake is.
impl std::fmt::Debug for DatabaseConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Sqlite { .. } => "Sqlite",
            Self::Postgres { .. } => "Postgres",
        })
    }
}

fn audit_days() -> std::num::NonZeroU32 {
    // A year, and time to look at it.
    std::num::NonZeroU32::new(400).unwrap_or(std::num::NonZeroU32::MIN)
}

fn releases() -> std::num::NonZeroU32 {
    std::num::NonZeroU32::new(60).unwrap_or(std::num::NonZeroU32::MIN)
}

fn connections() -> u32 {
    16
}

/// What `joinbell-cloud service` reads.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServiceConfig {
    /// Where it listens.
    pub listen: Listening,
    /// Where sealed records rest.
    pub database: DatabaseConfig,
    /// What it lets through.
    #[serde(default)]
    pub limits: Limits,
}

/// What a program lets through (SR-64).
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Requests a minute of one device.
    pub requests_a_minute: std::num::NonZeroU32,
    /// The same of a connector, which asks for all of its mailboxes: at the
    /// start some ten for each.
    pub connector_requests_a_minute: std::num::NonZeroU32,
    /// Requests a minute of an organization's strangers: enrolments.
    pub strangers_a_minute: std::num::NonZeroU32,
    /// The same of one address (of IPv6: one network of 64 bits).
    pub strangers_a_minute_per_address: std::num::NonZeroU32,
    /// Bytes of a request's body.
    pub body_bytes: usize,
    /// The same for the connector, which brings the whole of a calendar at
    /// once; clients read no more than these 64 MiB.
    pub connector_body_bytes: usize,
    /// Seconds within which it has to come.
    pub body_seconds: std::num::NonZeroU32,
    /// Requests a minute of one address whose senders have yet to prove who
    /// they are.
    pub unproven_a_minute: std::num::NonZeroU32,
    /// Connections at a time; those that come beyond wait.
    pub connections: std::num::NonZeroU32,
    /// The same of one address (of IPv6: one network of 64 bits); those beyond
    /// are closed.
    pub connections_per_address: std::num::NonZeroU32,
    /// Seconds within which the first request of a connection has to be there,
    /// with the handshake before it.
    pub first_request_seconds: std::num::NonZeroU32,
    /// Seconds between two requests of a connection, and until the other end
    /// has to take what it is sent. Clients keep a connection for 90.
    pub idle_seconds: std::num::NonZeroU32,
}

impl Default for Limits {
    fn default() -> Self {
        let number = |n| std::num::NonZeroU32::new(n).unwrap_or(std::num::NonZeroU32::MIN);
        Self {
            requests_a_minute: number(6000),
            connector_requests_a_minute: number(120_000),
            // Some five for each device that is added.
            strangers_a_minute: number(1200),
            strangers_a_minute_per_address: number(240),
            body_bytes: 8 << 20,
            connector_body_bytes: 64 << 20,
            body_seconds: number(60),
            unproven_a_minute: number(6000),
            connections: number(16_384),
            connections_per_address: number(2048),
            first_request_seconds: number(20),
            idle_seconds: number(120),
        }
    }
}

/// What `joinbell-cloud keys` reads.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeysConfig {
    /// Where it listens.
    pub listen: Listening,
    /// Where wrapped keys rest.
    pub database: DatabaseConfig,
    /// What wraps them.
    pub master: MasterConfig,
    /// A file with the private key by which answers are known, owner's alone.
    pub identity: PathBuf,
    /// Days for which the audit log is kept.
    #[serde(default = "audit_days")]
    pub audit_days: std::num::NonZeroU32,
    /// Releases of keys a minute of one device, which needs one an hour: each
    /// is written into the audit log.
    #[serde(default = "releases")]
    pub releases_a_minute: std::num::NonZeroU32,
    /// What it lets through.
    #[serde(default)]
    pub limits: Limits,
}

/// Where the master key is. A hardware module (PKCS#11) is another kind.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "snake_case", tag = "kind")]
pub enum MasterConfig {
    /// A file of 32 bytes, its owner's alone.
    File {
        /// The file.
        path: PathBuf,
    },
    /// The system's keyring.
    Keyring {
        /// The name there.
        name: String,
    },
}

/// Where systemd puts a service's credentials (systemd.exec(5), LoadCredential).
const CREDENTIALS: &str = "CREDENTIALS_DIRECTORY";

fn credentials() -> Option<PathBuf> {
    std::env::var_os(CREDENTIALS).map(PathBuf::from)
}

/// Reads a configuration. `$CREDENTIALS_DIRECTORY` in it is the folder that
/// systemd names in this variable.
pub fn load<T: DeserializeOwned>(path: &Path) -> Result<T, ConfigError> {
    let mut text = fs::read_to_string(path)
        .map_err(|error| ConfigError::Unreadable(path.to_owned(), error.kind()))?;
    if let Some(folder) = credentials().as_deref().and_then(Path::to_str) {
        text = text.replace(&format!("${CREDENTIALS}"), folder);
    }
    toml::from_str(&text)
        // The first line says what and where; the others show the file.
        .map_err(|error| ConfigError::Invalid(path.to_owned(), error.message().to_owned()))
}

/// Reads a file that must be its owner's alone.
pub fn secret(path: &Path) -> Result<Vec<u8>, ConfigError> {
    let unreadable = |error: std::io::Error| ConfigError::Unreadable(path.to_owned(), error.kind());
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let rights = fs::metadata(path).map_err(unreadable)?.permissions();
        // In its own folder systemd lets the service's user read a file of
        // root's by an access list, whose mask is shown as the rights of the
        // group (systemd#29435): 0440.
        let of_systemd = credentials().is_some_and(|folder| path.parent() == Some(&folder));
        let others = if of_systemd { 0o037 } else { 0o077 };
        if rights.mode() & others != 0 {
            return Err(ConfigError::Exposed(path.to_owned()));
        }
    }
    fs::read(path).map_err(unreadable)
}

/// Writes a fresh secret for its owner alone, and nothing over an older one.
pub fn keep_secret(path: &Path, bytes: &[u8]) -> Result<(), ConfigError> {
    use std::io::Write as _;
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
        .open(path)
        .and_then(|mut file| file.write_all(bytes).and_then(|()| file.sync_all()))
        .map_err(|error| ConfigError::Unreadable(path.to_owned(), error.kind()))
}
