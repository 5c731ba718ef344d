//! Messages with sealed records: CBOR for those who ask for it, as Joinbell's
//! own programs do, else JSON.

use axum::{
    Json,
    extract::{FromRequest, FromRequestParts, Request},
    http::{
        HeaderMap, HeaderName,
        header::{ACCEPT, CONTENT_TYPE},
        request::Parts,
    },
    response::{IntoResponse, Response},
};
use serde::{Serialize, de::DeserializeOwned};
use vault::hybrid::cbor;

use crate::refusal::Refusal;

/// How an answer is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Notation {
    Json,
    Cbor,
}

impl Notation {
    fn said_in(headers: &HeaderMap, name: HeaderName) -> Self {
        let said = headers.get(name).and_then(|value| value.to_str().ok());
        if said.is_some_and(|said| said.contains(cbor::MEDIA_TYPE)) {
            Self::Cbor
        } else {
            Self::Json
        }
    }

    /// The answer with this message.
    pub(crate) fn answer(self, message: &impl Serialize) -> Response {
        match self {
            Self::Json => Json(message).into_response(),
            Self::Cbor => {
                let named = [(CONTENT_TYPE, cbor::MEDIA_TYPE)];
                (named, cbor::encode(message)).into_response()
            }
        }
    }
}

/// What the caller accepts.
impl<S: Sync> FromRequestParts<S> for Notation {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        Ok(Self::said_in(&parts.headers, ACCEPT))
    }
}

/// A body in the form that it says it has.
#[derive(Debug)]
pub(crate) struct Message<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Message<T> {
    type Rejection = Response;

    async fn from_request(request: Request, state: &S) -> Result<Self, Response> {
        if Notation::said_in(request.headers(), CONTENT_TYPE) == Notation::Json {
            let read = Json::from_request(request, state).await;
            return read
                .map(|Json(message)| Self(message))
                .map_err(IntoResponse::into_response);
        }
        let bytes = axum::body::Bytes::from_request(request, state)
            .await
            .map_err(IntoResponse::into_response)?;
        let malformed = || Refusal::Malformed("The body is not the message that belongs here");
        cbor::decode(&bytes)
            .map(Self)
            .ok_or_else(|| malformed().into_response())
    }
}
