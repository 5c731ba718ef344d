//! Requests that began before their sender was revoked.

#![allow(clippy::unwrap_used, reason = "a test ends where a step fails")]

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use vault::{
    hybrid::{
        passport::Audience,
        wire::{Bytes, LetterMessage, ReleaseMessage},
    },
    opaque::OpaqueId,
};

use crate::{
    both::Both,
    limits::{Sender, connected, status},
};

/// What stands between the status of an interim answer and the next answer.
const REST: &[u8] = b" Continue\r\n\r\n";

#[tokio::test(flavor = "multi_thread")]
async fn sr_55_who_holds_a_body_back_until_after_the_revocation_gets_nothing() {
    let both = Both::start().await;
    let (ours, mailbox) = (both.organization(), OpaqueId::random());
    both.put_mailbox(&ours, mailbox).await;
    let device = both.device(&ours, mailbox).await;
    let nonce = OpaqueId::random();
    let release = serde_json::to_vec(&ReleaseMessage { nonce }).unwrap();
    let sealed = Bytes(b"ask".to_vec());
    let ask = serde_json::to_vec(&LetterMessage { sealed }).unwrap();
    let release_path = format!("/v1/mailboxes/{mailbox}/release");
    let ask_path = format!("/v1/mailboxes/{mailbox}/asks/{}", OpaqueId::random());
    let (service, keys) = (both.service.address, both.keys.address);
    let mut held = Vec::new();
    for (at, audience, what, body) in [
        (keys, Audience::Keys, ("POST", &release_path), release),
        (service, Audience::Service, ("PUT", &ask_path), ask),
    ] {
        let mut stream = connected(&both.place, at).await;
        let more = format!("Content-Length: {}\r\nExpect: 100-continue", body.len());
        let sender = Sender::device(&device, audience);
        let head = sender.head((what.0, what.1.as_str()), &body, &more);
        stream.write_all(head.as_bytes()).await.unwrap();
        // It is known who asks, and the body is awaited.
        assert_eq!(status(&mut stream).await, 100);
        let mut rest = [0; REST.len()];
        stream.read_exact(&mut rest).await.unwrap();
        assert_eq!(rest, REST);
        held.push((stream, body));
    }
    let (answers, key_service) = both.ends(&ours);
    answers.revoke_device(mailbox, device.id).await.unwrap();
    key_service.revoke_device(mailbox, device.id).await.unwrap();
    for (mut stream, body) in held {
        stream.write_all(&body).await.unwrap();
        assert_eq!(status(&mut stream).await, 401);
    }
    both.stop().await;
}
