//! The same with the real programs: the connector, the service and the key
//! service as processes of their own, which are asked to end as a system asks,
//! or are killed.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use engine::{Handle, remote::device::Device};
use exchange_sim::Simulator;
use url::Url;
use vault::opaque::OpaqueId;

use super::{
    beside::{self, Named},
    code_in,
    place::Place,
    reach,
    running::Running,
};
use crate::{
    built::{self, Built},
    memory,
};

/// One of the three programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// `joinbell-connector`.
    Connector,
    /// `joinbell-cloud service`.
    Service,
    /// `joinbell-cloud keys`.
    Keys,
}

/// The folder with the real programs, which are built where they are not.
///
/// # Panics
/// When one of them does not build.
pub fn binaries() -> PathBuf {
    let connector = built::program(&Built {
        name: "joinbell-connector",
        package: "connector",
        crates: &["calendar", "ews", "vault", "engine", "connector"],
    });
    built::program(&Built {
        name: "joinbell-cloud",
        package: "cloud",
        crates: &["vault", "cloud"],
    });
    // Both are in one.
    connector.parent().map(Path::to_owned).unwrap_or_default()
}

/// Lets the programs of one machine have all users at once, and stay at the
/// address that they have got when they are started again.
const LIMITS: &str = "\n[limits]\nrequests_a_minute = 1000000\nstrangers_a_minute = 1000000\n\
    strangers_a_minute_per_address = 1000000\n\
    connector_requests_a_minute = 1000000\n";

fn append(file: &Path, text: &str) -> Result<(), String> {
    let changed = fs::read_to_string(file).and_then(|before| fs::write(file, before + text));
    changed.map_err(|error| format!("{} cannot be written ({error})", file.display()))
}

fn stay(file: &Path, at: &str) -> Result<(), String> {
    let address = at.trim_start_matches("https://");
    let changed = fs::read_to_string(file).and_then(|before| {
        let listen = "[listen]\naddress = \"127.0.0.1:0\"";
        let there = format!("[listen]\naddress = \"{address}\"");
        fs::write(file, before.replace(listen, &there))
    });
    changed.map_err(|error| format!("{} cannot be written ({error})", file.display()))
}

/// The simulated Exchange and the three programs beside it.
pub struct Programs {
    /// The server with the mailboxes.
    pub exchange: Simulator,
    place: Place,
    organization: OpaqueId,
    binaries: PathBuf,
    url: Url,
    connector: Running,
    service: Running,
    keys: Running,
}

/// Runs a command to its end and gives what it prints.
fn told(mut command: Command) -> Result<String, String> {
    let shown = format!("{command:?}");
    let output = command.stdin(Stdio::null()).output();
    let output = output.map_err(|error| format!("{shown} does not start ({error})"))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned());
    }
    let error = String::from_utf8_lossy(&output.stderr);
    Err(format!("{shown}: {}", error.trim()))
}

fn cloud(binaries: &Path, folder: &Path, program: &str) -> Command {
    let mut command = Command::new(binaries.join("joinbell-cloud"));
    command.arg(program).arg("--config");
    command.arg(folder.join(format!("{program}.toml")));
    // A build with debug assertions lets its own user search its memory then.
    command.env("JOINBELL_TEST_SEARCHED", "1");
    command
}

fn connector(binaries: &Path, settings: &Path) -> Command {
    let mut command = Command::new(binaries.join("joinbell-connector"));
    command
        .arg("--settings")
        .arg(settings)
        .env_remove("CREDENTIALS_DIRECTORY");
    command
}

/// Tells both programs the connector's keys.
fn take_in(binaries: &Path, folder: &Path, organization: OpaqueId) -> Result<(), String> {
    let mut ask = connector(binaries, &folder.join("connector.toml"));
    ask.arg("keys");
    let public = told(ask)?;
    for program in ["service", "keys"] {
        let mut add = cloud(binaries, folder, program);
        add.args(["add-organization", "--id", &organization.to_string()]);
        add.args(["--connector", &public]);
        told(add)?;
    }
    Ok(())
}

impl Programs {
    /// Starts all of it in a folder of its own, with programs of the folder
    /// `binaries`.
    pub fn start(exchange: Simulator, users: &[String], binaries: &Path) -> Result<Self, String> {
        let place = Place::new();
        let folder = place.folder.path().to_owned();
        let cloud = |program: &str| cloud(binaries, &folder, program);
        let start = |name, program: &str| {
            let file = place.file(&format!("{program}.toml"));
            append(&file, LIMITS)?;
            let log = place.file(&format!("{program}.log"));
            let running = Running::start(name, cloud(program), &log)?;
            stay(&file, running.at())?;
            Ok::<Running, String>(running)
        };
        let service = start("joinbell-cloud service", "service")?;
        let keys = start("joinbell-cloud keys", "keys")?;
        let organization = OpaqueId::random();
        let named = Named {
            folder: &folder,
            server: &exchange.ews_url(),
            organization,
            urls: [service.at(), keys.at()],
            key_service: place.key_service,
        };
        beside::prepare(&named, users);
        let settings = folder.join("connector.toml");
        take_in(binaries, &folder, organization)?;
        let log = folder.join("connector.log");
        let connector = connector(binaries, &settings);
        let connector = Running::start("joinbell-connector", connector, &log)?;
        let url = service.at().parse().map_err(|_| "no address".to_owned())?;
        Ok(Self {
            exchange,
            place,
            organization,
            binaries: binaries.to_owned(),
            url,
            connector,
            service,
            keys,
        })
    }

    /// Where everything is; it is taken away at the end.
    pub fn folder(&self) -> &Path {
        self.place.folder.path()
    }

    /// Address of the service.
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// Where each program is.
    pub fn addresses(&self) -> [(&'static str, &str); 3] {
        [&self.service, &self.keys, &self.connector].map(|one| (one.name, one.at()))
    }

    /// The file with the own authority.
    pub fn ca_file(&self) -> PathBuf {
        self.place.file("ca.pem")
    }

    /// The newest code in a user's calendar, as it is shown.
    pub fn code_of(&self, address: &str) -> Option<String> {
        Some(
            code_in(&self.exchange, address)?
                .shown()
                .as_str()
                .to_owned(),
        )
    }

    fn part(&mut self, part: Part) -> &mut Running {
        match part {
            Part::Connector => &mut self.connector,
            Part::Service => &mut self.service,
            Part::Keys => &mut self.keys,
        }
    }

    /// Kills a program (SIGKILL).
    pub fn kill(&mut self, part: Part) {
        self.part(part).kill();
    }

    /// Starts a program again that was killed: where it was, with what it had.
    pub fn start_again(&mut self, part: Part) -> Result<(), String> {
        self.part(part).start_again()
    }

    /// Tells both programs the connector's keys again, while they run.
    pub fn take_in_again(&self) -> Result<(), String> {
        take_in(&self.binaries, self.folder(), self.organization)
    }

    /// What the connector's `--check` says with one of the folder's settings;
    /// `Err` when it finds something wrong.
    pub fn check(&self, settings: &str) -> Result<String, String> {
        let mut check = connector(&self.binaries, &self.folder().join(settings));
        let output = check.arg("--check").stdin(Stdio::null()).output();
        let output = output.map_err(|error| format!("it does not start ({error})"))?;
        let said = [output.stdout, output.stderr].concat();
        let said = String::from_utf8_lossy(&said).into_owned();
        if output.status.success() {
            Ok(said)
        } else {
            Err(said)
        }
    }

    /// The process of a program.
    pub fn process(&mut self, part: Part) -> u32 {
        self.part(part).process()
    }

    /// Gives each stretch of a program's memory to `look`, and says how many
    /// bytes those were; `Err` says why it is not to be read here.
    pub fn memory_of(&mut self, part: Part, look: impl FnMut(&[u8])) -> Result<usize, String> {
        let running = self.part(part);
        memory::each_part(running.process(), look)
            .map_err(|error| format!("the memory of {} is not to be read: {error}", running.name))
    }

    /// One of the connector's measures.
    pub async fn measure(&self, name: &str) -> u64 {
        let address = self.connector.at().trim_start_matches("http://").parse();
        match address {
            Ok(address) => beside::measure(address, name).await,
            Err(_) => 0,
        }
    }

    /// Every file that the three programs have written.
    pub fn files(&self) -> Vec<PathBuf> {
        reach::files_of(self.folder())
    }

    /// Adds a device as a client does it.
    pub async fn enrolled(&self, address: &str) -> Device {
        reach::enrolled(&self.exchange, &self.url, &self.ca_file(), address).await
    }

    /// An engine over what a device reads.
    pub fn client(&self, device: &Device) -> Handle {
        reach::client(&self.url, &self.ca_file(), device)
    }

    /// Asks each program to end, and says whether all ended well.
    pub fn stop(self) -> Result<(), String> {
        let ended = [self.connector, self.keys, self.service].map(Running::stop);
        ended.into_iter().collect()
    }
}
