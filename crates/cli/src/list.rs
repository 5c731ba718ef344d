//! `agenda` and `next`.

use std::{sync::Arc, time::Duration};

use calendar::span::local_midnight;
use chrono::{DateTime, Utc};
use desktop::{
    Session,
    board::Entry,
    screen::Scene,
    session::{Report, Setup},
    view::SyncState,
};

use crate::{
    arguments::{AgendaArguments, NextArguments, Output},
    contract::{Document, Private},
    exit::Failure,
    print,
    shell::TerminalShell,
    text,
};

/// How long servers may take before the stored list is shown as it is.
const PATIENCE: Duration = Duration::from_mins(1);

/// The list with the moment it was looked at.
pub(crate) struct Look {
    pub(crate) report: Arc<Report>,
    pub(crate) now: DateTime<Utc>,
}

impl Look {
    pub(crate) fn scene(&self) -> Scene<'_> {
        self.report.surroundings.scene(self.now)
    }

    /// The failure to end with, after what is known has been printed.
    pub(crate) fn failure(&self) -> Option<Failure> {
        self.report.problem.clone().map(Failure::from)
    }

    /// Ends a command whose answer has been printed. What did not keep the
    /// list from being in step is told, and is no failure.
    fn conclude(&self) -> Result<(), Failure> {
        let in_step = self.report.board.freshness.state == SyncState::UpToDate;
        match self.failure() {
            Some(failure) if in_step && self.report.board.has_account => {
                eprintln!("joinbell-cli: {}", text::plain(&failure.sentence));
                Ok(())
            }
            Some(failure) => Err(failure),
            None if !is_known(self) => Err(self.nothing_stored()),
            None => Ok(()),
        }
    }

    fn nothing_stored(&self) -> Failure {
        let words = &self.report.surroundings.words;
        Failure {
            code: 8,
            sentence: words.text("problem-nothing-stored"),
        }
    }
}

/// Brings the list up to date, or takes the stored one.
pub(crate) async fn look(setup: Setup, offline: bool) -> Result<Look, Failure> {
    let clock = Arc::clone(&setup.clock);
    let report = if offline {
        Arc::new(Session::stored(setup).await)
    } else {
        let session = Session::start(setup, Arc::new(TerminalShell));
        let mut reports = session.report();
        // Whatever has come by then is shown with its age.
        let settled = reports.wait_for(|report| report.settled);
        drop(tokio::time::timeout(PATIENCE, settled).await);
        let report = Arc::clone(&reports.borrow());
        session.stop().await;
        report
    };
    if report.problem.is_none() && !report.board.has_account {
        let words = &report.surroundings.words;
        return Err(Failure {
            code: 8,
            sentence: words.text("accounts-none"),
        });
    }
    Ok(Look {
        report,
        now: clock.now(),
    })
}

pub(crate) async fn agenda(arguments: &AgendaArguments, setup: Setup) -> Result<(), Failure> {
    let look = look(setup, arguments.offline).await?;
    let scene = look.scene();
    if arguments.output.json {
        let after = scene.today() + chrono::Duration::days(i64::from(arguments.days));
        let from = local_midnight(scene.today(), scene.zone);
        let to = local_midnight(after, scene.zone);
        let board = &look.report.board;
        let entries = board
            .entries
            .iter()
            .filter(|e| e.meeting.span.overlaps(from, to, scene.zone));
        print(&json(&look, entries, arguments.output)?)?;
    } else if is_known(&look) {
        print(&text::agenda(&look.report.board, arguments.days, &scene))?;
    }
    let outcome = look.conclude();
    // The program ends: thousands of meetings are given back with it at once.
    std::mem::forget(look);
    outcome
}

pub(crate) async fn next(arguments: &NextArguments, setup: Setup) -> Result<(), Failure> {
    let look = look(setup, arguments.offline).await?;
    let scene = look.scene();
    if arguments.output.json {
        let entries = scene.current(&look.report.board.entries);
        print(&json(&look, entries, arguments.output)?)?;
    } else if is_known(&look) {
        print(&text::next(&look.report.board, &scene))?;
    }
    look.conclude()
}

/// An empty list that was never filled is not shown as an empty calendar.
fn is_known(look: &Look) -> bool {
    look.report.board.freshness.as_of.is_some()
}

fn json<'a>(
    look: &Look,
    entries: impl IntoIterator<Item = &'a Entry>,
    output: Output,
) -> Result<String, Failure> {
    let zone = look.report.surroundings.zone;
    let document = Document::new(
        &look.report.board,
        entries,
        look.now,
        zone,
        Private::from(output),
    );
    let text = serde_json::to_string_pretty(&document)
        .map_err(|error| Failure::other(format!("The JSON cannot be written: {error}.")))?;
    Ok(text + "\n")
}

impl From<Output> for Private {
    fn from(output: Output) -> Self {
        if output.private {
            Self::Shown
        } else {
            Self::Withheld
        }
    }
}
