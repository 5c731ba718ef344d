//! Whether the user wants to be left alone: do-not-disturb, or a shared screen
//! where the system counts it as one. A ring keeps to the tray meanwhile; the
//! notification is held back by the system itself.

use chrono::Duration;
use desktop::Session;
use engine::{Clock as _, clock::SystemClock};
use tauri::{AppHandle, Manager};

use crate::windows::{self, Kind, Opening};

#[cfg(target_os = "linux")]
#[path = "linux.rs"]
mod platform;
#[cfg(target_os = "windows")]
#[path = "windows.rs"]
mod platform;
#[cfg(not(any(target_os = "linux", target_os = "windows")))]
#[path = "other.rs"]
mod platform;

/// How often is looked whether the quiet is over while something rings.
const LOOK_AGAIN: Duration = Duration::seconds(15);

/// Shows the ring, at once or when the quiet is over and something still rings.
pub(crate) fn show_ring_when_allowed(app: &AppHandle) {
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        let clock = SystemClock;
        while something_rings(&app) && respected(&app) && is_wanted().await {
            clock.wait_until(clock.now() + LOOK_AGAIN).await;
        }
        app.state::<Opening>().over().await;
        if something_rings(&app) {
            windows::show(&app, Kind::Ring);
        }
    });
}

async fn is_wanted() -> bool {
    // The system is asked by calls which wait for its answer.
    let asked = tauri::async_runtime::spawn_blocking(platform::is_wanted).await;
    // A ring too many is better than a missed meeting.
    asked.unwrap_or(false)
}

fn respected(app: &AppHandle) -> bool {
    app.try_state::<Session>().is_none_or(|session| {
        let report = session.report();
        report.borrow().surroundings.settings.reminders.quiet
    })
}

/// While the program starts nothing but the ring itself has said so.
fn something_rings(app: &AppHandle) -> bool {
    app.try_state::<Session>()
        .is_none_or(|session| !session.ring().borrow().rings.is_empty())
}
