//! What came of something that was asked for where nothing can be told: the
//! tray, a shortcut, a notification. What failed is told in a window, and what
//! went well without a trace on the screen by a notification.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use desktop::view::{Problem, ProblemCode};
use tauri::{AppHandle, Manager as _, WebviewWindow, ipc::Channel};

use crate::{
    commands::words_of,
    notification,
    windows::{self, Kind},
};

/// What failed, on its way into a window.
#[derive(Default)]
pub(crate) struct Failures(Mutex<Table>);

/// By the window's label.
#[derive(Default)]
struct Table {
    /// Windows that are there.
    open: HashMap<String, Channel<Problem>>,
    /// What waits for a window that is not there yet.
    waiting: HashMap<String, Problem>,
}

impl Failures {
    /// A window is there: it is told what waits for it, and what comes.
    pub(crate) fn follow(&self, label: &str, channel: Channel<Problem>) {
        self.table(|table| {
            if let Some(problem) = table.waiting.remove(label)
                && channel.send(problem.clone()).is_err()
            {
                table.waiting.insert(label.to_owned(), problem);
            }
            table.open.insert(label.to_owned(), channel);
        });
    }

    /// A window is gone.
    pub(crate) fn end(&self, label: &str) {
        self.table(|table| table.open.remove(label));
    }

    /// Tells a window, now or as soon as it is there.
    fn tell(&self, label: &str, problem: Problem) {
        self.table(|table| {
            let channel = table.open.get(label);
            if channel.is_none_or(|channel| channel.send(problem.clone()).is_err()) {
                table.waiting.insert(label.to_owned(), problem);
            }
        });
    }

    fn table<T>(&self, act: impl FnOnce(&mut Table) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// The window in which a failure is told: where the user can do something about
/// it, or else where the meetings are.
fn place_of(problem: &Problem) -> Kind {
    match problem.code {
        ProblemCode::NoRoom => Kind::Settings,
        _ => Kind::Agenda,
    }
}

/// Shows what failed.
pub(crate) fn failed(app: &AppHandle, problem: Problem) {
    // Its sentence may name a host or a user.
    tracing::warn!(code = ?problem.code, "what was asked for outside of the windows did not work");
    let kind = place_of(&problem);
    app.state::<Failures>().tell(kind.label(), problem);
    windows::show(app, kind);
}

/// Tells what failed later than whoever asked for it could wait: at once by a
/// notification, and in the agenda, which does not come up by itself.
pub(crate) fn failed_late(app: &AppHandle, problem: Problem) {
    tracing::warn!(code = ?problem.code, "what was sent did not work");
    notification::tell(problem.text.clone());
    app.state::<Failures>().tell(Kind::Agenda.label(), problem);
}

/// Hands back what came of something that a window has asked for; what failed
/// is told elsewhere where the window has gone meanwhile.
pub(crate) fn in_window(
    window: &WebviewWindow,
    outcome: Result<(), Problem>,
) -> Result<(), Problem> {
    let app = window.app_handle();
    if let Err(problem) = &outcome
        && !windows::is_there(app, window.label())
    {
        failed_late(app, problem.clone());
    }
    outcome
}

/// Tells what went well, by the key of its sentence.
pub(crate) fn done(app: &AppHandle, key: &str) {
    notification::tell(words_of(app, |words| words.text(key)));
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use tauri::ipc::InvokeResponseBody;

    use super::*;

    fn problem(text: &str) -> Problem {
        Problem {
            code: ProblemCode::Link,
            text: text.to_owned(),
        }
    }

    /// A window, and what it was told.
    fn window() -> (Channel<Problem>, Arc<Mutex<Vec<String>>>) {
        let told = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&told);
        let channel = Channel::new(move |body| {
            if let InvokeResponseBody::Json(text) = body {
                let value: serde_json::Value = serde_json::from_str(&text).unwrap();
                let text = value["text"].as_str().unwrap().to_owned();
                kept.lock().unwrap().push(text);
            }
            Ok(())
        });
        (channel, told)
    }

    #[test]
    fn a_failure_waits_for_its_window_and_is_told_once() {
        let failures = Failures::default();
        failures.tell("agenda", problem("one"));
        let (settings, elsewhere) = window();
        failures.follow("settings", settings);
        let (agenda, told) = window();
        failures.follow("agenda", agenda);
        assert_eq!(*told.lock().unwrap(), ["one"]);
        failures.tell("agenda", problem("two"));
        assert_eq!(*told.lock().unwrap(), ["one", "two"]);
        // A window that comes later finds nothing old.
        failures.end("agenda");
        let (agenda, told) = window();
        failures.follow("agenda", agenda);
        assert!(told.lock().unwrap().is_empty());
        assert!(elsewhere.lock().unwrap().is_empty());
    }

    #[test]
    fn what_fails_while_no_window_is_there_waits_for_the_next_one() {
        let failures = Failures::default();
        let (agenda, before) = window();
        failures.follow("agenda", agenda);
        failures.end("agenda");
        failures.tell("agenda", problem("one"));
        let (agenda, told) = window();
        failures.follow("agenda", agenda);
        assert!(before.lock().unwrap().is_empty());
        assert_eq!(*told.lock().unwrap(), ["one"]);
    }

    #[test]
    fn a_missing_room_is_told_in_the_settings_and_all_else_in_the_agenda() {
        let place = |code| {
            place_of(&Problem {
                code,
                text: String::new(),
            })
        };
        assert_eq!(place(ProblemCode::NoRoom), Kind::Settings);
        assert_eq!(place(ProblemCode::Unreachable), Kind::Agenda);
        assert_eq!(place(ProblemCode::Link), Kind::Agenda);
    }
}
