//! The user's session in a terminal (docs/cli.md).

#![cfg_attr(
    not(test),
    warn(
        clippy::string_slice,
        clippy::panic,
        reason = "what a panic says must hold no word of a meeting (SR-65)"
    )
)]

mod account;
mod arguments;
mod changes;
mod code;
mod contract;
mod doctor;
mod enrich;
mod exit;
mod list;
mod meet;
mod passphrase;
mod password;
mod shell;
mod text;
mod watch;

mod join;
#[cfg(test)]
mod tests;

use std::{
    io::{self, Write},
    process::ExitCode,
};

use clap::Parser;
use desktop::{
    folder::DataFolder,
    session::{Face, Setup},
};
use tracing_subscriber::{
    filter::filter_fn, layer::SubscriberExt as _, util::SubscriberInitExt as _,
};

use crate::{
    arguments::{Arguments, Command},
    exit::Failure,
};

/// An agenda is a hundred thousand small pieces of memory.
#[cfg(target_os = "linux")]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    // Before the first secret is read. Where the system refuses, the program
    // can go on.
    let _refused = desktop::hardening::forbid_dumps();
    Setup::call_ahead();
    let filter = tracing_subscriber::EnvFilter::try_from_env("JOINBELL_LOG");
    tracing_subscriber::fmt()
        .with_writer(io::stderr)
        .with_env_filter(filter.unwrap_or_else(|_| "off".into()))
        .finish()
        // Its spans hold user names and NTLM messages.
        .with(filter_fn(|about| !about.target().starts_with("sspi")))
        .init();
    let runtime = match tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => {
            return fail(&Failure::other(format!(
                "The program cannot start: {error}."
            )));
        }
    };
    let outcome = runtime.block_on(run(arguments));
    // A keyring that hangs must not keep the program.
    runtime.shutdown_background();
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => fail(&failure),
    }
}

fn fail(failure: &Failure) -> ExitCode {
    eprintln!("joinbell-cli: {}", text::plain(&failure.sentence));
    failure.exit_code()
}

async fn run(arguments: Arguments) -> Result<(), Failure> {
    let folder = DataFolder::open(arguments.data_dir)
        .map_err(|trouble| Failure::other(trouble.to_string()))?;
    let face = match arguments.command {
        Command::Watch(_) => Face::Onlooker,
        _ => Face::Terminal,
    };
    let setup = Setup::system(folder, face);
    passphrase::enter(&arguments.command, &setup, arguments.passphrase_stdin).await?;
    match arguments.command {
        Command::Passphrase(command) => {
            passphrase::run(&command, &setup, arguments.passphrase_stdin).await
        }
        Command::Account(command) => account::run(command, setup).await,
        Command::Agenda(arguments) => list::agenda(&arguments, setup).await,
        Command::Next(arguments) => list::next(&arguments, setup).await,
        Command::Watch(arguments) => watch::run(arguments.output, setup).await,
        Command::Doctor(arguments) => doctor::run(arguments, &setup).await,
        Command::Join(arguments) => join::run(arguments, setup).await,
        Command::Enrich(arguments) => enrich::run(&arguments, setup).await,
        Command::Availability(arguments) => meet::availability(&arguments, &setup).await,
        Command::Schedule(arguments) => meet::schedule(arguments, &setup).await,
    }
}

/// Whether somebody reads what is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reader {
    There,
    Gone,
}

/// Prints to standard output. A reader that has gone away (`| head`) has
/// seen what it wanted.
fn print(text: &str) -> Result<(), Failure> {
    write(text).map(drop)
}

/// Prints to standard output, and says whether somebody reads it.
fn write(text: &str) -> Result<Reader, Failure> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Ok(()) => Ok(Reader::There),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(Reader::Gone),
        Err(error) => Err(Failure::other(format!(
            "Standard output cannot be written: {error}."
        ))),
    }
}
