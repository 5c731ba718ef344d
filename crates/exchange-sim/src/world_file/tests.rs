use super::*;
use crate::world::details::Response;
use crate::world::series::{Pattern, Range};

const ANNA: &str = r#"
    [[mailbox]]
    address = "anna@example.org"
    name = "Anna Berg"
    password = "secret"
"#;

fn now() -> DateTime<Utc> {
    "2026-11-23T08:00:00Z".parse().unwrap()
}

fn item(rows: &str) -> Result<World, WorldFileError> {
    read(
        &format!("{ANNA}\n[[mailbox.item]]\nsubject = \"Planning\"\n{rows}"),
        now(),
    )
}

fn refusal(rows: &str) -> String {
    item(rows).expect_err(rows).to_string()
}

#[test]
fn rights_of_a_file_are_those_of_the_world() {
    let text = r#"
        [[mailbox]]
        address = "anna@example.org"
        name = "Anna Berg"
        password = "secret"
        delegates = ["Bo@example.org"]
        default_rights = "details"

        [[mailbox]]
        address = "svc@example.org"
        name = "Service"
        password = "secret"
        impersonates = ["Anna@example.org"]
    "#;
    let world = read(text, now()).unwrap();
    let anna = world.mailbox("anna@example.org").unwrap();
    assert_eq!(anna.default_rights, FreeBusyRights::Details);
    assert!(anna.delegates.contains("bo@example.org"));
    let service = world.mailbox("svc@example.org").unwrap();
    let scope = BTreeSet::from(["anna@example.org".to_owned()]);
    assert_eq!(service.impersonates, Scope::These(scope));
}

#[test]
fn the_example_of_the_documentation_can_be_read() {
    let example: Vec<&str> = include_str!("mod.rs")
        .lines()
        .filter_map(|line| line.strip_prefix("//! "))
        .skip_while(|line| *line != "```toml")
        .skip(1)
        .take_while(|line| *line != "```")
        .collect();
    let world = read(&example.join("\n"), now()).unwrap();
    let anna = world.mailbox("anna@example.org").unwrap();
    assert_eq!(anna.oof.state, OofState::Scheduled);
    assert_eq!((anna.hours.from, anna.hours.to), (480, 990));
    let mut items = anna.calendar.items();
    let planning = items.next().unwrap();
    assert_eq!(planning.details.my_response, Response::Tentative);
    assert_eq!(planning.details.required[1].person.address, None);
    let stand_up = items.next().unwrap().series.as_ref().unwrap();
    let days = vec![Weekday::Mon, Weekday::Wed];
    assert!(matches!(&stand_up.pattern, Pattern::Weekly { every: 1, days: d, .. } if *d == days));
    assert!(matches!(stand_up.range, Range::Until(_)));
    let changed = stand_up.changed.values().next().unwrap();
    assert_eq!(changed.subject, "Late stand-up");
    assert_eq!(changed.end - changed.start, Duration::minutes(15));
    assert_eq!(stand_up.deleted.len(), 1);
}

#[test]
fn a_meeting_of_the_owner_appears_with_those_invited_and_a_room_answers() {
    let text = format!(
        "{ANNA}
        [[mailbox.item]]
        subject = \"Planning\"
        starts_in = 10
        minutes = 30
        attendees = [\"Bo@example.org\", \"oak@example.org\"]

        [[mailbox]]
        address = \"bo@example.org\"
        name = \"Bo Ekman\"
        password = \"secret\"

        [[mailbox]]
        address = \"oak@example.org\"
        name = \"Room Oak\"
        password = \"secret\"
        room = true"
    );
    let world = read(&text, now()).unwrap();
    let details = |address| {
        let mailbox = world.mailbox(address).unwrap();
        mailbox.calendar.items().next().unwrap().details.clone()
    };
    let bo = details("bo@example.org");
    assert_eq!(bo.my_response, Response::NoResponseReceived);
    let own = details("anna@example.org");
    assert_eq!(own.my_response, Response::Organizer);
    assert_eq!(own.required[0].person.name, "Bo Ekman");
    assert_eq!(own.required[1].response, Response::Accept);
}

#[test]
fn whole_days_last_from_midnight_to_midnight_also_when_one_has_25_hours() {
    let world = item("start = \"2026-10-25\"\nminutes = 1440\nall_day = true").unwrap();
    let mailbox = world.mailbox("anna@example.org").unwrap();
    let day = &mailbox.calendar.items().next().unwrap().details;
    assert_eq!(day.end - day.start, Duration::hours(25));
    let refused = refusal("start = \"2026-11-23T10:30:00\"\nminutes = 15\nall_day = true");
    assert!(refused.contains("midnight"), "{refused}");
}

#[test]
fn a_time_may_be_one_of_toml() {
    assert!(item("start = 2026-11-23T09:00:00\nminutes = 30").is_ok());
    assert!(item("start = 2026-11-23T09:00:00+01:00\nminutes = 30").is_ok());
}

#[test]
fn what_makes_no_sense_is_refused_with_the_name_of_the_item() {
    for rows in [
        "minutes = 30",
        "start = \"yesterday\"\nminutes = 30",
        "start = \"2026-11-23T09:00:00\"\nstarts_in = 5\nminutes = 30",
        "start = \"2026-11-23T09:00:00\"\nminutes = -30",
        "start = \"2026-11-23T09:00:00\"\nminutes = 9223372036854775807",
        "starts_in = 9223372036854775807\nminutes = 1",
        "starts_in = 900000000000\nminutes = 1",
        "start = \"+200000-11-23T09:00:00\"\nminutes = 30",
        "start = \"2026-11-23T09:00:00\"\nminutes = 30\ntimes = 3",
        "start = \"2026-11-23T09:00:00\"\nminutes = 30\nrepeats = \"daily\"\nevery = 0",
        "start = \"2026-11-23T09:00:00\"\nminutes = 30\nrepeats = \"daily\"\ntimes = 0",
        "start = \"2026-11-23T09:00:00\"\nminutes = 30\nrepeats = \"weekly\"\non = [\"Moonday\"]",
        "start = \"2026-11-23T09:00:00\"\nminutes = 30\nrepeats = \"daily\"\nuntil = \"2026-11-22\"",
        "start = \"2026-11-23T09:00:00\"\nminutes = 30\nrepeats = \"daily\"\ntimes = 2\ndeleted = [\"2026-11-25\"]",
    ] {
        let refused = refusal(rows);
        assert!(refused.contains("\"Planning\" needs"), "{rows}: {refused}");
    }
}

#[test]
fn a_mailbox_has_an_address_of_its_own() {
    for address in [
        "",
        "anna",
        "@example.org",
        "no address@example.org",
        "ANNA@example.org",
    ] {
        let row = format!("[[mailbox]]\naddress = \"{address}\"\nname = \"A\"\npassword = \"x\"");
        let refused = read(&format!("{ANNA}\n{row}"), now()).unwrap_err();
        assert!(
            matches!(refused, WorldFileError::Address(_)),
            "{address}: {refused}"
        );
    }
}
