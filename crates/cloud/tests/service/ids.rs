//! Ids say nothing and cannot be guessed (SR-59): by the programs' own tables
//! and documents, so that a new route is looked at as well.

#![allow(clippy::unwrap_used, reason = "a test ends where a step fails")]

use utoipa::OpenApi as _;
use vault::{
    hybrid::passport::{Audience, Holder},
    opaque::OpaqueId,
};

use crate::{
    asking::{Asker, Scene, client},
    both::Both,
    stage::Organization,
};

/// Counters, other forms of an id, and the neighbour of a real one. All but the
/// last are no ids here.
fn guesses(real: OpaqueId) -> Vec<String> {
    let text = real.to_string();
    let (upper, hyphens) = (
        text.to_uppercase(),
        format!("{}-{}", &text[..8], &text[8..]),
    );
    let (short, long) = (text[..31].to_owned(), format!("{text}0"));
    let counters = ["0", "1", "42"].map(str::to_owned);
    let mut next = real;
    next.0[15] ^= 1;
    let forms = [upper, hyphens, short, long, next.to_string()];
    counters.into_iter().chain(forms).collect()
}

/// By the document of each program: what its paths take, and nothing beside
/// them, such as a cursor.
#[test]
fn sr_59_paths_take_ids_alone_and_nothing_else_is_taken() {
    for document in [
        cloud::service::Description::openapi(),
        cloud::keys::Description::openapi(),
    ] {
        let document = serde_json::to_value(document).unwrap();
        let mut looked_at = 0;
        for (path, operations) in document["paths"].as_object().unwrap() {
            for operation in operations.as_object().unwrap().values() {
                let all = operation["parameters"].as_array();
                let all = all.map(Vec::as_slice).unwrap_or_default();
                assert_eq!(all.len(), path.matches('{').count(), "{path}");
                for one in all {
                    let name = one["name"].as_str().unwrap();
                    assert!(path.contains(&format!("{{{name}}}")), "{path}: {name}");
                    let (place, kind) = (&one["in"], &one["schema"]["type"]);
                    assert!(place == "path" && kind == "string", "{path}: {one}");
                    looked_at += 1;
                }
            }
        }
        assert!(looked_at > 5, "{looked_at} were looked at");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sr_59_no_guess_of_an_id_finds_anything() {
    let both = Both::start().await;
    let (urls, ours) = (both.urls(), both.organization());
    let mailbox = OpaqueId::random();
    both.put_mailbox(&ours, mailbox).await;
    let device = both.device(&ours, mailbox).await;
    for (url, audience, routes) in [
        (&urls[0], Audience::Service, cloud::service::routes()),
        (&urls[1], Audience::Keys, cloud::keys::routes()),
    ] {
        let asker = |holder, key| Asker {
            organization: ours.id,
            holder,
            key,
            audience,
            now: both.clock.now(),
        };
        let scene = Scene {
            client: client(&both.place),
            organization: ours.id,
            mailbox,
        };
        let askers = [
            asker(Holder::Connector, ours.connector.sign()),
            asker(Holder::Device(device.id), device.keys.sign()),
        ];
        for route in &routes {
            for (id, real) in [
                ("{organization}", ours.id),
                ("{mailbox}", mailbox),
                ("{device}", device.id),
                ("{series}", OpaqueId::random()),
                ("{letter}", OpaqueId::random()),
            ] {
                let method = route.method.as_str();
                for guess in guesses(real) {
                    let is_an_id = guess.parse::<OpaqueId>().is_ok();
                    // A connector may write under any id of its organization.
                    if !route.path.contains(id) || is_an_id && method != "GET" {
                        continue;
                    }
                    let path = route.path.replace(id, &guess);
                    for asker in &askers {
                        let status = scene.status(url, method, &path, Some(asker)).await;
                        let is_empty = is_an_id && id == "{series}" && status == 200;
                        assert!(
                            [400, 403, 404].contains(&status) || is_empty,
                            "{method} {path}: {status}"
                        );
                    }
                }
            }
        }
    }
    both.stop().await;
}

#[test]
fn sr_59_each_bit_of_an_id_that_is_given_out_is_random() {
    let ours = Organization::new();
    let (mut any, mut all) = ([0; 16], [0xff; 16]);
    // With as many each bit has been 0 and 1.
    for _ in 0..128 {
        let (device, _) = ours.device(OpaqueId::random(), 1_800_000_000);
        for (at, byte) in device.id.0.into_iter().enumerate() {
            any[at] |= byte;
            all[at] &= byte;
        }
    }
    assert_eq!((any, all), ([0xff; 16], [0; 16]));
}
