//! The server of an account that cannot sign in: nothing gets there. So its
//! courier can read what earlier runs have left: what was never tried is a
//! draft again, and of all else nobody knows before the account can ask.

use async_trait::async_trait;
use calendar::meeting::Person;
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use engine::{
    Failure, FailureKind, Scheduler,
    scheduler::{Attempt, Found, Intent, PersonTime, Refusal, RequestId},
};

/// Nobody is there.
pub(super) struct SignedOut;

fn failure() -> Failure {
    Failure {
        kind: FailureKind::Credentials,
        sentence: "the account is not signed in; sign in again".to_owned(),
    }
}

#[async_trait]
impl Scheduler for SignedOut {
    async fn attempt(&self, _: &RequestId, _: &Intent) -> Attempt {
        Attempt::Refused(Refusal::SignIn)
    }

    async fn look(&self, _: &RequestId, _: &Intent) -> Result<Found, Failure> {
        Err(failure())
    }

    async fn people(&self, _: &str) -> Result<Vec<Person>, Failure> {
        Err(failure())
    }

    async fn rooms(&self) -> Result<Vec<Person>, Failure> {
        Err(failure())
    }

    async fn time_of(
        &self,
        _: &[String],
        _: DateTime<Utc>,
        _: DateTime<Utc>,
        _: Tz,
    ) -> Result<Vec<PersonTime>, Failure> {
        Err(failure())
    }
}
