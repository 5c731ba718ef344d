//! The window system's side of the session, with Tauri.

use std::sync::{Mutex, PoisonError};

use arboard::Clipboard;
use desktop::{
    Session, Shell, ShellRefused, handler,
    view::{NotificationView, Problem, ProblemCode},
};
use tauri::{AppHandle, Manager};
use tokio::sync::mpsc;
use url::Url;

use crate::{
    drawing, notices,
    notification::{self, Notifications, Pressed},
    ring_gate::{Heard, RingGate},
    tray,
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

    fn gate(&self, heard: Heard) {
        self.app.state::<RingGate>().hear(heard);
    }
}

impl Shell for TauriShell {
    fn ring(&self, notification: &NotificationView) {
        self.gate(Heard::Rings);
        self.notifications.show(notification);
    }

    fn show_ring(&self) {
        self.gate(Heard::Asked);
    }

    fn bring_ring_back(&self) {
        self.gate(Heard::Rings);
    }

    fn hide_ring(&self) {
        self.gate(Heard::Over);
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

    fn failed_late(&self, problem: &Problem, in_schedule: bool) {
        if !in_schedule || !windows::is_there(&self.app, Kind::Schedule.label()) {
            notices::failed_late(&self.app, problem.clone());
        }
    }

    fn done_late(&self, sentence: &str, in_schedule: bool) {
        if !in_schedule || !windows::is_there(&self.app, Kind::Schedule.label()) {
            notification::tell(sentence.to_owned());
        }
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
            Pressed::Join {
                meeting,
                index,
                host,
            } => tray::join_or_show(&app, &session, &meeting, index, &host).await,
            Pressed::Dismiss { reminder } => match session.dismiss(&reminder).await {
                // It is over, as it was asked to be.
                Err(problem) if problem.code == ProblemCode::Gone => Ok(()),
                outcome => outcome,
            },
            Pressed::Body { meeting } => {
                // What has collapsed comes back beside it; of an old
                // notification nothing may ring any more.
                let _rings = session.show_ring().await;
                windows::show_meeting(&app, &session, &meeting).await
            }
        };
        if let Err(problem) = outcome {
            notices::failed(&app, problem);
        }
    }
}
