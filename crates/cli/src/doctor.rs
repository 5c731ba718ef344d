//! `doctor`: what keeps an account from connecting.

use std::time::Duration;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use desktop::{
    checkup::{self, Basic, Proof, Question, Report, Step, StepKind, Went},
    session::Setup,
    words::{Language, Words},
};
use serde::Serialize;

use crate::{
    arguments::DoctorArguments,
    contract::{VERSION, moment},
    exit::Failure,
    password, print,
    text::plain,
};

pub(crate) async fn run(arguments: DoctorArguments, setup: &Setup) -> Result<(), Failure> {
    let (settings, _) = setup.folder.settings();
    let language = settings.appearance.language;
    let words = Words::new(language.unwrap_or_else(|| Language::of_locale(&setup.locale)));
    let user = arguments.user.as_ref().unwrap_or(&arguments.address);
    let proof = if arguments.kerberos {
        Proof::Ticket
    } else {
        let prompt = words.with("password-of", [("user", user.as_str().into())]);
        let password = password::ask(&plain(&prompt), arguments.password_stdin)?;
        let basic = if arguments.allow_basic {
            Basic::Allowed
        } else {
            Basic::Refused
        };
        Proof::typed(password, basic)
    };
    let mut question = Question::new(&arguments.address, user, proof);
    question.server = arguments.server;
    question.ca_file = arguments.ca_file;
    question.confirmed = arguments.trust;
    let now = setup.clock.now();
    let mut printed = Ok(());
    let report = checkup::examine(&question, now, &mut |step| {
        if !arguments.json && printed.is_ok() {
            printed = print(&line(step, &words));
        }
    })
    .await;
    printed?;
    if arguments.json {
        let document = Document::new(&report, &words, now, (setup.zone)());
        let text = serde_json::to_string_pretty(&document)
            .map_err(|error| Failure::other(format!("The JSON cannot be written: {error}.")))?;
        print(&format!("{text}\n"))?;
    }
    if let Some(cause) = report.cause {
        let sentence = checkup::advice(cause, &report, &words);
        return Err(Failure::of(checkup::code(cause), sentence));
    }
    if arguments.json {
        return Ok(());
    }
    let healthy = words.with(
        "doctor-healthy",
        [
            ("host", host(&report).into()),
            ("user", question.user.as_str().into()),
        ],
    );
    print(&format!("{}\n", plain(&healthy)))
}

fn host(report: &Report) -> String {
    let host = report.server.as_ref().and_then(|server| server.host_str());
    host.unwrap_or_default().to_owned()
}

/// The step in one line: its name, how it went, how long it took, and what
/// was seen. What servers wrote must not steer the terminal.
fn line(step: &Step, words: &Words) -> String {
    let names = StepKind::ALL.map(|kind| checkup::step(kind, words).chars().count());
    let wents = [Went::Well, Went::Badly, Went::Skipped];
    let wents = wents.map(|went| checkup::went(went, words).chars().count());
    let line = format!(
        "{:name$}  {:went$}  {:>8}  {}",
        checkup::step(step.kind, words),
        checkup::went(step.went, words),
        match step.went {
            Went::Skipped => String::new(),
            Went::Well | Went::Badly => format!("{} ms", milliseconds(step.took)),
        },
        plain(&step.detail),
        name = names.into_iter().max().unwrap_or_default(),
        went = wents.into_iter().max().unwrap_or_default(),
    );
    format!("{}\n", line.trim_end())
}

fn milliseconds(took: Duration) -> u64 {
    u64::try_from(took.as_millis()).unwrap_or(u64::MAX)
}

/// The whole answer of `doctor --json` (docs/cli.md).
#[derive(Debug, PartialEq, Eq, Serialize)]
struct Document {
    version: u32,
    generated_at: String,
    healthy: bool,
    server: Option<String>,
    cause: Option<&'static str>,
    advice: Option<String>,
    steps: Vec<StepJson>,
}

#[derive(Debug, PartialEq, Eq, Serialize)]
struct StepJson {
    step: &'static str,
    outcome: &'static str,
    milliseconds: Option<u64>,
    detail: String,
}

impl Document {
    fn new(report: &Report, words: &Words, now: DateTime<Utc>, zone: Tz) -> Self {
        let steps = report.steps.iter().map(|step| StepJson {
            step: step.kind.code(),
            outcome: match step.went {
                Went::Well => "ok",
                Went::Badly => "failed",
                Went::Skipped => "skipped",
            },
            milliseconds: (step.went != Went::Skipped).then(|| milliseconds(step.took)),
            detail: plain(&step.detail),
        });
        Self {
            version: VERSION,
            generated_at: moment(now, zone),
            healthy: report.cause.is_none(),
            server: report.server.as_ref().map(ToString::to_string),
            cause: report.cause.map(checkup::Cause::code),
            advice: report
                .cause
                .map(|cause| plain(&checkup::advice(cause, report, words))),
            steps: steps.collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_names_the_step_and_keeps_what_servers_write_harmless() {
        let words = Words::new(Language::ENGLISH);
        let step = Step {
            kind: StepKind::Connection,
            went: Went::Badly,
            took: Duration::from_millis(37),
            detail: "HTTP 401; \u{1b}[2JNTLM".to_owned(),
        };
        assert_eq!(
            line(&step, &words),
            "Connection and TLS             FAILED      37 ms  HTTP 401; [2JNTLM\n"
        );
        let skipped = Step {
            went: Went::Skipped,
            detail: String::new(),
            ..step
        };
        assert_eq!(
            line(&skipped, &words),
            "Connection and TLS             skipped\n"
        );
    }
}
