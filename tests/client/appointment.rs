//! An appointment of one's own, with nobody else: the session changes it and
//! takes it out of the calendar, against the simulated Exchange.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a scenario ends where a step fails"
)]

use std::sync::Arc;

use chrono::{DateTime, Duration, DurationRound as _, Utc};
use desktop::{
    Session,
    account::SignIn,
    folder::DataFolder,
    session::{Face, Setup},
    view::{
        AccountForm, AgendaView, OutcomeKind, PartView, RowView, ScheduleChange, SchedulePurpose,
    },
};
use engine::{Clock as _, SystemClock};
use exchange_sim::{Options, Personality, Simulator, World, world::details::Details};
use rstest::rstest;
use scenarios::{
    dark::Dark,
    stage::{ANNA, PASSWORD, ZONE},
    traces,
};
use tokio::sync::watch;
use vault::keyring::MemoryKeyRing;

/// What is seen when `is` holds, within half a minute.
async fn until<T>(mut seen: watch::Receiver<Arc<T>>, is: impl Fn(&T) -> bool) -> Arc<T> {
    let patience = std::time::Duration::from_secs(30);
    let wait = seen.wait_for(|view| is(view));
    let found = tokio::time::timeout(patience, wait).await;
    Arc::clone(&found.expect("it came about").unwrap())
}

fn row<'a>(agenda: &'a AgendaView, title: &str) -> Option<&'a RowView> {
    let mut rows = agenda.days.iter().flat_map(|day| &day.rows);
    rows.find(|row| row.title == title)
}

/// The subject, the start and how many are asked, as the server has it.
fn at_the_server(simulator: &Simulator) -> Vec<(String, DateTime<Utc>, usize)> {
    simulator.world(|world| {
        let mailbox = world.mailbox(ANNA).unwrap();
        let details = mailbox.calendar.items().map(|item| &item.details);
        let told = |one: &Details| (one.subject.clone(), one.start, one.required.len());
        details.map(told).collect()
    })
}

#[rstest]
#[case(Personality::ExchangeSe)]
#[case(Personality::Grommunio)]
#[tokio::test(flavor = "multi_thread")]
async fn an_appointment_without_anybody_else_is_changed_and_taken_out_by_its_owner(
    #[case] personality: Personality,
) {
    let hour = SystemClock
        .now()
        .duration_trunc(Duration::hours(1))
        .unwrap();
    let start = hour + Duration::hours(30);
    let mut world = World::empty(SystemClock.now());
    world.add_mailbox(ANNA, "Anna Berg", ZONE, PASSWORD);
    let dentist = Details::new("Dentist", start, start + Duration::minutes(30), ZONE);
    world.add(ANNA, dentist).unwrap();
    let options = Options {
        personality,
        ..Options::default()
    };
    let simulator = Simulator::start(world, options).await.unwrap();
    traces::listen();
    let folder = tempfile::tempdir().unwrap();
    let data = DataFolder::open(Some(folder.path().to_owned())).unwrap();
    let keys = Arc::new(MemoryKeyRing::default());
    let mut setup = Setup::with_keyring(data, keys, Face::Desktop);
    "en_GB".clone_into(&mut setup.locale);
    let session = Session::start(setup, Arc::new(Dark));
    let form = AccountForm {
        server: simulator.ews_url(),
        user: ANNA.to_owned(),
        password: PASSWORD.to_owned(),
        ca_file: String::new(),
        sign_in: SignIn::default(),
        found: None,
    };
    session.add_account(form).await.unwrap();

    let agenda = until(session.agenda(), |seen| row(seen, "Dentist").is_some()).await;
    let own = row(&agenda, "Dentist").unwrap();
    assert_eq!(own.part, PartView::Owner { changeable: true });

    let edit = SchedulePurpose::Edit {
        meeting: own.id.clone(),
    };
    session.open_schedule(edit).await.unwrap();
    let title = ScheduleChange::Title {
        text: "Dentist, again".to_owned(),
    };
    session.change_schedule(title).await.unwrap();
    let later = ScheduleChange::Move { quarters: 2 };
    session.change_schedule(later).await.unwrap();
    session.send_schedule().await.unwrap();
    until(session.schedule(), |view| {
        let outcome = view.outcome.as_ref();
        outcome.is_some_and(|outcome| outcome.kind == OutcomeKind::Sent)
    })
    .await;
    let moved = (
        "Dentist, again".to_owned(),
        start + Duration::minutes(30),
        0,
    );
    assert_eq!(at_the_server(&simulator), [moved]);

    let agenda = until(session.agenda(), |seen| {
        row(seen, "Dentist, again").is_some()
    })
    .await;
    let own = row(&agenda, "Dentist, again").unwrap();
    assert_eq!(own.part, PartView::Owner { changeable: true });
    session.remove_appointment(&own.id).await.unwrap();
    assert!(at_the_server(&simulator).is_empty());
    until(session.agenda(), |seen| {
        row(seen, "Dentist, again").is_none()
    })
    .await;
    session.stop().await;
    let beside = ["Dentist, again", "Dentist", PASSWORD];
    traces::hold_nothing_private(
        folder.path(),
        &traces::logged(),
        &simulator,
        (ANNA, &beside),
    );
}
