//! Notifications by D-Bus.

use desktop::view::NotificationView;
use notify_rust::{Hint, Notification, NotificationResponse};
use tokio::sync::{mpsc::UnboundedSender, oneshot};

use super::{BODY, DISMISS, JOIN, Pressed, meaning};

pub(super) fn show(
    view: NotificationView,
    pressed: UnboundedSender<Pressed>,
    withdrawn: oneshot::Receiver<()>,
) {
    tauri::async_runtime::spawn(async move {
        // A daemon that reads markup must not find any in a meeting's title.
        let reads_markup = tokio::task::spawn_blocking(notify_rust::get_capabilities)
            .await
            .ok()
            .and_then(Result::ok)
            .is_some_and(|capabilities| capabilities.iter().any(|one| one == "body-markup"));
        let body = if reads_markup {
            escaped(&view.body)
        } else {
            view.body.clone()
        };

        let mut notification = Notification::new();
        notification
            .appname("Joinbell")
            .summary(&view.title)
            .body(&body)
            .icon("appointment-soon")
            .hint(Hint::DesktopEntry("joinbell".to_owned()))
            .hint(sound(view.sound));
        // One button only: daemons which show no buttons press the only one
        // when the notification itself is activated.
        match &view.join {
            Some(button) => notification.action(JOIN, &button.text),
            None => notification.action(DISMISS, &view.dismiss_text),
        };
        let handle = match notification.show_async().await {
            Ok(handle) => handle,
            Err(error) => {
                tracing::warn!(%error, "no notification daemon took the notification");
                return;
            }
        };

        let answered = handle.wait_for_action_async(|response| {
            let key = match response {
                NotificationResponse::Action(key) => key.as_str(),
                NotificationResponse::Default => BODY,
                NotificationResponse::Reply(_) | NotificationResponse::Closed(_) => return,
            };
            if let Some(press) = meaning(&view, key) {
                // Without a receiver the program is ending.
                let _ending = pressed.send(press);
            }
        });
        tokio::select! {
            () = answered => {}
            _ = withdrawn => {}
        }
        // Some daemons leave a notification whose button was pressed.
        handle.close_async().await;
    });
}

pub(super) fn tell(text: String) {
    tauri::async_runtime::spawn(async move {
        let mut notification = Notification::new();
        notification
            .appname("Joinbell")
            .summary("Joinbell")
            .body(&escaped(&text))
            .icon("joinbell")
            .hint(Hint::DesktopEntry("joinbell".to_owned()))
            .hint(Hint::Transient(true))
            .hint(Hint::SuppressSound(true));
        if let Err(error) = notification.show_async().await {
            tracing::warn!(%error, "no notification daemon took what was done");
        }
    });
}

/// The sound is the theme's own for a reminder, which the daemon plays, so that
/// it keeps to do-not-disturb and to the system's volume; name by the Sound
/// Naming Specification 0.8.
fn sound(wanted: bool) -> Hint {
    if wanted {
        Hint::SoundName("alarm-clock-elapsed".to_owned())
    } else {
        Hint::SuppressSound(true)
    }
}

/// Text as Desktop Notifications 1.2, "Markup", reads it.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_the_users_wish_there_is_no_sound() {
        assert_eq!(sound(false), Hint::SuppressSound(true));
        assert!(matches!(sound(true), Hint::SoundName(_)));
    }

    #[test]
    fn sr_35_a_title_is_no_markup() {
        assert_eq!(
            escaped("<img src='http://example.org'> & more"),
            "&lt;img src='http://example.org'&gt; &amp; more"
        );
    }
}
