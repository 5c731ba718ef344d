//! Keeps sealed records and passes sealed letters on.

mod changes;
mod letters;
mod mailboxes;
mod records;
mod retention;

use std::sync::Arc;

use axum::http::Method;
use utoipa::OpenApi;
use vault::{
    database::{
        Database,
        schema::{RECORDS, Table},
    },
    hybrid::passport::Audience,
};

use crate::{
    clock::Clock,
    config::ServiceConfig,
    directory, gate,
    observe::Metrics,
    route::{Entry, May, Route, entry},
    server::{self, Ending, Running, StartError},
};

pub use changes::FEEDS_OF_ONE;
pub use letters::{ASK_BYTES, WAITING_MAX, WAITING_OF_ONE, WAITING_OF_STRANGERS};
pub(crate) use mailboxes::{attested, taken_in};
pub use retention::EVERY;

/// All tables of the service.
pub fn tables() -> Vec<Table> {
    let mut tables = RECORDS.to_vec();
    tables.extend(directory::TABLES);
    tables.push(letters::TABLE);
    tables
}

/// What the handlers share.
pub(crate) struct State {
    database: Database,
    clock: Clock,
    changes: changes::Changes,
    waiting: letters::Bell,
    ending: Ending,
}

type Shared = Arc<State>;

/// The table of the routes.
fn entries() -> Vec<Entry<Shared>> {
    let (get, put, post, delete) = (&Method::GET, &Method::PUT, &Method::POST, &Method::DELETE);
    let (anybody, connector, device, both) = (May::Anybody, May::Connector, May::Device, May::Both);
    vec![
        entry(get, "/openapi.json", anybody, describe),
        entry(get, "/v1/organization", anybody, letters::only_organization),
        entry(
            get,
            "/v1/organizations/{organization}/connector",
            anybody,
            letters::connector,
        ),
        entry(
            put,
            "/v1/organizations/{organization}/enrolments/{letter}",
            anybody,
            letters::apply,
        ),
        entry(
            get,
            "/v1/organizations/{organization}/enrolments/{letter}/answer",
            May::Knower,
            letters::applied,
        ),
        entry(get, "/v1/letters", connector, letters::waiting),
        entry(
            put,
            "/v1/letters/{letter}/answer",
            connector,
            letters::answer,
        ),
        entry(delete, "/v1/letters/{letter}", connector, letters::withdraw),
        entry(put, "/v1/mailboxes/{mailbox}", connector, mailboxes::put),
        entry(
            delete,
            "/v1/mailboxes/{mailbox}",
            connector,
            mailboxes::remove,
        ),
        entry(
            put,
            "/v1/mailboxes/{mailbox}/devices/{device}",
            connector,
            mailboxes::put_device,
        ),
        entry(
            delete,
            "/v1/mailboxes/{mailbox}/devices/{device}",
            connector,
            mailboxes::revoke_device,
        ),
        entry(get, "/v1/mailboxes/{mailbox}/keys", both, records::keys),
        entry(
            put,
            "/v1/mailboxes/{mailbox}/keys",
            connector,
            records::replace_keys,
        ),
        entry(get, "/v1/mailboxes/{mailbox}/series", both, records::list),
        entry(
            get,
            "/v1/mailboxes/{mailbox}/series/{series}",
            both,
            records::read,
        ),
        entry(
            post,
            "/v1/mailboxes/{mailbox}/series/{series}",
            connector,
            records::commit,
        ),
        entry(
            delete,
            "/v1/mailboxes/{mailbox}/series/{series}",
            connector,
            records::forget,
        ),
        entry(
            get,
            "/v1/mailboxes/{mailbox}/changes",
            both,
            changes::follow,
        ),
        entry(
            put,
            "/v1/mailboxes/{mailbox}/asks/{letter}",
            device,
            letters::ask,
        ),
        entry(
            get,
            "/v1/mailboxes/{mailbox}/asks/{letter}/answer",
            device,
            letters::answered,
        ),
    ]
}

/// Who may call what.
pub fn routes() -> Vec<Route> {
    entries().into_iter().map(|entry| entry.route).collect()
}

/// The description of the service.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Joinbell service",
        description = "Sealed records and sealed letters"
    ),
    paths(
        describe,
        letters::only_organization,
        letters::connector,
        letters::apply,
        letters::applied,
        letters::waiting,
        letters::answer,
        letters::withdraw,
        letters::ask,
        letters::answered,
        mailboxes::put,
        mailboxes::remove,
        mailboxes::put_device,
        mailboxes::revoke_device,
        records::keys,
        records::replace_keys,
        records::list,
        records::read,
        records::commit,
        records::forget,
        changes::follow,
    )
)]
pub struct Description;

/// This description.
#[utoipa::path(get, path = "/openapi.json", responses((status = 200, description = "OpenAPI 3.1")))]
async fn describe() -> axum::Json<utoipa::openapi::OpenApi> {
    axum::Json(Description::openapi())
}

/// Starts the service.
pub async fn start(config: &ServiceConfig, clock: Clock) -> Result<Running, StartError> {
    let database = server::open(&config.database, &tables()).await?;
    let metrics = Arc::new(Metrics::default());
    let (db, counted, limits) = (database.clone(), Arc::clone(&metrics), config.limits);
    let listening = (&config.listen, &config.limits);
    let time = Arc::clone(&clock);
    server::start(listening, time, database, metrics, move |ending| {
        let state = Arc::new(State {
            database: db.clone(),
            clock: Arc::clone(&clock),
            changes: changes::Changes::default(),
            waiting: letters::Bell::default(),
            ending: ending.clone(),
        });
        let looked = Arc::clone(&state);
        let router = gate::router(
            Audience::Service,
            entries(),
            state,
            (db.clone(), Arc::clone(&clock)),
            limits,
            Arc::clone(&counted),
        );
        let retained = retention::keep(db, clock, counted, ending);
        let chore = async move {
            tokio::join!(retained, changes::look(looked));
        };
        (router, Box::pin(chore))
    })
    .await
}
