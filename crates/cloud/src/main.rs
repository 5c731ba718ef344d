//! `joinbell-cloud`: the store of sealed records, and the key service.

use std::{path::PathBuf, process::ExitCode};

use clap::{Args, Parser, Subcommand};
use cloud::{
    clock,
    config::{self, ConfigError, DatabaseConfig, KeysConfig, MasterConfig, ServiceConfig},
    directory::{self, Introduced},
    keys,
    server::{self, StartError},
    service,
};
use vault::{
    database::{Database, schema::Table},
    hybrid::{enrolment::PublicKeys, sealing::OpenKey},
    keyring::OsKeyRing,
    opaque::OpaqueId,
};

/// A request is a few hundred small pieces of memory.
#[cfg(target_os = "linux")]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The blind half of Joinbell's hybrid service.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    #[command(subcommand)]
    program: Program,
}

#[derive(Subcommand)]
enum Program {
    /// The store of sealed records.
    Service(ServiceArguments),
    /// The key service.
    Keys(KeysArguments),
}

#[derive(Args)]
struct ServiceArguments {
    /// The TOML file.
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    /// Read the configuration, open what it names, say whether that works, and end.
    #[arg(long)]
    check: bool,
    #[command(subcommand)]
    deed: Option<Deed>,
}

#[derive(Args)]
struct KeysArguments {
    /// The TOML file.
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    /// Read the configuration, open what it names, say whether that works, and end.
    #[arg(long)]
    check: bool,
    #[command(subcommand)]
    deed: Option<KeysDeed>,
}

#[derive(Subcommand)]
enum Deed {
    /// Take an organization in, or change its connector's keys; prints its id.
    AddOrganization(Organization),
    /// Make the tables in PostgreSQL as their owner.
    Prepare(Prepare),
}

#[derive(Subcommand)]
enum KeysDeed {
    /// Take an organization in, or change its connector's keys; prints its id.
    AddOrganization(Organization),
    /// Make the tables in PostgreSQL as their owner.
    Prepare(Prepare),
    /// Make the master key and the identity where they are absent; prints the public key.
    Initialize,
    /// Wrap all keys by another master key. Stop the service before, and name
    /// the new key in the configuration afterwards.
    ExchangeMaster(ExchangeMaster),
    /// Print the audit log of an organization.
    Audit {
        /// The organization.
        organization: OpaqueId,
    },
}

#[derive(Args)]
#[group(required = true, multiple = false)]
struct ExchangeMaster {
    /// The file of the new master key; it is made where it is absent.
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,
    /// Its name in the system's keyring; it is made where it is absent.
    #[arg(long, value_name = "NAME")]
    keyring: Option<String>,
}

impl ExchangeMaster {
    fn master(self) -> MasterConfig {
        match (self.file, self.keyring) {
            (Some(path), _) => MasterConfig::File { path },
            (None, name) => MasterConfig::Keyring {
                name: name.unwrap_or_default(),
            },
        }
    }
}

#[derive(Args)]
struct Organization {
    /// Its id; a fresh one is made without it.
    #[arg(long)]
    id: Option<OpaqueId>,
    /// The connector's public keys, as `joinbell-connector keys` prints them.
    #[arg(long, value_name = "JSON")]
    connector: String,
}

#[derive(Args)]
struct Prepare {
    /// A file with the URL of the tables' owner.
    #[arg(long, value_name = "FILE")]
    owner_url: PathBuf,
    /// The role that the program has.
    #[arg(long)]
    role: String,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    tracing_subscriber::fmt()
        .json()
        .with_writer(std::io::stderr)
        .with_env_filter(
            tracing_subscriber::EnvFilter::try_from_env("JOINBELL_LOG")
                .unwrap_or_else(|_| "info,sqlx=warn".into()),
        )
        .init();
    // A core file of the key service would hold keys. Only a build with debug
    // assertions leaves its memory to a test that searches it.
    let is_searched =
        cfg!(debug_assertions) && std::env::var_os("JOINBELL_TEST_SEARCHED").is_some();
    if !is_searched {
        let _forbidden = vault::hardening::forbid_dumps();
    }
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("joinbell-cloud: no threads can be started: {error}");
            return ExitCode::FAILURE;
        }
    };
    let done = runtime.block_on(async {
        match arguments.program {
            Program::Service(arguments) => run_service(arguments).await,
            Program::Keys(arguments) => run_keys(arguments).await,
        }
    });
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("joinbell-cloud: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run_service(arguments: ServiceArguments) -> Result<(), StartError> {
    let mut config: ServiceConfig = config::load(&arguments.config)?;
    let tables = service::tables();
    match arguments.deed {
        Some(Deed::AddOrganization(organization)) => {
            return add(&config.database, &tables, organization).await;
        }
        Some(Deed::Prepare(prepare)) => return prepare_tables(prepare, &tables).await,
        None => {}
    }
    if arguments.check {
        any_port(&mut config.listen);
    }
    let running = service::start(&config, clock::system()).await?;
    serve("service", running, arguments.check).await;
    Ok(())
}

async fn run_keys(arguments: KeysArguments) -> Result<(), StartError> {
    let mut config: KeysConfig = config::load(&arguments.config)?;
    let tables = keys::tables();
    match arguments.deed {
        Some(KeysDeed::AddOrganization(organization)) => {
            return add(&config.database, &tables, organization).await;
        }
        Some(KeysDeed::Prepare(prepare)) => return prepare_tables(prepare, &tables).await,
        Some(KeysDeed::Initialize) => return initialize(&config).await,
        Some(KeysDeed::ExchangeMaster(new)) => {
            return exchange_master(&config, &tables, new.master()).await;
        }
        Some(KeysDeed::Audit { organization }) => {
            let database = server::open(&config.database, &tables).await?;
            for deed in keys::read_audit(&database, organization).await? {
                println!("{} {} {} {}", deed.at, deed.who, deed.mailbox, deed.what);
            }
            return Ok(());
        }
        None => {}
    }
    if arguments.check {
        any_port(&mut config.listen);
    }
    let running = keys::start(&config, &OsKeyRing, clock::system()).await?;
    serve("keys", running, arguments.check).await;
    Ok(())
}

/// A check runs beside the program itself.
fn any_port(listen: &mut config::Listening) {
    listen.address.set_port(0);
    if let Some(observe) = &mut listen.observe {
        observe.set_port(0);
    }
}

async fn serve(name: &str, running: server::Running, check: bool) {
    if check {
        running.stop().await;
        println!("joinbell-cloud {name}: the configuration works");
        return;
    }
    println!(
        "joinbell-cloud {name} listens at https://{}",
        running.address
    );
    if let Some(observing) = running.observing {
        println!("joinbell-cloud {name} observed at http://{observing}");
    }
    running.until_asked().await;
}

async fn add(
    database: &DatabaseConfig,
    tables: &[Table],
    organization: Organization,
) -> Result<(), StartError> {
    let connector: PublicKeys = serde_json::from_str(&organization.connector).map_err(|_| {
        ConfigError::Invalid(
            PathBuf::from("--connector"),
            "it is not what `joinbell-connector keys` prints".to_owned(),
        )
    })?;
    let database = server::open(database, tables).await?;
    let id = organization.id.unwrap_or_else(OpaqueId::random);
    let introduced = directory::put_organization(&database, tables, id, connector).await?;
    database.close().await;
    if introduced == Introduced::Replaced {
        eprintln!(
            "joinbell-cloud: this is another connector than before; the devices and mailboxes of \
             that one are gone"
        );
    }
    println!("{id}");
    Ok(())
}

async fn prepare_tables(prepare: Prepare, tables: &[Table]) -> Result<(), StartError> {
    let url = server::url_of(&prepare.owner_url)?;
    Database::prepare_postgres(&url, &prepare.role, tables).await?;
    Ok(())
}

async fn exchange_master(
    config: &KeysConfig,
    tables: &[Table],
    new: MasterConfig,
) -> Result<(), StartError> {
    let old = keys::master::read(&config.master, &OsKeyRing).await?;
    keys::master::make(&new, &OsKeyRing).await?;
    let new = keys::master::read(&new, &OsKeyRing).await?;
    let database = server::open(&config.database, tables).await?;
    let exchanged = keys::exchange(&database, &old, &new).await?;
    // The old wrapping is not to stay in the file's free pages.
    database.compact().await?;
    database.close().await;
    println!(
        "{} keys are wrapped by the new master key, {} were already; name it under [master] now",
        exchanged.wrapped, exchanged.already
    );
    Ok(())
}

async fn initialize(config: &KeysConfig) -> Result<(), StartError> {
    keys::master::make(&config.master, &OsKeyRing).await?;
    if !config.identity.exists() {
        config::keep_secret(&config.identity, OpenKey::generate().expose())?;
    }
    let public = keys::identity(config)?.public();
    let public = vault::hybrid::wire::Bytes(public.to_vec());
    // Bytes always have a JSON form.
    println!("{}", serde_json::to_string(&public).unwrap_or_default());
    Ok(())
}
