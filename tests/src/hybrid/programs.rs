//! The same with the real programs: the connector, the service and the key
//! service as processes of their own, which are asked to end as a system asks.

use std::{
    io::{BufRead as _, BufReader},
    path::{Path, PathBuf},
    process::{Child, ChildStdout, Command, Stdio},
};

use exchange_sim::Simulator;
use url::Url;
use vault::opaque::OpaqueId;

use super::{
    beside::{self, Named},
    code_in,
    place::Place,
};

/// A program that runs.
struct Running {
    name: &'static str,
    child: Child,
    /// What it has said where it is.
    at: String,
    /// Held open: it may say more.
    _out: Option<BufReader<ChildStdout>>,
}

impl Running {
    /// Starts a program and waits for its first line, whose last word says
    /// where it is.
    fn start(name: &'static str, mut command: Command, log: &Path) -> Result<Self, String> {
        let failed = |error: std::io::Error| format!("{name} does not start ({error})");
        let log = std::fs::File::create(log).map_err(failed)?;
        let started = command.stdout(Stdio::piped()).stderr(log).spawn();
        let mut child = started.map_err(failed)?;
        let mut line = String::new();
        let mut out = child.stdout.take().map(BufReader::new);
        if let Some(out) = &mut out {
            out.read_line(&mut line).map_err(failed)?;
        }
        let at = line
            .split_whitespace()
            .last()
            .unwrap_or_default()
            .to_owned();
        let running = Self {
            name,
            child,
            at,
            _out: out,
        };
        if running.at.is_empty() {
            return Err(format!("{name} ended at once; its log says why"));
        }
        Ok(running)
    }

    /// Asks it to end, and waits for it.
    fn stop(mut self) -> Result<(), String> {
        let name = self.name;
        let ended = Command::new("kill")
            .args(["-TERM", &self.child.id().to_string()])
            .status()
            .and_then(|_asked| self.child.wait());
        match ended {
            Ok(status) if status.success() => Ok(()),
            Ok(status) => Err(format!("{name} ended badly ({status})")),
            Err(error) => Err(format!("{name} could not be waited for ({error})")),
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _gone = self.child.kill();
        let _reaped = self.child.wait();
    }
}

/// The simulated Exchange and the three programs beside it.
pub struct Programs {
    /// The server with the mailboxes.
    pub exchange: Simulator,
    place: Place,
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

impl Programs {
    /// Starts all of it in a folder of its own, with programs of the folder
    /// `binaries`.
    pub fn start(exchange: Simulator, users: &[String], binaries: &Path) -> Result<Self, String> {
        let place = Place::new();
        let folder = place.folder.path().to_owned();
        let cloud = |program: &str| {
            let mut command = Command::new(binaries.join("joinbell-cloud"));
            command.arg(program).arg("--config");
            command.arg(folder.join(format!("{program}.toml")));
            command
        };
        let service = Running::start(
            "joinbell-cloud service",
            cloud("service"),
            &folder.join("service.log"),
        )?;
        let keys = Running::start(
            "joinbell-cloud keys",
            cloud("keys"),
            &folder.join("keys.log"),
        )?;
        let organization = OpaqueId::random();
        let named = Named {
            folder: &folder,
            server: &exchange.ews_url(),
            organization,
            urls: [&service.at, &keys.at],
            key_service: place.key_service,
        };
        beside::prepare(&named, users);
        let connector = || {
            let mut command = Command::new(binaries.join("joinbell-connector"));
            command
                .arg("--settings")
                .arg(folder.join("connector.toml"))
                .env_remove("CREDENTIALS_DIRECTORY");
            command
        };
        let mut ask = connector();
        ask.arg("keys");
        let public = told(ask)?;
        for program in ["service", "keys"] {
            let mut add = cloud(program);
            add.args(["add-organization", "--id", &organization.to_string()]);
            add.args(["--connector", &public]);
            told(add)?;
        }
        let log = folder.join("connector.log");
        let connector = Running::start("joinbell-connector", connector(), &log)?;
        let url = service.at.parse().map_err(|_| "no address".to_owned())?;
        Ok(Self {
            exchange,
            place,
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
        [&self.service, &self.keys, &self.connector].map(|one| (one.name, one.at.as_str()))
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

    /// Asks each program to end, and says whether all ended well.
    pub fn stop(self) -> Result<(), String> {
        let ended = [self.connector, self.keys, self.service].map(Running::stop);
        ended.into_iter().collect()
    }
}
