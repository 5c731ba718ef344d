//! The real program in a folder of its own.

#![allow(
    dead_code,
    clippy::expect_used,
    reason = "each test file uses a part of it, and ends where a step fails"
)]

use std::{
    fs,
    io::{BufRead as _, BufReader},
    net::SocketAddr,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    sync::Arc,
};

use base64::{Engine as _, engine::general_purpose::STANDARD_NO_PAD};
use connector::secret::{self, Credentials};
use exchange_sim::Simulator;
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};
use vault::{Vault, sqlite::SqliteStore};

use super::{PASSWORD, address, eventually, settings_text};

/// A folder with everything that a run needs.
pub(crate) struct House {
    pub(crate) folder: TempDir,
    pub(crate) proxy: Option<SocketAddr>,
}

impl House {
    pub(crate) fn new(simulator: &Simulator, mailboxes: usize) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().to_str().expect("a path").to_owned();
        let server = format!("server = \"{}\"", simulator.ews_url());
        let house = Self {
            folder,
            proxy: None,
        };
        house.write("connector.toml", &settings_text(&server, &path));
        house.list(mailboxes);
        house.password(&format!("{PASSWORD}\n"));
        house
    }

    pub(crate) fn password(&self, password: &str) {
        self.write("secret", password);
        let rights = fs::Permissions::from_mode(0o600);
        fs::set_permissions(self.path("secret"), rights).expect("rights");
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).expect("a file");
    }

    pub(crate) fn list(&self, mailboxes: usize) {
        let lines: Vec<String> = (0..mailboxes).map(address).collect();
        self.write("mailboxes", &lines.join("\n"));
    }

    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_joinbell-connector"));
        command
            .arg("--settings")
            .arg(self.path("connector.toml"))
            .env_remove("CREDENTIALS_DIRECTORY")
            .env("JOINBELL_LOG", "debug");
        if let Some(proxy) = self.proxy {
            command.env("HTTPS_PROXY", format!("http://{proxy}"));
        }
        command
    }

    /// Starts the program; its log goes to a file of the house.
    pub(crate) fn start(&self) -> Running {
        let mut options = fs::OpenOptions::new();
        options.create(true).append(true);
        let log = options.open(self.path("log")).expect("a log");
        let mut command = self.command();
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .expect("the program");
        let mut line = String::new();
        let out = child.stdout.take().expect("its output");
        BufReader::new(out).read_line(&mut line).expect("a line");
        let address = line.trim().strip_prefix("http://");
        let address = address.expect("where its endpoint is").to_owned();
        Running { child, address }
    }

    pub(crate) fn check(&self) -> (bool, String) {
        let outcome = self.command().arg("--check").output().expect("a check");
        let text = [outcome.stdout, outcome.stderr].concat();
        (
            outcome.status.success(),
            String::from_utf8_lossy(&text).into_owned(),
        )
    }

    pub(crate) async fn vault(&self) -> Vault {
        let key = secret::key(&Credentials::default(), Some(&self.path("key")));
        let file = self.path("data/connector.sqlite");
        let store = SqliteStore::open(&file).await.expect("the store");
        Vault::open(Arc::new(store), &key.expect("the key"))
            .await
            .expect("the vault")
    }
}

pub(crate) struct Running {
    child: Child,
    address: String,
}

impl Drop for Running {
    fn drop(&mut self) {
        let _gone = self.child.kill();
        let _reaped = self.child.wait();
    }
}

impl Running {
    /// Where its endpoint is.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    pub(crate) async fn ask(&self, path: &str) -> String {
        ask(&self.address, path).await
    }

    /// What comes back for these bytes, until the program ends the connection.
    pub(crate) async fn told(&self, request: &[u8]) -> Vec<u8> {
        let mut answer = Vec::new();
        if let Ok(mut stream) = TcpStream::connect(&self.address).await {
            // Who is refused amid a request is told all the same.
            let _sent = stream.write_all(request).await;
            let _ended = stream.shutdown().await;
            let _read = stream.read_to_end(&mut answer).await;
        }
        answer
    }

    pub(crate) async fn measure(&self, name: &str) -> u64 {
        measure(&self.address, name).await
    }

    pub(crate) async fn until(&self, name: &str, is: u64) {
        eventually(name, async || self.measure(name).await == is).await;
    }

    pub(crate) fn signal(&self, name: &str) {
        let pid = self.child.id().to_string();
        let sent = Command::new("kill").args([name, &pid]).status();
        assert!(sent.expect("kill").success());
    }

    pub(crate) fn kill(mut self) {
        self.child.kill().expect("kill -9");
        self.child.wait().expect("its end");
    }

    /// Waits until it has ended by itself.
    pub(crate) fn ended(mut self) -> ExitStatus {
        self.child.wait().expect("its end")
    }

    /// Ends it in good order.
    pub(crate) fn end(mut self) {
        self.signal("-TERM");
        let status = self.child.wait().expect("its end");
        assert!(status.success(), "{status}");
    }
}

/// What an endpoint answers; nothing when nobody is there.
async fn ask(address: &str, path: &str) -> String {
    let Ok(mut stream) = TcpStream::connect(address).await else {
        return String::new();
    };
    let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n");
    let mut answer = String::new();
    if stream.write_all(request.as_bytes()).await.is_ok() {
        let _read = stream.read_to_string(&mut answer).await;
    }
    answer
}

/// One of a connector's measures.
pub(crate) async fn measure(address: &str, name: &str) -> u64 {
    let text = ask(address, "/metrics").await;
    let name = format!("joinbell_connector_{name} ");
    let line = text.lines().find_map(|line| line.strip_prefix(&name));
    line.and_then(|number| number.parse().ok()).unwrap_or(0)
}

/// Every file below a folder.
pub(crate) fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path);
        }
    }
    found
}

pub(crate) fn holds(file: &Path, word: &str) -> bool {
    has(&fs::read(file).expect("a file"), word)
}

/// Whether a word stands there: as it is, in UTF-16, or in base64 at any of
/// the three places that it can have in a text.
pub(crate) fn has(bytes: &[u8], word: &str) -> bool {
    let wide = word.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let base64 = (0..3).map(|shift| {
        let padded = [&[b'x'; 2][..shift.min(2)], word.as_bytes()].concat();
        let text = STANDARD_NO_PAD.encode(&padded);
        let whole = padded.len() / 3 * 4;
        let from = if shift == 0 { 0 } else { 4 };
        text.as_bytes()
            .get(from..whole)
            .unwrap_or_default()
            .to_vec()
    });
    let forms = [word.as_bytes().to_vec(), wide].into_iter().chain(base64);
    // A few letters turn up by chance.
    let mut forms = forms.filter(|form| form.len() > 4);
    forms.any(|form| memchr::memmem::find(bytes, &form).is_some())
}
