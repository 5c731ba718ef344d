//! `availability` and `schedule`: when people have time, and a meeting with
//! them.

use calendar::availability::Taken;
use chrono::{DateTime, Days, NaiveDateTime, TimeZone as _, Utc};
use chrono_tz::Tz;
use desktop::{
    Session,
    screen::Scene,
    session::{Looked, PersonLooked, Setup, Wanted},
    view::Part,
};
use serde::Serialize;

use crate::{
    arguments::{AvailabilityArguments, Question, ScheduleArguments},
    contract::{VERSION, moment},
    exit::Failure,
    print,
    text::plain,
};

/// Wrong usage (docs/cli.md).
const USAGE: u8 = 2;

pub(crate) async fn availability(
    arguments: &AvailabilityArguments,
    setup: &Setup,
) -> Result<(), Failure> {
    let wanted = wanted(&arguments.question, setup);
    let looked = Session::look_at_times(setup, &wanted).await?;
    let now = setup.clock.now();
    let output = if arguments.json {
        let json = TimesJson::new(&looked, now);
        pretty(&json)?
    } else {
        text(&looked, now)
    };
    print(&output)
}

pub(crate) async fn schedule(arguments: ScheduleArguments, setup: &Setup) -> Result<(), Failure> {
    let zone = (setup.zone)();
    let start = arguments
        .start
        .map(|start| instant(start, zone))
        .transpose()?;
    let mut wanted = wanted(&arguments.question, setup);
    if let Some(start) = start {
        // The days around it are looked at, so that it is among them.
        let day = start.with_timezone(&zone).date_naive();
        wanted.days = (day, day);
    }
    wanted.title = arguments.title;
    wanted.message = arguments.message;
    wanted.start = start;
    wanted.way = match &arguments.link {
        Some(_) => Some("own".to_owned()),
        None => arguments.meet,
    };
    wanted.link = arguments.link.unwrap_or_default();
    let made = Session::make_meeting(setup, &wanted).await?;
    let now = setup.clock.now();
    let output = if arguments.json {
        let json = MadeJson::new(&made, &wanted.title, now);
        pretty(&json)?
    } else {
        let words = &made.surroundings.words;
        let time = made.surroundings.scene(now).moment(now);
        let sent = words.with("outcome-sent", [("time", time.into())]);
        format!("{}\n{sent}\n", plain(&made.view.when))
    };
    print(&output)
}

fn wanted(question: &Question, setup: &Setup) -> Wanted {
    let zone = (setup.zone)();
    let today = setup.clock.now().with_timezone(&zone).date_naive();
    let first = question.from.unwrap_or(today);
    let days = Days::new(u64::from(question.days) - 1);
    let last = first.checked_add_days(days).unwrap_or(first);
    let of = |list: &[String], part: Part| -> Vec<(String, Part)> {
        list.iter().map(|who| (who.clone(), part)).collect()
    };
    let mut people = of(&question.required, Part::Required);
    people.extend(of(&question.optional, Part::Optional));
    people.extend(of(&question.room, Part::Room));
    Wanted {
        title: String::new(),
        message: String::new(),
        people,
        minutes: question.length,
        days: (first, last),
        start: None,
        way: None,
        link: String::new(),
    }
}

/// The moment at which the clock here shows a time; of two the first.
fn instant(local: NaiveDateTime, zone: Tz) -> Result<DateTime<Utc>, Failure> {
    let found = zone.from_local_datetime(&local).earliest();
    found
        .map(|moment| moment.with_timezone(&Utc))
        .ok_or_else(|| Failure {
            code: USAGE,
            sentence: format!("No clock in {zone} shows {local}; name another time."),
        })
}

fn text(looked: &Looked, now: DateTime<Utc>) -> String {
    let scene = looked.surroundings.scene(now);
    let mut lines: Vec<String> = looked.people.iter().map(|one| line(one, &scene)).collect();
    for one in looked.view.invitees.iter().filter(|one| !one.invited) {
        lines.push(format!("{}  {}", plain(&one.address), one.note));
    }
    lines.push(looked.view.suggested.clone());
    for one in &looked.view.suggestions {
        lines.push(format!("{}  {}", one.when, plain(&one.reasons)));
    }
    lines.push(String::new());
    lines.join("\n")
}

fn line(one: &PersonLooked, scene: &Scene<'_>) -> String {
    let name = plain(&one.name);
    let Some(time) = &one.time else {
        return format!("{name}  {}", scene.words.text("grid-unknown"));
    };
    let stretches: Vec<String> = time
        .iter()
        .map(|one| {
            let how = scene.words.text(match one.taken {
                Taken::Elsewhere => "grid-elsewhere",
                Taken::Tentative => "grid-tentative",
                Taken::Unknown => "grid-unknown",
                Taken::Busy => "grid-busy",
                Taken::OutOfOffice => "grid-out-of-office",
            });
            let (start, end) = (scene.moment(one.start), scene.moment(one.end));
            format!("{start} – {end} {how}")
        })
        .collect();
    if stretches.is_empty() {
        return format!("{name}  {}", scene.words.text("grid-free"));
    }
    format!("{name}  {}", stretches.join(", "))
}

/// The answer of `availability --json` (docs/cli.md).
#[derive(Debug, Serialize)]
struct TimesJson {
    version: u32,
    generated_at: String,
    from: String,
    to: String,
    people: Vec<PersonJson>,
    unknown: Vec<String>,
    suggestions: Vec<SuggestionJson>,
}

#[derive(Debug, Serialize)]
struct PersonJson {
    address: Option<String>,
    name: String,
    role: Part,
    taken: Option<Vec<TakenJson>>,
}

#[derive(Debug, Serialize)]
struct TakenJson {
    start: String,
    end: String,
    show_as: Taken,
}

#[derive(Debug, Serialize)]
struct SuggestionJson {
    start: String,
    end: String,
    reasons: String,
}

impl TimesJson {
    fn new(looked: &Looked, now: DateTime<Utc>) -> Self {
        let zone = looked.surroundings.zone;
        let at = |one: DateTime<Utc>| moment(one, zone);
        let reasons = looked.view.suggestions.iter();
        let suggestions = looked.suggestions.iter().zip(reasons);
        Self {
            version: VERSION,
            generated_at: at(now),
            from: at(looked.within.start),
            to: at(looked.within.end),
            people: looked
                .people
                .iter()
                .map(|one| PersonJson::new(one, zone))
                .collect(),
            unknown: looked
                .view
                .invitees
                .iter()
                .filter(|one| !one.invited)
                .map(|one| one.address.clone())
                .collect(),
            suggestions: suggestions
                .map(|((start, end), worded)| SuggestionJson {
                    start: at(*start),
                    end: at(*end),
                    reasons: worded.reasons.clone(),
                })
                .collect(),
        }
    }
}

impl PersonJson {
    fn new(one: &PersonLooked, zone: Tz) -> Self {
        Self {
            address: Some(one.address.clone()).filter(|address| !address.is_empty()),
            name: one.name.clone(),
            role: one.part,
            taken: one.time.as_ref().map(|time| {
                let stretches = time.iter();
                let json = stretches.map(|one| TakenJson {
                    start: moment(one.start, zone),
                    end: moment(one.end, zone),
                    show_as: one.taken,
                });
                json.collect()
            }),
        }
    }
}

/// The answer of `schedule --json` (docs/cli.md).
#[derive(Debug, Serialize)]
struct MadeJson {
    version: u32,
    generated_at: String,
    title: String,
    start: Option<String>,
    end: Option<String>,
    invited: Vec<InvitedJson>,
}

#[derive(Debug, Serialize)]
struct InvitedJson {
    address: String,
    name: String,
    role: Part,
}

impl MadeJson {
    fn new(made: &Looked, title: &str, now: DateTime<Utc>) -> Self {
        let zone = made.surroundings.zone;
        let invited = made.view.invitees.iter().filter(|one| one.invited);
        Self {
            version: VERSION,
            generated_at: moment(now, zone),
            title: title.to_owned(),
            start: made.chosen.map(|(start, _)| moment(start, zone)),
            end: made.chosen.map(|(_, end)| moment(end, zone)),
            invited: invited
                .map(|one| InvitedJson {
                    address: one.address.clone(),
                    name: one.name.clone(),
                    role: one.part,
                })
                .collect(),
        }
    }
}

fn pretty(json: &impl Serialize) -> Result<String, Failure> {
    let text = serde_json::to_string_pretty(json);
    let text = text.map_err(|error| Failure::other(format!("No JSON can be made: {error}.")))?;
    Ok(format!("{text}\n"))
}
