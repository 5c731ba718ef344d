//! Notifications of Windows and macOS.

use std::thread;

use desktop::view::NotificationView;
use notify_rust::{Notification, NotificationResponse};
use tokio::sync::{mpsc::UnboundedSender, oneshot};

use super::{BODY, DISMISS, JOIN, Pressed, meaning};

/// A sound which the system brings along.
const SOUND: &str = if cfg!(target_os = "macos") {
    "Glass"
} else {
    "Reminder"
};

pub(super) fn show(
    view: NotificationView,
    pressed: UnboundedSender<Pressed>,
    // These systems take no notification back; it goes by itself.
    _withdrawn: oneshot::Receiver<()>,
) {
    // Waiting for the answer blocks.
    thread::spawn(move || {
        let mut notification = plain(&view.title, &view.body);
        if view.sound {
            notification.sound_name(SOUND);
        }
        if let Some(button) = &view.join {
            notification.action(JOIN, &button.text);
        }
        notification.action(DISMISS, &view.dismiss_text);
        let answered = notification.show().and_then(|handle| {
            handle.wait_for_response(|response: &NotificationResponse| {
                let key = match response {
                    // macOS answers with the button's text.
                    NotificationResponse::Action(text) => match &view.join {
                        Some(button) if *text == button.text => JOIN,
                        _ if *text == view.dismiss_text => DISMISS,
                        _ => text.as_str(),
                    },
                    NotificationResponse::Default => BODY,
                    NotificationResponse::Reply(_) | NotificationResponse::Closed(_) => return,
                };
                if let Some(press) = meaning(&view, key) {
                    // Without a receiver the program is ending.
                    let _ending = pressed.send(press);
                }
            })
        });
        if let Err(error) = answered {
            tracing::warn!(%error, "the system took no notification");
        }
    });
}

pub(super) fn tell(text: String) {
    // Handing it over blocks.
    thread::spawn(move || {
        if let Err(error) = plain("Joinbell", &text).show() {
            tracing::warn!(%error, "the system took no notification");
        }
    });
}

/// A notification without buttons and without a sound.
fn plain(title: &str, text: &str) -> Notification {
    let mut notification = Notification::new();
    notification.appname("Joinbell").summary(title).body(text);
    #[cfg(target_os = "windows")]
    if installed() {
        notification.app_id(SENDER);
    }
    notification
}

/// The sender which the installer registers, by the bundle's identifier.
#[cfg(target_os = "windows")]
const SENDER: &str = "org.joinbell.desktop";

/// Whether an installer has put the program where it runs. Windows shows
/// nothing for a sender that it does not know; without one it names its own
/// shell.
#[cfg(target_os = "windows")]
fn installed() -> bool {
    let program = std::env::current_exe().unwrap_or_default();
    program.with_file_name("uninstall.exe").exists()
}
