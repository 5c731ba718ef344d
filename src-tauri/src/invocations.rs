//! Who may ask for which command: the program's own capabilities, asked by
//! messages on the way that Tauri gives them, in windows that are not shown.

use std::{collections::BTreeSet, fs, path::Path};

use serde_json::Value;
use tauri::{
    App, WebviewWindow, WebviewWindowBuilder,
    ipc::{CallbackFn, InvokeBody},
    test::{INVOKE_KEY, MockRuntime, get_ipc_response, mock_builder},
    webview::InvokeRequest,
};

use crate::{bindings, context, windows::Kind};

const OWN: &str = if cfg!(windows) {
    "http://tauri.localhost/agenda.html"
} else {
    "tauri://localhost/agenda.html"
};

/// The program with a command behind each name which says that it was reached.
fn app() -> App<MockRuntime> {
    mock_builder()
        .invoke_handler(|invoke| {
            invoke.resolver.resolve("reached");
            true
        })
        .build(context())
        .unwrap()
}

fn window(app: &App<MockRuntime>, kind: Kind) -> WebviewWindow<MockRuntime> {
    WebviewWindowBuilder::new(app, kind.label(), tauri::WebviewUrl::default())
        .build()
        .unwrap()
}

/// What a page at `url` in the window is answered.
fn ask(window: &WebviewWindow<MockRuntime>, command: &str, url: &str) -> Result<String, String> {
    let request = InvokeRequest {
        cmd: command.to_owned(),
        callback: CallbackFn(0),
        error: CallbackFn(1),
        url: url.parse().unwrap(),
        body: InvokeBody::default(),
        headers: tauri::http::HeaderMap::default(),
        invoke_key: INVOKE_KEY.to_owned(),
    };
    match get_ipc_response(window, request) {
        Ok(answer) => Ok(answer.deserialize().unwrap()),
        Err(refusal) => Err(refusal.to_string()),
    }
}

/// What the window's file of capabilities says.
fn granted(kind: Kind) -> BTreeSet<String> {
    let file = format!("src-tauri/capabilities/{}.json", kind.label());
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(file)).unwrap();
    let capability: Value = serde_json::from_str(&text).unwrap();
    let permissions = capability["permissions"].as_array().unwrap();
    let names = permissions.iter().filter_map(Value::as_str);
    names
        .filter_map(|name| name.strip_prefix("allow-"))
        .map(|name| name.replace('-', "_"))
        .collect()
}

#[test]
fn sr_38_each_window_reaches_its_own_commands_and_is_refused_those_of_the_others() {
    let app = app();
    let mut refused = 0;
    for kind in Kind::ALL {
        let (window, granted) = (window(&app, kind), granted(kind));
        for command in bindings::names() {
            let answer = ask(&window, &command, OWN);
            if granted.contains(&command) {
                assert_eq!(answer.as_deref(), Ok("reached"), "{kind:?} {command}");
            } else {
                let refusal = answer.unwrap_err();
                assert!(
                    refusal.contains("not allowed"),
                    "{kind:?} {command}: {refusal}"
                );
                refused += 1;
            }
        }
    }
    assert!(refused > 100, "only {refused} were refused");
}

#[test]
fn sr_38_a_page_from_elsewhere_is_refused_every_command_in_every_window() {
    let app = app();
    for kind in Kind::ALL {
        let window = window(&app, kind);
        for url in [
            "https://example.invalid/agenda.html",
            "http://tauri.localhost.example.invalid/",
            "http://127.0.0.1:1420/agenda.html",
            "data:text/html,hello",
        ] {
            for command in bindings::names() {
                let refusal = ask(&window, &command, url).unwrap_err();
                assert!(
                    refusal.contains("not allowed"),
                    "{url} {command}: {refusal}"
                );
            }
        }
    }
}

#[test]
fn sr_38_no_window_and_no_page_from_elsewhere_reaches_what_tauri_brings_along() {
    let app = app();
    for kind in Kind::ALL {
        let window = window(&app, kind);
        for command in [
            "plugin:window|close",
            "plugin:webview|create_webview_window",
            "plugin:event|emit",
            "plugin:path|resolve_directory",
            "plugin:app|version",
            "plugin:resources|close",
        ] {
            for url in [OWN, "https://example.invalid/"] {
                let refusal = ask(&window, command, url).unwrap_err();
                assert!(
                    refusal.contains("not allowed"),
                    "{url} {command}: {refusal}"
                );
            }
        }
    }
}
