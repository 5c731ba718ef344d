//! Signing in over real sockets and TLS, to the simulated Exchange, which
//! checks NTLM by code of its own, and to servers that want more than they
//! should get.

use std::sync::{Arc, Mutex};

use ews::{Basic, Error};
use exchange_sim::{ChannelBinding, SignIn, demo};
use rstest::rstest;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
};

use crate::network::{
    always, ask, client, client_at, client_of, exchange, identity, serve, tls_in_the_middle,
};

#[rstest]
#[case(ChannelBinding::Ignored)]
#[case(ChannelBinding::Allowed)]
#[case(ChannelBinding::Required)]
#[tokio::test]
async fn sr_21_ntlm_gets_in_whatever_extended_protection_asks(#[case] binding: ChannelBinding) {
    let server = exchange(SignIn::Ntlm, binding).await;
    let client = client_of(&server, demo::PASSWORD, Basic::Refused);
    client.call(&ask()).await.unwrap();
    client.call(&ask()).await.unwrap();
    let seen = server.requests();
    let proven = seen.iter().filter(|one| one.status == 200).count();
    assert_eq!(proven, 2);
    // What is offered, the challenge; then the connection is known.
    assert_eq!(seen.len(), 4);
}

#[rstest]
#[case(ChannelBinding::Ignored, true)]
#[case(ChannelBinding::Allowed, false)]
#[case(ChannelBinding::Required, false)]
#[tokio::test]
async fn sr_21_extended_protection_sees_tls_in_the_middle(
    #[case] binding: ChannelBinding,
    #[case] passes: bool,
) {
    let server = exchange(SignIn::Ntlm, binding).await;
    let (address, authority) = tls_in_the_middle(&server).await;
    let client = client(address, &authority, demo::PASSWORD, Basic::Refused);
    let outcome = client.call(&ask()).await;
    assert_eq!(outcome.is_ok(), passes, "{outcome:?}");
    if !passes {
        assert!(matches!(outcome, Err(Error::Credentials { .. })));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn quirk_08_of_2000_requests_by_40_tasks_none_loses_its_ntlm_connection() {
    let server = exchange(SignIn::Ntlm, ChannelBinding::Required).await;
    let client = client_of(&server, demo::PASSWORD, Basic::Refused);
    let tasks: Vec<_> = (0..40)
        .map(|_| {
            let client = client.clone();
            tokio::spawn(async move {
                let mut failures = Vec::new();
                for _ in 0..50 {
                    failures.extend(client.call(&ask()).await.err());
                }
                failures
            })
        })
        .collect();
    for task in tasks {
        assert_eq!(task.await.unwrap(), []);
    }
    let served = server.requests();
    let served = served.iter().filter(|one| one.status == 200).count();
    assert_eq!(served, 2000);
}

/// Whoever guesses a scheme has it refused, and three refusals are the end.
#[rstest]
#[case(SignIn::Ntlm)]
#[case(SignIn::NtlmOrBasic)]
#[case(SignIn::Basic)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_40_first_requests_at_once_one_asks_what_is_offered_and_none_guesses(
    #[case] sign_in: SignIn,
) {
    let server = serve(exchange_sim::Options {
        sign_in,
        ..exchange_sim::Options::default()
    })
    .await;
    let client = client_at(&server);
    let calls = (0..40).map(|_| {
        let client = client.clone();
        tokio::spawn(async move { client.call(&ask()).await })
    });
    for call in calls.collect::<Vec<_>>() {
        assert!(call.await.unwrap().is_ok());
    }
    let seen = server.requests();
    let served = seen.iter().filter(|one| one.status == 200).count();
    assert_eq!(served, 40);
    // Only a request with a body carries a password or a proof.
    let refused: Vec<_> = seen.iter().filter(|one| one.status == 401).collect();
    let empty = ("content-length".to_owned(), "0".to_owned());
    assert!(refused.iter().all(|one| one.headers.contains(&empty)));
    // NTLM begins with one on each of the four connections.
    let beside = if sign_in == SignIn::Ntlm { 4 } else { 0 };
    assert!(
        (1..=1 + beside).contains(&refused.len()),
        "{}",
        refused.len()
    );
}

#[tokio::test]
async fn sr_25_a_wrong_password_is_tried_three_times_and_never_again() {
    for sign_in in [SignIn::Ntlm, SignIn::Basic] {
        let server = exchange(sign_in, ChannelBinding::Allowed).await;
        let client = client_of(&server, "guess", Basic::Allowed);
        for _ in 0..3 {
            let refused = client.call(&ask()).await;
            assert!(
                matches!(refused, Err(Error::Credentials { .. })),
                "{refused:?}"
            );
        }
        let asked = server.requests().len();
        let refused = client.call(&ask()).await;
        assert!(matches!(refused, Err(Error::Credentials { .. })));
        assert_eq!(server.requests().len(), asked);
    }
}

#[tokio::test]
async fn many_at_once_try_a_wrong_password_no_oftener() {
    let server = exchange(SignIn::Ntlm, ChannelBinding::Allowed).await;
    let client = client_of(&server, "guess", Basic::Refused);
    let calls = (0..20).map(|_| {
        let client = client.clone();
        tokio::spawn(async move { client.call(&ask()).await.is_err() })
    });
    for call in calls.collect::<Vec<_>>() {
        assert!(call.await.unwrap());
    }
    // Only a request with a body carries a proof.
    let seen = server.requests();
    let proofs = seen
        .iter()
        .filter(|one| {
            one.headers
                .iter()
                .any(|(n, v)| n == "content-length" && v != "0")
        })
        .count();
    assert_eq!(proofs, 3);
}

#[tokio::test]
async fn where_both_are_offered_the_password_is_not_sent() {
    let server = exchange(SignIn::NtlmOrBasic, ChannelBinding::Required).await;
    let client = client_of(&server, demo::PASSWORD, Basic::Allowed);
    client.call(&ask()).await.unwrap();
    client.call(&ask()).await.unwrap();
    // Basic would have needed no challenge.
    assert_eq!(server.requests().len(), 4);
}

#[tokio::test]
async fn basic_gets_in_by_permission_alone() {
    let server = exchange(SignIn::Basic, ChannelBinding::Allowed).await;
    let strict = client_of(&server, demo::PASSWORD, Basic::Refused);
    let refused = strict.call(&ask()).await;
    assert!(
        matches!(refused, Err(Error::NoCommonScheme { .. })),
        "{refused:?}"
    );
    let permitted = client_of(&server, demo::PASSWORD, Basic::Allowed);
    permitted.call(&ask()).await.unwrap();
}

#[rstest]
#[case::basic_only(
    "HTTP/1.1 401 No\r\nWWW-Authenticate: Basic realm=\"x\"\r\nContent-Length: 0\r\n\r\n"
)]
#[case::digest(
    "HTTP/1.1 401 No\r\nWWW-Authenticate: Digest realm=\"x\"\r\nContent-Length: 0\r\n\r\n"
)]
#[case::nothing("HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n")]
#[case::redirect(
    "HTTP/1.1 302 Go\r\nLocation: https://mail.example.com/EWS/Exchange.asmx\r\nContent-Length: 0\r\n\r\n"
)]
#[case::kept_redirect(
    "HTTP/1.1 307 Go\r\nLocation: https://mail.example.com/EWS/Exchange.asmx\r\nContent-Length: 0\r\n\r\n"
)]
#[case::forbidden("HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n")]
#[tokio::test]
async fn sr_18_and_20_a_server_that_asks_for_less_or_sends_elsewhere_gets_nothing(
    #[case] answer: &'static str,
) {
    let (address, authority, heard) = always(answer).await;
    let client = client(address, &authority, "hunter2-sesame", Basic::Refused);
    for _ in 0..3 {
        client.call(&ask()).await.unwrap_err();
    }
    let heard = heard.lock().unwrap().to_ascii_lowercase();
    assert!(heard.contains("post /ews/exchange.asmx"), "{heard}");
    assert!(!heard.contains("authorization"), "{heard}");
    assert!(
        !heard.contains("anna") && !heard.contains("envelope"),
        "{heard}"
    );
}

#[tokio::test]
async fn sr_20_a_server_that_withdraws_ntlm_gets_no_password() {
    // It offers NTLM, and then pretends to know Basic alone.
    let (acceptor, authority) = identity();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let heard = Arc::new(Mutex::new(String::new()));
    let ear = Arc::clone(&heard);
    tokio::spawn(async move {
        let mut offer = "NTLM";
        while let Ok((stream, _)) = listener.accept().await {
            let mut stream = acceptor.accept(stream).await.unwrap();
            let mut bytes = vec![0; 64 * 1024];
            while let Ok(length @ 1..) = stream.read(&mut bytes).await {
                let text = String::from_utf8_lossy(&bytes[..length]).into_owned();
                ear.lock().unwrap().push_str(&text);
                let answer = format!(
                    "HTTP/1.1 401 No\r\nWWW-Authenticate: {offer}\r\nContent-Length: 0\r\n\r\n"
                );
                stream.write_all(answer.as_bytes()).await.unwrap();
                offer = "Basic realm=\"x\"";
            }
        }
    });
    let client = client(address, &authority, "hunter2-sesame", Basic::Allowed);
    for _ in 0..3 {
        let refused = client.call(&ask()).await;
        assert!(
            matches!(refused, Err(Error::NoCommonScheme { .. })),
            "{refused:?}"
        );
    }
    let heard = heard.lock().unwrap();
    assert!(heard.contains("NTLM TlRMTVNTUAAB"), "{heard}");
    assert!(!heard.to_ascii_lowercase().contains("basic"), "{heard}");
}

/// Under Basic each connection that is at hand would show the password.
#[tokio::test]
async fn sr_25_after_a_refusal_those_who_ask_at_once_do_not_all_show_the_password() {
    let server = exchange(SignIn::Basic, ChannelBinding::Allowed).await;
    let client = client_of(&server, demo::PASSWORD, Basic::Allowed);
    let at_once = async || {
        let client = &client;
        let calls = (0..4).map(|_| async move { client.call(&ask()).await.is_ok() });
        futures_util::future::join_all(calls).await
    };
    assert_eq!(at_once().await, [true; 4]);
    server.world(|world| {
        let mailbox = world.mailbox_mut(demo::ADDRESS).unwrap();
        "another one".clone_into(&mut mailbox.password);
    });
    client.call(&ask()).await.unwrap_err();
    assert_eq!(at_once().await, [false; 4]);
    let empty = ("content-length".to_owned(), "0".to_owned());
    let seen = server.requests();
    let shown = seen.iter().filter(|one| one.status == 401);
    let shown = shown.filter(|one| !one.headers.contains(&empty));
    assert_eq!(shown.count(), 3);
}
