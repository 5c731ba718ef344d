//! The start at sign-in on Windows: the user's own `Run` key.

use std::path::Path;

/// What the key holds. In quotes: a path with a space in it would begin with
/// the name of another program (SR-43).
fn command(program: &Path) -> String {
    format!("\"{}\" --hidden", program.display())
}

/// Has the program started when the user signs in, or not. Whoever has switched
/// that off in the Task Manager, which is noted elsewhere, is left so.
#[cfg(windows)]
pub(crate) fn set(program: &Path, wanted: bool) -> windows_registry::Result<()> {
    const RUN: &str = r"Software\Microsoft\Windows\CurrentVersion\Run";
    const SWITCHED_OFF: &str =
        r"Software\Microsoft\Windows\CurrentVersion\Explorer\StartupApproved\Run";
    const NAME: &str = "Joinbell";

    let user = windows_registry::CURRENT_USER;
    let run = user.create(RUN)?;
    let there = run.get_string(NAME).ok();
    if wanted {
        let wanted = command(program);
        return match there {
            Some(there) if there == wanted => Ok(()),
            _ => run.set_string(NAME, wanted),
        };
    }
    if there.is_none() {
        return Ok(());
    }
    run.remove_value(NAME)?;
    // So that it counts when the user wants it again.
    if let Ok(switched_off) = user.options().write().open(SWITCHED_OFF) {
        // Mostly there is none.
        let _none = switched_off.remove_value(NAME);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sr_43_no_part_of_a_path_is_taken_for_another_program() {
        let program = Path::new(r"C:\Users\Anna Berg\AppData\Local\Joinbell\joinbell.exe");
        let expected = r#""C:\Users\Anna Berg\AppData\Local\Joinbell\joinbell.exe" --hidden"#;
        assert_eq!(command(program), expected);
    }
}
