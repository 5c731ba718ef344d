//! Health and metrics, on an address of their own.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use axum::{
    Router,
    extract::State,
    http::{Method, StatusCode, header::CONTENT_TYPE},
    response::{IntoResponse, Response},
    routing::get,
};
use prometheus_client::{
    encoding::{EncodeLabelSet, text::encode},
    metrics::{counter::Counter, family::Family, gauge::Gauge},
    registry::Registry,
};
use vault::{
    StoreError,
    database::{Begin, Database},
};

use crate::clock::Clock;

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Labels {
    method: String,
    route: String,
    status: u32,
}

/// What a program counts.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    requests: Family<Labels, Counter>,
    expired: Counter,
    retention: Counter,
    connections: Gauge,
    refused_connections: Counter,
    no_room: Counter,
    /// When something could not be written for want of room, in seconds since
    /// 1970.
    no_room_at: AtomicU64,
}

/// For so many seconds after a full disk a program is not well: a small row may
/// find room where a calendar does not, and is no sign that all is well.
pub const NOT_WELL_FOR: u64 = 120;

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("joinbell");
        let requests = Family::<Labels, Counter>::default();
        registry.register("requests", "Requests by route and status", requests.clone());
        let expired = Counter::default();
        registry.register("expired", "What retention has taken away", expired.clone());
        let retention = Counter::default();
        registry.register(
            "retention",
            "Times that retention got through",
            retention.clone(),
        );
        let connections = Gauge::default();
        registry.register("connections", "Open connections", connections.clone());
        let refused_connections = Counter::default();
        registry.register(
            "refused_connections",
            "Connections beyond what one address may have",
            refused_connections.clone(),
        );
        let no_room = Counter::default();
        registry.register(
            "no_room",
            "Times that nothing could be written on a full disk",
            no_room.clone(),
        );
        Self {
            registry,
            requests,
            expired,
            retention,
            connections,
            refused_connections,
            no_room,
            no_room_at: AtomicU64::new(0),
        }
    }
}

impl Metrics {
    pub(crate) fn count(&self, method: &Method, route: &str, status: u16) {
        let labels = Labels {
            method: method.to_string(),
            route: route.to_owned(),
            status: u32::from(status),
        };
        self.requests.get_or_create(&labels).inc();
    }

    /// A connection is open, or no more.
    pub(crate) fn count_connection(&self, open: bool) {
        if open {
            self.connections.inc();
        } else {
            self.connections.dec();
        }
    }

    /// A connection was one too many of its address.
    pub(crate) fn count_refused_connection(&self) {
        self.refused_connections.inc();
    }

    /// Something could not be written for want of room.
    pub(crate) fn had_no_room(&self, now: u64) {
        self.no_room.inc();
        self.no_room_at.store(now, Ordering::Relaxed);
    }

    fn lately_had_no_room(&self, now: u64) -> bool {
        now.abs_diff(self.no_room_at.load(Ordering::Relaxed)) < NOT_WELL_FOR
    }

    /// Something that a program does by itself failed.
    pub(crate) fn count_failure(&self, error: &StoreError, clock: &Clock) {
        if matches!(error, StoreError::Full(_)) {
            self.had_no_room(clock());
        }
    }

    /// Retention got through, and has taken so many rows away.
    pub(crate) fn count_retention(&self, rows: u64) {
        self.retention.inc();
        self.expired.inc_by(rows);
    }
}

/// What health and measures are told from.
#[derive(Clone)]
pub(crate) struct Observed {
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) database: Database,
    pub(crate) clock: Clock,
}

/// `/healthz` and `/metrics`.
pub(crate) fn router(observed: Observed) -> Router {
    Router::new()
        .route("/healthz", get(health))
        .route("/metrics", get(show))
        .with_state(observed)
}

/// Something is written: a disk that is full still reads.
const WRITE: &str = "UPDATE tenant SET organization = organization
    WHERE organization = (SELECT MIN(organization) FROM tenant)";

async fn health(State(observed): State<Observed>) -> Response {
    let written = observed
        .database
        .transact_unbound(Begin::ToWrite, |connection| {
            Box::pin(async move { sqlx::query(WRITE).execute(connection).await.map(|_| ()) })
        })
        .await;
    let lately = observed.metrics.lately_had_no_room((observed.clock)());
    let ill = match written {
        Ok(()) if !lately => return "ok\n".into_response(),
        Ok(()) | Err(StoreError::Full(_)) => "the disk of the database is full\n",
        Err(StoreError::ReadOnly(_)) => "the database cannot be written\n",
        Err(_) => "the database does not answer\n",
    };
    (StatusCode::SERVICE_UNAVAILABLE, ill).into_response()
}

async fn show(State(observed): State<Observed>) -> Response {
    let mut text = String::new();
    if encode(&mut text, &observed.metrics.registry).is_err() {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    }
    let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    ([(CONTENT_TYPE, kind)], text).into_response()
}
