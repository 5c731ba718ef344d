//! A session on a stage: scripted servers, a clock that is set by hand, a
//! keyring with moods, and a shell that remembers.

mod canary;
mod clocks;
mod memo_shell;
mod moody_keyring;
mod scripted_servers;

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
};

use calendar::{JoinLink, JoinLinks, Meeting};
use chrono_tz::Tz;
use engine::Clock;
use tokio::sync::watch;
use vault::{
    keyring::{KeyRing, MemoryKeyRing},
    passphrase::StandIn,
    shelf::Files,
};

use super::{Face, Servers, Session, Setup};
use crate::{Shell, account::SignIn, folder::DataFolder, view::AccountForm};

pub(super) use clocks::{HandClock, LeapClock, at};
pub(super) use memo_shell::MemoShell;
pub(super) use moody_keyring::{Mood, MoodyKeyRing};
pub(super) use scripted_servers::{CODE, ScriptedServers};

/// Everything around a session. The session itself can be started again and
/// again on the same stage.
pub(super) struct Stage {
    pub(super) place: tempfile::TempDir,
    pub(super) clock: Arc<HandClock>,
    pub(super) keyring: Arc<MoodyKeyRing>,
    pub(super) servers: Arc<ScriptedServers>,
    pub(super) shell: Arc<MemoShell>,
}

impl Stage {
    pub(super) fn new(now: &str) -> Self {
        Self {
            place: tempfile::tempdir().unwrap(),
            clock: Arc::new(HandClock::new(now)),
            keyring: Arc::new(MoodyKeyRing {
                secrets: MemoryKeyRing::default(),
                mood: Mutex::new(Mood::Works),
                asked: Mutex::new(0),
            }),
            servers: Arc::new(ScriptedServers::default()),
            shell: Arc::new(MemoShell::default()),
        }
    }

    pub(super) fn folder(&self) -> &Path {
        self.place.path()
    }

    pub(super) fn start(&self) -> Session {
        self.start_as(Face::Desktop)
    }

    pub(super) fn start_as(&self, face: Face) -> Session {
        Session::start(self.setup(face), Arc::clone(&self.shell) as Arc<dyn Shell>)
    }

    pub(super) fn start_with_clock(&self, clock: Arc<dyn Clock>) -> Session {
        let setup = Setup {
            clock,
            ..self.setup(Face::Desktop)
        };
        Session::start(setup, Arc::clone(&self.shell) as Arc<dyn Shell>)
    }

    pub(super) fn setup(&self, face: Face) -> Setup {
        let folder = DataFolder::open(Some(self.folder().to_owned())).unwrap();
        let system = Arc::clone(&self.keyring) as Arc<dyn KeyRing>;
        Setup {
            keyring: Arc::new(StandIn::new(system, folder.secrets())),
            folder,
            clock: Arc::clone(&self.clock) as Arc<dyn Clock>,
            shelf: Arc::new(Files),
            servers: Arc::clone(&self.servers) as Arc<dyn Servers>,
            zone: Arc::new(|| Tz::Europe__Stockholm),
            locale: "en_GB".to_owned(),
            face,
        }
    }

    /// A session with one account whose engine runs.
    pub(super) async fn start_with_account(&self) -> Session {
        let session = self.start();
        session.add_account(form()).await.unwrap();
        self.until_started(1).await;
        session
    }

    /// Waits until the shell was asked for something that begins so.
    pub(super) async fn until_told(&self, beginning: &str) -> String {
        let told = async {
            loop {
                let done = self.shell.done.lock().unwrap().clone();
                if let Some(one) = done.into_iter().find(|one| one.starts_with(beginning)) {
                    return one;
                }
                tokio::task::yield_now().await;
            }
        };
        let patience = std::time::Duration::from_secs(20);
        let told = tokio::time::timeout(patience, told).await;
        told.expect("the shell was asked for it")
    }

    /// Waits until that many engines have been started.
    pub(super) async fn until_started(&self, count: usize) {
        while self.servers.started.lock().unwrap().len() < count {
            tokio::task::yield_now().await;
        }
    }
}

impl Stage {
    /// The first file that holds what was typed to sign in, or what the
    /// calendars have held, in any form.
    pub(super) fn leak(&self) -> Option<(PathBuf, String)> {
        let mut words = self.servers.words.lock().unwrap().clone();
        words.extend([PASSWORD, DEVICE].map(str::to_owned));
        canary::found(self.folder(), &words)
    }
}

/// SR-06 and SR-23, at the end of every scene: none of it is in the data
/// folder, the open store and its write-ahead log included.
impl Drop for Stage {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            assert_eq!(self.leak(), None, "it rests in the clear");
        }
    }
}

const PASSWORD: &str = "CANARY-password";
/// What a device proves itself by.
const DEVICE: &str = "CANARY-device";

pub(super) fn form() -> AccountForm {
    AccountForm {
        server: "https://mail.example.org".to_owned(),
        user: "anna".to_owned(),
        password: PASSWORD.to_owned(),
        ca_file: String::new(),
        sign_in: SignIn::default(),
        found: None,
    }
}

/// A meeting with a link, on the day of [`at`].
pub(super) fn meeting(title: &str, start: &str, end: &str) -> Meeting {
    Meeting {
        join: JoinLinks(vec![JoinLink {
            url: "https://example.webex.com/meet/ana".parse().unwrap(),
            provider: "Webex".to_owned(),
            host: "example.webex.com".to_owned(),
            app: None,
        }]),
        ..Meeting::sample(title, at(start), at(end))
    }
}

/// The names of the files in the data folder.
pub(super) fn files(stage: &Stage) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(stage.folder())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// Waits until what is watched is as it should be.
pub(super) async fn until<T: Clone>(
    mut watched: watch::Receiver<T>,
    is_so: impl FnMut(&T) -> bool,
) -> T {
    let wait = watched.wait_for(is_so);
    let patience = std::time::Duration::from_secs(20);
    tokio::time::timeout(patience, wait)
        .await
        .expect("it came about")
        .unwrap()
        .clone()
}
