//! A full disk at both programs: what cannot be written is refused with a
//! sentence, nothing that was taken is lost, and all goes on when there is room.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "a test ends where a step fails")]

use std::fs;

use cloud::{directory, observe::NOT_WELL_FOR};
use reqwest::Method;
use vault::{
    hybrid::passport::{self, Audience, Head, Holder, Request, SignKey},
    opaque::{OpaqueId, Space},
};

use crate::{
    asking::client,
    both::Both,
    small_disk::SmallDisk,
    stage::{Organization, Place},
};

/// One of the two programs, its disk, and who asks it.
struct Program<'a> {
    both: &'a Both,
    audience: Audience,
    organization: OpaqueId,
    disk: &'a SmallDisk,
}

impl Program<'_> {
    fn running(&self) -> &cloud::server::Running {
        match self.audience {
            Audience::Service => &self.both.service,
            Audience::Keys => &self.both.keys,
        }
    }

    async fn ask(&self, key: &SignKey, holder: Holder, (method, path): (Method, &str)) -> Answer {
        let signed = Request {
            head: Head {
                audience: self.audience,
                method: method.as_str(),
                path,
            },
            body: b"",
        };
        let now = self.both.clock.now();
        let proof = passport::sign(key, self.organization, holder, signed, now);
        let url = format!("https://{}{path}", self.running().address);
        let asked = client(&self.both.place).request(method, url);
        let answer = asked.header("authorization", proof).send().await.unwrap();
        Answer {
            status: answer.status().as_u16(),
            text: answer.text().await.unwrap(),
        }
    }

    async fn health(&self) -> Answer {
        let url = format!("http://{}/healthz", self.running().observing.unwrap());
        let answer = reqwest::get(url).await.unwrap();
        Answer {
            status: answer.status().as_u16(),
            text: answer.text().await.unwrap(),
        }
    }
}

#[derive(Debug)]
struct Answer {
    status: u16,
    text: String,
}

impl Answer {
    /// Refused for want of room, and it says so.
    fn is_full(&self) -> bool {
        self.status == 503 && self.text.contains("disk of the database is full")
    }
}

async fn fills_up(both: &Both, ours: &Organization, audience: Audience, disk: &SmallDisk) {
    let program = Program {
        both,
        audience,
        organization: ours.id,
        disk,
    };
    let own = ours.connector.sign();
    let connector = async |method: Method, path: &str| {
        let what = (method, path);
        program.ask(&own, Holder::Connector, what).await
    };
    let mailbox = OpaqueId::random();
    both.put_mailbox(ours, mailbox).await;
    let device = both.device(ours, mailbox).await;
    let (key, holder) = (device.keys.sign(), Holder::Device(device.id));
    assert_eq!(program.health().await.status, 200);

    program.disk.fill();
    let mut taken = Vec::new();
    let refused = loop {
        let one = OpaqueId::random();
        let answer = connector(Method::PUT, &format!("/v1/mailboxes/{one}")).await;
        if answer.status != 204 {
            break answer;
        }
        taken.push(one);
        assert!(taken.len() < 10_000, "the disk never fills");
    };
    assert!(refused.is_full(), "{refused:?}");
    let health = program.health().await;
    assert!(health.is_full(), "{health:?}");

    // A revocation counts at once, or it is said that it does not yet.
    // Without a message, which a device that is let in is told.
    let (method, what) = match audience {
        Audience::Service => (Method::GET, "keys"),
        Audience::Keys => (Method::POST, "release"),
    };
    let own_path = format!("/v1/mailboxes/{mailbox}/{what}");
    let let_in = async || {
        let what = (method.clone(), own_path.as_str());
        program.ask(&key, holder, what).await.status != 401
    };
    assert!(let_in().await);
    let revoke = format!("/v1/mailboxes/{mailbox}/devices/{}", device.id);
    let revoked = connector(Method::DELETE, &revoke).await;
    match revoked.status {
        204 => assert!(!let_in().await, "{audience:?}"),
        _ => assert!(revoked.is_full(), "{revoked:?}"),
    }

    program.disk.make_room();
    let revoked = connector(Method::DELETE, &revoke).await;
    assert_eq!(revoked.status, 204, "{revoked:?}");
    assert!(!let_in().await);
    let config = match audience {
        Audience::Service => both.place.service_config().database,
        Audience::Keys => both.place.keys_config().database,
    };
    let database = cloud::server::open(&config, &[]).await.unwrap();
    for mailbox in taken {
        let space = Space {
            organization: ours.id,
            mailbox,
        };
        let there = directory::revision(&database, space).await.unwrap();
        assert!(there.is_some(), "what was taken is lost");
    }
    database.close().await;
    let another = format!("/v1/mailboxes/{}", OpaqueId::random());
    assert_eq!(connector(Method::PUT, &another).await.status, 204);
    both.clock.pass(NOT_WELL_FOR);
    let health = program.health().await;
    assert_eq!(health.status, 200, "{health:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_is_named_loses_nothing_and_is_over_when_there_is_room() {
    let place = Place::new();
    let mut disks = Vec::new();
    for program in ["service", "keys"] {
        let folder = format!("{program}-disk");
        let Some(disk) = SmallDisk::mount(&place.file(&folder)) else {
            return;
        };
        disks.push(disk);
        let file = place.file(&format!("{program}.toml"));
        let settings = fs::read_to_string(&file).unwrap();
        let there = format!("{folder}/{program}.db");
        fs::write(file, settings.replace(&format!("{program}.db"), &there)).unwrap();
    }
    let both = Both::at(place, |_, _| ()).await;
    let ours = both.organization();
    fills_up(&both, &ours, Audience::Service, &disks[0]).await;
    fills_up(&both, &ours, Audience::Keys, &disks[1]).await;
    let place = both.stop().await;
    drop(disks);
    drop(place);
}
