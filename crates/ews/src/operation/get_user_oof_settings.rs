//! GetUserOofSettings: whether and when the user is out of office. The reply
//! texts are neither read nor kept.
//! Reference: "GetUserOofSettings operation" (MS-OXWOOF).

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use super::Operation;
use crate::{
    item::Smtp,
    soap::{Fault, Outcome},
    time,
    xml::{
        reader::{Reader, XmlError},
        writer::Writer,
    },
};

/// Asks for one's own settings; those of others are refused.
#[derive(Debug, Clone)]
pub struct GetUserOofSettings {
    /// Whose.
    pub mailbox: Smtp,
}

/// State and times.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OofSettings {
    /// On, off or planned.
    pub state: OofState,
}

/// `OofState`, with the duration where it means something: servers send a
/// stale one in the other states (quirk 46).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OofState {
    /// Off.
    Disabled,
    /// On until switched off.
    Enabled,
    /// On within `[start, end)`.
    Scheduled {
        /// From.
        start: DateTime<Utc>,
        /// Until.
        end: DateTime<Utc>,
    },
}

#[expect(
    private_interfaces,
    reason = "only this crate can write or read a message"
)]
impl Operation for GetUserOofSettings {
    type Response = OofSettings;
    const NAME: &'static str = "GetUserOofSettings";
    const TAKES_TIME_ZONE: bool = false;
    const REPEATABLE: bool = true;

    fn write(&self, w: &mut Writer) {
        w.element("m:GetUserOofSettingsRequest", &[], |w| {
            w.element("t:Mailbox", &[], |w| {
                w.text("t:Address", &self.mailbox.0);
            });
        });
    }

    fn read(&self, reader: &mut Reader<'_>) -> Result<Result<OofSettings, Fault>, XmlError> {
        let mut settings = None;
        while let Some(child) = reader.child()? {
            match child.name() {
                "ResponseMessage" => {
                    let mut outcome = Outcome::of(child.attribute("ResponseClass").as_deref());
                    while let Some(field) = reader.child()? {
                        if !outcome.take(field.name(), reader)? {
                            reader.skip()?;
                        }
                    }
                    if let Some(fault) = outcome.fault() {
                        return Ok(Err(fault));
                    }
                }
                "OofSettings" => settings = Some(read_settings(reader)?),
                _ => reader.skip()?,
            }
        }
        settings.map(Ok).ok_or(XmlError::Missing("OofSettings"))
    }
}

fn read_settings(reader: &mut Reader<'_>) -> Result<OofSettings, XmlError> {
    let (mut state, mut start, mut end) = (String::new(), None, None);
    while let Some(field) = reader.child()? {
        match field.name() {
            "OofState" => state = reader.text()?,
            "Duration" => {
                while let Some(border) = reader.child()? {
                    match border.name() {
                        "StartTime" => start = time::instant(&reader.text()?, Tz::UTC),
                        "EndTime" => end = time::instant(&reader.text()?, Tz::UTC),
                        _ => reader.skip()?,
                    }
                }
            }
            _ => reader.skip()?,
        }
    }
    let state = match (state.trim(), start, end) {
        ("Enabled", _, _) => OofState::Enabled,
        ("Scheduled", Some(start), Some(end)) => OofState::Scheduled { start, end },
        _ => OofState::Disabled,
    };
    Ok(OofSettings { state })
}
