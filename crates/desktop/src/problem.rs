//! Everything that can go wrong before the user's eyes, and the sentence for
//! it: what failed, where, what to do.

mod files;
mod keyring;
mod passphrase;
mod server;

use std::path::PathBuf;

pub use files::FileTrouble;
pub use keyring::KeyringTrouble;
pub use passphrase::PassphraseTrouble;
pub(crate) use server::not_found_text;
pub use server::{Seat, ServerTrouble};

use self::server::of_seat;
use engine::{exchange::NotFound, remote::enrol::NotAdded, scheduler::Refusal};

use crate::{
    account::{Source, Way},
    enrolment,
    schedule::{self, Missing},
    settings::BadSetting,
    view::{BannerAction, BannerView, Problem, ProblemCode},
    words::Words,
};

/// What went wrong, before it is put into words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trouble {
    /// What was written is no address of a server.
    Address {
        /// As it was written.
        written: String,
    },
    /// What was written is no address of a hybrid service.
    ServiceAddress {
        /// As it was written.
        written: String,
    },
    /// What was typed is no code of a calendar.
    NoCode,
    /// This device was not added at a hybrid service.
    NotAdded(Seat, NotAdded),
    /// No server was found for an e-mail address.
    NotFound(NotFound),
    /// The file with the own authority cannot be used.
    CaFile {
        /// Which file.
        path: PathBuf,
    },
    /// This program was built without Kerberos.
    NoKerberos,
    /// A sign-in in the browser needs to know the server.
    ServerUnnamed,
    /// A sign-in in the browser needs the client's id.
    NoClientId,
    /// The server names nobody who gives out tokens.
    NoAuthority {
        /// The server.
        host: String,
    },
    /// What was written is no address where people sign in.
    Authority {
        /// As it was written.
        written: String,
    },
    /// Nobody signed in in the browser.
    Browser {
        /// The authority.
        host: String,
    },
    /// The authority lets people in and does not let them stay.
    NotLasting {
        /// The authority.
        host: String,
    },
    /// No account has this id.
    AccountGone,
    /// A server, or the way to it.
    Server(Seat, ServerTrouble),
    /// The keyring.
    Keyring(KeyringTrouble),
    /// The passphrase in the place of a keyring.
    Passphrase(PassphraseTrouble),
    /// The keyring works and has no password for the account.
    PasswordMissing(Seat),
    /// The sealed store cannot be opened.
    Store {
        /// Its file.
        path: PathBuf,
    },
    /// Another process has the data folder.
    FolderTaken,
    /// A file cannot be used.
    File(FileTrouble),
    /// The problem report cannot be copied: none was shown yet.
    NoReport,
    /// The problem report cannot be copied.
    ReportNotCopied {
        /// What the clipboard says.
        reason: String,
    },
    /// A field holds more than anybody writes there.
    TooLong {
        /// The most bytes.
        most: usize,
    },
    /// The session is over.
    Ended,
    /// The meeting is not in the calendar any more.
    MeetingGone,
    /// The reminder is over.
    ReminderGone,
    /// No reminder waits for an answer.
    NothingRings,
    /// The meeting has no such link.
    NoLink,
    /// The server named no address for a browser.
    NoWebAddress,
    /// The gate refused the link.
    LinkRefused {
        /// The host that was shown.
        host: String,
    },
    /// The link is another one than was shown.
    LinkChanged {
        /// Where it leads now.
        host: String,
    },
    /// The link leads to a host of no known service, and waits for a second
    /// press.
    UnknownHost {
        /// The host.
        host: String,
    },
    /// The system could not open the link.
    OpenFailed {
        /// The host that was shown.
        host: String,
    },
    /// The clipboard does not answer.
    CopyFailed,
    /// A meeting was made, and the clipboard does not take its link.
    MadeNotCopied,
    /// A value of a setting cannot be used.
    Setting(BadSetting),
    /// Nothing was changed in this run that could be taken back.
    NothingToUndo,
    /// No account is set up.
    NoAccount,
    /// Nobody has the name or address of somebody who is to be asked.
    NobodyThere {
        /// As it was written.
        who: String,
    },
    /// No account can send anything now.
    NoScheduling,
    /// What earlier runs were about to send cannot be read any more.
    OutboxLost,
    /// The settings name no room of the user's own.
    NoOwnRoom,
    /// The demo could not be started.
    NoDemo,
    /// Somebody else called the meeting.
    NotYourMeeting,
    /// A meeting of whole days is not changed here.
    WholeDays,
    /// Something is missing before it can be sent.
    NotReady(Missing),
    /// What was sent is not done.
    NotDone(Refusal),
    /// It is not certain yet what came of what was sent.
    NotCertain,
    /// A server's clock and this one differ by so many minutes.
    ClocksDiffer {
        /// Whose server.
        seat: Seat,
        /// By how many.
        minutes: u64,
    },
}

impl Trouble {
    /// What a window can do about it.
    pub fn code(&self) -> ProblemCode {
        match self {
            Self::PasswordMissing(seat) if seat.way == Way::Browser => ProblemCode::Credentials,
            Self::NotFound(NotFound::SignIn { .. })
            | Self::NotDone(Refusal::SignIn)
            | Self::NoKerberos
            | Self::NoClientId
            | Self::Browser { .. }
            | Self::NotLasting { .. }
            | Self::NoCode
            | Self::Server(
                _,
                ServerTrouble::Credentials
                | ServerTrouble::NoTicket
                | ServerTrouble::NoCommonScheme,
            ) => ProblemCode::Credentials,
            Self::NotAdded(_, not_added) => enrolment::code(not_added),
            Self::Address { .. }
            | Self::ServiceAddress { .. }
            | Self::ServerUnnamed
            | Self::NoAuthority { .. }
            | Self::Authority { .. }
            | Self::NotFound(_)
            | Self::Server(_, ServerTrouble::NotEws | ServerTrouble::Unsupported) => {
                ProblemCode::Server
            }
            Self::Server(_, ServerTrouble::Certificate | ServerTrouble::Authority)
            | Self::CaFile { .. } => ProblemCode::Certificate,
            Self::Server(
                _,
                ServerTrouble::Unreachable
                | ServerTrouble::Failing
                | ServerTrouble::Throttled
                | ServerTrouble::Elsewhere
                | ServerTrouble::Service(_),
            )
            | Self::NotDone(Refusal::Unreachable | Refusal::Failing)
            | Self::NoScheduling
            | Self::NotCertain => ProblemCode::Unreachable,
            Self::Keyring(KeyringTrouble::Absent) => ProblemCode::NoKeyring,
            Self::Keyring(KeyringTrouble::Passphrase) | Self::Passphrase(_) => {
                ProblemCode::Passphrase
            }
            Self::Keyring(_) | Self::PasswordMissing(_) => ProblemCode::Keyring,
            Self::AccountGone
            | Self::MeetingGone
            | Self::ReminderGone
            | Self::NothingRings
            | Self::NoLink
            | Self::NoWebAddress
            | Self::NoAccount
            | Self::NobodyThere { .. }
            | Self::NotDone(Refusal::Gone) => ProblemCode::Gone,
            Self::LinkRefused { .. } | Self::LinkChanged { .. } => ProblemCode::Link,
            Self::UnknownHost { .. } => ProblemCode::Doubt,
            Self::NoOwnRoom => ProblemCode::NoRoom,
            Self::Server(_, ServerTrouble::Refused)
            | Self::Store { .. }
            | Self::OutboxLost
            | Self::FolderTaken
            | Self::File(_)
            | Self::NoReport
            | Self::ReportNotCopied { .. }
            | Self::TooLong { .. }
            | Self::Ended
            | Self::OpenFailed { .. }
            | Self::CopyFailed
            | Self::MadeNotCopied
            | Self::Setting(_)
            | Self::NothingToUndo
            | Self::NoDemo
            | Self::NotYourMeeting
            | Self::WholeDays
            | Self::NotReady(_)
            | Self::ClocksDiffer { .. }
            | Self::NotDone(_) => ProblemCode::Other,
        }
    }

    /// The sentence.
    pub fn text(&self, words: &Words) -> String {
        match self {
            Self::Address { written } => {
                let written = without_user(written);
                words.with("problem-address", [("written", written.into())])
            }
            Self::ServiceAddress { written } => {
                let written = without_user(written);
                words.with("problem-service-address", [("written", written.into())])
            }
            Self::NoCode => words.text("problem-code-malformed"),
            Self::NotAdded(seat, not_added) => of_seat(words, enrolment::key(not_added), seat),
            Self::NotFound(not_found) => not_found_text(not_found, words),
            Self::CaFile { path } => {
                words.with("problem-ca-file", [("path", path.to_string_lossy().into())])
            }
            Self::NoKerberos => words.text("problem-no-kerberos"),
            Self::ServerUnnamed => words.text("problem-browser-server"),
            Self::NoClientId => words.text("problem-no-client-id"),
            Self::NoAuthority { host } => {
                words.with("problem-no-authority", [("host", host.as_str().into())])
            }
            Self::Authority { written } => {
                let written = without_user(written);
                words.with("problem-authority-address", [("written", written.into())])
            }
            Self::Browser { host } => {
                words.with("problem-browser", [("host", host.as_str().into())])
            }
            Self::NotLasting { host } => {
                words.with("problem-not-lasting", [("host", host.as_str().into())])
            }
            Self::AccountGone => words.text("problem-account-gone"),
            Self::Server(seat, ServerTrouble::Credentials) | Self::PasswordMissing(seat)
                if seat.way == Way::Browser =>
            {
                of_seat(words, "problem-sign-in-needed", seat)
            }
            Self::Server(seat, trouble) => of_seat(words, trouble.key(seat), seat),
            Self::Keyring(trouble) => words.text(trouble.key()),
            Self::Passphrase(trouble) => trouble.text(words),
            Self::PasswordMissing(seat) => {
                let key = match seat.source {
                    Source::Exchange => "problem-password-missing",
                    Source::Service => "problem-device-missing",
                };
                of_seat(words, key, seat)
            }
            Self::Store { path } => {
                words.with("problem-store", [("path", path.to_string_lossy().into())])
            }
            Self::FolderTaken => words.text("problem-folder-taken"),
            Self::File(trouble) => trouble.text(words),
            Self::NoReport => words.text("problem-no-report"),
            Self::ReportNotCopied { reason } => words.with(
                "problem-report-not-copied",
                [("reason", reason.as_str().into())],
            ),
            Self::TooLong { most } => words.with("problem-too-long", [("most", (*most).into())]),
            Self::Ended => words.text("problem-ended"),
            Self::MeetingGone => words.text("problem-meeting-gone"),
            Self::ReminderGone => words.text("problem-reminder-gone"),
            Self::NothingRings => words.text("problem-nothing-rings"),
            Self::NoLink => words.text("problem-no-link"),
            Self::NoWebAddress => words.text("problem-no-web-address"),
            Self::LinkRefused { host } => {
                words.with("problem-link-refused", [("host", host.as_str().into())])
            }
            Self::LinkChanged { host } => {
                words.with("problem-link-changed", [("host", host.as_str().into())])
            }
            Self::UnknownHost { host } => {
                words.with("problem-doubt", [("host", host.as_str().into())])
            }
            Self::OpenFailed { host } => {
                words.with("problem-open-failed", [("host", host.as_str().into())])
            }
            Self::CopyFailed => words.text("problem-copy-failed"),
            Self::MadeNotCopied => words.text("problem-made-not-copied"),
            Self::Setting(bad) => setting_text(bad, words),
            Self::NothingToUndo => words.text("problem-nothing-to-undo"),
            Self::NoAccount => words.text("accounts-none"),
            Self::NobodyThere { who } => {
                words.with("problem-nobody-there", [("who", who.as_str().into())])
            }
            Self::NoScheduling => words.text("problem-no-scheduling"),
            Self::NoDemo => words.text("problem-no-demo"),
            Self::NoOwnRoom => words.text("problem-no-own-room"),
            Self::NotYourMeeting => words.text("problem-not-your-meeting"),
            Self::WholeDays => words.text("problem-whole-days"),
            Self::NotReady(missing) => words.text(missing.key()),
            Self::NotDone(refusal) => schedule::refused(refusal, words),
            Self::NotCertain => words.text("unsure-yet"),
            Self::OutboxLost => words.text("problem-outbox-lost"),
            Self::ClocksDiffer { seat, minutes } => words.with(
                "problem-clocks-differ",
                [
                    ("host", seat.host.as_str().into()),
                    ("minutes", (*minutes).into()),
                ],
            ),
        }
    }

    /// Whether the same question may have another answer: what was typed was a
    /// slip of the finger.
    pub fn is_a_slip(&self) -> bool {
        matches!(
            self,
            Self::Passphrase(PassphraseTrouble::Wrong | PassphraseTrouble::TooShort)
        )
    }

    /// As the windows and the terminal see it.
    pub fn problem(&self, words: &Words) -> Problem {
        Problem {
            code: self.code(),
            text: self.text(words),
        }
    }

    /// As it stands above the list; whose trouble it is the caller knows.
    pub fn banner(&self, words: &Words) -> BannerView {
        let action = match self {
            Self::Server(
                _,
                ServerTrouble::Credentials
                | ServerTrouble::NoTicket
                | ServerTrouble::NoCommonScheme
                | ServerTrouble::Certificate
                | ServerTrouble::Authority,
            )
            | Self::PasswordMissing(_) => Some(BannerAction::SignIn),
            Self::Keyring(KeyringTrouble::Absent) => Some(BannerAction::Protect),
            Self::Keyring(KeyringTrouble::Passphrase) => Some(BannerAction::Passphrase),
            // The next answer says whether the clock is set.
            Self::Server(..) | Self::Keyring(_) | Self::ClocksDiffer { .. } => {
                Some(BannerAction::Retry)
            }
            _ => None,
        };
        BannerView {
            text: self.text(words),
            action,
            account: None,
        }
    }
}

/// An address as it is shown: a user name and password in it belong to
/// nobody's screen.
fn without_user(written: &str) -> String {
    let (scheme, rest) = match written.split_once("//") {
        Some((scheme, rest)) => (format!("{scheme}//"), rest),
        None => (String::new(), written),
    };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    match authority.rsplit_once('@') {
        Some((_, host)) => format!("{scheme}…@{host}{path}"),
        None => written.to_owned(),
    }
}

fn setting_text(bad: &BadSetting, words: &Words) -> String {
    match bad {
        BadSetting::Minutes { lowest, highest } => words.with(
            "problem-setting-minutes",
            [("lowest", (*lowest).into()), ("highest", (*highest).into())],
        ),
        BadSetting::WorkHours => words.text("problem-setting-work-hours"),
        BadSetting::Room => words.text("problem-setting-room"),
        BadSetting::OneTimeRoom => words.text("problem-setting-one-time-room"),
        BadSetting::Shortcut(written) => words.with(
            "problem-setting-shortcut",
            [("written", written.as_str().into())],
        ),
        BadSetting::SameShortcut(written) => words.with(
            "problem-setting-same-shortcut",
            [("written", written.as_str().into())],
        ),
        BadSetting::ServicesFile => words.text("problem-setting-services-file"),
        BadSetting::Choice => words.text("problem-setting-choice"),
        BadSetting::Long(most) => words.with("problem-setting-long", [("most", (*most).into())]),
    }
}

#[cfg(test)]
mod tests;
