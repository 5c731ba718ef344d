//! `joinbell-cli availability` and `schedule` as a program, with a real
//! keyring, against the simulated Exchange.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]

use std::fs;

use chrono::{DateTime, Days, Duration, NaiveTime, Utc};
use chrono_tz::Tz;
use exchange_sim::{
    Options, Simulator, World, demo,
    server::faults::{Effect, Fault},
    world::{
        details::{Details, Response},
        mailbox::MailboxKind,
    },
};
use scenarios::terminal::{Home, Outcome, Secrets};
use serde_json::Value;

const ZONE: Tz = Tz::Europe__Stockholm;
const BO: &str = "bo@example.org";
const GRETA: &str = "greta@example.org";
const ROOM: &str = "oresund@example.org";
const SETTINGS: &str = "[keywords]\npersonal = \"https://acme.webex.com/meet/anna\"\n";

/// Runs the program beside the simulator.
async fn run(home: &Home, arguments: &[&str], input: &str) -> Outcome {
    let mut command = home.command(arguments);
    command.env("TZ", "Europe/Stockholm");
    let input = input.to_owned();
    tokio::task::spawn_blocking(move || scenarios::terminal::run(command, &input))
        .await
        .unwrap()
}

fn document(printed: &Outcome) -> Value {
    let document: Value = serde_json::from_str(&printed.out).expect(&printed.err);
    assert_eq!(document["version"], 1);
    document
}

/// Nine o'clock in a week's time: in the future whatever day it is.
fn nine(now: DateTime<Utc>) -> DateTime<Utc> {
    let day = now.with_timezone(&ZONE).date_naive() + Days::new(7);
    let nine = day.and_time(NaiveTime::from_hms_opt(9, 0, 0).unwrap());
    nine.and_local_timezone(ZONE).unwrap().with_timezone(&Utc)
}

async fn office(now: DateTime<Utc>) -> Simulator {
    let options = Options::default();
    let mut world = World::empty(now);
    world.add_mailbox(demo::ADDRESS, "Anna Berg", ZONE, demo::PASSWORD);
    world.add_mailbox(BO, "Bo Ekman", ZONE, demo::PASSWORD);
    world.add_mailbox(GRETA, "Greta Lind", ZONE, demo::PASSWORD);
    world
        .add_mailbox(ROOM, "Öresund 2", ZONE, demo::PASSWORD)
        .kind = MailboxKind::Room;
    let start = nine(now);
    let busy = Details::new("Dentist", start, start + Duration::hours(1), ZONE);
    world.add(BO, busy).unwrap();
    Simulator::start(world, options).await.unwrap()
}

/// "Planning" in a mailbox, and how often it is there.
fn planned(server: &Simulator, who: &str) -> Vec<Details> {
    server.world(|world| {
        let items = world.mailbox(who).expect(who).calendar.items();
        let planning = items.filter(|item| item.details.subject == "Planning");
        planning.map(|item| item.details.clone()).collect()
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_meeting_with_two_people_and_a_room_stands_in_their_mailboxes() {
    let home = match Home::new(Secrets::Working) {
        Ok(home) => home,
        Err(lacks) => return println!("skipped: {lacks}"),
    };
    let now = (Options::default().clock)();
    let server = office(now).await;
    let (start, day) = (nine(now), nine(now).with_timezone(&ZONE).date_naive());
    let day = day.to_string();

    let none = run(&home, &["availability", BO], "").await;
    assert_eq!(none.code, 8, "no account yet: {none:?}");
    let url = server.ews_url();
    let account = ["account", "add", "--server", &url, "--user", demo::ADDRESS];
    let added = run(&home, &account, demo::PASSWORD).await;
    assert_eq!(added.code, 0, "{added:?}");
    fs::write(home.data().join("settings.toml"), SETTINGS).unwrap();

    let asked = [
        "availability",
        BO,
        "--room",
        ROOM,
        "--from",
        &day,
        "--days",
        "1",
        "--json",
    ];
    let shown = run(&home, &asked, "").await;
    assert_eq!((shown.code, shown.err.as_str()), (0, ""));
    let times = document(&shown);
    assert_eq!(times["people"][0]["address"], Value::Null);
    assert_eq!(times["people"][1]["name"], "Bo Ekman");
    let dentist = &times["people"][1]["taken"][0];
    assert_eq!(dentist["show_as"], "busy");
    let begins: DateTime<Utc> = dentist["start"].as_str().unwrap().parse().unwrap();
    assert_eq!(begins, start);
    assert_eq!(times["people"][2]["role"], "room");
    assert_eq!(times["unknown"], serde_json::json!([]));
    assert!(!shown.out.contains("Dentist"), "nobody needs to know");
    let text = run(&home, &asked[..asked.len() - 1], "").await;
    assert!(text.out.contains("Bo Ekman  "), "{}", text.out);
    assert!(text.out.contains("best first") || text.out.contains("No time suits"));

    let ten = start.with_timezone(&ZONE) + Duration::hours(1);
    let ten = ten.format("%Y-%m-%dT%H:%M:00").to_string();
    let meeting = [
        "schedule",
        "--title",
        "Planning",
        "--start",
        &ten,
        "--length",
        "45",
        BO,
        "lind",
        "--room",
        ROOM,
        "--message",
        "Three things.",
        "--json",
    ];
    let unknown = run(&home, &[&meeting[..], &["nobody@example.org"]].concat(), "").await;
    assert_eq!(unknown.code, 8, "{unknown:?}");
    assert!(unknown.sentence().contains("nobody@example.org"));
    assert!(
        planned(&server, demo::ADDRESS).is_empty(),
        "nothing was sent"
    );

    let made = run(&home, &meeting, "").await;
    assert_eq!((made.code, made.err.as_str()), (0, ""), "{made:?}");
    let sent = document(&made);
    assert_eq!(sent["invited"][1]["address"], GRETA);
    for who in [demo::ADDRESS, BO, GRETA, ROOM] {
        let copies = planned(&server, who);
        assert_eq!(copies.len(), 1, "{who}");
        assert_eq!(copies[0].start, start + Duration::hours(1), "{who}");
        assert_eq!(copies[0].end - copies[0].start, Duration::minutes(45));
    }
    let own = planned(&server, demo::ADDRESS).remove(0);
    assert_eq!(own.resources[0].response, Response::Accept);
    assert_eq!(own.location, "Öresund 2");

    // The room that the settings name is the way to join it.
    let from = document(&run(&home, &["agenda", "--days", "8", "--json"], "").await);
    let join = &from["meetings"][0]["join"];
    assert_eq!(join["url"], "https://acme.webex.com/meet/anna");
    server.stop().await;
    let away = run(&home, &asked, "").await;
    assert_eq!(away.code, 4, "{away:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn i7_a_lost_answer_makes_the_program_look_and_not_send_again() {
    let home = match Home::new(Secrets::Working) {
        Ok(home) => home,
        Err(lacks) => return println!("skipped: {lacks}"),
    };
    let now = (Options::default().clock)();
    let server = office(now).await;
    let url = server.ews_url();
    let account = ["account", "add", "--server", &url, "--user", demo::ADDRESS];
    let added = run(&home, &account, demo::PASSWORD).await;
    assert_eq!(added.code, 0, "{added:?}");
    server
        .faults()
        .set(Fault::once("CreateItem", Effect::Truncate));
    let ten = nine(now).with_timezone(&ZONE) + Duration::hours(1);
    let ten = ten.format("%Y-%m-%dT%H:%M:00").to_string();
    let meeting = ["schedule", "--title", "Planning", "--start", &ten, BO];
    let made = run(&home, &meeting, "").await;
    assert_eq!((made.code, made.err.as_str()), (0, ""), "{made:?}");
    assert!(made.out.contains("Sent."), "{}", made.out);
    assert_eq!(planned(&server, demo::ADDRESS).len(), 1);
    assert_eq!(planned(&server, BO).len(), 1);
    // Nothing of it is readable where it was written down.
    for file in home.written() {
        let bytes = fs::read(&file).unwrap_or_default();
        for canary in ["Planning", BO] {
            let found = bytes.windows(canary.len()).any(|w| w == canary.as_bytes());
            assert!(!found, "{canary} stands in {}", file.display());
        }
    }
    server.stop().await;
}
