//! By which socket the one instance is found on macOS. The plugin puts it into
//! the folder for temporary files, which all users share, under a name that
//! anybody can know: another user's is none to hand a link to, nor to end for
//! (SR-42).

use std::{fs, io::ErrorKind, os::unix::fs::MetadataExt as _, path::Path};

/// Where the plugin makes it (tauri-plugin-single-instance 2.5, `socket_path`).
pub(crate) const SOCKET: &str = "/tmp/org_joinbell_desktop_si.sock";

/// Whether what stands at `socket`, if anything does, belongs to whom `home`
/// belongs.
pub(crate) fn is_own(socket: &Path, home: &Path) -> bool {
    // Of a link counts who has made it, wherever it leads.
    match fs::symlink_metadata(socket) {
        Err(error) => error.kind() == ErrorKind::NotFound,
        Ok(there) => fs::metadata(home).is_ok_and(|home| home.uid() == there.uid()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_socket_has_the_programs_name() {
        let settings = include_str!("../../tauri.conf.json");
        let settings: serde_json::Value = serde_json::from_str(settings).unwrap();
        let name = settings["identifier"]
            .as_str()
            .unwrap()
            .replace(['.', '-'], "_");
        assert_eq!(SOCKET, format!("/tmp/{name}_si.sock"));
    }

    #[test]
    fn sr_42_a_socket_that_is_not_there_or_the_users_own_is_used() {
        let home = tempfile::tempdir().unwrap();
        let socket = home.path().join("one.sock");
        assert!(is_own(&socket, home.path()));
        fs::write(&socket, "").unwrap();
        assert!(is_own(&socket, home.path()));
    }

    #[test]
    fn sr_42_another_users_socket_is_not_used() {
        let home = tempfile::tempdir().unwrap();
        let theirs = Path::new("/proc/1/status");
        let own = fs::metadata(home.path()).unwrap().uid();
        if fs::metadata(theirs).is_ok_and(|there| there.uid() == own) {
            // Root owns what the first process shows; then a home of nobody's
            // stands in for the other user.
            assert!(!is_own(theirs, Path::new("/nonexistent")));
            return;
        }
        assert!(!is_own(theirs, home.path()));
    }
}
