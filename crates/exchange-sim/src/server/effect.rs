//! What a fault does to a request.

use std::time;

use chrono::{DateTime, Duration, Utc};
use http::header::{CONTENT_TYPE, DATE, HeaderValue, RETRY_AFTER};
use http::{Response, StatusCode};

use super::answer::{Body, Cut, bare};
use super::extras;
use super::faults::Effect;
use super::respond::Asked;
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
            let text = retry_after.map(|seconds| seconds.to_string());
            asked.kept_bare(operation, mailbox, status, text.as_deref());
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
        Effect::RetryAfter(text) => {
            let status = StatusCode::SERVICE_UNAVAILABLE;
            asked.kept_bare(operation, mailbox, status, Some(text));
            let mut answer = bare(status);
            if let Ok(value) = HeaderValue::from_str(text) {
                answer.headers_mut().insert(RETRY_AFTER, value);
            }
            // A moment is understood by the answer's own date.
            date(asked.arrived(), &mut answer);
            Some(Ok(answer))
        }
        Effect::Answer { status, kind, body } => {
            let status = StatusCode::from_u16(*status).unwrap_or(StatusCode::OK);
            let mut answer = asked.send(operation, mailbox, status, body.clone(), false);
            if let Ok(kind) = HeaderValue::from_str(kind) {
                answer.headers_mut().insert(CONTENT_TYPE, kind);
            }
            Some(Ok(answer))
        }
        Effect::Hang => {
            asked.kept(operation, mailbox, StatusCode::PROCESSING, None);
            std::future::pending().await
        }
        Effect::Close => {
            asked.kept(operation, mailbox, StatusCode::PROCESSING, None);
            Some(Err(Cut))
        }
        Effect::Delay(milliseconds) => {
            clock::wait(time::Duration::from_millis(*milliseconds)).await;
            None
        }
        // These change the answer, or its stream.
        Effect::Truncate
        | Effect::Stall
        | Effect::Repeat
        | Effect::BatchStops(_)
        | Effect::CutsShort(_)
        | Effect::Extras(_)
        | Effect::NaiveTimes
        | Effect::Deaf
        | Effect::StreamError(_)
        | Effect::StreamErrorOfNone(_)
        | Effect::Disorder
        | Effect::Late(_)
        | Effect::EndStream
        | Effect::Skew(_) => None,
    }
}

/// Moves the `Date` of an answer.
pub(super) fn dated(effect: Option<&Effect>, now: DateTime<Utc>, answer: &mut Response<Body>) {
    if let Some(Effect::Skew(seconds)) = effect
        && let Some(moved) =
            Duration::try_seconds(*seconds).and_then(|by| now.checked_add_signed(by))
    {
        date(moved, answer);
    }
}

/// Says when an answer was sent, by the server's clock.
pub(super) fn date(moment: DateTime<Utc>, answer: &mut Response<Body>) {
    let date = moment.format("%a, %d %b %Y %H:%M:%S GMT").to_string();
    if let Ok(date) = date.try_into() {
        answer.headers_mut().insert(DATE, date);
    }
}

/// What a fault makes of a whole answer.
pub(super) fn changed(effect: Option<&Effect>, document: String) -> String {
    match effect {
        Some(Effect::Extras(seed)) => extras::add(&document, *seed),
        Some(Effect::NaiveTimes) => naive(&document),
        _ => document,
    }
}

/// Takes the `Z` from every time that an element holds.
fn naive(document: &str) -> String {
    let mut parts = document.split("Z<");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let digits = out.as_bytes().iter().rev().take(2);
        let timed = digits.filter(|byte| byte.is_ascii_digit()).count() == 2
            && out.as_bytes().iter().rev().nth(2) == Some(&b':');
        out.push_str(if timed { "<" } else { "Z<" });
        out.push_str(part);
    }
    out
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
