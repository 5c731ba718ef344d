//! The change feed: server-sent events (HTML Living Standard, 9.2), of which
//! only data lines matter here.

use reqwest::Response;

use super::caller::{Asked, Caller, RemoteError};
use crate::{hybrid::wire::ChangeMessage, opaque::OpaqueId};

/// Bytes of a line; an event has two numbers.
const LINE_MOST: usize = 4096;

/// An open feed of one mailbox.
#[derive(Debug)]
pub struct Feed {
    response: Response,
    mailbox: OpaqueId,
    host: String,
    pending: Vec<u8>,
}

/// What a feed says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Told {
    /// The mailbox has changed so often.
    Revision(u64),
    /// It is there still.
    Alive,
}

impl Feed {
    pub(super) async fn open(caller: &Caller, mailbox: OpaqueId) -> Result<Self, RemoteError> {
        let path = format!("/v1/mailboxes/{mailbox}/changes");
        Ok(Self {
            response: caller.open(Asked::get(&path)).await?,
            mailbox,
            host: caller.host(),
            pending: Vec::new(),
        })
    }

    /// The next word; `None` when the feed has ended. Silence of 45 seconds is
    /// an error.
    pub async fn next(&mut self) -> Result<Option<Told>, RemoteError> {
        loop {
            if let Some(line) = self.line()? {
                match line.split_first() {
                    Some((b':', _)) => return Ok(Some(Told::Alive)),
                    _ => {
                        if let Some(data) = line.strip_prefix(b"data:") {
                            return self.change(data).map(Some);
                        }
                    }
                }
                continue;
            }
            let chunk = self.response.chunk().await;
            match chunk.map_err(|_| RemoteError::Away(self.host.clone()))? {
                Some(bytes) => self.pending.extend_from_slice(&bytes),
                None => return Ok(None),
            }
        }
    }

    fn line(&mut self) -> Result<Option<Vec<u8>>, RemoteError> {
        let Some(end) = self.pending.iter().position(|byte| *byte == b'\n') else {
            if self.pending.len() > LINE_MOST {
                return Err(RemoteError::Garbled(self.host.clone()));
            }
            return Ok(None);
        };
        let mut line: Vec<u8> = self.pending.drain(..=end).collect();
        line.pop();
        Ok(Some(line))
    }

    fn change(&self, data: &[u8]) -> Result<Told, RemoteError> {
        let garbled = || RemoteError::Garbled(self.host.clone());
        let message: ChangeMessage = serde_json::from_slice(data).map_err(|_| garbled())?;
        if message.mailbox != self.mailbox {
            return Err(garbled());
        }
        Ok(Told::Revision(message.revision))
    }
}
