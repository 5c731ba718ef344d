//! `account add`, `account list`, `account remove`.

use std::sync::Arc;

use desktop::{
    Session,
    account::{FoundBy, Registered, SignIn, Way},
    problem::Trouble,
    session::{NotFound, Search, Servers, Setup},
    view::{AccountForm, ProblemCode, ServiceForm},
    words::Words,
};
use url::Url;

use crate::{
    arguments::{AccountCommand, AddArguments},
    code,
    exit::Failure,
    password, print,
    shell::{BrowserShell, TerminalShell},
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
    let servers = Arc::clone(&setup.servers);
    let session = Session::start(setup, Arc::new(BrowserShell));
    let outcome = add_to(&session, servers.as_ref(), arguments).await;
    session.stop().await;
    print(&format!("{}\n", plain(&outcome?)))
}

/// Sets the account up; gives the sentence that says so.
async fn add_to(
    session: &Session,
    servers: &dyn Servers,
    arguments: AddArguments,
) -> Result<String, Failure> {
    let surroundings = Arc::clone(&session.report().borrow().surroundings);
    let words = &surroundings.words;
    if let (Some(service), Some(address)) = (&arguments.service, &arguments.email) {
        let ca_file = arguments.ca_file.as_ref();
        let form = ServiceForm {
            service: service.clone(),
            address: address.trim().to_owned(),
            ca_file: ca_file.map_or_else(String::new, |path| path.display().to_string()),
        };
        return enrol(session, form, words).await;
    }
    let email = arguments.email.or_else(|| arguments.user.clone());
    let address = email.unwrap_or_default();
    let search = Search {
        address: address.clone(),
        ca_file: arguments.ca_file.clone(),
        confirmed: arguments.trust,
    };
    let (server, found_by) = if let Some(server) = arguments.server {
        (Some(server), None)
    } else {
        let by = FoundBy {
            address: search.address.clone(),
            trusted: search.confirmed.clone(),
        };
        let server = found(servers.find(&search, None).await, words)?;
        (server, Some(by))
    };
    let user = arguments.user.unwrap_or(address);
    let sign_in = if let Some(client) = arguments.oauth {
        SignIn::OAuth(Registered {
            client,
            authority: arguments.authority.unwrap_or_default(),
        })
    } else if arguments.kerberos {
        SignIn::Kerberos
    } else if arguments.allow_basic {
        SignIn::NtlmOrBasic
    } else {
        SignIn::Ntlm
    };
    let password = match sign_in.way() {
        Way::Password => {
            let prompt = words.with("password-of", [("user", user.as_str().into())]);
            let password = password::ask(&plain(&prompt), arguments.password_stdin)?;
            // A sign-in without one fails, and may count towards a locked
            // account.
            if password.is_empty() {
                return Err(Failure::other(words.text("problem-no-password")));
            }
            password
        }
        Way::Ticket | Way::Browser => String::new(),
    };
    let ca_file = arguments.ca_file.map(|path| path.display().to_string());
    let form = AccountForm {
        server: server.clone().unwrap_or_default(),
        user,
        password,
        ca_file: ca_file.unwrap_or_default(),
        sign_in,
        found: found_by,
    };
    let account = match server {
        Some(_) => session.add_account(form).await?,
        None => session.add_found_account(form, search).await?,
    };
    let named = [("user", account.user.into()), ("host", account.host.into())];
    Ok(words.with("account-added", named))
}

/// Wrong codes after which the command ends; the connector takes no more.
const TRIES: usize = 3;

/// Adds this device at a hybrid service.
async fn enrol(session: &Session, form: ServiceForm, words: &Words) -> Result<String, Failure> {
    let of_user = |key, user: &str| plain(&words.with(key, [("user", user.into())]));
    let user = form.address.clone();
    session.ask_for_code(form).await?;
    print(&format!("{}\n", of_user("code-asked", &user)))?;
    let prompt = of_user("code-of", &user);
    let mut tries = 0;
    let account = loop {
        let code = code::ask(&prompt)
            .map_err(|error| Failure::other(format!("The code cannot be read: {error}.")))?;
        tries += 1;
        match session.add_device(&code).await {
            Ok(account) => break account,
            // A slip of the finger; where nobody types there is no other line.
            Err(problem)
                if problem.code == ProblemCode::Credentials
                    && tries < TRIES
                    && code::is_typed() =>
            {
                eprintln!("{}", plain(&problem.text));
            }
            Err(problem) => return Err(problem.into()),
        }
    };
    let named = [("user", account.user.into()), ("host", account.host.into())];
    Ok(words.with("account-added", named))
}

/// The server that was found without a password, printed before one is asked
/// for; `None` when nobody tells it to strangers.
fn found(outcome: Result<Url, NotFound>, words: &Words) -> Result<Option<String>, Failure> {
    match outcome {
        Ok(server) => {
            let server = server.to_string();
            let said = words.with("server-found", [("server", server.as_str().into())]);
            print(&format!("{}\n", plain(&said)))?;
            Ok(Some(server))
        }
        Err(NotFound::Nobody { .. }) => Ok(None),
        Err(NotFound::Foreign { domain, host }) => {
            let named = [("domain", domain.into()), ("host", host.into())];
            let sentence = words.with("doctor-cause-foreign", named);
            Err(Failure::of(ProblemCode::Server, sentence))
        }
        Err(other) => Err(Trouble::NotFound(other).problem(words).into()),
    }
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
