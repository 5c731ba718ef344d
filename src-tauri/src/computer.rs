//! What a problem report says of the computer.

use tauri::{AppHandle, Monitor};

/// Where Linux and macOS say what they are.
const LINUX: &str = "/etc/os-release";
const MACOS: &str = "/System/Library/CoreServices/SystemVersion.plist";

/// The system's name and version; empty where it does not tell.
pub(crate) fn system() -> String {
    let read = |file| std::fs::read_to_string(file).unwrap_or_default();
    linux(&read(LINUX))
        .or_else(|| macos(&read(MACOS)))
        .or_else(windows)
        .unwrap_or_default()
}

fn linux(release: &str) -> Option<String> {
    let mut lines = release.lines();
    let name = lines.find_map(|line| line.strip_prefix("PRETTY_NAME="))?;
    Some(name.trim_matches('"').to_owned())
}

fn macos(properties: &str) -> Option<String> {
    let (_, rest) = properties.split_once("<key>ProductVersion</key>")?;
    let (_, rest) = rest.split_once("<string>")?;
    let (version, _) = rest.split_once("</string>")?;
    Some(format!("macOS {version}"))
}

#[cfg(windows)]
fn windows() -> Option<String> {
    const VERSION: &str = r"SOFTWARE\Microsoft\Windows NT\CurrentVersion";
    let key = windows_registry::LOCAL_MACHINE.open(VERSION).ok()?;
    // Its name still says 10 where it is 11; the build tells them apart.
    let build = key.get_string("CurrentBuild").ok()?;
    let version = key.get_string("DisplayVersion").unwrap_or_default();
    Some(format!("Windows {version} build {build}"))
}

#[cfg(not(windows))]
fn windows() -> Option<String> {
    None
}

/// The kind of the screen, and what each monitor shows.
pub(crate) fn screen(app: &AppHandle) -> String {
    let variable = |name| std::env::var(name).unwrap_or_default();
    let kind = ["XDG_SESSION_TYPE", "XDG_CURRENT_DESKTOP"].map(variable);
    let monitors = app.available_monitors().unwrap_or_default();
    let monitors = monitors.iter().map(monitor);
    let parts = kind.into_iter().filter(|part| !part.is_empty());
    parts.chain(monitors).collect::<Vec<_>>().join(", ")
}

fn monitor(monitor: &Monitor) -> String {
    let size = monitor.size();
    let percent = monitor.scale_factor() * 100.0;
    format!("{}x{} at {percent:.0} %", size.width, size.height)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_system_says_its_name_and_version() {
        let release = "NAME=\"Debian GNU/Linux\"\nPRETTY_NAME=\"Debian GNU/Linux 13 (trixie)\"\n";
        let named = linux(release);
        assert_eq!(named.as_deref(), Some("Debian GNU/Linux 13 (trixie)"));
        let properties = "<dict>\n\t<key>ProductName</key>\n\t<string>macOS</string>\n\
            \t<key>ProductVersion</key>\n\t<string>15.1</string>\n</dict>";
        assert_eq!(macos(properties).as_deref(), Some("macOS 15.1"));
        assert_eq!((linux(""), macos("<plist/>")), (None, None));
    }
}
