//! When the ring's window is asked for, on a stage.

use std::sync::{Arc, Mutex, OnceLock};

use tokio::sync::watch;
use url::Url;

use super::{Face, Session, Silence, stage::*};
use crate::{
    Shell, ShellRefused,
    view::{AgendaView, NotificationView, ProblemCode, RingView, TrayAction, TrayEntry},
};

/// A shell that writes down how much rings whenever its window is asked for.
#[derive(Default)]
struct Looker {
    ring: OnceLock<watch::Receiver<Arc<RingView>>>,
    seen: Mutex<Vec<(&'static str, usize)>>,
}

impl Looker {
    fn look(&self, why: &'static str) {
        if let Some(ring) = self.ring.get() {
            let rings = ring.borrow().rings.len();
            self.seen.lock().unwrap().push((why, rings));
        }
    }
}

impl Shell for Looker {
    fn ring(&self, _: &NotificationView) {
        self.look("ring");
    }

    fn show_ring(&self) {
        self.look("show");
    }

    fn bring_ring_back(&self) {
        self.look("back");
    }

    fn hide_ring(&self) {}

    fn withdraw(&self, _: &str) {}

    fn open(&self, _: &Url) -> Result<(), ShellRefused> {
        Ok(())
    }

    fn copy(&self, _: &str) -> Result<(), ShellRefused> {
        Ok(())
    }
}

async fn until_rings(session: &Session, count: usize) -> Arc<RingView> {
    until(session.ring(), |ring| ring.rings.len() == count).await
}

#[tokio::test]
async fn where_nothing_rings_no_window_is_asked_for_and_a_sentence_says_so() {
    let stage = Stage::new("09:00");
    let session = stage.start_with_account().await;
    stage.servers.tell(&[meeting("Review", "10:00", "10:45")]);
    until(session.agenda(), |a| !a.heroes.is_empty()).await;
    let refused = session.show_ring().await.unwrap_err();
    assert_eq!(refused.code, ProblemCode::Gone);
    assert_eq!(refused.text, "Nothing rings at the moment.");
    assert_eq!(stage.shell.taken(), [""; 0]);

    // As on a notification that stays where the system keeps it.
    stage.clock.set("09:55");
    let ring = until_rings(&session, 1).await;
    session.dismiss(&ring.rings[0].id).await.unwrap();
    until_rings(&session, 0).await;
    session.show_ring().await.unwrap_err();
    session.stop().await;
    assert_eq!(stage.shell.taken(), ["ring Review", "withdraw", "hide"]);
}

#[tokio::test]
async fn what_a_window_is_asked_for_is_there_before_it_is_asked_for() {
    let stage = Stage::new("09:55");
    let looker = Arc::new(Looker::default());
    let start = || {
        let shell = Arc::clone(&looker) as Arc<dyn Shell>;
        Session::start(stage.setup(Face::Desktop), shell)
    };
    let session = start();
    session.add_account(form()).await.unwrap();
    stage.until_started(1).await;
    let review = meeting("Review", "10:00", "11:30");
    stage.servers.tell(std::slice::from_ref(&review));
    until_rings(&session, 1).await;
    session.stop().await;

    // What rang in an earlier run waits in the tray.
    let session = start();
    assert!(looker.ring.set(session.ring()).is_ok());
    stage.until_started(2).await;
    stage.servers.tell(&[review]);
    let offers = |entry: &TrayEntry| matches!(entry, TrayEntry::Item { action, .. } if *action == TrayAction::ShowRing);
    until(session.tray(), |tray| tray.menu.iter().any(offers)).await;
    assert!(session.ring().borrow().rings.is_empty());
    session.show_ring().await.unwrap();

    // It is put aside, and comes back with the end of a silence.
    stage.clock.set("10:06");
    until_rings(&session, 0).await;
    session.silence(Silence::ForAnHour).await.unwrap();
    session.silence(Silence::Ends).await.unwrap();
    until_rings(&session, 1).await;
    session.stop().await;
    let seen = looker.seen.lock().unwrap().clone();
    assert_eq!(seen, [("show", 1), ("back", 1)], "it has rung before");
}

#[tokio::test]
async fn f03_what_was_slept_through_stands_in_the_agenda_with_a_note() {
    let stage = Stage::new("09:00");
    let session = stage.start_with_account().await;
    let all = [
        meeting("Review", "10:00", "10:45"),
        meeting("Planning", "13:00", "14:00"),
    ];
    stage.servers.tell(&all);
    until(session.agenda(), |a| !a.heroes.is_empty()).await;
    stage.clock.pass(chrono::Duration::hours(2));
    let tags = |agenda: &AgendaView| {
        let rows = agenda.days.iter().flat_map(|day| &day.rows);
        let tags = rows.map(|row| (row.title.clone(), row.tag.clone()));
        tags.collect::<Vec<_>>()
    };
    let noted = until(session.agenda(), |a| {
        tags(a).iter().any(|(_, tag)| !tag.is_empty())
    });
    let own = |text: &str| text.to_owned();
    let expected = [
        (own("Review"), own("Reminder missed")),
        (own("Planning"), String::new()),
    ];
    assert_eq!(tags(noted.await.as_ref()), expected);
    assert_eq!(
        stage
            .shell
            .taken()
            .iter()
            .filter(|one| one.starts_with("ring"))
            .count(),
        0
    );
    session.stop().await;
}
