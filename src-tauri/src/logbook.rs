//! The last lines of the log, for the problem report. They rest in memory
//! alone.

use std::{
    collections::VecDeque,
    io::{self, Write},
    sync::{Mutex, PoisonError},
};

use tracing_subscriber::fmt::MakeWriter;

/// Lines that are kept.
const LINES_MAX: usize = 200;

/// Longest line that is kept, in bytes.
const LINE_MAX: usize = 400;

static LINES: Mutex<VecDeque<String>> = Mutex::new(VecDeque::new());

/// The lines, the oldest first.
pub(crate) fn lines() -> Vec<String> {
    let lines = LINES.lock().unwrap_or_else(PoisonError::into_inner);
    lines.iter().cloned().collect()
}

/// Writes the log to standard error and keeps its last lines.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Logbook;

impl<'a> MakeWriter<'a> for Logbook {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        *self
    }
}

impl Write for Logbook {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        keep(&String::from_utf8_lossy(bytes));
        io::stderr().write_all(bytes)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}

fn keep(text: &str) {
    let mut lines = LINES.lock().unwrap_or_else(PoisonError::into_inner);
    for line in text.lines() {
        if lines.len() == LINES_MAX {
            lines.pop_front();
        }
        let end = line.floor_char_boundary(LINE_MAX);
        lines.push_back(line.get(..end).unwrap_or_default().to_owned());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_lines_are_kept_and_none_without_end() {
        for number in 0..300 {
            keep(&format!("line {number}\n"));
        }
        keep(&"å".repeat(LINE_MAX));
        let kept = lines();
        assert_eq!(kept.len(), LINES_MAX);
        assert_eq!(kept.first().map(String::as_str), Some("line 101"));
        assert_eq!(kept.last().map(String::len), Some(LINE_MAX));
    }
}
