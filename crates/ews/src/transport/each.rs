//! Answers of many items, read while they come: one item is held at a time,
//! however large the whole is.

use hyper::{
    Response, StatusCode,
    body::Incoming,
    header::{CONTENT_ENCODING, HeaderValue},
};

use super::{
    answer::Answer,
    client::Client,
    connection::Connection,
    governor,
    receive::{Packing, Pieces},
    request::{Gzip, Outgoing},
    stream::Splitter,
};
use crate::{
    Error, ItemError, Operation,
    item::CalendarItem,
    operation::{GetItem, Told},
    soap,
    xml::reader::{Reader, XmlError},
};

/// Bytes of one item with all around it: a text may have 8 MiB.
const MESSAGE_MAX: usize = 10 * 1024 * 1024;

impl Client {
    /// Sends a GetItem and gives the answers to `take`, in the order of the
    /// ids, while the rest is still on its way. On an error what was given
    /// before stands, and the rest is not known.
    pub async fn each(
        &self,
        operation: &GetItem,
        mut take: impl FnMut(Result<CalendarItem, ItemError>) + Send,
    ) -> Result<(), Error> {
        let leave = self.leave(GetItem::NAME).await?;
        let outgoing = self.outgoing(operation, Gzip::Yes);
        let exchange = async {
            let (connection, response) = self.exchange(&outgoing, GetItem::REPEATABLE).await?;
            if response.status() == StatusCode::OK {
                self.read_each(operation, connection, response, &outgoing, &mut take)
                    .await
            } else {
                let answer = self.finish(connection, response, &outgoing).await?;
                let items = self.interpret(operation, &answer)?;
                items.into_iter().for_each(&mut take);
                Ok(())
            }
        };
        self.in_time(exchange).await?;
        leave.end(governor::Told::Answer);
        Ok(())
    }

    async fn read_each(
        &self,
        operation: &GetItem,
        connection: Connection,
        response: Response<Incoming>,
        outgoing: &Outgoing,
        take: &mut (impl FnMut(Result<CalendarItem, ItemError>) + Send),
    ) -> Result<(), Error> {
        let (head, body) = response.into_parts();
        self.jar_of(outgoing).cookies().keep(&head.headers);
        let packing = head.headers.get(CONTENT_ENCODING);
        let packing = Packing::of(packing.and_then(|v: &HeaderValue| v.to_str().ok()));
        let pieces = Pieces::at_most(body, packing, self.shared.answer_max);
        let mut pieces = pieces.map_err(|reason| self.unreceived(reason))?;
        let mut splitter = Splitter::after(GetItem::MESSAGE, MESSAGE_MAX);
        let mut begun = false;
        let mut throttled = None;
        while let Some(piece) = pieces.next().await.map_err(|why| self.unreceived(why))? {
            splitter.push(&piece);
            while let Some(message) = splitter.next().map_err(|why| self.garbled(why))? {
                let told = read(&message, begun).map_err(|why| self.garbled(why))?;
                begun = true;
                match told {
                    Told::Item(answer) => take(answer),
                    Told::Throttled(fault) => throttled = Some(fault),
                }
            }
        }
        let rest = splitter.rest();
        if !begun {
            // A fault, or something else altogether.
            let answer = Answer::of(&head, rest.into_owned());
            let items = self.interpret(operation, &answer)?;
            items.into_iter().for_each(take);
        } else if !rest.trim_end().ends_with("Envelope>") {
            return Err(self.garbled(XmlError::Malformed));
        }
        if let Some(fault) = throttled {
            return Err(self.be_quiet(Some(&fault.code), fault.back_off));
        }
        self.keep(connection, outgoing);
        Ok(())
    }

    fn garbled(&self, reason: XmlError) -> Error {
        Error::Garbled {
            host: self.host(),
            operation: GetItem::NAME,
            reason,
        }
    }
}

/// Reads one message: the first stands inside all that is around the messages,
/// each other one by itself.
fn read(message: &str, begun: bool) -> Result<Told, XmlError> {
    let mut reader = Reader::new(message);
    if !begun {
        soap::enter_messages(&mut reader)?;
    }
    let element = reader.child()?.ok_or(XmlError::Missing("a message"))?;
    if element.name() != GetItem::MESSAGE {
        return Err(XmlError::Missing("a message"));
    }
    let class = element.attribute("ResponseClass");
    GetItem::read_message(soap::Outcome::of(class.as_deref()), &mut reader)
}
