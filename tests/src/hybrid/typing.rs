//! A user who reads the code in the calendar and types it.

use std::{
    io::Write as _,
    process::{Command, Stdio},
};

use chrono::Duration;
use engine::{Clock as _, SystemClock};

use crate::terminal::Outcome;

/// Runs a command that asks for a code, and gives it the one that `look`
/// finds once there is one.
///
/// # Panics
/// When the command cannot be started.
pub async fn run(mut command: Command, look: impl Fn() -> Option<String>) -> Outcome {
    let child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let mut child = child.expect("the program starts");
    let mut stdin = child.stdin.take();
    while child.try_wait().ok().flatten().is_none() {
        if let Some(code) = look() {
            if let Some(mut stdin) = stdin.take() {
                // A program that has ended reads no code.
                let _read = writeln!(stdin, "{code}");
            }
            break;
        }
        let next = SystemClock.now() + Duration::milliseconds(50);
        SystemClock.wait_until(next).await;
    }
    let ended = tokio::task::spawn_blocking(move || child.wait_with_output()).await;
    let output = ended.expect("the thread runs").expect("the program ends");
    Outcome {
        code: output.status.code().unwrap_or(-1),
        out: String::from_utf8_lossy(&output.stdout).into_owned(),
        err: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}
