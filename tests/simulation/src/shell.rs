//! The window system: it remembers what rang, and when.

use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, Utc};
use desktop::{Shell, ShellRefused, view::NotificationView};
use url::Url;

use crate::host::{Host, Life};

/// One ring.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rung {
    /// When, by the machine's clock.
    pub wall: DateTime<Utc>,
    /// When it was in truth.
    pub at: DateTime<Utc>,
    /// Which reminder.
    pub reminder: String,
    /// The title that was shown.
    pub title: String,
    /// The meeting that its buttons name.
    pub meeting: String,
    /// The host that its Join names; empty where there is none.
    pub host: String,
}

/// What was shown to the user and opened for them, by all processes so far.
#[derive(Debug, Default)]
pub struct Screen {
    rung: Mutex<Vec<Rung>>,
    opened: Mutex<Vec<Url>>,
}

impl Screen {
    /// The rings since the last call.
    pub fn take_rings(&self) -> Vec<Rung> {
        std::mem::take(&mut self.rung.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The addresses opened since the last call.
    pub fn take_opened(&self) -> Vec<Url> {
        std::mem::take(&mut self.opened.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// The window system as one process uses it.
pub struct Window {
    /// What is remembered.
    pub screen: Arc<Screen>,
    /// The machine.
    pub host: Arc<Host>,
    /// The process.
    pub life: Life,
}

impl Shell for Window {
    fn ring(&self, notification: &NotificationView) {
        if self.life.is_on() {
            let rung = Rung {
                wall: self.host.wall(),
                at: self.host.true_time(),
                reminder: notification.reminder.clone(),
                title: notification.title.clone(),
                meeting: notification.meeting.clone(),
                host: notification
                    .join
                    .as_ref()
                    .map(|button| button.host.clone())
                    .unwrap_or_default(),
            };
            let mut all = self
                .screen
                .rung
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            all.push(rung);
        }
    }

    fn show_ring(&self) {}

    fn bring_ring_back(&self) {}

    fn hide_ring(&self) {}

    fn withdraw(&self, _: &str) {}

    fn open(&self, address: &Url) -> Result<(), ShellRefused> {
        let mut all = self
            .screen
            .opened
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        all.push(address.clone());
        Ok(())
    }

    fn copy(&self, _: &str) -> Result<(), ShellRefused> {
        Ok(())
    }
}
