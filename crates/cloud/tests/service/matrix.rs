//! Who may call what (SR-58): every route of both programs, asked by
//! everybody. The rows are compared with the routers' own tables, so a new
//! route without a row fails.

#![allow(clippy::unwrap_used, reason = "a test ends where a step fails")]

use std::collections::BTreeSet;

use cloud::route::{May, Route};
use utoipa::OpenApi as _;
use vault::{
    hybrid::passport::{Audience, Holder},
    opaque::{OpaqueId, Space},
};

use crate::{
    asking::{Asker, Scene, client},
    both::Both,
    stage::{self, Organization},
};

/// The callers, in the order of the columns.
const CALLERS: [&str; 9] = [
    "nobody",
    "an expired request of the connector",
    "a device of another user",
    "another organization's connector",
    "another organization's device",
    "a revoked device",
    "a request for the other program",
    "the device",
    "the connector",
];

type Row = (&'static str, &'static str, [u16; 9]);

const OPEN: [u16; 9] = [200; 9];
/// Writes of the connector, without the body that they need.
const CONNECTOR_WRITES: [u16; 9] = [401, 401, 404, 415, 404, 401, 401, 403, 415];
/// Reads of the mailbox.
const READS: [u16; 9] = [401, 401, 404, 404, 404, 401, 401, 200, 200];

/// The same of the space that all devices of an organization read.
const READS_OF_ALL: [u16; 9] = [401, 401, 200, 404, 404, 401, 401, 200, 200];
const WRITES_OF_ALL: [u16; 9] = [401, 401, 403, 415, 404, 401, 401, 403, 415];

/// In its order, too: its last rows make it and take it away.
const OF_ALL: [Row; 13] = [
    ("GET", "/v1/mailboxes/{mailbox}/keys", READS_OF_ALL),
    ("PUT", "/v1/mailboxes/{mailbox}/keys", WRITES_OF_ALL),
    ("GET", "/v1/mailboxes/{mailbox}/series", READS_OF_ALL),
    (
        "GET",
        "/v1/mailboxes/{mailbox}/series/{series}",
        READS_OF_ALL,
    ),
    (
        "POST",
        "/v1/mailboxes/{mailbox}/series/{series}",
        WRITES_OF_ALL,
    ),
    (
        "DELETE",
        "/v1/mailboxes/{mailbox}/series/{series}",
        [401, 401, 403, 404, 404, 401, 401, 403, 204],
    ),
    ("GET", "/v1/mailboxes/{mailbox}/changes", READS_OF_ALL),
    ("PUT", "/v1/mailboxes/{mailbox}/asks/{letter}", NOBODYS),
    (
        "GET",
        "/v1/mailboxes/{mailbox}/asks/{letter}/answer",
        NOBODYS,
    ),
    (
        "PUT",
        "/v1/mailboxes/{mailbox}/devices/{device}",
        WRITES_OF_ALL,
    ),
    (
        "DELETE",
        "/v1/mailboxes/{mailbox}/devices/{device}",
        REVOKES_OF_ALL,
    ),
    ("PUT", "/v1/mailboxes/{mailbox}", MAKES_OF_ALL),
    ("DELETE", "/v1/mailboxes/{mailbox}", MAKES_OF_ALL),
];

/// It has no user who could ask.
const NOBODYS: [u16; 9] = [401, 401, 403, 403, 404, 401, 401, 403, 403];
const REVOKES_OF_ALL: [u16; 9] = [401, 401, 403, 404, 404, 401, 401, 403, 404];
/// Another organization's space of the same id is another space.
const MAKES_OF_ALL: [u16; 9] = [401, 401, 403, 204, 404, 401, 401, 403, 204];

const KEYS_OF_ALL: [Row; 5] = [
    (
        "POST",
        "/v1/mailboxes/{mailbox}/release",
        [401, 401, 415, 415, 404, 401, 401, 415, 415],
    ),
    (
        "PUT",
        "/v1/mailboxes/{mailbox}/devices/{device}",
        WRITES_OF_ALL,
    ),
    (
        "DELETE",
        "/v1/mailboxes/{mailbox}/devices/{device}",
        REVOKES_OF_ALL,
    ),
    ("PUT", "/v1/mailboxes/{mailbox}", MAKES_OF_ALL),
    ("DELETE", "/v1/mailboxes/{mailbox}", MAKES_OF_ALL),
];

/// In an order in which none spoils the next.
const SERVICE: [Row; 21] = [
    ("GET", "/openapi.json", OPEN),
    // There are two.
    ("GET", "/v1/organization", [404; 9]),
    ("GET", "/v1/organizations/{organization}/connector", OPEN),
    (
        "PUT",
        "/v1/organizations/{organization}/enrolments/{letter}",
        [415; 9],
    ),
    (
        "GET",
        "/v1/organizations/{organization}/enrolments/{letter}/answer",
        [404; 9],
    ),
    (
        "GET",
        "/v1/letters",
        [401, 401, 403, 200, 403, 401, 401, 403, 200],
    ),
    (
        "PUT",
        "/v1/letters/{letter}/answer",
        [401, 401, 403, 415, 403, 401, 401, 403, 415],
    ),
    (
        "DELETE",
        "/v1/letters/{letter}",
        [401, 401, 403, 404, 403, 401, 401, 403, 404],
    ),
    ("GET", "/v1/mailboxes/{mailbox}/keys", READS),
    ("PUT", "/v1/mailboxes/{mailbox}/keys", CONNECTOR_WRITES),
    ("GET", "/v1/mailboxes/{mailbox}/series", READS),
    ("GET", "/v1/mailboxes/{mailbox}/series/{series}", READS),
    (
        "POST",
        "/v1/mailboxes/{mailbox}/series/{series}",
        CONNECTOR_WRITES,
    ),
    (
        "DELETE",
        "/v1/mailboxes/{mailbox}/series/{series}",
        [401, 401, 404, 404, 404, 401, 401, 403, 204],
    ),
    ("GET", "/v1/mailboxes/{mailbox}/changes", READS),
    (
        "PUT",
        "/v1/mailboxes/{mailbox}/asks/{letter}",
        [401, 401, 404, 403, 404, 401, 401, 415, 403],
    ),
    (
        "GET",
        "/v1/mailboxes/{mailbox}/asks/{letter}/answer",
        [401, 401, 404, 403, 404, 401, 401, 404, 403],
    ),
    (
        "PUT",
        "/v1/mailboxes/{mailbox}/devices/{device}",
        CONNECTOR_WRITES,
    ),
    (
        "DELETE",
        "/v1/mailboxes/{mailbox}/devices/{device}",
        [401, 401, 404, 404, 404, 401, 401, 403, 404],
    ),
    // Another organization's mailbox of the same id is another mailbox.
    (
        "PUT",
        "/v1/mailboxes/{mailbox}",
        [401, 401, 404, 204, 404, 401, 401, 403, 204],
    ),
    (
        "DELETE",
        "/v1/mailboxes/{mailbox}",
        [401, 401, 404, 204, 404, 401, 401, 403, 204],
    ),
];

const KEYS: [Row; 6] = [
    ("GET", "/openapi.json", OPEN),
    (
        "POST",
        "/v1/mailboxes/{mailbox}/release",
        [401, 401, 404, 415, 404, 401, 401, 415, 415],
    ),
    (
        "PUT",
        "/v1/mailboxes/{mailbox}/devices/{device}",
        CONNECTOR_WRITES,
    ),
    (
        "DELETE",
        "/v1/mailboxes/{mailbox}/devices/{device}",
        [401, 401, 404, 404, 404, 401, 401, 403, 404],
    ),
    (
        "PUT",
        "/v1/mailboxes/{mailbox}",
        [401, 401, 404, 204, 404, 401, 401, 403, 204],
    ),
    (
        "DELETE",
        "/v1/mailboxes/{mailbox}",
        [401, 401, 404, 204, 404, 401, 401, 403, 204],
    ),
];

fn set_of(routes: &[Route]) -> BTreeSet<(String, String)> {
    let pair = |route: &Route| (route.method.to_string(), route.path.to_owned());
    routes.iter().map(pair).collect()
}

#[test]
fn sr_58_every_route_has_a_row_and_a_description() {
    let described = |document: utoipa::openapi::OpenApi| -> BTreeSet<(String, String)> {
        let mut found = BTreeSet::new();
        for (path, item) in document.paths.paths {
            for (method, there) in [
                ("GET", item.get.is_some()),
                ("PUT", item.put.is_some()),
                ("POST", item.post.is_some()),
                ("DELETE", item.delete.is_some()),
            ] {
                if there {
                    found.insert((method.to_owned(), path.clone()));
                }
            }
        }
        found
    };
    let rows = |rows: &[Row]| -> BTreeSet<(String, String)> {
        rows.iter()
            .map(|(m, p, _)| ((*m).to_owned(), (*p).to_owned()))
            .collect()
    };
    for (own, of_all, routes) in [
        (&SERVICE[..], &OF_ALL[..], cloud::service::routes()),
        (&KEYS[..], &KEYS_OF_ALL[..], cloud::keys::routes()),
    ] {
        let all = set_of(&routes);
        assert_eq!(rows(own), all);
        // Each that names a mailbox may name the space of all.
        let with_mailbox = all.into_iter().filter(|(_, p)| p.contains("{mailbox}"));
        assert_eq!(rows(of_all), with_mailbox.collect());
    }
    let service = described(cloud::service::Description::openapi());
    assert_eq!(service, set_of(&cloud::service::routes()));
    let keys = described(cloud::keys::Description::openapi());
    assert_eq!(keys, set_of(&cloud::keys::routes()));
    let strangers = cloud::keys::routes()
        .into_iter()
        .filter(|r| r.may == May::Anybody);
    assert_eq!(
        strangers.count(),
        1,
        "strangers see the key service's description alone"
    );
}

/// Whether each row is as it says.
async fn holds(scene: &Scene, askers: &[Option<Asker>], url: &str, rows: &[Row]) {
    let mut wrong = Vec::new();
    for (method, path, expected) in rows {
        for (number, asker) in askers.iter().enumerate() {
            let status = scene.status(url, method, path, asker.as_ref()).await;
            if status != expected[number] {
                let (caller, wanted) = (CALLERS[number], expected[number]);
                wrong.push(format!(
                    "{method} {path} by {caller}: {status}, not {wanted}"
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn sr_58_sr_54_everybody_gets_what_the_matrix_says() {
    let both = Both::start().await;
    let (ours, theirs) = (both.organization(), both.organization());
    let (urls, place, clock) = (both.urls(), &both.place, &both.clock);
    let (mailbox, of_ben, of_theirs) = (OpaqueId::random(), OpaqueId::random(), OpaqueId::random());
    let mut devices = Vec::new();
    for (organization, mailbox) in [
        (&ours, mailbox),
        (&ours, of_ben),
        (&theirs, of_theirs),
        (&ours, mailbox),
    ] {
        both.put_mailbox(organization, mailbox).await;
        devices.push(both.device(organization, mailbox).await);
    }
    let revoked = devices.pop().unwrap();
    for (url, audience) in [(&urls[0], Audience::Service), (&urls[1], Audience::Keys)] {
        let caller = ours.caller(place, url, audience, clock);
        let path = format!("/v1/mailboxes/{mailbox}/devices/{}", revoked.id);
        caller
            .ask(vault::remote::Asked::delete(&path), 1000)
            .await
            .unwrap();
    }
    // So that nobody waits for letters.
    for organization in [&ours, &theirs] {
        let stranger = vault::remote::Caller::new(
            &urls[0],
            Some(&place.file("ca.pem")),
            Audience::Service,
            None,
            clock.clock(),
        );
        let stranger = vault::remote::Stranger::new(stranger.unwrap(), organization.id);
        stranger
            .write(OpaqueId::random(), b"sealed".to_vec())
            .await
            .unwrap();
    }

    let all = Space::of_all(ours.id).mailbox;
    both.put_mailbox(&ours, all).await;
    let (one, other) = (Audience::Service, Audience::Keys);
    for (url, mailbox, rows, audience, other) in [
        (&urls[0], all, &OF_ALL[..], one, other),
        (&urls[1], all, &KEYS_OF_ALL[..], other, one),
        (&urls[0], mailbox, &SERVICE[..], one, other),
        (&urls[1], mailbox, &KEYS[..], other, one),
    ] {
        let asker = |organization: &Organization, device: Option<&stage::Device>, audience, now| {
            Some(Asker {
                organization: organization.id,
                holder: device.map_or(Holder::Connector, |device| Holder::Device(device.id)),
                key: device.map_or_else(|| organization.connector.sign(), |d| d.keys.sign()),
                audience,
                now,
            })
        };
        let now = clock.now();
        let scene = Scene {
            client: client(place),
            organization: ours.id,
            mailbox,
        };
        let askers = [
            None,
            asker(&ours, None, audience, now - 121),
            asker(&ours, Some(&devices[1]), audience, now),
            asker(&theirs, None, audience, now),
            asker(&theirs, Some(&devices[2]), audience, now),
            asker(&ours, Some(&revoked), audience, now),
            asker(&ours, None, other, now),
            asker(&ours, Some(&devices[0]), audience, now),
            asker(&ours, None, audience, now),
        ];
        holds(&scene, &askers, url, rows).await;
    }
    both.stop().await;
}
