//! The store behind a real `joinbell-cloud service` does what every store
//! must; the process starts, is observed and ends.

#![allow(clippy::unwrap_used, reason = "a test ends where a step fails")]

mod stage;

use std::{process::Command, sync::Arc};

use stage::{Organization, Place, Process, SetClock, binary, real_now, store};
use vault::{Store, conformance, hybrid::passport::Audience, opaque::OpaqueId, remote::Answers};

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
