//! Debian's PostgreSQL server in a folder of its own, on a Unix socket.

#![allow(
    clippy::unwrap_used,
    dead_code,
    reason = "a test ends where a step fails; not every test uses all of it"
)]

use std::{
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use tempfile::TempDir;

/// A running server. It ends when this is dropped.
pub(crate) struct Postgres {
    folder: TempDir,
    binaries: PathBuf,
}

/// The role that owns the tables.
pub(crate) const OWNER: &str = "joinbell_owner";
/// The role that the service has.
pub(crate) const ROLE: &str = "joinbell_service";

impl Postgres {
    /// Starts a server; `Err` says what this machine lacks.
    pub(crate) fn start() -> Result<Self, String> {
        let binaries = binaries().ok_or("PostgreSQL's server (package postgresql) is absent")?;
        let folder = TempDir::new().map_err(|error| error.to_string())?;
        if rustix::process::getuid().is_root() {
            // initdb refuses to run as root.
            let owned = Command::new("chown")
                .arg("postgres")
                .arg(folder.path())
                .output()
                .map_err(|error| error.to_string())?;
            if !owned.status.success() {
                return Err("there is no user postgres to run the server".to_owned());
            }
        }
        let server = Self { folder, binaries };
        let data = server.data();
        server.run(
            "initdb",
            &["-A", "trust", "-U", "postgres", "--no-sync", "-D", &data],
        );
        let options = format!(
            "-c listen_addresses= -c fsync=off -c unix_socket_directories={}",
            server.folder.path().display()
        );
        let log = server.folder.path().join("log").display().to_string();
        server.run(
            "pg_ctl",
            &["-D", &data, "-w", "-l", &log, "-o", &options, "start"],
        );
        for statement in [
            format!("CREATE ROLE {OWNER} LOGIN"),
            format!("CREATE ROLE {ROLE} LOGIN NOSUPERUSER NOBYPASSRLS"),
            format!("CREATE DATABASE joinbell OWNER {OWNER}"),
        ] {
            server.sql("postgres", &statement);
        }
        Ok(server)
    }

    fn data(&self) -> String {
        self.folder.path().join("data").display().to_string()
    }

    /// The folder with all that the server writes.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The URL of the database for a role.
    pub(crate) fn url(&self, role: &str) -> String {
        let socket = self.folder.path().display().to_string().replace('/', "%2F");
        format!("postgres://{role}@localhost/joinbell?host={socket}")
    }

    /// Runs a statement as the superuser and gives what psql prints.
    pub(crate) fn sql(&self, database: &str, statement: &str) -> String {
        let socket = self.folder.path().display().to_string();
        let args = [
            "-h", &socket, "-U", "postgres", "-d", database, "-Atqc", statement,
        ];
        self.run("psql", &args)
    }

    /// A backup of a database, as an administrator makes it.
    pub(crate) fn dump(&self, database: &str) -> String {
        let socket = self.folder.path().display().to_string();
        self.run("pg_dump", &["-h", &socket, "-U", "postgres", database])
    }

    /// A database from a backup, as an administrator makes it.
    pub(crate) fn restore(&self, database: &str, dump: &str) {
        self.sql("postgres", &format!("CREATE DATABASE {database}"));
        let file = self.folder.path().join("dump");
        std::fs::write(&file, dump).unwrap();
        let (socket, file) = (
            self.folder.path().display().to_string(),
            file.display().to_string(),
        );
        let to = ["-h", &socket, "-U", "postgres", "-d", database];
        let how = ["-q", "-v", "ON_ERROR_STOP=1", "-f", &file];
        self.run("psql", &[to.as_slice(), &how].concat());
    }

    /// Runs PostgreSQL's own bench as a role with a script, and gives what it
    /// prints. Both connect by the same socket as [`Self::url`].
    pub(crate) fn pgbench(&self, role: &str, script: &str, arguments: &[&str]) -> String {
        let file = self.folder.path().join("script");
        std::fs::write(&file, script).unwrap();
        let socket = self.folder.path().display().to_string();
        let file = file.display().to_string();
        let mut all = vec!["-h", &socket, "-U", role, "-n", "-M", "prepared"];
        all.extend(["-f", &file]);
        all.extend(arguments);
        all.push("joinbell");
        self.run("pgbench", &all)
    }

    fn run(&self, program: &str, arguments: &[&str]) -> String {
        let program = self.binaries.join(program);
        let mut command = if rustix::process::getuid().is_root() {
            let mut command = Command::new("runuser");
            command.args(["-u", "postgres", "--"]).arg(&program);
            command
        } else {
            Command::new(&program)
        };
        // A server that keeps a pipe open would keep its starter waiting.
        let out = self.folder.path().join("out");
        let status = command
            .args(arguments)
            .current_dir(self.folder.path())
            .stdin(Stdio::null())
            .stdout(std::fs::File::create(&out).unwrap())
            .stderr(std::fs::File::create(self.folder.path().join("err")).unwrap())
            .status()
            .unwrap();
        let said = std::fs::read_to_string(&out).unwrap();
        let error = std::fs::read_to_string(self.folder.path().join("err")).unwrap();
        assert!(status.success(), "{}: {said}{error}", program.display());
        said.trim().to_owned()
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        self.run("pg_ctl", &["-D", &self.data(), "-m", "immediate", "stop"]);
    }
}

fn binaries() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").ok()?;
    let mut found: Vec<PathBuf> = versions
        .flatten()
        .map(|version| version.path().join("bin"))
        .filter(|bin| bin.join("initdb").exists())
        .collect();
    found.sort();
    found.pop()
}
