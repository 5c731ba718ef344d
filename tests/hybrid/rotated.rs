//! Another key in the place of the connector's, as docs/HYBRID-CONNECTOR.md
//! ("Rotate") tells to do it, with the real programs.

use std::{fs, os::unix::fs::PermissionsExt as _, path::Path};

use exchange_sim::World;
use scenarios::{
    hybrid::{
        exchange,
        programs::{Part, Programs, binaries},
    },
    stage::{ANNA, PASSWORD, ZONE, titles, until},
};

use vault::{
    opaque::Space,
    remote::{KeyService, RemoteError},
};

use crate::{
    deceived::{Ahead, caller_that_trusts},
    scene::{meeting, now},
};

/// Puts the connector's folder and key aside, and settings for them.
fn put_aside(folder: &Path) {
    for (from, to) in [("connector", "old"), ("connector.key", "old.key")] {
        fs::rename(folder.join(from), folder.join(to)).unwrap();
    }
    let settings = fs::read_to_string(folder.join("connector.toml")).unwrap();
    let at = |name: &str| format!("\"{}\"", folder.join(name).display());
    let old = settings
        .replace(&at("connector"), &at("old"))
        .replace(&at("connector.key"), &at("old.key"))
        .replace(&at("password"), &at("none"));
    assert_eq!(old.matches("/old").count(), 2, "{old}");
    fs::write(folder.join("old.toml"), old).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn sr_55_and_62_a_connector_with_another_key_is_let_in_and_the_old_key_and_its_devices_are_not()
 {
    let mut world = World::empty(now());
    world.add_mailbox(ANNA, "Anna Berg", ZONE, PASSWORD);
    world.add(ANNA, meeting("canary-before", 60)).unwrap();
    let users = [ANNA.to_owned()];
    let exchange = exchange(world, &users).await;
    let mut programs = Programs::start(exchange, &users, &binaries()).unwrap();
    let has = |title: &'static str| move |s: &engine::Snapshot| titles(s).contains(&title);
    let device = programs.enrolled(ANNA).await;
    let client = programs.client(&device);
    until(&client, has("canary-before")).await;
    let let_in = |said: &Result<String, String>| {
        let said = said.as_ref().unwrap_or_else(|said| said);
        said.contains("let the connector in")
    };
    assert!(let_in(&programs.check("connector.toml")));

    programs.kill(Part::Connector);
    put_aside(programs.folder());
    let password = programs.folder().join("password");
    fs::write(&password, PASSWORD).unwrap();
    fs::set_permissions(&password, fs::Permissions::from_mode(0o600)).unwrap();
    // Its first reading makes the new key, which nobody knows yet.
    let unknown = programs.check("connector.toml");
    assert!(unknown.is_err() && !let_in(&unknown), "{unknown:?}");
    assert!(let_in(&programs.check("old.toml")), "until it is told of");
    let url = &device.keys_url;
    let caller = caller_that_trusts(&programs.ca_file(), url, &device, &Ahead::default());
    let keys = KeyService::new(caller, device.key_service);
    let of_all = Space::of_all(device.organization).mailbox;
    let given = async |mailbox| keys.release(mailbox, &device.open).await.map(drop);
    assert_eq!(given(of_all).await, Ok(()));

    programs.take_in_again().unwrap();
    // The new connector knows none of the old one's devices, and could revoke
    // none of them.
    for mailbox in [of_all, device.mailbox] {
        let refused = given(mailbox).await;
        assert!(
            matches!(refused, Err(RemoteError::Unknown(_))),
            "{refused:?}"
        );
    }
    let old = programs.check("old.toml");
    assert!(old.is_err() && !let_in(&old), "{old:?}");
    let told = programs.check("connector.toml");
    assert!(told.is_ok() && let_in(&told), "{told:?}");
    programs.start_again(Part::Connector).unwrap();
    programs
        .exchange
        .world(|world| world.add(ANNA, meeting("canary-after", 90)))
        .unwrap();

    // The mailbox has another id: what the device has is the last of the old.
    let again = programs.enrolled(ANNA).await;
    assert_ne!(again.mailbox, device.mailbox);
    let newer = programs.client(&again);
    let both = |s: &engine::Snapshot| has("canary-before")(s) && has("canary-after")(s);
    until(&newer, both).await;
    assert!(!has("canary-after")(&client.snapshots().borrow()));
    client.stop().await;
    newer.stop().await;
    programs.stop().unwrap();
}
