//! The words of a checkup: what each step is called, and what is to be done
//! about a likely cause.

pub mod hybrid;

pub use engine::exchange::{
    Basic, Proof,
    checkup::{
        By, Cause, Certificate, Knocked, Question, Report, SignInBy, Step, StepKind, Went, examine,
        greet,
    },
};
use engine::exchange::{NotFound, TICKETS};

use crate::{problem::not_found_text, view::ProblemCode, words::Words};

/// What a step is called.
pub fn step(kind: StepKind, words: &Words) -> String {
    match kind {
        StepKind::Discovery => words.text("doctor-discovery"),
        StepKind::Connection => words.text("doctor-connection"),
        StepKind::SignIn => words.text("doctor-sign-in"),
        StepKind::ConvertId => words.text("doctor-convert-id"),
        StepKind::Calendar => words.text("doctor-calendar"),
        StepKind::Availability => words.text("doctor-availability"),
        StepKind::OutOfOffice => words.text("doctor-out-of-office"),
        StepKind::Streaming => words.text("doctor-streaming"),
    }
}

/// How a step went, in a word.
pub fn went(went: Went, words: &Words) -> String {
    match went {
        Went::Well => words.text("doctor-well"),
        Went::Badly => words.text("doctor-badly"),
        Went::Skipped => words.text("doctor-skipped"),
    }
}

/// The likely cause and what to do about it, in a sentence.
pub fn advice(cause: Cause, report: &Report, words: &Words) -> String {
    let host = report.server.as_ref().and_then(|url| url.host_str());
    let host = host.unwrap_or_default();
    let with_host = |key: &str| words.with(key, [("host", host.into())]);
    let not_found = match &report.evidence.discovery {
        Some(Err(not_found)) => Some(not_found),
        _ => None,
    };
    match (cause, not_found) {
        (Cause::ForeignServer, Some(NotFound::Foreign { domain, host })) => words.with(
            "doctor-cause-foreign",
            [
                ("domain", domain.as_str().into()),
                ("host", host.as_str().into()),
            ],
        ),
        (_, Some(not_found)) => not_found_text(not_found, words),
        (Cause::Unreachable, _) => with_host("doctor-cause-unreachable"),
        (Cause::Certificate, _) => with_host("doctor-cause-certificate"),
        (Cause::NotEws, _) => with_host("doctor-cause-not-ews"),
        (Cause::EwsBlocked, _) => with_host("doctor-cause-ews-blocked"),
        (Cause::BasicOnly, _) => with_host("doctor-cause-basic-only"),
        (Cause::NoKnownScheme, _) => with_host("doctor-cause-no-known-scheme"),
        (Cause::ExtendedProtection, _) => with_host("doctor-cause-extended-protection"),
        (Cause::UserName, _) => words.with(
            "doctor-cause-user-name",
            [
                ("host", host.into()),
                ("other", other_user_name(report).into()),
            ],
        ),
        (Cause::Password, _) => with_host("doctor-cause-password"),
        (Cause::NoTicket, _) if !TICKETS => words.text("problem-no-kerberos"),
        (Cause::NoTicket, _) => with_host("doctor-cause-no-ticket"),
        (Cause::Browser, _) => with_host("doctor-cause-browser"),
        (Cause::NoMailbox, _) => with_host("doctor-cause-no-mailbox"),
        (Cause::Busy, _) => with_host("doctor-cause-busy"),
        (Cause::Calendar, _) => with_host("doctor-cause-calendar"),
        (Cause::Availability, _) => with_host("doctor-cause-availability"),
        (Cause::OutOfOffice, _) => with_host("doctor-cause-out-of-office"),
        (Cause::StreamHeldBack, _) => with_host("doctor-cause-stream-held-back"),
        (Cause::NoStream, _) => with_host("doctor-cause-no-stream"),
        (Cause::ExchangeOnline, _) => with_host("doctor-cause-online"),
        // What cannot be used is named by the step that stumbled over it.
        (Cause::Setup | Cause::Address | Cause::NoServer | Cause::ForeignServer, _) => {
            stumbled(report)
        }
        (Cause::Server, _) => with_host("doctor-cause-server"),
    }
}

fn other_user_name(report: &Report) -> String {
    let known = report.other_user_name();
    known.unwrap_or_else(|| "DOMAIN\\name".to_owned())
}

fn stumbled(report: &Report) -> String {
    let bad = report.steps.iter().find(|step| step.went == Went::Badly);
    bad.map(|step| format!("{}.", step.detail.trim_end_matches('.')))
        .unwrap_or_default()
}

/// The class of a cause, for exit codes.
pub fn code(cause: Cause) -> ProblemCode {
    match cause {
        Cause::BasicOnly
        | Cause::NoKnownScheme
        | Cause::ExtendedProtection
        | Cause::UserName
        | Cause::Password
        | Cause::NoTicket
        | Cause::Browser => ProblemCode::Credentials,
        Cause::Unreachable | Cause::Busy => ProblemCode::Unreachable,
        Cause::Certificate | Cause::Setup => ProblemCode::Certificate,
        Cause::Address
        | Cause::NoServer
        | Cause::ForeignServer
        | Cause::ExchangeOnline
        | Cause::NotEws => ProblemCode::Server,
        Cause::NoMailbox => ProblemCode::Gone,
        Cause::EwsBlocked
        | Cause::Calendar
        | Cause::Availability
        | Cause::OutOfOffice
        | Cause::StreamHeldBack
        | Cause::NoStream
        | Cause::Server => ProblemCode::Other,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use engine::exchange::checkup::Evidence;

    use super::*;
    use crate::words::Language;

    fn report(cause: Cause) -> Report {
        Report {
            steps: vec![Step {
                kind: StepKind::Connection,
                went: Went::Badly,
                took: std::time::Duration::ZERO,
                detail: "The CA file x cannot be used".to_owned(),
                knocked: None,
            }],
            server: "https://mail.example.org/EWS/Exchange.asmx".parse().ok(),
            evidence: Evidence::default(),
            cause: Some(cause),
        }
    }

    #[test]
    fn every_cause_has_a_sentence_in_every_language() {
        for language in Language::ALL {
            let words = Words::new(language);
            for cause in Cause::ALL {
                let sentence = advice(cause, &report(cause), &words);
                assert!(sentence.ends_with('.'), "{cause:?}: {sentence}");
                assert!(!sentence.contains("doctor-"), "{cause:?}: {sentence}");
                assert!(!sentence.contains('{'), "{cause:?}: {sentence}");
            }
        }
    }

    /// The words in the first column of the first table behind a line of a
    /// page, which begins with `head`.
    fn first_column(page: &str, behind: &str, head: &str) -> BTreeSet<String> {
        let page = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(page);
        let text = std::fs::read_to_string(page).unwrap();
        let (_, rest) = text.split_once(behind).unwrap();
        rest.lines()
            .skip_while(|line| !line.starts_with(head))
            .skip(2)
            .take_while(|line| line.starts_with('|'))
            .filter_map(|line| line.split('|').nth(1))
            .flat_map(|cell| cell.split('`').skip(1).step_by(2))
            .map(str::to_owned)
            .collect()
    }

    #[test]
    fn every_verdict_stands_in_the_tables_for_administrators_and_for_scripts() {
        let exchange = Cause::ALL.map(|cause| cause.code().to_owned());
        let service = hybrid::Cause::ALL.map(|cause| cause.code().to_owned());
        let operating = "../../docs/OPERATING.md";
        let scripts = "../../docs/cli.md";
        for (page, behind, head, given) in [
            (
                operating,
                "### When it does not connect",
                "| verdict",
                exchange.as_slice(),
            ),
            (
                operating,
                "### When a client gets no calendar",
                "| verdict",
                service.as_slice(),
            ),
            (
                scripts,
                "`doctor --json` prints",
                "| `cause` | exit",
                exchange.as_slice(),
            ),
            (
                scripts,
                "and, for a hybrid service:",
                "| `cause` | exit",
                service.as_slice(),
            ),
        ] {
            let given = given.iter().cloned().collect::<BTreeSet<_>>();
            assert_eq!(first_column(page, behind, head), given, "{page}, {behind}");
        }
    }

    #[test]
    fn every_step_has_a_name_in_every_language() {
        for language in Language::ALL {
            let words = Words::new(language);
            for kind in StepKind::ALL {
                assert!(!step(kind, &words).contains("doctor-"), "{kind:?}");
            }
            for one in [Went::Well, Went::Badly, Went::Skipped] {
                assert!(!went(one, &words).contains("doctor-"), "{one:?}");
            }
        }
    }

    #[test]
    fn a_foreign_server_is_named_with_the_option_that_confirms_it() {
        let mut foreign = report(Cause::ForeignServer);
        foreign.evidence.discovery = Some(Err(NotFound::Foreign {
            domain: "example.org".to_owned(),
            host: "ex.hoster.net".to_owned(),
        }));
        let words = Words::new(Language::ENGLISH);
        let sentence = advice(Cause::ForeignServer, &foreign, &words);
        assert!(sentence.contains("--trust ex.hoster.net"), "{sentence}");
    }
}
