//! Sealed records, as `vault::Store` has them.

use std::sync::Arc;

use axum::{
    Extension, Json,
    extract::{Path, State},
    http::StatusCode,
    response::Response,
};
use vault::{
    Store as _,
    database::{Alongside, Begin, commit as commit_batch, read as read_series},
    hybrid::wire::{
        Bytes, CommitMessage, KeyBoxMessage, KeysMessage, OutcomeMessage, SeriesListMessage,
        SeriesMessage,
    },
    opaque::{OpaqueId, Space},
    store::{BlindId, Outcome},
};

use super::Shared;
use crate::{
    directory,
    gate::Caller,
    media::{Message, Notation},
    refusal::Refusal,
};

const TAG: &str = "A tag has 32 bytes";

async fn there(state: &Shared, space: Space) -> Result<(), Refusal> {
    let revision = directory::revision(&state.database, space).await?;
    revision.map(|_| ()).ok_or(Refusal::NotThere)
}

/// The sealed key box.
#[utoipa::path(get, path = "/v1/mailboxes/{mailbox}/keys",
    params(("mailbox" = String, Path)),
    responses((status = 200, body = KeysMessage)))]
pub(super) async fn keys(
    State(state): State<Shared>,
    Extension(caller): Extension<Caller>,
    Path(mailbox): Path<OpaqueId>,
) -> Result<Json<KeysMessage>, Refusal> {
    let space = caller.space(mailbox);
    there(&state, space).await?;
    let sealed = state.database.mailbox(space).keys().await?;
    Ok(Json(KeysMessage {
        sealed: sealed.map(Bytes),
    }))
}

/// Puts a key box in the place of another.
#[utoipa::path(put, path = "/v1/mailboxes/{mailbox}/keys",
    params(("mailbox" = String, Path)), request_body = KeyBoxMessage,
    responses((status = 200, body = OutcomeMessage)))]
pub(super) async fn replace_keys(
    State(state): State<Shared>,
    Extension(caller): Extension<Caller>,
    Path(mailbox): Path<OpaqueId>,
    Json(message): Json<KeyBoxMessage>,
) -> Result<Json<OutcomeMessage>, Refusal> {
    let space = caller.space(mailbox);
    there(&state, space).await?;
    let before = message.before().map_err(|_| Refusal::Malformed(TAG))?;
    let store = state.database.mailbox(space);
    let outcome = store.replace_keys(before, message.sealed.0).await?;
    Ok(Json(outcome.into()))
}

/// The blind ids of the series.
#[utoipa::path(get, path = "/v1/mailboxes/{mailbox}/series",
    params(("mailbox" = String, Path)),
    responses((status = 200, body = SeriesListMessage)))]
pub(super) async fn list(
    State(state): State<Shared>,
    Extension(caller): Extension<Caller>,
    Path(mailbox): Path<OpaqueId>,
) -> Result<Json<SeriesListMessage>, Refusal> {
    let space = caller.space(mailbox);
    there(&state, space).await?;
    let found = state.database.mailbox(space).series().await?;
    let series = found.into_iter().map(|id| OpaqueId(id.0)).collect();
    Ok(Json(SeriesListMessage { series }))
}

/// All of a series at one moment.
#[utoipa::path(get, path = "/v1/mailboxes/{mailbox}/series/{series}",
    params(("mailbox" = String, Path), ("series" = String, Path)),
    responses((status = 200, content(
        (SeriesMessage = "application/json"),
        (SeriesMessage = "application/cbor")))))]
pub(super) async fn read(
    State(state): State<Shared>,
    Extension(caller): Extension<Caller>,
    Path((mailbox, series)): Path<(OpaqueId, OpaqueId)>,
    notation: Notation,
) -> Result<Response, Refusal> {
    let space = caller.space(mailbox);
    // Whether the mailbox is there, in the same transaction.
    let read = state
        .database
        .unite(space.organization, Begin::ToRead, move |unit| {
            Box::pin(async move {
                let alongside = Alongside {
                    only_if: Some(directory::is_there(space)),
                    and: None,
                };
                read_series(unit, space, BlindId(series.0), &alongside).await
            })
        })
        .await?;
    let series = read.ok_or(Refusal::NotThere)?;
    Ok(notation.answer(&SeriesMessage::from(series)))
}

/// All of a batch or nothing of it.
#[utoipa::path(post, path = "/v1/mailboxes/{mailbox}/series/{series}",
    params(("mailbox" = String, Path), ("series" = String, Path)),
    request_body(content(
        (CommitMessage = "application/json"),
        (CommitMessage = "application/cbor"))),
    responses((status = 200, content(
        (OutcomeMessage = "application/json"),
        (OutcomeMessage = "application/cbor")))))]
pub(super) async fn commit(
    State(state): State<Shared>,
    Extension(caller): Extension<Caller>,
    Path((mailbox, series)): Path<(OpaqueId, OpaqueId)>,
    notation: Notation,
    Message(message): Message<CommitMessage>,
) -> Result<Response, Refusal> {
    let space = caller.space(mailbox);
    let batch = message
        .into_batch(BlindId(series.0))
        .map_err(|_| Refusal::Malformed(TAG))?;
    let batch = Arc::new(batch);
    // Whether the mailbox is there, the records and the count of changes in
    // one transaction: a change that is there has been told of.
    let outcome = state
        .database
        .unite(space.organization, Begin::ToWrite, move |unit| {
            let batch = Arc::clone(&batch);
            Box::pin(async move {
                let alongside = Alongside {
                    only_if: Some(directory::is_there(space)),
                    and: Some(directory::count_change(space)),
                };
                commit_batch(unit, space, &batch, &alongside).await
            })
        })
        .await?
        .ok_or(Refusal::NotThere)?;
    if outcome == Outcome::Done {
        state.changes.tell(space);
    }
    Ok(notation.answer(&OutcomeMessage::from(outcome)))
}

/// Forgets a series.
#[utoipa::path(delete, path = "/v1/mailboxes/{mailbox}/series/{series}",
    params(("mailbox" = String, Path), ("series" = String, Path)),
    responses((status = 204, description = "It is gone")))]
pub(super) async fn forget(
    State(state): State<Shared>,
    Extension(caller): Extension<Caller>,
    Path((mailbox, series)): Path<(OpaqueId, OpaqueId)>,
) -> Result<StatusCode, Refusal> {
    let space = caller.space(mailbox);
    there(&state, space).await?;
    let store = state.database.mailbox(space);
    store.forget(BlindId(series.0)).await?;
    state.changes.tell(space);
    Ok(StatusCode::NO_CONTENT)
}
