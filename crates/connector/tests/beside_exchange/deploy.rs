//! The settings that an administrator is given are taken by the program.

#![cfg(unix)]
#![allow(clippy::expect_used, reason = "a test ends where a step fails")]

use std::{collections::BTreeSet, fs, os::unix::fs::PermissionsExt as _, process::Command};

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

fn read(file: &str) -> String {
    let path = format!("{}/../../{file}", env!("CARGO_MANIFEST_DIR"));
    fs::read_to_string(path).expect("a page")
}

const PAGES: [&str; 3] = [
    "docs/HYBRID.md",
    "docs/HYBRID-CONNECTOR.md",
    "docs/OPERATING.md",
];

/// What the pages have an administrator type, without `connector `.
fn typed() -> BTreeSet<String> {
    let mut typed = BTreeSet::new();
    for page in PAGES {
        let text = read(page);
        for called in text.split("`connector ").skip(1) {
            let command = called.split('`').next().expect("its end");
            typed.insert(command.to_owned());
        }
        // With systemd's credentials the program has neither its key nor its
        // user when it is called by its name.
        for bare in ["`joinbell-connector ", "/bin/joinbell-connector --"] {
            assert!(!text.contains(bare), "{page}: {bare}");
        }
    }
    typed
}

/// In the place of systemd's: gives the credentials, and calls the program
/// with the settings of a house.
fn systemd_run(house: &House) {
    let home = house.folder.path().display();
    let program = env!("CARGO_BIN_EXE_joinbell-connector");
    let script = format!(
        r#"#!/bin/sh
rm -rf {home}/given; mkdir {home}/given
while [ $# -gt 0 ]; do
  case "$1" in
    --property=LoadCredentialEncrypted=*)
      named=${{1#--property=LoadCredentialEncrypted=}}; name=${{named%%:*}}
      [ "${{named#*:}}" = "/etc/credstore.encrypted/$name" ] || exit 8
      cp "{home}/$name" "{home}/given/$name" || exit 7;;
    --*) ;;
    *) break;;
  esac
  shift
done
[ "$1" = /usr/bin/joinbell-connector ] || exit 9
shift
CREDENTIALS_DIRECTORY={home}/given exec {program} --settings {home}/connector.toml "$@"
"#
    );
    house.write("systemd-run", &script);
    let rights = fs::Permissions::from_mode(0o700);
    fs::set_permissions(house.path("systemd-run"), rights).expect("rights");
}

/// As an administrator types it, after the page's function.
fn type_it(house: &House, command: &str) -> (bool, String) {
    let page = read("docs/HYBRID-CONNECTOR.md");
    let (_, function) = page.split_once("connector() { systemd-run").expect("it");
    let (function, _) = function.split_once("; }").expect("its end");
    let typed = format!("connector() {{ systemd-run{function}; }}\nconnector {command}");
    let path = std::env::var("PATH").expect("a path");
    let outcome = Command::new("bash")
        .args(["-c", &typed])
        .env("PATH", format!("{}:{path}", house.folder.path().display()))
        .env_remove("CREDENTIALS_DIRECTORY")
        .output()
        .expect("a shell");
    let good = outcome.status.success();
    let log = if good { Vec::new() } else { outcome.stderr };
    let text = [outcome.stdout, log].concat();
    (good, String::from_utf8_lossy(&text).into_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn sr_55_the_connectors_commands_run_as_the_pages_have_them_typed() {
    let exchange = simulator(world(2)).await;
    let house = House::new(&exchange, 2);
    systemd_run(&house);
    house.write(
        "connector-key",
        "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=",
    );
    fs::rename(house.path("secret"), house.path("exchange-secret")).expect("a credential");
    let settings = fs::read_to_string(house.path("connector.toml")).expect("settings");
    let service = "[service]\norganization = \"00112233445566778899aabbccddeeff\"\n\
                   url = \"https://127.0.0.1:9\"\nkeys_url = \"https://127.0.0.1:9\"\n\
                   keys_public = \"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"\n";
    let shipped = settings
        .replace("secret = ", "# secret = ")
        .replace("key = ", "# key = ");
    house.write("connector.toml", &format!("{shipped}\n{service}"));

    let typed = typed();
    let expected = [
        "--check",
        "devices",
        "keys",
        "revoke ID",
        "revoke ID --mailbox ADDRESS",
    ];
    assert_eq!(
        typed,
        expected.map(str::to_owned).into(),
        "what is tried here"
    );
    let (good, ours) = type_it(&house, "keys");
    assert!(good && ours.contains("signing"), "{ours}");
    assert_eq!(type_it(&house, "devices"), (true, String::new()));
    let (_, said) = type_it(&house, "revoke 00000000000000000000000000000000");
    assert!(said.contains("No such device"), "{said}");
    // Nobody listens there, and it is told of until somebody has heard.
    let of_user = "revoke 00000000000000000000000000000000 --mailbox user@example.org";
    let (good, said) = type_it(&house, of_user);
    assert!(!good && said.contains("tells it again"), "{said}");
    let (good, listed) = type_it(&house, "devices");
    assert!(
        good && listed.contains("user@example.org, revoked"),
        "{listed}"
    );
    let (_, said) = type_it(&house, "--check");
    assert!(said.contains("act for 2 of them"), "{said}");
}
