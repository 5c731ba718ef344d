//! What the service says, byte by byte, as somebody sees it who reads its TLS.

use std::sync::{Arc, Mutex};

use engine::remote::device::Device;
use rustls::{
    ClientConfig, RootCertStore,
    pki_types::{CertificateDer, ServerName, pem::PemObject as _},
};
use scenarios::{
    canary,
    stage::{ANNA, PASSWORD, titles, until},
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};
use tokio_rustls::{TlsConnector, client::TlsStream};
use vault::hybrid::passport::{self, Audience, Head, Holder, Request, SignKey};

use crate::scene::{BEN, Scene, meeting, seconds};

/// Asks as a device does, and gives the connection on which the answer comes.
async fn asked(scene: &Scene, device: &Device, path: &str) -> TlsStream<TcpStream> {
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(scene.ca_file()).unwrap() {
        roots.add(certificate.unwrap()).unwrap();
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let [service, _] = scene.addresses();
    let tcp = TcpStream::connect(service).await.unwrap();
    let name = ServerName::try_from("127.0.0.1").unwrap();
    let connector = TlsConnector::from(Arc::new(config));
    let mut stream = connector.connect(name, tcp).await.unwrap();
    let request = Request {
        head: Head {
            audience: Audience::Service,
            method: "GET",
            path,
        },
        body: &[],
    };
    let holder = Holder::Device(device.device);
    let key = SignKey::from_bytes(device.sign.expose());
    let proof = passport::sign(&key, device.organization, holder, request, seconds()());
    let head = format!(
        "GET {path} HTTP/1.1\r\nHost: {service}\r\nAuthorization: {proof}\r\n\
         Accept: application/json\r\nConnection: close\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    stream
}

async fn all_of(mut stream: TlsStream<TcpStream>) -> String {
    let mut bytes = Vec::new();
    // Who closes without saying so has said all the same.
    let _ended = stream.read_to_end(&mut bytes).await;
    let text = String::from_utf8(bytes).unwrap();
    assert!(text.starts_with("HTTP/1.1 200"), "{text}");
    text
}

#[tokio::test(flavor = "multi_thread")]
async fn sr_52_a_feed_and_a_reading_have_nothing_readable_on_the_wire() {
    let scene = Scene::new().await;
    let connector = scene.connector().await;
    let device = scene.enrolled(ANNA).await;
    let mailbox = device.mailbox;
    let anna = scene.client(&device);
    let has = |title: &'static str| move |s: &engine::Snapshot| titles(s).contains(&title);
    until(&anna, has("canary-title of Anna")).await;

    let said = Arc::new(Mutex::new(Vec::new()));
    let mut feed = asked(&scene, &device, &format!("/v1/mailboxes/{mailbox}/changes")).await;
    let heard = Arc::clone(&said);
    let listening = tokio::spawn(async move {
        let mut part = [0; 4096];
        while let Ok(length @ 1..) = feed.read(&mut part).await {
            heard.lock().unwrap().extend_from_slice(&part[..length]);
        }
    });
    let added = scene
        .exchange
        .world(|world| world.add(ANNA, meeting("canary-on-the-wire", 90)));
    added.unwrap();
    until(&anna, has("canary-on-the-wire")).await;
    anna.stop().await;
    connector.stop().await;
    listening.abort();
    let feed = String::from_utf8(said.lock().unwrap().clone()).unwrap();
    let told = feed.matches("data:").count();
    assert!(told >= 2, "how it was and that it changed: {feed}");

    let list = format!("/v1/mailboxes/{mailbox}/series");
    let listed = all_of(asked(&scene, &device, &list).await).await;
    let ids = listed.split('"').filter(|word| word.len() == 32);
    let mut read = String::new();
    for id in ids {
        read += &all_of(asked(&scene, &device, &format!("{list}/{id}")).await).await;
    }
    assert!(read.matches("\"sealed\"").count() >= 2, "{read}");

    let words = scene.exchange.world(|world| canary::words_of(world));
    let beside = [PASSWORD, "canary", ANNA, BEN].map(str::to_owned);
    let search = canary::Search::new(words.into_iter().chain(beside));
    for (what, bytes) in [("the feed", feed), ("the list", listed), ("records", read)] {
        assert_eq!(search.found(bytes.as_bytes()), None, "{what}");
        assert!(!bytes.contains("canary"), "{what}");
    }
    scene.stop().await;
}
