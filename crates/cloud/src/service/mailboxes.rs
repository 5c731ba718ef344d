//! Mailboxes and their devices, which the connector names.

use axum::{
    Extension, Json,
    extract::{Path, State},
    http::StatusCode,
};
use vault::{
    database::Begin,
    hybrid::{enrolment::Attestation, wire::DeviceMessage},
    opaque::OpaqueId,
};

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
    let said = attested(&caller, (mailbox, device), message)?;
    let put = state
        .database
        .transact(caller.organization, Begin::ToWrite, move |connection| {
            let said = said.clone();
            Box::pin(async move { directory::put_device(connection, &said).await })
        });
    taken_in(put.await?)
}

/// What both programs look for in the word for a device.
pub(crate) fn attested(
    caller: &Caller,
    (mailbox, device): (OpaqueId, OpaqueId),
    message: DeviceMessage,
) -> Result<Attestation, Refusal> {
    let said = message.attestation;
    let named = (said.organization, said.mailbox, said.device);
    if named != (caller.organization, mailbox, device) || !said.is_by(&caller.known.keys.signing) {
        return Err(Refusal::Malformed(
            "The attestation is not of this device by this connector",
        ));
    }
    Ok(said)
}

/// What both programs answer then.
pub(crate) fn taken_in(put: Put) -> Result<StatusCode, Refusal> {
    match put {
        Put::Done | Put::Before => Ok(StatusCode::NO_CONTENT),
        Put::Differs => Err(Refusal::Taken),
        Put::NoMailbox => Err(Refusal::NotThere),
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
