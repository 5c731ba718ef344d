//! What a fault does to a request.

use std::time::Duration;

use http::header::{HeaderValue, RETRY_AFTER};
use http::{Response, StatusCode};

use super::faults::Effect;
use super::respond::{Asked, Body, Cut, bare};
use crate::clock;
use crate::personality::Personality;
use crate::wire::element::{element, text};
use crate::wire::envelope;
use crate::wire::fault::Fault;

/// What a fault puts in place of the answer; nothing when it lets the
/// answer come.
pub(super) async fn instead(
    asked: &Asked,
    operation: &str,
    mailbox: &str,
    effect: &Effect,
) -> Option<Result<Response<Body>, Cut>> {
    match effect {
        Effect::Status {
            status,
            retry_after,
        } => {
            let status = StatusCode::from_u16(*status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            asked.kept(operation, mailbox, status, None);
            let mut answer = bare(status);
            if let Some(seconds) = retry_after {
                answer
                    .headers_mut()
                    .insert(RETRY_AFTER, HeaderValue::from(*seconds));
            }
            Some(Ok(answer))
        }
        Effect::SoapFault { code, back_off } => {
            let mut fault = Fault::new(code, "The request failed.");
            if let Some(milliseconds) = back_off {
                fault.values = Fault::busy(*milliseconds).values;
            }
            Some(Ok(asked.fault(operation, mailbox, &fault)))
        }
        Effect::HiddenBusy(milliseconds) => {
            let document = hidden_busy(operation, *milliseconds);
            Some(Ok(asked.document(
                operation,
                mailbox,
                StatusCode::OK,
                document,
                false,
            )))
        }
        Effect::Body(body) => Some(Ok(asked.document(
            operation,
            mailbox,
            StatusCode::OK,
            body.clone(),
            false,
        ))),
        Effect::Hang => {
            asked.kept(operation, mailbox, StatusCode::PROCESSING, None);
            std::future::pending().await
        }
        Effect::Close => {
            asked.kept(operation, mailbox, StatusCode::PROCESSING, None);
            Some(Err(Cut))
        }
        Effect::Delay(milliseconds) => {
            clock::wait(Duration::from_millis(*milliseconds)).await;
            None
        }
        Effect::Truncate | Effect::Stall => None,
    }
}

fn hidden_busy(operation: &str, milliseconds: u64) -> String {
    // The answer's names follow from the operation's; the set is closed, so a
    // leaked name costs nothing that grows.
    let message = element("m:ResponseMessage")
        .with("ResponseClass", "Error")
        .child(text(
            "m:MessageText",
            "An internal server error occurred. The operation failed.",
        ))
        .child(text("m:ResponseCode", "ErrorInternalServerError"))
        .child(text("m:DescriptiveLinkKey", "0"))
        .child(
            element("m:MessageXml")
                .child(text("t:Value", "ErrorServerBusy").with("Name", "InnerErrorResponseCode"))
                .child(
                    text("t:Value", milliseconds.to_string()).with("Name", "BackOffMilliseconds"),
                ),
        );
    let body = element("m:Response").child(element("m:ResponseMessages").child(message));
    envelope::document(&body, Personality::ExchangeSe)
        .replace(
            "m:ResponseMessage ",
            &format!("m:{operation}ResponseMessage "),
        )
        .replace(
            "</m:ResponseMessage>",
            &format!("</m:{operation}ResponseMessage>"),
        )
        .replace("<m:Response>", &format!("<m:{operation}Response>"))
        .replace("</m:Response>", &format!("</m:{operation}Response>"))
}
