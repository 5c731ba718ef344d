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
