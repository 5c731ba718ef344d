//! The problem report of a session that has much to hide.

use std::sync::Arc;

use calendar::meeting::{Attendee, Person, Response, Role};

use super::{Report, stage::*};
use crate::diagnosis::Around;

fn person(name: &str) -> Person {
    Person {
        name: format!("Canary {name}"),
        address: Some(format!("canary-{name}@example.org")),
    }
}

#[tokio::test]
async fn sr_66_the_report_of_a_full_session_has_no_word_of_its_meetings_also_not_from_the_log() {
    let stage = Stage::new("09:00");
    let session = stage.start_with_account().await;
    let mut planning = meeting("canary-title", "10:00", "10:45");
    planning.location = "canary-room".to_owned();
    planning.organizer = Some(person("organizer"));
    planning.attendees = vec![Attendee {
        person: person("guest"),
        role: Role::Required,
        response: Response::Accepted,
    }];
    stage.servers.tell(&[planning]);
    until(session.report(), |r: &Arc<Report>| {
        !r.board.entries.is_empty()
    })
    .await;
    let log = [
        "a pull failed for canary-title in canary-room".to_owned(),
        "Canary guest <canary-guest@example.org> has not answered Canary organizer".to_owned(),
        "opened https://example.webex.com/meet/ana".to_owned(),
    ];
    let report = session.problem_report(Around {
        system: "Debian",
        screen: "x11",
        log: &log,
    });
    session.stop().await;
    let told = report.text.to_lowercase();
    for word in ["canary", "example.org", "example.webex.com"] {
        assert!(!told.contains(word), "{word} in\n{}", report.text);
    }
    for kept in ["meetings: 1", "Debian", "a pull failed for"] {
        assert!(report.text.contains(kept), "no {kept} in\n{}", report.text);
    }
    assert!(!report.removed.is_empty());
}
