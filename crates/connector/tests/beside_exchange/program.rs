//! The real program beside a simulated Exchange: 200 mailboxes, `kill -9`,
//! signals, the check, and what it leaves on the disk and in its log.

#![cfg(unix)]
#![allow(clippy::expect_used, reason = "a test ends where a step fails")]

use std::{collections::BTreeSet, fs};

use chrono::Datelike as _;
use exchange_sim::{
    Options, Transport,
    server::faults::{Effect, Fault},
    world::{
        mailbox::Scope,
        series::{Pattern, Range, Series},
    },
};

use crate::stage::{
    self, OUTSIDE, PASSWORD, SERVICE, ZONE, address, eventually,
    house::{House, files, holds},
    meeting, settings_text, simulator, world,
};

const MANY: usize = 200;

fn weekly(of: &str) -> (exchange_sim::world::details::Details, Series) {
    let details = meeting(of, "canary-series", 26);
    let day = details.start.with_timezone(&ZONE).date_naive();
    let pattern = Pattern::Weekly {
        every: 1,
        days: vec![day.weekday()],
        week_begins: chrono::Weekday::Mon,
    };
    (details, Series::new(pattern, day, Range::Endless))
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_among_200_busy_mailboxes_it_loses_nothing_and_leaves_nothing_to_read() {
    let mut world = world(MANY);
    for number in 0..MANY {
        let of = address(number);
        let before = meeting(&of, &format!("canary-before {number}"), 24)
            .text("canary-body")
            .at("https://acme.webex.com/meet/canary-link");
        world.add(&of, before).expect("an item");
        let (details, series) = weekly(&of);
        world.add_series(&of, details, series).expect("a series");
        let keyword = meeting(&of, &format!("canary-keyword {number}"), 50).at("@meet");
        world.add(&of, keyword).expect("an item");
    }
    let simulator = simulator(world).await;
    let house = House::new(&simulator, MANY);

    let first = house.start();
    first.until("listening", MANY as u64).await;
    assert!(!house.path("secret").exists(), "the password is sealed");
    let visits = first.measure("visits").await;
    simulator.world(|world| {
        for number in 0..MANY {
            let of = address(number);
            let news = meeting(&of, &format!("canary-news {number}"), 30);
            world.add(&of, news).expect("an item");
        }
    });
    let amid = async || first.measure("visits").await >= visits + 40;
    eventually("it is amid the news", amid).await;
    first.kill();

    simulator.world(|world| {
        for number in 0..MANY {
            let of = address(number);
            let before = world.find(&of, &format!("canary-before {number}"));
            world.delete(&of, before.expect("it")).expect("a deletion");
            let missed = meeting(&of, &format!("canary-missed {number}"), 40).at("@meet");
            world.add(&of, missed).expect("an item");
            let series = world.find(&of, "canary-series").expect("the series");
            let (details, _) = weekly(&of);
            let day = details.start.with_timezone(&ZONE).date_naive();
            let changed = world.change_occurrence(&of, series, day, |one| {
                one.subject = format!("canary-changed {number}");
                one.location = "@webex".to_owned();
            });
            changed.expect("an occurrence");
        }
    });
    let second = house.start();
    second.until("in_step", MANY as u64).await;
    second.until("listening", MANY as u64).await;
    second.until("owed", 0).await;
    // The news of its own writing is taken in as well.
    let written = async || {
        let requests = simulator.requests();
        requests
            .iter()
            .filter(|r| r.operation == "UpdateItem")
            .count()
            == 3 * MANY
    };
    eventually("each keyword is written once", written).await;
    second.end();

    let vault = house.vault().await;
    for number in 0..MANY {
        let titles = stage::titles(&vault, &address(number)).await;
        let (series, mut others): (Vec<_>, Vec<_>) = titles
            .into_iter()
            .partition(|title| title == "canary-series");
        others.sort_unstable();
        let expected =
            ["changed", "keyword", "missed", "news"].map(|word| format!("canary-{word} {number}"));
        assert_eq!(others, expected, "all of its own, and nobody else's");
        assert!(
            (3..=4).contains(&series.len()),
            "{} occurrences",
            series.len()
        );
    }
    vault.close().await;

    let asked: BTreeSet<String> = simulator
        .requests()
        .into_iter()
        .map(|r| r.operation)
        // Who asks how to sign in asks for no operation.
        .filter(|name| !name.is_empty())
        .collect();
    let agreed = [
        "FindItem",
        "GetFolder",
        "GetItem",
        "GetStreamingEvents",
        "GetUserOofSettings",
        "Subscribe",
        "SyncFolderItems",
        "Unsubscribe",
        "UpdateItem",
    ];
    let agreed: BTreeSet<String> = agreed.map(str::to_owned).into();
    assert!(asked.is_subset(&agreed), "sr_47: {asked:?}");

    let mut looked_at = files(&house.path("data"));
    looked_at.push(house.path("log"));
    assert!(looked_at.len() >= 2);
    for file in looked_at {
        for word in [
            "canary",
            "user0",
            "user1",
            "webex.com",
            "jit.si",
            PASSWORD,
            "Planning",
        ] {
            assert!(!holds(&file, word), "{} holds {word}", file.display());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sr_45_no_question_and_no_file_gives_the_password_back() {
    let simulator = simulator(world(2)).await;
    let house = House::new(&simulator, 2);
    let running = house.start();
    running.until("listening", 2).await;
    let mut said = Vec::new();
    for path in [
        "/",
        "/health",
        "/metrics",
        "/secret",
        "/exchange/secret",
        "/health?password",
        "/../../proc/self/environ",
        "/%2e%2e/secret",
        "//metrics//",
        "/metrics#exchange-secret",
        "*",
    ] {
        said.push(running.ask(path).await);
    }
    running.end();
    for arguments in [
        &["keys"][..],
        &["devices"],
        &["--check"],
        &["--help"],
        &["revoke", "00000000000000000000000000000000"],
        &["secret"],
    ] {
        let outcome = house.command().args(arguments).output().expect("an end");
        let text = [outcome.stdout, outcome.stderr].concat();
        said.push(String::from_utf8_lossy(&text).into_owned());
    }
    assert!(said.iter().any(|text| text.contains("listening")));
    let base64 = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, PASSWORD);
    let words = [PASSWORD, base64.trim_end_matches('=')];
    for word in words {
        assert!(!said.iter().any(|text| text.contains(word)));
        for file in files(house.folder.path()) {
            assert!(!holds(&file, word), "{} holds it", file.display());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sr_46_it_does_not_start_with_a_scope_that_has_no_end_unless_it_is_told_to() {
    let mut world = world(2);
    world.mailbox_mut(SERVICE).expect("it").impersonates = Scope::Everybody;
    let simulator = simulator(world).await;
    let house = House::new(&simulator, 2);
    let (clean, said) = house.check();
    assert!(
        !clean && said.contains("WARNING The account can act for 1 mailboxes"),
        "{said}"
    );
    let refused = house.command().output().expect("a start");
    assert!(!refused.status.success());
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(said.contains("wide_scope"), "{said}");
    assert!(!said.contains(OUTSIDE), "{said}");

    let settings = fs::read_to_string(house.path("connector.toml")).expect("settings");
    let warned = settings.replace("outside =", "wide_scope = \"warn\"\noutside =");
    house.write("connector.toml", &warned);
    let running = house.start();
    running.until("scope_is_wide", 1).await;
    running.until("listening", 2).await;
    running.end();
    let log = fs::read_to_string(house.path("log")).expect("a log");
    assert!(log.contains("SCOPE IS TOO WIDE"), "{log}");
}

#[tokio::test(flavor = "multi_thread")]
async fn sr_46_it_does_not_start_when_nobody_outside_of_the_scope_can_be_tried() {
    let simulator = simulator(world(2)).await;
    let house = House::new(&simulator, 2);
    let settings = fs::read_to_string(house.path("connector.toml")).expect("settings");
    let mistyped = settings.replace(OUTSIDE, "nobody-of-this-name@example.org");
    house.write("connector.toml", &mistyped);
    let (clean, said) = house.check();
    assert!(!clean && said.contains("FAULT   None of"), "{said}");
    let refused = house.command().output().expect("a start");
    assert!(!refused.status.success());
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(said.contains("nothing proves"), "{said}");

    let warned = mistyped.replace("outside =", "wide_scope = \"warn\"\noutside =");
    house.write("connector.toml", &warned);
    let running = house.start();
    running.until("scope_is_unproven", 1).await;
    running.until("listening", 2).await;
    running.end();
}

#[tokio::test(flavor = "multi_thread")]
async fn sr_46_a_scope_without_an_end_is_found_out_when_exchange_comes_back() {
    let mut world = world(2);
    world.mailbox_mut(SERVICE).expect("it").impersonates = Scope::Everybody;
    let simulator = simulator(world).await;
    simulator.faults().set(Fault::always(Effect::Close));
    let house = House::new(&simulator, 2);
    let running = house.start();
    let logged = |word: &str| {
        fs::read_to_string(house.path("log"))
            .expect("a log")
            .contains(word)
    };
    eventually("a look", async || logged("not looked at yet")).await;
    assert_eq!(running.measure("listening").await, 0);
    assert_eq!(running.measure("mailboxes").await, 0, "none is touched");
    simulator.faults().clear();
    running.signal("-HUP");
    eventually("a refusal", async || logged("wide_scope")).await;
    assert!(!running.ended().success());
    let touched = simulator.requests();
    let touched = touched.iter().any(|one| one.operation == "SyncFolderItems");
    assert!(!touched, "no calendar was read");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_check_says_what_is_in_order_and_names_mailboxes_by_their_lines() {
    let simulator = simulator(world(3)).await;
    let house = House::new(&simulator, 3);
    let (clean, said) = house.check();
    assert!(clean, "{said}");
    assert!(said.contains("act for 3 of them"), "{said}");
    assert!(said.contains("refused outside of its scope"), "{said}");
    let list = format!(
        "{}\n{OUTSIDE}\n{}\nnobody@example.org\n",
        address(0),
        address(1)
    );
    house.write("mailboxes", &list);
    let (clean, said) = house.check();
    assert!(!clean, "{said}");
    assert!(
        said.contains("(lines 2) are outside of the account's scope"),
        "{said}"
    );
    assert!(said.contains("(lines 4) have no mailbox"), "{said}");
    assert!(
        !said.contains("example.org") && !said.contains(PASSWORD),
        "{said}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_list_and_a_rotated_password_are_read_again_on_sighup() {
    let simulator = simulator(world(4)).await;
    let house = House::new(&simulator, 2);
    let running = house.start();
    running.until("listening", 2).await;
    assert!(running.ask("/health").await.contains("\"health\":\"good\""));

    simulator.world(|world| {
        let account = world.mailbox_mut(SERVICE).expect("the account");
        "canary-rotated".clone_into(&mut account.password);
    });
    house.list(4);
    house.password("canary-rotated");
    running.signal("-HUP");
    running.until("listening", 4).await;
    assert!(!house.path("secret").exists());
    running.end();
    let log = fs::read_to_string(house.path("log")).expect("a log");
    assert!(
        !log.contains("canary") && !log.contains("example.org"),
        "{log}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_of_authorities_that_is_away_for_a_while_leaves_no_mailbox_behind() {
    let options = Options {
        transport: Transport::Tls,
        ..Options::default()
    };
    let simulator = stage::simulator_with(world(2), options).await;
    let house = House::new(&simulator, 2);
    let pem = simulator.ca_pem().expect("an authority");
    house.write("ca.pem", pem);
    let settings = fs::read_to_string(house.path("connector.toml")).expect("the settings");
    let named = format!("[exchange]\nca_file = {:?}", house.path("ca.pem"));
    house.write("connector.toml", &settings.replace("[exchange]", &named));
    let running = house.start();
    running.until("listening", 2).await;

    // What the connector had of the server is made anew with the password.
    simulator.world(|world| {
        let account = world.mailbox_mut(SERVICE).expect("the account");
        "canary-rotated".clone_into(&mut account.password);
    });
    fs::remove_file(house.path("ca.pem")).expect("it goes");
    house.password("canary-rotated");
    running.signal("-HUP");
    let cannot = "a server cannot be used";
    eventually(cannot, async || holds(&house.path("log"), cannot)).await;
    house.write("ca.pem", pem);
    running.until("streams", 1).await;
    running.until("in_step", 2).await;
    running.end();
}

#[tokio::test(flavor = "multi_thread")]
async fn it_tells_how_it_is_logs_lines_of_json_and_ends_when_it_is_asked_to() {
    let simulator = simulator(world(2)).await;
    let house = House::new(&simulator, 2);
    let running = house.start();
    running.until("listening", 2).await;
    let health = running.ask("/health").await;
    assert!(health.starts_with("HTTP/1.1 200") && health.contains("\"health\":\"good\""));
    assert!(running.measure("mailboxes").await == 2);
    // The same for who asks the program itself, as a container does.
    let settings = fs::read_to_string(house.path("connector.toml")).expect("settings");
    let there = settings.replace("127.0.0.1:0", running.address());
    house.write("connector.toml", &there);
    let told = || {
        let outcome = house.command().arg("health").output().expect("an answer");
        let said = String::from_utf8_lossy(&outcome.stdout).into_owned();
        (outcome.status.success(), said)
    };
    let (well, said) = told();
    assert!(well && said.contains("\"health\":\"good\""), "{said}");
    // Its password is no longer right: it says so where it is looked for.
    simulator.world(|world| {
        let account = world.mailbox_mut(SERVICE).expect("the account");
        "another".clone_into(&mut account.password);
    });
    simulator.close_streams();
    running.until("sign_in_refused", 1).await;
    let health = running.ask("/health").await;
    assert!(health.starts_with("HTTP/1.1 503"), "{health}");
    let (well, said) = told();
    assert!(!well && said.contains("\"health\":\"failing\""), "{said}");
    running.end();
    assert!(!told().0, "nobody is there");
    let log = fs::read_to_string(house.path("log")).expect("a log");
    assert!(log.lines().count() > 2, "{log}");
    for line in log.lines() {
        let line: serde_json::Value = serde_json::from_str(line).expect("a line of JSON");
        for name in ["timestamp", "level", "fields"] {
            assert!(!line[name].is_null(), "{name} of {line}");
        }
    }
    for word in ["example.org", PASSWORD, "Calendar Service"] {
        assert!(!log.contains(word), "{word} in {log}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_server_in_the_settings_each_mailbox_is_found_by_autodiscover() {
    let options = Options {
        transport: Transport::Tls,
        ..Options::default()
    };
    let simulator = stage::simulator_with(world(3), options).await;
    let mut house = House::new(&simulator, 3);
    house.proxy = Some(stage::network::autodiscover_at(simulator.address()).await);
    house.write("ca.pem", simulator.ca_pem().expect("an authority"));
    let folder = house.folder.path().to_str().expect("a path").to_owned();
    let found = format!(
        "allow_basic = true\nca_file = \"{folder}/ca.pem\"\nconfirmed = [\"{}\"]",
        simulator.address()
    );
    house.write("connector.toml", &settings_text(&found, &folder));
    let running = house.start();
    running.until("listening", 3).await;
    assert!(running.measure("discoveries").await >= 3);
    let of = address(2);
    let news = meeting(&of, "News", 4);
    simulator
        .world(|world| world.add(&of, news))
        .expect("an item");
    running.until("meetings_put", 1).await;
    running.end();
    let vault = house.vault().await;
    assert_eq!(stage::titles(&vault, &of).await, ["News"]);
    vault.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_distribution_group_names_the_mailboxes_and_is_remembered() {
    const GROUP: &str = "everybody@example.org";
    const SALES: &str = "sales@example.org";
    let mut world = world(4);
    // Each has the other in it, and there is somebody without a mailbox.
    let members = [address(0), SALES.to_owned(), "guest@example.net".to_owned()];
    world.put_group(GROUP, members);
    world.put_group(SALES, [address(1), address(2), GROUP.to_owned()]);
    let simulator = simulator(world).await;
    let house = House::new(&simulator, 0);
    let settings = fs::read_to_string(house.path("connector.toml")).expect("settings");
    let list = format!("list = \"{}\"", house.path("mailboxes").display());
    let group = format!("group = \"{GROUP}\"");
    house.write("connector.toml", &settings.replace(&list, &group));
    let (clean, said) = house.check();
    assert!(clean && said.contains("act for 3 of them"), "{said}");

    let running = house.start();
    running.until("listening", 3).await;
    simulator.world(|world| world.put_group(SALES, [address(1), address(3)]));
    running.signal("-HUP");
    // One has come and one has gone.
    let of = address(3);
    let news = meeting(&of, "News", 4);
    simulator
        .world(|world| world.add(&of, news))
        .expect("an item");
    running.until("meetings_put", 1).await;
    running.until("mailboxes", 3).await;
    running.end();

    // A directory that has nobody any more is not believed at the start.
    simulator.world(|world| world.put_group(GROUP, []));
    let (clean, said) = house.check();
    assert!(!clean && said.contains("no mailbox in it"), "{said}");
    let running = house.start();
    running.until("listening", 3).await;
    running.end();
    let log = fs::read_to_string(house.path("log")).expect("a log");
    assert!(log.contains("the group cannot be read yet"), "{log}");
    assert!(!log.contains("example.org"), "{log}");
}
