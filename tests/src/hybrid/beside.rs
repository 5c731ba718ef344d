//! The connector beside the simulated Exchange.

use std::{fs, io, net::SocketAddr, os::unix::fs::PermissionsExt as _, path::Path, sync::Arc};

use connector::{
    program::{Program, Signal, Trouble},
    secret::Credentials,
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    runtime::{self, Runtime},
    sync::mpsc,
    task::JoinHandle,
};
use vault::{hybrid::wire::Bytes, opaque::OpaqueId};

use super::{Hybrid, OUTSIDE, SERVICE_ACCOUNT};
use crate::stage::{PASSWORD, ZONE};

/// What a connector's settings name.
pub(super) struct Named<'a> {
    /// Where its files are.
    pub(super) folder: &'a Path,
    /// The address of EWS.
    pub(super) server: &'a str,
    pub(super) organization: OpaqueId,
    /// Addresses of the service and of the key service.
    pub(super) urls: [&'a str; 2],
    /// The key service's public key.
    pub(super) key_service: [u8; 32],
}

fn write(path: &Path, text: &str) {
    fs::write(path, text).expect("a file");
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).expect("rights");
}

/// Writes the connector's settings, its list and its password.
pub(super) fn prepare(named: &Named<'_>, users: &[String]) {
    let at = |name: &str| named.folder.join(name).display().to_string();
    // Bytes always have a JSON form, which is one of TOML as well.
    let public = serde_json::to_string(&Bytes(named.key_service.to_vec())).unwrap_or_default();
    let [url, keys_url] = named.urls;
    let text = format!(
        r#"
        [exchange]
        account = "{SERVICE_ACCOUNT}"
        server = "{}"
        secret = "{}"

        [mailboxes]
        list = "{}"
        zone = "{ZONE}"
        outside = ["{OUTSIDE}"]

        [store]
        folder = "{}"
        key = "{}"

        [keywords]
        personal = "https://acme.webex.com/meet/{{user}}"
        space = ""
        one_time = ""

        [endpoint]
        listen = "127.0.0.1:0"

        [service]
        organization = "{}"
        url = "{url}"
        keys_url = "{keys_url}"
        keys_public = {public}
        ca_file = "{}"
        "#,
        named.server,
        at("password"),
        at("mailboxes"),
        at("connector"),
        at("connector.key"),
        named.organization,
        at("ca.pem"),
    );
    write(&named.folder.join("connector.toml"), &text);
    write(&named.folder.join("mailboxes"), &users.join("\n"));
    // The program seals it and takes the file away.
    write(&named.folder.join("password"), PASSWORD);
}

/// The program, which has read its settings.
pub(super) async fn program(folder: &Path) -> Program {
    let file = folder.join("connector.toml");
    let read = Program::read(&file, Credentials::default()).await;
    read.expect("the settings are in order")
}

/// A running connector, on threads of its own.
#[derive(Debug)]
pub struct Beside {
    runtime: Option<Runtime>,
    signals: mpsc::Sender<Signal>,
    task: JoinHandle<Result<(), Trouble>>,
}

impl Drop for Beside {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl Beside {
    /// Ends it in good order.
    pub async fn stop(mut self) {
        self.end().await;
    }

    /// The same, so that another one can take its place.
    pub async fn end(&mut self) {
        // One that has ended by itself hears nothing.
        let _heard = self.signals.send(Signal::End).await;
        let ended = (&mut self.task).await.expect("the connector runs");
        ended.expect("it ends in good order");
    }

    /// Lets it read its list and password again.
    pub async fn reload(&self) {
        // One that has ended hears nothing.
        let _heard = self.signals.send(Signal::Reload).await;
    }

    /// Why it ended by itself.
    pub async fn ended(mut self) -> Result<(), Trouble> {
        (&mut self.task).await.expect("the connector runs")
    }
}

/// One of a connector's measures.
pub(super) async fn measure(endpoint: SocketAddr, name: &str) -> u64 {
    let text = ask(endpoint).await.unwrap_or_default();
    let name = format!("joinbell_connector_{name} ");
    let line = text.lines().find_map(|line| line.strip_prefix(&name));
    line.and_then(|number| number.parse().ok())
        .expect("a measure")
}

/// The measures of a program.
pub(super) async fn ask(endpoint: SocketAddr) -> io::Result<String> {
    let mut stream = TcpStream::connect(endpoint).await?;
    stream
        .write_all(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        .await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    Ok(answer)
}

impl Hybrid {
    /// The connector's program, which has read its settings: for what it does
    /// instead of running.
    pub async fn program(&self) -> Program {
        program(self.folder()).await
    }

    /// Starts a connector.
    pub async fn connector(&self) -> Beside {
        let program = self.program().await.by(Arc::clone(&self.clock));
        let runtime = runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .expect("threads");
        let (signals, heard) = mpsc::channel(1);
        let task = runtime.spawn(program.run(heard, |_endpoint| {}));
        Beside {
            runtime: Some(runtime),
            signals,
            task,
        }
    }
}
