//! Both programs with an authority of their own, an organization and its
//! connector.

#![allow(
    clippy::unwrap_used,
    dead_code,
    reason = "a test ends where a step fails; not every test uses all of it"
)]

use std::{
    io::{BufRead as _, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, KeyUsagePurpose};
use tempfile::TempDir;
use vault::{
    hybrid::{
        enrolment::{Applicant, Attester, Desk, Opening, PublicKeys},
        passport::{Audience, Holder, SignKey},
        sealing::OpenKey,
        wire::DeviceMessage,
    },
    opaque::OpaqueId,
    remote::{Answers, Caller, KeyService, Membership, RemoteStore},
};

/// Keys of a holder.
pub(crate) struct Keys {
    pub(crate) sign: [u8; 32],
    pub(crate) open: OpenKey,
}

impl Keys {
    pub(crate) fn generate() -> Self {
        Self {
            sign: *SignKey::generate().expose(),
            open: OpenKey::generate(),
        }
    }

    pub(crate) fn sign(&self) -> SignKey {
        SignKey::from_bytes(&self.sign)
    }

    pub(crate) fn public(&self) -> PublicKeys {
        PublicKeys {
            signing: self.sign().public(),
            sealing: self.open.public(),
        }
    }
}

/// A folder with certificates and configurations.
pub(crate) struct Place {
    pub(crate) folder: TempDir,
    /// The key service's public key.
    pub(crate) key_service: [u8; 32],
}

/// The program; `JOINBELL_BIN` names a folder with another build of it.
pub(crate) fn binary() -> PathBuf {
    if let Some(folder) = std::env::var_os("JOINBELL_BIN") {
        return Path::new(&folder).join("joinbell-cloud");
    }
    PathBuf::from(option_env!("CARGO_BIN_EXE_joinbell-cloud").unwrap_or("joinbell-cloud"))
}

impl Place {
    pub(crate) fn new() -> Self {
        let folder = TempDir::new().unwrap();
        certificates(folder.path());
        for name in ["service", "keys"] {
            let at = |file: &str| folder.path().join(file).display().to_string();
            let mut text = format!(
                "[listen]\naddress = \"127.0.0.1:0\"\ncertificate = {:?}\nkey = {:?}\n\
                 observe = \"127.0.0.1:0\"\n\
                 [database]\nkind = \"sqlite\"\npath = {:?}\n",
                at("server.pem"),
                at("server.key"),
                at(&format!("{name}.db")),
            );
            if name == "keys" {
                let head = format!("identity = {:?}\n", at("identity"));
                let master = format!("[master]\nkind = \"file\"\npath = {:?}\n", at("master"));
                text = format!("{head}{text}{master}");
            }
            std::fs::write(folder.path().join(format!("{name}.toml")), text).unwrap();
        }
        let (identity, master) = (OpenKey::generate(), SignKey::generate());
        cloud::config::keep_secret(&folder.path().join("identity"), identity.expose()).unwrap();
        cloud::config::keep_secret(&folder.path().join("master"), master.expose()).unwrap();
        Self {
            folder,
            key_service: identity.public(),
        }
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn service_config(&self) -> cloud::config::ServiceConfig {
        cloud::config::load(&self.file("service.toml")).unwrap()
    }

    pub(crate) fn keys_config(&self) -> cloud::config::KeysConfig {
        cloud::config::load(&self.file("keys.toml")).unwrap()
    }
}

fn certificates(folder: &Path) {
    let authority_key = KeyPair::generate().unwrap();
    let mut authority = CertificateParams::new(Vec::new()).unwrap();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    authority.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    let pem = authority.self_signed(&authority_key).unwrap().pem();
    std::fs::write(folder.join("ca.pem"), pem).unwrap();
    let issuer = Issuer::new(authority, authority_key);
    let key = KeyPair::generate().unwrap();
    let server = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap();
    let server = server.signed_by(&key, &issuer).unwrap();
    std::fs::write(folder.join("server.pem"), server.pem()).unwrap();
    std::fs::write(folder.join("server.key"), key.serialize_pem()).unwrap();
}

/// A clock that tests set.
#[derive(Clone)]
pub(crate) struct SetClock(Arc<AtomicU64>);

impl SetClock {
    pub(crate) fn at(seconds: u64) -> Self {
        Self(Arc::new(AtomicU64::new(seconds)))
    }

    pub(crate) fn pass(&self, seconds: u64) {
        self.0.fetch_add(seconds, Ordering::SeqCst);
    }

    pub(crate) fn now(&self) -> u64 {
        self.0.load(Ordering::SeqCst)
    }

    pub(crate) fn clock(&self) -> Arc<dyn Fn() -> u64 + Send + Sync> {
        let time = self.clone();
        Arc::new(move || time.now())
    }
}

/// What `joinbell-cloud keys … exchange-master` says, or why it refused.
pub(crate) fn exchange_master(place: &Place, to: &str) -> Result<String, String> {
    let output = Command::new(binary())
        .args(["keys", "--config"])
        .arg(place.file("keys.toml"))
        .args(["exchange-master", "--file"])
        .arg(place.file(to))
        .output()
        .unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    if output.status.success() {
        Ok(text(output.stdout))
    } else {
        Err(text(output.stderr))
    }
}

/// The real program, started with a configuration.
pub(crate) struct Process {
    child: Child,
    /// Where it listens.
    pub(crate) url: String,
    /// Where health and metrics are.
    pub(crate) observed: String,
}

impl Process {
    pub(crate) fn start(place: &Place, program: &str) -> Self {
        Self::that_logs(place, program, "info")
    }

    /// The same with another level of what it logs.
    pub(crate) fn that_logs(place: &Place, program: &str, level: &str) -> Self {
        let log = std::fs::File::create(place.file(&format!("{program}.log"))).unwrap();
        let mut child = Command::new(binary())
            .arg(program)
            .arg("--config")
            .arg(place.file(&format!("{program}.toml")))
            .env("JOINBELL_LOG", level)
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut address = || {
            let line = lines.next().unwrap().unwrap();
            line.rsplit(' ').next().unwrap().to_owned()
        };
        Self {
            url: address(),
            observed: address(),
            child,
        }
    }

    /// Its number.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Asks it to end, and says whether it ended well.
    pub(crate) fn stop(mut self) -> bool {
        let pid = self.id().to_string();
        let asked = Command::new("kill").args(["-TERM", &pid]).status().unwrap();
        asked.success() && self.child.wait().unwrap().success()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ended = self.child.kill();
        let _reaped = self.child.wait();
    }
}

/// An organization with its connector.
pub(crate) struct Organization {
    pub(crate) id: OpaqueId,
    pub(crate) connector: Keys,
}

impl Organization {
    pub(crate) fn new() -> Self {
        Self {
            id: OpaqueId::random(),
            connector: Keys::generate(),
        }
    }

    /// Adds it with the program's own command.
    pub(crate) fn add_with(&self, place: &Place, program: &str) {
        let keys = serde_json::to_string(&self.connector.public()).unwrap();
        let added = Command::new(binary())
            .arg(program)
            .arg("--config")
            .arg(place.file(&format!("{program}.toml")))
            .args([
                "add-organization",
                "--id",
                &self.id.to_string(),
                "--connector",
                &keys,
            ])
            .output()
            .unwrap();
        let printed = String::from_utf8(added.stdout).unwrap();
        let error = String::from_utf8_lossy(&added.stderr);
        assert_eq!(printed.trim(), self.id.to_string(), "{error}");
    }

    /// Asks as the connector.
    pub(crate) fn caller(
        &self,
        place: &Place,
        url: &str,
        audience: Audience,
        clock: &SetClock,
    ) -> Caller {
        caller(
            place,
            url,
            audience,
            self.id,
            Holder::Connector,
            self.connector.sign(),
            clock,
        )
    }

    /// A device of a mailbox, attested as the connector does it.
    pub(crate) fn device(&self, mailbox: OpaqueId, now: u64) -> (Device, DeviceMessage) {
        let keys = Keys::generate();
        let applicant = Applicant {
            organization: self.id,
            enrolment: OpaqueId::random(),
            address: "anna@example.org".to_owned(),
            connector: self.connector.public(),
            device: keys.public(),
        };
        let mut desk = Desk::default();
        let opening = Opening {
            enrolment: applicant.enrolment,
            address: applicant.address.clone(),
        };
        let code = desk.open(&opening, now).unwrap();
        let sign = self.connector.sign();
        let attester = Attester {
            organization: self.id,
            key: &sign,
            public: self.connector.public(),
            key_service: [0; 32],
            keys_url: "https://keys.example.org",
        };
        let welcome = desk
            .prove(&applicant.prove(&code), attester, |_| mailbox, now)
            .unwrap();
        let attestation = welcome.attestation;
        let device = Device {
            id: attestation.device,
            organization: self.id,
            mailbox,
            keys,
        };
        (device, DeviceMessage { attestation })
    }
}

/// An enrolled device.
pub(crate) struct Device {
    pub(crate) id: OpaqueId,
    pub(crate) organization: OpaqueId,
    pub(crate) mailbox: OpaqueId,
    pub(crate) keys: Keys,
}

impl Device {
    /// Asks as the device.
    pub(crate) fn caller(
        &self,
        place: &Place,
        url: &str,
        audience: Audience,
        clock: &SetClock,
    ) -> Caller {
        let holder = Holder::Device(self.id);
        caller(
            place,
            url,
            audience,
            self.organization,
            holder,
            self.keys.sign(),
            clock,
        )
    }
}

fn caller(
    place: &Place,
    url: &str,
    audience: Audience,
    organization: OpaqueId,
    holder: Holder,
    key: SignKey,
    clock: &SetClock,
) -> Caller {
    let member = Membership {
        organization,
        holder,
        key,
    };
    let ca = place.file("ca.pem");
    Caller::new(
        url,
        Some(&ca),
        audience,
        Some(Arc::new(member)),
        clock.clock(),
    )
    .unwrap()
}

/// The connector's ends at both programs.
pub(crate) fn connector_ends(
    place: &Place,
    organization: &Organization,
    (service, keys): (&str, &str),
    clock: &SetClock,
) -> (Answers, KeyService) {
    let to_service = organization.caller(place, service, Audience::Service, clock);
    let to_keys = organization.caller(place, keys, Audience::Keys, clock);
    (
        Answers::new(to_service),
        KeyService::new(to_keys, place.key_service),
    )
}

/// A mailbox's store as somebody sees it.
pub(crate) fn store(caller: Caller, mailbox: OpaqueId) -> RemoteStore {
    RemoteStore::new(caller, mailbox)
}

/// The system's time, for real processes.
#[expect(
    clippy::disallowed_methods,
    reason = "a real process has the system's clock, and its test must have the same"
)]
pub(crate) fn real_now() -> u64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.unwrap().as_secs()
}
