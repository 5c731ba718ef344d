//! One process of the client: the real session with the real engine, on the
//! simulated machine.

use std::{
    collections::BTreeSet,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use calendar::{Meeting, join::Services, meeting::Response};
use chrono_tz::Tz;
use desktop::{
    Session, Shell,
    account::{Account, AccountId},
    folder::DataFolder,
    session::{Exchange, Face, Report, Servers as _, Setup, Silence},
    view::{
        AnswerChoice, OutcomeKind, Part, ScheduleChange, SchedulePurpose, ScheduleView,
        SnoozeChoice,
    },
};
use engine::Clock;
use tokio::sync::watch;
use vault::{
    keyring::MemoryKeyRing,
    opening::{self, Opened, Place, Purpose},
    sensitive::Sensitive,
};

use crate::{
    disk::{Disk, Grip},
    host::{Host, HostClock, Life},
    keyring::{Hand, TemperedKeyRing},
    leak::Leak,
    net::{Link, Net},
    oracle::{Key, key_of},
    shell::{Screen, Window},
    truth::{CANARY, mailbox, number_in},
};

/// The password of the mailbox.
pub const PASSWORD: &str = "canary7f3a-password";

/// Everything around a process that outlives it.
pub struct Around {
    /// The machine.
    pub host: Arc<Host>,
    /// Its network.
    pub net: Arc<Net>,
    /// Its disk.
    pub disk: Arc<Disk>,
    /// Its keyring.
    pub keyring: Arc<TemperedKeyRing>,
    /// Its window system.
    pub screen: Arc<Screen>,
    /// The folder with the settings.
    pub folder: tempfile::TempDir,
    /// Spreads retries.
    pub spread: u64,
}

const SETTINGS: &str = "settings.toml";

/// Until when the user wants silence.
const MUTED: &str = "muted-until";

const LOCALE: &str = "en_GB";

/// What stands behind a meeting that was slept through.
const MISSED: &str = "Reminder missed";

/// The keyring's name for the password of an account.
fn password_name(account: usize) -> String {
    format!("joinbell/account/{}", account_id(account))
}

/// What an account is called.
pub fn account_id(account: usize) -> String {
    format!("account-{account}")
}

impl Around {
    /// Sets so many accounts up, as the first run does, and keywords.
    pub async fn set_up(&self, count: usize, writes: bool) -> Result<(), String> {
        if writes {
            let settings = format!(
                "[keywords]\nwrite = true\npersonal = \"https://acme.webex.com/meet/{CANARY}\"\n"
            );
            std::fs::write(self.folder.path().join(SETTINGS), settings)
                .map_err(|error| error.to_string())?;
        }
        let folder = self.data_folder()?;
        let mut accounts = folder.accounts().map_err(|error| error.to_string())?;
        for account in 0..count {
            accounts.list.push(Account {
                source: desktop::account::Source::Exchange,
                id: AccountId(account_id(account).into()),
                server: "http://127.0.0.1/EWS/Exchange.asmx"
                    .parse()
                    .map_err(|_| "an address".to_owned())?,
                user: mailbox(account).to_owned(),
                ca_file: None,
                sign_in: desktop::account::SignIn::default(),
                found: None,
            });
        }
        folder
            .save_accounts(&accounts)
            .map_err(|error| error.to_string())?;
        let secret = Sensitive::new(PASSWORD.as_bytes().to_vec());
        for account in 0..count {
            self.keyring
                .put(&password_name(account), &secret)
                .await
                .map_err(|error| error.to_string())?;
        }
        Ok(())
    }

    /// Moves the settings to a fresh folder. In the simulation a process that
    /// was killed never lets go of the folder's lock by itself.
    pub fn leave_folder(&mut self) {
        let Ok(fresh) = tempfile::tempdir() else {
            return;
        };
        let move_over =
            |name: &str| std::fs::rename(self.folder.path().join(name), fresh.path().join(name));
        let moved = move_over("accounts.toml");
        // Not all users have them.
        let _moved = move_over(SETTINGS);
        let _moved = move_over(MUTED);
        if moved.is_ok() {
            self.folder = fresh;
        }
    }

    /// Whether a file of the folder holds a word in the clear (SR-06). What the
    /// user has written into the settings stands there.
    pub fn folder_holds(&self, leak: &Leak) -> bool {
        let files = std::fs::read_dir(self.folder.path()).into_iter().flatten();
        files
            .flatten()
            .filter(|file| file.file_name() != SETTINGS)
            .filter_map(|file| std::fs::read(file.path()).ok())
            .any(|bytes| leak.is_in(&bytes))
    }

    /// Takes everything but the passwords out of the keyring.
    pub async fn lose_key(&self, count: usize) {
        self.keyring.replace(MemoryKeyRing::default());
        let secret = Sensitive::new(PASSWORD.as_bytes().to_vec());
        for account in 0..count {
            // A keyring in memory takes everything.
            let _kept = self.keyring.put(&password_name(account), &secret).await;
        }
    }

    /// The store as a program would open it that only looks.
    pub async fn at_rest(&self) -> Result<Opened, String> {
        let folder = self.data_folder()?;
        let accounts = folder.accounts().map_err(|error| error.to_string())?;
        let place = Place {
            file: folder.store(),
            install: accounts.install.to_string(),
        };
        let life = Life::begin();
        let keyring = Hand::to(Arc::clone(&self.keyring), life.clone());
        let disk = Arc::clone(&self.disk);
        let grip = Grip { disk, life };
        Ok(opening::open(&place, &keyring, &grip, Purpose::Look).await)
    }

    fn data_folder(&self) -> Result<DataFolder, String> {
        let path: &Path = self.folder.path();
        DataFolder::open(Some(path.to_owned())).map_err(|error| error.to_string())
    }
}

/// One process.
pub struct Client {
    /// Whether it lives.
    pub life: Life,
    session: Session,
    report: watch::Receiver<Arc<Report>>,
    listed: Arc<BTreeSet<Key>>,
}

impl Client {
    /// Starts it.
    pub fn start(around: &Around) -> Result<Self, String> {
        let life = Life::begin();
        let clock: Arc<dyn Clock> = Arc::new(HostClock {
            host: Arc::clone(&around.host),
            life: life.clone(),
        });
        let link = Link {
            net: Arc::clone(&around.net),
            life: life.clone(),
        };
        let servers = Exchange::over(
            Arc::new(link),
            Arc::clone(&clock),
            Services::built_in().clone(),
            around.spread,
        );
        let host = Arc::clone(&around.host);
        let folder = around.data_folder()?;
        let (settings, _) = folder.settings();
        servers.adopt(
            &settings,
            LOCALE,
            Services::built_in().clone(),
            Face::Desktop,
        );
        let setup = Setup {
            folder,
            clock,
            keyring: Arc::new(Hand::to(Arc::clone(&around.keyring), life.clone())),
            shelf: Arc::new(Grip {
                disk: Arc::clone(&around.disk),
                life: life.clone(),
            }),
            servers: Arc::new(servers),
            zone: Arc::new(move || host.zone()),
            locale: LOCALE.to_owned(),
            face: Face::Desktop,
        };
        let window: Arc<dyn Shell> = Arc::new(Window {
            screen: Arc::clone(&around.screen),
            host: Arc::clone(&around.host),
            life: life.clone(),
        });
        let session = Session::start(setup, window);
        let mut report = session.report();
        report.mark_changed();
        Ok(Self {
            life,
            session,
            report,
            listed: Arc::default(),
        })
    }

    /// What is on the agenda and could ring; the very same set while nothing
    /// has changed.
    pub fn listed(&mut self) -> Arc<BTreeSet<Key>> {
        // Whoever reports ends with the session.
        if self.report.has_changed().unwrap_or_default() {
            let now = self.read_listed();
            if *self.listed != now {
                self.listed = Arc::new(now);
            }
        }
        Arc::clone(&self.listed)
    }

    fn read_listed(&mut self) -> BTreeSet<Key> {
        let report = self.report.borrow_and_update();
        let zone = report.surroundings.zone;
        report
            .board
            .entries
            .iter()
            .filter(|entry| entry.stands() && !entry.meeting.span.is_all_day())
            .filter_map(|entry| {
                let number = number_in(&entry.meeting.title)?;
                Some((number, entry.meeting.span.start(zone)))
            })
            .collect()
    }

    /// Titles with begin and end, what was cancelled and declined included, in
    /// order; twice what is listed twice.
    pub fn agenda(&self) -> Vec<String> {
        let report = self.session.report();
        let report = report.borrow();
        let zone = report.surroundings.zone;
        let entries = report.board.entries.iter();
        rows(entries.map(|entry| entry.meeting.as_ref()), zone)
    }

    /// Whether the user is told that clocks differ.
    pub fn tells_of_clocks(&self) -> bool {
        let report = self.session.report();
        report.borrow().clocks.is_some()
    }

    /// The numbers of meetings that are shown as missed.
    pub fn missed(&self) -> BTreeSet<u32> {
        let agenda = self.session.agenda();
        let agenda = agenda.borrow();
        let days = agenda.days.iter().chain(&agenda.past_days);
        let rows = days.flat_map(|day| &day.rows);
        let missed = rows.filter(|row| row.tag == MISSED);
        missed.filter_map(|row| number_in(&row.title)).collect()
    }

    /// What is shown as ringing.
    pub fn rings(&self) -> Vec<Key> {
        let ring = self.session.ring();
        let ring = ring.borrow();
        let keys = ring.rings.iter();
        keys.filter_map(|one| key_of(&one.title, &one.id)).collect()
    }

    /// Joins a meeting at a host, as an old notification names them.
    pub async fn join(&self, meeting: &str, host: &str) -> bool {
        self.session.join(meeting, 0, host).await.is_ok()
    }

    /// Answers the first ring as the user does; gives what was answered.
    pub async fn answer(&self, answer: Answer) -> Option<Answered> {
        let ring = self.session.ring();
        let first = ring.borrow().rings.first().cloned()?;
        let (done, snoozed) = match answer {
            Answer::Dismiss => (self.session.dismiss(&first.id).await, None),
            Answer::Snooze => {
                let choice = first.snoozes.last()?.choice;
                let done = self.session.snooze(&first.id, choice).await;
                (done, Some(choice))
            }
            Answer::Join => {
                let join = first.joins.first()?;
                let (index, host) = (join.index, &join.host);
                (self.session.join(&first.meeting, index, host).await, None)
            }
        };
        done.ok()?;
        Some(Answered {
            key: key_of(&first.title, &first.id)?,
            snoozed,
        })
    }

    /// Wants silence, or does not any more; whether that was heard.
    pub async fn silence(&self, silence: Silence) -> bool {
        self.session.silence(silence).await.is_ok()
    }

    /// Begins a meeting with this title, or goes on with a draft. `how` chooses
    /// people and time. A draft that cannot be sent any more, or which `anew`
    /// names, is thrown away.
    pub async fn compose(
        &self,
        title: &str,
        how: u32,
        anew: impl Fn(&str) -> bool,
    ) -> Option<Composed> {
        let change = async |change| self.session.change_schedule(change).await.ok();
        let open = self.session.open_schedule(SchedulePurpose::New {}).await;
        open.ok()?;
        let mut view = self.drawn().await;
        let mut discarded = String::new();
        let under_way = matches!(
            view.outcome.as_ref().map(|outcome| outcome.kind),
            Some(OutcomeKind::Sending | OutcomeKind::Unsure)
        );
        let is_useless = !view.title.is_empty() && !view.send.ready;
        if !under_way && (is_useless || anew(&view.title)) {
            discarded.clone_from(&view.title);
            change(ScheduleChange::Discard {}).await?;
            view = self.drawn().await;
        }
        if !view.title.is_empty() {
            return Some(Composed {
                title: view.title.clone(),
                discarded,
            });
        }
        let text = title.to_owned();
        change(ScheduleChange::Title { text }).await?;
        if how.is_multiple_of(3) {
            let who = format!("<bo-{CANARY}@example.org>");
            let part = Part::Required;
            change(ScheduleChange::Invite { who, part }).await?;
        }
        let quarter = u16::try_from(how % 40).unwrap_or_default();
        if how.is_multiple_of(2) {
            change(ScheduleChange::Day { step: 1 }).await?;
        }
        change(ScheduleChange::Place { quarter }).await?;
        Some(Composed {
            title: title.to_owned(),
            discarded,
        })
    }

    /// Sends what stands in the schedule window; gives its title when that was
    /// taken.
    pub async fn send(&self) -> Option<String> {
        let view = self.drawn().await;
        let sent = self.session.send_schedule().await;
        sent.is_ok().then(|| view.title.clone())
    }

    /// The title in the schedule window, and what came of sending that.
    pub fn said_of_sending(&self) -> (String, Option<OutcomeKind>) {
        let view = Arc::clone(&self.session.schedule().borrow());
        let kind = view.outcome.as_ref().map(|outcome| outcome.kind);
        (view.title.clone(), kind)
    }

    /// Answers an invitation, beside whatever comes next; says whether the
    /// user was told that it is done.
    pub fn answer_invitation(&self, title: &str, declines: bool) -> Option<Arc<AtomicBool>> {
        let report = self.session.report();
        let meeting = {
            let report = report.borrow();
            let mut entries = report.board.entries.iter();
            entries.find(|one| one.meeting.title == title)?.id()
        };
        let answer = if declines {
            AnswerChoice::Decline
        } else {
            AnswerChoice::Tentative
        };
        let (session, done) = (self.session.clone(), Arc::<AtomicBool>::default());
        let told = Arc::clone(&done);
        tokio::spawn(async move {
            let outcome = session.answer_meeting(&meeting, answer).await;
            told.store(outcome.is_ok(), Ordering::Relaxed);
        });
        Some(done)
    }

    /// The schedule window, once the session has drawn what it was told.
    async fn drawn(&self) -> Arc<ScheduleView> {
        let moment = std::time::Duration::from_millis(20);
        let _over = tokio::time::timeout(moment, std::future::pending::<()>()).await;
        Arc::clone(&self.session.schedule().borrow())
    }

    /// Asks for the newest.
    pub fn refresh(&self) {
        self.session.refresh();
    }

    /// Ends it in order.
    pub async fn stop(&self) {
        self.session.stop().await;
    }
}

/// Meetings as rows of text, in order.
pub fn rows<'a>(meetings: impl Iterator<Item = &'a Meeting>, zone: Tz) -> Vec<String> {
    let row = |meeting: &Meeting| {
        format!(
            "{} {} {} {} {}",
            meeting.title,
            meeting.span.start(zone),
            meeting.span.end(zone),
            meeting.cancelled,
            meeting.response == Response::Declined
        )
    };
    let mut rows: Vec<String> = meetings.map(row).collect();
    rows.sort();
    rows
}

/// What stands in the schedule window now.
#[derive(Debug, Clone)]
pub struct Composed {
    /// Its title.
    pub title: String,
    /// The title of a draft that was thrown away for it, or nothing.
    pub discarded: String,
}

/// A ring that was answered.
#[derive(Debug, Clone, Copy)]
pub struct Answered {
    /// Of which meeting.
    pub key: Key,
    /// When it is wanted again.
    pub snoozed: Option<SnoozeChoice>,
}

/// What the user does about a ring.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// Seen.
    Dismiss,
    /// Later.
    Snooze,
    /// Join.
    Join,
}
