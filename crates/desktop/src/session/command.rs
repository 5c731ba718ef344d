//! What the windows and the terminal ask of the session.

use engine::exchange::NotFound;
use tokio::sync::oneshot;
use url::Url;

use super::{
    doubt::Press, passphrase::Wish, preferences::Preference, secret::Secret, servers::Search,
};
use crate::view::{
    AccountForm, AccountView, AnswerChoice, CandidateView, Part, Problem, ScheduleChange,
    SchedulePurpose, ServiceForm, SnoozeChoice,
};

/// Where the answer goes.
pub(super) type Reply<T> = oneshot::Sender<Result<T, Problem>>;

/// One request to the session's loop.
pub(super) enum Command {
    /// Open a meeting's link.
    Join {
        meeting: String,
        index: u32,
        host: String,
        press: Press,
        reply: Reply<()>,
    },
    /// Put a meeting's link on the clipboard.
    CopyLink {
        meeting: String,
        index: u32,
        host: String,
        reply: Reply<()>,
    },
    /// Open the meeting in Outlook on the web.
    OpenWeb { meeting: String, reply: Reply<()> },
    /// Ring again later.
    Snooze {
        reminder: String,
        choice: SnoozeChoice,
        reply: Reply<()>,
    },
    /// Put a mail to the organizer on the clipboard: the user is late.
    RunningLate { meeting: String, reply: Reply<()> },
    /// The user has seen the reminder.
    Dismiss { reminder: String, reply: Reply<()> },
    /// The agenda window has opened a meeting, or closed it.
    OpenMeeting {
        meeting: Option<String>,
        reply: Reply<()>,
    },
    /// Let the agenda window go to a meeting.
    ShowMeeting { meeting: String, reply: Reply<()> },
    /// Bring collapsed rings back.
    ShowRing { reply: Reply<()> },
    /// Find the server of an e-mail address.
    FindServer {
        address: String,
        ca_file: String,
        reply: Reply<Result<Url, NotFound>>,
    },
    /// Probe the server and set the account up.
    AddAccount {
        form: AccountForm,
        /// What a sign-in in the browser gave already.
        secret: Option<Secret>,
        search: Option<Search>,
        reply: Reply<AccountView>,
    },
    /// Sign in in the browser, for an account that is about to be added. Gives
    /// the form with the authority in it.
    Browse {
        form: AccountForm,
        reply: Reply<(AccountForm, Secret)>,
    },
    /// Forget the account, its password and its meetings.
    RemoveAccount { id: String, reply: Reply<()> },
    /// Have a code put into the user's calendar by a hybrid service.
    AskForCode { form: ServiceForm, reply: Reply<()> },
    /// Prove the code and keep the account.
    AddDevice {
        code: String,
        reply: Reply<AccountView>,
    },
    /// Something about the passphrase in the place of a keyring.
    Passphrase { wish: Wish, reply: Reply<()> },
    /// Settings and silence.
    Preference(Preference),
    /// Pull again now.
    Refresh,
    /// Something about meetings that are made, changed or answered.
    Schedule(ScheduleCommand),
    /// End the session.
    Stop { reply: Reply<()> },
}

/// One request about meetings that are made, changed or answered.
pub(super) enum ScheduleCommand {
    /// Begin a meeting or go on with one; or change one.
    Open {
        purpose: SchedulePurpose,
        reply: Reply<()>,
    },
    /// What the user did in the window.
    Change {
        change: ScheduleChange,
        reply: Reply<()>,
    },
    /// Send what the window shows.
    Send { reply: Reply<()> },
    /// Who has a name that begins so?
    Complete {
        text: String,
        part: Part,
        reply: Reply<Vec<CandidateView>>,
    },
    /// Call a meeting off.
    Cancel {
        meeting: String,
        message: String,
        reply: Reply<()>,
    },
    /// Take an appointment out of the calendar that has nobody else.
    Remove { meeting: String, reply: Reply<()> },
    /// Answer an invitation.
    Answer {
        meeting: String,
        answer: AnswerChoice,
        reply: Reply<()>,
    },
    /// Make a meeting that begins now.
    MeetNow { reply: Reply<()> },
}
