//! What a session is started with.

use std::sync::Arc;

use chrono_tz::Tz;
use engine::{Clock, SystemClock};
use vault::{
    Shelf,
    keyring::{KeyRing, OsKeyRing},
    passphrase::StandIn,
    shelf::Files,
};

use super::{
    exchange::{Exchange, Keywords},
    servers::Servers,
};
use crate::folder::DataFolder;

/// What a session is started with.
pub struct Setup {
    /// Where settings, accounts and the sealed store are.
    pub folder: DataFolder,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Where keys and passwords are.
    pub keyring: Arc<dyn KeyRing>,
    /// Where the sealed store stands.
    pub shelf: Arc<dyn Shelf>,
    /// The way to the servers.
    pub servers: Arc<dyn Servers>,
    /// The user's zone, asked again and again: users travel.
    pub zone: Arc<dyn Fn() -> Tz + Send + Sync>,
    /// Name of the system's locale, for example `sv-SE`.
    pub locale: String,
    /// Who looks at the session.
    pub face: Face,
}

/// Who looks at a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Face {
    /// The desktop program: reminders ring.
    Desktop,
    /// A command in the terminal: reminders are left to the desktop program.
    Terminal,
    /// A terminal that stays: it leaves the store to others as well.
    Onlooker,
}

impl Setup {
    /// The system's clock, keyring, zone and locale, and Exchange servers, for
    /// the data in `folder`.
    pub fn system(folder: DataFolder, face: Face) -> Self {
        Self::call_ahead();
        let keyring = StandIn::new(Arc::new(OsKeyRing), folder.secrets());
        Self::with_keyring(folder, Arc::new(keyring), face)
    }

    /// Goes to the system's keyring beside whatever comes before
    /// [`Setup::system`]: the way there is the longest part of a short start.
    pub fn call_ahead() {
        OsKeyRing::call_ahead();
    }

    /// The same with another keyring: the demo's keeps nothing.
    pub fn with_keyring(folder: DataFolder, keyring: Arc<dyn KeyRing>, face: Face) -> Self {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        // What is wrong with them the session says, which reads them as well.
        let (settings, _) = folder.settings();
        let (services, _) = folder.services(&settings.join);
        let locale = system_locale();
        let keywords = Keywords::by(&settings, &locale, face);
        Self {
            folder,
            servers: Arc::new(Exchange::new(Arc::clone(&clock), services).minding(keywords)),
            clock,
            keyring,
            shelf: Arc::new(Files),
            zone: Arc::new(system_zone),
            locale,
            face,
        }
    }
}

/// The system's zone; UTC where it names none that is known. On POSIX systems
/// `TZ` stands before it, as for every other program there.
pub fn system_zone() -> Tz {
    let written = std::env::var("TZ").ok().filter(|_| cfg!(unix));
    let own = written.as_deref().and_then(zone_of_environment);
    own.or_else(|| iana_time_zone::get_timezone().ok()?.parse().ok())
        .unwrap_or(Tz::UTC)
}

/// The zone that `TZ` names by the IANA database, with or without a colon
/// (POSIX.1 XBD 8.3). Rules written out, as `CET-1CEST`, and files name none.
fn zone_of_environment(written: &str) -> Option<Tz> {
    written.strip_prefix(':').unwrap_or(written).parse().ok()
}

/// The locale for times and texts. Systems with POSIX locales let times have
/// one of their own.
pub fn system_locale() -> String {
    let named = ["LC_ALL", "LC_TIME", "LANG"]
        .into_iter()
        .filter_map(|name| std::env::var(name).ok())
        .find(|value| !value.is_empty());
    named.or_else(sys_locale::get_locale).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environment_names_a_zone_as_for_other_programs() {
        let zone = zone_of_environment;
        assert_eq!(zone("Asia/Kolkata"), Some(Tz::Asia__Kolkata));
        assert_eq!(zone(":Asia/Kolkata"), Some(Tz::Asia__Kolkata));
        assert_eq!(zone("CET-1CEST"), None);
        assert_eq!(zone(":/etc/localtime"), None);
        assert_eq!(zone(""), None);
    }
}
