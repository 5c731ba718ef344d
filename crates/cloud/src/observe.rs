//! Health and metrics, on an address of their own.

use std::sync::Arc;

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
use vault::database::{Begin, Database};

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
}

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
        Self {
            registry,
            requests,
            expired,
            retention,
            connections,
            refused_connections,
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

    /// Retention got through, and has taken so many rows away.
    pub(crate) fn count_retention(&self, rows: u64) {
        self.retention.inc();
        self.expired.inc_by(rows);
    }
}

/// `/healthz` and `/metrics`.
pub(crate) fn router(metrics: Arc<Metrics>, database: Database) -> Router {
    Router::new()
        .route("/healthz", get(health))
        .route("/metrics", get(show))
        .with_state((metrics, database))
}

async fn health(State((_, database)): State<(Arc<Metrics>, Database)>) -> Response {
    let answers = database
        .transact_unbound(Begin::ToRead, |connection| {
            Box::pin(async move {
                sqlx::query("SELECT 1")
                    .execute(connection)
                    .await
                    .map(|_| ())
            })
        })
        .await;
    match answers {
        Ok(()) => "ok\n".into_response(),
        Err(_) => (
            StatusCode::SERVICE_UNAVAILABLE,
            "the database does not answer\n",
        )
            .into_response(),
    }
}

async fn show(State((metrics, _)): State<(Arc<Metrics>, Database)>) -> Response {
    let mut text = String::new();
    if encode(&mut text, &metrics.registry).is_err() {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    }
    let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    ([(CONTENT_TYPE, kind)], text).into_response()
}
