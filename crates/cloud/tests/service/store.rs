//! The store behind a real `joinbell-cloud service` does what every store
//! must; the process starts, is observed and ends.

#![allow(clippy::unwrap_used, reason = "a test ends where a step fails")]

use std::{process::Command, sync::Arc};

use vault::{
    Store, conformance,
    hybrid::passport::Audience,
    opaque::OpaqueId,
    remote::{Answers, Asked, Told},
    store::{BlindId, Outcome, Replace, SealedBatch, SealedRow},
};

use crate::stage::{Organization, Place, Process, SetClock, binary, real_now, store};

#[tokio::test(flavor = "multi_thread")]
async fn the_remote_store_does_what_a_store_must() {
    let place = Place::new();
    let organization = Organization::new();
    organization.add_with(&place, "service");
    let process = Process::start(&place, "service");
    let clock = SetClock::at(real_now());
    let caller = organization.caller(&place, &process.url, Audience::Service, &clock);
    let fresh = || async {
        let mailbox = OpaqueId::random();
        Answers::new(caller.clone())
            .put_mailbox(mailbox)
            .await
            .unwrap();
        Arc::new(store(caller.clone(), mailbox)) as Arc<dyn Store>
    };
    conformance::suite(fresh).await;
    conformance::suite_of_days(fresh).await;

    let health = reqwest::get(format!("{}/healthz", process.observed))
        .await
        .unwrap();
    assert_eq!(health.text().await.unwrap(), "ok\n");
    let metrics = reqwest::get(format!("{}/metrics", process.observed))
        .await
        .unwrap();
    let metrics = metrics.text().await.unwrap();
    let counted = "joinbell_requests_total{method=\"POST\",route=\"/v1/mailboxes/{mailbox}/series/{series}\",status=\"200\"}";
    assert!(metrics.contains(counted), "{metrics}");
    assert!(process.stop(), "it ends well when it is asked to");
}

/// What each of them has for who runs it.
#[tokio::test(flavor = "multi_thread")]
async fn each_program_tells_how_it_is_logs_lines_of_json_and_ends_when_it_is_asked_to() {
    let place = Place::new();
    let organization = Organization::new();
    for (program, audience) in [("service", Audience::Service), ("keys", Audience::Keys)] {
        organization.add_with(&place, program);
        let process = Process::start(&place, program);
        let clock = SetClock::at(real_now());
        let caller = organization.caller(&place, &process.url, audience, &clock);
        let look = async |path: &str| {
            let url = format!("{}{path}", process.observed);
            let answer = reqwest::get(url).await.unwrap();
            (answer.status().as_u16(), answer.text().await.unwrap())
        };
        assert_eq!(look("/healthz").await, (200, "ok\n".to_owned()));
        let mailbox = OpaqueId::random();
        let path = format!("/v1/mailboxes/{mailbox}");
        caller.ask(Asked::put_bare(&path), 100).await.unwrap();
        let nobodys = format!("{path}/devices/{}", OpaqueId::random());
        let refused = caller.ask(Asked::delete(&nobodys), 100).await;
        assert!(refused.is_err(), "{refused:?}");
        let (_, metrics) = look("/metrics").await;
        let counted = "joinbell_requests_total{method=\"PUT\",route=\"/v1/mailboxes/{mailbox}\",\
                       status=\"204\"} 1";
        for line in [counted, "joinbell_expired_total 0", "# EOF"] {
            assert!(metrics.contains(line), "{program}: {metrics}");
        }
        assert!(process.stop(), "{program} ends well");

        let log = std::fs::read_to_string(place.file(&format!("{program}.log"))).unwrap();
        let of = |route: &str| log.contains(&format!("\"route\":\"{route}\""));
        assert!(of("/v1/mailboxes/{mailbox}/devices/{device}"), "{log}");
        assert!(!of("/v1/mailboxes/{mailbox}"), "what is well is counted");
        for line in log.lines() {
            let line: serde_json::Value = serde_json::from_str(line).unwrap();
            for name in ["timestamp", "level", "fields"] {
                assert!(!line[name].is_null(), "{name} of {line}");
            }
        }
        for id in [mailbox, organization.id] {
            assert!(!log.contains(&id.to_string()), "an id in {log}");
        }
    }
}

/// By the limits that are not set otherwise.
#[tokio::test(flavor = "multi_thread")]
async fn a_whole_calendar_of_some_megabytes_is_brought_and_read_at_once() {
    let place = Place::new();
    let organization = Organization::new();
    organization.add_with(&place, "service");
    let process = Process::start(&place, "service");
    let clock = SetClock::at(real_now());
    let caller = organization.caller(&place, &process.url, Audience::Service, &clock);
    let mailbox = OpaqueId::random();
    let answers = Answers::new(caller.clone());
    answers.put_mailbox(mailbox).await.unwrap();
    let store = store(caller, mailbox);
    let series = BlindId([1; 16]);
    let row = |number: u8| SealedRow {
        record: BlindId([number; 16]),
        expires: None,
        blob: vec![number; 100_000],
    };
    let batch = SealedBatch {
        series,
        keys: None,
        after: None,
        replace: Replace::Nothing,
        put: (0..120).map(row).collect(),
        beside: Vec::new(),
        delete: Vec::new(),
        head: b"head".to_vec(),
    };
    assert_eq!(store.commit(batch).await, Ok(Outcome::Done));
    let read = store.read(series).await.unwrap();
    assert_eq!(read.rows.len(), 120);
    assert_eq!(read.rows[119], row(119));
    assert!(process.stop());
}

/// SIGTERM, while a client follows the changes of a mailbox.
#[tokio::test(flavor = "multi_thread")]
async fn a_feed_is_brought_to_its_end_by_a_service_that_is_asked_to_end() {
    let place = Place::new();
    let organization = Organization::new();
    organization.add_with(&place, "service");
    let process = Process::start(&place, "service");
    let clock = SetClock::at(real_now());
    let caller = organization.caller(&place, &process.url, Audience::Service, &clock);
    let mailbox = OpaqueId::random();
    let answers = Answers::new(caller.clone());
    answers.put_mailbox(mailbox).await.unwrap();
    let mut feed = store(caller, mailbox).changes().await.unwrap();
    assert_eq!(feed.next().await, Ok(Some(Told::Revision(0))));
    let ended = tokio::task::spawn_blocking(move || process.stop());
    assert_eq!(feed.next().await, Ok(None), "whole, and not cut");
    assert!(ended.await.unwrap(), "it ends well");
}

#[test]
fn a_configuration_is_checked_without_being_served() {
    let place = Place::new();
    let check = |program: &str| {
        let run = Command::new(binary())
            .args([program, "--check", "--config"])
            .arg(place.file(&format!("{program}.toml")))
            .output()
            .unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        (run.status.success(), text(run.stdout), text(run.stderr))
    };
    for program in ["service", "keys"] {
        let (well, said, error) = check(program);
        assert!(
            well && said.contains("the configuration works"),
            "{said}{error}"
        );
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let rights = std::fs::Permissions::from_mode(0o640);
        std::fs::set_permissions(place.file("master"), rights).unwrap();
        let (well, _, error) = check("keys");
        assert!(!well && error.contains("set its rights to 0600"), "{error}");
    }
    std::fs::write(place.file("service.toml"), "listen = 1\n").unwrap();
    let (well, _, error) = check("service");
    assert!(
        !well && error.contains("is not a valid configuration"),
        "{error}"
    );
}
