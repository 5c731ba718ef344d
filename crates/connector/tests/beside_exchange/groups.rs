//! Which mailboxes share a stream, and by which headers the requests of a
//! group reach the same mailbox server.

#![cfg(unix)]
#![allow(clippy::expect_used, reason = "a test ends where a step fails")]

use std::collections::{BTreeMap, BTreeSet};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use exchange_sim::{Options, SignIn, Simulator, Transport, server::Recorded};

use crate::stage::{
    self, Stage, address, eventually, house::House, meeting, settings, settings_text, world,
};

fn header<'a>(one: &'a Recorded, name: &str) -> Option<&'a str> {
    let mut all = one.headers.iter();
    let found = all.find(|(of, _)| of.as_str() == name);
    found.map(|(_, value)| value.as_str())
}

/// The server that the group's cookie names.
fn named_server(one: &Recorded) -> Option<&str> {
    let cookies = one.headers.iter().filter(|(name, _)| name == "cookie");
    let mut each = cookies.flat_map(|(_, value)| value.split(';'));
    let cookie = each.find_map(|one| one.trim().strip_prefix("X-BackEndOverrideCookie="))?;
    cookie.split('~').next()
}

/// Subscriptions' ids in a document.
fn ids(document: &str) -> Vec<String> {
    let parts = document.split("SubscriptionId>").skip(1).step_by(2);
    let each = parts.filter_map(|part| part.split('<').next());
    each.map(str::to_owned).collect()
}

/// The server that made a subscription: its name stands in the id.
fn server_of(id: &str) -> String {
    let bytes = STANDARD.decode(id).expect("base64");
    let (length, rest) = bytes.split_at(2);
    let length = usize::from(u16::from_le_bytes([length[0], length[1]]));
    String::from_utf8_lossy(&rest[..length]).into_owned()
}

/// What was asked for groups: each anchor with its members, as they were
/// subscribed, and the server.
fn groups(simulator: &Simulator) -> BTreeMap<String, (BTreeSet<String>, String)> {
    let mut groups = BTreeMap::<String, (BTreeSet<String>, String)>::new();
    let mut whose = BTreeMap::new();
    for one in simulator.requests() {
        let is_of_a_group =
            ["Subscribe", "GetStreamingEvents", "Unsubscribe"].contains(&one.operation.as_str());
        let anchor = header(&one, "x-anchormailbox").map(str::to_owned);
        if !is_of_a_group {
            let reads = ["FindItem", "GetItem", "SyncFolderItems", "GetFolder"];
            if reads.contains(&one.operation.as_str()) && one.status == 200 {
                assert_eq!(
                    anchor.as_deref(),
                    Some(one.mailbox.as_str()),
                    "its own server"
                );
                assert_eq!(named_server(&one), None, "{}", one.operation);
            }
            continue;
        }
        if one.status != 200 {
            continue;
        }
        let anchor = anchor.expect("an anchor");
        assert_eq!(header(&one, "x-preferserveraffinity"), Some("true"));
        match one.operation.as_str() {
            "Subscribe" => {
                let answer = one.answers.concat();
                let id = ids(&answer).pop().expect("a subscription");
                let server = server_of(&id);
                whose.insert(id, (anchor.clone(), one.mailbox.clone()));
                if let Some((members, of)) = groups.get_mut(&anchor) {
                    assert_eq!(named_server(&one), Some(of.as_str()), "the group's server");
                    assert_eq!(&server, of, "{}", one.mailbox);
                    members.insert(one.mailbox.clone());
                } else {
                    assert_eq!(one.mailbox, anchor, "the anchor is the first");
                    assert_eq!(named_server(&one), None);
                    groups.insert(anchor.clone(), ([anchor].into(), server));
                }
            }
            "GetStreamingEvents" => {
                let (members, server) = groups.get(&anchor).expect("subscriptions before");
                assert_eq!(one.mailbox, anchor, "charged to the anchor");
                assert_eq!(named_server(&one), Some(server.as_str()));
                let ids = ids(&one.request);
                assert!(!ids.is_empty() && ids.len() <= 200, "{} ids", ids.len());
                for id in ids {
                    let (of, member) = whose.get(&id).expect("a subscription of before");
                    assert_eq!(*of, anchor, "of the same group");
                    assert!(members.contains(member));
                }
            }
            _ => {}
        }
    }
    groups
}

#[tokio::test(flavor = "multi_thread")]
async fn of_201_mailboxes_200_share_a_stream_and_each_group_stays_with_its_anchors_server() {
    const MAILBOXES: usize = 201;
    let options = Options {
        backends: 3,
        sign_in: SignIn::Basic,
        ..Options::default()
    };
    let simulator = stage::simulator_with(world(MAILBOXES), options).await;
    let stage = Stage::with(settings(&simulator), MAILBOXES).await;
    stage.until(|m| &m.listening, MAILBOXES as u64).await;
    stage.until(|m| &m.streams, 2).await;
    for number in [0, 100, 199, 200] {
        let of = address(number);
        let news = meeting(&of, "News", 4);
        simulator
            .world(|world| world.add(&of, news))
            .expect("an item");
        let heard = async || stage.titles(number).await == ["News"];
        eventually("what its stream has told", heard).await;
    }
    let groups = groups(&simulator);
    let anchors: Vec<&str> = groups.keys().map(String::as_str).collect();
    assert_eq!(anchors, [address(0), address(200)]);
    let sizes: Vec<usize> = groups.values().map(|(members, _)| members.len()).collect();
    assert_eq!(sizes, [200, 1]);
    let open = simulator
        .requests()
        .into_iter()
        .filter(|one| one.operation == "GetStreamingEvents");
    let mut asked = BTreeMap::new();
    for one in open {
        let anchor = one.mailbox.clone();
        let most = ids(&one.request)
            .len()
            .max(*asked.get(&anchor).unwrap_or(&0));
        asked.insert(anchor, most);
    }
    let asked: Vec<usize> = asked.into_values().collect();
    assert_eq!(asked, [200, 1], "ids of a stream");
    stage.connector.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn mailboxes_of_two_sites_are_in_groups_of_their_own_with_an_anchor_each() {
    let mut world = world(5);
    for number in 0..5 {
        let site = if number % 2 == 0 { "Lund" } else { "Umea" };
        site.clone_into(&mut world.mailbox_mut(&address(number)).expect("it").site);
    }
    let options = Options {
        transport: Transport::Tls,
        backends: 4,
        ..Options::default()
    };
    let simulator = stage::simulator_with(world, options).await;
    // So that the two anchors are at two servers.
    assert!(simulator.move_mailbox(&address(1)));
    let mut house = House::new(&simulator, 5);
    house.proxy = Some(stage::network::autodiscover_at(simulator.address()).await);
    house.write("ca.pem", simulator.ca_pem().expect("an authority"));
    let folder = house.folder.path().to_str().expect("a path").to_owned();
    let found = format!(
        "allow_basic = true\nca_file = \"{folder}/ca.pem\"\nconfirmed = [\"{}\"]",
        simulator.address()
    );
    house.write("connector.toml", &settings_text(&found, &folder));
    let running = house.start();
    running.until("listening", 5).await;
    running.until("streams", 2).await;
    let of = address(4);
    let news = meeting(&of, "News", 4);
    simulator
        .world(|world| world.add(&of, news))
        .expect("an item");
    running.until("meetings_put", 1).await;
    running.end();
    let groups = groups(&simulator);
    let members = |numbers: &[usize]| numbers.iter().copied().map(address).collect();
    let found: Vec<(&str, &BTreeSet<String>)> = groups
        .iter()
        .map(|(anchor, (members, _))| (anchor.as_str(), members))
        .collect();
    let (lund, umea): (BTreeSet<String>, BTreeSet<String>) =
        (members(&[0, 2, 4]), members(&[1, 3]));
    assert_eq!(
        found,
        [(address(0).as_str(), &lund), (address(1).as_str(), &umea)]
    );
    let servers: BTreeSet<&String> = groups.values().map(|(_, server)| server).collect();
    assert_eq!(servers.len(), 2, "each on its anchor's");
}
