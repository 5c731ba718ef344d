//! Recurrence against an engine of others: `rrule` of Python's dateutil, on
//! ten thousand series.

#![expect(clippy::unwrap_used, reason = "a test ends where a step fails")]

use std::{
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use calendar::recurrence::{Pattern, Range, Recurrence, Weekdays, Which};
use chrono::{Duration, NaiveDate, Weekday};
use serde_json::{Value, json};

const SERIES: u64 = 10_000;
const PACKAGE: &str = "python-dateutil==2.9.0.post0";

/// A Python with dateutil, under `target/`; made at the first run.
fn python() -> Result<PathBuf, String> {
    let home = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/dateutil");
    let python = home.join("bin/python");
    let has_it = Command::new(&python)
        .args(["-c", "import dateutil.rrule"])
        .output()
        .is_ok_and(|output| output.status.success());
    if has_it {
        return Ok(python);
    }
    run(Command::new("python3").args(["-m", "venv"]).arg(&home))?;
    run(Command::new(&python).args(["-m", "pip", "install", "--quiet", PACKAGE]))?;
    Ok(python)
}

fn run(command: &mut Command) -> Result<Output, String> {
    let output = command.output().map_err(|error| error.to_string())?;
    let said = String::from_utf8_lossy(&output.stderr);
    let last = said.lines().last().unwrap_or("it failed").to_owned();
    output.status.success().then_some(output).ok_or(last)
}

/// One random series, and how the other engine is asked for it.
fn series(dice: &mut fastrand::Rng) -> (Recurrence, NaiveDate, NaiveDate, Value) {
    let day = |dice: &mut fastrand::Rng, from: i64, to: i64| {
        NaiveDate::from_ymd_opt(2026, 1, 1).unwrap() + Duration::days(dice.i64(from..to))
    };
    let first = day(dice, -2000, 300);
    let from = day(dice, -400, 400);
    let before = from + Duration::days(dice.i64(0..500));
    let every = dice.u32(1..5);
    let (numbers, days) = weekdays(dice);
    let (which, position) = [
        (Which::First, 1),
        (Which::Second, 2),
        (Which::Third, 3),
        (Which::Fourth, 4),
        (Which::Last, -1),
    ][dice.usize(..5)];
    let (month, on) = (dice.u32(1..13), dice.u32(1..32));
    let (pattern, mut asked) = match dice.u8(..6) {
        0 => (
            Pattern::Daily { every },
            json!({"kind": "daily", "every": every}),
        ),
        1 => {
            let week_begins = Weekday::try_from(dice.u8(..7)).unwrap();
            (
                Pattern::Weekly {
                    every,
                    days,
                    week_begins,
                },
                json!({"kind": "weekly", "every": every, "days": numbers,
                       "week_begins": week_begins.num_days_from_monday()}),
            )
        }
        2 => (
            Pattern::MonthlyOn { every, day: on },
            json!({"kind": "monthly", "every": every, "day": on}),
        ),
        3 => (
            Pattern::MonthlyThe { every, which, days },
            json!({"kind": "monthly", "every": every, "which": position, "days": numbers}),
        ),
        4 => (
            Pattern::YearlyOn { month, day: on },
            json!({"kind": "yearly", "month": month, "day": on}),
        ),
        _ => (
            Pattern::YearlyThe { month, which, days },
            json!({"kind": "yearly", "month": month, "which": position, "days": numbers}),
        ),
    };
    let range = match dice.u8(..3) {
        0 => Range::Endless,
        1 => {
            let until = day(dice, -400, 900);
            asked["until"] = json!(until.to_string());
            Range::Until(until)
        }
        _ => {
            let count = dice.u32(1..200);
            asked["count"] = json!(count);
            Range::Count(count)
        }
    };
    asked["first"] = json!(first.to_string());
    asked["from"] = json!(from.to_string());
    asked["before"] = json!(before.to_string());
    let recurrence = Recurrence {
        pattern,
        first,
        range,
    };
    (recurrence, from, before, asked)
}

fn weekdays(dice: &mut fastrand::Rng) -> (Vec<u8>, Weekdays) {
    let mut numbers: Vec<u8> = (0..7).filter(|_| dice.bool()).collect();
    if numbers.is_empty() {
        numbers.push(dice.u8(..7));
    }
    let days = numbers
        .iter()
        .map(|number| Weekday::try_from(*number).unwrap())
        .collect();
    (numbers, days)
}

#[test]
fn ten_thousand_series_have_the_days_that_dateutil_gives_them() {
    let python = match python() {
        Ok(python) => python,
        Err(why) => {
            println!("skipped: dateutil cannot be installed: {why}");
            return;
        }
    };
    let mut dice = fastrand::Rng::with_seed(20_261_123);
    let all: Vec<_> = (0..SERIES).map(|_| series(&mut dice)).collect();
    let questions: Vec<String> = all
        .iter()
        .map(|(_, _, _, asked)| asked.to_string())
        .collect();
    let questions = questions.join("\n");
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/outsider/rrule_days.py");
    let mut child = Command::new(python)
        .arg(script)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    let writer = std::thread::spawn(move || input.write_all(questions.as_bytes()));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap().unwrap();
    assert!(output.status.success());
    let answers = String::from_utf8(output.stdout).unwrap();
    let mut found = 0;
    for ((recurrence, from, before, asked), answer) in all.iter().zip(answers.lines()) {
        let theirs: Vec<NaiveDate> = serde_json::from_str(answer).unwrap();
        assert_eq!(recurrence.days(*from, *before), theirs, "{asked}");
        found += theirs.len();
    }
    assert_eq!(answers.lines().count(), all.len());
    println!("{SERIES} series, {found} days, the same with {PACKAGE}");
}
