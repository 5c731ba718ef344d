//! What the key service answers.

use axum::{
    Extension, Json,
    extract::{Path, State},
    http::StatusCode,
};
use vault::{
    database::Begin,
    hybrid::{
        passport::Holder,
        sealing,
        wire::{Bytes, DeviceMessage, ReleaseMessage, ReleasedMessage, release_context},
    },
    opaque::OpaqueId,
};

use super::{Shared, audit, ledger};
use crate::{
    directory::{self, Put, Revoked},
    gate::Caller,
    refusal::Refusal,
    service::{attested, taken_in},
};

/// Makes a mailbox.
#[utoipa::path(put, path = "/v1/mailboxes/{mailbox}",
    params(("mailbox" = String, Path)),
    responses((status = 204, description = "It is there")))]
pub(super) async fn put(
    State(state): State<Shared>,
    Extension(caller): Extension<Caller>,
    Path(mailbox): Path<OpaqueId>,
) -> Result<StatusCode, Refusal> {
    directory::put_mailbox(&state.database, caller.space(mailbox)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Revokes a mailbox's devices and destroys its keys, at once.
#[utoipa::path(delete, path = "/v1/mailboxes/{mailbox}",
    params(("mailbox" = String, Path)),
    responses((status = 204, description = "It is gone")))]
pub(super) async fn remove(
    State(state): State<Shared>,
    Extension(caller): Extension<Caller>,
    Path(mailbox): Path<OpaqueId>,
) -> Result<StatusCode, Refusal> {
    let (space, now, who) = (caller.space(mailbox), (state.clock)(), caller.holder);
    let write = Begin::ToWrite;
    let removed = state
        .database
        .transact(space.organization, write, move |connection| {
            Box::pin(async move {
                let was_there = directory::remove(&mut *connection, space).await?;
                let destroyed = ledger::destroy_all(&mut *connection, space).await?;
                if was_there || destroyed > 0 {
                    audit::write(connection, space, who, "destroyed", now).await?;
                }
                Ok(())
            })
        });
    removed.await?;
    // They are not to stay in the file's free pages.
    state.database.compact().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Takes a device in, which the connector attests.
#[utoipa::path(put, path = "/v1/mailboxes/{mailbox}/devices/{device}",
    params(("mailbox" = String, Path), ("device" = String, Path)),
    request_body = DeviceMessage,
    responses((status = 204, description = "It is there"), (status = 409, description = "Another is")))]
pub(super) async fn put_device(
    State(state): State<Shared>,
    Extension(caller): Extension<Caller>,
    Path((mailbox, device)): Path<(OpaqueId, OpaqueId)>,
    Json(message): Json<DeviceMessage>,
) -> Result<StatusCode, Refusal> {
    let (space, now, who) = (caller.space(mailbox), (state.clock)(), caller.holder);
    let said = attested(&caller, (mailbox, device), message)?;
    let write = Begin::ToWrite;
    let put = state
        .database
        .transact(space.organization, write, move |connection| {
            let said = said.clone();
            Box::pin(async move {
                let put = directory::put_device(&mut *connection, &said).await?;
                if put == Put::Done {
                    let what = format!("took the device {device} in");
                    audit::write(connection, space, who, &what, now).await?;
                }
                Ok(put)
            })
        });
    taken_in(put.await?)
}

/// Revokes a device, at once.
#[utoipa::path(delete, path = "/v1/mailboxes/{mailbox}/devices/{device}",
    params(("mailbox" = String, Path), ("device" = String, Path)),
    responses((status = 204, description = "It is revoked"), (status = 404, description = "No such device")))]
pub(super) async fn revoke_device(
    State(state): State<Shared>,
    Extension(caller): Extension<Caller>,
    Path((mailbox, device)): Path<(OpaqueId, OpaqueId)>,
) -> Result<StatusCode, Refusal> {
    let (space, now, who) = (caller.space(mailbox), (state.clock)(), caller.holder);
    let write = Begin::ToWrite;
    let revoked = state
        .database
        .transact(space.organization, write, move |connection| {
            Box::pin(async move {
                let revoked = directory::revoke(&mut *connection, space, device, now).await?;
                // Connectors tell of it again and again; it was done once.
                if revoked == Revoked::Now {
                    let what = format!("revoked the device {device}");
                    audit::write(connection, space, who, &what, now).await?;
                }
                Ok(revoked)
            })
        });
    match revoked.await? {
        Revoked::Now | Revoked::Before => Ok(StatusCode::NO_CONTENT),
        Revoked::Absent => Err(Refusal::NotThere),
    }
}

/// Releases the keys of a mailbox to who asks, sealed to their public key.
#[utoipa::path(post, path = "/v1/mailboxes/{mailbox}/release",
    params(("mailbox" = String, Path)), request_body = ReleaseMessage,
    responses((status = 200, body = ReleasedMessage)))]
pub(super) async fn release(
    State(state): State<Shared>,
    Extension(caller): Extension<Caller>,
    Path(mailbox): Path<OpaqueId>,
    Json(message): Json<ReleaseMessage>,
) -> Result<Json<ReleasedMessage>, Refusal> {
    // The connector asks for each of its mailboxes.
    if let Holder::Device(device) = caller.holder {
        let checked = state.releases.check_key(&(caller.organization, device));
        checked.map_err(|_| Refusal::TooMany)?;
    }
    let (space, now) = (caller.space(mailbox), (state.clock)());
    let given = state.ledger.give(space, caller.holder, now).await?;
    let keys = given.ok_or(Refusal::NotThere)?;
    let context = release_context(caller.organization, mailbox, caller.holder, message.nonce);
    let sealed = sealing::seal(
        &caller.known.keys.sealing,
        Some(&state.identity),
        &context,
        &keys.encode(),
    )
    .map_err(|_| Refusal::Unproven)?;
    Ok(Json(ReleasedMessage {
        sealed: Bytes(sealed),
    }))
}
