//! What is the connector's own: the key of its folder, its store, and what it
//! is asked beside its run.

#![cfg(unix)]
#![allow(clippy::expect_used, reason = "a test ends where a step fails")]

use std::{fs, os::unix::fs::PermissionsExt as _};

use base64::{Engine as _, engine::general_purpose::STANDARD};

use connector::program::WAITS_FOR_SOMEBODY;

use crate::stage::{house::House, simulator, world};

/// What a command says, and whether it did its work.
fn told(house: &House, arguments: &[&str]) -> (bool, String) {
    let outcome = house.command().args(arguments).output().expect("an end");
    let good = outcome.status.success();
    let log = if good { Vec::new() } else { outcome.stderr };
    let text = [outcome.stdout, log].concat();
    (good, String::from_utf8_lossy(&text).into_owned())
}

fn write_key(house: &House, bytes: [u8; 32]) {
    house.write("key", &STANDARD.encode(bytes));
    let rights = fs::Permissions::from_mode(0o600);
    fs::set_permissions(house.path("key"), rights).expect("rights");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_is_lost_or_another_ones_is_told_of_and_none_is_made_in_its_place() {
    let simulator = simulator(world(1)).await;
    let house = House::new(&simulator, 1);
    let (good, ours) = told(&house, &["keys"]);
    assert!(good, "{ours}");
    fs::rename(house.path("key"), house.path("lost")).expect("a loss");
    let (good, said) = told(&house, &["keys"]);
    assert!(
        !good && said.contains("is not there") && said.contains("connector.sqlite"),
        "{said}"
    );
    assert!(!house.path("key").exists());

    write_key(&house, [7; 32]);
    let (good, said) = told(&house, &["keys"]);
    assert!(
        !good && said.contains("does not open") && said.contains("connector.sqlite"),
        "{said}"
    );
    assert!(!said.contains("keyring"), "there is none: {said}");
    // Nor is it tried every five seconds.
    let outcome = house.command().output().expect("an end");
    let unit = include_str!("../../../../deploy/joinbell-connector.service");
    let waits = format!("\nRestartPreventExitStatus={WAITS_FOR_SOMEBODY}\n");
    assert!(unit.contains(&waits));
    assert_eq!(outcome.status.code(), Some(WAITS_FOR_SOMEBODY.into()));

    fs::rename(house.path("lost"), house.path("key")).expect("it is found");
    assert_eq!(told(&house, &["keys"]), (true, ours));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_is_damaged_is_not_begun_anew() {
    let simulator = simulator(world(1)).await;
    let house = House::new(&simulator, 1);
    let (good, ours) = told(&house, &["keys"]);
    assert!(good, "{ours}");
    let file = house.path("data/connector.sqlite");
    let mut bytes = fs::read(&file).expect("the store");
    bytes.iter_mut().take(4096).for_each(|byte| *byte ^= 0x55);
    fs::write(&file, bytes).expect("damage");
    for arguments in [&["keys"][..], &["devices"], &["--check"], &[]] {
        let (good, said) = told(&house, arguments);
        assert!(
            !good && said.contains("is damaged") && said.contains("the copy of its folder"),
            "{said}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sr_55_without_the_password_a_device_can_be_revoked_and_no_folder_is_made_without_a_key() {
    let simulator = simulator(world(1)).await;
    let house = House::new(&simulator, 1);
    house.password("");
    let (good, said) = told(&house, &["keys"]);
    assert!(good, "{said}");
    fs::remove_file(house.path("secret")).expect("a loss");
    let service = "[service]\norganization = \"00112233445566778899aabbccddeeff\"\n\
                   url = \"https://127.0.0.1:9\"\nkeys_url = \"https://127.0.0.1:9\"\n\
                   keys_public = \"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"\n";
    let settings = fs::read_to_string(house.path("connector.toml")).expect("settings");
    house.write("connector.toml", &format!("{settings}\n{service}"));
    assert_eq!(told(&house, &["devices"]), (true, String::new()));
    let (_, said) = told(&house, &["revoke", "00000000000000000000000000000000"]);
    assert!(said.contains("No such device"), "{said}");
    let (good, said) = told(&house, &["--check"]);
    assert!(!good && said.contains("password is not known"), "{said}");

    let key = format!("key = \"{}\"", house.path("key").display());
    assert!(settings.contains(&key), "{settings}");
    let data = house.path("data").display().to_string();
    let elsewhere = house.path("elsewhere").display().to_string();
    let without = settings.replace(&key, "").replace(&data, &elsewhere);
    house.write("connector.toml", &without);
    let (good, said) = told(&house, &["keys"]);
    assert!(!good && said.contains("There is no key"), "{said}");
    assert!(!house.path("elsewhere").exists(), "it would be root's");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_may_pass_by_itself_is_tried_again_and_what_is_wrong_waits_for_somebody() {
    let simulator = simulator(world(1)).await;
    let house = House::new(&simulator, 1);
    let status = |said: &str| {
        let outcome = house.command().arg("devices").output().expect("an end");
        let text = String::from_utf8_lossy(&outcome.stderr).into_owned();
        assert!(text.contains(said), "{text}");
        outcome.status.code()
    };
    let (again, waits) = (Some(1), Some(WAITS_FOR_SOMEBODY.into()));
    let settings = fs::read_to_string(house.path("connector.toml")).expect("settings");
    let service = |url: &str, organization: &str| {
        let text = format!(
            "{settings}\n[service]\norganization = \"{organization}\"\nurl = \"{url}\"\n\
             keys_url = \"https://127.0.0.1:9\"\nca_file = \"{}\"\n\
             keys_public = \"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"\n",
            house.path("ca.pem").display()
        );
        house.write("connector.toml", &text);
    };
    let (url, organization) = ("https://127.0.0.1:9", "00112233445566778899aabbccddeeff");
    service(url, "none");
    assert_eq!(status("organization has no 32"), waits);
    service("http://127.0.0.1:9", organization);
    assert_eq!(status("must begin with https"), waits);
    service(url, organization);
    assert_eq!(status("the CA file"), again, "it is being replaced");

    // A folder cannot be read as a file, by nobody.
    fs::rename(house.path("key"), house.path("away")).expect("a key");
    fs::create_dir(house.path("key")).expect("a folder");
    let rights = fs::Permissions::from_mode(0o700);
    fs::set_permissions(house.path("key"), rights).expect("rights");
    assert_eq!(status("cannot be read"), again);

    house.write("connector.toml", "no settings");
    assert_eq!(status("is wrong"), waits);
    fs::remove_file(house.path("connector.toml")).expect("a loss");
    assert_eq!(status("cannot be read"), again, "its disk comes late");
}
