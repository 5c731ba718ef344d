//! A window whose web process has ended by itself: it crashed, or the system
//! killed it for want of memory (F69). The session, the tray and notifications
//! live in this process and go on; the window loads its page anew. On macOS
//! Tauri does so by itself; on Windows it tells nobody, and the window stays
//! empty until it is closed.

use std::cell::Cell;

use gtk::glib;
use tauri::{AppHandle, Manager as _, WebviewWindow};
use webkit2gtk::{WebProcessTerminationReason, WebViewExt as _};

use crate::windows::report;

/// A page whose process ends again within this time, in microseconds, is not
/// loaded once more: it may be the page that ends it.
const TOO_SOON: i64 = 60_000_000;

/// What becomes of a window that has lost its web process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    /// Its page is loaded anew.
    LoadedAnew,
    /// It is closed; it comes back when it is opened again.
    Closed,
}

/// Looks after the web process of `window` from now on.
pub(crate) fn look_after(window: &WebviewWindow) {
    let (app, label) = (window.app_handle().clone(), window.label().to_owned());
    report(window.with_webview(move |webview| {
        let last = Cell::new(None);
        webview
            .inner()
            .connect_web_process_terminated(move |view, reason| {
                if reason == WebProcessTerminationReason::TerminatedByApi {
                    return;
                }
                let now = glib::monotonic_time();
                let fate = fate(last.replace(Some(now)), now);
                tracing::warn!(
                    window = label,
                    ?reason,
                    ?fate,
                    "a window's web process ended"
                );
                match fate {
                    Fate::LoadedAnew => view.reload(),
                    Fate::Closed => close_soon(&app, &label),
                }
            });
    }));
}

/// Closes the window when whoever told of its process is through with it.
fn close_soon(app: &AppHandle, label: &str) {
    let (app, label) = (app.clone(), label.to_owned());
    glib::idle_add_local_once(move || {
        if let Some(window) = app.get_webview_window(&label) {
            report(window.destroy());
        }
    });
}

fn fate(last: Option<i64>, now: i64) -> Fate {
    match last {
        Some(last) if now.saturating_sub(last) < TOO_SOON => Fate::Closed,
        _ => Fate::LoadedAnew,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_whose_process_ends_is_loaded_anew_and_not_for_ever() {
        assert_eq!(fate(None, 5), Fate::LoadedAnew);
        assert_eq!(fate(Some(5), 5 + TOO_SOON - 1), Fate::Closed);
        assert_eq!(fate(Some(5), 5 + TOO_SOON), Fate::LoadedAnew);
    }
}
