//! The stored list without asking any server.

use vault::opening::Purpose;

use super::{Course, Feed, Session, handle::Report, setup::Setup, state::State, unlock};
use crate::screen::Surroundings;

impl Session {
    /// What the store holds, as it was when it was last in step. Asks the
    /// keyring for the key and nobody else for anything.
    pub async fn stored(setup: Setup) -> Report {
        let (settings, _) = setup.folder.settings();
        let surroundings = Surroundings::new(settings, &setup.locale, (setup.zone)());
        let accounts = match setup.folder.accounts() {
            Ok(accounts) => accounts,
            Err(trouble) => {
                let mut state = State::new(Vec::new(), surroundings);
                state.house = Some(trouble.into());
                return state.report();
            }
        };
        let mut state = State::new(accounts.list.clone(), surroundings);
        // A store that is not there is not made by looking at it.
        let store = Some(setup.folder.store()).filter(|store| store.exists());
        let store = store
            .filter(|_| !accounts.list.is_empty())
            .map(|file| unlock::place(file, accounts.install));
        match unlock::cabinet(
            setup.keyring.as_ref(),
            setup.shelf.as_ref(),
            store,
            Purpose::Look,
        )
        .await
        {
            Ok(Some(cabinet)) => {
                for account in &accounts.list {
                    let series = cabinet.meetings(&account.id);
                    state.absorb(&account.id, setup.servers.stored(series).await);
                }
                cabinet.close().await;
            }
            Ok(None) => {
                let nothing = Feed {
                    course: Course::Stored,
                    ..Feed::waiting()
                };
                for account in &accounts.list {
                    state.absorb(&account.id, nothing.clone());
                }
            }
            Err(trouble) => state.house = Some(trouble),
        }
        state.report()
    }
}
