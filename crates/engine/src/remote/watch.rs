//! The change feed as a watch.

use async_trait::async_trait;
use vault::remote::{Feed, Told};

use super::failure;
use crate::backend::{Failure, Wake, Watch};

pub(super) struct Following(pub(super) Feed);

#[async_trait]
impl Watch for Following {
    async fn next(&mut self) -> Result<Option<Wake>, Failure> {
        let told = self.0.next().await;
        let told = told.map_err(|error| failure::of_remote(&error))?;
        Ok(told.map(|told| match told {
            // The connector has waited for the last event already.
            Told::Revision(_) => Wake::Committed,
            Told::Alive => Wake::Alive,
        }))
    }
}
