//! What the user sets: settings which count at once and can be taken back, and
//! silence for an hour.

#[cfg(test)]
mod tests;

use std::sync::Arc;

use chrono::{DateTime, Duration, Utc};
use tokio::sync::watch;

use super::{
    command::{Command, Reply},
    driver::Driver,
    handle::Session,
};
use crate::{
    account::Account,
    folder::DataFolder,
    problem::Trouble,
    reminders::Input,
    screen::Surroundings,
    settings::{Settings, change::changed},
    view::{EnvironmentView, Problem, SettingName, SettingsChange, SettingsView, SignInView},
};

/// How long silence lasts.
const SILENCE: Duration = Duration::hours(1);

/// How many changes can be taken back.
const UNDO_MAX: usize = 50;

/// What the user asks for about settings and silence.
pub(super) enum Preference {
    /// Change one setting.
    Change(SettingsChange, Reply<Settings>),
    /// Take the last change back.
    Undo(Reply<Settings>),
    /// Be silent for an hour, or not any more.
    Mute(Silence, Reply<()>),
    /// What the form of an account said, without the password.
    Account(String, Reply<Option<SignInView>>),
}

/// Whether reminders may ring.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Silence {
    /// They may.
    Ends,
    /// They may not, for an hour from now.
    ForAnHour,
    /// The other of the two.
    Other,
}

/// What the loop remembers of it.
pub(super) struct Preferences {
    /// What there was before each change of this run, with what was changed.
    undo: Vec<(SettingName, Settings)>,
    /// Until when nothing rings.
    muted_until: Option<DateTime<Utc>>,
}

impl Session {
    /// The settings window, now and whenever it changes.
    pub fn settings(&self) -> watch::Receiver<Arc<SettingsView>> {
        self.settings.clone()
    }

    /// Language and colours, now and whenever they change.
    pub fn environment(&self) -> watch::Receiver<Arc<EnvironmentView>> {
        self.environment.clone()
    }

    /// Changes one setting. It counts and is on disk when this returns; a
    /// value that cannot be used changes nothing.
    pub async fn change_setting(&self, change: SettingsChange) -> Result<Settings, Problem> {
        self.ask(|reply| Command::Preference(Preference::Change(change, reply)))
            .await
    }

    /// Takes back the last change of this run.
    pub async fn undo_setting(&self) -> Result<Settings, Problem> {
        self.ask(|reply| Command::Preference(Preference::Undo(reply)))
            .await
    }

    /// Lets nothing ring for an hour, or ends that. The next run keeps to it.
    pub async fn silence(&self, silence: Silence) -> Result<(), Problem> {
        self.ask(|reply| Command::Preference(Preference::Mute(silence, reply)))
            .await
    }

    /// What the form of an account said when it was set up, for signing in
    /// again; `None` when there is no such account.
    pub async fn sign_in_view(&self, id: &str) -> Option<SignInView> {
        let id = id.to_owned();
        let asked = self
            .ask(|reply| Command::Preference(Preference::Account(id, reply)))
            .await;
        asked.ok().flatten()
    }
}

impl Preferences {
    pub(super) fn new(muted_until: Option<DateTime<Utc>>, now: DateTime<Utc>) -> Self {
        Self {
            undo: Vec::new(),
            muted_until: muted_until.filter(|until| now < *until && *until <= now + SILENCE),
        }
    }

    pub(super) fn muted_until(&self) -> Option<DateTime<Utc>> {
        self.muted_until
    }

    pub(super) fn last(&self) -> Option<SettingName> {
        self.undo.last().map(|(name, _)| *name)
    }
}

impl Driver {
    pub(super) fn preference(&mut self, preference: Preference) {
        match preference {
            Preference::Change(change, reply) => {
                let outcome = self.change(&change);
                self.answer(reply, outcome);
            }
            Preference::Undo(reply) => {
                let outcome = self.undo();
                self.answer(reply, outcome);
            }
            Preference::Mute(silence, reply) => {
                let outcome = self.mute(silence);
                self.answer(reply, outcome);
            }
            Preference::Account(id, reply) => {
                let account = self.state.accounts.iter().find(|one| *one.id.0 == *id);
                self.answer(reply, Ok(account.map(sign_in_view)));
            }
        }
    }

    fn change(&mut self, change: &SettingsChange) -> Result<Settings, Trouble> {
        let before = self.state.surroundings.settings.clone();
        let after = changed(&before, change).map_err(Trouble::Setting)?;
        if after == before {
            return Ok(after);
        }
        self.adopt(after.clone())?;
        let undo = &mut self.preferences.undo;
        if undo.len() == UNDO_MAX {
            undo.remove(0);
        }
        undo.push((change.name, before));
        Ok(after)
    }

    fn undo(&mut self) -> Result<Settings, Trouble> {
        let (name, before) = self.preferences.undo.pop().ok_or(Trouble::NothingToUndo)?;
        let adopted = self.adopt(before.clone());
        if let Err(trouble) = adopted {
            self.preferences.undo.push((name, before));
            return Err(trouble);
        }
        Ok(before)
    }

    /// Writes the settings down and lets everything follow them.
    fn adopt(&mut self, settings: Settings) -> Result<(), Trouble> {
        self.setup.folder.save_settings(&settings)?;
        let before = &self.state.surroundings.settings;
        // Engines are told of keywords and services when they start.
        let anew = before.keywords != settings.keywords
            || before.join.services_file != settings.join.services_file
            || before.appearance.language != settings.appearance.language;
        let zone = self.state.surroundings.zone;
        let surroundings = Surroundings::new(settings, &self.setup.locale, zone);
        self.state.adopt(surroundings);
        // Whatever was wrong with the file, it is a new one now.
        let (services, trouble) = self
            .setup
            .folder
            .services(&self.state.surroundings.settings.join);
        self.state.services = services.clone();
        if let Some(Trouble::File(_)) = self.state.house
            && self.accounts.is_some()
        {
            self.state.house = None;
        }
        // What is there already has more to say: the folder and the keyring are
        // asked again because of it.
        if let (None, Some(trouble)) = (&self.state.house, trouble) {
            self.state.house = Some(trouble.into());
        }
        if anew {
            let settings = &self.state.surroundings.settings;
            let face = self.setup.face;
            self.setup
                .servers
                .adopt(settings, &self.setup.locale, services, face);
            for (_, engine) in std::mem::take(&mut self.engines) {
                tokio::spawn(engine.stop());
            }
            self.unlock();
        }
        self.plan();
        Ok(())
    }

    fn mute(&mut self, silence: Silence) -> Result<(), Trouble> {
        let now = self.setup.clock.now();
        let is_muted = self.preferences.muted_until.is_some();
        let until = match silence {
            Silence::ForAnHour => Some(now + SILENCE),
            Silence::Other if !is_muted => Some(now + SILENCE),
            Silence::Ends | Silence::Other => None,
        };
        let kept = self.setup.folder.save_muted(until);
        if until.is_some() {
            self.preferences.muted_until = until;
            self.state.reminders.handle(Input::Muted, now);
            self.shell.hide_ring();
        } else {
            self.end_silence(now);
        }
        // Without the file it counts for this run.
        kept.map_err(Trouble::from)
    }

    /// Ends silence when its time has come. A clock that was set back must not
    /// make an hour longer than an hour.
    pub(super) fn keep_silence(&mut self, now: DateTime<Utc>) {
        let over = |until: DateTime<Utc>| until <= now || now + SILENCE < until;
        if self.preferences.muted_until.is_some_and(over) {
            self.changed = true;
            keep_no_silence(&self.setup.folder);
            self.end_silence(now);
        }
    }

    /// What came due meanwhile rings now, unless its meeting is over; what had
    /// rung before comes back to the window.
    fn end_silence(&mut self, now: DateTime<Utc>) {
        if self.preferences.muted_until.take().is_none() {
            return;
        }
        self.state.reminders.handle(Input::Unmuted, now);
        if self.draw_ring() {
            self.shell.bring_ring_back();
        }
    }
}

/// The next run is not to be silent.
pub(super) fn keep_no_silence(folder: &DataFolder) {
    if let Err(trouble) = folder.save_muted(None) {
        tracing::warn!(%trouble, "the end of the silence is not kept");
    }
}

fn sign_in_view(account: &Account) -> SignInView {
    let file = account.ca_file.as_deref();
    SignInView {
        source: account.source,
        server: account.server.to_string(),
        user: account.user.clone(),
        ca_file: file.map_or_else(String::new, |path| path.to_string_lossy().into_owned()),
        sign_in: account.sign_in.clone(),
    }
}
