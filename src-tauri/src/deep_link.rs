//! Links of the form `joinbell://`, by which other programs ask for something.
//! They are validated by `desktop::deep_link`, and none of them carries an
//! address.

use desktop::{
    Session,
    deep_link::{self, Wish},
};
use tauri::{AppHandle, Manager};
use tauri_plugin_deep_link::DeepLinkExt;

use crate::windows;

/// Follows the links that come from now on, and the one the program was
/// started with.
pub(crate) fn listen(app: &AppHandle) {
    let handle = app.clone();
    app.deep_link().on_open_url(move |event| {
        for url in event.urls() {
            follow(&handle, url.as_str());
        }
    });
    // The installed program is registered by its package; this one for the
    // time it runs from somewhere else.
    #[cfg(target_os = "windows")]
    if let Err(error) = app.deep_link().register_all() {
        tracing::info!(%error, "joinbell:// is not registered");
    }
}

/// Whether something that was given on the command line asks for something
/// other than the program itself.
pub(crate) fn follow(app: &AppHandle, written: &str) {
    let Some(wish) = deep_link::read(written) else {
        tracing::warn!("a joinbell link that is none was refused");
        return;
    };
    match wish {
        Wish::Agenda => windows::show_main(app),
        // The page that holds the link does not hear whether there is one.
        Wish::Meeting(meeting) => {
            let Some(session) = session_of(app) else {
                return;
            };
            let app = app.clone();
            tauri::async_runtime::spawn(async move {
                if let Err(problem) = windows::show_meeting(&app, &session, &meeting).await {
                    tracing::info!(code = ?problem.code, "no meeting is shown");
                }
            });
        }
        Wish::JoinNext => {
            let Some(session) = session_of(app) else {
                return;
            };
            // Whoever follows a link has not seen where it leads, so the ring
            // or the agenda asks.
            windows::show_main(app);
            tauri::async_runtime::spawn(async move {
                if let Err(problem) = session.show_ring().await {
                    tracing::info!(code = ?problem.code, "no ring is shown");
                }
            });
        }
    }
}

fn session_of(app: &AppHandle) -> Option<Session> {
    app.try_state::<Session>()
        .map(|session| session.inner().clone())
}
