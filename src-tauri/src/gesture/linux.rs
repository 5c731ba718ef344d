//! The presses that GTK hands to a window's web view, seen on their way there.
//! What WebDriver or a script makes out of nothing does not come this way.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use gtk::{
    gdk::{BUTTON_PRIMARY, EventType},
    glib::{self, Propagation},
    prelude::WidgetExt as _,
};
use tauri::{AppHandle, Manager as _, WebviewWindow};

use crate::windows::report;

/// How long after a press something may be opened, in microseconds.
const FRESH: i64 = 2_000_000;

/// The last press in each window that no link was opened for.
#[derive(Debug, Default)]
pub(crate) struct Gestures(Mutex<Presses>);

impl Gestures {
    /// Sees the presses in `window` from now on.
    pub(crate) fn watch(window: &WebviewWindow) {
        let (app, label) = (window.app_handle().clone(), window.label().to_owned());
        report(window.with_webview(move |webview| {
            let view = webview.inner();
            let note = move |app: &AppHandle, label: &str| {
                app.state::<Self>().note(label, glib::monotonic_time());
                Propagation::Proceed
            };
            let (by_button, its) = (app.clone(), label.clone());
            view.connect_button_release_event(move |_, event| {
                if event.button() == BUTTON_PRIMARY {
                    return note(&by_button, &its);
                }
                Propagation::Proceed
            });
            let (by_touch, its) = (app.clone(), label.clone());
            view.connect_touch_event(move |_, event| {
                if event.event_type() == EventType::TouchEnd {
                    return note(&by_touch, &its);
                }
                Propagation::Proceed
            });
            view.connect_key_press_event(move |_, event| {
                if event.is_modifier() {
                    return Propagation::Proceed;
                }
                note(&app, &label)
            });
        }));
    }

    /// Uses up the press that came last in `window`; false where there is none
    /// or it is too old.
    pub(super) fn take(&self, window: &WebviewWindow) -> bool {
        self.presses(|presses| presses.take(window.label(), glib::monotonic_time()))
    }

    fn note(&self, label: &str, at: i64) {
        self.presses(|presses| presses.note(label, at));
    }

    fn presses<T>(&self, act: impl FnOnce(&mut Presses) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Moments of presses by the window's label, in microseconds of a clock that
/// nobody sets.
#[derive(Debug, Default)]
struct Presses(HashMap<String, i64>);

impl Presses {
    fn note(&mut self, label: &str, at: i64) {
        self.0.insert(label.to_owned(), at);
    }

    fn take(&mut self, label: &str, now: i64) -> bool {
        self.0
            .remove(label)
            .is_some_and(|at| now.saturating_sub(at) < FRESH)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PRESSED: i64 = 5_000_000;

    fn pressed() -> Presses {
        let mut presses = Presses::default();
        presses.note("ring", PRESSED);
        presses
    }

    #[test]
    fn sr_34_a_press_opens_one_link_and_no_second_one() {
        let mut presses = pressed();
        assert!(presses.take("ring", PRESSED + 1));
        assert!(!presses.take("ring", PRESSED + 2));
    }

    #[test]
    fn sr_34_a_press_is_over_after_two_seconds() {
        assert!(pressed().take("ring", PRESSED + FRESH - 1));
        assert!(!pressed().take("ring", PRESSED + FRESH));
    }

    #[test]
    fn sr_34_a_press_in_one_window_opens_nothing_for_another() {
        let mut presses = pressed();
        assert!(!presses.take("agenda", PRESSED + 1));
        assert!(presses.take("ring", PRESSED + 1));
    }

    #[test]
    fn sr_34_where_nobody_has_pressed_anything_nothing_is_opened() {
        assert!(!Presses::default().take("ring", 0));
    }
}
