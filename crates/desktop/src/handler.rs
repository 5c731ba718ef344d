//! The system's handler of addresses: the one place where something is handed
//! over to be opened, and where a program is started at all.

#[cfg(target_os = "linux")]
use std::os::unix::{fs::PermissionsExt as _, process::CommandExt as _};
#[cfg(target_os = "linux")]
use std::path::PathBuf;
use std::{
    env,
    ffi::{OsStr, OsString},
    io,
    path::Path,
    process::{Command, Stdio},
    sync::atomic::{AtomicBool, Ordering},
    thread,
};

use url::Url;

use crate::{opener::last_look, shell::ShellRefused};

/// Names a program that is called with the address instead of the system's
/// handler; an absolute path. Tests record with it what would be opened.
const OPENER: &str = "JOINBELL_OPENER";

/// Opens `address`, which the session has checked against what was shown, with
/// the system's handler. It does not see the variables `own`, which are for
/// this program alone.
pub fn open(address: &Url, own: &[&str]) -> Result<(), ShellRefused> {
    let argument = argument(address)?;
    match env::var_os(OPENER) {
        Some(program) => with(&program, &argument),
        None => by_system(&argument, own),
    }
}

#[cfg(not(target_os = "linux"))]
fn by_system(argument: &str, _own: &[&str]) -> Result<(), ShellRefused> {
    open::that_detached(argument).map_err(|error| ShellRefused(error.to_string()))
}

/// The first of the desktop's handlers that is there.
#[cfg(target_os = "linux")]
fn by_system(argument: &str, own: &[&str]) -> Result<(), ShellRefused> {
    let mut refused = "this desktop has no handler for links".to_owned();
    let folders = absolute(&env::var_os("PATH").unwrap_or_default());
    for named in open::commands(argument) {
        let Some(program) = found(named.get_program(), &folders) else {
            continue;
        };
        let mut handler = Command::new(program);
        handler.args(named.get_args());
        // What the handler starts by name is not looked for elsewhere either.
        if let Ok(path) = env::join_paths(&folders) {
            handler.env("PATH", path);
        }
        match spawn(apart(&mut handler, own)) {
            Ok(()) => return Ok(()),
            Err(error) => refused = error.to_string(),
        }
    }
    Err(ShellRefused(refused))
}

/// The folders of a `PATH` in which a program may be. An entry that is empty
/// or relative would mean wherever Joinbell was started, where anybody may have
/// left a file named like a handler (SR-43).
#[cfg(target_os = "linux")]
fn absolute(path: &OsStr) -> Vec<PathBuf> {
    env::split_paths(path)
        .filter(|folder| folder.is_absolute())
        .collect()
}

/// Where a program is that is known by its name.
#[cfg(target_os = "linux")]
fn found(program: &OsStr, folders: &[PathBuf]) -> Option<PathBuf> {
    let name = Path::new(program);
    if name.is_absolute() {
        return Some(name.to_owned());
    }
    folders
        .iter()
        .map(|folder| folder.join(name))
        .find(|file| is_program(file))
}

#[cfg(target_os = "linux")]
fn is_program(file: &Path) -> bool {
    file.metadata()
        .is_ok_and(|about| about.is_file() && about.permissions().mode() & 0o111 != 0)
}

/// What is this program's own is nothing to the browser that comes of it, and
/// what ends this program leaves it alone.
#[cfg(target_os = "linux")]
fn apart<'a>(handler: &'a mut Command, own: &[&str]) -> &'a mut Command {
    for variable in own {
        handler.env_remove(variable);
    }
    handler
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .process_group(0)
}

/// Whether a demo runs that this program has started.
static DEMO: AtomicBool = AtomicBool::new(false);

/// Starts this program once more, for its made-up day.
pub fn demo() -> Result<(), ShellRefused> {
    let program = env::current_exe().map_err(|error| ShellRefused(error.to_string()))?;
    let mut command = Command::new(program);
    alone(command.arg("--demo").stdin(Stdio::null()), &DEMO)
        .map_err(|error| ShellRefused(error.to_string()))
}

/// Starts a program of which there is one at a time: while it runs, nothing
/// more is started.
fn alone(command: &mut Command, runs: &'static AtomicBool) -> io::Result<()> {
    if runs.swap(true, Ordering::AcqRel) {
        return Ok(());
    }
    let child = command.spawn();
    let mut child = child.inspect_err(|_| runs.store(false, Ordering::Release))?;
    thread::spawn(move || {
        let _ended = child.wait();
        runs.store(false, Ordering::Release);
    });
    Ok(())
}

/// Starts a program. Nobody waits for the answer, but an ended child must be
/// fetched.
fn spawn(command: &mut Command) -> io::Result<()> {
    let mut child = command.spawn()?;
    thread::spawn(move || child.wait());
    Ok(())
}

/// The address as the one argument it becomes: printable ASCII which begins
/// with its scheme, so that nothing can take it for an option, a path or two
/// arguments. The session has checked it against the host that was shown; here
/// it is checked once more that it may be opened at all.
fn argument(address: &Url) -> Result<String, ShellRefused> {
    last_look(address).map_err(|refused| ShellRefused(refused.to_string()))?;
    let text = address.as_str().replace('\'', "%27");
    if text
        .bytes()
        .all(|byte| byte.is_ascii_graphic() && !b"\"`\\<>".contains(&byte))
    {
        Ok(text)
    } else {
        Err(ShellRefused(
            "the address holds characters no address has".to_owned(),
        ))
    }
}

fn with(program: &OsString, argument: &str) -> Result<(), ShellRefused> {
    if !Path::new(program).is_absolute() {
        return Err(ShellRefused(format!("{OPENER} is not an absolute path")));
    }
    let mut command = Command::new::<&OsStr>(program);
    spawn(command.arg(argument).stdin(Stdio::null()))
        .map_err(|error| ShellRefused(format!("{OPENER}: {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sr_33_an_address_becomes_one_argument_which_begins_with_its_scheme() {
        for (address, fine) in [
            ("https://acme.webex.com/meet/ana?x=1&y=2#z", true),
            ("https://example.org/a%20b", true),
            ("https://example.org/'$(id)`x`", true),
            ("http://example.org/", false),
            ("file:///etc/passwd", false),
            ("javascript:alert(1)", false),
            ("smb://server/share", false),
            ("data:text/html,x", false),
            ("ms-msdt:/id", false),
            // What a service's own program and a video system are joined by.
            ("zoommtg://zoom.us/join?confno=1", true),
            ("sip:12345@video.example.org", true),
            ("tel:+4687654321", true),
            ("tel:*31*", false),
            ("zoommtg://me:pw@zoom.us/join", false),
        ] {
            let url = Url::parse(address).unwrap();
            assert_eq!(argument(&url).is_ok(), fine, "{address}");
        }
        let spaced = Url::parse("https://example.org/ --new\n-x").unwrap();
        assert!(!argument(&spaced).unwrap().contains(char::is_whitespace));
        let quoted = Url::parse("https://example.org/'$(id)`x`?'").unwrap();
        assert!(!argument(&quoted).unwrap().contains(['\'', '`', '"']));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_browser_is_not_told_what_is_meant_for_this_program() {
        let mut handler = Command::new("xdg-open");
        let told = apart(&mut handler, &["OWN"]).get_envs();
        assert!(told.eq([(OsStr::new("OWN"), None)]));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn sr_43_a_handler_is_looked_for_in_folders_with_an_absolute_path_alone() {
        let folders = absolute(OsStr::new(":.:bin:../bin:/usr/bin::/bin:"));
        assert_eq!(folders, [Path::new("/usr/bin"), Path::new("/bin")]);
        assert_eq!(absolute(OsStr::new("")), <[PathBuf; 0]>::default());

        // Beside a folder and a file that nobody can run.
        let place = tempfile::tempdir().unwrap();
        let folder = |name: &str| {
            let folder = place.path().join(name);
            std::fs::create_dir_all(&folder).unwrap();
            folder
        };
        let (first, second, third) = (folder("1"), folder("2"), folder("3"));
        folder("1/opener");
        for (folder, mode) in [(&second, 0o644), (&third, 0o755)] {
            let file = folder.join("opener");
            std::fs::write(&file, "").unwrap();
            std::fs::set_permissions(file, std::fs::Permissions::from_mode(mode)).unwrap();
        }
        let folders = [first, second, third.clone()];
        assert_eq!(
            found(OsStr::new("opener"), &folders),
            Some(third.join("opener"))
        );
        assert_eq!(found(OsStr::new("opener"), &folders[..2]), None);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn one_demo_runs_at_a_time_and_another_when_it_is_over() {
        static RUNS: AtomicBool = AtomicBool::new(false);
        assert!(alone(&mut Command::new("/nowhere/at/all"), &RUNS).is_err());
        let place = tempfile::tempdir().unwrap();
        let (noted, over) = (place.path().join("noted"), place.path().join("over"));
        // It ends when somebody opens the pipe.
        let script = r#"mkfifo "$2" && echo begun >> "$1" && : < "$2"; rm "$2""#;
        let start = || {
            let mut command = Command::new("/bin/sh");
            command.args(["-c", script, "demo"]).args([&noted, &over]);
            alone(&mut command, &RUNS).unwrap();
        };
        let until_begun = |count| {
            while std::fs::read_to_string(&noted)
                .unwrap_or_default()
                .lines()
                .count()
                < count
            {
                thread::yield_now();
            }
        };
        let end = || {
            std::fs::write(&over, "").unwrap();
            while RUNS.load(Ordering::Acquire) {
                thread::yield_now();
            }
        };
        start();
        until_begun(1);
        start();
        end();
        let begun = std::fs::read_to_string(&noted).unwrap();
        assert_eq!(begun.lines().count(), 1);
        start();
        until_begun(2);
        end();
    }

    #[test]
    fn sr_43_the_recording_program_is_named_by_an_absolute_path() {
        assert!(with(&OsString::from("sh"), "https://example.org/").is_err());
    }
}
