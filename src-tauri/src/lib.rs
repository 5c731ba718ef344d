//! The shell: real windows, a tray and notifications around a
//! [`desktop::Session`]. It knows no rule about meetings.

#![cfg_attr(
    not(test),
    warn(
        clippy::string_slice,
        clippy::panic,
        reason = "what a panic says must hold no word of a meeting (SR-65)"
    )
)]

mod arguments;
#[cfg(target_os = "linux")]
mod autostart;
mod bindings;
mod commands;
mod compose;
mod computer;
mod deep_link;
mod demo;
mod drawing;
mod gesture;
#[cfg(any(target_os = "macos", all(test, unix)))]
mod instance;
#[cfg(test)]
mod invocations;
mod logbook;
mod notices;
mod notification;
mod place;
mod quiet;
mod reports;
mod request;
mod ring_gate;
mod ring_window;
#[cfg(any(windows, test))]
mod run_key;
mod shell;
mod system;
mod tray;
mod watches;
#[cfg(target_os = "linux")]
mod web_process;
mod windows;

use std::process::ExitCode;

use clap::Parser;
use desktop::Session;
use tauri::{Manager, RunEvent, WindowEvent};
use tracing_subscriber::{
    EnvFilter, filter::filter_fn, layer::SubscriberExt as _, util::SubscriberInitExt as _,
};

use crate::{
    arguments::Arguments,
    demo::Demo,
    logbook::Logbook,
    notices::Failures,
    place::Places,
    ring_gate::{Heard, RingGate},
    watches::Watches,
    windows::Kind,
};

/// Chooses what is logged to standard error, in the syntax of
/// `tracing_subscriber::EnvFilter`; warnings where it is not set.
const LOG: &str = "JOINBELL_LOG";

/// Runs the program until it is quit.
pub fn run() -> ExitCode {
    #[cfg(target_os = "linux")]
    drawing::without_gpu();
    let arguments = Arguments::parse();
    let cores = desktop::hardening::forbid_core_files();
    let filter = EnvFilter::try_from_env(LOG).unwrap_or_else(|_| EnvFilter::new("warn"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(Logbook)
        .with_ansi(false)
        .finish()
        // Its spans hold user names and NTLM messages.
        .with(filter_fn(|about| !about.target().starts_with("sspi")))
        .init();
    if let Err(error) = cores {
        tracing::warn!(%error, "core files of this program are not forbidden");
    }
    if rustls::crypto::ring::default_provider()
        .install_default()
        .is_err()
    {
        tracing::warn!("a provider of cryptography was installed before ours");
    }

    match start(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("joinbell: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Whether a second start hands over to the first. Where another user has
/// taken the place by which they meet, each start is one of its own.
fn is_one_instance() -> bool {
    #[cfg(target_os = "macos")]
    {
        let home = directories::BaseDirs::new();
        let is_own = home.is_some_and(|folders| {
            instance::is_own(std::path::Path::new(instance::SOCKET), folders.home_dir())
        });
        if !is_own {
            tracing::warn!("another user has taken the socket of the one instance");
        }
        is_own
    }
    #[cfg(not(target_os = "macos"))]
    true
}

/// The program's configuration, its windows' pages and what each window may
/// ask for.
fn context<R: tauri::Runtime>() -> tauri::Context<R> {
    tauri::generate_context!()
}

fn start(arguments: Arguments) -> tauri::Result<()> {
    let mut builder = tauri::Builder::default();
    if !arguments.demo {
        // The demo may run beside the real one: it has a mailbox of its own.
        if is_one_instance() {
            builder = builder.plugin(tauri_plugin_single_instance::init(|app, given, _folder| {
                // A link is handed over by the plugin for links.
                let other = Arguments::try_parse_from(given).unwrap_or_default();
                if !other.hidden && other.link.is_none() {
                    windows::show_main(app);
                }
            }));
        }
        builder = builder.plugin(tauri_plugin_deep_link::init());
        // Where the system has no such thing, as some Wayland compositors, the
        // rest works without.
        builder = builder.plugin(tauri_plugin_global_shortcut::Builder::new().build());
    }
    builder
        .manage(Watches::default())
        .invoke_handler(bindings::builder().invoke_handler())
        .setup(move |app| {
            compose::start(app.handle(), &arguments)?;
            ring_window::follow_screens(app.handle());
            if !arguments.hidden {
                windows::show_main(app.handle());
            }
            Ok(())
        })
        .on_window_event(|window, event| {
            let agenda = window.label() == Kind::Agenda.label();
            match event {
                WindowEvent::Moved(_) | WindowEvent::Resized(_) if agenda => {
                    window.state::<Places>().note(window);
                }
                WindowEvent::ScaleFactorChanged { .. } if window.label() == Kind::Ring.label() => {
                    ring_window::screens_changed(window.app_handle());
                }
                WindowEvent::CloseRequested { .. } if window.label() == Kind::Ring.label() => {
                    window.state::<RingGate>().hear(Heard::Closed);
                }
                WindowEvent::Destroyed => {
                    window.state::<Watches>().end(window.label());
                    window.state::<Failures>().end(window.label());
                    if agenda {
                        window.state::<Places>().save();
                    }
                }
                _ => {}
            }
        })
        .build(context())?
        .run(|app, event| match event {
            // Without a code it was the last window that closed: the tray stays.
            RunEvent::ExitRequested {
                code: None, api, ..
            } => api.prevent_exit(),
            // Started once more from the Dock or by its icon.
            #[cfg(target_os = "macos")]
            RunEvent::Reopen {
                has_visible_windows: false,
                ..
            } => windows::show_main(app),
            RunEvent::Exit => {
                app.state::<Places>().save();
                if let Some(session) = app.try_state::<Session>() {
                    tauri::async_runtime::block_on(session.stop());
                }
                if let Some(demo) = app.try_state::<Demo>() {
                    demo.end();
                }
            }
            _ => {}
        });
    Ok(())
}
