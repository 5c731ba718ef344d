//! A passphrase in the place of a keyring, where there is none (SR-09).

use std::sync::Arc;

use vault::{
    keyring::KeyRing,
    passphrase::{Entered, NotChosen, NotOpened, StandIn},
    sensitive::Sensitive,
};

use super::{
    command::{Command, Reply},
    driver::Driver,
    event::Event,
    handle::Session,
    setup::Setup,
};
use crate::{
    problem::{PassphraseTrouble, Trouble},
    view::{BannerAction, PassphraseView, Problem},
};

/// What the user wants of the passphrase.
pub(super) enum Wish {
    /// To keep passwords and keys under this one from now on.
    Choose(Sensitive<String>),
    /// To open what is kept under it.
    Enter(Sensitive<String>),
    /// To do without, and without what is kept under it.
    Forget,
}

impl Setup {
    /// Whether passwords and keys are under a passphrase that was not entered
    /// yet.
    pub fn waits_for_passphrase(&self) -> bool {
        self.keyring.stand_in().is_some_and(StandIn::is_closed)
    }

    /// Keeps passwords and keys under a passphrase from now on.
    pub async fn choose_passphrase(&self, typed: String) -> Result<(), Trouble> {
        fulfil(self.keyring.as_ref(), Wish::Choose(Sensitive::new(typed))).await
    }

    /// Opens what is kept under the passphrase.
    pub async fn enter_passphrase(&self, typed: String) -> Result<(), Trouble> {
        fulfil(self.keyring.as_ref(), Wish::Enter(Sensitive::new(typed))).await
    }

    /// Removes what is kept under a passphrase, unseen.
    pub async fn forget_passphrase(&self) -> Result<(), Trouble> {
        fulfil(self.keyring.as_ref(), Wish::Forget).await
    }
}

impl Session {
    /// Keeps passwords and keys under a passphrase from now on. Only where
    /// there is no keyring.
    pub async fn choose_passphrase(&self, typed: String) -> Result<(), Problem> {
        self.wish(Wish::Choose(Sensitive::new(typed))).await
    }

    /// Opens what is kept under the passphrase; the store and the accounts
    /// follow, as when a keyring is unlocked.
    pub async fn enter_passphrase(&self, typed: String) -> Result<(), Problem> {
        self.wish(Wish::Enter(Sensitive::new(typed))).await
    }

    /// Does without the passphrase, and without what is kept under it.
    pub async fn forget_passphrase(&self) -> Result<(), Problem> {
        self.wish(Wish::Forget).await
    }

    /// What the banner offers to do about a passphrase.
    pub fn passphrase_wanted(&self) -> Option<PassphraseView> {
        let action = self.agenda.borrow().banner.as_ref()?.action?;
        match action {
            BannerAction::Protect => Some(PassphraseView::Choose),
            BannerAction::Passphrase => Some(PassphraseView::Enter),
            BannerAction::SignIn | BannerAction::Retry => None,
        }
    }

    async fn wish(&self, wish: Wish) -> Result<(), Problem> {
        self.ask(|reply| Command::Passphrase { wish, reply }).await
    }
}

impl Driver {
    /// Takes a second of the processor's; comes back as
    /// [`Event::PassphraseDone`].
    pub(super) fn passphrase(&self, wish: Wish, reply: Reply<()>) {
        let (keyring, events) = (Arc::clone(&self.setup.keyring), self.events.clone());
        tokio::spawn(async move {
            let outcome = fulfil(keyring.as_ref(), wish).await;
            let _ended = events.send(Event::PassphraseDone { outcome, reply }).await;
        });
    }

    /// The keyring may say more than before.
    pub(super) fn passphrase_done(&mut self, outcome: Result<(), Trouble>, reply: Reply<()>) {
        if outcome.is_ok() {
            self.unlock();
        }
        self.answer(reply, outcome);
    }
}

async fn fulfil(keyring: &dyn KeyRing, wish: Wish) -> Result<(), Trouble> {
    let done = match (keyring.stand_in(), wish) {
        (None, _) => Err(PassphraseTrouble::NotNeeded),
        (Some(file), Wish::Choose(typed)) => file.choose(typed).await.map_err(not_chosen),
        (Some(file), Wish::Enter(typed)) => match file.enter(typed).await {
            Ok(Entered::Opened) => Ok(()),
            Ok(Entered::Moved) => {
                tracing::info!("passwords and keys have moved to the keyring");
                Ok(())
            }
            Err(error) => Err(not_opened(&error)),
        },
        (Some(file), Wish::Forget) => file.forget().await.map_err(|error| not_opened(&error)),
    };
    done.map_err(Trouble::Passphrase)
}

fn not_chosen(error: NotChosen) -> PassphraseTrouble {
    match error {
        NotChosen::TooShort => PassphraseTrouble::TooShort,
        NotChosen::KeyRing => PassphraseTrouble::NotNeeded,
        NotChosen::Taken => PassphraseTrouble::Taken,
        NotChosen::NotMade(error) => not_opened(&error),
    }
}

fn not_opened(error: &NotOpened) -> PassphraseTrouble {
    match error {
        NotOpened::Missing => PassphraseTrouble::Missing,
        NotOpened::WrongPassphrase => PassphraseTrouble::Wrong,
        NotOpened::Damaged | NotOpened::Cost | NotOpened::Full => {
            tracing::warn!(%error, "the file under the passphrase is of no use");
            PassphraseTrouble::Damaged
        }
        NotOpened::Newer => PassphraseTrouble::Newer,
        NotOpened::Memory => PassphraseTrouble::Memory,
        NotOpened::Disk(reason) => {
            tracing::warn!(reason, "the file under the passphrase cannot be used");
            PassphraseTrouble::Disk
        }
    }
}
