//! The report that was shown last, which is the one that is copied.

use std::sync::{Mutex, PoisonError};

use desktop::view::{Problem, ProblemCode};

use crate::shell::Copier;

/// Keeps the report that was shown last.
#[derive(Debug, Default)]
pub(crate) struct Reports(Mutex<Option<String>>);

impl Reports {
    pub(crate) fn keep(&self, report: &str) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(report.to_owned());
    }

    pub(crate) fn copy(&self, clipboard: &Copier) -> Result<(), Problem> {
        let report = self
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        let refused = |text: String| Problem {
            code: ProblemCode::Other,
            text,
        };
        let report = report
            .ok_or_else(|| refused("There is no report yet; let one be shown first.".to_owned()))?;
        clipboard.copy(&report).map_err(|error| {
            refused(format!(
                "The report could not be copied ({error}); mark it and copy it by hand."
            ))
        })
    }
}
