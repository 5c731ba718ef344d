//! Tells tauri-build where the capabilities are, not in `./capabilities`, and
//! which commands there are: each of them needs a permission of its own.

/// Every command of `src/commands.rs`; a test compares.
const COMMANDS: &[&str] = &[
    "add_account",
    "answer_meeting",
    "cancel_meeting",
    "change_schedule",
    "close_schedule",
    "complete_people",
    "copy_link",
    "dismiss",
    "environment",
    "find_server",
    "finish_setup",
    "fit_ring",
    "join",
    "meet_now",
    "open_schedule",
    "open_web",
    "quit",
    "refresh",
    "send_schedule",
    "show_setup",
    "running_late",
    "snooze",
    "watch_agenda",
    "watch_ring",
    "watch_schedule",
];

fn main() {
    let attributes = tauri_build::Attributes::new()
        .capabilities_path_pattern("./src-tauri/capabilities/**/*.json")
        .app_manifest(tauri_build::AppManifest::new().commands(COMMANDS));
    if let Err(error) = tauri_build::try_build(attributes) {
        // A build script can only stop the build.
        panic!("tauri-build refused the configuration: {error:#}");
    }
}
