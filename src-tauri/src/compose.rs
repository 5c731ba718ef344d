//! Puts the program together: where data rests, who keeps secrets, which
//! session the windows belong to.

use std::{error::Error, sync::Arc};

use desktop::{
    Session,
    folder::DataFolder,
    session::{Face, Setup},
};
use tauri::{AppHandle, Manager, async_runtime::block_on};

use crate::{
    arguments::Arguments,
    deep_link,
    demo::Demo,
    gesture::Gestures,
    notices::Failures,
    place::Places,
    reports::Reports,
    ring_gate::RingGate,
    shell::Copier,
    shell::TauriShell,
    system, tray,
    windows::{self, Opening, SetUp},
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
    let settings = setup.folder.settings().0;
    app.manage(Copier::default());
    app.manage(Gestures::default());
    app.manage(Reports::default());
    app.manage(SetUp::default());
    app.manage(Failures::default());
    Opening::begin(app, arguments.hidden);
    app.manage(RingGate::begin(app));
    let shell = Arc::new(TauriShell::new(app.clone()));
    let session = block_on(async { Session::start(setup, shell) });
    app.manage(session.clone());
    if let Some(demo) = demo {
        block_on(demo.sign_in(&session))?;
        app.manage(demo);
        let app = app.clone();
        tauri::async_runtime::spawn(async move { app.state::<Demo>().go_on().await });
    }
    if !arguments.demo {
        system::begin(app, &settings);
        deep_link::listen(app);
    }
    windows::follow_language(app.clone(), &session);
    tray::start(app.clone(), session);
    Ok(())
}
