//! The tray: draws what the session has decided.

use desktop::{
    Session,
    session::Silence,
    view::{Problem, ProblemCode, SchedulePurpose, TrayAction, TrayIcon},
};
use tauri::{AppHandle, Manager as _};

use crate::{
    notices,
    ring_gate::{Heard, RingGate},
    windows::{self, Kind},
};

// A desktop on Linux names the entry by the menu that it shows.
#[cfg(any(not(target_os = "linux"), test))]
mod drawn;
#[cfg(target_os = "linux")]
#[path = "linux.rs"]
mod platform;
#[cfg(not(target_os = "linux"))]
#[path = "other.rs"]
mod platform;

pub(crate) use platform::start;

/// Joins what the middle click would join; shows the agenda where there is no
/// obvious link.
pub(crate) async fn join_next(app: AppHandle, session: Session) {
    let next = session.tray().borrow().middle_click.clone();
    act(app, session, next.unwrap_or(TrayAction::OpenAgenda)).await;
}

/// Joins. Where the link has become one to a host that the user has to look at
/// first, the agenda shows the meeting instead.
pub(crate) async fn join_or_show(
    app: &AppHandle,
    session: &Session,
    meeting: &str,
    index: u32,
    host: &str,
) -> Result<(), Problem> {
    match session.join(meeting, index, host).await {
        Err(problem) if problem.code == ProblemCode::Doubt => {
            windows::show_meeting(app, session, meeting).await
        }
        outcome => outcome,
    }
}

/// Brings what rings back, and the keyboard to it.
async fn show_ring(app: &AppHandle, session: &Session) -> Result<(), Problem> {
    session.show_ring().await?;
    app.state::<RingGate>().hear(Heard::Keyboard);
    Ok(())
}

/// Opens the window in which a meeting is called, with the draft that was left.
async fn new_meeting(app: &AppHandle, session: &Session) -> Result<(), Problem> {
    session.open_schedule(SchedulePurpose::New {}).await?;
    windows::show(app, Kind::Schedule);
    Ok(())
}

/// Does what an entry of the tray says.
pub(crate) async fn act(app: AppHandle, session: Session, action: TrayAction) {
    // What leaves no trace on the screen by itself.
    let done = match action {
        TrayAction::CopyLink { .. } => Some("link-copied"),
        TrayAction::MeetNow => Some("meet-now-given"),
        _ => None,
    };
    let outcome = match action {
        TrayAction::Join {
            meeting,
            index,
            host,
        } => join_or_show(&app, &session, &meeting, index, &host).await,
        TrayAction::CopyLink {
            meeting,
            index,
            host,
        } => session.copy_link(&meeting, index, &host).await,
        TrayAction::ShowRing => show_ring(&app, &session).await,
        TrayAction::OpenAgenda => {
            windows::show_main(&app);
            Ok(())
        }
        TrayAction::ShowMeeting { meeting } => {
            windows::show_meeting(&app, &session, &meeting).await
        }
        TrayAction::AddAccount => {
            windows::show_setup(&app, None);
            Ok(())
        }
        TrayAction::OpenSettings => {
            windows::show(&app, Kind::Settings);
            Ok(())
        }
        TrayAction::NewMeeting => new_meeting(&app, &session).await,
        TrayAction::MeetNow => session.meet_now().await,
        TrayAction::Mute => session.silence(Silence::ForAnHour).await,
        TrayAction::Unmute => session.silence(Silence::Ends).await,
        TrayAction::Refresh => {
            session.refresh();
            Ok(())
        }
        TrayAction::Quit => {
            app.exit(0);
            Ok(())
        }
    };
    match outcome {
        Ok(()) => {
            if let Some(key) = done {
                notices::done(&app, key);
            }
        }
        Err(problem) => notices::failed(&app, problem),
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
        TrayIcon::Muted => sizes!("muted"),
    }
}
