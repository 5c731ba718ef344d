//! The control port, and the faults that change an answer.

use exchange_sim::server::faults::{Effect, Fault};
use exchange_sim::{Simulator, demo};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::link::{self, Link, all, envelope, find, get, ids_of, sync};

/// One request to the control port: the whole answer.
async fn switch(simulator: &Simulator, method: &str, path: &str, body: &str) -> String {
    let address = simulator
        .open_control(([127, 0, 0, 1], 0).into())
        .await
        .unwrap();
    let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
    let request = format!(
        "{method} {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

fn window() -> String {
    find(
        "2026-11-23T00:00:00Z",
        "2026-11-24T00:00:00Z",
        "item:Subject calendar:Start calendar:LegacyFreeBusyStatus",
    )
}

#[tokio::test]
async fn a_fault_is_set_seen_and_taken_back() {
    let simulator = link::demo_simulator().await;
    let mut link = Link::to(&simulator).await;
    let fault = r#"{"operation": "FindItem", "mailbox": "anna@example.org", "effect": {"status": {"status": 503, "retry_after": 7}}}"#;
    let answer = switch(&simulator, "POST", "/faults", fault).await;
    assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");
    assert_eq!(link.call(&window()).await.0, 503);
    assert_eq!(link.call(&sync("", 1)).await.0, 200, "another operation");
    let answer = switch(&simulator, "GET", "/faults", "").await;
    assert!(answer.contains(r#""operation":"FindItem""#), "{answer}");
    switch(&simulator, "DELETE", "/faults", "").await;
    assert_eq!(link.call(&window()).await.0, 200);
}

#[tokio::test]
async fn what_is_no_switch_is_told_so() {
    let simulator = link::demo_simulator().await;
    for (method, path, body, status) in [
        ("POST", "/faults", r#"{"effect": "explode"}"#, "400"),
        ("POST", "/mailboxes/zoe@example.org/move", "", "404"),
        ("POST", "/mailboxes/anna@example.org/recreate", "", "200"),
        ("GET", "/elsewhere", "", "404"),
        ("POST", "/channel-binding/require", "", "200"),
        ("POST", "/channel-binding/perhaps", "", "400"),
        ("POST", "/mailboxes/zoe@example.org/password", "new", "404"),
        (
            "POST",
            "/faults",
            r#"{"effect": {"status": {"status": 99}}}"#,
            "400",
        ),
    ] {
        let answer = switch(&simulator, method, path, body).await;
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {status}")),
            "{path}: {answer}"
        );
    }
}

#[tokio::test]
async fn sync_states_are_lost_and_mailboxes_made_anew() {
    let simulator = link::demo_simulator().await;
    let mut link = Link::to(&simulator).await;
    let (_, first) = link.call(&sync("", 512)).await;
    let state = all(&first, "m:SyncState")[0].to_owned();
    switch(&simulator, "POST", "/sync-states/lose", "").await;
    let (_, lost) = link.call(&sync(&state, 512)).await;
    assert!(lost.contains("ErrorInvalidSyncStateData"), "{lost}");
    let (_, found) = link.call(&window()).await;
    let before = ids_of(&found, "Release planning");
    switch(
        &simulator,
        "POST",
        "/mailboxes/anna@example.org/recreate",
        "",
    )
    .await;
    let (_, found) = link.call(&window()).await;
    assert_ne!(ids_of(&found, "Release planning"), before);
    let (_, gone) = link
        .call(&get(
            &format!("<t:ItemId Id=\"{}\"/>", before[0]),
            "item:Subject",
        ))
        .await;
    assert!(gone.contains("ErrorItemNotFound"), "{gone}");
}

#[tokio::test]
async fn answers_can_deviate_in_many_ways() {
    let simulator = link::demo_simulator().await;
    let mut link = Link::to(&simulator).await;
    let set =
        |operation: &str, effect: Effect| simulator.faults().set(Fault::once(operation, effect));
    let (_, first) = link.call(&sync("", 5)).await;
    let state = all(&first, "m:SyncState")[0].to_owned();
    set("SyncFolderItems", Effect::Repeat);
    let (_, again) = link.call(&sync(&state, 512)).await;
    assert_eq!(all(&again, "m:SyncState"), [state.as_str()]);
    assert_eq!(all(&again, "m:IncludesLastItemInRange"), ["false"]);
    set("FindItem", Effect::NaiveTimes);
    let (_, naive) = link.call(&window()).await;
    assert!(
        all(&naive, "t:Start").iter().all(|start| start.len() == 19),
        "{naive}"
    );
    set("FindItem", Effect::Extras(4));
    let (_, strange) = link.call(&window()).await;
    assert!(
        strange.contains("<t:New") && strange.contains(">New"),
        "{strange}"
    );
    let id = format!(
        "<t:ItemId Id=\"{}\"/>",
        ids_of(&naive, "Release planning")[0]
    );
    set("GetItem", Effect::BatchStops(1));
    let (_, stopped) = link.call(&get(&id.repeat(3), "item:Subject")).await;
    assert_eq!(
        all(&stopped, "m:ResponseCode"),
        [
            "NoError",
            "ErrorBatchProcessingStopped",
            "ErrorBatchProcessingStopped"
        ]
    );
    set("FindItem", Effect::RetryAfter("next year".to_owned()));
    assert_eq!(link.call(&window()).await.0, 503);
    set(
        "FindItem",
        Effect::Answer {
            status: 500,
            kind: "text/html".to_owned(),
            body: "<html>".to_owned(),
        },
    );
    assert_eq!(link.call(&window()).await, (500, "<html>".to_owned()));
}

#[tokio::test]
async fn a_password_that_was_changed_lets_nobody_in_by_the_old_one() {
    let simulator = link::demo_simulator().await;
    let mut link = Link::to(&simulator).await;
    assert_eq!(link.call(&window()).await.0, 200);
    let path = "/mailboxes/anna@example.org/password";
    switch(&simulator, "POST", path, "new one").await;
    assert_eq!(link.call(&window()).await.0, 401);
    let answer = link
        .send(demo::ADDRESS, "new one", envelope("", &window()))
        .await;
    assert_eq!(answer.status(), 200);
}

#[tokio::test]
async fn a_server_s_clock_can_be_wrong() {
    let simulator = link::demo_simulator().await;
    let effect = Effect::Skew(600);
    simulator.faults().set(Fault::once("FindItem", effect));
    let answer = Link::to(&simulator)
        .await
        .send(demo::ADDRESS, demo::PASSWORD, envelope("", &window()))
        .await;
    let ahead = link::now() + chrono::Duration::minutes(10);
    let date = answer.headers()["date"].to_str().unwrap();
    let date = chrono::DateTime::parse_from_rfc2822(date).unwrap();
    assert_eq!(date.timestamp(), ahead.timestamp());
}
