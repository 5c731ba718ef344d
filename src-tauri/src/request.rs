//! What the windows send: typed, bounded, and refused when it holds anything
//! that is not known.

use desktop::{
    Session,
    account::SignIn,
    problem::Trouble,
    view::{
        AccountForm, AnswerChoice, FailureView, Part, Problem, ScheduleChange, SchedulePurpose,
        ServiceForm, SettingValue, SettingsChange, SnoozeChoice,
    },
};
use serde::{Deserialize, Deserializer, de::Error as _};
use specta::Type;

/// Longest name of a meeting or of a reminder in bytes: an account's name and
/// an Exchange item id, which is at most 512 characters long.
const NAME_LIMIT: usize = 1024;

/// Longest field of the account form in bytes.
const FIELD_LIMIT: usize = 4096;

/// Most places that somebody can have confirmed.
const PLACES_LIMIT: usize = 16;

/// Longest message to those who are invited, in bytes.
const MESSAGE_LIMIT: usize = 64 * 1024;

/// Names a meeting, a reminder or a host.
#[derive(Debug, Clone, PartialEq, Eq, Type)]
#[specta(transparent)]
pub(crate) struct Name(String);

impl Name {
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

// By hand, because the TypeScript of a `try_from` would be two types.
impl<'de> Deserialize<'de> for Name {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        let text = String::deserialize(source)?;
        if text.is_empty() || text.len() > NAME_LIMIT {
            return Err(D::Error::custom(format!(
                "a name has 1 to {NAME_LIMIT} bytes"
            )));
        }
        Ok(Self(text))
    }
}

/// One link of one meeting, which is to be opened.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Type)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct JoinRequest {
    /// Meeting id.
    pub(crate) meeting: Name,
    /// Place in the meeting's list of links.
    pub(crate) index: u32,
    /// The host that was shown.
    pub(crate) host: Name,
    /// Whether the button asked for a second press.
    pub(crate) anyway: bool,
}

/// One link of one meeting.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Type)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct LinkRequest {
    /// Meeting id.
    pub(crate) meeting: Name,
    /// Place in the meeting's list of links.
    pub(crate) index: u32,
    /// The host that was shown.
    pub(crate) host: Name,
}

/// One meeting.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Type)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct MeetingRequest {
    /// Meeting id.
    pub(crate) meeting: Name,
}

/// The meeting that is open.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Type)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct OpenedRequest {
    /// Meeting id; none when the row was closed.
    pub(crate) meeting: Option<Name>,
}

/// One reminder.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Type)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct RingRequest {
    /// Reminder id.
    pub(crate) ring: Name,
}

/// A reminder and when it comes back.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Type)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct SnoozeRequest {
    /// Reminder id.
    pub(crate) ring: Name,
    /// When it comes back.
    pub(crate) choice: SnoozeChoice,
}

/// How high the ring's content is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Type)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct FitRequest {
    /// CSS pixels.
    pub(crate) height: u32,
}

/// Whose server is looked for.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Type)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct FindRequest {
    /// E-mail address.
    address: String,
    /// Path of a PEM file with the company's own authority; may be empty.
    ca_file: String,
}

impl FindRequest {
    /// Address and file, when a person can have written them.
    pub(crate) fn bounded(self) -> Result<(String, String), TooLong> {
        fields([&self.address, &self.ca_file])?;
        Ok((self.address, self.ca_file))
    }
}

/// An account that is to be set up.
#[derive(Clone, Deserialize, Type)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct ConnectRequest {
    /// E-mail address; may be empty where the user name is one.
    address: String,
    /// The form.
    form: AccountForm,
}

impl ConnectRequest {
    /// Address and form, when a person can have filled them in.
    pub(crate) fn bounded(self) -> Result<(String, AccountForm), TooLong> {
        let form = &self.form;
        if let Some(found) = &form.found {
            fields([&found.address])?;
            if found.trusted.len() > PLACES_LIMIT {
                return Err(TooLong(FIELD_LIMIT));
            }
            for place in &found.trusted {
                fields([place])?;
            }
        }
        if let SignIn::OAuth(registered) = &form.sign_in {
            fields([&registered.client, &registered.authority])?;
        }
        fields([
            &self.address,
            &form.server,
            &form.user,
            &form.password,
            &form.ca_file,
        ])?;
        Ok((self.address, self.form))
    }
}

/// A hybrid service that is asked for a code.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Type)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct ServiceRequest {
    /// The form.
    form: ServiceForm,
}

impl ServiceRequest {
    /// The form, when a person can have filled it in.
    pub(crate) fn bounded(self) -> Result<ServiceForm, TooLong> {
        let form = &self.form;
        fields([&form.service, &form.address, &form.ca_file])?;
        Ok(self.form)
    }
}

/// The code from the user's calendar.
#[derive(Clone, Deserialize, Type)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct CodeRequest {
    /// As typed.
    code: String,
}

impl CodeRequest {
    /// The code, when a person can have typed it.
    pub(crate) fn bounded(self) -> Result<String, TooLong> {
        fields([&self.code])?;
        Ok(self.code)
    }
}

/// A passphrase that was typed.
#[derive(Clone, Deserialize, Type)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct PassphraseRequest {
    /// As typed.
    passphrase: String,
}

impl PassphraseRequest {
    /// The passphrase, when a person can have typed it.
    pub(crate) fn bounded(self) -> Result<String, TooLong> {
        fields([&self.passphrase])?;
        Ok(self.passphrase)
    }
}

/// One account.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Type)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct AccountRequest {
    /// Account id.
    pub(crate) account: Name,
}

/// One change of one setting.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Type)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct SettingsRequest {
    /// The change.
    change: SettingsChange,
}

impl SettingsRequest {
    /// The change, when a person can have made it.
    pub(crate) fn bounded(self) -> Result<SettingsChange, TooLong> {
        let length = match &self.change.value {
            SettingValue::Switch { .. } => 0,
            SettingValue::Text { text } => text.len(),
            SettingValue::Part { value, .. } => value.len(),
        };
        if length > FIELD_LIMIT {
            return Err(TooLong(FIELD_LIMIT));
        }
        Ok(self.change)
    }
}

fn fields<const N: usize>(fields: [&String; N]) -> Result<(), TooLong> {
    if fields.iter().all(|field| field.len() <= FIELD_LIMIT) {
        return Ok(());
    }
    Err(TooLong(FIELD_LIMIT))
}

/// The beginning of a name or an address.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Type)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct PeopleRequest {
    /// As typed.
    text: String,
    /// What they would be asked for.
    part: Part,
}

impl PeopleRequest {
    /// The text, when a person can have typed it.
    pub(crate) fn bounded(self) -> Result<(String, Part), TooLong> {
        within(&self.text, FIELD_LIMIT)?;
        Ok((self.text, self.part))
    }
}

/// A meeting of the user's own that is called off.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Type)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct CancelRequest {
    /// Meeting id.
    meeting: Name,
    /// A word to those who were asked; may be empty.
    message: String,
}

impl CancelRequest {
    /// Meeting and message, when a person can have typed it.
    pub(crate) fn bounded(self) -> Result<(String, String), TooLong> {
        within(&self.message, MESSAGE_LIMIT)?;
        Ok((self.meeting.0, self.message))
    }
}

/// An answer to an invitation.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Type)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct AnswerRequest {
    /// Meeting id.
    pub(crate) meeting: Name,
    /// The answer.
    pub(crate) answer: AnswerChoice,
}

/// Why the schedule window opens.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Type)]
#[serde(transparent)]
pub(crate) struct PurposeRequest(SchedulePurpose);

impl PurposeRequest {
    /// The purpose, when it names what can be a meeting.
    pub(crate) fn bounded(self) -> Result<SchedulePurpose, TooLong> {
        if let SchedulePurpose::Edit { meeting } = &self.0 {
            within(meeting, NAME_LIMIT)?;
        }
        Ok(self.0)
    }
}

/// What the user did in the schedule window.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Type)]
#[serde(transparent)]
pub(crate) struct ChangeRequest(ScheduleChange);

impl ChangeRequest {
    /// The change, when a person can have made it.
    pub(crate) fn bounded(self) -> Result<ScheduleChange, TooLong> {
        match &self.0 {
            ScheduleChange::Message { text } => within(text, MESSAGE_LIMIT)?,
            ScheduleChange::Account { account } => within(account, NAME_LIMIT)?,
            ScheduleChange::Title { text }
            | ScheduleChange::OwnLink { text }
            | ScheduleChange::Invite { who: text, .. }
            | ScheduleChange::Uninvite { address: text }
            | ScheduleChange::MeetBy { way: text } => within(text, FIELD_LIMIT)?,
            ScheduleChange::Between { first, last } => {
                within(first, FIELD_LIMIT)?;
                within(last, FIELD_LIMIT)?;
            }
            ScheduleChange::Length { .. }
            | ScheduleChange::Pick { .. }
            | ScheduleChange::Move { .. }
            | ScheduleChange::Place { .. }
            | ScheduleChange::Day { .. }
            | ScheduleChange::Discard {}
            | ScheduleChange::Another {} => {}
        }
        Ok(self.0)
    }
}

fn within(text: &str, limit: usize) -> Result<(), TooLong> {
    if text.len() > limit {
        return Err(TooLong(limit));
    }
    Ok(())
}

/// A field holds more than this many bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TooLong(usize);

impl TooLong {
    pub(crate) fn problem(self, session: &Session) -> Problem {
        session.in_words(&Trouble::TooLong { most: self.0 })
    }

    pub(crate) fn failure(self, session: &Session) -> FailureView {
        let Problem { code, text } = self.problem(session);
        FailureView {
            code,
            report: text.clone(),
            text,
            advice: String::new(),
            trust: None,
        }
    }
}

#[cfg(test)]
mod fuzz;
#[cfg(test)]
mod tests;
