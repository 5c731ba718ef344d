//! The end of a sign-in in the browser: the authority sends the browser to a
//! loopback address with the code (RFC 8252 §7.3).

use std::time::Duration;

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};
use url::Url;

/// The time that a person has.
const WITHIN: Duration = Duration::from_mins(5);
/// The time that a browser has, once it has connected.
const REQUEST_WITHIN: Duration = Duration::from_secs(10);
/// Bytes of a request line with its headers; codes have one or two thousand.
const HEAD_MAX: usize = 32 * 1024;

const DONE: &str = "You are signed in. This page can be closed.";
const REFUSED: &str = "The sign-in did not succeed. This page can be closed.";
const ELSEWHERE: &str = "There is nothing here.";

/// Waits for the browser; gives the code, or why there is none. What does not
/// carry the right state is turned away, and the wait goes on: any page may
/// send a browser to any port.
pub(super) async fn code(listener: TcpListener, state: &str) -> Result<String, String> {
    let wait = async {
        loop {
            let Ok((stream, _)) = listener.accept().await else {
                continue;
            };
            let heard = tokio::time::timeout(REQUEST_WITHIN, answer(stream, state)).await;
            if let Ok(Some(end)) = heard {
                return end;
            }
        }
    };
    tokio::time::timeout(WITHIN, wait)
        .await
        .unwrap_or_else(|_| Err("nobody signed in within five minutes".to_owned()))
}

async fn answer(mut stream: TcpStream, state: &str) -> Option<Result<String, String>> {
    let mut head = Vec::new();
    while !head.windows(4).any(|four| four == b"\r\n\r\n") {
        if head.len() > HEAD_MAX || stream.read_buf(&mut head).await.ok()? == 0 {
            return None;
        }
    }
    let end = read(&head, state);
    let (status, text) = match &end {
        Some(Ok(_)) => ("200 OK", DONE),
        Some(Err(_)) => ("200 OK", REFUSED),
        None => ("404 Not Found", ELSEWHERE),
    };
    let page = format!(
        "HTTP/1.1 {status}\r\ncontent-type: text/plain; charset=utf-8\r\ncontent-length: {}\r\n\
         cache-control: no-store\r\nconnection: close\r\n\r\n{text}",
        text.len()
    );
    // The code is there, whether the browser waits for its page or not.
    let _ = stream.write_all(page.as_bytes()).await;
    let _ = stream.shutdown().await;
    end
}

/// `None` for what is not the end of this sign-in.
fn read(head: &[u8], state: &str) -> Option<Result<String, String>> {
    let head = std::str::from_utf8(head).ok()?;
    let target = head.strip_prefix("GET ")?.split(' ').next()?;
    let url = Url::parse("http://127.0.0.1").ok()?.join(target).ok()?;
    let value = |name: &str| {
        let mut pairs = url.query_pairs();
        pairs
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.into_owned())
    };
    if url.path() != "/" || value("state").as_deref() != Some(state) {
        return None;
    }
    match (value("code"), value("error")) {
        (_, Some(error)) => Some(Err(plain(&error))),
        (Some(code), None) => Some(Ok(code)),
        (None, None) => None,
    }
}

/// An error's name, which is of the table in RFC 6749 §4.1.2.1.
fn plain(error: &str) -> String {
    let plain = |c: &char| c.is_ascii_alphanumeric() || *c == '_';
    error.chars().filter(plain).take(64).collect()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("GET /?code=a%2Bb&state=s HTTP/1.1", Some(Ok("a+b")))]
    #[case(
        "GET /?error=access_denied&state=s HTTP/1.1",
        Some(Err("access_denied"))
    )]
    #[case("GET /?code=a&state=other HTTP/1.1", None)]
    #[case("GET /?code=a HTTP/1.1", None)]
    #[case("GET /favicon.ico?code=a&state=s HTTP/1.1", None)]
    #[case("POST /?code=a&state=s HTTP/1.1", None)]
    #[case("GET //elsewhere/?code=a&state=s HTTP/1.1", Some(Ok("a")))]
    fn only_the_right_state_ends_a_sign_in(
        #[case] line: &str,
        #[case] expected: Option<Result<&str, &str>>,
    ) {
        let end = read(format!("{line}\r\n\r\n").as_bytes(), "s");
        let end = end
            .as_ref()
            .map(|end| end.as_deref().map_err(String::as_str));
        assert_eq!(end, expected);
    }

    proptest::proptest! {
        #[test]
        fn no_request_makes_the_reader_panic(bytes: Vec<u8>) {
            let _end = read(&bytes, "s");
            let _end = read(&[b"GET ", bytes.as_slice()].concat(), "s");
        }
    }
}
