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

/// Lets the system do what the settings want when the program starts. What it
/// refuses is told, and keeps nothing else from being done.
pub(crate) fn begin(app: &AppHandle, settings: &Settings) {
    let taken = shortcuts(app, &settings.shortcuts);
    if !taken.is_empty() {
        let problem = refused(app, "problem-shortcut-taken", &taken.join(", "));
        notices::failed_late(app, problem);
    }
    if let Err(problem) = at_login(app, settings.startup.at_login) {
        notices::failed_late(app, problem);
    }
}

/// Lets the system follow the settings, where they are others than `before`.
/// What it refused before already is no news.
pub(crate) fn follow(
    app: &AppHandle,
    before: &Settings,
    settings: &Settings,
) -> Result<(), Problem> {
    let (old, new) = (&before.shortcuts, &settings.shortcuts);
    if old != new {
        let taken = shortcuts(app, new);
        if let Some(keys) = taken.into_iter().find(|keys| is_new(keys, old)) {
            return Err(refused(app, "problem-shortcut-taken", keys));
        }
    }
    if before.startup.at_login != settings.startup.at_login {
        at_login(app, settings.startup.at_login)?;
    }
    Ok(())
}

/// What a shortcut does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Deed {
    JoinNext,
    OpenAgenda,
    ShowRing,
    Mute,
}

/// The keys that are wanted, each for its deed.
fn wanted(settings: &ShortcutSettings) -> impl Iterator<Item = (&str, Deed)> {
    let all = [
        (settings.join_next.as_str(), Deed::JoinNext),
        (settings.open_agenda.as_str(), Deed::OpenAgenda),
        (settings.show_ring.as_str(), Deed::ShowRing),
        (settings.mute.as_str(), Deed::Mute),
    ];
    all.into_iter().filter(|(keys, _)| !keys.is_empty())
}

fn is_new(keys: &str, before: &ShortcutSettings) -> bool {
    wanted(before).all(|(old, _)| old != keys)
}

/// Takes each, whatever becomes of the others; answers the keys that are not
/// given.
fn take_each(settings: &ShortcutSettings, mut take: impl FnMut(&str, Deed) -> bool) -> Vec<&str> {
    wanted(settings)
        .filter(|(keys, deed)| !take(keys, *deed))
        .map(|(keys, _)| keys)
        .collect()
}

/// Takes the shortcuts from the system; answers those that it does not give.
fn shortcuts<'a>(app: &AppHandle, settings: &'a ShortcutSettings) -> Vec<&'a str> {
    // A session bus without a screen, as in tests, has no shortcuts to take.
    let Some(system) = app.try_state::<tauri_plugin_global_shortcut::GlobalShortcut<tauri::Wry>>()
    else {
        return Vec::new();
    };
    if let Err(error) = system.unregister_all() {
        tracing::warn!(%error, "shortcuts of before are not given back");
    }
    take_each(settings, |keys, deed| {
        let taken = app
            .global_shortcut()
            .on_shortcut(keys, move |app, _keys, event| {
                if event.state == ShortcutState::Pressed {
                    tauri::async_runtime::spawn(act(app.clone(), deed));
                }
            });
        if let Err(error) = &taken {
            tracing::warn!(%error, "a shortcut is not given");
        }
        taken.is_ok()
    })
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

#[cfg(test)]
mod tests {
    use super::*;

    fn settings() -> ShortcutSettings {
        ShortcutSettings {
            join_next: "Ctrl+Alt+J".to_owned(),
            open_agenda: "Ctrl+Alt+A".to_owned(),
            show_ring: String::new(),
            mute: "Ctrl+Alt+M".to_owned(),
        }
    }

    #[test]
    fn keys_that_another_program_has_cost_no_other_shortcut() {
        let mut taken = Vec::new();
        let settings = settings();
        let refused = take_each(&settings, |keys, deed| {
            taken.push(deed);
            keys != "Ctrl+Alt+J"
        });
        assert_eq!(refused, ["Ctrl+Alt+J"]);
        assert_eq!(taken, [Deed::JoinNext, Deed::OpenAgenda, Deed::Mute]);
    }

    #[test]
    fn only_keys_that_were_chosen_now_are_told_as_refused() {
        let before = settings();
        assert!(!is_new("Ctrl+Alt+J", &before));
        assert!(is_new("Ctrl+Alt+K", &before));
    }
}
