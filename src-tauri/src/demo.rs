//! The demo: a simulated Exchange inside the program, on loopback, with a
//! made-up day. Settings, keys and meetings live in a folder of their own which
//! goes away with the program.

use std::{
    error::Error,
    sync::{Arc, Mutex, PoisonError},
};

use chrono::Duration;
use desktop::{
    Session,
    account::SignIn,
    folder::DataFolder,
    session::{Face, Setup, system_zone},
    view::AccountForm,
};
use engine::clock::{Clock, SystemClock};
use exchange_sim::{Options, Recording, Simulator, demo, world::details::Details};
use tempfile::TempDir;
use vault::keyring::MemoryKeyRing;

/// What the demo consists of besides the session.
pub(crate) struct Demo {
    simulator: Simulator,
    folder: Mutex<Option<TempDir>>,
}

impl Demo {
    /// Starts the simulated Exchange; answers with what a session over it is
    /// started with.
    pub(crate) async fn begin() -> Result<(Self, Setup), Box<dyn Error>> {
        let world = demo::day(SystemClock.now(), system_zone());
        let options = Options {
            recording: Recording::Off,
            ..Options::default()
        };
        let simulator = Simulator::start(world, options).await?;
        let folder = tempfile::Builder::new()
            .prefix("joinbell-demo-")
            .tempdir()?;
        let setup = Setup::with_keyring(
            DataFolder::open(Some(folder.path().join("data")))?,
            Arc::new(MemoryKeyRing::default()),
            Face::Desktop,
        );
        Ok((
            Self {
                simulator,
                folder: Mutex::new(Some(folder)),
            },
            setup,
        ))
    }

    /// Sets the made-up account up.
    pub(crate) async fn sign_in(&self, session: &Session) -> Result<(), Box<dyn Error>> {
        let form = AccountForm {
            server: self.simulator.ews_url(),
            user: demo::ADDRESS.to_owned(),
            password: demo::PASSWORD.to_owned(),
            ca_file: String::new(),
            sign_in: SignIn::default(),
            found: None,
        };
        session
            .add_account(form)
            .await
            .map_err(|problem| problem.text)?;
        session.agenda().wait_for(|view| view.has_account).await?;
        Ok(())
    }

    /// Half a minute after the start somebody adds a meeting, as happens on a
    /// working day: it shows that the windows follow the server.
    pub(crate) async fn go_on(&self) {
        let start = SystemClock.now();
        let moment = start + Duration::seconds(25);
        while SystemClock.now() < moment {
            SystemClock.wait_until(moment).await;
        }
        let (from, to) = (
            start + Duration::minutes(170),
            start + Duration::minutes(200),
        );
        let call = Details::new("Call with Kiruna", from, to, system_zone())
            .at("https://meet.jit.si/Kiruna");
        let added = self
            .simulator
            .world(|world| world.add(demo::ADDRESS, call).map(|_number| ()));
        if let Err(error) = added {
            tracing::warn!(%error, "the demo could not add a meeting");
        }
    }

    /// Takes the demo's folder away.
    pub(crate) fn end(&self) {
        let folder = self
            .folder
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some(Err(error)) = folder.map(TempDir::close) {
            tracing::warn!(%error, "the demo's folder stays behind");
        }
    }
}
