//! The real `joinbell-cli` in a home of its own, with a session bus and a
//! keyring of its own.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]

use std::{
    fs,
    io::{self, BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{Mutex, OnceLock, PoisonError},
};

use tempfile::TempDir;

use crate::{
    built::{self, Built},
    canary,
};

/// What kind of Secret Service the home has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Secrets {
    /// gnome-keyring, unlocked.
    Working,
    /// A bus without one.
    Absent,
    /// One that takes questions and never answers.
    Hanging,
}

/// A home folder with everything a run may write to.
#[derive(Debug)]
pub struct Home {
    place: TempDir,
    bus: Bus,
}

/// What was typed into programs of this test, and the words of the demo's day
/// that are nobody's business.
static SECRETS: Mutex<Vec<String>> = Mutex::new(Vec::new());

fn secrets() -> Vec<String> {
    let typed = SECRETS.lock().unwrap_or_else(PoisonError::into_inner);
    let of_the_day = ["Release planning", "meet/anna.berg", "canary-title"].map(str::to_owned);
    typed.iter().cloned().chain(of_the_day).collect()
}

/// SR-06 and SR-23, at the end of every scenario: nothing secret is in the
/// data folder, its write-ahead log, temporary files or logs.
impl Drop for Home {
    fn drop(&mut self) {
        if std::thread::panicking() {
            return;
        }
        let search = canary::Search::new(secrets());
        for path in self.written() {
            // The write-ahead log may go while the list is walked.
            let bytes = fs::read(&path).unwrap_or_default();
            assert_eq!(
                search.found(&bytes),
                None,
                "it stands in {}",
                path.display()
            );
        }
    }
}

/// What a run of the program left.
#[derive(Debug)]
pub struct Outcome {
    /// Exit code; -1 when a signal ended it.
    pub code: i32,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
}

#[derive(Debug)]
struct Bus {
    daemon: Child,
    address: String,
    /// Holds the Secret Service's name.
    silent: Option<zbus::blocking::Connection>,
}

impl Drop for Bus {
    fn drop(&mut self) {
        drop(self.silent.take());
        // The keyring's daemon ends with its bus.
        let _gone = self.daemon.kill();
        let _reaped = self.daemon.wait();
    }
}

/// A bus on which nothing starts by itself.
const BUS: &str = r#"<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:dir=PLACE</listen>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
"#;

impl Home {
    /// A fresh home; `Err` says what this machine lacks.
    pub fn new(secrets: Secrets) -> Result<Self, String> {
        let place = TempDir::new().map_err(|error| error.to_string())?;
        for folder in ["home", "data", "run", "state", "bin"] {
            let folder = place.path().join(folder);
            fs::create_dir(&folder).map_err(|error| error.to_string())?;
            #[cfg(unix)]
            {
                use std::os::unix::fs::PermissionsExt;
                fs::set_permissions(&folder, fs::Permissions::from_mode(0o700))
                    .map_err(|error| error.to_string())?;
            }
        }
        let mut bus = Bus::start(place.path())?;
        match secrets {
            Secrets::Absent => {}
            Secrets::Working => beside(|| start_keyring(place.path(), &bus.address))?,
            Secrets::Hanging => bus.silent = Some(beside(|| hanging_keyring(&bus.address))?),
        }
        Ok(Self { place, bus })
    }

    /// Joinbell's data folder.
    pub fn data(&self) -> PathBuf {
        self.place.path().join("data")
    }

    /// Everything a run may write to, the keyring's own files left out.
    pub fn written(&self) -> Vec<PathBuf> {
        let keyrings = self.place.path().join("state/keyrings");
        let mut found = Vec::new();
        let mut folders = vec![self.place.path().to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
                let path = entry.path();
                match entry.file_type() {
                    Ok(kind) if kind.is_dir() && path != keyrings => folders.push(path),
                    Ok(kind) if kind.is_file() => found.push(path),
                    _ => {}
                }
            }
        }
        found
    }

    /// The program with these arguments, not yet started.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(binary());
        command.args(arguments);
        surround(&mut command, self.place.path(), &self.bus.address);
        command.env("JOINBELL_DATA_DIR", self.data());
        command
    }

    /// Gives another program the home's bus, folders and environment.
    pub fn surround(&self, command: &mut Command) {
        surround(command, self.place.path(), &self.bus.address);
    }

    /// The program started by another one, for example one that sets limits.
    pub fn under(&self, starter: &[&str], arguments: &[&str]) -> Command {
        let mut words = starter.iter();
        let mut command = Command::new(words.next().expect("a program"));
        command.args(words).arg(binary()).args(arguments);
        surround(&mut command, self.place.path(), &self.bus.address);
        command.env("JOINBELL_DATA_DIR", self.data());
        command
    }

    /// Runs the program to its end, with `input` on standard input. Blocks.
    pub fn run(&self, arguments: &[&str], input: &str) -> Outcome {
        run(self.command(arguments), input)
    }

    /// Puts a program into the home's PATH, in front of the system's. What is
    /// given back can be read once: it gives the number of the program's
    /// arguments and the arguments, a line each, when it has been called.
    pub fn plant(&self, name: &str) -> PathBuf {
        let seen = self.place.path().join(format!("run/{name}.arguments"));
        // One that was planted before has been read.
        let _there = fs::remove_file(&seen);
        let made = Command::new("mkfifo")
            .arg(&seen)
            .status()
            .expect("mkfifo starts");
        assert!(made.success(), "mkfifo works");
        let script = format!(
            "#!/bin/sh\nprintf '%s\\n' \"$#\" \"$@\" >'{}'\n",
            seen.display()
        );
        let path = self.place.path().join("bin").join(name);
        fs::write(&path, script).expect("the home is writable");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            fs::set_permissions(&path, fs::Permissions::from_mode(0o700))
                .expect("the home is writable");
        }
        seen
    }
}

impl Outcome {
    /// The one sentence on standard error, without the program's name.
    ///
    /// # Panics
    /// When there is another number of lines, or no sentence.
    pub fn sentence(&self) -> &str {
        let sentence = self
            .err
            .trim_end_matches('\n')
            .strip_prefix("joinbell-cli: ");
        let sentence = sentence.unwrap_or_else(|| panic!("no sentence: {self:?}"));
        assert!(!sentence.contains('\n'), "more than a sentence: {self:?}");
        assert!(sentence.ends_with(['.', ')']), "no sentence: {self:?}");
        sentence
    }
}

/// Runs a command to its end, with `input` on standard input. Blocks.
///
/// # Panics
/// When the command cannot be started.
pub fn run(command: Command, input: &str) -> Outcome {
    try_run(command, input).expect("joinbell-cli starts")
}

/// What others can see of a process: its arguments and its environment, each
/// with its name in `/proc`. `None` when it has ended. The environment of a
/// program that is not to be looked into is root's alone.
///
/// # Panics
/// When it runs and cannot be looked at for another reason.
pub fn seen_of(process: u32) -> Option<Vec<(&'static str, Vec<u8>)>> {
    let mut seen = Vec::new();
    for name in ["cmdline", "environ"] {
        let bytes = loop {
            if is_over(process) {
                return None;
            }
            match fs::read(format!("/proc/{process}/{name}")) {
                // It has only just begun, or ends at this moment.
                Ok(bytes) if bytes.is_empty() => {}
                Ok(bytes) => break Some(bytes),
                Err(error) if error.kind() == io::ErrorKind::PermissionDenied => break None,
                Err(error) => assert!(is_over(process), "{name} of {process}: {error}"),
            }
        };
        assert!(
            bytes.is_some() || name == "environ",
            "{name} is everybody's"
        );
        seen.extend(bytes.map(|bytes| (name, bytes)));
    }
    Some(seen)
}

/// Whether a process has ended, also where nobody has waited for it yet.
fn is_over(process: u32) -> bool {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    // Its name is in brackets and may hold anything.
    let state = stat.rsplit_once(") ").map(|(_, rest)| rest);
    state.is_none_or(|state| state.starts_with(['Z', 'X']))
}

fn try_run(mut command: Command, input: &str) -> io::Result<Outcome> {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    if input.len() >= 8 {
        // What others can see of the process must not hold what is typed.
        for (name, bytes) in seen_of(child.id()).into_iter().flatten() {
            assert!(!canary::holds(&bytes, input), "it stands in {name}");
        }
        let mut typed = SECRETS.lock().unwrap_or_else(PoisonError::into_inner);
        if !typed.iter().any(|known| known == input) {
            typed.push(input.to_owned());
        }
    }
    if let Some(mut stdin) = child.stdin.take() {
        // A program that ends before it has read everything is not at fault.
        let _all = stdin.write_all(input.as_bytes());
    }
    let output = child.wait_with_output()?;
    Ok(Outcome {
        code: output.status.code().unwrap_or(-1),
        out: String::from_utf8_lossy(&output.stdout).into_owned(),
        err: String::from_utf8_lossy(&output.stderr).into_owned(),
    })
}

fn surround(command: &mut Command, place: &Path, bus: &str) {
    let system = std::env::var("PATH").unwrap_or_default();
    command
        .env_clear()
        .env("PATH", format!("{}:{system}", place.join("bin").display()))
        .env("HOME", place.join("home"))
        .env("XDG_RUNTIME_DIR", place.join("run"))
        .env("XDG_DATA_HOME", place.join("state"))
        .env("XDG_CONFIG_HOME", place.join("state"))
        .env("TMPDIR", place.join("run"))
        .env("LANG", "en_GB.UTF-8")
        .env("DBUS_SESSION_BUS_ADDRESS", bus);
}

impl Bus {
    fn start(place: &Path) -> Result<Self, String> {
        let configuration = place.join("bus.conf");
        let sockets = place.join("run").display().to_string();
        fs::write(&configuration, BUS.replace("PLACE", &sockets)).map_err(|e| e.to_string())?;
        let mut daemon = Command::new("dbus-daemon")
            .arg(format!("--config-file={}", configuration.display()))
            .args(["--nofork", "--print-address=1"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| format!("no dbus-daemon ({error})"))?;
        let mut address = String::new();
        if let Some(out) = daemon.stdout.take() {
            BufReader::new(out)
                .read_line(&mut address)
                .map_err(|error| error.to_string())?;
        }
        Ok(Self {
            daemon,
            address: address.trim().to_owned(),
            silent: None,
        })
    }
}

/// Runs `work` on a thread of its own: the D-Bus client blocks, which a
/// thread of an asynchronous test must not.
fn beside<T: Send>(work: impl FnOnce() -> Result<T, String> + Send) -> Result<T, String> {
    let done = std::thread::scope(|scope| scope.spawn(work).join());
    done.unwrap_or_else(|_| Err("the D-Bus client panicked".to_owned()))
}

/// Returns when the keyring is unlocked and has its name on the bus.
fn start_keyring(place: &Path, bus: &str) -> Result<(), String> {
    let mut command = Command::new("gnome-keyring-daemon");
    surround(&mut command, place, bus);
    command.args(["--unlock", "--components=secrets"]);
    let started = try_run(command, "keyring password")
        .map_err(|error| format!("no gnome-keyring-daemon ({error})"))?;
    if started.code != 0 {
        return Err(format!(
            "gnome-keyring-daemon does not start ({})",
            started.err.trim()
        ));
    }
    let connection = connect(bus)?;
    let proxy = zbus::blocking::fdo::DBusProxy::new(&connection).map_err(|e| e.to_string())?;
    let name = zbus::names::BusName::try_from("org.freedesktop.secrets")
        .map_err(|error| error.to_string())?;
    // It takes its name a moment after it has come back from unlocking; the
    // bus has a queue for those who ask meanwhile, and so a round trip each.
    for _ in 0..10_000 {
        if proxy
            .name_has_owner(name.clone())
            .map_err(|error| error.to_string())?
        {
            return Ok(());
        }
    }
    Err("gnome-keyring-daemon does not take its name on the bus".to_owned())
}

fn connect(bus: &str) -> Result<zbus::blocking::Connection, String> {
    zbus::blocking::connection::Builder::address(bus)
        .and_then(zbus::blocking::connection::Builder::build)
        .map_err(|error| error.to_string())
}

/// A connection that owns the Secret Service's name and serves nothing.
fn hanging_keyring(bus: &str) -> Result<zbus::blocking::Connection, String> {
    let connection = connect(bus)?;
    connection
        .request_name("org.freedesktop.secrets")
        .map_err(|error| error.to_string())?;
    Ok(connection)
}

fn binary() -> &'static Path {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    BINARY.get_or_init(|| {
        built::program(&Built {
            name: "joinbell-cli",
            package: "joinbell-cli",
            crates: &["calendar", "ews", "vault", "engine", "desktop", "cli"],
        })
    })
}
