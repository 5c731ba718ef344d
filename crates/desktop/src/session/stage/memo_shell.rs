//! A shell that remembers what it was asked for.

use std::sync::{
    Mutex,
    atomic::{AtomicBool, Ordering},
};

use url::Url;

use crate::{
    Shell, ShellRefused,
    view::{NotificationView, Problem},
};

/// A shell that remembers what it was asked for.
#[derive(Default)]
pub(in crate::session) struct MemoShell {
    pub(in crate::session) done: Mutex<Vec<String>>,
    /// Whether its clipboard takes nothing.
    pub(in crate::session) copies_nothing: AtomicBool,
}

impl MemoShell {
    fn note(&self, what: String) {
        self.done.lock().unwrap().push(what);
    }

    pub(in crate::session) fn taken(&self) -> Vec<String> {
        std::mem::take(&mut self.done.lock().unwrap())
    }
}

impl Shell for MemoShell {
    fn ring(&self, notification: &NotificationView) {
        self.note(format!("ring {}", notification.title));
    }

    fn show_ring(&self) {
        self.note("show".to_owned());
    }

    fn bring_ring_back(&self) {
        self.note("back".to_owned());
    }

    fn hide_ring(&self) {
        self.note("hide".to_owned());
    }

    fn withdraw(&self, _: &str) {
        self.note("withdraw".to_owned());
    }

    fn open(&self, address: &Url) -> Result<(), ShellRefused> {
        self.note(format!("open {address}"));
        Ok(())
    }

    fn copy(&self, text: &str) -> Result<(), ShellRefused> {
        if self.copies_nothing.load(Ordering::SeqCst) {
            return Err(ShellRefused("no clipboard".to_owned()));
        }
        self.note(format!("copy {text}"));
        Ok(())
    }

    fn failed_late(&self, problem: &Problem, in_schedule: bool) {
        let place = if in_schedule { "shown" } else { "late" };
        self.note(format!("{place} {}", problem.text));
    }

    fn done_late(&self, sentence: &str, in_schedule: bool) {
        let place = if in_schedule { "shown" } else { "late" };
        self.note(format!("{place} {sentence}"));
    }
}
