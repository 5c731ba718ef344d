//! Notifications of Windows and macOS.

use std::thread;

use desktop::view::NotificationView;
use notify_rust::{CloseReason, Notification, NotificationResponse};
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
        dismissable(&mut notification, &view.dismiss_text);
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
                    // What closes it there is the button that dismisses.
                    NotificationResponse::Closed(CloseReason::Dismissed)
                        if cfg!(target_os = "macos") =>
                    {
                        DISMISS
                    }
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

/// Two actions would be an entry called "Options" on macOS, with Join in it.
#[cfg(target_os = "macos")]
fn dismissable(notification: &mut Notification, text: &str) {
    use notify_rust::NsNotificationExt as _;

    notification.close_button(text);
}

/// It stays until it is answered: one that has gone to the notification centre
/// answers nobody.
#[cfg(not(target_os = "macos"))]
fn dismissable(notification: &mut Notification, text: &str) {
    notification
        .action(DISMISS, text)
        .urgency(notify_rust::Urgency::Critical);
}

/// From now on notifications come from this program, where it was installed:
/// otherwise macOS takes them for the Finder's.
pub(super) fn introduce() {
    #[cfg(target_os = "macos")]
    if let Err(error) = notify_rust::set_application(SENDER) {
        tracing::warn!(%error, "the system shows notifications under another name");
    }
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

/// The sender, by the bundle's identifier; on Windows the installer registers
/// it.
const SENDER: &str = "org.joinbell.desktop";

/// Whether an installer has put the program where it runs. Windows shows
/// nothing for a sender that it does not know; without one it names its own
/// shell.
#[cfg(target_os = "windows")]
fn installed() -> bool {
    let program = std::env::current_exe().unwrap_or_default();
    program.with_file_name("uninstall.exe").exists()
}
