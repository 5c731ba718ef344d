//! What a fault does to a request.

use std::time::Duration;

use http::header::{HeaderValue, RETRY_AFTER};
use http::{Response, StatusCode};

use super::faults::Effect;
use super::respond::{Asked, Body, Cut, bare};
use crate::clock;
use crate::personality::Personality;
use crate::wire::element::{Element, element, text};
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
            let values = element("m:MessageXml")
                .child(text("t:Value", "ErrorServerBusy").with("Name", "InnerErrorResponseCode"))
                .child(
                    text("t:Value", milliseconds.to_string()).with("Name", "BackOffMilliseconds"),
                );
            let document = refused(operation, "ErrorInternalServerError", Some(values));
            Some(Ok(asked.document(
                operation,
                mailbox,
                StatusCode::OK,
                document,
                false,
            )))
        }
        Effect::Refused(code) => {
            let document = refused(operation, code, None);
            Some(Ok(asked.document(
                operation,
                mailbox,
                StatusCode::OK,
                document,
                false,
            )))
        }
        Effect::Body(body) => Some(Ok(asked.send(
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

/// An answer of one response message of class `Error`.
fn refused(operation: &str, code: &str, values: Option<Element>) -> String {
    let message = element("m:ResponseMessage")
        .with("ResponseClass", "Error")
        .child(text("m:MessageText", "The operation failed."))
        .child(text("m:ResponseCode", code))
        .child(text("m:DescriptiveLinkKey", "0"))
        .child_if(values)
        .child_if(match operation {
            "GetItem" | "CreateItem" | "UpdateItem" => Some(element("m:Items")),
            "GetFolder" => Some(element("m:Folders")),
            _ => None,
        });
    // Two operations answer without the list of response messages.
    let flat = matches!(operation, "GetUserOofSettings" | "SetUserOofSettings");
    let body = if flat {
        element("m:Response").child(message)
    } else {
        element("m:Response").child(element("m:ResponseMessages").child(message))
    };
    // The names follow from the operation's.
    let mut document = envelope::document(&body, Personality::ExchangeSe)
        .replace("<m:Response>", &format!("<m:{operation}Response>"))
        .replace("</m:Response>", &format!("</m:{operation}Response>"));
    if !flat {
        document = document
            .replace(
                "<m:ResponseMessage ",
                &format!("<m:{operation}ResponseMessage "),
            )
            .replace(
                "</m:ResponseMessage>",
                &format!("</m:{operation}ResponseMessage>"),
            );
    }
    document
}
