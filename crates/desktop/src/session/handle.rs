//! The session's handle.

use std::sync::Arc;

use engine::exchange::NotFound;
use tokio::sync::{mpsc, oneshot, watch};
use url::Url;

use super::{
    command::{Command, Reply},
    doubt::Press,
    event::Event,
    secret::Secret,
    servers::Search,
};
use crate::{
    board::Board,
    problem::Trouble,
    screen::Surroundings,
    view::{
        AccountForm, AccountView, AgendaView, EnvironmentView, OpenedView, Problem, RingView,
        ScheduleView, SettingsView, SnoozeChoice, TrayView,
    },
};

/// A running session. Clones speak to the same one; it ends with
/// [`Session::stop`].
#[derive(Clone)]
pub struct Session {
    pub(super) events: mpsc::Sender<Event>,
    pub(super) agenda: watch::Receiver<Arc<AgendaView>>,
    pub(super) opened: watch::Receiver<Arc<OpenedView>>,
    pub(super) ring: watch::Receiver<Arc<RingView>>,
    pub(super) tray: watch::Receiver<Arc<TrayView>>,
    pub(super) accounts: watch::Receiver<Arc<Vec<AccountView>>>,
    pub(super) report: watch::Receiver<Arc<Report>>,
    pub(super) settings: watch::Receiver<Arc<SettingsView>>,
    pub(super) environment: watch::Receiver<Arc<EnvironmentView>>,
    pub(super) schedule: watch::Receiver<Arc<ScheduleView>>,
}

/// The session as the terminal sees it: values rather than screens.
#[derive(Debug, Clone)]
pub struct Report {
    /// The meetings of all accounts.
    pub board: Arc<Board>,
    /// How they are worded.
    pub surroundings: Arc<Surroundings>,
    /// What is wrong first of all.
    pub problem: Option<Problem>,
    /// That a server's clock and this one differ by minutes. It stops nothing.
    pub clocks: Option<Problem>,
    /// Whether every account has come to an end of what it can do now: in
    /// step, or stopped by its trouble.
    pub settled: bool,
}

impl PartialEq for Report {
    fn eq(&self, other: &Self) -> bool {
        // Both are replaced as a whole whenever they change.
        Arc::ptr_eq(&self.board, &other.board)
            && Arc::ptr_eq(&self.surroundings, &other.surroundings)
            && self.problem == other.problem
            && self.clocks == other.clocks
            && self.settled == other.settled
    }
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session").finish_non_exhaustive()
    }
}

impl Session {
    /// The agenda window, now and whenever it changes.
    pub fn agenda(&self) -> watch::Receiver<Arc<AgendaView>> {
        self.agenda.clone()
    }

    /// The ring window; no rings when nothing rings.
    pub fn ring(&self) -> watch::Receiver<Arc<RingView>> {
        self.ring.clone()
    }

    /// The tray.
    pub fn tray(&self) -> watch::Receiver<Arc<TrayView>> {
        self.tray.clone()
    }

    /// The accounts that are set up, with their state.
    pub fn accounts(&self) -> watch::Receiver<Arc<Vec<AccountView>>> {
        self.accounts.clone()
    }

    /// The values behind the screens.
    pub fn report(&self) -> watch::Receiver<Arc<Report>> {
        self.report.clone()
    }

    /// Opens link `index` of a meeting, whose `host` was shown: one that has
    /// changed since is refused. What rang for the meeting is answered by it. A
    /// link to a host of no known service is refused with
    /// [`ProblemCode::Doubt`](crate::view::ProblemCode::Doubt).
    pub async fn join(&self, meeting: &str, index: u32, host: &str) -> Result<(), Problem> {
        self.press_join(meeting, index, host, Press::First).await
    }

    /// The same when the user has been told of such a host by [`Self::join`]
    /// a moment ago and wants it opened; without that it is refused as there.
    pub async fn join_anyway(&self, meeting: &str, index: u32, host: &str) -> Result<(), Problem> {
        self.press_join(meeting, index, host, Press::Second).await
    }

    async fn press_join(
        &self,
        meeting: &str,
        index: u32,
        host: &str,
        press: Press,
    ) -> Result<(), Problem> {
        let (meeting, host) = (meeting.to_owned(), host.to_owned());
        self.ask(|reply| Command::Join {
            meeting,
            index,
            host,
            press,
            reply,
        })
        .await
    }

    /// Puts link `index` of a meeting on the clipboard, whose `host` was shown.
    pub async fn copy_link(&self, meeting: &str, index: u32, host: &str) -> Result<(), Problem> {
        let (meeting, host) = (meeting.to_owned(), host.to_owned());
        self.ask(|reply| Command::CopyLink {
            meeting,
            index,
            host,
            reply,
        })
        .await
    }

    /// Opens the meeting in Outlook on the web.
    pub async fn open_web(&self, meeting: &str) -> Result<(), Problem> {
        let meeting = meeting.to_owned();
        self.ask(|reply| Command::OpenWeb { meeting, reply }).await
    }

    /// Puts the text of a mail on the clipboard by which a meeting's
    /// organizer hears that the user is late. It opens and sends nothing.
    pub async fn running_late(&self, meeting: &str) -> Result<(), Problem> {
        let meeting = meeting.to_owned();
        self.ask(|reply| Command::RunningLate { meeting, reply })
            .await
    }

    /// Silences a reminder until `choice`.
    pub async fn snooze(&self, reminder: &str, choice: SnoozeChoice) -> Result<(), Problem> {
        let reminder = reminder.to_owned();
        self.ask(|reply| Command::Snooze {
            reminder,
            choice,
            reply,
        })
        .await
    }

    /// Answers a reminder: it does not ring again.
    pub async fn dismiss(&self, reminder: &str) -> Result<(), Problem> {
        let reminder = reminder.to_owned();
        self.ask(|reply| Command::Dismiss { reminder, reply }).await
    }

    /// Brings rings back that have collapsed to the tray, and the window with
    /// them; refused where nothing rings.
    pub async fn show_ring(&self) -> Result<(), Problem> {
        self.ask(|reply| Command::ShowRing { reply }).await
    }

    /// Finds the address of the server that an e-mail address belongs to, so
    /// that a person can look at it before a password goes there. No
    /// credential is sent to anybody.
    pub async fn find_server(&self, address: &str, ca_file: &str) -> Result<String, Problem> {
        let found = self.seek(address, ca_file).await?;
        let surroundings = Arc::clone(&self.report.borrow().surroundings);
        found
            .map(|server| server.to_string())
            .map_err(|not_found| Trouble::NotFound(not_found).problem(&surroundings.words))
    }

    /// The same with the reason why nobody was found. The problem is one with
    /// the file of the authority, or a session that has ended.
    pub async fn seek(
        &self,
        address: &str,
        ca_file: &str,
    ) -> Result<Result<Url, NotFound>, Problem> {
        let (address, ca_file) = (address.to_owned(), ca_file.to_owned());
        self.ask(|reply| Command::FindServer {
            address,
            ca_file,
            reply,
        })
        .await
    }

    /// Asks the server who it is and whether it takes the credentials; saves
    /// the account and its password only when it does. On failure nothing is
    /// saved. Where the form names no server, the user name is taken for the
    /// e-mail address and the server is searched for, signed in if need be.
    pub async fn add_account(&self, form: AccountForm) -> Result<AccountView, Problem> {
        self.ask(|reply| Command::AddAccount {
            form,
            secret: None,
            search: None,
            reply,
        })
        .await
    }

    /// The same for an account that has signed in in the browser already.
    pub(crate) async fn add_signed_in(
        &self,
        form: AccountForm,
        secret: Secret,
    ) -> Result<AccountView, Problem> {
        self.ask(|reply| Command::AddAccount {
            form,
            secret: Some(secret),
            search: None,
            reply,
        })
        .await
    }

    /// Shows the authority's page in the browser and waits for somebody to
    /// sign in, five minutes at most. Gives the form with the authority in it.
    pub(crate) async fn browse(&self, form: AccountForm) -> Result<(AccountForm, Secret), Problem> {
        self.ask(|reply| Command::Browse { form, reply }).await
    }

    /// The same for a server that is searched for by what is known of it, and
    /// not by the form.
    pub async fn add_found_account(
        &self,
        form: AccountForm,
        search: Search,
    ) -> Result<AccountView, Problem> {
        self.ask(|reply| Command::AddAccount {
            form,
            secret: None,
            search: Some(search),
            reply,
        })
        .await
    }

    /// Forgets an account with its password and its meetings.
    pub async fn remove_account(&self, id: &str) -> Result<(), Problem> {
        let id = id.to_owned();
        self.ask(|reply| Command::RemoveAccount { id, reply }).await
    }

    /// Pulls from all servers now, and asks the keyring again where it gave
    /// no answer. Returns at once; the agenda tells the outcome.
    pub fn refresh(&self) {
        // A full queue means that the loop is busy with requests already, a
        // closed one that the session has ended: both need no refresh.
        let _queued = self.events.try_send(Event::Command(Command::Refresh));
    }

    /// Ends the session: what it knows is on disk when this returns.
    pub async fn stop(&self) {
        let _ended = self.ask(|reply| Command::Stop { reply }).await;
    }

    pub(super) async fn ask<T>(
        &self,
        command: impl FnOnce(Reply<T>) -> Command,
    ) -> Result<T, Problem> {
        let (reply, answer) = oneshot::channel();
        if self
            .events
            .send(Event::Command(command(reply)))
            .await
            .is_err()
        {
            return Err(self.ended());
        }
        answer.await.unwrap_or_else(|_| Err(self.ended()))
    }

    /// A trouble in the words of the moment.
    pub fn in_words(&self, trouble: &Trouble) -> Problem {
        trouble.problem(&self.report.borrow().surroundings.words)
    }

    fn ended(&self) -> Problem {
        self.in_words(&Trouble::Ended)
    }
}
