//! The connector as a program: `joinbell-connector --settings FILE`.

use std::{io, path::PathBuf, process::ExitCode};

use clap::{Parser, Subcommand};
use connector::{
    endpoint,
    program::{Program, Signal, Trouble, WAITS_FOR_SOMEBODY},
    secret::Credentials,
    settings::Settings,
};
use tokio::sync::mpsc;
use tracing_subscriber::{
    EnvFilter, filter::filter_fn, layer::SubscriberExt as _, util::SubscriberInitExt as _,
};
use vault::opaque::OpaqueId;

/// Watches the mailboxes of an Exchange server and seals what it finds.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// The settings file (docs/HYBRID-CONNECTOR.md).
    #[arg(
        long,
        value_name = "FILE",
        default_value = "/etc/joinbell/connector.toml"
    )]
    settings: PathBuf,
    /// Look at everything that a run needs, say what is wrong, and end.
    #[arg(long)]
    check: bool,
    /// What to do instead of running.
    #[command(subcommand)]
    deed: Option<Deed>,
}

/// What the program can do instead of running.
#[derive(Debug, Clone, PartialEq, Eq, Subcommand)]
enum Deed {
    /// Print the connector's public keys, for `joinbell-cloud`, and end.
    Keys,
    /// Ask the connector that runs with these settings how it is, and end with
    /// 0 while it gets on.
    Health,
    /// List the devices that were added, and end.
    Devices,
    /// Revoke a device, at once and at both programs of the service, and end.
    Revoke {
        /// Its id, as `devices` prints it.
        device: OpaqueId,
        /// Its user, for one that `devices` does not list, because it was added
        /// after the copy of the connector's folder that was put back.
        #[arg(long, value_name = "ADDRESS")]
        mailbox: Option<String>,
    },
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    // Before the first secret is read. Where the system refuses, the program
    // can go on.
    let dumps = vault::hardening::forbid_dumps();
    let filter = EnvFilter::try_from_env("JOINBELL_LOG").unwrap_or_else(|_| "info".into());
    tracing_subscriber::fmt()
        .json()
        .with_writer(io::stderr)
        .with_env_filter(filter)
        .finish()
        // Its spans hold user names and NTLM messages.
        .with(filter_fn(|about| !about.target().starts_with("sspi")))
        .init();
    if let Err(error) = dumps {
        tracing::warn!(%error, "dumps of this program are not forbidden");
    }
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("joinbell-connector: The program cannot start: {error}.");
            return ExitCode::FAILURE;
        }
    };
    match runtime.block_on(start(arguments)) {
        Ok(code) => code,
        Err(trouble) => {
            eprintln!("joinbell-connector: {trouble}");
            if trouble.waits_for_somebody() {
                ExitCode::from(WAITS_FOR_SOMEBODY)
            } else {
                ExitCode::FAILURE
            }
        }
    }
}

async fn start(arguments: Arguments) -> Result<ExitCode, Trouble> {
    let credentials = Credentials::of_environment(std::env::var_os("CREDENTIALS_DIRECTORY"));
    let signals = signals();
    if arguments.deed == Some(Deed::Health) {
        let settings = Settings::read(&arguments.settings)?;
        return Ok(match endpoint::ask(settings.endpoint.listen).await {
            Ok((well, said)) => {
                println!("{said}");
                if well {
                    ExitCode::SUCCESS
                } else {
                    ExitCode::FAILURE
                }
            }
            Err(error) => {
                eprintln!("joinbell-connector: No connector answers there ({error}).");
                ExitCode::FAILURE
            }
        });
    }
    let program = Program::read(&arguments.settings, credentials).await?;
    if let Some(deed) = arguments.deed {
        match deed {
            // It was asked above, without a look at any secret.
            Deed::Health => {}
            Deed::Keys => println!("{}", program.keys().await?),
            Deed::Devices => print!("{}", program.devices().await?),
            Deed::Revoke { device, mailbox } => {
                program.revoke(device, mailbox.as_deref()).await?;
            }
        }
        return Ok(ExitCode::SUCCESS);
    }
    if arguments.check {
        let findings = program.check().await;
        print!("{findings}");
        let clean = findings.faults.is_empty() && findings.warnings.is_empty();
        return Ok(if clean {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        });
    }
    program
        .run(signals, |address| println!("http://{address}"))
        .await?;
    Ok(ExitCode::SUCCESS)
}

#[cfg(unix)]
fn signals() -> mpsc::Receiver<Signal> {
    use tokio::signal::unix::{SignalKind, signal};
    let (sender, receiver) = mpsc::channel(4);
    for (kind, told) in [
        (SignalKind::hangup(), Signal::Reload),
        (SignalKind::terminate(), Signal::End),
        (SignalKind::interrupt(), Signal::End),
    ] {
        let sender = sender.clone();
        match signal(kind) {
            Ok(mut heard) => {
                tokio::spawn(async move {
                    while heard.recv().await.is_some() && sender.send(told).await.is_ok() {}
                });
            }
            Err(error) => tracing::warn!(%error, "a signal is not listened to"),
        }
    }
    receiver
}

#[cfg(not(unix))]
fn signals() -> mpsc::Receiver<Signal> {
    let (sender, receiver) = mpsc::channel(4);
    tokio::spawn(async move {
        while tokio::signal::ctrl_c().await.is_ok() && sender.send(Signal::End).await.is_ok() {}
    });
    receiver
}
