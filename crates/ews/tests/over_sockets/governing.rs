//! How a client behaves towards a server that is under pressure, in simulated
//! time: the simulated Exchange keeps the counts and has the faults.

#![expect(clippy::unwrap_used, reason = "a test ends where a step fails")]

use std::{sync::Arc, time::Duration};

use ews::{Class, Client, Error, operation::GetCalendarFolder};
use exchange_sim::{
    Budget, ChannelBinding, Limits, SignIn, Simulator, demo,
    server::faults::{Effect, Fault, Lasts},
};
use rstest::rstest;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
};

use crate::network::{self, ask, client_inside, serve};

const SECOND: Duration = Duration::from_secs(1);

async fn server() -> Arc<Simulator> {
    limited(Limits::default()).await
}

/// Basic is switched on: the requests of a handshake would be counted too.
async fn limited(limits: Limits) -> Arc<Simulator> {
    let options = exchange_sim::Options {
        sign_in: SignIn::NtlmOrBasic,
        limits,
        ..exchange_sim::Options::default()
    };
    Arc::new(serve(options).await)
}

fn times(count: u32, effect: Effect) -> Fault {
    Fault {
        operation: None,
        mailbox: None,
        lasts: Lasts::Times(count),
        effect,
    }
}

/// Forty at once; the errors.
async fn forty(client: &Client) -> Vec<Error> {
    let calls: Vec<_> = (0..40)
        .map(|_| {
            let client = client.clone();
            tokio::spawn(async move { client.call(&ask()).await.err() })
        })
        .collect();
    let mut errors = Vec::new();
    for call in calls {
        errors.extend(call.await.unwrap());
    }
    errors
}

fn busy(back_off: Option<u64>) -> Effect {
    Effect::SoapFault {
        code: "ErrorServerBusy".to_owned(),
        back_off,
    }
}

fn status(status: u16, retry_after: Option<u64>) -> Effect {
    Effect::Status {
        status,
        retry_after,
    }
}

#[rstest]
#[case::by_the_millisecond(busy(Some(297_000)), 297, 297)]
#[case::in_a_200(Effect::HiddenBusy(90_000), 90, 90)]
#[case::in_seconds(status(503, Some(120)), 120, 120)]
#[case::of_a_proxy(status(429, Some(7)), 7, 7)]
#[case::far_off(Effect::RetryAfter("Fri, 31 Dec 9999 23:59:59 GMT".to_owned()), 1800, 1800)]
#[case::too_long(status(503, Some(u64::MAX)), 1800, 1800)]
#[case::nonsense(Effect::RetryAfter("next year".to_owned()), 5, 10)]
#[case::negative(Effect::RetryAfter("-5".to_owned()), 5, 10)]
#[case::unnamed(busy(None), 5, 10)]
#[case::unnamed_by_http(status(503, None), 5, 10)]
#[case::zero(status(503, Some(0)), 5, 10)]
#[tokio::test(start_paused = true)]
async fn quirk_05_while_a_back_off_runs_no_request_leaves(
    #[case] effect: Effect,
    #[case] at_least: u32,
    #[case] at_most: u32,
) {
    let server = server().await;
    let client = client_inside(&server);
    server.faults().set(times(1, effect));
    let asked = client.call(&ask()).await.unwrap_err();
    let Error::Throttled { wait, .. } = asked else {
        panic!("{asked:?}");
    };
    assert!(
        wait >= at_least * SECOND && wait <= at_most * SECOND,
        "{wait:?}"
    );
    server.forget_requests();
    for _ in 0..3 {
        let errors = forty(&client).await;
        assert_eq!(errors.len(), 40);
        assert!(errors.iter().all(|e| e.class() == Class::Throttled));
        tokio::time::advance(wait / 4).await;
    }
    assert_eq!(server.requests().len(), 0);
    tokio::time::advance(wait / 4 + SECOND).await;
    assert_eq!(forty(&client).await, []);
}

#[tokio::test(start_paused = true)]
async fn no_more_than_four_requests_are_under_way() {
    let server = limited(Limits {
        requests: Some(4),
        ..Limits::default()
    })
    .await;
    let client = client_inside(&server);
    server.faults().set(Fault::always(Effect::Delay(50)));
    for _ in 0..5 {
        assert_eq!(forty(&client).await, []);
    }
    // One of them all asked what the server offers.
    assert_eq!(server.requests().len(), 201);
}

#[tokio::test(start_paused = true)]
async fn a_server_that_takes_fewer_connections_gets_fewer_from_then_on() {
    let server = limited(Limits {
        requests: Some(2),
        budget: Some(Budget {
            burst: Duration::ZERO,
            recharge: Duration::from_mins(15),
            cutoff: Duration::from_hours(10),
            cost: Duration::from_millis(20),
        }),
        ..Limits::default()
    })
    .await;
    let client = client_inside(&server);
    let mut refused = 0;
    for _ in 0..6 {
        let errors = forty(&client).await;
        assert!(errors.iter().all(|e| e.class() == Class::Throttled));
        if errors.is_empty() {
            break;
        }
        refused += 1;
        tokio::time::advance(Duration::from_mins(5)).await;
    }
    assert!((1..=4).contains(&refused), "{refused} times");
    for _ in 0..5 {
        assert_eq!(forty(&client).await, []);
    }
}

#[tokio::test(start_paused = true)]
async fn quirk_03_a_401_under_pressure_is_tried_once_more_before_the_password_is_doubted() {
    let server = server().await;
    let client = client_inside(&server);
    client.call(&ask()).await.unwrap();
    server.forget_requests();
    server.faults().set(times(1, status(401, None)));
    client.call(&ask()).await.unwrap();
    assert_eq!(server.requests().len(), 2);
    // The second refusal counts; a third attempt is the user's to allow.
    server.forget_requests();
    server.faults().set(times(5, status(401, None)));
    client.call(&ask()).await.unwrap_err();
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test]
async fn quirk_03_under_ntlm_a_proof_that_was_good_before_is_given_once_more() {
    let server = network::exchange(SignIn::Ntlm, ChannelBinding::Required).await;
    let client = network::client_of(&server, demo::PASSWORD, ews::Basic::Refused);
    client.call(&ask()).await.unwrap();
    // The known connection and the first fresh one are refused.
    server.faults().set(times(2, status(401, None)));
    client.call(&ask()).await.unwrap();
}

const ANSWER: &str = "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Body>\
    <m:ConvertIdResponse xmlns:m=\"m\"><m:ResponseMessages>\
    <m:ConvertIdResponseMessage ResponseClass=\"Success\"><m:ResponseCode>NoError</m:ResponseCode>\
    </m:ConvertIdResponseMessage></m:ResponseMessages></m:ConvertIdResponse></s:Body></s:Envelope>";

#[tokio::test]
async fn quirk_05_a_handshake_that_is_under_way_does_not_go_on() {
    let (acceptor, authority) = network::identity();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let client = network::client(address, &authority, "secret", ews::Basic::Refused);
    let mut bytes = vec![0; 64 * 1024];
    let call = || {
        let client = client.clone();
        tokio::spawn(async move { client.call(&ask()).await })
    };
    let first = call();
    let (stream, _) = listener.accept().await.unwrap();
    let mut known = acceptor.accept(stream).await.unwrap();
    assert!(known.read(&mut bytes).await.unwrap() > 0);
    let answer = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: {}\r\n\r\n{ANSWER}",
        ANSWER.len()
    );
    known.write_all(answer.as_bytes()).await.unwrap();
    first.await.unwrap().unwrap();
    // One call is on the connection that is known, another on a fresh one.
    let quick = call();
    assert!(known.read(&mut bytes).await.unwrap() > 0);
    let slow_call = call();
    let (stream, _) = listener.accept().await.unwrap();
    let mut slow = acceptor.accept(stream).await.unwrap();
    assert!(slow.read(&mut bytes).await.unwrap() > 0);
    let busy = "HTTP/1.1 503 Busy\r\nRetry-After: 60\r\nContent-Length: 0\r\n\r\n";
    known.write_all(busy.as_bytes()).await.unwrap();
    let refused = quick.await.unwrap().unwrap_err();
    assert_eq!(refused.class(), Class::Throttled);
    // Then the fresh one is asked to sign in, and does not.
    let sign_in = "HTTP/1.1 401 Who\r\nWWW-Authenticate: NTLM\r\nContent-Length: 0\r\n\r\n";
    slow.write_all(sign_in.as_bytes()).await.unwrap();
    let refused = slow_call.await.unwrap().unwrap_err();
    assert_eq!(refused.class(), Class::Throttled, "{refused}");
    assert_eq!(
        slow.read(&mut bytes).await.unwrap_or(0),
        0,
        "nothing follows"
    );
}

#[rstest]
#[case::error_page("/ews/genericerrorpage.htm", Class::Transient)]
#[case::sign_in_page("/owa/auth/logon.aspx", Class::NotEws)]
#[tokio::test]
async fn quirk_04_a_redirect_to_the_error_page_passes_and_another_does_not(
    #[case] place: &str,
    #[case] class: Class,
) {
    let answer = format!("HTTP/1.1 302 Found\r\nLocation: {place}\r\nContent-Length: 0\r\n\r\n");
    let (address, authority, heard) = network::always(answer.leak()).await;
    let client = network::client(address, &authority, "secret", ews::Basic::Refused);
    assert_eq!(client.call(&ask()).await.unwrap_err().class(), class);
    assert!(!heard.lock().unwrap().contains("GET"));
}

#[tokio::test(start_paused = true)]
async fn too_many_subscriptions_silence_nothing_but_the_subscribing() {
    let server = limited(Limits {
        subscriptions: Some(0),
        ..Limits::default()
    })
    .await;
    let client = client_inside(&server);
    let refused = client.call(&ews::operation::Subscribe).await.unwrap_err();
    assert_eq!(refused.class(), Class::Throttled);
    client.call(&GetCalendarFolder).await.unwrap();
}
