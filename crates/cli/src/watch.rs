//! `watch`: the list, and then every change of it.

use std::sync::Arc;

use desktop::{
    Session,
    board::Board,
    session::{Report, Setup},
    view::SyncState,
};

use crate::{
    Reader,
    arguments::Output,
    changes::{Change, changes},
    contract::{ChangeJson, Private},
    exit::Failure,
    shell::TerminalShell,
    text, write,
};

/// Runs until it is interrupted, or nobody reads any more.
pub(crate) async fn run(output: Output, setup: Setup) -> Result<(), Failure> {
    let clock = Arc::clone(&setup.clock);
    let session = Session::start(setup, Arc::new(TerminalShell));
    let mut reports = session.report();
    let mut shown = Shown {
        board: Arc::new(Board::empty()),
        state: SyncState::UpToDate,
        problem: None,
    };
    loop {
        let report = Arc::clone(&reports.borrow_and_update());
        if report.problem.is_none() && !report.board.has_account {
            let sentence = report.surroundings.words.text("accounts-none");
            return Err(Failure { code: 8, sentence });
        }
        if !report.board.freshness.loading {
            let lines = shown.renew(&report, output, clock.now())?;
            if write(&lines)? == Reader::Gone {
                session.stop().await;
                return Ok(());
            }
        }
        tokio::select! {
            changed = reports.changed() => if changed.is_err() { return Ok(()) },
            _ = tokio::signal::ctrl_c() => {
                session.stop().await;
                return Ok(());
            }
        }
    }
}

/// What has been printed so far.
struct Shown {
    board: Arc<Board>,
    state: SyncState,
    problem: Option<String>,
}

impl Shown {
    /// Lines for what is new in `report`.
    fn renew(
        &mut self,
        report: &Report,
        output: Output,
        now: chrono::DateTime<chrono::Utc>,
    ) -> Result<String, Failure> {
        let problem = report.problem.as_ref().map(|problem| problem.text.clone());
        if problem != self.problem {
            if let Some(problem) = &problem {
                eprintln!("joinbell-cli: {}", text::plain(problem));
            }
            self.problem = problem;
        }
        let mut lines = String::new();
        let state = report.board.freshness.state;
        // A pull that is under way is no news; its outcome is.
        let news = state != SyncState::Updating && state != self.state;
        for change in changes(&self.board, &report.board, news) {
            let line = if output.json {
                json(change, report, now, output.into())?
            } else {
                line(change, report, now)
            };
            lines.push_str(&line);
            lines.push('\n');
        }
        if news {
            self.state = state;
        }
        self.board = Arc::clone(&report.board);
        Ok(lines)
    }
}

fn line(change: Change<'_>, report: &Report, now: chrono::DateTime<chrono::Utc>) -> String {
    let scene = report.surroundings.scene(now);
    match change {
        Change::Added(entry) => format!("+ {}", text::one_line(entry, &scene)),
        Change::Changed(entry) => format!("~ {}", text::one_line(entry, &scene)),
        Change::Removed(entry) => format!("- {}", text::one_line(entry, &scene)),
        Change::State => format!("= {}", scene.sync(report.board.freshness).text),
    }
}

fn json(
    change: Change<'_>,
    report: &Report,
    now: chrono::DateTime<chrono::Utc>,
    private: Private,
) -> Result<String, Failure> {
    let zone = report.surroundings.zone;
    let value = ChangeJson::new(change, &report.board, now, zone, private);
    serde_json::to_string(&value)
        .map_err(|error| Failure::other(format!("The JSON cannot be written: {error}.")))
}
