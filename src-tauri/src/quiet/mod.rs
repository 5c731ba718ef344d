//! Whether the user wants to be left alone: do-not-disturb, or a shared screen
//! where the system counts it as one. A ring keeps to the tray meanwhile
//! (`ring_gate`); the notification is held back by the system itself.

use desktop::Session;
use tauri::{AppHandle, Manager};

#[cfg(target_os = "linux")]
#[path = "linux.rs"]
mod platform;
#[cfg(target_os = "windows")]
#[path = "windows.rs"]
mod platform;
#[cfg(not(any(target_os = "linux", target_os = "windows")))]
#[path = "other.rs"]
mod platform;

/// Whether the user wants quiet now, and the settings have the ring heed that.
pub(crate) async fn is_wanted(app: &AppHandle) -> bool {
    if !is_respected(app) {
        return false;
    }
    // The system is asked by calls which wait for its answer.
    let asked = tauri::async_runtime::spawn_blocking(platform::is_wanted).await;
    // A ring too many is better than a missed meeting.
    asked.unwrap_or(false)
}

fn is_respected(app: &AppHandle) -> bool {
    app.try_state::<Session>().is_none_or(|session| {
        let report = session.report();
        report.borrow().surroundings.settings.reminders.quiet
    })
}
