//! What a program does at its start so that its memory stays its own.

use std::io;

/// Forbids core dumps, and on Linux other processes of the user to read this
/// one's memory (SR-13). Called before the first secret is read.
///
/// # Errors
/// The system's own, when it refuses; the program can go on.
pub fn forbid_dumps() -> io::Result<()> {
    forbid_core_files()?;
    #[cfg(any(target_os = "linux", target_os = "android"))]
    {
        use rustix::process::{DumpableBehavior, set_dumpable_behavior};
        set_dumpable_behavior(DumpableBehavior::NotDumpable)?;
    }
    Ok(())
}

/// Forbids core dumps of this program and of what it starts. Other processes
/// of the user can still look at it: desktop portals refuse to serve a program
/// that they cannot look at (`docs/decisions/0030`).
///
/// # Errors
/// The system's own, when it refuses; the program can go on.
pub fn forbid_core_files() -> io::Result<()> {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, Rlimit, setrlimit};
        let none = Rlimit {
            current: Some(0),
            maximum: Some(0),
        };
        setrlimit(Resource::Core, none)?;
    }
    // Windows writes no dump of a process unless an administrator sets that
    // up, and offers no call to refuse it.
    Ok(())
}
