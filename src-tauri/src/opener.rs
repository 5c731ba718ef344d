//! Opens addresses: the one place where the program hands something to the
//! system to be opened. The session has validated the address before.

#[cfg(target_os = "linux")]
use std::os::unix::process::CommandExt as _;
use std::{
    env,
    ffi::{OsStr, OsString},
    io,
    path::Path,
    process::{Command, Stdio},
    thread,
};

use desktop::{ShellRefused, opener::check};
use url::Url;

/// Names a program that is called with the address instead of the system's
/// handler; an absolute path. Tests record with it what would be opened.
const OPENER: &str = "JOINBELL_OPENER";

/// Opens `address` with the system's handler.
pub(crate) fn open(address: &Url) -> Result<(), ShellRefused> {
    let argument = argument(address)?;
    match env::var_os(OPENER) {
        Some(program) => with(&program, &argument),
        None => by_system(&argument),
    }
}

#[cfg(not(target_os = "linux"))]
fn by_system(argument: &str) -> Result<(), ShellRefused> {
    open::that_detached(argument).map_err(|error| ShellRefused(error.to_string()))
}

/// The first of the desktop's handlers that is there.
#[cfg(target_os = "linux")]
fn by_system(argument: &str) -> Result<(), ShellRefused> {
    let mut refused = "this desktop has no handler for links".to_owned();
    for mut handler in open::commands(argument) {
        match spawn(apart(&mut handler)) {
            Ok(()) => return Ok(()),
            Err(error) => refused = error.to_string(),
        }
    }
    Err(ShellRefused(refused))
}

/// How our own windows are drawn is nothing to the browser that comes of it,
/// and what ends this program leaves it alone.
#[cfg(target_os = "linux")]
fn apart(handler: &mut Command) -> &mut Command {
    handler
        .env_remove(crate::drawing::WITHOUT_GPU)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .process_group(0)
}

/// Starts a program. Nobody waits for the answer, but an ended child must be
/// fetched.
fn spawn(command: &mut Command) -> io::Result<()> {
    let mut child = command.spawn()?;
    thread::spawn(move || child.wait());
    Ok(())
}

/// The address as the one argument it becomes: printable ASCII which begins
/// with `https:`, so that nothing can take it for an option, a path or two
/// arguments. The session has checked it against the host that was shown; here
/// it is checked once more that it may be opened at all.
fn argument(address: &Url) -> Result<String, ShellRefused> {
    let host = address.host_str().unwrap_or_default();
    if let Err(refused) = check(address, host) {
        return Err(ShellRefused(refused.to_string()));
    }
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
    fn a_browser_is_not_told_how_our_windows_are_drawn() {
        let mut handler = Command::new("xdg-open");
        let told = apart(&mut handler).get_envs();
        assert!(told.eq([(OsStr::new(crate::drawing::WITHOUT_GPU), None)]));
    }

    #[test]
    fn sr_43_the_recording_program_is_named_by_an_absolute_path() {
        assert!(with(&OsString::from("sh"), "https://example.org/").is_err());
    }
}
