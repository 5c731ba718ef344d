//! The start at sign-in on Linux: an entry in the user's autostart folder
//! (Desktop Application Autostart Specification 0.5).
//!
//! By hand, because `auto-launch` writes below `~/.config` wherever
//! `XDG_CONFIG_HOME` points, where the desktop then does not look, and lets a
//! path with a space become two words.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use directories::BaseDirs;

/// The entry that starts a program, and where it belongs.
#[derive(Debug)]
pub(crate) struct Entry {
    file: PathBuf,
    exec: String,
}

impl Entry {
    /// The entry that starts `program` in the tray.
    pub(crate) fn new(program: &Path) -> io::Result<Self> {
        let folders = BaseDirs::new().ok_or(io::ErrorKind::NotFound)?;
        Self::below(folders.config_dir(), program)
    }

    fn below(config: &Path, program: &Path) -> io::Result<Self> {
        // A desktop entry is UTF-8.
        let program = program.to_str().ok_or(io::ErrorKind::InvalidInput)?;
        Ok(Self {
            file: config.join("autostart/Joinbell.desktop"),
            exec: format!("Exec={} --hidden", quoted(program)),
        })
    }

    /// Whether the entry is there. One that the desktop's own settings have
    /// switched off counts: Joinbell does not switch it on again.
    pub(crate) fn is_there(&self) -> bool {
        fs::read_to_string(&self.file).is_ok_and(|text| {
            text.lines()
                .any(|line| line == self.exec || line == "Hidden=true")
        })
    }

    /// Writes it, also in the place of one that starts the program where it no
    /// longer is.
    pub(crate) fn write(&self) -> io::Result<()> {
        if let Some(folder) = self.file.parent() {
            fs::create_dir_all(folder)?;
        }
        let head = "[Desktop Entry]\nType=Application\nVersion=1.0\nName=Joinbell\n";
        let tail = "StartupNotify=false\nTerminal=false\n";
        fs::write(&self.file, format!("{head}{}\n{tail}", self.exec))
    }

    /// Takes it away.
    pub(crate) fn remove(&self) -> io::Result<()> {
        match fs::remove_file(&self.file) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }
}

/// A path as one argument of an `Exec` line (Desktop Entry Specification 1.5,
/// "The Exec key"): within quotes some characters have a backslash, which the
/// rule for strings, applied first when it is read, wants doubled.
fn quoted(path: &str) -> String {
    let mut text = String::with_capacity(path.len() + 2);
    text.push('"');
    for letter in path.chars() {
        match letter {
            '"' | '`' | '$' => text.push_str("\\\\"),
            '\\' => text.push_str("\\\\\\"),
            '%' => text.push('%'),
            _ => {}
        }
        text.push(letter);
    }
    text.push('"');
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_one_argument_whatever_is_in_it() {
        for (path, written) in [
            ("/usr/bin/joinbell", r#""/usr/bin/joinbell""#),
            ("/opt/My apps/joinbell", r#""/opt/My apps/joinbell""#),
            ("/opt/100%/a$b", r#""/opt/100%%/a\\$b""#),
            (r"/opt/a\b", r#""/opt/a\\\\b""#),
            (r#"/opt/"x"`"#, r#""/opt/\\"x\\"\\`""#),
        ] {
            assert_eq!(quoted(path), written);
        }
    }

    #[test]
    fn an_entry_is_there_once_it_is_written_and_until_it_is_removed() {
        let config = tempfile::tempdir().unwrap();
        let entry = Entry::below(config.path(), Path::new("/usr/bin/joinbell")).unwrap();
        assert!(!entry.is_there());
        entry.remove().unwrap();
        entry.write().unwrap();
        assert!(entry.is_there());
        let text = fs::read_to_string(config.path().join("autostart/Joinbell.desktop")).unwrap();
        assert!(text.contains("\nExec=\"/usr/bin/joinbell\" --hidden\n"));
        entry.remove().unwrap();
        assert!(!entry.is_there());
    }

    #[test]
    fn an_entry_for_a_program_that_has_moved_is_written_anew() {
        let config = tempfile::tempdir().unwrap();
        let entry = |program| Entry::below(config.path(), Path::new(program)).unwrap();
        entry("/old/joinbell").write().unwrap();
        assert!(!entry("/new/joinbell").is_there());
    }

    #[test]
    fn an_entry_that_the_desktop_has_switched_off_is_left_so() {
        let config = tempfile::tempdir().unwrap();
        let entry = Entry::below(config.path(), Path::new("/usr/bin/joinbell")).unwrap();
        entry.write().unwrap();
        fs::write(&entry.file, "[Desktop Entry]\nHidden=true\n").unwrap();
        assert!(entry.is_there());
    }
}
