//! What the windows, the tray and the terminal ask for.

use std::{fs, path::PathBuf, sync::Arc};

use engine::exchange::NotFound;
use url::Url;
use vault::{keyring::KeyRing, opening::Purpose};

use super::{
    command::{Command, Reply},
    driver::Driver,
    event::{Event, NewAccount},
    secret::{self, Secret},
    servers::{Search, SearchAs, Servers},
    unlock,
};
use crate::{
    Shell,
    account::{Account, AccountId, Found, FoundBy, SignIn, Source, Way, endpoint},
    accounts::Accounts,
    problem::{Seat, Trouble},
    reminders::{Answered, Input, ReminderId},
    view::{AccountForm, AccountView},
    words::Words,
};

impl Driver {
    /// Does what was asked, or begins it.
    pub(super) fn command(&mut self, command: Command) {
        match command {
            Command::Join {
                meeting,
                index,
                host,
                press,
                reply,
            } => {
                let outcome = self.join(&meeting, index, &host, press);
                self.answer(reply, outcome);
            }
            Command::CopyLink {
                meeting,
                index,
                host,
                reply,
            } => {
                let outcome = self.copy_link(&meeting, index, &host);
                self.answer(reply, outcome);
            }
            Command::OpenWeb { meeting, reply } => {
                let outcome = self.open_web(&meeting);
                self.answer(reply, outcome);
            }
            Command::RunningLate { meeting, reply } => {
                let outcome = self.running_late(&meeting);
                self.answer(reply, outcome);
            }
            Command::Snooze {
                reminder,
                choice,
                reply,
            } => {
                let outcome = self.reminder(Input::Snooze(ReminderId(reminder), choice));
                self.answer(reply, outcome);
            }
            Command::Dismiss { reminder, reply } => {
                let outcome = self.reminder(Input::Dismiss(ReminderId(reminder)));
                self.answer(reply, outcome);
            }
            Command::OpenMeeting { meeting, reply } => {
                let outcome = self.open_meeting(meeting);
                self.answer(reply, outcome);
            }
            Command::ShowMeeting { meeting, reply } => {
                self.state.looking.want(meeting);
                self.answer(reply, Ok(()));
            }
            Command::ShowRing { reply } => {
                let outcome = self.show_ring();
                self.answer(reply, outcome);
            }
            Command::FindServer {
                address,
                ca_file,
                reply,
            } => self.find_server(address, &ca_file, reply),
            Command::AddAccount {
                form,
                search,
                reply,
                ..
            } if search.is_some() || form.server.trim().is_empty() => {
                self.seek_server(form, search, reply);
            }
            Command::AddAccount {
                form,
                secret,
                reply,
                ..
            } => self.add_account(form, secret, reply),
            Command::Browse { form, reply } => self.browse(form, reply),
            Command::RemoveAccount { id, reply } => self.remove_account(&id, reply),
            Command::AskForCode { form, reply } => self.ask_for_code(&form, reply),
            Command::AddDevice { code, reply } => self.add_device(code, reply),
            Command::Passphrase { wish, reply } => self.passphrase(wish, reply),
            Command::Preference(preference) => self.preference(preference),
            Command::Refresh => self.refresh(),
            Command::Schedule(command) => self.schedule_command(command),
            Command::Stop { reply } => self.stopping = Some(reply),
        }
    }

    pub(super) fn answer<T>(&self, reply: Reply<T>, outcome: Result<T, Trouble>) {
        let words = &self.state.surroundings.words;
        // Whoever asked may have gone away meanwhile.
        let _gone = reply.send(outcome.map_err(|trouble| trouble.problem(words)));
    }

    fn reminder(&mut self, input: Input) -> Result<(), Trouble> {
        match self.state.reminders.handle(input, self.setup.clock.now()) {
            Answered::Found => Ok(()),
            Answered::Gone => Err(Trouble::ReminderGone),
        }
    }

    /// Brings what waits into the ring window. Where nothing does there is no
    /// window: an empty one would stand on top of everything.
    fn show_ring(&mut self) -> Result<(), Trouble> {
        self.reminder(Input::Show)?;
        if !self.draw_ring() {
            return Err(Trouble::NothingRings);
        }
        self.shell.show_ring();
        Ok(())
    }

    fn refresh(&mut self) {
        for engine in self.engines.values() {
            engine.refresh();
        }
        self.unlock();
    }

    /// Asks the network, which takes time; comes back as
    /// [`Event::ServerFound`].
    fn find_server(&self, address: String, ca_file: &str, reply: Reply<Result<Url, NotFound>>) {
        let ca_file = match ca_file_of(ca_file) {
            Ok(ca_file) => ca_file,
            Err(trouble) => return self.answer(reply, Err(trouble)),
        };
        let (servers, events) = (Arc::clone(&self.setup.servers), self.events.clone());
        tokio::spawn(async move {
            let search = Search {
                address,
                ca_file,
                confirmed: Vec::new(),
            };
            let outcome = servers.find(&search, None).await;
            let _ended = events.send(Event::ServerFound { outcome, reply }).await;
        });
    }

    /// What the network said about an address.
    pub(super) fn server_found(
        &self,
        outcome: Result<Url, NotFound>,
        reply: Reply<Result<Url, NotFound>>,
    ) {
        self.answer(reply, Ok(outcome));
    }

    /// Searches for the server of a new account, signed in if need be; comes
    /// back as [`Event::Sought`].
    fn seek_server(
        &self,
        mut form: AccountForm,
        search: Option<Search>,
        reply: Reply<AccountView>,
    ) {
        let ca_file = match ca_file_of(&form.ca_file) {
            Ok(ca_file) => ca_file,
            Err(trouble) => return self.answer(reply, Err(trouble)),
        };
        let mut search = search.unwrap_or_else(|| Search {
            address: form.user.clone(),
            ..Search::default()
        });
        search.ca_file = ca_file;
        form.found = Some(FoundBy {
            address: search.address.clone(),
            trusted: search.confirmed.clone(),
        });
        let secret = match form.sign_in.way() {
            Way::Password => Secret::password(form.password.clone()),
            Way::Ticket => Secret::Ticket,
            // Its tokens are for one server, which has to be known.
            Way::Browser => return self.answer(reply, Err(Trouble::ServerUnnamed)),
        };
        let sign_in = SearchAs {
            user: form.user.trim().to_owned(),
            secret: secret.clone(),
            sign_in: form.sign_in.clone(),
        };
        let (servers, events) = (Arc::clone(&self.setup.servers), self.events.clone());
        tokio::spawn(async move {
            let outcome = servers.find(&search, Some(&sign_in)).await;
            let sought = Event::Sought {
                form,
                secret,
                outcome,
                reply,
            };
            let _ended = events.send(sought).await;
        });
    }

    /// What the network said about the server of a new account.
    pub(super) fn sought(
        &mut self,
        mut form: AccountForm,
        secret: Secret,
        outcome: Result<Url, NotFound>,
        reply: Reply<AccountView>,
    ) {
        match outcome {
            Ok(server) => {
                form.server = server.to_string();
                self.add_account(form, Some(secret), reply);
            }
            Err(not_found) => self.answer(reply, Err(Trouble::NotFound(not_found))),
        }
    }

    /// Signs in in the browser where that is the account's way, asks the
    /// server, then keeps what proves the account; all of it takes time and
    /// comes back as [`Event::Probed`].
    fn add_account(
        &mut self,
        form: AccountForm,
        secret: Option<Secret>,
        reply: Reply<AccountView>,
    ) {
        let account = match self.account_of(&form) {
            Ok(account) => account,
            Err(trouble) => return self.answer(reply, Err(trouble)),
        };
        let keyring = Arc::clone(&self.setup.keyring);
        let shell = Arc::clone(&self.shell);
        let (servers, events) = (Arc::clone(&self.setup.servers), self.events.clone());
        tokio::spawn(async move {
            let proven = match secret {
                Some(secret) => Ok((account, secret)),
                None => proven(account, form.password, &keyring, shell.as_ref()).await,
            };
            let outcome = match proven {
                Ok((account, secret)) => {
                    let_in(servers.as_ref(), keyring.as_ref(), account, secret).await
                }
                Err(trouble) => Err(trouble),
            };
            let _ended = events.send(Event::Probed { outcome, reply }).await;
        });
    }

    /// Signs in in the browser, and keeps nothing yet.
    fn browse(&self, mut form: AccountForm, reply: Reply<(AccountForm, Secret)>) {
        let account = match self.account_of(&form) {
            Ok(account) => account,
            Err(trouble) => return self.answer(reply, Err(trouble)),
        };
        let keyring = Arc::clone(&self.setup.keyring);
        let shell = Arc::clone(&self.shell);
        let words = Words::new(self.state.surroundings.words.language());
        tokio::spawn(async move {
            let proven = proven(account, String::new(), &keyring, shell.as_ref()).await;
            let outcome = proven.map(|(account, secret)| {
                form.sign_in = account.sign_in;
                (form, secret)
            });
            let _gone = reply.send(outcome.map_err(|trouble| trouble.problem(&words)));
        });
    }

    fn account_of(&self, form: &AccountForm) -> Result<Account, Trouble> {
        let server = endpoint(&form.server).ok_or_else(|| Trouble::Address {
            written: form.server.clone(),
        })?;
        let user = form.user.trim().to_owned();
        let ca_file = ca_file_of(&form.ca_file)?;
        let list = &self.list()?.list;
        let known = list.iter().find(|account| account.is_of(&server, &user));
        let found = match form.found.clone() {
            Some(by) => Some(Found {
                by,
                asked: self.setup.clock.now(),
            }),
            None => known.and_then(|account| account.found.clone()),
        };
        Ok(Account {
            id: self.id_of(&server, &user)?,
            source: Source::Exchange,
            server,
            user,
            ca_file,
            sign_in: form.sign_in.clone(),
            found,
        })
    }

    /// The name of an account that is set up: a known one's, when it is that.
    pub(super) fn id_of(&self, server: &Url, user: &str) -> Result<AccountId, Trouble> {
        let list = &self.list()?.list;
        let known = list.iter().find(|account| account.is_of(server, user));
        Ok(known.map_or_else(Accounts::new_id, |account| account.id.clone()))
    }

    /// The accounts on disk; the trouble with them where they cannot be read,
    /// because then they must not be written over.
    fn list(&self) -> Result<&Accounts, Trouble> {
        let unreadable = || self.state.house.clone().unwrap_or(Trouble::AccountGone);
        self.accounts.as_ref().ok_or_else(unreadable)
    }

    /// The server has let the account in and what proves it is kept: the list
    /// is written, and the account counts from then on.
    pub(super) fn probed(
        &mut self,
        outcome: Result<NewAccount, Trouble>,
        reply: Reply<AccountView>,
    ) {
        let NewAccount { account, secret } = match outcome {
            Ok(new) => new,
            Err(trouble) => return self.answer(reply, Err(trouble)),
        };
        self.asked = None;
        let signed_in_again = self
            .state
            .accounts
            .iter()
            .any(|known| known.id == account.id);
        if let Err(trouble) = self.keep(&account) {
            if !signed_in_again {
                self.forget_password(&account.id);
            }
            return self.answer(reply, Err(trouble));
        }
        if let Some(engine) = self.engines.remove(&account.id) {
            tokio::spawn(async move { engine.stop().await });
        }
        self.state.put(account.clone());
        let view = self.state.account_view(&account.id, self.setup.clock.now());
        self.answer(reply, view.ok_or(Trouble::AccountGone));
        if self.cabinet.is_none() && self.may_store() {
            // The store opens with the first account; its engine begins then.
            self.unlock();
        } else {
            self.start_engine(&account, &secret);
        }
    }

    pub(super) fn keep(&mut self, account: &Account) -> Result<(), Trouble> {
        let mut accounts = self.list_on_disk()?;
        match accounts
            .list
            .iter_mut()
            .find(|known| known.id == account.id)
        {
            Some(known) => known.clone_from(account),
            None => accounts.list.push(account.clone()),
        }
        self.write(accounts)
    }

    /// The list as it is on disk now: the terminal may have added to it while
    /// the desktop program runs.
    pub(super) fn list_on_disk(&self) -> Result<Accounts, Trouble> {
        let install = self.list()?.install;
        let mut accounts = self.setup.folder.accounts()?;
        if accounts.list.is_empty() {
            // Without a file the name of this installation is in memory only.
            accounts.install = install;
        }
        Ok(accounts)
    }

    fn write(&mut self, list: Accounts) -> Result<(), Trouble> {
        self.setup.folder.save_accounts(&list)?;
        self.accounts = Some(list);
        Ok(())
    }

    fn forget_password(&self, id: &AccountId) {
        let keyring = Arc::clone(&self.setup.keyring);
        let name = unlock::secret_name(id);
        tokio::spawn(async move {
            if let Err(error) = keyring.delete(&name).await {
                tracing::warn!(%error, "a password is left in the keyring");
            }
        });
    }

    fn remove_account(&mut self, id: &str, reply: Reply<()>) {
        let mut list = match self.list_on_disk() {
            Ok(list) if list.find(id).is_some() => list,
            Ok(_) => return self.answer(reply, Err(Trouble::AccountGone)),
            Err(trouble) => return self.answer(reply, Err(trouble)),
        };
        let id = AccountId(id.into());
        list.list.retain(|account| account.id != id);
        if let Err(trouble) = self.write(list) {
            return self.answer(reply, Err(trouble));
        }
        let engine = self.engines.remove(&id);
        let courier = self.post.leave(&id);
        self.state.remove(&id);
        self.plan();
        let cabinet = self.cabinet.clone();
        let store = self
            .accounts
            .as_ref()
            .filter(|_| self.may_store())
            .map(|accounts| unlock::place(self.setup.folder.store(), accounts.install));
        let shelf = Arc::clone(&self.setup.shelf);
        let keyring = Arc::clone(&self.setup.keyring);
        let language = self.state.surroundings.words.language();
        tokio::spawn(async move {
            if let Some(engine) = engine {
                engine.stop().await;
            }
            if let Some(courier) = courier {
                courier.stop().await;
            }
            let cabinet = match cabinet {
                None => {
                    unlock::cabinet(keyring.as_ref(), shelf.as_ref(), store, Purpose::Keep).await
                }
                open => Ok(open),
            };
            if let Ok(Some(cabinet)) = cabinet {
                for series in [cabinet.meetings(&id), cabinet.outbox(&id)] {
                    if let Err(error) = series.forget().await {
                        tracing::warn!(%error, "a removed account is left in the store");
                    }
                }
            }
            let outcome = keyring
                .delete(&unlock::secret_name(&id))
                .await
                .map_err(|error| {
                    Trouble::Keyring(unlock::keyring_trouble(&error)).problem(&Words::new(language))
                });
            let _gone = reply.send(outcome);
        });
    }
}

/// The account with what proves it: the password that was typed, the
/// computer's ticket, or what the browser brings.
async fn proven(
    account: Account,
    typed: String,
    keyring: &Arc<dyn KeyRing>,
    shell: &dyn Shell,
) -> Result<(Account, Secret), Trouble> {
    let account = secret::with_authority(account).await?;
    let proof = match &account.sign_in {
        SignIn::Ntlm | SignIn::NtlmOrBasic => Secret::password(typed),
        SignIn::Kerberos => Secret::Ticket,
        SignIn::OAuth(registered) => {
            let open = |address: &Url| shell.open(address);
            Secret::by_browser(&account, registered, keyring, open).await?
        }
    };
    Ok((account, proof))
}

/// Asks the server, and keeps what proves the account when it lets the user
/// in.
pub(super) async fn let_in(
    servers: &dyn Servers,
    keyring: &dyn KeyRing,
    account: Account,
    secret: Secret,
) -> Result<NewAccount, Trouble> {
    let refused = |trouble| Trouble::Server(Seat::from(&account), trouble);
    servers.probe(&account, &secret).await.map_err(refused)?;
    let kept = secret.keep(keyring, &account.id).await;
    kept.map_err(|error| Trouble::Keyring(unlock::keyring_trouble(&error)))?;
    Ok(NewAccount { account, secret })
}

/// The CA file that a form names, if it names one.
pub(super) fn ca_file_of(written: &str) -> Result<Option<PathBuf>, Trouble> {
    let written = written.trim();
    (!written.is_empty())
        .then(|| authority(written))
        .transpose()
}

/// The file with the own authority, by a path that holds in the next run's
/// folder as well.
fn authority(written: &str) -> Result<PathBuf, Trouble> {
    let path = PathBuf::from(written);
    let trouble = || Trouble::CaFile { path: path.clone() };
    let text = fs::read_to_string(&path).map_err(|_| trouble())?;
    if !text.contains("-----BEGIN CERTIFICATE-----") {
        return Err(trouble());
    }
    path.canonicalize().map_err(|_| trouble())
}
