//! A streaming subscription as a watch.

use std::sync::Arc;

use async_trait::async_trait;
use ews::{
    Client, StreamReader,
    operation::{Connection, GetStreamingEvents, Notice, SubscriptionId},
};

use super::listing::Server;
use crate::backend::{Failure, FailureKind, Wake, Watch};

pub(super) struct Stream {
    reader: StreamReader,
    server: Arc<Server>,
    host: String,
    closing: bool,
}

impl Stream {
    pub(super) async fn open(
        client: &Client,
        id: SubscriptionId,
        server: Arc<Server>,
    ) -> Result<Self, Failure> {
        let operation = GetStreamingEvents {
            ids: vec![id],
            minutes: GetStreamingEvents::MINUTES,
        };
        Ok(Self {
            reader: client.stream(operation).await?,
            host: client.host(),
            server,
            closing: false,
        })
    }
}

#[async_trait]
impl Watch for Stream {
    async fn next(&mut self) -> Result<Option<Wake>, Failure> {
        if self.closing {
            return Ok(None);
        }
        let Some(envelope) = self.reader.next().await? else {
            return Ok(None);
        };
        // The error class counts, whatever the connection is said to be.
        if let Some(fault) = envelope.fault {
            return Err(Failure {
                kind: FailureKind::Refused,
                sentence: format!("{} ended its notifications ({})", self.host, fault.code),
            });
        }
        self.closing = envelope.connection == Some(Connection::Closed);
        let changed = envelope.notices.contains(&Notice::Changed);
        if changed {
            self.server.heard_of(envelope.items);
        }
        Ok(Some(if changed { Wake::Changed } else { Wake::Alive }))
    }
}
