//! Mailboxes and their devices, which the connector names.

use axum::{
    Extension, Json,
    extract::{Path, State},
    http::StatusCode,
};
use vault::{hybrid::wire::DeviceMessage, opaque::OpaqueId};

use super::Shared;
use crate::{
    directory::{self, Put, Revoked},
    gate::Caller,
    refusal::Refusal,
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

/// Forgets a mailbox with all that is kept of it.
#[utoipa::path(delete, path = "/v1/mailboxes/{mailbox}",
    params(("mailbox" = String, Path)),
    responses((status = 204, description = "It is gone")))]
pub(super) async fn remove(
    State(state): State<Shared>,
    Extension(caller): Extension<Caller>,
    Path(mailbox): Path<OpaqueId>,
) -> Result<StatusCode, Refusal> {
    let space = caller.space(mailbox);
    directory::remove_mailbox(&state.database, space).await?;
    state.database.mailbox(space).forget_all().await?;
    state.changes.tell(space);
    Ok(StatusCode::NO_CONTENT)
}

/// Takes a device in.
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
    take_in(&state.database, &caller, (mailbox, device), &message).await
}

/// What both programs do with an attested device.
pub(crate) async fn take_in(
    database: &vault::database::Database,
    caller: &Caller,
    (mailbox, device): (OpaqueId, OpaqueId),
    message: &DeviceMessage,
) -> Result<StatusCode, Refusal> {
    let said = &message.attestation;
    let named = (said.organization, said.mailbox, said.device);
    if named != (caller.organization, mailbox, device) || !said.is_by(&caller.known.keys.signing) {
        return Err(Refusal::Malformed(
            "The attestation is not of this device by this connector",
        ));
    }
    directory::revision(database, caller.space(mailbox))
        .await?
        .ok_or(Refusal::NotThere)?;
    match directory::put_device(database, said).await? {
        Put::Done => Ok(StatusCode::NO_CONTENT),
        Put::Differs => Err(Refusal::Taken),
    }
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
    let (space, now) = (caller.space(mailbox), (state.clock)());
    if directory::revoke_device(&state.database, space, device, now).await? == Revoked::Absent {
        return Err(Refusal::NotThere);
    }
    // Whoever follows looks again whether it still may.
    state.changes.tell(space);
    Ok(StatusCode::NO_CONTENT)
}
