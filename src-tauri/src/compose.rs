//! Puts the program together: where data rests, who keeps secrets, which
//! session the windows belong to.

use std::{error::Error, sync::Arc};

use desktop::{
    Session,
    folder::DataFolder,
    session::{Face, Setup},
    words::{Language, Words},
};
use tauri::{AppHandle, Manager, async_runtime::block_on};

use crate::{
    arguments::Arguments, commands::EnvironmentView, demo::Demo, place::Places, shell::TauriShell,
    tray,
};

/// Starts the session and everything that shows it.
pub(crate) fn start(app: &AppHandle, arguments: &Arguments) -> Result<(), Box<dyn Error>> {
    let (demo, setup) = if arguments.demo {
        let (demo, setup) = block_on(Demo::begin())?;
        (Some(demo), setup)
    } else {
        (None, Setup::system(DataFolder::open(None)?, Face::Desktop))
    };
    app.manage(Places::new(setup.folder.path()));
    let chosen = setup.folder.settings().0.appearance.language;
    let language = chosen.unwrap_or_else(|| Language::of_locale(&setup.locale));
    app.manage(EnvironmentView {
        language: language.code().to_owned(),
    });
    app.manage(Words::new(language));

    let shell = Arc::new(TauriShell::new(app.clone()));
    let session = block_on(async { Session::start(setup, shell) });
    app.manage(session.clone());
    if let Some(demo) = demo {
        block_on(demo.sign_in(&session))?;
        app.manage(demo);
        let app = app.clone();
        tauri::async_runtime::spawn(async move { app.state::<Demo>().go_on().await });
    }
    tray::start(app.clone(), session);
    Ok(())
}
