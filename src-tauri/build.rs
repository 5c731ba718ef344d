//! Tells tauri-build where the capabilities are, not in `./capabilities`, and
//! which commands there are: each of them needs a permission of its own.

#[path = "../tools/relocations.rs"]
mod relocations;

/// Every command of `src/commands`; a test compares.
const COMMANDS: &[&str] = &[
    "add_device",
    "agenda_painted",
    "answer_meeting",
    "ask_for_code",
    "cancel_meeting",
    "change_schedule",
    "change_setting",
    "choose_passphrase",
    "close_ring",
    "close_schedule",
    "complete_people",
    "connect",
    "copy_link",
    "copy_report",
    "dismiss",
    "enter_passphrase",
    "environment",
    "find_server",
    "finish_setup",
    "fit_ring",
    "forget_passphrase",
    "join",
    "meet_now",
    "open_meeting",
    "open_schedule",
    "open_web",
    "problem_report",
    "quit",
    "refresh",
    "remove_account",
    "remove_appointment",
    "running_late",
    "send_schedule",
    "show_demo",
    "show_meeting",
    "show_settings",
    "show_setup",
    "sign_in_again",
    "snooze",
    "toggle_titles",
    "undo_setting",
    "watch_agenda",
    "watch_environment",
    "watch_failures",
    "watch_opened",
    "watch_ring",
    "watch_schedule",
    "watch_settings",
    "watch_setup",
];

fn main() {
    // tauri-build watches the folder where they usually are.
    println!("cargo:rerun-if-changed=src-tauri/capabilities");
    println!("cargo:rerun-if-changed=tools/relocations.rs");
    relocations::pack();
    let attributes = tauri_build::Attributes::new()
        .capabilities_path_pattern("./src-tauri/capabilities/**/*.json")
        .app_manifest(tauri_build::AppManifest::new().commands(COMMANDS));
    if let Err(error) = tauri_build::try_build(attributes) {
        // A build script can only stop the build.
        panic!("tauri-build refused the configuration: {error:#}");
    }
}
