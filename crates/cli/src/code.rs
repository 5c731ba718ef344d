//! The code from the user's calendar, by which a device is added.

use std::io::{self, BufRead as _, IsTerminal as _, Read as _, Write as _};

/// Longest line that is read, in bytes.
const LENGTH_MAX: u64 = 256;

/// Whether a person types it.
pub(crate) fn is_typed() -> bool {
    io::stdin().is_terminal()
}

/// Asks for it; reads the next line of standard input. It is seen while it is
/// typed: it is good once, and its owner has it before the eyes.
pub(crate) fn ask(prompt: &str) -> io::Result<String> {
    if is_typed() {
        let mut error = io::stderr().lock();
        write!(error, "{prompt}: ")?;
        error.flush()?;
    }
    let mut line = String::new();
    io::stdin().lock().take(LENGTH_MAX).read_line(&mut line)?;
    Ok(line.trim().to_owned())
}
