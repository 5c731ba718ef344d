//! A program that runs beside a scenario, can be killed, and can be started
//! again as it was started before.

use std::{
    fs::OpenOptions,
    io::{BufRead as _, BufReader},
    path::Path,
    process::{Child, ChildStdout, Command, Stdio},
};

pub(super) struct Running {
    pub(super) name: &'static str,
    command: Command,
    present: Present,
}

/// One run of it.
struct Present {
    child: Child,
    /// What it has said where it is.
    at: String,
    /// Held open: it may say more.
    _out: BufReader<ChildStdout>,
}

impl Running {
    /// Starts a program and waits for its first line, whose last word says
    /// where it is. `log` has what it says beside that, over all its starts.
    pub(super) fn start(
        name: &'static str,
        mut command: Command,
        log: &Path,
    ) -> Result<Self, String> {
        let log = OpenOptions::new().create(true).append(true).open(log);
        let log = log.map_err(|error| format!("the log of {name} cannot be written ({error})"))?;
        command.stdout(Stdio::piped()).stderr(log);
        let present = begin(name, &mut command)?;
        Ok(Self {
            name,
            command,
            present,
        })
    }

    /// What it has said where it is.
    pub(super) fn at(&self) -> &str {
        &self.present.at
    }

    /// Its process.
    pub(super) fn process(&self) -> u32 {
        self.present.child.id()
    }

    /// Takes it away in the middle of what it does (SIGKILL).
    pub(super) fn kill(&mut self) {
        // One that has ended by itself is away as well.
        let _gone = self.present.child.kill();
        let _reaped = self.present.child.wait();
    }

    /// Starts it once more after it was killed.
    pub(super) fn start_again(&mut self) -> Result<(), String> {
        self.present = begin(self.name, &mut self.command)?;
        Ok(())
    }

    /// Asks it to end, and waits for it.
    pub(super) fn stop(mut self) -> Result<(), String> {
        let name = self.name;
        let ended = Command::new("kill")
            .args(["-TERM", &self.present.child.id().to_string()])
            .status()
            .and_then(|_asked| self.present.child.wait());
        match ended {
            Ok(status) if status.success() => Ok(()),
            Ok(status) => Err(format!("{name} ended badly ({status})")),
            Err(error) => Err(format!("{name} could not be waited for ({error})")),
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.kill();
    }
}

fn begin(name: &str, command: &mut Command) -> Result<Present, String> {
    let failed = |error: std::io::Error| format!("{name} does not start ({error})");
    let mut child = command.spawn().map_err(failed)?;
    let out = child.stdout.take().ok_or("a program without an output")?;
    let (mut out, mut line) = (BufReader::new(out), String::new());
    out.read_line(&mut line).map_err(failed)?;
    match line.split_whitespace().last() {
        Some(at) => Ok(Present {
            child,
            at: at.to_owned(),
            _out: out,
        }),
        None => Err(format!("{name} ended at once; its log says why")),
    }
}
