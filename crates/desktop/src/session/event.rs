//! Everything that can happen to a session.

use std::sync::Arc;

use calendar::{Meeting, meeting::Person};
use engine::{
    exchange::NotFound,
    outbox::Posts,
    scheduler::{Intent, PersonTime, RequestId},
};
use url::Url;

use super::{
    command::{Command, Reply},
    enrolment::Asked,
    feed::Feed,
    rediscovery,
    secret::Secret,
    unlock::Unlocked,
};
use crate::{
    account::{Account, AccountId},
    problem::Trouble,
    screen::Told,
    view::{AccountForm, AccountView},
};

/// One thing that happened.
pub(super) enum Event {
    /// A window, the tray or the terminal asks for something.
    Command(Command),
    /// The keyring and the store have answered, one way or the other.
    Unlocked(Box<Unlocked>),
    /// The keyring has answered what was not waited for any more.
    KeyringAnswers,
    /// An account's meetings, or how it fares, have changed.
    Fed(AccountId, Feed),
    /// What an earlier run has left of an account which has no engine.
    Left(AccountId, Feed),
    /// Something about meetings that are made.
    News(News),
    /// Records of reminders are on disk, or are not.
    Stored { durable: bool },
    /// A mailbox's server was found, or was not.
    ServerFound {
        outcome: Result<Url, NotFound>,
        reply: Reply<Result<Url, NotFound>>,
    },
    /// The server of an account that is being set up was found, or was not.
    Sought {
        form: AccountForm,
        secret: Secret,
        outcome: Result<Url, NotFound>,
        reply: Reply<AccountView>,
    },
    /// A code is in the user's calendar, or is not.
    CodeSent {
        outcome: Result<Asked, Trouble>,
        reply: Reply<()>,
    },
    /// A wish about the passphrase is fulfilled, or is not.
    PassphraseDone {
        outcome: Result<(), Trouble>,
        reply: Reply<()>,
    },
    /// The server of an account was searched for again.
    SoughtAgain(AccountId, rediscovery::Sought),
    /// An account's engine may begin.
    Begin(Box<NewAccount>),
    /// A server has let a new account in and its password is kept; or not.
    Probed {
        outcome: Result<NewAccount, Trouble>,
        reply: Reply<AccountView>,
    },
}

/// What came of what the schedule asked for.
pub(super) enum News {
    /// Who has a name, where the server said so.
    Resolved(String, Option<Vec<Person>>),
    /// Which rooms an account's server lists, where it said so.
    Rooms(AccountId, Option<Vec<Person>>),
    /// When people have time, where the server said so.
    Told(u64, Option<Vec<PersonTime>>),
    /// The text of an invitation.
    Text(Arc<Meeting>, String),
    /// Where people are, where the server said so.
    Whereabouts(Vec<(String, Told)>),
    /// The draft is on disk, or is not.
    Kept { on_disk: bool },
    /// The draft of this is written down, as far as it can be: it may go.
    Outgoing(AccountId, RequestId, Box<Intent>),
    /// What came of it is written down, as far as it can be.
    TakenIn(RequestId),
    /// How what was sent fares.
    Posted(AccountId, Arc<Posts>),
}

/// An account whose server let it in.
pub(super) struct NewAccount {
    /// The account.
    pub(super) account: Account,
    /// What it proves itself by, on the way to its engine.
    pub(super) secret: Secret,
}
