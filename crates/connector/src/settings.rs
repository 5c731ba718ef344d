//! The connector's TOML file. It holds no secret: it names the files that do.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
};

use calendar::keyword::{block::Language, rooms::Rooms};
use chrono_tz::Tz;
use serde::Deserialize;
use thiserror::Error;

use crate::service::Service;

/// Everything that an administrator decides.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The server and the account that impersonates.
    pub exchange: Exchange,
    /// Whose calendars.
    pub mailboxes: Mailboxes,
    /// Where things rest.
    pub store: Store,
    /// The hybrid service; without this table everything rests in the folder.
    pub service: Option<Service>,
    /// Join details for keywords; nothing is written without this table.
    pub keywords: Option<Keywords>,
    /// Health and measures.
    #[serde(default)]
    pub endpoint: Endpoint,
}

/// The server and the account that impersonates.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exchange {
    /// The account as the server knows it: `name@domain` or `DOMAIN\name`.
    pub account: String,
    /// The EWS address; without one, Autodiscover finds it for each mailbox.
    pub server: Option<String>,
    /// A file with the account's password, which only its owner may read. It
    /// is sealed on the first reading and removed.
    pub secret: Option<PathBuf>,
    /// Certificates in PEM form that are trusted beside the system's.
    pub ca_file: Option<PathBuf>,
    /// Whether the password may be sent where the server offers no NTLM.
    #[serde(default)]
    pub allow_basic: bool,
    /// Places outside the mailboxes' domains, `host` or `host:port`, that
    /// Autodiscover may lead to.
    #[serde(default)]
    pub confirmed: Vec<String>,
    /// Requests at a time, for all mailboxes together.
    #[serde(default = "concurrency")]
    pub concurrency: usize,
}

/// Whose calendars.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mailboxes {
    /// A file with one address a line, read again on SIGHUP.
    pub list: Option<PathBuf>,
    /// Or the address of a distribution group, read again each hour.
    pub group: Option<String>,
    /// The zone of users whose line names none, and of a group's members.
    pub zone: Tz,
    /// Mailboxes that the account must not be able to act for: they prove
    /// that its scope has an end (SR-46).
    #[serde(default)]
    pub outside: Vec<String>,
    /// What happens when it can.
    #[serde(default)]
    pub wide_scope: WideScope,
}

/// What happens when the account can act for a mailbox it must not.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WideScope {
    /// The connector does not start.
    #[default]
    Refuse,
    /// It starts, and says so in its log and measures as long as it runs.
    Warn,
}

/// Where things rest.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Store {
    /// The connector's own folder.
    pub folder: PathBuf,
    /// The file of the key that everything in the folder is sealed with,
    /// which only its owner may read; made at the first start. Not needed
    /// where systemd gives the credential `connector-key`.
    pub key: Option<PathBuf>,
}

/// Join details for keywords.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Keywords {
    /// The links; `{user}` in `personal` stands for what is before the `@`
    /// of the organizer's address.
    #[serde(flatten)]
    pub rooms: Rooms,
    /// Whether attendees are mailed about join details that were written.
    #[serde(default)]
    pub tell_attendees: bool,
    /// Language where an invitation names none, for example `sv`.
    #[serde(default = "language")]
    pub language: String,
}

/// Health and measures.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Endpoint {
    /// Where `/health` and `/metrics` are answered; loopback only.
    pub listen: SocketAddr,
}

impl Default for Endpoint {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 9464)),
        }
    }
}

fn concurrency() -> usize {
    // Below what a stock server grants each account (27).
    16
}

fn language() -> String {
    "en".to_owned()
}

/// Why a settings file cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum BadSettings {
    /// It cannot be read.
    #[error("The settings file {0} cannot be read ({1}); check its path and rights")]
    Unreadable(String, String),
    /// It is no TOML of this form.
    #[error("The settings file {0} is wrong: {1}")]
    Wrong(String, String),
}

impl Settings {
    /// Reads and checks a file.
    pub fn read(path: &Path) -> Result<Self, BadSettings> {
        let name = path.display().to_string();
        let text = std::fs::read_to_string(path)
            .map_err(|error| BadSettings::Unreadable(name.clone(), error.to_string()))?;
        let wrong = |reason: String| BadSettings::Wrong(name.clone(), reason);
        let settings: Self = toml::from_str(&text)
            .map_err(|error| wrong(error.to_string().trim().replace('\n', " ")))?;
        match settings.fault() {
            Some(fault) => Err(wrong(fault)),
            None => Ok(settings),
        }
    }

    /// What the form alone does not say.
    fn fault(&self) -> Option<String> {
        let says = |sentence: &str| Some(sentence.to_owned());
        if self.exchange.account.trim().is_empty() {
            return says("[exchange] account is empty; name the account that impersonates");
        }
        let mailboxes = &self.mailboxes;
        if mailboxes.list.is_some() == mailboxes.group.is_some() {
            return says("[mailboxes] needs a list or a group, and not both");
        }
        if mailboxes.group.is_some()
            && self.exchange.server.is_none()
            && !self.exchange.account.contains('@')
        {
            return says(
                "[mailboxes] group needs [exchange] server, or an account of the form \
                 name@domain by which its server is found",
            );
        }
        if !(1..=100).contains(&self.exchange.concurrency) {
            return says("[exchange] concurrency has to be between 1 and 100");
        }
        if !self.endpoint.listen.ip().is_loopback() {
            return says(
                "[endpoint] listen is not on this machine alone; use 127.0.0.1 and let your \
                 monitoring run beside the connector",
            );
        }
        let rooms = self.keywords.iter().flat_map(|keywords| {
            let rooms = &keywords.rooms;
            [&rooms.personal, &rooms.space, &rooms.one_time]
        });
        let bad = rooms.filter(|room| !room.is_empty() && !room.starts_with("https://"));
        if bad.count() > 0 {
            return says("[keywords] has a room that is no https address");
        }
        None
    }
}

impl Keywords {
    /// The rooms of one organizer. A name with characters that have a meaning
    /// in addresses of pages gets no personal room rather than a wrong one.
    pub fn rooms_of(&self, address: &str) -> Rooms {
        const USER: &str = "{user}";
        let mut rooms = self.rooms.clone();
        if rooms.personal.contains(USER) {
            let user = address.split('@').next().unwrap_or_default();
            let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
            rooms.personal = if !user.is_empty() && user.chars().all(plain) {
                rooms.personal.replace(USER, user)
            } else {
                String::new()
            };
        }
        rooms
    }

    /// The language for invitations that name none.
    pub fn in_language(&self) -> Language {
        Language::of_culture(&self.language)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: &str = r#"
        [exchange]
        account = "svc-joinbell@example.org"
        server = "https://mail.example.org/EWS/Exchange.asmx"
        secret = "/etc/joinbell/exchange-secret"

        [mailboxes]
        list = "/etc/joinbell/mailboxes"
        zone = "Europe/Stockholm"
        outside = ["board@example.org"]

        [keywords]
        personal = "https://acme.webex.com/meet/{user}"
        one_time = "https://meet.jit.si/{id}"

        [store]
        folder = "/var/lib/joinbell-connector"
        key = "/etc/joinbell/connector-key"
    "#;

    fn read(text: &str) -> Result<Settings, String> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("connector.toml");
        std::fs::write(&file, text).unwrap();
        Settings::read(&file).map_err(|error| error.to_string())
    }

    #[test]
    fn a_whole_file_is_read_and_what_it_leaves_out_is_safe() {
        let settings = read(WHOLE).unwrap();
        assert_eq!(settings.exchange.concurrency, 16);
        assert_eq!(settings.mailboxes.wide_scope, WideScope::Refuse);
        assert!(!settings.exchange.allow_basic);
        assert!(settings.endpoint.listen.ip().is_loopback());
        let keywords = settings.keywords.unwrap();
        assert!(!keywords.tell_attendees);
        let rooms = keywords.rooms_of("anna.berg@example.org");
        assert_eq!(rooms.personal, "https://acme.webex.com/meet/anna.berg");
    }

    #[test]
    fn sr_49_a_name_that_would_change_the_address_has_no_personal_room() {
        let keywords = read(WHOLE).unwrap().keywords.unwrap();
        for name in ["a/../b", "o'neill", "a?b", "å", ""] {
            let rooms = keywords.rooms_of(&format!("{name}@example.org"));
            assert_eq!(rooms.personal, "", "{name}");
        }
    }

    #[test]
    fn what_is_wrong_is_said_in_a_sentence() {
        for (from, to, said) in [
            ("list =", "lists =", "unknown field `lists`"),
            ("list =", "group = \"a@b.org\"\nlist =", "a list or a group"),
            (
                "list = \"/etc/joinbell/mailboxes\"",
                "",
                "a list or a group",
            ),
            (
                "[store]",
                "[endpoint]\nlisten = \"0.0.0.0:1\"\n[store]",
                "this machine alone",
            ),
            ("https://meet", "http://meet", "no https address"),
            ("secret =", "concurrency = 0\nsecret =", "between 1 and 100"),
            ("Europe/Stockholm", "Europe/Atlantis", "zone"),
        ] {
            let error = read(&WHOLE.replacen(from, to, 1)).unwrap_err();
            assert!(error.contains(said), "{error}");
        }
    }
}
