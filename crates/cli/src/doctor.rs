//! `doctor`: what keeps an account from connecting.

use std::{sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use desktop::{
    checkup::{self, Basic, Proof, Question, StepKind, Went, hybrid},
    session::Setup,
    view::ProblemCode,
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
    let json = arguments.json;
    let walked = match of_service(&arguments, setup, &words).await? {
        Some(question) => {
            let user = arguments.address.trim();
            service(question, user, setup, &words, json).await?
        }
        None => server(arguments, setup, &words).await?,
    };
    if json {
        let document = Document::new(&walked, setup.clock.now(), (setup.zone)());
        let text = serde_json::to_string_pretty(&document)
            .map_err(|error| Failure::other(format!("The JSON cannot be written: {error}.")))?;
        print(&format!("{text}\n"))?;
    }
    match walked.ill {
        Some(Ill { code, advice, .. }) => Err(Failure::of(code, advice)),
        None if json => Ok(()),
        None => print(&format!("{}\n", plain(&walked.healthy))),
    }
}

/// What came of a walk.
struct Walked {
    server: Option<String>,
    rows: Vec<Row>,
    ill: Option<Ill>,
    /// What is said when nothing is wrong.
    healthy: String,
}

/// The likely cause of the first failure.
struct Ill {
    cause: &'static str,
    code: ProblemCode,
    advice: String,
}

/// A step, whichever walk it is of.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Row {
    code: &'static str,
    name: String,
    went: Went,
    took: Duration,
    detail: String,
}

/// Prints each step as soon as it is over.
struct Printer<'a> {
    words: &'a Words,
    /// The longest name of a step.
    width: usize,
    json: bool,
    rows: Vec<Row>,
    printed: Result<(), Failure>,
}

impl<'a> Printer<'a> {
    fn new(words: &'a Words, names: &[String], json: bool) -> Self {
        let widths = names.iter().map(|name| name.chars().count());
        Self {
            words,
            width: widths.max().unwrap_or_default(),
            json,
            rows: Vec::new(),
            printed: Ok(()),
        }
    }

    fn take(&mut self, row: Row) {
        if !self.json && self.printed.is_ok() {
            self.printed = print(&line(&row, self.width, self.words));
        }
        self.rows.push(row);
    }
}

/// The hybrid service that is meant, where one is.
async fn of_service(
    arguments: &DoctorArguments,
    setup: &Setup,
    words: &Words,
) -> Result<Option<hybrid::Question>, Failure> {
    let direct = arguments.server.is_some()
        || arguments.user.is_some()
        || arguments.kerberos
        || arguments.allow_basic
        || arguments.password_stdin
        || !arguments.trust.is_empty();
    if direct {
        return Ok(None);
    }
    let named = arguments.service.as_deref();
    let question = hybrid::question(setup, &arguments.address, named, words).await?;
    Ok(question.map(|question| hybrid::Question {
        ca_file: arguments.ca_file.clone().or(question.ca_file),
        ..question
    }))
}

async fn service(
    question: hybrid::Question,
    user: &str,
    setup: &Setup,
    words: &Words,
    json: bool,
) -> Result<Walked, Failure> {
    let names = hybrid::StepKind::ALL.map(|kind| hybrid::step(kind, words));
    let mut printer = Printer::new(words, &names, json);
    let report = hybrid::examine(&question, Arc::clone(&setup.clock), &mut |step| {
        printer.take(Row {
            code: step.kind.code(),
            name: hybrid::step(step.kind, words),
            went: step.went,
            took: step.took,
            detail: step.detail.clone(),
        });
    })
    .await;
    printer.printed?;
    let key = if question.device.is_some() {
        "doctor-service-healthy"
    } else {
        "doctor-service-stranger"
    };
    Ok(Walked {
        server: Some(question.service.to_string()),
        rows: printer.rows,
        ill: report.cause.map(|cause| Ill {
            cause: cause.code(),
            code: hybrid::code(cause),
            advice: hybrid::advice(cause, &report, words),
        }),
        healthy: words.with(
            key,
            [
                ("host", report.service.as_str().into()),
                ("user", user.into()),
            ],
        ),
    })
}

async fn server(
    arguments: DoctorArguments,
    setup: &Setup,
    words: &Words,
) -> Result<Walked, Failure> {
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
    let names = StepKind::ALL.map(|kind| checkup::step(kind, words));
    let mut printer = Printer::new(words, &names, arguments.json);
    let report = checkup::examine(&question, setup.clock.now(), &mut |step| {
        printer.take(Row {
            code: step.kind.code(),
            name: checkup::step(step.kind, words),
            went: step.went,
            took: step.took,
            detail: step.detail.clone(),
        });
    })
    .await;
    printer.printed?;
    let host = report.server.as_ref().and_then(|server| server.host_str());
    Ok(Walked {
        server: report.server.as_ref().map(ToString::to_string),
        rows: printer.rows,
        ill: report.cause.map(|cause| Ill {
            cause: cause.code(),
            code: checkup::code(cause),
            advice: checkup::advice(cause, &report, words),
        }),
        healthy: words.with(
            "doctor-healthy",
            [
                ("host", host.unwrap_or_default().into()),
                ("user", question.user.as_str().into()),
            ],
        ),
    })
}

/// The step in one line: its name, how it went, how long it took, and what
/// was seen. What servers wrote must not steer the terminal.
fn line(row: &Row, width: usize, words: &Words) -> String {
    let wents = [Went::Well, Went::Badly, Went::Skipped];
    let wents = wents.map(|went| checkup::went(went, words).chars().count());
    let line = format!(
        "{:width$}  {:went$}  {:>8}  {}",
        row.name,
        checkup::went(row.went, words),
        match row.went {
            Went::Skipped => String::new(),
            Went::Well | Went::Badly => format!("{} ms", milliseconds(row.took)),
        },
        plain(&row.detail),
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
    fn new(walked: &Walked, now: DateTime<Utc>, zone: Tz) -> Self {
        let steps = walked.rows.iter().map(|row| StepJson {
            step: row.code,
            outcome: match row.went {
                Went::Well => "ok",
                Went::Badly => "failed",
                Went::Skipped => "skipped",
            },
            milliseconds: (row.went != Went::Skipped).then(|| milliseconds(row.took)),
            detail: plain(&row.detail),
        });
        Self {
            version: VERSION,
            generated_at: moment(now, zone),
            healthy: walked.ill.is_none(),
            server: walked.server.clone(),
            cause: walked.ill.as_ref().map(|ill| ill.cause),
            advice: walked.ill.as_ref().map(|ill| plain(&ill.advice)),
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
        let row = Row {
            code: "connection",
            name: "Connection and TLS".to_owned(),
            went: Went::Badly,
            took: Duration::from_millis(37),
            detail: "HTTP 401; \u{1b}[2JNTLM".to_owned(),
        };
        assert_eq!(
            line(&row, 20, &words),
            "Connection and TLS    FAILED      37 ms  HTTP 401; [2JNTLM\n"
        );
        let skipped = Row {
            went: Went::Skipped,
            detail: String::new(),
            ..row
        };
        assert_eq!(
            line(&skipped, 20, &words),
            "Connection and TLS    skipped\n"
        );
    }
}
