//! Desktop notifications with a Join button.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use desktop::view::NotificationView;
use tokio::sync::{mpsc, oneshot};

#[cfg(target_os = "linux")]
#[path = "linux.rs"]
mod platform;
#[cfg(not(target_os = "linux"))]
#[path = "other.rs"]
mod platform;

/// What was pressed on a notification.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Pressed {
    /// Join, with the meeting, the place of its link and where that led when
    /// it was shown.
    Join {
        meeting: String,
        index: u32,
        host: String,
    },
    /// Dismiss, with the reminder.
    Dismiss { reminder: String },
    /// The notification itself, with its meeting.
    Body { meeting: String },
}

/// Keys of the buttons, as the daemons answer them.
const JOIN: &str = "join";
const DISMISS: &str = "dismiss";
const BODY: &str = "default";

/// What a pressed button means.
fn meaning(view: &NotificationView, key: &str) -> Option<Pressed> {
    match (key, &view.join) {
        (JOIN, Some(button)) => Some(Pressed::Join {
            meeting: view.meeting.clone(),
            index: button.index,
            host: button.host.clone(),
        }),
        (DISMISS, _) => Some(Pressed::Dismiss {
            reminder: view.reminder.clone(),
        }),
        (BODY, _) => Some(Pressed::Body {
            meeting: view.meeting.clone(),
        }),
        _ => None,
    }
}

/// The notifications that are on the screen.
#[derive(Debug)]
pub(crate) struct Notifications {
    pressed: mpsc::UnboundedSender<Pressed>,
    /// By reminder: what takes the notification away again.
    shown: Mutex<HashMap<String, oneshot::Sender<()>>>,
}

impl Notifications {
    /// Presses are sent to `pressed`.
    pub(crate) fn new(pressed: mpsc::UnboundedSender<Pressed>) -> Self {
        #[cfg(not(target_os = "linux"))]
        platform::introduce();
        Self {
            pressed,
            shown: Mutex::default(),
        }
    }

    /// Shows a notification. Without a daemon nothing is shown: the ring window
    /// and the tray tell the same.
    pub(crate) fn show(&self, view: &NotificationView) {
        let (withdraw, withdrawn) = oneshot::channel();
        let former = self.table().insert(view.reminder.clone(), withdraw);
        drop(former);
        platform::show(view.clone(), self.pressed.clone(), withdrawn);
    }

    /// Takes the notification of a reminder away.
    pub(crate) fn withdraw(&self, reminder: &str) {
        // Dropping the sender is the sign.
        self.table().remove(reminder);
    }

    fn table(&self) -> std::sync::MutexGuard<'_, HashMap<String, oneshot::Sender<()>>> {
        self.shown.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Tells in a sentence of ours what was done, for whoever sees no window of it.
pub(crate) fn tell(text: String) {
    platform::tell(text);
}

#[cfg(test)]
mod tests {
    use desktop::view::NotificationButton;

    use super::*;

    fn view() -> NotificationView {
        NotificationView {
            reminder: "r".to_owned(),
            meeting: "m".to_owned(),
            title: "Stand-up".to_owned(),
            body: "Now".to_owned(),
            join: Some(NotificationButton {
                text: "Join Jitsi".to_owned(),
                index: 2,
                host: "meet.jit.si".to_owned(),
            }),
            dismiss_text: "Dismiss".to_owned(),
            sound: false,
        }
    }

    #[test]
    fn the_join_button_names_the_meeting_and_its_link() {
        let join = Pressed::Join {
            meeting: "m".to_owned(),
            index: 2,
            host: "meet.jit.si".to_owned(),
        };
        assert_eq!(meaning(&view(), "join"), Some(join));
        assert_eq!(meaning(&view(), "__closed"), None);
        let dismiss = Pressed::Dismiss {
            reminder: "r".to_owned(),
        };
        assert_eq!(meaning(&view(), "dismiss"), Some(dismiss));
    }

    #[test]
    fn without_an_obvious_link_nothing_is_joined() {
        let view = NotificationView {
            join: None,
            ..view()
        };
        assert_eq!(meaning(&view, "join"), None);
    }
}
