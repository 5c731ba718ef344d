//! What the system does for Joinbell beside its windows: keys that work
//! everywhere, and the start at sign-in.

use std::path::PathBuf;

use desktop::{
    Session,
    session::Silence,
    settings::{Settings, ShortcutSettings},
    view::{Problem, ProblemCode, TrayAction},
};
use tauri::{AppHandle, Manager};
use tauri_plugin_global_shortcut::{GlobalShortcutExt, ShortcutState};

use crate::{commands::words_of, notices, tray};

/// Lets the system follow the settings. What is as it should be already is
/// left alone.
pub(crate) fn follow(app: &AppHandle, settings: &Settings) -> Result<(), Problem> {
    shortcuts(app, &settings.shortcuts)?;
    at_login(app, settings.startup.at_login)
}

/// What a shortcut does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Deed {
    JoinNext,
    OpenAgenda,
    ShowRing,
    Mute,
}

fn shortcuts(app: &AppHandle, wanted: &ShortcutSettings) -> Result<(), Problem> {
    // A session bus without a screen, as in tests, has no shortcuts to take.
    let Some(system) = app.try_state::<tauri_plugin_global_shortcut::GlobalShortcut<tauri::Wry>>()
    else {
        return Ok(());
    };
    if let Err(error) = system.unregister_all() {
        tracing::warn!(%error, "shortcuts of before are not given back");
    }
    let wanted = [
        (&wanted.join_next, Deed::JoinNext),
        (&wanted.open_agenda, Deed::OpenAgenda),
        (&wanted.show_ring, Deed::ShowRing),
        (&wanted.mute, Deed::Mute),
    ];
    for (keys, deed) in wanted {
        if keys.is_empty() {
            continue;
        }
        let taken = app
            .global_shortcut()
            .on_shortcut(keys.as_str(), move |app, _keys, event| {
                if event.state == ShortcutState::Pressed {
                    tauri::async_runtime::spawn(act(app.clone(), deed));
                }
            });
        if let Err(error) = taken {
            tracing::warn!(%error, "a shortcut is not given");
            return Err(refused(app, "problem-shortcut-taken", keys));
        }
    }
    Ok(())
}

async fn act(app: AppHandle, deed: Deed) {
    let Some(session) = app.try_state::<Session>().map(|s| s.inner().clone()) else {
        return;
    };
    match deed {
        Deed::OpenAgenda => tray::act(app, session, TrayAction::OpenAgenda).await,
        Deed::JoinNext => tray::join_next(app, session).await,
        Deed::ShowRing => tray::act(app, session, TrayAction::ShowRing).await,
        Deed::Mute => {
            if let Err(problem) = session.silence(Silence::Other).await {
                notices::failed(&app, problem);
            }
        }
    }
}

fn at_login(app: &AppHandle, wanted: bool) -> Result<(), Problem> {
    starter::set(&own_path(), wanted).map_err(|error| {
        tracing::warn!(%error, "the start at sign-in cannot be set");
        refused(app, "problem-at-login", "")
    })
}

/// What is started at sign-in. An AppImage is started by its own file, not by
/// where it is mounted.
fn own_path() -> PathBuf {
    std::env::var_os("APPIMAGE")
        .map(PathBuf::from)
        .or_else(|| std::env::current_exe().ok())
        .unwrap_or_default()
}

#[cfg(target_os = "linux")]
mod starter {
    use std::{io, path::Path};

    use crate::autostart::Entry;

    pub(super) fn set(program: &Path, wanted: bool) -> io::Result<()> {
        // Who never wanted it is not asked about it.
        let entry = match Entry::new(program) {
            Ok(entry) => entry,
            Err(_) if !wanted => return Ok(()),
            Err(error) => return Err(error),
        };
        match (wanted, entry.is_there()) {
            (true, false) => entry.write(),
            (false, _) => entry.remove(),
            (true, true) => Ok(()),
        }
    }
}

#[cfg(windows)]
use crate::run_key as starter;

#[cfg(not(any(target_os = "linux", windows)))]
mod starter {
    use std::path::Path;

    use auto_launch::{AutoLaunchBuilder, Error};

    pub(super) fn set(program: &Path, wanted: bool) -> Result<(), Error> {
        let built = AutoLaunchBuilder::new()
            .set_app_name("Joinbell")
            .set_app_path(&program.to_string_lossy())
            .set_args(&["--hidden"])
            .build();
        // Who never wanted it is not asked about it.
        let launch = match built {
            Ok(launch) => launch,
            Err(_) if !wanted => return Ok(()),
            Err(error) => return Err(error),
        };
        if launch.is_enabled().unwrap_or(!wanted) == wanted {
            return Ok(());
        }
        if wanted {
            launch.enable()
        } else {
            launch.disable()
        }
    }
}

fn refused(app: &AppHandle, key: &str, keys: &str) -> Problem {
    let text = words_of(app, |words| words.with(key, [("keys", keys.into())]));
    Problem {
        code: ProblemCode::Other,
        text,
    }
}

/// The system's name and version, and its kind of screen, for the problem
/// report.
pub(crate) fn describe() -> (String, String) {
    let release = std::fs::read_to_string("/etc/os-release").unwrap_or_default();
    let named = release
        .lines()
        .find_map(|line| line.strip_prefix("PRETTY_NAME="))
        .map(|name| name.trim_matches('"').to_owned());
    let variable = |name| std::env::var(name).unwrap_or_default();
    let screen = format!(
        "{} {}",
        variable("XDG_SESSION_TYPE"),
        variable("XDG_CURRENT_DESKTOP")
    );
    (named.unwrap_or_default(), screen.trim().to_owned())
}
