//! The real program with thousands of mailboxes beside a simulated Exchange in
//! this process: how long it takes until all are in step, what it costs in
//! memory, and how many changes it seals a second and core.
//!
//! `cargo bench -p connector`; `MAILBOXES=1000` for fewer than 5,000, `ITEMS=5`
//! for fewer than 60 in each.

#![expect(
    clippy::expect_used,
    clippy::cast_precision_loss,
    reason = "a bench ends where a step fails, and its numbers are small"
)]

use std::{
    fs,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::TcpStream,
    os::unix::fs::PermissionsExt as _,
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use engine::{Clock as _, SystemClock};
use exchange_sim::{
    Options, Recording, SignIn, Simulator, demo, generate, world::details::Details,
};
use tokio::runtime::Runtime;

const ZONE: Tz = Tz::Europe__Stockholm;
/// A program with so few mailboxes is what stands beside them.
const FEW: usize = 10;

struct Program {
    child: Child,
    address: String,
    _folder: tempfile::TempDir,
}

impl Drop for Program {
    fn drop(&mut self) {
        let _gone = self.child.kill();
        let _reaped = self.child.wait();
    }
}

/// What the kernel says of a process.
#[derive(Clone, Copy)]
struct Cost {
    resident_kib: u64,
    processor: Duration,
}

impl Program {
    fn start(server: &str, mailboxes: usize) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path();
        let list: Vec<String> = (0..mailboxes).map(generate::address).collect();
        fs::write(path.join("mailboxes"), list.join("\n")).expect("a list");
        fs::write(path.join("secret"), demo::PASSWORD).expect("a secret");
        let rights = fs::Permissions::from_mode(0o600);
        fs::set_permissions(path.join("secret"), rights).expect("rights");
        fs::write(path.join("connector.toml"), settings(server, path)).expect("settings");
        let mut child = Command::new(env!("CARGO_BIN_EXE_joinbell-connector"))
            .arg("--settings")
            .arg(path.join("connector.toml"))
            .env("JOINBELL_LOG", "error")
            .stdout(Stdio::piped())
            .spawn()
            .expect("the program");
        let mut line = String::new();
        let out = child.stdout.take().expect("its output");
        BufReader::new(out).read_line(&mut line).expect("a line");
        let address = line.trim().trim_start_matches("http://").to_owned();
        Self {
            child,
            address,
            _folder: folder,
        }
    }

    fn measure(&self, name: &str) -> u64 {
        let mut stream = TcpStream::connect(&self.address).expect("its endpoint");
        let request = b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n";
        stream.write_all(request).expect("a question");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("an answer");
        let name = format!("joinbell_connector_{name} ");
        let line = answer.lines().find_map(|line| line.strip_prefix(&name));
        line.and_then(|number| number.parse().ok())
            .expect("a number")
    }

    /// Waits until a measure is so high; how long it took.
    fn until(&self, runtime: &Runtime, name: &str, at_least: u64) -> TimeDelta {
        let begun = SystemClock.now();
        while self.measure(name) < at_least {
            let moment = SystemClock.now() + TimeDelta::milliseconds(100);
            runtime.block_on(SystemClock.wait_until(moment));
        }
        SystemClock.now() - begun
    }

    fn cost(&self) -> Cost {
        let folder = format!("/proc/{}", self.child.id());
        let status = fs::read_to_string(format!("{folder}/status")).expect("its status");
        let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let resident = resident.and_then(|text| text.split_whitespace().next());
        let stat = fs::read_to_string(format!("{folder}/stat")).expect("its times");
        let (_, after) = stat.rsplit_once(')').expect("a name");
        let ticks: u64 = after
            .split_whitespace()
            .skip(11)
            .take(2)
            .map(|ticks| ticks.parse::<u64>().expect("ticks"))
            .sum();
        Cost {
            resident_kib: resident.expect("memory").parse().expect("a number"),
            // A tick is 10 ms on every Linux that Rust runs on.
            processor: Duration::from_millis(ticks * 10),
        }
    }
}

fn settings(server: &str, folder: &Path) -> String {
    let folder = folder.display();
    format!(
        r#"
        [exchange]
        account = "{}"
        server = "{server}"
        secret = "{folder}/secret"
        [mailboxes]
        list = "{folder}/mailboxes"
        zone = "Europe/Stockholm"
        [store]
        folder = "{folder}/data"
        key = "{folder}/key"
        [endpoint]
        listen = "127.0.0.1:0"
        "#,
        demo::SERVICE
    )
}

fn news(now: DateTime<Utc>, number: usize) -> Details {
    let start = now + TimeDelta::hours(26);
    Details::new(
        format!("News {number}"),
        start,
        start + TimeDelta::hours(1),
        ZONE,
    )
}

fn number(name: &str) -> Option<usize> {
    std::env::var(name).ok()?.parse().ok()
}

fn main() {
    let mailboxes = number("MAILBOXES").unwrap_or(5000);
    let many = mailboxes as u64;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime");
    let world = generate::world(
        SystemClock.now(),
        ZONE,
        mailboxes,
        number("ITEMS").unwrap_or(60),
    )
    .expect("a world");
    let options = Options {
        recording: Recording::Off,
        // What the bench is about is not how a connection proves itself.
        sign_in: SignIn::Basic,
        ..Options::default()
    };
    let simulator = runtime
        .block_on(Simulator::start(world, options))
        .expect("a simulator");
    let server = simulator.ews_url();

    let few = Program::start(&server, FEW);
    few.until(&runtime, "listening", FEW as u64);
    few.until(&runtime, "oof_changed", FEW as u64);
    let beside = few.cost();
    drop(few);
    println!("{FEW} mailboxes: {} KiB resident", beside.resident_kib);

    let program = Program::start(&server, mailboxes);
    let took = program.until(&runtime, "in_step", many);
    let cost = program.cost();
    let put = program.measure("meetings_put");
    println!(
        "{mailboxes} mailboxes in step, {put} meetings sealed: {:.1} s, {:.1} s of processor",
        seconds(took),
        cost.processor.as_secs_f64()
    );
    program.until(&runtime, "listening", many);
    program.until(&runtime, "oof_changed", many);
    let cost = program.cost();
    let each =
        (cost.resident_kib.saturating_sub(beside.resident_kib)) as f64 / (mailboxes - FEW) as f64;
    println!(
        "{mailboxes} mailboxes listened for: {} KiB resident, {each:.2} KiB each beside the rest",
        cost.resident_kib
    );

    for round in 1..=3_u64 {
        let (before, put) = (program.cost(), program.measure("meetings_put"));
        let now = SystemClock.now();
        simulator.world(|world| {
            for number in 0..mailboxes {
                let details = news(now, number);
                world
                    .add(&generate::address(number), details)
                    .expect("an item");
            }
        });
        let took = program.until(&runtime, "meetings_put", put + many);
        let after = program.cost();
        let processor = after
            .processor
            .saturating_sub(before.processor)
            .as_secs_f64();
        println!(
            "round {round}: {mailboxes} changes at once sealed in {:.1} s: {:.0} a second, {:.0} a \
             second and core ({processor:.1} s of processor); {} KiB resident",
            seconds(took),
            mailboxes as f64 / seconds(took),
            mailboxes as f64 / processor,
            after.resident_kib
        );
    }
    runtime.block_on(simulator.stop());
}

fn seconds(time: TimeDelta) -> f64 {
    time.num_milliseconds() as f64 / 1000.0
}
