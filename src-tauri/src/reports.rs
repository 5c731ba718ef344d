//! The report that was shown last, which is the one that is copied.

use std::sync::{Mutex, PoisonError};

use desktop::problem::Trouble;

use crate::shell::Copier;

/// Keeps the report that was shown last.
#[derive(Debug, Default)]
pub(crate) struct Reports(Mutex<Option<String>>);

impl Reports {
    pub(crate) fn keep(&self, report: &str) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(report.to_owned());
    }

    pub(crate) fn copy(&self, clipboard: &Copier) -> Result<(), Trouble> {
        let report = self
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        let report = report.ok_or(Trouble::NoReport)?;
        let copied = clipboard.copy(&report);
        copied.map_err(|error| Trouble::ReportNotCopied {
            reason: error.to_string(),
        })
    }
}
