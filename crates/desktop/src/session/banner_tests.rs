//! Whose account the banner is about, on a stage.

use super::{Course, stage::*};
use crate::{
    problem::ServerTrouble,
    view::{AccountForm, BannerAction},
};

#[tokio::test]
async fn with_several_accounts_the_banner_says_which_one_is_signed_in_again() {
    let stage = Stage::new("09:00");
    let session = stage.start_with_account().await;
    let second = AccountForm {
        user: "omar".to_owned(),
        ..form()
    };
    let second = session.add_account(second).await.unwrap().id;
    stage.until_started(2).await;
    stage.servers.tell(&[]);
    let first = session.accounts().borrow()[0].id.clone();
    assert_ne!(first, second);

    let refused = Course::Trouble(ServerTrouble::Credentials);
    stage.servers.fare_of(&second, refused);
    let agenda = until(session.agenda(), |agenda| agenda.banner.is_some()).await;
    let banner = agenda.banner.clone().unwrap();
    assert_eq!(banner.action, Some(BannerAction::SignIn));
    assert_eq!(banner.account, Some(second.clone()));

    // Of two the first one is told about, and then the other.
    stage.servers.fare_of(&first, refused);
    let about = |id: &String| {
        let id = id.clone();
        until(session.agenda(), move |agenda| {
            agenda.banner.as_ref().and_then(|one| one.account.as_ref()) == Some(&id)
        })
    };
    about(&first).await;
    stage.servers.fare_of(&first, Course::UpToDate);
    about(&second).await;
    session.stop().await;
}

#[tokio::test]
async fn f06_clocks_that_differ_are_told_below_every_other_trouble_and_in_the_report() {
    let stage = Stage::new("09:00");
    let session = stage.start_with_account().await;
    stage.servers.tell(&[]);
    stage
        .servers
        .are_ahead(Some(chrono::Duration::seconds(-605)));
    let agenda = until(session.agenda(), |agenda| agenda.banner.is_some()).await;
    let banner = agenda.banner.clone().unwrap();
    assert_eq!(
        banner.text,
        "The clocks of this computer and of mail.example.org are 10 minutes apart, and \
         reminders follow this computer's; set its clock, or tell your administrator if it is \
         right here."
    );
    assert_eq!(banner.action, Some(BannerAction::Retry));
    let around = crate::diagnosis::Around {
        system: "Debian",
        screen: "x11",
        log: &[],
    };
    let report = session.problem_report(around).text;
    assert!(report.contains("10 minutes apart"), "{report}");
    assert!(!report.contains("example.org"), "{report}");

    stage
        .servers
        .fare(Course::Trouble(ServerTrouble::Credentials));
    until(session.agenda(), |agenda| {
        let action = agenda.banner.as_ref().and_then(|banner| banner.action);
        action == Some(BannerAction::SignIn)
    })
    .await;
    stage.servers.fare(Course::UpToDate);
    stage.servers.are_ahead(None);
    until(session.agenda(), |agenda| agenda.banner.is_none()).await;
    session.stop().await;
}
