//! `account add`, `account list`, `account remove`.

use std::sync::Arc;

use desktop::{Session, account::SignIn, session::Setup, view::AccountForm};

use crate::{
    arguments::{AccountCommand, AddArguments},
    exit::Failure,
    password, print,
    shell::TerminalShell,
    text::plain,
};

pub(crate) async fn run(command: AccountCommand, setup: Setup) -> Result<(), Failure> {
    match command {
        AccountCommand::Add(arguments) => add(arguments, setup).await,
        AccountCommand::List => list(&setup),
        AccountCommand::Remove { id } => remove(&id, setup).await,
    }
}

async fn add(arguments: AddArguments, setup: Setup) -> Result<(), Failure> {
    let session = Session::start(setup, Arc::new(TerminalShell));
    let surroundings = Arc::clone(&session.report().borrow().surroundings);
    let words = &surroundings.words;
    let ca_file = arguments
        .ca_file
        .map(|path| path.display().to_string())
        .unwrap_or_default();
    let server = if let Some(server) = arguments.server {
        server
    } else {
        let found = session.find_server(&arguments.user, &ca_file).await?;
        let said = words.with("server-found", [("server", found.as_str().into())]);
        print(&format!("{}\n", plain(&said)))?;
        found
    };
    let prompt = words.with("password-of", [("user", arguments.user.as_str().into())]);
    let password = password::ask(&plain(&prompt), arguments.password_stdin)
        .map_err(|error| Failure::other(format!("The password cannot be read: {error}.")))?;
    // A sign-in without one fails, and may count towards a locked account.
    if password.is_empty() {
        return Err(Failure::other(words.text("problem-no-password")));
    }
    let form = AccountForm {
        server,
        user: arguments.user,
        password,
        ca_file,
        sign_in: if arguments.allow_basic {
            SignIn::NtlmOrBasic
        } else {
            SignIn::Ntlm
        },
    };
    let outcome = session.add_account(form).await;
    session.stop().await;
    let account = outcome?;
    let said = words.with(
        "account-added",
        [("user", account.user.into()), ("host", account.host.into())],
    );
    print(&format!("{}\n", plain(&said)))
}

fn list(setup: &Setup) -> Result<(), Failure> {
    let accounts = setup
        .folder
        .accounts()
        .map_err(|e| Failure::other(e.to_string()))?;
    let lines = accounts.list.iter().map(|account| {
        format!(
            "{}  {}  {}\n",
            account.id,
            plain(&account.user),
            account.server
        )
    });
    print(&lines.collect::<String>())
}

async fn remove(id: &str, setup: Setup) -> Result<(), Failure> {
    let session = Session::start(setup, Arc::new(TerminalShell));
    let account = session
        .accounts()
        .borrow()
        .iter()
        .find(|account| account.id == id)
        .cloned();
    let outcome = session.remove_account(id).await;
    let surroundings = Arc::clone(&session.report().borrow().surroundings);
    session.stop().await;
    outcome?;
    let Some(account) = account else {
        return Ok(());
    };
    let said = surroundings.words.with(
        "account-removed",
        [("user", account.user.into()), ("host", account.host.into())],
    );
    print(&format!("{}\n", plain(&said)))
}
