//! Who gets in, and what is refused before an operation begins.

use exchange_sim::demo;
use exchange_sim::server::faults::{Effect, Fault};
use http::Request;
use http_body_util::Full;

use crate::link::{self, Link, all, envelope, find, read, sync};

const OOF: &str = "<m:GetUserOofSettingsRequest><t:Mailbox><t:Address>anna@example.org</t:Address></t:Mailbox>\
                   </m:GetUserOofSettingsRequest>";

#[tokio::test]
async fn a_wrong_password_gets_401_and_the_schemes() {
    let simulator = link::demo_simulator().await;
    let answer = Link::to(&simulator)
        .await
        .send(demo::ADDRESS, "guess", envelope("", OOF))
        .await;
    assert_eq!(answer.status(), 401);
    assert_eq!(
        schemes(answer.headers()),
        ["NTLM", "Basic realm=\"mail.example.org\""]
    );
}

fn schemes(headers: &http::HeaderMap) -> Vec<&str> {
    let lines = headers.get_all("www-authenticate").iter();
    lines.map(|line| line.to_str().unwrap()).collect()
}

#[tokio::test]
async fn basic_is_offered_and_taken_only_where_it_is_switched_on_but_by_grommunio() {
    for (personality, status, offered) in [
        (exchange_sim::Personality::ExchangeSe, 401, "NTLM"),
        (exchange_sim::Personality::Grommunio, 200, ""),
    ] {
        let options = exchange_sim::Options {
            personality,
            ..exchange_sim::Options::default()
        };
        let simulator = exchange_sim::Simulator::start(demo::day(link::now(), link::ZONE), options)
            .await
            .unwrap();
        let answer = Link::to(&simulator)
            .await
            .send(demo::ADDRESS, demo::PASSWORD, envelope("", OOF))
            .await;
        assert_eq!(answer.status(), status);
        assert_eq!(schemes(answer.headers()).concat(), offered);
    }
}

#[tokio::test]
async fn a_domain_account_signs_in_as_well() {
    let simulator = link::demo_simulator().await;
    let answer = Link::to(&simulator)
        .await
        .send("EXAMPLE\\anna", demo::PASSWORD, envelope("", OOF))
        .await;
    let (status, answer) = read(answer).await;
    assert_eq!(status, 200);
    assert_eq!(all(&answer, "t:OofState"), ["Disabled"]);
}

#[tokio::test]
async fn a_chunked_request_gets_411() {
    let simulator = link::demo_simulator().await;
    let request = Request::post("/EWS/Exchange.asmx")
        .header("host", "mail.example.org")
        .header("transfer-encoding", "chunked")
        .body(Full::from(OOF))
        .unwrap();
    assert_eq!(
        Link::to(&simulator)
            .await
            .raw(request)
            .await
            .unwrap()
            .status(),
        411
    );
}

#[tokio::test]
async fn a_request_says_how_long_it_is_and_that_it_is_xml() {
    let simulator = link::demo_simulator().await;
    let endless = Request::post("/EWS/Exchange.asmx")
        .header("host", "mail.example.org")
        .body(Full::from(""))
        .unwrap();
    let answer = Link::to(&simulator).await.raw(endless).await.unwrap();
    assert_eq!(answer.status(), 411);
    let json = Request::post("/EWS/Exchange.asmx")
        .header("host", "mail.example.org")
        .header("authorization", link::basic(demo::ADDRESS, demo::PASSWORD))
        .header("content-type", "application/json")
        .body(Full::from(envelope("", OOF)))
        .unwrap();
    let answer = Link::to(&simulator).await.raw(json).await.unwrap();
    assert_eq!(answer.status(), 415);
}

#[tokio::test]
async fn what_the_schema_does_not_know_is_a_schema_fault() {
    let simulator = link::demo_simulator().await;
    let right = find(
        "2026-11-01T00:00:00Z",
        "2026-12-24T00:00:00Z",
        "item:Subject",
    );
    let mut link = Link::to(&simulator).await;
    assert_eq!(link.call(&right).await.0, 200);
    for (place, wrong) in [
        ("item:Subject", "calendar:Subject"),
        ("Id=\"calendar\"", "Id=\"Calendar\""),
        ("2026-11-01T00:00:00Z", "yesterday"),
        ("2026-11-01T00:00:00Z", "+262142-12-31T23:59:59"),
        ("</m:ItemShape>", "</m:ItemShape>text"),
        ("<m:ParentFolderIds>", "<m:Restriction/><m:ParentFolderIds>"),
    ] {
        let body = right.replacen(place, wrong, 1);
        assert_ne!(body, right, "{place}");
        let (status, answer) = link.call_broken(envelope("", &body)).await;
        assert_eq!(status, 500, "{wrong}: {answer}");
        assert!(
            answer.contains("ErrorSchemaValidation"),
            "{wrong}: {answer}"
        );
    }
    let nameless = envelope("", &right).replace(" Version=\"Exchange2013_SP1\"", "");
    assert_eq!(link.call_broken(nameless).await.0, 500);
    let more = envelope("", &right) + "<more/>";
    assert_eq!(link.call_broken(more).await.0, 500);
}

#[tokio::test]
async fn elements_in_the_wrong_order_are_a_schema_fault() {
    let simulator = link::demo_simulator().await;
    let wrong = sync("", 10)
        .replace("<m:SyncState></m:SyncState>", "")
        .replace(
            "</m:SyncFolderItems>",
            "<m:SyncState></m:SyncState></m:SyncFolderItems>",
        );
    let mut link = Link::to(&simulator).await;
    let (status, answer) = link.call_broken(envelope("", &wrong)).await;
    assert_eq!(status, 500);
    assert!(
        answer.contains("ErrorSchemaValidation") && answer.contains("t:LinePosition"),
        "{answer}"
    );
    let (status, _) = link.call_broken(envelope("", &sync("", 1000))).await;
    assert_eq!(status, 500, "a page is 512 at most");
}

#[tokio::test]
async fn only_the_service_account_may_impersonate() {
    let simulator = link::demo_simulator().await;
    let header = "<t:ExchangeImpersonation><t:ConnectingSID><t:PrimarySmtpAddress>anna@example.org\
                  </t:PrimarySmtpAddress></t:ConnectingSID></t:ExchangeImpersonation>";
    let request = envelope(
        header,
        &find(
            "2026-11-23T00:00:00Z",
            "2026-11-24T00:00:00Z",
            "item:Subject",
        ),
    );
    let mut link = Link::to(&simulator).await;
    let (_, answer) = read(
        link.send(demo::SERVICE, demo::PASSWORD, request.clone())
            .await,
    )
    .await;
    assert!(answer.contains("Release planning"));
    let (status, answer) = read(link.send("bo@example.org", demo::PASSWORD, request).await).await;
    assert_eq!(status, 500);
    assert!(answer.contains("ErrorImpersonateUserDenied"));
}

#[tokio::test]
async fn a_fault_set_once_strikes_once() {
    let simulator = link::demo_simulator().await;
    simulator.faults().set(Fault::once(
        "GetUserOofSettings",
        Effect::SoapFault {
            code: "ErrorServerBusy".to_owned(),
            back_off: Some(1500),
        },
    ));
    let mut link = Link::to(&simulator).await;
    let (status, answer) = link.call(OOF).await;
    assert_eq!(status, 500);
    assert!(answer.contains("<t:Value Name=\"BackOffMilliseconds\">1500</t:Value>"));
    assert_eq!(link.call(OOF).await.0, 200);
    let seen = simulator.requests();
    let seen: Vec<_> = seen
        .iter()
        .map(|one| (one.operation.as_str(), one.status))
        .collect();
    assert_eq!(
        seen,
        [("GetUserOofSettings", 500), ("GetUserOofSettings", 200)]
    );
}

#[tokio::test]
async fn a_cut_answer_is_an_error_for_the_client() {
    let simulator = link::demo_simulator().await;
    simulator
        .faults()
        .set(Fault::once("GetUserOofSettings", Effect::Truncate));
    let answer = Link::to(&simulator)
        .await
        .send(demo::ADDRESS, demo::PASSWORD, envelope("", OOF))
        .await;
    assert!(
        http_body_util::BodyExt::collect(answer.into_body())
            .await
            .is_err()
    );
}

#[tokio::test]
async fn over_tls_the_server_proves_itself_by_its_own_authority() {
    let options = exchange_sim::Options {
        transport: exchange_sim::Transport::Tls,
        ..link::options()
    };
    let simulator = exchange_sim::Simulator::start(demo::day(link::now(), link::ZONE), options)
        .await
        .unwrap();
    assert!(simulator.ews_url().starts_with("https://127.0.0.1:"));
    let mut roots = rustls::RootCertStore::empty();
    let pem = simulator.ca_pem().unwrap();
    let der = rustls::pki_types::pem::PemObject::from_pem_slice(pem.as_bytes()).unwrap();
    roots.add(der).unwrap();
    let provider = std::sync::Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let stream = tokio::net::TcpStream::connect(simulator.address())
        .await
        .unwrap();
    let name = rustls::pki_types::ServerName::try_from("localhost").unwrap();
    tokio_rustls::TlsConnector::from(std::sync::Arc::new(config))
        .connect(name, stream)
        .await
        .unwrap();
}

#[tokio::test]
async fn where_ntlm_is_offered_basic_is_refused_and_each_connection_starts_anew() {
    let options = exchange_sim::Options {
        sign_in: exchange_sim::SignIn::Ntlm,
        ..link::options()
    };
    let simulator = exchange_sim::Simulator::start(demo::day(link::now(), link::ZONE), options)
        .await
        .unwrap();
    let mut link = Link::to(&simulator).await;
    let answer = link
        .send(demo::ADDRESS, demo::PASSWORD, envelope("", OOF))
        .await;
    assert_eq!(answer.status(), 401);
    assert_eq!(answer.headers()["www-authenticate"], "NTLM");
    let hello = "TlRMTVNTUAABAAAAB4IIogAAAAAAAAAAAAAAAAAAAAAKAHxPAAAADw==";
    let request = Request::post("/EWS/Exchange.asmx")
        .header("host", "mail.example.org")
        .header("authorization", format!("NTLM {hello}"))
        .header("content-length", "0")
        .body(Full::from(""))
        .unwrap();
    let answer = link.raw(request).await.unwrap();
    assert_eq!(answer.status(), 401);
    assert!(
        answer.headers()["www-authenticate"]
            .to_str()
            .unwrap()
            .starts_with("NTLM TlRMTVNTUAACAAAA")
    );
}

#[tokio::test]
async fn refusals_inside_an_answer_can_be_set_for_any_operation() {
    let simulator = link::demo_simulator().await;
    let faults = simulator.faults();
    faults.set(Fault::once(
        "SyncFolderItems",
        Effect::Refused("ErrorMailboxStoreUnavailable".to_owned()),
    ));
    faults.set(Fault::once("GetUserOofSettings", Effect::HiddenBusy(900)));
    let mut link = Link::to(&simulator).await;
    let (status, answer) = link.call(&sync("", 10)).await;
    assert_eq!(
        (status, all(&answer, "m:ResponseCode")),
        (200, vec!["ErrorMailboxStoreUnavailable"])
    );
    assert!(
        answer.contains("<m:SyncFolderItemsResponseMessage ResponseClass=\"Error\">"),
        "{answer}"
    );
    let (_, answer) = link.call(OOF).await;
    assert!(
        answer.contains("<t:Value Name=\"InnerErrorResponseCode\">ErrorServerBusy</t:Value>"),
        "{answer}"
    );
}
