//! HTTP answers: with a document, packed, bare, cut.

use std::convert::Infallible;
use std::io::Write as _;
use std::time::Duration;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderValue};
use http::{HeaderMap, Response, StatusCode};
use http_body_util::{BodyExt, Full, combinators::BoxBody};

use crate::clock;

/// The body of any answer. An error in it cuts the connection.
pub(super) type Body = BoxBody<Bytes, Cut>;

/// The connection is cut in the middle of an answer.
#[derive(Debug, thiserror::Error)]
#[error("the simulated server cut the connection")]
pub(super) struct Cut;

/// grommunio names no character set and no server.
pub(super) fn strip(headers: &mut HeaderMap) {
    headers.remove("X-FEServer");
    if let Some(kind) = headers.get_mut(CONTENT_TYPE) {
        *kind = HeaderValue::from_static("text/xml");
    }
}

/// A document packed as clients ask for it.
pub(super) fn gzip(document: &str) -> Option<Vec<u8>> {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packer.write_all(document.as_bytes()).ok()?;
    packer.finish().ok()
}

pub(super) fn whole(content: impl Into<Bytes>) -> Body {
    Full::new(content.into())
        .map_err(|never: Infallible| match never {})
        .boxed()
}

/// An answer with an XML body.
pub(super) fn xml(status: StatusCode, body: Body) -> Response<Body> {
    let mut answer = Response::new(body);
    *answer.status_mut() = status;
    answer.headers_mut().insert(
        CONTENT_TYPE,
        HeaderValue::from_static("text/xml; charset=utf-8"),
    );
    answer
        .headers_mut()
        .insert("X-FEServer", HeaderValue::from_static("EXCH01"));
    answer
}

/// An answer without a body.
pub(super) fn bare(status: StatusCode) -> Response<Body> {
    let mut answer = Response::new(whole(""));
    *answer.status_mut() = status;
    answer
}

/// The first half of a document, and then the end of the connection.
pub(super) fn half(document: String) -> Body {
    let half = document.len() / 2;
    let mut bytes = Bytes::from(document);
    bytes.truncate(half);
    // The half must be on its way before the connection is cut.
    let frames = futures_util::stream::unfold(Some(bytes), |half| async move {
        let bytes = half?;
        if bytes.is_empty() {
            clock::wait(Duration::from_millis(5)).await;
            return Some((Err(Cut), None));
        }
        Some((Ok(http_body::Frame::data(bytes)), Some(Bytes::new())))
    });
    BodyExt::boxed(http_body_util::StreamBody::new(frames))
}
