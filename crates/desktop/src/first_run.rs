//! Setting an account up: the server is searched for, then asked step by step
//! what it lets the user do; each step is told when it begins and when it is
//! over, and a failure comes with its likely cause.

use std::{fmt::Write as _, time::Duration};

use chrono::{DateTime, Utc};
use engine::exchange::NotFound;
use tokio::sync::mpsc;

use crate::{
    Session,
    account::{Way, endpoint},
    checkup::{self, Cause, Question, Report, Step, StepKind, Went},
    handler,
    problem::Trouble,
    redaction::Redaction,
    screen::Surroundings,
    session::{Search, Secret},
    view::{
        AccountForm, AccountView, FailureView, FoundView, Problem, ProblemCode, SetupStep,
        StepState, StepView,
    },
    words::Words,
};

/// Hears of each step, when it begins and when it is over.
pub type Told<'a> = &'a mut (dyn FnMut(StepView) + Send);

/// An account that is to be set up.
pub struct Attempt {
    /// E-mail address of the mailbox.
    pub address: String,
    /// What the form says. Without a server it is searched for once more, this
    /// time signed in.
    pub form: AccountForm,
}

impl Session {
    /// Searches for the server of an e-mail address. Nobody gets to see a
    /// credential. `took` tells how long ago it was called.
    pub async fn search_server(
        &self,
        address: &str,
        ca_file: &str,
        took: impl Fn() -> Duration + Send,
        told: Told<'_>,
    ) -> Result<FoundView, Box<FailureView>> {
        let surroundings = self.surroundings();
        let words = &surroundings.words;
        told(running(SetupStep::Discovery, words));
        let sought = self.seek(address, ca_file).await;
        let mut step = StepView {
            time: milliseconds(took(), words),
            ..running(SetupStep::Discovery, words)
        };
        let outcome = match sought {
            Ok(Ok(server)) => {
                let host = server.host_str().unwrap_or_default().to_owned();
                step.detail.clone_from(&host);
                Ok(FoundView {
                    host,
                    server: server.to_string(),
                })
            }
            Ok(Err(not_found)) => Err(not_found_view(&not_found, address, words)),
            Err(problem) => Err(problem_view(problem)),
        };
        step.state = if outcome.is_ok() {
            StepState::Well
        } else {
            StepState::Badly
        };
        told(step);
        outcome.map_err(Box::new)
    }

    /// Asks the server what it lets the user do, and keeps the account when
    /// that is enough for the calendar. The password is tried once; where it is
    /// refused, once more at the place that can tell why.
    pub async fn set_up(
        &self,
        attempt: Attempt,
        now: DateTime<Utc>,
        told: Told<'_>,
    ) -> Result<AccountView, Box<FailureView>> {
        let surroundings = self.surroundings();
        let words = &surroundings.words;
        let (attempt, secret) = self.prove(attempt, words, told).await?;
        let question = match question(&attempt, &secret) {
            Ok(question) => question,
            Err(trouble) => return Err(Box::new(trouble_view(&trouble, words))),
        };
        let refused = walk(&question, now, words, told).await;
        if let Some(report) = refused {
            return Err(Box::new(failure(&report, &attempt, words)));
        }
        told(running(SetupStep::Keep, words));
        let Attempt { address, form } = attempt;
        let kept = if form.server.trim().is_empty() {
            let search = Search {
                address,
                ..Search::default()
            };
            self.add_found_account(form, search).await
        } else {
            self.add_signed_in(form, secret).await
        };
        let state = if kept.is_ok() {
            StepState::Well
        } else {
            StepState::Badly
        };
        told(StepView {
            state,
            ..running(SetupStep::Keep, words)
        });
        kept.map_err(|problem| Box::new(problem_view(problem)))
    }

    /// Shows a made-up day, in a program of its own beside this one.
    pub fn show_demo(&self) -> Result<(), Box<FailureView>> {
        handler::demo().map_err(|refused| {
            tracing::warn!(%refused, "the demo is not started");
            Box::new(trouble_view(&Trouble::NoDemo, &self.surroundings().words))
        })
    }

    /// What the account proves itself by: what was typed, the computer's
    /// ticket, or what the browser brings.
    async fn prove(
        &self,
        attempt: Attempt,
        words: &Words,
        told: Told<'_>,
    ) -> Result<(Attempt, Secret), Box<FailureView>> {
        let secret = match attempt.form.sign_in.way() {
            Way::Password => Secret::password(attempt.form.password.clone()),
            Way::Ticket => Secret::Ticket,
            Way::Browser if attempt.form.server.trim().is_empty() => {
                return Err(Box::new(trouble_view(&Trouble::ServerUnnamed, words)));
            }
            Way::Browser => {
                let Attempt { address, form } = attempt;
                let state = |state| StepView {
                    state,
                    ..running(SetupStep::Browser, words)
                };
                told(state(StepState::Running));
                return match self.browse(form).await {
                    Ok((form, secret)) => {
                        told(state(StepState::Well));
                        Ok((Attempt { address, form }, secret))
                    }
                    Err(problem) => {
                        told(state(StepState::Badly));
                        Err(Box::new(problem_view(problem)))
                    }
                };
            }
        };
        Ok((attempt, secret))
    }

    fn surroundings(&self) -> std::sync::Arc<Surroundings> {
        std::sync::Arc::clone(&self.report().borrow().surroundings)
    }
}

/// What is asked of the server.
fn question(attempt: &Attempt, secret: &Secret) -> Result<Question, Trouble> {
    let form = &attempt.form;
    let address = attempt.address.trim();
    let user = form.user.trim();
    let address = if address.is_empty() { user } else { address };
    let mut question = Question::new(address, user, secret.proof(&form.sign_in));
    if !form.server.trim().is_empty() {
        let server = endpoint(&form.server).ok_or_else(|| Trouble::Address {
            written: form.server.clone(),
        })?;
        question.server = Some(server.to_string());
    }
    let file = form.ca_file.trim();
    question.ca_file = (!file.is_empty()).then(|| file.into());
    Ok(question)
}

/// Walks until the calendar has answered; what comes after it, a set-up can do
/// without. `None` when the calendar is there, otherwise what was seen.
async fn walk(
    question: &Question,
    now: DateTime<Utc>,
    words: &Words,
    told: Told<'_>,
) -> Option<Report> {
    let (tell, mut steps) = mpsc::unbounded_channel::<Step>();
    let mut note = move |step: &Step| {
        // Nobody listens any more once the calendar is there.
        let _over = tell.send(step.clone());
    };
    let first = if question.server.is_some() {
        SetupStep::Connection
    } else {
        SetupStep::Discovery
    };
    told(running(first, words));
    let examination = checkup::examine(question, now, &mut note);
    let mut examination = std::pin::pin!(examination);
    let report = loop {
        tokio::select! {
            biased;
            Some(step) = steps.recv() => {
                if tell_of(&step, words, told) {
                    return None;
                }
            }
            report = &mut examination => break report,
        }
    };
    while let Ok(step) = steps.try_recv() {
        if tell_of(&step, words, told) {
            return None;
        }
    }
    Some(report)
}

/// Tells of a step and of the one that begins then. Says whether the calendar
/// is there.
fn tell_of(step: &Step, words: &Words, told: Told<'_>) -> bool {
    let (Some(shown), true) = (shown(step.kind), step.went != Went::Skipped) else {
        return false;
    };
    let well = step.went == Went::Well;
    // That EWS answers at all belongs to the sign-in, as people see it.
    if step.kind == StepKind::ConvertId && well {
        return false;
    }
    told(StepView {
        step: shown,
        title: title(shown, words),
        state: if well {
            StepState::Well
        } else {
            StepState::Badly
        },
        time: milliseconds(step.took, words),
        detail: String::new(),
    });
    match shown {
        _ if !well => {}
        SetupStep::Discovery => told(running(SetupStep::Connection, words)),
        SetupStep::Connection => told(running(SetupStep::SignIn, words)),
        SetupStep::SignIn => told(running(SetupStep::Calendar, words)),
        SetupStep::Calendar => return true,
        SetupStep::Browser | SetupStep::Keep => {}
    }
    false
}

fn shown(kind: StepKind) -> Option<SetupStep> {
    match kind {
        StepKind::Discovery => Some(SetupStep::Discovery),
        StepKind::Connection => Some(SetupStep::Connection),
        StepKind::SignIn => Some(SetupStep::SignIn),
        StepKind::ConvertId | StepKind::Calendar => Some(SetupStep::Calendar),
        StepKind::Availability | StepKind::OutOfOffice | StepKind::Streaming => None,
    }
}

fn running(step: SetupStep, words: &Words) -> StepView {
    StepView {
        step,
        title: title(step, words),
        state: StepState::Running,
        time: String::new(),
        detail: String::new(),
    }
}

fn title(step: SetupStep, words: &Words) -> String {
    match step {
        SetupStep::Discovery => words.text("setup-step-discovery"),
        SetupStep::Browser => words.text("setup-step-browser"),
        SetupStep::Connection => words.text("setup-step-connection"),
        SetupStep::SignIn => words.text("setup-step-sign-in"),
        SetupStep::Calendar => words.text("setup-step-calendar"),
        SetupStep::Keep => words.text("setup-step-keep"),
    }
}

fn milliseconds(took: Duration, words: &Words) -> String {
    let count = i64::try_from(took.as_millis()).unwrap_or(i64::MAX);
    words.with("milliseconds", [("count", count.to_string().into())])
}

fn trouble_view(trouble: &Trouble, words: &Words) -> FailureView {
    problem_view(trouble.problem(words))
}

fn problem_view(problem: Problem) -> FailureView {
    FailureView {
        code: problem.code,
        report: problem.text.clone(),
        text: problem.text,
        advice: String::new(),
        trust: None,
    }
}

fn not_found_view(not_found: &NotFound, address: &str, words: &Words) -> FailureView {
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

/// What failed, why, and what is to be done.
fn failure(report: &Report, attempt: &Attempt, words: &Words) -> FailureView {
    let failed = report.steps.iter().find(|step| step.went == Went::Badly);
    let host = report
        .server
        .as_ref()
        .and_then(|server| server.host_str())
        .unwrap_or_default();
    let text = match failed.and_then(|step| shown(step.kind)) {
        Some(SetupStep::Discovery) | None => words.text("setup-failed-discovery"),
        Some(SetupStep::Connection) => {
            words.with("setup-failed-connection", [("host", host.into())])
        }
        Some(SetupStep::SignIn | SetupStep::Browser) => {
            words.with("setup-failed-sign-in", [("host", host.into())])
        }
        Some(SetupStep::Calendar | SetupStep::Keep) => {
            words.with("setup-failed-calendar", [("host", host.into())])
        }
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
        report: written(report, attempt, words),
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
fn written(report: &Report, attempt: &Attempt, words: &Words) -> String {
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
    let form = &attempt.form;
    Redaction::new([&attempt.address, &form.user, &form.password, &form.ca_file])
        .keeping_hosts()
        .clean(&text)
}

#[cfg(test)]
mod tests {
    use engine::exchange::checkup::Evidence;

    use super::*;
    use crate::{account::SignIn, words::Language};

    fn attempt() -> Attempt {
        Attempt {
            address: "anna@example.org".to_owned(),
            form: AccountForm {
                server: "https://mail.example.org".to_owned(),
                user: "EXAMPLE\\anna".to_owned(),
                password: "CANARY-password".to_owned(),
                ca_file: String::new(),
                sign_in: SignIn::default(),
                found: None,
            },
        }
    }

    fn report(cause: Cause) -> Report {
        let step = |kind, went| Step {
            kind,
            went,
            took: Duration::from_millis(88),
            detail: "HTTP 401 for EXAMPLE\\anna (anna@example.org) CANARY-password".to_owned(),
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
                let view = failure(&report(cause), &attempt(), &words);
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
        let text = failure(&report(Cause::Password), &attempt(), &words).report;
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
    fn each_step_is_told_with_the_one_that_begins_then() {
        let words = Words::new(Language::ENGLISH);
        let mut seen = Vec::new();
        let mut told = |view: StepView| seen.push((view.step, view.state));
        let step = |kind, went| Step {
            kind,
            went,
            took: Duration::from_millis(5),
            detail: String::new(),
        };
        assert!(!tell_of(
            &step(StepKind::Connection, Went::Well),
            &words,
            &mut told
        ));
        assert!(!tell_of(
            &step(StepKind::SignIn, Went::Well),
            &words,
            &mut told
        ));
        assert!(!tell_of(
            &step(StepKind::ConvertId, Went::Well),
            &words,
            &mut told
        ));
        assert!(tell_of(
            &step(StepKind::Calendar, Went::Well),
            &words,
            &mut told
        ));
        assert_eq!(
            seen,
            [
                (SetupStep::Connection, StepState::Well),
                (SetupStep::SignIn, StepState::Running),
                (SetupStep::SignIn, StepState::Well),
                (SetupStep::Calendar, StepState::Running),
                (SetupStep::Calendar, StepState::Well),
            ]
        );
    }
}
