//! Whole requests for what is another's: they find nothing, exactly as for
//! what is not there at all (SR-58). The matrix (`matrix.rs`) asks without
//! bodies, which tells who passes the gate.

#![allow(clippy::unwrap_used, reason = "a test ends where a step fails")]

use serde_json::{Value, to_value};
use utoipa::OpenApi as _;
use vault::{
    Store as _,
    hybrid::{
        passport::Audience,
        wire::{Bytes, CommitMessage, KeyBoxMessage, LetterMessage, ReleaseMessage},
    },
    opaque::OpaqueId,
    remote::{Asked, Caller, RemoteError},
    store::{BlindId, Outcome, Replace, SealedBatch, SealedRow},
};

use crate::{
    both::Both,
    stage::{Organization, store},
};

fn batch(series: BlindId) -> SealedBatch {
    SealedBatch {
        series,
        keys: None,
        after: None,
        replace: Replace::Everything,
        put: vec![SealedRow {
            record: BlindId([2; 16]),
            expires: None,
            blob: b"sealed".to_vec(),
        }],
        beside: Vec::new(),
        delete: Vec::new(),
        head: b"head".to_vec(),
    }
}

/// Routes with a body that name a mailbox or a letter, by the program's own
/// document.
fn with_bodies(document: utoipa::openapi::OpenApi) -> Vec<(String, String)> {
    let document = to_value(document).unwrap();
    let mut found = Vec::new();
    for (path, operations) in document["paths"].as_object().unwrap() {
        for (method, operation) in operations.as_object().unwrap() {
            let is_strangers = path.contains("{organization}");
            if !operation["requestBody"].is_null() && !is_strangers {
                found.push((method.clone(), path.clone()));
            }
        }
    }
    found
}

/// A message that belongs to a route.
fn message(path: &str, asker: &Organization, mailbox: OpaqueId, now: u64) -> (String, Value) {
    let any = OpaqueId::random();
    let sealed = || Bytes(b"sealed".to_vec());
    let letter = to_value(LetterMessage { sealed: sealed() });
    let (device, attested) = asker.device(mailbox, now);
    let (id, value) = match path.rsplit('/').next().unwrap() {
        "keys" => (any, to_value(KeyBoxMessage::after(None, b"box".to_vec()))),
        "{series}" => (any, to_value(CommitMessage::from(batch(BlindId(any.0))))),
        "{letter}" | "answer" => (any, letter),
        "{device}" => (device.id, to_value(attested)),
        "release" => (any, to_value(ReleaseMessage { nonce: any })),
        _ => panic!("{path} takes a body, and there is none for it here"),
    };
    let path = path.replace("{mailbox}", &mailbox.to_string());
    let path = ["{series}", "{letter}", "{device}"]
        .into_iter()
        .fold(path, |path, name| path.replace(name, &id.to_string()));
    (path, value.unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn sr_58_what_is_anothers_is_as_if_it_was_not_there() {
    let both = Both::start().await;
    let (ours, theirs) = (both.organization(), both.organization());
    let (urls, place, clock) = (both.urls(), &both.place, &both.clock);
    let (mailbox, of_ben) = (OpaqueId::random(), OpaqueId::random());
    for one in [mailbox, of_ben] {
        both.put_mailbox(&ours, one).await;
    }
    let ben = both.device(&ours, of_ben).await;
    let to_service = ours.caller(place, &urls[0], Audience::Service, clock);
    let own = store(to_service, mailbox);
    let there = BlindId([1; 16]);
    assert_eq!(own.commit(batch(there)).await, Ok(Outcome::Done));
    let before = own.read(there).await.unwrap();

    let mut tried = 0;
    for (url, audience, document) in [
        (
            &urls[0],
            Audience::Service,
            cloud::service::Description::openapi(),
        ),
        (
            &urls[1],
            Audience::Keys,
            cloud::keys::Description::openapi(),
        ),
    ] {
        let foreign = theirs.caller(place, url, audience, clock);
        let of_ben = ben.caller(place, url, audience, clock);
        let routes = with_bodies(document);
        for (method, path) in &routes {
            for (caller, organization) in [(&foreign, &theirs), (&of_ben, &ours)] {
                let mut outcomes = Vec::new();
                for mailbox in [mailbox, OpaqueId::random()] {
                    let (path, value) = message(path, organization, mailbox, clock.now());
                    outcomes.push(ask(caller, method, &path, &value).await);
                }
                let what = format!("{method} {path}: {outcomes:?}");
                assert_eq!(outcomes[0], outcomes[1], "{what}");
                let refused = |error: &RemoteError| {
                    matches!(error, RemoteError::Absent(_) | RemoteError::Refused(_))
                };
                assert!(outcomes[0].as_ref().is_err_and(refused), "{what}");
                tried += 1;
            }
        }
    }
    // At both programs, by both: keys, a commit, an ask, an answer, a device;
    // a release and a device.
    assert_eq!(tried, 14);
    assert_eq!(own.read(there).await.unwrap(), before);
    assert_eq!(own.series().await.unwrap(), [there]);
    both.stop().await;
}

async fn ask(
    caller: &Caller,
    method: &str,
    path: &str,
    message: &Value,
) -> Result<Vec<u8>, RemoteError> {
    let asked = match method {
        "put" => Asked::put(path, message),
        "post" => Asked::post(path, message),
        _ => panic!("{method} with a body"),
    };
    caller.ask(asked, 10_000).await
}
