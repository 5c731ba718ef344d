//! A server at whose request the program dies.

use async_trait::async_trait;
use calendar::meeting::Person;
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use engine::{
    Failure, Scheduler,
    exchange::ExchangeBackend,
    scheduler::{Attempt, Found, Intent, PersonTime, RequestId},
};
use tokio::sync::watch;

/// Where the program dies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Death {
    /// The entry is in the journal, and the request has not left.
    BeforeSending,
    /// The server has done it, and nobody has read the answer.
    BeforeTheAnswer,
}

/// A server at whose request the program dies.
pub struct Deadly {
    server: ExchangeBackend,
    death: Death,
    /// That it has come so far.
    pub died: watch::Sender<bool>,
}

impl Deadly {
    /// In front of `server`.
    pub fn new(server: ExchangeBackend, death: Death) -> Self {
        let died = watch::Sender::new(false);
        Self {
            server,
            death,
            died,
        }
    }
}

#[async_trait]
impl Scheduler for Deadly {
    async fn attempt(&self, request: &RequestId, intent: &Intent) -> Attempt {
        if self.death == Death::BeforeTheAnswer {
            self.server.attempt(request, intent).await;
        }
        self.died.send_replace(true);
        std::future::pending().await
    }

    async fn look(&self, _: &RequestId, _: &Intent) -> Result<Found, Failure> {
        std::future::pending().await
    }

    async fn people(&self, _: &str) -> Result<Vec<Person>, Failure> {
        std::future::pending().await
    }

    async fn rooms(&self) -> Result<Vec<Person>, Failure> {
        std::future::pending().await
    }

    async fn time_of(
        &self,
        _: &[String],
        _: DateTime<Utc>,
        _: DateTime<Utc>,
        _: Tz,
    ) -> Result<Vec<PersonTime>, Failure> {
        std::future::pending().await
    }
}
