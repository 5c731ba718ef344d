//! The search for a server, and what the one that was found says to strangers.

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
};

use super::stage::Stage;
use crate::view::{FailureView, FoundView, ProblemCode, SetupStep, StepState, StepView};

/// A server that answers the first who asks, and then is gone. Gives its
/// address, and the question.
async fn answering(answer: &'static str) -> (String, tokio::task::JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let asked = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut question = Vec::new();
        while !question.ends_with(b"\r\n\r\n") {
            question.push(stream.read_u8().await.unwrap());
        }
        stream.write_all(answer.as_bytes()).await.unwrap();
        String::from_utf8(question).unwrap()
    });
    (format!("http://{address}/EWS/Exchange.asmx"), asked)
}

/// What is told of a search that finds the server at `url`.
async fn searched(url: &str) -> (Result<FoundView, Box<FailureView>>, Vec<StepView>) {
    let stage = Stage::new("09:00");
    *stage.servers.found.lock().unwrap() = Some(Ok(url.parse().unwrap()));
    let session = stage.start();
    let mut steps = Vec::new();
    let mut told = |view| steps.push(view);
    let took = || std::time::Duration::from_millis(120);
    let found = session
        .search_server("anna@example.org", "", took, &mut told)
        .await;
    session.stop().await;
    (found, steps)
}

#[tokio::test]
async fn how_people_sign_in_is_told_before_anybody_types_a_password() {
    let (url, asked) = answering(
        "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: NTLM\r\nContent-Length: 0\r\n\r\n",
    )
    .await;
    let (found, steps) = searched(&url).await;
    let found = found.unwrap();
    assert_eq!((found.server, found.host.as_str()), (url, "127.0.0.1"));
    let told: Vec<_> = steps
        .iter()
        .map(|view| (view.step, view.state, view.detail.as_str()))
        .collect();
    assert_eq!(
        told,
        [
            (SetupStep::Discovery, StepState::Running, ""),
            (
                SetupStep::Discovery,
                StepState::Well,
                "127.0.0.1, asked without a password"
            ),
            (SetupStep::Connection, StepState::Running, ""),
            (
                SetupStep::Connection,
                StepState::Well,
                "Signs in with NTLM."
            ),
        ]
    );
    let asked = asked.await.unwrap().to_lowercase();
    assert!(
        !asked.contains("authorization") && !asked.contains("anna"),
        "{asked}"
    );
}

#[tokio::test]
async fn a_server_that_is_found_and_cannot_be_used_is_told_before_anybody_types_a_password() {
    let (url, _asked) = answering("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n").await;
    let (found, steps) = searched(&url).await;
    let failure = found.unwrap_err();
    assert_eq!(
        failure.text,
        "127.0.0.1 answered, but not as a server that lets people in."
    );
    assert!(failure.report.contains("HTTP 403"), "{}", failure.report);
    let last = steps.last().unwrap();
    assert_eq!(
        (last.step, last.state),
        (SetupStep::Connection, StepState::Badly)
    );

    // A port that was free a moment ago and has no listener now.
    let free = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", free.local_addr().unwrap());
    drop(free);
    let (found, _) = searched(&url).await;
    let failure = found.unwrap_err();
    assert_eq!(failure.code, ProblemCode::Unreachable);
    assert!(!failure.advice.is_empty() && !failure.report.contains("anna"));
}
