//! The desktop notification beside the ring.

use calendar::join::address::registrable;

use super::{
    ring::Ringing,
    scene::{Scene, side_by_side},
};
use crate::view::{NotificationButton, NotificationView};

/// The notification of one ringing reminder. It names the host that Join
/// opens and nothing that the invitation's author wrote beside the title.
///
/// With hidden titles it says when, and beside Join whose the host is (SR-31):
/// the registered part alone, because what stands before that is often the
/// name of whom one meets. A lock screen shows no more (SR-35).
pub fn notification(ringing: &Ringing<'_>, scene: &Scene<'_>) -> NotificationView {
    let meeting = &ringing.entry.meeting;
    let joins = scene.joins(&meeting.join);
    // Only an obvious link gets a button: one link, to a known service.
    let obvious = match joins.as_slice() {
        [join] if join.known => Some(join),
        _ => None,
    };
    let hidden = scene.settings.privacy.hide_titles;
    let (place, join) = obvious
        .and_then(|join| {
            let (place, text) = if hidden {
                (registrable(&join.host)?, scene.words.text("join"))
            } else {
                let provider = [("provider", join.provider.as_str().into())];
                let text = scene.words.with("join-provider", provider);
                (join.host.as_str(), text)
            };
            let button = NotificationButton {
                text,
                index: join.index,
                host: join.host.clone(),
            };
            Some((place.to_owned(), button))
        })
        .unzip();
    NotificationView {
        reminder: ringing.reminder.to_owned(),
        meeting: ringing.entry.id(),
        title: scene.public_title(meeting),
        body: side_by_side([
            scene.when(meeting.span.start(scene.zone)),
            scene.times(meeting.span),
            place.unwrap_or_default(),
        ]),
        join,
        dismiss_text: scene.words.text("dismiss"),
        sound: scene.settings.reminders.sound,
    }
}
