//! Keeps the keys of mailboxes, wrapped by a master key, and releases them by
//! HPKE to the connector and to devices that it attested (SR-53 to SR-56).

mod audit;
mod exchange;
mod handlers;
mod ledger;
pub mod master;

use std::{sync::Arc, time::Duration};

use axum::http::Method;
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use utoipa::OpenApi;
use vault::{
    StoreError,
    database::{Database, schema::Table},
    hybrid::{passport::Audience, sealing::OpenKey},
    keyring::KeyRing,
    opaque::OpaqueId,
};

pub use audit::{Deed, read as read_audit};
pub use exchange::{Exchanged, exchange};

use crate::{
    clock::{Clock, today, wait},
    config::{ConfigError, KeysConfig, secret},
    directory, gate,
    observe::Metrics,
    route::{Entry, May, Route, entry},
    server::{self, Ending, Running, StartError, ended},
};
use ledger::Ledger;

/// All tables of the key service.
pub fn tables() -> Vec<Table> {
    let mut tables = directory::TABLES.to_vec();
    tables.extend([ledger::TABLE, audit::TABLE]);
    tables
}

pub(crate) struct State {
    database: Database,
    clock: Clock,
    ledger: Ledger,
    identity: OpenKey,
    releases: DefaultKeyedRateLimiter<(OpaqueId, OpaqueId)>,
}

type Shared = Arc<State>;

fn entries() -> Vec<Entry<Shared>> {
    let (put, post, delete) = (&Method::PUT, &Method::POST, &Method::DELETE);
    vec![
        entry(&Method::GET, "/openapi.json", May::Anybody, describe),
        entry(
            put,
            "/v1/mailboxes/{mailbox}",
            May::Connector,
            handlers::put,
        ),
        entry(
            delete,
            "/v1/mailboxes/{mailbox}",
            May::Connector,
            handlers::remove,
        ),
        entry(
            put,
            "/v1/mailboxes/{mailbox}/devices/{device}",
            May::Connector,
            handlers::put_device,
        ),
        entry(
            delete,
            "/v1/mailboxes/{mailbox}/devices/{device}",
            May::Connector,
            handlers::revoke_device,
        ),
        entry(
            post,
            "/v1/mailboxes/{mailbox}/release",
            May::Both,
            handlers::release,
        )
        .once(),
    ]
}

/// Who may call what.
pub fn routes() -> Vec<Route> {
    entries().into_iter().map(|entry| entry.route).collect()
}

/// The description of the key service.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Joinbell key service",
        description = "Keys of mailboxes, by HPKE"
    ),
    paths(
        describe,
        handlers::put,
        handlers::remove,
        handlers::put_device,
        handlers::revoke_device,
        handlers::release,
    )
)]
pub struct Description;

/// This description.
#[utoipa::path(get, path = "/openapi.json", responses((status = 200, description = "OpenAPI 3.1")))]
async fn describe() -> axum::Json<utoipa::openapi::OpenApi> {
    axum::Json(Description::openapi())
}

/// The private key by which the key service's answers are known.
pub fn identity(config: &KeysConfig) -> Result<OpenKey, ConfigError> {
    let bytes = secret(&config.identity)?;
    let bytes = <[u8; 32]>::try_from(bytes).map_err(|_| {
        ConfigError::Invalid(
            config.identity.clone(),
            "it is no key of 32 bytes".to_owned(),
        )
    })?;
    Ok(OpenKey::from_bytes(bytes))
}

/// Starts the key service.
pub async fn start(
    config: &KeysConfig,
    keyring: &dyn KeyRing,
    clock: Clock,
) -> Result<Running, StartError> {
    let master = master::read(&config.master, keyring).await?;
    let identity = identity(config)?;
    let database = server::open(&config.database, &tables()).await?;
    exchange::fits(&database, &master).await?;
    let metrics = Arc::new(Metrics::default());
    let (db, counted, limits) = (database.clone(), Arc::clone(&metrics), config.limits);
    let releases = config.releases_a_minute;
    let audited = Duration::from_hours(24 * u64::from(config.audit_days.get()));
    let listening = (&config.listen, &config.limits);
    let time = Arc::clone(&clock);
    server::start(listening, time, database, metrics, move |ending| {
        let state = Arc::new(State {
            database: db.clone(),
            clock: Arc::clone(&clock),
            ledger: Ledger::new(db.clone(), &master),
            identity,
            releases: RateLimiter::keyed(Quota::per_minute(releases)),
        });
        let router = gate::router(
            Audience::Keys,
            entries(),
            state,
            (db.clone(), Arc::clone(&clock)),
            limits,
            Arc::clone(&counted),
        );
        (
            router,
            Box::pin(destroy(db, (clock, audited), counted, ending)),
        )
    })
    .await
}

/// How often keys are looked for that are past their time.
pub const EVERY: Duration = Duration::from_mins(15);

async fn destroy(
    database: Database,
    (clock, audited): (Clock, Duration),
    metrics: Arc<Metrics>,
    ending: Ending,
) {
    loop {
        match destroy_once(&database, &clock, audited).await {
            Ok(gone) => metrics.count_retention(gone),
            Err(error) => {
                tracing::error!(%error, "keys could not be destroyed");
                metrics.count_failure(&error, &clock);
            }
        }
        tokio::select! {
            () = wait(EVERY) => {}
            () = ended(ending.clone()) => return,
        }
    }
}

async fn destroy_once(
    database: &Database,
    clock: &Clock,
    audited: Duration,
) -> Result<u64, StoreError> {
    let gone = forget(database, clock, audited).await;
    // Also what went before: whoever read the file then, such as a backup, may
    // have kept its pages in the log. On a full disk it is what makes room.
    let compacted = database.compact().await;
    gone.and_then(|gone| compacted.map(|()| gone))
}

async fn forget(database: &Database, clock: &Clock, audited: Duration) -> Result<u64, StoreError> {
    let mut gone = 0;
    let before = clock().saturating_sub(audited.as_secs());
    for organization in directory::organizations(database).await? {
        gone += ledger::destroy(database, organization, today(clock)).await?;
        gone += audit::forget(database, organization, before).await?;
    }
    Ok(gone)
}
