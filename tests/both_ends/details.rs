//! What is shown of a meeting that is opened, and what stands in it by a
//! keyword.

use std::sync::Arc;

use desktop::view::{
    AgendaView, Answer, Mark, OpenedView, PartView, RowView, SettingName, SettingValue,
    SettingsChange,
};
use exchange_sim::world::details::{Person, Response, Sensitivity};
use rstest::rstest;
use scenarios::stage::ANNA;

use crate::{
    BO,
    office::{End, Office, add_bo, add_daily, meeting, soon},
};

fn row<'a>(agenda: &'a AgendaView, title: &str) -> Option<&'a RowView> {
    let mut rows = agenda.days.iter().flat_map(|day| &day.rows);
    rows.find(|row| row.title == title)
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_private_entry_and_somebody_elses_meeting_are_opened_with_all_that_is_in_them(
    #[values(End::Direct, End::Hybrid)] end: End,
) {
    let office = Office::new(end, |world| {
        add_bo(world);
        let mut doctor = meeting("Doctor", 90).text("Bring the letter.");
        doctor.sensitivity = Sensitivity::Private;
        world.add(ANNA, doctor).expect("an item");
        let review = meeting("Review", 240)
            .text("Three points.")
            .called_by(Person::new("Bo Ekman", BO), Response::Tentative)
            .with(Person::new("Anna Berg", ANNA), Response::Tentative)
            .with(
                Person::new("Cara Holm", "cara@example.net"),
                Response::Decline,
            );
        world.add(ANNA, review).expect("an item");
    })
    .await;
    let session = office.signed_in().await;
    let opened = async |title: &str, notes: &'static str| {
        let id = office.until_has(&session, title).await;
        session.open_meeting(Some(&id)).await.expect("it opens");
        let is_read = |opened: &Arc<OpenedView>| {
            let details = opened.details.as_ref();
            details.is_some_and(|details| details.notes.contains(notes))
        };
        let opened = soon(session.opened(), is_read).await;
        opened.details.clone().expect("its details")
    };
    opened("Doctor", "Bring the letter.").await;
    let review = opened("Review", "Three points.").await;
    let answer = |name: &str| {
        let mut people = review.people.iter();
        people.find(|one| one.name == name).map(|one| one.answer)
    };
    assert_eq!(answer("Cara Holm"), Some(Answer::No));

    let agenda = session.agenda().borrow().clone();
    let marks = |title: &str| row(&agenda, title).map(|row| row.marks.clone());
    assert_eq!(marks("Doctor"), Some(vec![Mark::Private]));
    assert_eq!(marks("Review"), Some(Vec::new()));
    let part = row(&agenda, "Review").map(|row| row.part);
    let answer = Answer::Maybe;
    assert_eq!(part, Some(PartView::Invited { answer }));
    session.stop().await;
    office.close().await;
}

/// The user's own client writes with Exchange, and with the service it is the
/// connector.
#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_keyword_becomes_a_link_to_join_by_which_is_in_the_meeting_for_all(
    #[values(End::Direct, End::Hybrid)] end: End,
) {
    const LINK: &str = "https://acme.webex.com/meet/anna";
    let office = Office::new(end, add_bo).await;
    let session = office.signed_in().await;
    if end == End::Direct {
        let (text, on) = (LINK.to_owned(), true);
        for (name, value) in [
            (SettingName::PersonalRoom, SettingValue::Text { text }),
            (SettingName::WriteDetails, SettingValue::Switch { on }),
        ] {
            let change = SettingsChange { name, value };
            session.change_setting(change).await.expect("it is taken");
        }
    }
    office.until_in_step(&session).await;
    office.world(|world| {
        let call = meeting("Call", 120)
            .at("@webex")
            .called_by(Person::new("Anna Berg", ANNA), Response::Organizer)
            .with(Person::new("Bo Ekman", BO), Response::NoResponseReceived);
        world.add(ANNA, call).expect("an item");
    });
    let can_be_joined = |agenda: &Arc<AgendaView>| {
        row(agenda, "Call").is_some_and(|row| {
            let hosts = row.joins.iter().map(|join| join.host.as_str());
            hosts.eq(["acme.webex.com"])
        })
    };
    soon(session.agenda(), can_be_joined).await;
    let written = || format!("{:?}", office.titled(ANNA, "Call")).contains(LINK);
    office
        .until(written, "the link is in the meeting itself")
        .await;
    session.stop().await;
    office.close().await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_changed_series_is_as_it_was_after_a_restart_without_a_network(
    #[values(End::Direct, End::Hybrid)] end: End,
) {
    let mut office = Office::new(end, add_daily).await;
    let session = office.signed_in().await;
    office.until_titles(&session, &["Daily"; 4]).await;
    office.change_daily(|details| {
        details.subject = "Daily, elsewhere".to_owned();
        details.location = "The garden".to_owned();
    });
    let titles = ["Daily", "Daily, elsewhere", "Daily"];
    office.until_titles(&session, &titles).await;
    office.until_in_step(&session).await;
    office.network(false).await;
    session.stop().await;

    let session = office.session();
    let agenda = office.until_offline(&session).await;
    office.until_titles(&session, &titles).await;
    let changed = row(&agenda, "Daily, elsewhere").expect("it is there");
    assert_eq!(changed.place, "The garden");
    assert!(changed.marks.contains(&Mark::Recurring));
    session.stop().await;
    office.network(true).await;
    office.close().await;
}
