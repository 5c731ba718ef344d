//! The settings that an administrator is given are taken by the program.

#![cfg(unix)]
#![allow(clippy::expect_used, reason = "a test ends where a step fails")]

use std::fs;

use crate::stage::{OUTSIDE, SERVICE, house::House, simulator, world};

fn given() -> String {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../deploy/connector.toml");
    fs::read_to_string(path).expect("the settings")
}

/// The settings with the paths and names of a house.
fn at_home(house: &House, settings: &str, server: &str) -> String {
    let folder = house.folder.path().display().to_string();
    settings
        .replace("svc-joinbell@example.org", SERVICE)
        .replace("board@example.org", OUTSIDE)
        .replace("https://mail.example.org/EWS/Exchange.asmx", server)
        .replace("/etc/joinbell/mailboxes", &format!("{folder}/mailboxes"))
        .replace("/var/lib/joinbell-connector", &folder)
        .replace("127.0.0.1:9464", "127.0.0.1:0")
        // What systemd gives as credentials is in files here.
        .replace("# secret = ", "secret = ")
        .replace("/exchange-secret", "/secret")
        .replace("# key = ", "key = ")
}

#[tokio::test(flavor = "multi_thread")]
async fn the_settings_that_are_given_work() {
    let exchange = simulator(world(3)).await;
    let house = House::new(&exchange, 3);
    let settings = at_home(&house, &given(), &exchange.ews_url());
    house.write("connector.toml", &settings);
    let (good, said) = tokio::task::spawn_blocking(move || house.check())
        .await
        .expect("a thread");
    assert!(good, "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_they_only_show_is_known_to_the_program() {
    let exchange = simulator(world(1)).await;
    let house = House::new(&exchange, 1);
    let settings = at_home(&house, &given(), &exchange.ews_url());
    // Lines of the form `# name = value`, each taken up by itself; those of the
    // table that is only shown together.
    let (own, shown_table) = settings.split_once("# [service]").expect("a shown table");
    let is_option = |line: &&str| {
        let name = line
            .strip_prefix("# ")
            .and_then(|text| text.split_once(" = "));
        name.is_some_and(|(name, _)| !name.contains([' ', ',']))
    };
    let options: Vec<&str> = own.lines().filter(is_option).collect();
    let mut all: Vec<String> = options
        .iter()
        .map(|line| own.replace(line, line.trim_start_matches("# ")))
        .collect();
    let table = shown_table.lines().filter(is_option);
    let table: Vec<&str> = table.map(|line| line.trim_start_matches("# ")).collect();
    all.push(format!("{own}\n[service]\n{}\n", table.join("\n")));
    assert!(
        options.len() >= 5 && table.len() >= 5,
        "{options:?} {table:?}"
    );
    for settings in all {
        let file = house.path("file.toml");
        fs::write(&file, &settings).expect("a file");
        if let Err(refused) = connector::Settings::read(&file) {
            let said = refused.to_string();
            // A list and a group exclude each other, and this is no key.
            let of_values = said.contains("group") || said.contains("keys_public");
            assert!(of_values && !said.contains("unknown"), "{said}\n{settings}");
        }
    }
}
