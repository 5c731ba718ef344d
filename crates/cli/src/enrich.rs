//! `enrich`: join details for meetings that ask for them by a keyword.

use calendar::{JoinLink, keyword::Nothing};
use chrono::{DateTime, Utc};
use desktop::{
    Session,
    screen::Scene,
    session::{
        Enrichment, Setup,
        keywords::{Enriched, Mode, Outcome, Reach},
    },
};
use serde::Serialize;

use crate::{
    arguments::EnrichArguments,
    contract::{JoinJson, Private, VERSION, moment, span},
    exit::Failure,
    print,
    text::plain,
};

/// A meeting of which the details could not be written (docs/cli.md).
const NOT_WRITTEN: u8 = 1;

pub(crate) async fn run(arguments: &EnrichArguments, setup: Setup) -> Result<(), Failure> {
    let mode = if arguments.dry_run {
        Mode::Show
    } else {
        Mode::Write
    };
    let now = setup.clock.now();
    let found = Session::enrich(setup, mode).await;
    let words = &found.surroundings.words;
    if !found.has_account && found.problem.is_none() {
        return Err(Failure {
            code: 8,
            sentence: words.text("accounts-none"),
        });
    }
    let output = if arguments.output.json {
        json(&found, arguments, now)?
    } else {
        text(&found, now)
    };
    print(&output)?;
    if let Some(problem) = found.problem {
        return Err(problem.into());
    }
    let failed = found.meetings.iter().any(|one| {
        matches!(
            one.outcome,
            Outcome::NoRoom | Outcome::Changed | Outcome::Refused(_)
        )
    });
    if failed {
        return Err(Failure {
            code: NOT_WRITTEN,
            sentence: words.text("problem-enrich"),
        });
    }
    Ok(())
}

fn text(found: &Enrichment, now: DateTime<Utc>) -> String {
    let scene = found.surroundings.scene(now);
    if found.meetings.is_empty() {
        return match found.problem {
            None => format!("{}\n", scene.words.text("enrich-none")),
            Some(_) => String::new(),
        };
    }
    let lines = found.meetings.iter().map(|one| line(one, &scene));
    lines.collect()
}

fn line(one: &Enriched, scene: &Scene<'_>) -> String {
    let meeting = &one.meeting;
    let mut parts = vec![
        scene.day(scene.date_of(meeting.span.start(scene.zone))),
        scene.times(meeting.span),
        scene.title(meeting),
    ];
    if one.reach == Reach::Series {
        parts.push(scene.words.text("enrich-series"));
    }
    parts.push(said(one, scene));
    let parts: Vec<String> = parts.iter().map(|part| plain(part)).collect();
    format!("{}\n", parts.join("  "))
}

fn said(one: &Enriched, scene: &Scene<'_>) -> String {
    let words = scene.words;
    let with_link = |key: &str, link: &JoinLink| {
        let values = [
            ("provider", link.provider.as_str().into()),
            ("host", link.host.as_str().into()),
        ];
        words.with(key, values)
    };
    match &one.outcome {
        Outcome::Written(link) => with_link("enrich-written", link),
        Outcome::WouldWrite(link) => with_link("enrich-would-write", link),
        Outcome::Nothing(nothing) => words.text(match nothing {
            Nothing::NoKeyword => "enrich-no-keyword",
            Nothing::NotOurs => "enrich-not-ours",
            Nothing::HasDetails => "enrich-has-details",
            Nothing::Over => "enrich-over",
            Nothing::Cancelled => "cancelled",
        }),
        Outcome::NoRoom => words.with(
            "enrich-no-room",
            [("keyword", one.keyword.written().into())],
        ),
        Outcome::Changed => words.text("enrich-changed"),
        Outcome::Refused(code) => words.with("enrich-refused", [("code", code.as_str().into())]),
    }
}

/// The answer of `enrich --json` (docs/cli.md).
#[derive(Debug, Serialize)]
struct Document {
    version: u32,
    generated_at: String,
    dry_run: bool,
    meetings: Vec<MeetingJson>,
}

#[derive(Debug, Serialize)]
struct MeetingJson {
    id: String,
    title: String,
    start: String,
    end: String,
    private: bool,
    series: bool,
    keyword: &'static str,
    outcome: &'static str,
    join: Option<JoinJson>,
    code: Option<String>,
}

fn json(
    found: &Enrichment,
    arguments: &EnrichArguments,
    now: DateTime<Utc>,
) -> Result<String, Failure> {
    let zone = found.surroundings.zone;
    let meetings = found.meetings.iter().map(|one| {
        let meeting = &one.meeting;
        let private = meeting.is_private();
        let withheld = private && Private::from(arguments.output) == Private::Withheld;
        let (start, end) = span(meeting.span, zone);
        let link = match &one.outcome {
            Outcome::Written(link) | Outcome::WouldWrite(link) => Some(link),
            _ => None,
        };
        MeetingJson {
            id: meeting.id.to_string(),
            title: if withheld {
                String::new()
            } else {
                meeting.title.clone()
            },
            start,
            end,
            private,
            series: one.reach == Reach::Series,
            keyword: one.keyword.written(),
            outcome: outcome(&one.outcome),
            join: link.filter(|_| !withheld).map(|link| JoinJson::new(link)),
            code: match &one.outcome {
                Outcome::Refused(code) => Some(code.as_str().to_owned()),
                _ => None,
            },
        }
    });
    let document = Document {
        version: VERSION,
        generated_at: moment(now, zone),
        dry_run: arguments.dry_run,
        meetings: meetings.collect(),
    };
    let text = serde_json::to_string_pretty(&document)
        .map_err(|error| Failure::other(format!("The JSON cannot be written: {error}.")))?;
    Ok(text + "\n")
}

fn outcome(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Written(_) => "written",
        Outcome::WouldWrite(_) => "would_write",
        Outcome::Nothing(Nothing::NoKeyword) => "no_keyword",
        Outcome::Nothing(Nothing::NotOurs) => "not_ours",
        Outcome::Nothing(Nothing::HasDetails) => "has_details",
        Outcome::Nothing(Nothing::Over) => "over",
        Outcome::Nothing(Nothing::Cancelled) => "cancelled",
        Outcome::NoRoom => "no_room",
        Outcome::Changed => "changed",
        Outcome::Refused(_) => "refused",
    }
}
