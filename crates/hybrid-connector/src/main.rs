//! `joinbell-hybrid-connector`: beside Exchange, for all mailboxes of a list.

use std::{path::PathBuf, process::ExitCode, sync::Arc};

use clap::{Parser, Subcommand};
use engine::SystemClock;
use hybrid_connector::{Connector, StartError, config, identity::Identity};

/// Watches mailboxes beside Exchange and seals what it finds.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// The TOML file.
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    /// Read the configuration, ask the Exchange server, say whether that works, and end.
    #[arg(long)]
    check: bool,
    #[command(subcommand)]
    deed: Option<Deed>,
}

#[derive(Subcommand)]
enum Deed {
    /// Make the connector's keys where they are absent; prints the public ones.
    Keys {
        /// The file with the keys.
        #[arg(long, value_name = "FILE")]
        identity: PathBuf,
    },
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    tracing_subscriber::fmt()
        .json()
        .with_writer(std::io::stderr)
        .with_env_filter(
            tracing_subscriber::EnvFilter::try_from_env("JOINBELL_LOG")
                .unwrap_or_else(|_| "info".into()),
        )
        .init();
    // A core file of the connector would hold the account's password.
    let _forbidden = vault::hardening::forbid_dumps();
    let done = tokio::runtime::Runtime::new()
        .map_err(|error| error.to_string())
        .and_then(|runtime| {
            let run = run(&arguments);
            runtime.block_on(run).map_err(|error| error.to_string())
        });
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("joinbell-hybrid-connector: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: &Arguments) -> Result<(), StartError> {
    if let Some(Deed::Keys { identity }) = &arguments.deed {
        let public = Identity::read_or_make(identity)?.public();
        // Bytes always have a JSON form.
        println!("{}", serde_json::to_string(&public).unwrap_or_default());
        return Ok(());
    }
    let config = config::load(&arguments.config)?;
    let clock = Arc::new(SystemClock);
    if arguments.check {
        Connector::check(&config, clock).await?;
        println!("joinbell-hybrid-connector: the configuration works");
        return Ok(());
    }
    let connector = Connector::start(&config, clock).await?;
    println!("joinbell-hybrid-connector watches");
    asked_to_end().await;
    connector.stop().await;
    Ok(())
}

async fn asked_to_end() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = tokio::signal::ctrl_c() => {}
            }
            return;
        }
    }
    let _asked = tokio::signal::ctrl_c().await;
}
