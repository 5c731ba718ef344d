//! Adding this device at a hybrid service: a code is asked for, the user reads
//! it in the own calendar, and it is proven.

use std::sync::Arc;

use engine::exchange::{BadAddress, NotFound};

use super::{
    Session,
    command::{Command, Reply},
    driver::Driver,
    event::Event,
    requests::{ca_file_of, let_in},
    servers::{Enrolment, EnrolmentFailed},
};
use crate::{
    account::{Account, SignIn, Source, service},
    problem::{Seat, Trouble},
    view::{AccountView, Problem, ServiceForm},
};

/// An account whose code is in its user's calendar.
#[derive(Clone)]
pub(super) struct Asked {
    account: Account,
    enrolment: Arc<dyn Enrolment>,
}

impl Session {
    /// Has a code put into the calendar of the form's address by the
    /// organization's hybrid service. Whether there is such a mailbox is not
    /// told to strangers.
    pub async fn ask_for_code(&self, form: ServiceForm) -> Result<(), Problem> {
        self.ask(|reply| Command::AskForCode { form, reply }).await
    }

    /// Proves the code that was asked for last, and keeps the account with the
    /// key of this device in the keyring. After a wrong code another one can
    /// be tried.
    pub async fn add_device(&self, code: &str) -> Result<AccountView, Problem> {
        let code = code.to_owned();
        self.ask(|reply| Command::AddDevice { code, reply }).await
    }
}

impl Driver {
    /// Asks the network, which takes time; comes back as [`Event::CodeSent`].
    pub(super) fn ask_for_code(&mut self, form: &ServiceForm, reply: Reply<()>) {
        self.asked = None;
        let account = match self.service_account(form) {
            Ok(account) => account,
            Err(trouble) => return self.answer(reply, Err(trouble)),
        };
        let (servers, events) = (Arc::clone(&self.setup.servers), self.events.clone());
        tokio::spawn(async move {
            let outcome = match servers.enrol(&account).await {
                Ok(enrolment) => Ok(Asked { account, enrolment }),
                Err(not_added) => Err(Trouble::NotAdded(Seat::from(&account), not_added)),
            };
            let _ended = events.send(Event::CodeSent { outcome, reply }).await;
        });
    }

    fn service_account(&self, form: &ServiceForm) -> Result<Account, Trouble> {
        let server = service(&form.service).ok_or_else(|| Trouble::ServiceAddress {
            written: form.service.clone(),
        })?;
        let user = form.address.trim().to_owned();
        let is_address = user
            .split_once('@')
            .is_some_and(|(name, domain)| !name.is_empty() && !domain.is_empty());
        if !is_address {
            return Err(Trouble::NotFound(NotFound::Address(BadAddress)));
        }
        Ok(Account {
            id: self.id_of(&server, &user)?,
            source: Source::Service,
            server,
            user,
            ca_file: ca_file_of(&form.ca_file)?,
            sign_in: SignIn::default(),
            found: None,
        })
    }

    pub(super) fn code_sent(&mut self, outcome: Result<Asked, Trouble>, reply: Reply<()>) {
        let answer = outcome.map(|asked| self.asked = Some(asked));
        self.answer(reply, answer);
    }

    /// Proves the code, then keeps the device's key; both take time and come
    /// back as [`Event::Probed`].
    pub(super) fn add_device(&self, code: String, reply: Reply<AccountView>) {
        let Some(Asked { account, enrolment }) = self.asked.clone() else {
            return self.answer(reply, Err(Trouble::NoCode));
        };
        let keyring = Arc::clone(&self.setup.keyring);
        let (servers, events) = (Arc::clone(&self.setup.servers), self.events.clone());
        tokio::spawn(async move {
            let outcome = match enrolment.prove(&code).await {
                Ok(device) => let_in(servers.as_ref(), keyring.as_ref(), account, device).await,
                Err(EnrolmentFailed::Malformed) => Err(Trouble::NoCode),
                Err(EnrolmentFailed::NotAdded(why)) => {
                    Err(Trouble::NotAdded(Seat::from(&account), why))
                }
            };
            let _ended = events.send(Event::Probed { outcome, reply }).await;
        });
    }
}
