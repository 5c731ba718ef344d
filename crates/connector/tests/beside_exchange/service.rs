//! The real connector before the real service and key service: what it seals
//! there, what it does while one of them is away, and what they can read.

#![cfg(unix)]
#![allow(clippy::expect_used, reason = "a test ends where a step fails")]

use std::{
    fs,
    io::{BufRead as _, BufReader},
    os::unix::fs::FileExt as _,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::Arc,
};

use connector::{AtService, Cabinet as _, Identity, Settings, secret};
use engine::SystemClock;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, KeyUsagePurpose};
use vault::{Vault, sqlite::SqliteStore};

use crate::stage::{
    self, address, eventually,
    house::{House, has, holds},
    meeting, settings_text, simulator, world,
};

const ORGANIZATION: &str = "00112233445566778899aabbccddeeff";

/// `joinbell-cloud`, which the tests of its own crate have built.
fn cloud() -> Option<PathBuf> {
    let beside =
        Path::new(env!("CARGO_BIN_EXE_joinbell-connector")).with_file_name("joinbell-cloud");
    beside.exists().then_some(beside)
}

/// Both programs' files.
struct Place<'a> {
    program: PathBuf,
    folder: &'a Path,
}

struct Running {
    child: Child,
    url: String,
}

impl Drop for Running {
    fn drop(&mut self) {
        let _gone = self.child.kill();
        let _reaped = self.child.wait();
    }
}

impl Place<'_> {
    fn prepare(&self) {
        certificates(self.folder);
        let at = |file: &str| self.folder.join(file).display().to_string();
        for name in ["service", "keys"] {
            self.listen(name, "127.0.0.1:0", &at);
        }
    }

    fn listen(&self, name: &str, address: &str, at: &dyn Fn(&str) -> String) {
        let mut text = format!(
            "[listen]\naddress = {address:?}\ncertificate = {:?}\nkey = {:?}\n\
             [database]\nkind = \"sqlite\"\npath = {:?}\n",
            at("server.pem"),
            at("server.key"),
            at(&format!("{name}.db")),
        );
        if name == "keys" {
            let head = format!("identity = {:?}\n", at("keys-identity"));
            let master = format!(
                "[master]\nkind = \"file\"\npath = {:?}\n",
                at("keys-master")
            );
            text = format!("{head}{text}{master}");
        }
        fs::write(self.folder.join(format!("{name}.toml")), text).expect("settings");
    }

    fn command(&self, name: &str) -> Command {
        let mut command = Command::new(&self.program);
        let file = self.folder.join(format!("{name}.toml"));
        command.arg(name).arg("--config").arg(file);
        // A build with debug assertions lets its own user search its memory.
        command.env("JOINBELL_TEST_SEARCHED", "1");
        command
    }

    fn tell(&self, name: &str, deed: &[&str]) -> String {
        let outcome = self.command(name).args(deed).output().expect("the program");
        let error = String::from_utf8_lossy(&outcome.stderr).into_owned();
        assert!(outcome.status.success(), "{error}");
        String::from_utf8_lossy(&outcome.stdout).trim().to_owned()
    }

    fn start(&self, name: &str) -> Running {
        let log = fs::File::create(self.folder.join(format!("{name}.log"))).expect("a log");
        let mut command = self.command(name);
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .expect("the program");
        let mut line = String::new();
        let out = child.stdout.take().expect("its output");
        BufReader::new(out).read_line(&mut line).expect("a line");
        let url = line
            .trim()
            .rsplit(' ')
            .next()
            .expect("where it is")
            .to_owned();
        Running { child, url }
    }
}

fn certificates(folder: &Path) {
    let authority_key = KeyPair::generate().expect("a key");
    let mut authority = CertificateParams::new(Vec::new()).expect("parameters");
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    authority.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    let pem = authority
        .self_signed(&authority_key)
        .expect("an authority")
        .pem();
    fs::write(folder.join("ca.pem"), pem).expect("a file");
    let issuer = Issuer::new(authority, authority_key);
    let key = KeyPair::generate().expect("a key");
    let server = CertificateParams::new(vec!["127.0.0.1".to_owned()]).expect("parameters");
    let server = server.signed_by(&key, &issuer).expect("a certificate");
    fs::write(folder.join("server.pem"), server.pem()).expect("a file");
    fs::write(folder.join("server.key"), key.serialize_pem()).expect("a file");
}

/// What a debugger would read of a running process.
fn memory_of(process: u32) -> Option<Vec<u8>> {
    let maps = fs::read_to_string(format!("/proc/{process}/maps")).ok()?;
    let memory = fs::File::open(format!("/proc/{process}/mem")).ok()?;
    let mut all = Vec::new();
    for line in maps.lines().filter(|line| line.contains(" rw")) {
        let span = line.split(' ').next()?;
        let (from, to) = span.split_once('-')?;
        let from = u64::from_str_radix(from, 16).ok()?;
        let length = usize::try_from(u64::from_str_radix(to, 16).ok()? - from).ok()?;
        let mut part = vec![0; length];
        // A stretch of the kernel's own is not to be read.
        if memory.read_exact_at(&mut part, from).is_ok() {
            // Most of it was never written to.
            let written = part
                .chunks(4096)
                .filter(|page| page.iter().any(|byte| *byte != 0));
            written.for_each(|page| all.extend_from_slice(page));
        }
    }
    Some(all)
}

#[tokio::test(flavor = "multi_thread")]
async fn sr_52_meetings_reach_the_service_sealed_and_wait_on_exchange_while_it_is_away() {
    const MAILBOXES: usize = 20;
    let Some(program) = cloud() else {
        println!("skipped: joinbell-cloud is not built");
        return;
    };
    let mut world = world(MAILBOXES);
    for number in 0..MAILBOXES {
        let of = address(number);
        let one = meeting(&of, &format!("canary-one {number}"), 24);
        world.add(&of, one).expect("an item");
    }
    let simulator = simulator(world).await;
    let house = House::new(&simulator, MAILBOXES);
    let folder = house.path("cloud");
    fs::create_dir(&folder).expect("a folder");
    let place = Place {
        program,
        folder: &folder,
    };
    place.prepare();
    let public = place.tell("keys", &["initialize"]);
    let ours = house.command().arg("keys").output().expect("its keys");
    let ours = String::from_utf8_lossy(&ours.stdout).trim().to_owned();
    let added = [
        "add-organization",
        "--id",
        ORGANIZATION,
        "--connector",
        &ours,
    ];
    place.tell("service", &added);
    place.tell("keys", &added);
    let service = place.start("service");
    let keys = place.start("keys");

    let server = format!("server = \"{}\"", simulator.ews_url());
    let path = house.path("").display().to_string();
    let with_service = format!(
        "{}\n[service]\norganization = \"{ORGANIZATION}\"\nurl = \"{}\"\nkeys_url = \"{}\"\n\
         keys_public = {public}\nca_file = \"{}/ca.pem\"\n",
        settings_text(&server, path.trim_end_matches('/')),
        service.url,
        keys.url,
        folder.display(),
    );
    house.write("connector.toml", &with_service);
    let running = house.start();
    running.until("listening", MAILBOXES as u64).await;

    // Reading is the connector's right as well; its keys are in its vault.
    let key = secret::key(&secret::Credentials::default(), Some(&house.path("key")));
    let store = SqliteStore::open(&house.path("data/connector.sqlite")).await;
    let own = Vault::open(Arc::new(store.expect("the store")), &key.expect("the key")).await;
    let own = own.expect("the vault");
    let identity = Identity::of(&own).await.expect("its keys");
    let settings = Settings::read(&house.path("connector.toml")).expect("settings");
    let at = settings.service.expect("the service");
    let clock = Arc::new(SystemClock);
    let reader = AtService::new(&at, own, identity, clock).expect("a reader");
    let titles = async |number: usize| {
        let series = reader.meetings(&address(number)).await.expect("its keys");
        stage::titles_of(&series).await
    };
    for number in 0..MAILBOXES {
        assert_eq!(titles(number).await, [format!("canary-one {number}")]);
    }

    // The store is away; what happens meanwhile waits on Exchange.
    let address_of_service = service.url.trim_start_matches("https://").to_owned();
    drop(service);
    for number in 0..MAILBOXES {
        let of = address(number);
        let two = meeting(&of, &format!("canary-two {number}"), 48);
        simulator
            .world(|world| world.add(&of, two))
            .expect("an item");
    }
    running.until("store_resting", 1).await;
    running.until("owed", MAILBOXES as u64).await;
    place.listen("service", &address_of_service, &|file| {
        folder.join(file).display().to_string()
    });
    let service = place.start("service");
    for number in 0..MAILBOXES {
        let both = ["one", "two"].map(|word| format!("canary-{word} {number}"));
        eventually("what waited", async || titles(number).await == both).await;
    }
    for (name, process) in [("service", &service), ("keys", &keys)] {
        let Some(memory) = memory_of(process.child.id()) else {
            let path = std::env::var_os("PATH").unwrap_or_default();
            let has_debugger = std::env::split_paths(&path).any(|at| at.join("gdb").is_file());
            assert!(!has_debugger, "a debugger reads the memory of {name}");
            println!("skipped: this system lets nobody but root read a process' memory");
            break;
        };
        assert!(memory.len() > 1 << 20, "{name}: {} bytes", memory.len());
        // It is the memory that is meant: it knows where it listens.
        let own = process.url.trim_start_matches("https://");
        assert!(has(&memory, own), "{name} knows {own}");
        for word in ["canary", "user000", "user019@"] {
            assert!(!has(&memory, word), "the memory of {name} holds {word}");
        }
    }
    running.end();
    drop((service, keys));

    let mut looked_at = stage::house::files(&folder);
    looked_at.push(house.path("log"));
    for file in looked_at {
        for word in ["canary", "user0", "example.org"] {
            assert!(!holds(&file, word), "{} holds {word}", file.display());
        }
    }
}
