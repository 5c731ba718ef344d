//! What a caller is told when something is not done.

use axum::{
    Json,
    http::{HeaderValue, StatusCode, header::RETRY_AFTER},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use utoipa::ToSchema;
use vault::{
    StoreError,
    hybrid::passport::{self, NotProven},
};

/// Why something is not done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// Nobody known, or not proven. Which, is not said.
    Unproven,
    /// The request's time is not now.
    Expired,
    /// Known, and this is for others.
    NotForYou,
    /// There is none, or it is another's: the same answer (SR-58).
    NotThere,
    /// It is there already, and different.
    Taken,
    /// This very request was made before.
    Repeated,
    /// The request makes no sense.
    Malformed(&'static str),
    /// The body is too long.
    TooLong,
    /// The body does not come.
    TooSlow,
    /// Too many requests.
    TooMany,
    /// The database cannot at present.
    Unavailable(StoreError),
}

/// Marks an answer to what could not be written for want of room.
#[derive(Debug, Clone, Copy)]
pub(crate) struct NoRoom;

/// The body of a refusal.
#[derive(Debug, Serialize, ToSchema)]
pub struct RefusalMessage {
    /// One sentence.
    pub error: &'static str,
}

impl Refusal {
    fn status(&self) -> StatusCode {
        match self {
            Self::Unproven | Self::Expired => StatusCode::UNAUTHORIZED,
            Self::NotForYou => StatusCode::FORBIDDEN,
            Self::NotThere => StatusCode::NOT_FOUND,
            Self::Taken | Self::Repeated => StatusCode::CONFLICT,
            Self::Malformed(_) => StatusCode::BAD_REQUEST,
            Self::TooLong => StatusCode::PAYLOAD_TOO_LARGE,
            Self::TooSlow => StatusCode::REQUEST_TIMEOUT,
            Self::TooMany => StatusCode::TOO_MANY_REQUESTS,
            Self::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    fn sentence(&self) -> &'static str {
        match self {
            Self::Unproven => "The request is not signed by a key that is known here; enrol again",
            Self::Expired => "The request's time is not now; set the clock",
            Self::NotForYou => "This is for the organization's connector alone",
            Self::NotThere => "There is no such thing",
            Self::Taken => "This is there already, and different",
            Self::Repeated => "This request was made before; sign another one",
            Self::Malformed(what) => what,
            Self::TooLong => "The body is too long; send it in parts",
            Self::TooSlow => "The body did not come in time; send it again",
            Self::TooMany => "Too many requests; wait a minute",
            Self::Unavailable(StoreError::Full(_)) => {
                "The disk of the database is full; nothing is written until there is room"
            }
            Self::Unavailable(_) => "The database cannot be used at present; try again later",
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        if let Self::Unavailable(error) = &self {
            tracing::error!(%error, "the database failed");
        }
        let body = Json(RefusalMessage {
            error: self.sentence(),
        });
        let wait = matches!(self, Self::TooMany | Self::Unavailable(_));
        let mut answer = (self.status(), body).into_response();
        if wait {
            let minute = HeaderValue::from_static("60");
            answer.headers_mut().insert(RETRY_AFTER, minute);
        }
        if matches!(self, Self::Expired) {
            let one = HeaderValue::from_static("1");
            answer.headers_mut().insert(passport::EXPIRED, one);
        }
        if matches!(self, Self::Unavailable(StoreError::Full(_))) {
            answer.extensions_mut().insert(NoRoom);
        }
        answer
    }
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        Self::Unavailable(error)
    }
}

impl From<NotProven> for Refusal {
    fn from(error: NotProven) -> Self {
        match error {
            NotProven::Expired => Self::Expired,
            NotProven::Malformed | NotProven::Forged => Self::Unproven,
        }
    }
}
