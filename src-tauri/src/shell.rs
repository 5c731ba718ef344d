//! The window system's side of the session, with Tauri.

use std::sync::{Mutex, PoisonError};

use arboard::Clipboard;
use desktop::{Session, Shell, ShellRefused, handler, view::NotificationView};
use tauri::{AppHandle, Manager};
use tokio::sync::mpsc;
use url::Url;

use crate::{
    drawing,
    notification::{Notifications, Pressed},
    quiet, tray,
    windows::{self, Kind},
};

/// Shows the session's wishes in real windows.
pub(crate) struct TauriShell {
    app: AppHandle,
    notifications: Notifications,
}

/// The clipboard, opened when it is first written to.
#[derive(Default)]
pub(crate) struct Copier {
    /// Kept, because on X11 the program that copied must stay to answer.
    clipboard: Mutex<Option<Clipboard>>,
}

impl Copier {
    pub(crate) fn copy(&self, text: &str) -> Result<(), arboard::Error> {
        let mut kept = self
            .clipboard
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let clipboard = match kept.as_mut() {
            Some(clipboard) => clipboard,
            None => kept.insert(Clipboard::new()?),
        };
        clipboard.set_text(text)
    }
}

impl TauriShell {
    /// Presses on notifications reach the session that `app` manages.
    pub(crate) fn new(app: AppHandle) -> Self {
        let (pressed, presses) = mpsc::unbounded_channel();
        tauri::async_runtime::spawn(answer(app.clone(), presses));
        Self {
            app,
            notifications: Notifications::new(pressed),
        }
    }
}

impl Shell for TauriShell {
    fn ring(&self, notification: &NotificationView) {
        quiet::show_ring_when_allowed(&self.app);
        self.notifications.show(notification);
    }

    fn show_ring(&self) {
        windows::show(&self.app, Kind::Ring);
    }

    fn hide_ring(&self) {
        windows::close(&self.app, Kind::Ring);
    }

    fn withdraw(&self, reminder: &str) {
        self.notifications.withdraw(reminder);
    }

    fn open(&self, address: &Url) -> Result<(), ShellRefused> {
        handler::open(address, &[drawing::WITHOUT_GPU])
    }

    fn copy(&self, text: &str) -> Result<(), ShellRefused> {
        let copier = self.app.state::<Copier>();
        copier
            .copy(text)
            .map_err(|error| ShellRefused(error.to_string()))
    }
}

/// Does what was pressed on notifications.
async fn answer(app: AppHandle, mut presses: mpsc::UnboundedReceiver<Pressed>) {
    while let Some(press) = presses.recv().await {
        let Some(session) = app
            .try_state::<Session>()
            .map(|session| session.inner().clone())
        else {
            continue;
        };
        let outcome = match press {
            Pressed::Join { meeting, index } => {
                tray::join_or_show(&app, &session, &meeting, index).await
            }
            Pressed::Dismiss { reminder } => session.dismiss(&reminder).await,
            // What has collapsed comes back beside it.
            Pressed::Body { meeting } => match session.show_ring().await {
                Ok(()) => windows::show_meeting(&app, &session, &meeting).await,
                refused => refused,
            },
        };
        if let Err(problem) = outcome {
            tracing::warn!(problem = %problem.text, "what the notification was asked for did not work");
            windows::show(&app, Kind::Ring);
        }
    }
}
