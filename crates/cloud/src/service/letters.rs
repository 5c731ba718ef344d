//! Sealed letters on their way: a device's asks and a stranger's enrolment to
//! the connector, and its answers back. None lives longer than ten minutes.

use std::time::Duration;

use axum::{
    Extension, Json,
    extract::{Path, State},
    http::StatusCode,
};
use sqlx::{Any, Row as _};
use tokio::sync::Notify;
use vault::{
    StoreError,
    database::{
        Begin, Database, Statement, Value,
        schema::{Rows, Table},
    },
    hybrid::{
        passport::Holder,
        wire::{
            Bytes, ConnectorMessage, LetterMessage, OrganizationMessage, WaitingListMessage,
            WaitingMessage,
        },
    },
    opaque::OpaqueId,
};

use super::Shared;
use crate::{clock::wait, directory, gate::Caller, refusal::Refusal, server::ended};

/// Letters.
pub(super) const TABLE: Table = Table {
    name: "letter",
    rows: Rows::OfOrganization,
    columns: "organization TEXT NOT NULL, letter TEXT NOT NULL, mailbox TEXT NOT NULL,
              device TEXT NOT NULL, question <blob> NOT NULL, answer <blob>,
              expires <number> NOT NULL, PRIMARY KEY (organization, letter)",
};

/// Seconds that an ask lives.
const ASK: u64 = 120;
/// Seconds that an enrolment's message lives.
const ENROLMENT: u64 = 600;
/// Letters of one organization that wait at once (SR-64).
pub const WAITING_MAX: i64 = 10_000;
/// Letters of one device that do: it cannot take the others' room.
pub const WAITING_OF_ONE: i64 = 100;
/// Letters of an organization's strangers that do: they cannot take the room of
/// its devices.
pub const WAITING_OF_STRANGERS: i64 = 2_000;
/// Bytes of a device's letter; strangers have a limit of their own.
pub const ASK_BYTES: usize = 1 << 20;
/// Bytes of letters that are given at once, beside the last of them.
const LIST_BYTES: i64 = 2 << 20;
/// How long the connector's question is kept open.
const HOLD: Duration = Duration::from_secs(25);
/// How often letters are looked for that came to another node.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Rings when a letter comes.
#[derive(Default)]
pub(super) struct Bell(Notify);

/// Who sends a letter: a device of a mailbox, or a stranger.
#[derive(Clone, Copy)]
struct Sender {
    organization: OpaqueId,
    device: Option<(OpaqueId, OpaqueId)>,
}

impl Sender {
    fn columns(self) -> (String, String) {
        self.device
            .map_or_else(Default::default, |(mailbox, device)| {
                (mailbox.to_string(), device.to_string())
            })
    }
}

async fn post(
    state: &Shared,
    sender: Sender,
    letter: OpaqueId,
    sealed: Vec<u8>,
    lives: u64,
) -> Result<StatusCode, Refusal> {
    let now = (state.clock)();
    let expires = now.saturating_add(lives).cast_signed();
    let done = state
        .database
        .transact(sender.organization, Begin::ToWrite, move |connection| {
            let sealed = sealed.clone();
            Box::pin(async move {
                let (mailbox, device) = sender.columns();
                // Those whose time is over are nobody's load, also before
                // retention has taken them away.
                let waiting = sqlx::query(
                    "SELECT count(*), coalesce(sum(CASE WHEN device = $2 THEN 1 ELSE 0 END), 0)
                     FROM letter WHERE organization = $1 AND expires > $3",
                )
                .bind(sender.organization.to_string())
                .bind(device.clone())
                .bind(now.cast_signed())
                .fetch_one(&mut *connection)
                .await?;
                let (all, own): (i64, i64) = (waiting.try_get(0)?, waiting.try_get(1)?);
                let own_most = match sender.device {
                    Some(_) => WAITING_OF_ONE,
                    None => WAITING_OF_STRANGERS,
                };
                if all >= WAITING_MAX || own >= own_most {
                    return Ok(None);
                }
                let done = sqlx::query(
                    "INSERT INTO letter
                       (organization, letter, mailbox, device, question, answer, expires)
                     VALUES ($1, $2, $3, $4, $5, NULL, $6) ON CONFLICT DO NOTHING",
                )
                .bind(sender.organization.to_string())
                .bind(letter.to_string())
                .bind(mailbox)
                .bind(device)
                .bind(sealed)
                .bind(expires)
                .execute(connection)
                .await?;
                Ok(Some(done.rows_affected()))
            })
        })
        .await?;
    match done {
        None => Err(Refusal::TooMany),
        Some(0) => Err(Refusal::Taken),
        Some(_) => {
            state.waiting.0.notify_waiters();
            Ok(StatusCode::NO_CONTENT)
        }
    }
}

const IS_ANSWERED: Statement = Statement(
    "SELECT 1 FROM letter WHERE organization = $1 AND letter = $2 AND answer IS NOT NULL",
);

/// Takes the answer to a letter of this sender, once. Most of those who ask
/// look too early, and a look writes nothing.
async fn collect(
    state: &Shared,
    sender: Sender,
    letter: OpaqueId,
) -> Result<Json<LetterMessage>, Refusal> {
    let organization = sender.organization;
    let said = IS_ANSWERED.about([Value::Id(organization), Value::Id(letter)]);
    let answered = state.database.look_up(organization, said).await?;
    answered.ok_or(Refusal::NotThere)?;
    let now = (state.clock)().cast_signed();
    let answer: Option<Vec<u8>> = state
        .database
        .transact(sender.organization, Begin::ToWrite, move |connection| {
            Box::pin(async move {
                let (mailbox, device) = sender.columns();
                sqlx::query_scalar::<Any, Vec<u8>>(
                    "DELETE FROM letter WHERE organization = $1 AND letter = $2 AND mailbox = $3
                     AND device = $4 AND expires > $5 AND answer IS NOT NULL RETURNING answer",
                )
                .bind(sender.organization.to_string())
                .bind(letter.to_string())
                .bind(mailbox)
                .bind(device)
                .bind(now)
                .fetch_optional(connection)
                .await
            })
        })
        .await?;
    let sealed = Bytes(answer.ok_or(Refusal::NotThere)?);
    Ok(Json(LetterMessage { sealed }))
}

/// Forgets what is past its time.
pub(super) async fn expire(
    database: &Database,
    organization: OpaqueId,
    now: u64,
) -> Result<u64, StoreError> {
    database
        .transact(organization, Begin::ToWrite, move |connection| {
            Box::pin(async move {
                sqlx::query("DELETE FROM letter WHERE organization = $1 AND expires <= $2")
                    .bind(organization.to_string())
                    .bind(now.cast_signed())
                    .execute(connection)
                    .await
                    .map(|done| done.rows_affected())
            })
        })
        .await
}

/// The organization, where the service has one alone: then its users need not
/// write the id.
#[utoipa::path(get, path = "/v1/organization",
    responses((status = 200, body = OrganizationMessage),
        (status = 404, description = "None, or several: their ids have to be written")))]
pub(super) async fn only_organization(
    State(state): State<Shared>,
) -> Result<Json<OrganizationMessage>, Refusal> {
    let all = directory::organizations(&state.database).await?;
    let [organization] = all.try_into().map_err(|_| Refusal::NotThere)?;
    Ok(Json(OrganizationMessage { organization }))
}

/// The public keys of an organization's connector.
#[utoipa::path(get, path = "/v1/organizations/{organization}/connector",
    params(("organization" = String, Path)),
    responses((status = 200, body = ConnectorMessage), (status = 404, description = "No such organization")))]
pub(super) async fn connector(
    State(state): State<Shared>,
    Path(organization): Path<OpaqueId>,
) -> Result<Json<ConnectorMessage>, Refusal> {
    let known = directory::holder(&state.database, organization, Holder::Connector).await?;
    let keys = known.ok_or(Refusal::NotThere)?.keys;
    Ok(Json(ConnectorMessage { keys }))
}

fn stranger(organization: OpaqueId) -> Sender {
    Sender {
        organization,
        device: None,
    }
}

/// Leaves a stranger's letter for the connector.
#[utoipa::path(put, path = "/v1/organizations/{organization}/enrolments/{letter}",
    params(("organization" = String, Path), ("letter" = String, Path)), request_body = LetterMessage,
    responses((status = 204, description = "It waits"), (status = 409, description = "The id is taken")))]
pub(super) async fn apply(
    State(state): State<Shared>,
    Path((organization, letter)): Path<(OpaqueId, OpaqueId)>,
    Json(message): Json<LetterMessage>,
) -> Result<StatusCode, Refusal> {
    let known = directory::holder(&state.database, organization, Holder::Connector).await?;
    known.ok_or(Refusal::NotThere)?;
    let sealed = message.sealed.0;
    post(&state, stranger(organization), letter, sealed, ENROLMENT).await
}

/// The answer to a stranger's letter, once.
#[utoipa::path(get, path = "/v1/organizations/{organization}/enrolments/{letter}/answer",
    params(("organization" = String, Path), ("letter" = String, Path)),
    responses((status = 200, body = LetterMessage), (status = 404, description = "Not yet, or none")))]
pub(super) async fn applied(
    State(state): State<Shared>,
    Path((organization, letter)): Path<(OpaqueId, OpaqueId)>,
) -> Result<Json<LetterMessage>, Refusal> {
    collect(&state, stranger(organization), letter).await
}

fn asker(caller: &Caller, mailbox: OpaqueId) -> Result<Sender, Refusal> {
    match caller.holder {
        Holder::Device(device) => Ok(Sender {
            organization: caller.organization,
            device: Some((mailbox, device)),
        }),
        Holder::Connector => Err(Refusal::NotForYou),
    }
}

/// Leaves a device's letter for the connector.
#[utoipa::path(put, path = "/v1/mailboxes/{mailbox}/asks/{letter}",
    params(("mailbox" = String, Path), ("letter" = String, Path)), request_body = LetterMessage,
    responses((status = 204, description = "It waits"), (status = 409, description = "The id is taken")))]
pub(super) async fn ask(
    State(state): State<Shared>,
    Extension(caller): Extension<Caller>,
    Path((mailbox, letter)): Path<(OpaqueId, OpaqueId)>,
    Json(message): Json<LetterMessage>,
) -> Result<StatusCode, Refusal> {
    let sender = asker(&caller, mailbox)?;
    let sealed = message.sealed.0;
    if sealed.len() > ASK_BYTES {
        return Err(Refusal::TooLong);
    }
    post(&state, sender, letter, sealed, ASK).await
}

/// The answer to a device's letter, once.
#[utoipa::path(get, path = "/v1/mailboxes/{mailbox}/asks/{letter}/answer",
    params(("mailbox" = String, Path), ("letter" = String, Path)),
    responses((status = 200, body = LetterMessage), (status = 404, description = "Not yet, or none")))]
pub(super) async fn answered(
    State(state): State<Shared>,
    Extension(caller): Extension<Caller>,
    Path((mailbox, letter)): Path<(OpaqueId, OpaqueId)>,
) -> Result<Json<LetterMessage>, Refusal> {
    collect(&state, asker(&caller, mailbox)?, letter).await
}

/// What waits for the connector. Where nothing does, the answer comes with the
/// first letter, or empty after 25 seconds.
#[utoipa::path(get, path = "/v1/letters", responses((status = 200, body = WaitingListMessage)))]
pub(super) async fn waiting(
    State(state): State<Shared>,
    Extension(caller): Extension<Caller>,
) -> Result<Json<WaitingListMessage>, Refusal> {
    let mut over = std::pin::pin!(wait(HOLD));
    let mut end = std::pin::pin!(ended(state.ending.clone()));
    loop {
        // Listening before looking: what comes between the two rings.
        let rung = state.waiting.0.notified();
        let waiting = unanswered(&state, caller.organization).await?;
        if !waiting.is_empty() {
            return Ok(Json(WaitingListMessage { waiting }));
        }
        tokio::select! {
            () = rung => {}
            () = wait(LOOK_EVERY), if state.database.is_shared() => {}
            () = &mut over => return Ok(Json(WaitingListMessage::default())),
            () = &mut end => return Ok(Json(WaitingListMessage::default())),
        }
    }
}

async fn unanswered(
    state: &Shared,
    organization: OpaqueId,
) -> Result<Vec<WaitingMessage>, Refusal> {
    let now = (state.clock)().cast_signed();
    let rows = state
        .database
        .transact(organization, Begin::ToRead, move |connection| {
            Box::pin(async move {
                // Of each device the oldest first, then of each the second: none
                // fills the list.
                sqlx::query(
                    "SELECT letter, mailbox, device, question FROM (
                       SELECT letter, mailbox, device, question, expires, turn,
                         sum(length(question)) OVER (ORDER BY turn, expires, letter)
                           - length(question) AS before
                       FROM (
                         SELECT letter, mailbox, device, question, expires,
                           row_number() OVER (PARTITION BY device ORDER BY expires, letter) AS turn
                         FROM letter
                         WHERE organization = $1 AND answer IS NULL AND expires > $2
                       ) AS each_device
                     ) AS in_turn
                     WHERE before <= $3 ORDER BY turn, expires, letter LIMIT 100",
                )
                .bind(organization.to_string())
                .bind(now)
                .bind(LIST_BYTES)
                .fetch_all(connection)
                .await
            })
        })
        .await?;
    let read = |row: &sqlx::any::AnyRow| {
        Some(WaitingMessage {
            letter: row.try_get::<String, _>(0).ok()?.parse().ok()?,
            mailbox: row.try_get::<String, _>(1).ok()?.parse().ok(),
            device: row.try_get::<String, _>(2).ok()?.parse().ok(),
            sealed: Bytes(row.try_get(3).ok()?),
        })
    };
    Ok(rows.iter().filter_map(read).collect())
}

/// Answers a letter.
#[utoipa::path(put, path = "/v1/letters/{letter}/answer",
    params(("letter" = String, Path)), request_body = LetterMessage,
    responses((status = 204, description = "It waits"), (status = 404, description = "No such letter")))]
pub(super) async fn answer(
    State(state): State<Shared>,
    Extension(caller): Extension<Caller>,
    Path(letter): Path<OpaqueId>,
    Json(message): Json<LetterMessage>,
) -> Result<StatusCode, Refusal> {
    let organization = caller.organization;
    let sealed = message.sealed.0;
    let done = state
        .database
        .transact(organization, Begin::ToWrite, move |connection| {
            let sealed = sealed.clone();
            Box::pin(async move {
                sqlx::query(
                    "UPDATE letter SET answer = $3
                     WHERE organization = $1 AND letter = $2 AND answer IS NULL",
                )
                .bind(organization.to_string())
                .bind(letter.to_string())
                .bind(sealed)
                .execute(connection)
                .await
                .map(|done| done.rows_affected())
            })
        })
        .await?;
    if done == 0 {
        return Err(Refusal::NotThere);
    }
    Ok(StatusCode::NO_CONTENT)
}

/// Takes a letter back, with its answer, which nobody has collected: from then
/// on nobody does. Whoever has collected it has taken it away.
#[utoipa::path(delete, path = "/v1/letters/{letter}",
    params(("letter" = String, Path)),
    responses((status = 204, description = "Nobody has it"), (status = 404, description = "No such letter, or it was collected")))]
pub(super) async fn withdraw(
    State(state): State<Shared>,
    Extension(caller): Extension<Caller>,
    Path(letter): Path<OpaqueId>,
) -> Result<StatusCode, Refusal> {
    let organization = caller.organization;
    let done = state
        .database
        .transact(organization, Begin::ToWrite, move |connection| {
            Box::pin(async move {
                sqlx::query("DELETE FROM letter WHERE organization = $1 AND letter = $2")
                    .bind(organization.to_string())
                    .bind(letter.to_string())
                    .execute(connection)
                    .await
                    .map(|done| done.rows_affected())
            })
        })
        .await?;
    if done == 0 {
        return Err(Refusal::NotThere);
    }
    Ok(StatusCode::NO_CONTENT)
}
