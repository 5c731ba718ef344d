//! A failure of a set-up as it is told: what failed, why, and the way out.

use std::fmt::Write as _;

use engine::exchange::NotFound;

use super::steps::shown;
use crate::{
    checkup::{self, Cause, Report, Went},
    problem::Trouble,
    redaction::Redaction,
    view::{FailureView, Problem, ProblemCode, SetupStep},
    words::Words,
};

pub(super) fn trouble_view(trouble: &Trouble, words: &Words) -> FailureView {
    problem_view(trouble.problem(words))
}

pub(super) fn problem_view(problem: Problem) -> FailureView {
    FailureView {
        code: problem.code,
        report: problem.text.clone(),
        text: problem.text,
        advice: String::new(),
        trust: None,
    }
}

pub(super) fn not_found_view(not_found: &NotFound, address: &str, words: &Words) -> FailureView {
    let mut view = trouble_view(&Trouble::NotFound(not_found.clone()), words);
    view.trust = foreign_host(Some(not_found));
    let mut redaction = Redaction::new([address]);
    view.report = redaction.clean(&not_found.to_string());
    view
}

fn foreign_host(not_found: Option<&NotFound>) -> Option<String> {
    match not_found {
        Some(NotFound::Foreign { host, .. }) => Some(host.clone()),
        _ => None,
    }
}

/// What failed, why, and what is to be done. What is `private` does not stand
/// in the report.
pub(super) fn failure(report: &Report, private: &[&str], words: &Words) -> FailureView {
    let failed = report.steps.iter().find(|step| step.went == Went::Badly);
    let host = report
        .server
        .as_ref()
        .and_then(|server| server.host_str())
        .unwrap_or_default();
    let of_host = |key: &str| words.with(key, [("host", host.into())]);
    let text = match failed.and_then(|step| Some((shown(step.kind)?, step))) {
        Some((SetupStep::Discovery, _)) | None => words.text("setup-failed-discovery"),
        // It was there, and what it said was no answer of Exchange's.
        Some((SetupStep::Connection, step)) if step.knocked.is_some() => {
            of_host("setup-failed-answer")
        }
        Some((SetupStep::Connection, _)) => of_host("setup-failed-connection"),
        Some((SetupStep::SignIn | SetupStep::Browser, _)) => of_host("setup-failed-sign-in"),
        Some((SetupStep::Calendar | SetupStep::Keep, _)) => of_host("setup-failed-calendar"),
    };
    let not_found = report.evidence.discovery.as_ref();
    FailureView {
        code: report.cause.map_or(ProblemCode::Other, checkup::code),
        text,
        advice: report
            .cause
            .map(|cause| advice(cause, report, words))
            .unwrap_or_default(),
        trust: foreign_host(not_found.and_then(|outcome| outcome.as_ref().err())),
        report: written(report, private, words),
    }
}

/// The doctor's advice, with the window's own fields where the doctor names
/// options of the command line.
fn advice(cause: Cause, report: &Report, words: &Words) -> String {
    let host = report.server.as_ref().and_then(|url| url.host_str());
    let host = host.unwrap_or_default();
    let of_host = |key: &str| words.with(key, [("host", host.into())]);
    match cause {
        Cause::Certificate => of_host("setup-cause-certificate"),
        Cause::BasicOnly => of_host("setup-cause-basic-only"),
        Cause::NoMailbox => of_host("setup-cause-no-mailbox"),
        Cause::UserName => {
            let other = report.other_user_name();
            let other = other.unwrap_or_else(|| "DOMAIN\\name".to_owned());
            words.with(
                "setup-cause-user-name",
                [("host", host.into()), ("other", other.into())],
            )
        }
        Cause::ForeignServer => match &report.evidence.discovery {
            Some(Err(not_found)) => Trouble::NotFound(not_found.clone()).text(words),
            _ => checkup::advice(cause, report, words),
        },
        other => checkup::advice(other, report, words),
    }
}

/// The report for the administrator: the server by name, the user not.
fn written(report: &Report, private: &[&str], words: &Words) -> String {
    let server = report.server.as_ref().map(ToString::to_string);
    let cause = report.cause.map_or("none", Cause::code);
    let mut text = format!(
        "Joinbell {}\n{} {}\nserver: {}\ncause: {cause}\n",
        env!("CARGO_PKG_VERSION"),
        std::env::consts::OS,
        std::env::consts::ARCH,
        server.as_deref().unwrap_or("not found"),
    );
    for step in report
        .steps
        .iter()
        .filter(|step| step.went != Went::Skipped)
    {
        let _infallible = writeln!(
            text,
            "{}: {}, {} ms. {}",
            step.kind.code(),
            checkup::went(step.went, words),
            step.took.as_millis(),
            step.detail
        );
    }
    Redaction::new(private).keeping_hosts().clean(&text)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use engine::exchange::checkup::{Evidence, Knocked};

    use super::*;
    use crate::{
        checkup::{Step, StepKind},
        words::Language,
    };

    const PRIVATE: [&str; 3] = ["anna@example.org", "EXAMPLE\\anna", "CANARY-password"];

    fn report(cause: Cause) -> Report {
        let step = |kind, went| Step {
            kind,
            went,
            took: Duration::from_millis(88),
            detail: "HTTP 401 for EXAMPLE\\anna (anna@example.org) CANARY-password".to_owned(),
            knocked: None,
        };
        Report {
            steps: vec![
                step(StepKind::Connection, Went::Well),
                step(StepKind::SignIn, Went::Badly),
                step(StepKind::Calendar, Went::Skipped),
            ],
            server: "https://mail.example.org/EWS/Exchange.asmx".parse().ok(),
            evidence: Evidence::default(),
            cause: Some(cause),
        }
    }

    #[test]
    fn every_cause_is_told_without_the_command_line_in_every_language() {
        for language in Language::ALL {
            let words = Words::new(language);
            for cause in Cause::ALL {
                let view = failure(&report(cause), &PRIVATE, &words);
                for text in [&view.text, &view.advice] {
                    assert!(text.ends_with('.'), "{cause:?}: {text}");
                    assert!(!text.contains("--"), "{cause:?}: {text}");
                    assert!(
                        !text.starts_with("setup-") && !text.starts_with("doctor-"),
                        "{text}"
                    );
                }
            }
        }
    }

    #[test]
    fn the_report_names_the_server_and_the_step_and_nobody() {
        let words = Words::new(Language::ENGLISH);
        let text = failure(&report(Cause::Password), &PRIVATE, &words).report;
        assert!(
            text.contains("https://mail.example.org/EWS/Exchange.asmx"),
            "{text}"
        );
        assert!(text.contains("sign_in: FAILED, 88 ms"), "{text}");
        for private in ["anna", "EXAMPLE\\", "CANARY"] {
            assert!(!text.contains(private), "{private}: {text}");
        }
    }

    #[test]
    fn a_server_that_answers_like_no_exchange_is_not_told_as_one_that_is_away() {
        let words = Words::new(Language::ENGLISH);
        let mut away = report(Cause::EwsBlocked);
        away.steps[0].went = Went::Badly;
        let text = |report: &Report| failure(report, &PRIVATE, &words).text;
        let said = text(&away);
        assert!(said.contains("no secure connection"), "{said}");
        away.steps[0].knocked = Some(Knocked {
            status: 403,
            offers: Vec::new(),
            certificate: None,
        });
        let said = text(&away);
        assert!(said.contains("answered"), "{said}");
        assert!(!said.contains("connection"), "{said}");
    }
}
