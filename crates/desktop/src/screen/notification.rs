//! The desktop notification beside the ring.

use super::{
    ring::Ringing,
    scene::{Scene, side_by_side},
};
use crate::view::{NotificationButton, NotificationView};

/// The notification of one ringing reminder. It names the host that Join
/// opens and nothing that the invitation's author wrote beside the title.
pub fn notification(ringing: &Ringing<'_>, scene: &Scene<'_>) -> NotificationView {
    let meeting = &ringing.entry.meeting;
    let joins = scene.joins(&meeting.join);
    // Only an obvious link gets a button: one link, to a known service.
    let obvious = match joins.as_slice() {
        [join] if join.known => Some(join),
        _ => None,
    };
    NotificationView {
        reminder: ringing.reminder.to_owned(),
        meeting: ringing.entry.id(),
        title: scene.public_title(meeting),
        body: side_by_side([
            scene.when(meeting.span.start(scene.zone)),
            scene.times(meeting.span),
            obvious.map(|join| join.host.clone()).unwrap_or_default(),
        ]),
        join: obvious.map(|join| NotificationButton {
            text: scene.words.with(
                "join-provider",
                [("provider", join.provider.as_str().into())],
            ),
            index: join.index,
        }),
        dismiss_text: scene.words.text("dismiss"),
        sound: scene.settings.reminders.sound,
    }
}
