//! The simulated Exchange as a program.
//!
//! Prints one line, the EWS URL, when it is ready; then serves until Ctrl-C.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use chrono_tz::Tz;
use clap::{ArgGroup, Parser};
use exchange_sim::{
    ChannelBinding, Limits, Options, Personality, Recording, SignIn, Simulator, Transport, World,
    demo, generate, world_file,
};

/// A simulated Exchange Server on loopback.
#[derive(Parser)]
#[command(version)]
#[command(group = ArgGroup::new("what").required(true).args(["demo", "world", "mailboxes"]))]
struct Arguments {
    /// Address to listen on; port 0 takes any free one.
    #[arg(long, default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// Serve a working day around the present moment, for anna@example.org.
    #[arg(long)]
    demo: bool,
    /// Serve the world described in a TOML file (its form: src/world_file/mod.rs).
    #[arg(long, value_name = "FILE")]
    world: Option<PathBuf>,
    /// Serve a generated world of so many mailboxes, user00000@example.org and on.
    #[arg(long, value_name = "N")]
    mailboxes: Option<usize>,
    /// Items in each generated mailbox.
    #[arg(long, value_name = "N", default_value_t = 60, requires = "mailboxes", conflicts_with_all = ["demo", "world"])]
    items: usize,
    /// Time zone of the demo day or the generated world.
    #[arg(long, default_value = "Europe/Stockholm")]
    zone: Tz,
    /// Serve HTTPS and write the authority's certificate into this folder as ca.pem.
    #[arg(long, value_name = "DIR")]
    tls: Option<PathBuf>,
    /// Tell clients to reach it by this host (the certificate is for mail.example.org), where a proxy leads there.
    #[arg(long, requires = "tls", value_name = "HOST")]
    named: Option<String>,
    /// The server family to behave as: exchange-se or grommunio.
    #[arg(long, default_value = "exchange-se")]
    personality: Personality,
    /// Offer Basic beside NTLM. grommunio, which has no NTLM, offers Basic always.
    #[arg(long)]
    basic: bool,
    /// Offer Bearer instead of NTLM; this token signs the demo's or --user's account in for a day.
    #[arg(long, conflicts_with = "basic", value_name = "TOKEN")]
    bearer: Option<String>,
    /// Whether NTLM proofs must be tied to the TLS certificate: none, allow or require.
    #[arg(long, default_value = "allow")]
    channel_binding: ChannelBinding,
    /// Also accept this account, on the mailbox of the same address.
    #[arg(long, requires = "password")]
    user: Option<String>,
    /// The password of --user.
    #[arg(long, requires = "user")]
    password: Option<String>,
    /// Seconds between a stream's signs of life.
    #[arg(long, default_value_t = 45)]
    heartbeat: u64,
    /// Open a port of switches (faults, moves) at this address; its URL is the second line printed.
    #[arg(long, value_name = "ADDRESS")]
    control: Option<SocketAddr>,
    /// Throttle as a server with the default policy, charging each request so many milliseconds.
    #[arg(long, value_name = "MILLISECONDS", num_args = 0..=1, default_missing_value = "50")]
    throttle: Option<u64>,
    /// Mailbox servers behind the front end.
    #[arg(long, default_value_t = 1)]
    backends: usize,
    /// Write requests and answers into this folder, one file each, one of each outline.
    #[arg(long, value_name = "DIR")]
    record: Option<PathBuf>,
    /// Stop by itself after so many seconds.
    #[arg(long = "for", value_name = "SECONDS")]
    seconds: Option<u64>,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_max_level(tracing::Level::WARN)
        .init();
    match serve(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("exchange-sim: {error}");
            ExitCode::FAILURE
        }
    }
}

fn serve(arguments: &Arguments) -> Result<(), Box<dyn std::error::Error>> {
    for folder in [&arguments.record, &arguments.tls].into_iter().flatten() {
        std::fs::create_dir_all(folder)
            .map_err(|error| format!("the folder {} cannot be used: {error}", folder.display()))?;
    }
    let mut options = Options {
        listen: arguments.listen,
        transport: if arguments.tls.is_some() {
            Transport::Tls
        } else {
            Transport::Plain
        },
        heartbeat: Duration::from_secs(arguments.heartbeat.max(1)),
        sign_in: if arguments.bearer.is_some() {
            SignIn::Bearer
        } else if arguments.basic {
            SignIn::NtlmOrBasic
        } else {
            SignIn::Ntlm
        },
        channel_binding: arguments.channel_binding,
        personality: arguments.personality,
        named: arguments.named.clone(),
        recording: Recording::Off,
        limits: arguments.throttle.map_or_else(Limits::default, |cost| {
            Limits::of_exchange_at(Duration::from_millis(cost))
        }),
        backends: arguments.backends.max(1),
        ..Options::default()
    };
    if arguments.record.is_some() {
        options.record_into.clone_from(&arguments.record);
    }
    let now = (options.clock)();
    let mut world = match (&arguments.world, arguments.mailboxes) {
        (Some(path), _) => {
            let wrong = |error: &dyn std::fmt::Display| {
                format!("the world file {} cannot be used: {error}", path.display())
            };
            let content = std::fs::read_to_string(path).map_err(|error| wrong(&error))?;
            world_file::read(&content, now).map_err(|error| wrong(&error))?
        }
        (None, Some(mailboxes)) => {
            generate::world(now, arguments.zone, mailboxes, arguments.items)?
        }
        (None, None) => demo::day(now, arguments.zone),
    };
    if let (Some(user), Some(password)) = (&arguments.user, &arguments.password) {
        sign_in_as(&mut world, user, password, arguments.zone);
    }
    if let Some(token) = &arguments.bearer {
        let address = arguments.user.as_deref().unwrap_or(demo::ADDRESS);
        world.allow_token(token, address, now + chrono::Duration::days(1));
    }
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?
        .block_on(async {
            let simulator = Simulator::start(world, options).await?;
            if let (Some(folder), Some(authority)) = (&arguments.tls, simulator.ca_pem()) {
                let file = folder.join("ca.pem");
                std::fs::write(&file, authority)
                    .map_err(|error| format!("{} cannot be written: {error}", file.display()))?;
            }
            let control = match arguments.control {
                Some(listen) => Some(simulator.open_control(listen).await?),
                None => None,
            };
            println!("{}", simulator.ews_url());
            if let Some(address) = control {
                println!("http://{address}");
            }
            let length = arguments.seconds.map_or(Duration::MAX, Duration::from_secs);
            // Either end is a regular one.
            let _ = tokio::time::timeout(length, tokio::signal::ctrl_c()).await;
            simulator.stop().await;
            Ok(())
        })
}

/// Gives a mailbox a password, adding the mailbox when it is missing.
fn sign_in_as(world: &mut World, user: &str, password: &str, zone: Tz) {
    let name = user.split('@').next().unwrap_or(user).to_owned();
    password.clone_into(&mut world.add_mailbox(user, &name, zone, password).password);
}
