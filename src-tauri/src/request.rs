//! What the windows send: typed, bounded, and refused when it holds anything
//! that is not known.

use desktop::{
    account::SignIn,
    view::{
        AccountForm, AnswerChoice, FailureView, Part, Problem, ProblemCode, ScheduleChange,
        SchedulePurpose, ServiceForm, SettingValue, SettingsChange, SnoozeChoice,
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

/// Names a meeting or a reminder.
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

/// One link of one meeting.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Type)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct LinkRequest {
    /// Meeting id.
    pub(crate) meeting: Name,
    /// Place in the meeting's list of links.
    pub(crate) index: u32,
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
    pub(crate) fn bounded(self) -> Result<(String, String), FailureView> {
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
    pub(crate) fn bounded(self) -> Result<(String, AccountForm), FailureView> {
        let form = &self.form;
        if let Some(found) = &form.found {
            fields([&found.address])?;
            if found.trusted.len() > PLACES_LIMIT {
                return Err(problem(too_long()));
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
    pub(crate) fn bounded(self) -> Result<ServiceForm, FailureView> {
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
    pub(crate) fn bounded(self) -> Result<String, FailureView> {
        fields([&self.code])?;
        Ok(self.code)
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
    pub(crate) fn bounded(self) -> Result<SettingsChange, Problem> {
        let length = match &self.change.value {
            SettingValue::Switch { .. } => 0,
            SettingValue::Text { text } => text.len(),
            SettingValue::Part { value, .. } => value.len(),
        };
        if length > FIELD_LIMIT {
            return Err(too_long());
        }
        Ok(self.change)
    }
}

fn fields<const N: usize>(fields: [&String; N]) -> Result<(), FailureView> {
    if fields.iter().all(|field| field.len() <= FIELD_LIMIT) {
        return Ok(());
    }
    Err(problem(too_long()))
}

fn problem(Problem { code, text }: Problem) -> FailureView {
    FailureView {
        code,
        report: text.clone(),
        text,
        advice: String::new(),
        trust: None,
    }
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
    pub(crate) fn bounded(self) -> Result<(String, Part), Problem> {
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
    pub(crate) fn bounded(self) -> Result<(String, String), Problem> {
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

/// Refuses texts no person can have typed.
pub(crate) fn bounded_change(change: ScheduleChange) -> Result<ScheduleChange, Problem> {
    match &change {
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
        | ScheduleChange::Discard => {}
    }
    Ok(change)
}

/// Refuses a name no meeting can have.
pub(crate) fn bounded_purpose(purpose: SchedulePurpose) -> Result<SchedulePurpose, Problem> {
    if let SchedulePurpose::Edit { meeting } = &purpose {
        within(meeting, NAME_LIMIT)?;
    }
    Ok(purpose)
}

fn within(text: &str, limit: usize) -> Result<(), Problem> {
    if text.len() > limit {
        return Err(longer_than(limit));
    }
    Ok(())
}

fn too_long() -> Problem {
    longer_than(FIELD_LIMIT)
}

fn longer_than(limit: usize) -> Problem {
    Problem {
        code: ProblemCode::Other,
        text: format!("A field is longer than {limit} bytes; shorten it."),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn sr_39_a_request_with_an_unknown_field_is_refused() {
        let known = json!({ "meeting": "a/1", "index": 0 });
        let more = json!({ "meeting": "a/1", "index": 0, "url": "https://example.org" });
        assert!(serde_json::from_value::<LinkRequest>(known).is_ok());
        assert!(serde_json::from_value::<LinkRequest>(more).is_err());
        let form = json!({ "server": "", "user": "", "password": "", "caFile": "", "x": 1 });
        assert!(serde_json::from_value::<AccountForm>(form).is_err());
    }

    #[test]
    fn sr_39_names_are_bounded() {
        for (length, fits) in [(0, false), (1, true), (1024, true), (1025, false)] {
            let name = serde_json::from_value::<Name>(json!("x".repeat(length)));
            assert_eq!(name.is_ok(), fits, "{length}");
        }
    }

    #[test]
    fn sr_39_a_change_of_the_schedule_is_bounded_and_known() {
        let change = |text: usize| {
            let change = json!({ "kind": "title", "text": "x".repeat(text) });
            bounded_change(serde_json::from_value(change).unwrap())
        };
        assert!(change(100).is_ok());
        assert!(change(5000).is_err());
        for strange in [
            json!({ "kind": "forward", "to": "bo@example.org" }),
            json!({ "kind": "title", "text": "x", "from": "bo@example.org" }),
            json!({ "kind": "length", "minutes": -30 }),
        ] {
            assert!(serde_json::from_value::<ScheduleChange>(strange).is_err());
        }
    }

    #[test]
    fn sr_39_a_form_with_an_endless_field_is_refused() {
        let request = |password: String| ConnectRequest {
            address: "anna@example.org".to_owned(),
            form: AccountForm {
                server: "https://mail.example.org/EWS/Exchange.asmx".to_owned(),
                user: "anna".to_owned(),
                password,
                ca_file: String::new(),
                sign_in: SignIn::default(),
                found: None,
            },
        };
        assert!(request("secret".to_owned()).bounded().is_ok());
        assert!(request("x".repeat(5000)).bounded().is_err());
    }

    #[test]
    fn sr_39_a_setting_is_named_and_bounded() {
        let change = |name: &str, text: String| json!({ "change": { "name": name, "value": { "kind": "text", "text": text } } });
        let read = |value| serde_json::from_value::<SettingsRequest>(value);
        assert!(
            read(change("theme", "dark".to_owned()))
                .unwrap()
                .bounded()
                .is_ok()
        );
        assert!(
            read(change("theme", "x".repeat(5000)))
                .unwrap()
                .bounded()
                .is_err()
        );
        assert!(read(change("path", "x".to_owned())).is_err());
        let more = json!({ "change": { "name": "theme", "value": { "kind": "switch", "on": true, "x": 1 } } });
        assert!(read(more).is_err());
    }
}
