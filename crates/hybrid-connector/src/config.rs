//! The connector's TOML file, and the files that it names.

use std::{
    fs,
    path::{Path, PathBuf},
};

use chrono_tz::Tz;
use serde::Deserialize;
use thiserror::Error;
use vault::{hybrid::wire::Bytes, opaque::OpaqueId, sensitive::Sensitive};

/// What the connector reads.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The organization's id at the service.
    pub organization: OpaqueId,
    /// The file with the connector's own keys, its owner's alone.
    pub identity: PathBuf,
    /// The file with the mailboxes, an address a line.
    pub mailboxes: PathBuf,
    /// The zone in which whole days are read.
    pub zone: Tz,
    /// The server with the mailboxes.
    pub exchange: Exchange,
    /// The store of sealed records.
    pub service: Place,
    /// The key service.
    pub keys: KeyPlace,
}

/// The server with the mailboxes.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exchange {
    /// The EWS address, or a host.
    pub server: String,
    /// The account with ApplicationImpersonation.
    pub user: String,
    /// The file with its password, the connector's alone: with systemd a
    /// credential that rests encrypted. It is read at the start and shown
    /// nowhere (SR-45).
    pub password_file: PathBuf,
    /// Authorities that are trusted beside the system's.
    #[serde(default)]
    pub ca_file: Option<PathBuf>,
    /// A mailbox outside of the account's scope. The connector does not run
    /// with an account that may act for it (SR-46).
    pub outside: String,
}

/// One of the two programs.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Place {
    /// Its address.
    pub url: String,
    /// Authorities that are trusted beside the system's.
    #[serde(default)]
    pub ca_file: Option<PathBuf>,
}

/// The key service.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyPlace {
    /// Its address.
    pub url: String,
    /// Authorities that are trusted beside the system's.
    #[serde(default)]
    pub ca_file: Option<PathBuf>,
    /// Its public key, as `joinbell-cloud keys initialize` prints it.
    pub public: Bytes,
}

/// A file that cannot be used.
#[derive(Debug, Error)]
pub enum ConfigError {
    /// It cannot be read.
    #[error("{0} cannot be read ({1}); check its path and rights")]
    Unreadable(PathBuf, std::io::ErrorKind),
    /// It says something else than it may.
    #[error("{0} cannot be used: {1}")]
    Invalid(PathBuf, String),
    /// Others than the owner may read a secret.
    #[error("{0} can be read by others than its owner; set its rights to 0600 or 0400")]
    Exposed(PathBuf),
}

/// Reads the configuration.
pub fn load(path: &Path) -> Result<Config, ConfigError> {
    let text = fs::read_to_string(path)
        .map_err(|error| ConfigError::Unreadable(path.to_owned(), error.kind()))?;
    toml::from_str(&text)
        .map_err(|error| ConfigError::Invalid(path.to_owned(), error.message().to_owned()))
}

/// Reads a file that must be its owner's alone.
pub fn secret(path: &Path) -> Result<Sensitive<Vec<u8>>, ConfigError> {
    let unreadable = |error: std::io::Error| ConfigError::Unreadable(path.to_owned(), error.kind());
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let rights = fs::metadata(path).map_err(unreadable)?.permissions();
        if rights.mode() & 0o077 != 0 {
            return Err(ConfigError::Exposed(path.to_owned()));
        }
    }
    Ok(Sensitive::new(fs::read(path).map_err(unreadable)?))
}

/// The password in its file.
pub fn password(path: &Path) -> Result<Sensitive<String>, ConfigError> {
    let bytes = secret(path)?;
    let text = std::str::from_utf8(bytes.expose())
        .map_err(|_| ConfigError::Invalid(path.to_owned(), "it is no text".to_owned()))?;
    Ok(Sensitive::new(
        text.trim_end_matches(['\r', '\n']).to_owned(),
    ))
}

/// The addresses in a list: one a line; empty lines and those with a number
/// sign in front do not count. Each address counts once.
pub fn mailboxes(path: &Path) -> Result<Vec<String>, ConfigError> {
    let text = fs::read_to_string(path)
        .map_err(|error| ConfigError::Unreadable(path.to_owned(), error.kind()))?;
    let mut found: Vec<String> = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let line = line.trim().to_lowercase();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if !line.contains('@') || line.contains(char::is_whitespace) {
            let what = format!("line {} is no address", number + 1);
            return Err(ConfigError::Invalid(path.to_owned(), what));
        }
        if !found.contains(&line) {
            found.push(line);
        }
    }
    Ok(found)
}
