//! The tray: draws what the session has decided.

use desktop::{
    Session,
    view::{TrayAction, TrayIcon},
};
use tauri::AppHandle;

use crate::windows::{self, Kind};

#[cfg(target_os = "linux")]
#[path = "linux.rs"]
mod platform;
#[cfg(not(target_os = "linux"))]
#[path = "other.rs"]
mod platform;

pub(crate) use platform::start;

/// Does what an entry of the tray says.
pub(crate) async fn act(app: AppHandle, session: Session, action: TrayAction) {
    let outcome = match action {
        TrayAction::Join { meeting, index } => session.join(&meeting, index).await,
        TrayAction::CopyLink { meeting, index } => session.copy_link(&meeting, index).await,
        TrayAction::ShowRing => session.show_ring().await,
        TrayAction::OpenAgenda | TrayAction::ShowMeeting { .. } => {
            windows::show_main(&app);
            Ok(())
        }
        TrayAction::AddAccount => {
            windows::show(&app, Kind::Setup);
            Ok(())
        }
        TrayAction::Refresh => {
            session.refresh();
            Ok(())
        }
        TrayAction::Quit => {
            app.exit(0);
            Ok(())
        }
    };
    if let Err(problem) = outcome {
        tracing::warn!(problem = %problem.text, "what the tray was asked for did not work");
        // The tray cannot tell; the agenda can.
        windows::show(&app, Kind::Agenda);
    }
}

/// One picture in the sizes that panels ask for, smallest first; PNG.
fn pictures(icon: TrayIcon) -> [&'static [u8]; 4] {
    macro_rules! sizes {
        ($name:literal) => {
            [
                include_bytes!(concat!("../../../icons/tray/", $name, "-16.png")),
                include_bytes!(concat!("../../../icons/tray/", $name, "-22.png")),
                include_bytes!(concat!("../../../icons/tray/", $name, "-32.png")),
                include_bytes!(concat!("../../../icons/tray/", $name, "-48.png")),
            ]
        };
    }
    match icon {
        TrayIcon::Idle => sizes!("idle"),
        TrayIcon::Soon => sizes!("soon"),
        TrayIcon::Now => sizes!("now"),
        TrayIcon::OutOfOffice => sizes!("out_of_office"),
        TrayIcon::Offline => sizes!("offline"),
        TrayIcon::NeedsSignIn => sizes!("needs_sign_in"),
    }
}
