//! Joinbell's program with windows and tray.

#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]

use std::process::ExitCode;

fn main() -> ExitCode {
    joinbell_shell::run()
}
