//! What the key service releases and what the connector seals, opened by the
//! implementations of others: Python's pyhpke and pycose.

#![allow(clippy::unwrap_used, reason = "a test ends where a step fails")]

mod python;

use std::{
    collections::BTreeMap,
    io::Write as _,
    path::Path,
    process::{Command, Stdio},
    sync::Arc,
};

use vault::{
    Batch, RecordId, SeriesId, Store as _, Vault,
    hybrid::{
        passport::Holder,
        sealing::{self, From, OpenKey},
        wire::release_context,
    },
    key::Key,
    mailbox::{Epoch, MailboxKeys},
    memory::MemoryStore,
    opaque::OpaqueId,
    store::Day,
};

use crate::python::{bytes, hex, python};

const PACKAGES: [&str; 3] = ["pyhpke==0.6.5", "pycose==1.1.0", "cbor2<6"];

#[tokio::test]
async fn pyhpke_opens_the_released_keys_and_pycose_the_record_and_the_other_way_round() {
    let python = match python("pyhpke", "pyhpke, pycose", &PACKAGES) {
        Ok(python) => python,
        Err(why) => {
            println!("skipped: pyhpke cannot be installed: {why}");
            return;
        }
    };
    let keys = || {
        let key = |number: u8| Key::from_bytes(&[number; 32]).unwrap();
        MailboxKeys::new(
            key(1),
            BTreeMap::from([(Epoch(2857), key(2)), (Epoch(2858), key(3))]),
        )
    };
    let store = Arc::new(MemoryStore::default());
    let series = Vault::of_mailbox(store.clone(), keys()).series(SeriesId("meetings".to_owned()));
    let id = RecordId("a meeting".to_owned());
    let batch = Batch {
        put: vec![(id.clone(), b"Budget follow-up".to_vec())],
        ..Batch::default()
    };
    let days = BTreeMap::from([(id, Day(20_010))]);
    series.commit_until(batch, &days).await.unwrap();
    let blind = store.series().await.unwrap()[0];
    let row = store.read(blind).await.unwrap().rows.remove(0);

    let (device, key_service) = (OpenKey::generate(), OpenKey::generate());
    let ids = [1, 2, 3, 4].map(|number| OpaqueId([number; 16]));
    let context = release_context(ids[0], ids[1], Holder::Device(ids[2]), ids[3]);
    let release = sealing::seal(
        &device.public(),
        Some(&key_service),
        &context,
        &keys().encode(),
    )
    .unwrap();
    let sender = OpenKey::generate();
    let question = serde_json::json!({
        "private": hex(device.expose()),
        "public": hex(&device.public()),
        "sender": hex(sender.expose()),
        "key_service": hex(&key_service.public()),
        "context": hex(&context),
        "release": hex(&release),
        "series": hex(&blind.0),
        "record": hex(&row.record.0),
        "expires": row.expires.unwrap().0,
        "blob": hex(&row.blob),
    });
    let mut child = Command::new(python)
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/outsider/release.py"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    input.write_all(question.to_string().as_bytes()).unwrap();
    drop(input);
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    let said: [String; 3] = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(bytes(&said[0]), b"Budget follow-up");
    assert_eq!(bytes(&said[1]), b"a meeting");
    let from = sender.public();
    let opened = sealing::open(
        &device,
        From::Holder(&from),
        b"from outside",
        &bytes(&said[2]),
    );
    assert_eq!(opened.unwrap().as_slice(), b"sealed by pyhpke");
}
