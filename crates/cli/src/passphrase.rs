//! The passphrase in the place of a keyring: chosen, entered before a command
//! that needs passwords or the stored list, and forgotten.

use std::io::{self, IsTerminal as _};

use desktop::{
    screen::Surroundings,
    session::Setup,
    view::{Problem, ProblemCode},
};

use crate::{
    arguments::{AccountCommand, Command, PassphraseCommand},
    exit::Failure,
    password, print,
    text::plain,
};

/// Wrong passphrases after which a command ends where somebody types.
const TRIES: usize = 3;

pub(crate) async fn run(
    command: &PassphraseCommand,
    setup: &Setup,
    from_stdin: bool,
) -> Result<(), Failure> {
    let surroundings = surroundings(setup);
    let words = &surroundings.words;
    let (outcome, done) = match command {
        PassphraseCommand::Choose => {
            let typed = password::ask(&plain(&words.text("passphrase")), from_stdin)?;
            if is_typed(from_stdin) {
                let again = password::ask(&plain(&words.text("passphrase-again")), from_stdin)?;
                if again != typed {
                    let sentence = words.text("problem-passphrase-twice");
                    return Err(Failure::of(ProblemCode::Passphrase, sentence));
                }
            }
            (setup.choose_passphrase(typed).await, "passphrase-kept")
        }
        PassphraseCommand::Forget => (setup.forget_passphrase().await, "passphrase-forgotten"),
    };
    outcome.map_err(|trouble| Failure::from(trouble.problem(words)))?;
    print(&format!("{}\n", plain(&words.text(done))))
}

/// Asks for the passphrase where the command needs what it closes. Where
/// nobody types and nothing was said of standard input, the command meets it
/// closed and says so.
pub(crate) async fn enter(
    command: &Command,
    setup: &Setup,
    from_stdin: bool,
) -> Result<(), Failure> {
    if !needs_secrets(command) || !setup.waits_for_passphrase() {
        return Ok(());
    }
    if !from_stdin && !io::stdin().is_terminal() {
        return Ok(());
    }
    let surroundings = surroundings(setup);
    let words = &surroundings.words;
    let mut tries = 0;
    loop {
        let typed = password::ask(&plain(&words.text("passphrase")), from_stdin)?;
        tries += 1;
        let Err(trouble) = setup.enter_passphrase(typed).await else {
            return Ok(());
        };
        let problem: Problem = trouble.problem(words);
        if tries == TRIES || !is_typed(from_stdin) || !trouble.is_a_slip() {
            return Err(problem.into());
        }
        eprintln!("{}", plain(&problem.text));
    }
}

/// A command that shows nothing of what is kept asks nobody.
fn needs_secrets(command: &Command) -> bool {
    !matches!(
        command,
        Command::Account(AccountCommand::List) | Command::Passphrase(_)
    )
}

fn is_typed(from_stdin: bool) -> bool {
    !from_stdin && io::stdin().is_terminal()
}

fn surroundings(setup: &Setup) -> Surroundings {
    let (settings, _) = setup.folder.settings();
    Surroundings::new(settings, &setup.locale, (setup.zone)())
}
