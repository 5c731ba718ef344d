//! The commands, and their TypeScript side in `ui/src/lib/bindings.ts`.

use tauri_specta::{Builder, collect_commands};

use crate::commands;

/// Every command, with its types.
pub(crate) fn builder() -> Builder<tauri::Wry> {
    Builder::<tauri::Wry>::new()
        .disable_serde_phases()
        .commands(collect_commands![
            commands::environment,
            commands::watch_environment,
            commands::watch_agenda,
            commands::agenda_painted,
            commands::watch_opened,
            commands::open_meeting,
            commands::show_meeting,
            commands::watch_ring,
            commands::join,
            commands::copy_link,
            commands::open_web,
            commands::running_late,
            commands::snooze,
            commands::dismiss,
            commands::close_ring,
            commands::fit_ring,
            commands::watch_failures,
            commands::refresh,
            commands::show_setup,
            commands::sign_in_again,
            commands::setup::watch_setup,
            commands::setup::find_server,
            commands::setup::connect,
            commands::setup::ask_for_code,
            commands::setup::add_device,
            commands::setup::show_demo,
            commands::setup::choose_passphrase,
            commands::setup::enter_passphrase,
            commands::setup::forget_passphrase,
            commands::setup::finish_setup,
            commands::settings::watch_settings,
            commands::settings::change_setting,
            commands::settings::toggle_titles,
            commands::settings::undo_setting,
            commands::settings::show_settings,
            commands::settings::remove_account,
            commands::settings::problem_report,
            commands::settings::copy_report,
            commands::schedule::watch_schedule,
            commands::schedule::open_schedule,
            commands::schedule::change_schedule,
            commands::schedule::send_schedule,
            commands::schedule::complete_people,
            commands::schedule::cancel_meeting,
            commands::schedule::remove_appointment,
            commands::schedule::answer_meeting,
            commands::schedule::meet_now,
            commands::schedule::close_schedule,
            commands::quit,
        ])
}

/// The commands' names, as the list above has them.
#[cfg(test)]
pub(crate) fn names() -> std::collections::BTreeSet<String> {
    include_str!("bindings.rs")
        .lines()
        .filter_map(|line| line.trim().strip_prefix("commands::"))
        .filter_map(|path| path.trim_end_matches(',').rsplit("::").next())
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use std::{
        collections::BTreeSet,
        env, fs,
        path::{Path, PathBuf},
    };

    use serde_json::Value;
    use specta_typescript::Typescript;

    use super::*;

    const WINDOWS: [&str; 5] = ["agenda", "ring", "schedule", "settings", "setup"];

    fn top() -> &'static Path {
        Path::new(env!("CARGO_MANIFEST_DIR"))
    }

    /// To write the file anew: `JOINBELL_WRITE_BINDINGS=1 cargo test -p joinbell bindings`.
    #[test]
    fn the_exported_bindings_are_what_the_commands_are() {
        let folder = tempfile::tempdir().unwrap();
        let fresh = folder.path().join("bindings.ts");
        let language = Typescript::default()
            .header("/* Made by cargo test -p joinbell; not edited by hand. */\n");
        builder().export(language, &fresh).unwrap();
        let fresh = fs::read_to_string(fresh).unwrap();
        let kept = top().join("ui/src/lib/bindings.ts");
        if env::var_os("JOINBELL_WRITE_BINDINGS").is_some() {
            fs::write(&kept, &fresh).unwrap();
        }
        // Without the two texts: they are long.
        assert!(
            fs::read_to_string(&kept).unwrap() == fresh,
            "ui/src/lib/bindings.ts is stale: run JOINBELL_WRITE_BINDINGS=1 cargo test -p joinbell bindings"
        );
    }

    /// The commands named in a source by `pattern` before each name.
    fn named(file: &str, before: &str) -> BTreeSet<String> {
        fs::read_to_string(top().join(file))
            .unwrap()
            .lines()
            .filter_map(|line| line.trim().strip_prefix(before))
            .map(|rest| {
                let path = rest.trim_end_matches([',', '"']);
                path.rsplit("::").next().unwrap_or_default().to_owned()
            })
            .collect()
    }

    #[test]
    fn sr_37_every_command_needs_a_permission_and_some_window_has_it() {
        let commands = names();
        assert_eq!(commands, named("src-tauri/build.rs", "\""));

        let mut granted = BTreeSet::new();
        for window in WINDOWS {
            let file = top().join(format!("src-tauri/capabilities/{window}.json"));
            let capability: Value =
                serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap();
            assert_eq!(capability["identifier"], window);
            assert_eq!(capability["windows"], serde_json::json!([window]));
            assert!(capability.get("remote").is_none());
            for permission in capability["permissions"].as_array().unwrap() {
                let name = permission.as_str().unwrap();
                let command = name.strip_prefix("allow-").expect("commands of ours only");
                granted.insert(command.replace('-', "_"));
            }
        }
        assert_eq!(granted, commands);
    }

    /// What a folder of the windows asks of the program, by the commands' names.
    fn asked_for(folder: &str) -> BTreeSet<String> {
        let mut asked = BTreeSet::new();
        for entry in fs::read_dir(top().join("ui/src").join(folder)).unwrap() {
            let path = entry.unwrap().path();
            if path.to_string_lossy().ends_with(".test.ts") {
                continue;
            }
            let text = fs::read_to_string(&path).unwrap();
            for rest in text.split("backend.").skip(1) {
                let end = rest.find(|c: char| !c.is_ascii_alphanumeric());
                let mut command = String::new();
                for letter in rest[..end.unwrap_or(rest.len())].chars() {
                    if letter.is_ascii_uppercase() {
                        command.push('_');
                    }
                    command.push(letter.to_ascii_lowercase());
                }
                asked.insert(command);
            }
        }
        asked
    }

    #[test]
    fn sr_37_a_window_may_ask_for_what_its_pages_ask_for_and_for_nothing_more() {
        let everywhere = asked_for("windows");
        assert_eq!(
            everywhere,
            ["environment", "watch_environment"]
                .map(str::to_owned)
                .into()
        );
        for window in WINDOWS {
            let file = top().join(format!("src-tauri/capabilities/{window}.json"));
            let capability: Value =
                serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap();
            let granted: BTreeSet<String> = capability["permissions"]
                .as_array()
                .unwrap()
                .iter()
                .filter_map(|permission| permission.as_str()?.strip_prefix("allow-"))
                .map(|command| command.replace('-', "_"))
                .collect();
            let asked: BTreeSet<String> = asked_for(window).union(&everywhere).cloned().collect();
            assert_eq!(granted, asked, "{window}");
        }
    }

    #[test]
    fn sr_37_only_the_windows_that_must_can_open_links_or_send_a_password() {
        let holders = |permission: &str| -> Vec<&str> {
            WINDOWS
                .into_iter()
                .filter(|window| {
                    let file = top().join(format!("src-tauri/capabilities/{window}.json"));
                    fs::read_to_string(file)
                        .unwrap()
                        .contains(&format!("\"{permission}\""))
                })
                .collect()
        };
        assert_eq!(holders("allow-join"), ["agenda", "ring"]);
        assert_eq!(holders("allow-open-web"), ["agenda"]);
        assert_eq!(holders("allow-connect"), ["setup"]);
        assert_eq!(holders("allow-choose-passphrase"), ["setup"]);
        assert_eq!(holders("allow-enter-passphrase"), ["setup"]);
        assert_eq!(holders("allow-forget-passphrase"), ["setup"]);
        assert_eq!(holders("allow-change-setting"), ["settings"]);
        assert_eq!(holders("allow-remove-account"), ["settings"]);
        assert_eq!(holders("allow-watch-agenda"), ["agenda"]);
        // What sends mail to others.
        assert_eq!(holders("allow-send-schedule"), ["schedule"]);
        assert_eq!(holders("allow-cancel-meeting"), ["agenda"]);
        assert_eq!(holders("allow-remove-appointment"), ["agenda"]);
        assert_eq!(holders("allow-answer-meeting"), ["agenda"]);
        assert_eq!(holders("allow-meet-now"), ["agenda"]);
    }

    #[test]
    fn sr_36_the_content_policy_lets_nothing_in_but_our_own_files() {
        let config: Value =
            serde_json::from_str(&fs::read_to_string(top().join("tauri.conf.json")).unwrap())
                .unwrap();
        let security = &config["app"]["security"];
        let csp = security["csp"].as_object().unwrap();
        assert_eq!(csp["default-src"], "'none'");
        assert_eq!(csp["script-src"], "'self'");
        assert_eq!(csp["style-src"], "'self'");
        assert_eq!(csp["connect-src"], "ipc: http://ipc.localhost");
        for (directive, sources) in csp {
            let sources = sources.as_str().unwrap();
            for loose in ["unsafe", "*", "data:", "blob:", "https:"] {
                assert!(!sources.contains(loose), "{directive} {sources}");
            }
        }
    }

    #[test]
    fn sr_38_no_page_is_shown_within_a_page_and_every_window_refuses_a_second_one() {
        let text = fs::read_to_string(top().join("tauri.conf.json")).unwrap();
        let config: Value = serde_json::from_str(&text).unwrap();
        let csp = config["app"]["security"]["csp"].as_object().unwrap();
        for closed in [
            "default-src",
            "object-src",
            "form-action",
            "frame-ancestors",
            "base-uri",
        ] {
            assert_eq!(csp[closed], "'none'", "{closed}");
        }
        // What is not named falls back to `default-src`.
        for open in [
            "frame-src",
            "child-src",
            "worker-src",
            "manifest-src",
            "media-src",
        ] {
            assert!(
                csp.get(open).is_none_or(|sources| sources == "'none'"),
                "{open}"
            );
        }
        // Windows are made in one place, which has the hooks.
        let makers: Vec<_> = sources()
            .into_iter()
            // In the tests of what a page may ask for.
            .filter(|(path, _)| !path.ends_with("src-tauri/src/invocations.rs"))
            .filter(|(_, text)| {
                ["WebviewWindowBuilder::new(", "WebviewWindow::builder("]
                    .iter()
                    .any(|maker| text.contains(maker))
            })
            .collect();
        let [(path, maker)] = makers.as_slice() else {
            panic!("{} places make windows", makers.len());
        };
        assert!(path.ends_with("src-tauri/src/windows.rs"));
        for hook in [
            ".on_navigation(move |url| ours(url, dev.as_ref()))",
            ".on_new_window(|_, _| NewWindowResponse::Deny)",
            ".on_download(|_, _| false)",
        ] {
            assert!(maker.contains(hook), "{hook}");
        }
    }

    #[test]
    fn sr_38_tauri_is_one_that_tells_remote_pages_from_its_own() {
        let lock = fs::read_to_string(top().join("Cargo.lock")).unwrap();
        let versions: Vec<Vec<u32>> = lock
            .split("[[package]]")
            .filter_map(|package| package.split_once("name = \"tauri\"\nversion = \""))
            .filter_map(|(_, rest)| rest.split('"').next())
            .map(|version| {
                version
                    .split('.')
                    .filter_map(|part| part.parse().ok())
                    .collect()
            })
            .collect();
        let [version] = versions.as_slice() else {
            panic!("{versions:?}");
        };
        assert!(version.as_slice() >= [2, 11, 1].as_slice(), "{version:?}");
    }

    #[test]
    fn sr_40_no_dangerous_switch_is_on() {
        let text = fs::read_to_string(top().join("tauri.conf.json")).unwrap();
        let config: Value = serde_json::from_str(&text).unwrap();
        assert!(!text.contains("dangerous"));
        assert_eq!(config["app"]["withGlobalTauri"], false);
        assert_eq!(config["app"]["windows"], serde_json::json!([]));
        let manifest = fs::read_to_string(top().join("Cargo.toml")).unwrap();
        for kept_out in ["tauri-plugin-shell", "tauri-plugin-http", "tauri-plugin-fs"] {
            assert!(!manifest.contains(kept_out), "{kept_out}");
        }
    }

    #[test]
    fn sr_40_nothing_opens_the_developer_tools() {
        // Without the feature a release build has none; `tests/architecture.rs`
        // asks cargo that no crate turns it on.
        for (path, text) in sources() {
            for opener in ["open_devtools", "devtools("] {
                assert!(!text.contains(opener), "{} {opener}", path.display());
            }
        }
        for file in ["Cargo.toml", "tauri.conf.json", "src-tauri/build.rs"] {
            let text = fs::read_to_string(top().join(file)).unwrap();
            assert!(!text.to_lowercase().contains("devtools"), "{file}");
        }
    }

    #[test]
    fn sr_40_the_pattern_of_messages_is_the_one_that_was_decided() {
        let decision = "docs/decisions/0023-without-tauri-s-isolation-pattern.md";
        let decided = fs::read_to_string(top().join(decision)).unwrap();
        assert!(decided.contains("Status: in force."), "{decision}");
        let text = fs::read_to_string(top().join("tauri.conf.json")).unwrap();
        let config: Value = serde_json::from_str(&text).unwrap();
        assert!(config["app"]["security"].get("pattern").is_none());
        let manifest = fs::read_to_string(top().join("Cargo.toml")).unwrap();
        assert!(!manifest.contains("isolation"));
        // What the decision rests on: the policy that lets no script of others
        // in, and objects whose prototypes nobody can bend.
        assert_eq!(config["app"]["security"]["freezePrototype"], true);
        assert_eq!(config["app"]["security"]["csp"]["script-src"], "'self'");
    }

    #[test]
    fn sr_41_nothing_replaces_the_program_by_itself() {
        // Whoever brings an updater in brings the tests of its signatures along.
        for file in ["Cargo.toml", "Cargo.lock", "tauri.conf.json"] {
            let text = fs::read_to_string(top().join(file)).unwrap();
            assert!(!text.contains("updater"), "{file}");
        }
    }

    #[test]
    fn sr_44_no_code_of_ours_runs_in_a_signal_handler_or_after_a_crash() {
        // A handler cannot be installed without unsafe code.
        let manifest = fs::read_to_string(top().join("Cargo.toml")).unwrap();
        assert!(manifest.contains("unsafe_code = \"forbid\""));
        for (path, text) in sources() {
            for handler in ["set_hook", "signal_hook", "sigaction"] {
                assert!(!text.contains(handler), "{} {handler}", path.display());
            }
        }
    }

    #[test]
    fn sr_43_one_place_starts_programs() {
        // `handler.rs` has the tests that each of them has an absolute path.
        let starters: BTreeSet<_> = sources()
            .into_iter()
            .map(|(path, text)| (path.strip_prefix(top()).unwrap().to_owned(), text))
            .filter(|(path, text)| {
                let in_use = in_use(text);
                let for_tests = [
                    "/tests/",
                    "/benches/",
                    "/tests.rs",
                    "_tests.rs",
                    "crates/ews/src/operation/requests.rs",
                ]
                .iter()
                .any(|place| path.to_string_lossy().contains(place));
                let starts = [
                    "Command::new",
                    "process::Command",
                    "open::that",
                    "open::with",
                ]
                .iter()
                .any(|start| in_use.contains(start));
                starts && !for_tests
            })
            .map(|(path, _)| path)
            .collect();
        assert_eq!(
            starters,
            [PathBuf::from("crates/desktop/src/handler.rs")].into()
        );
    }

    #[test]
    fn what_a_window_is_told_comes_from_the_files_of_words() {
        // What the system is told in these before there are any words.
        let without_words = [
            "crates/desktop/src/folder.rs",
            "crates/desktop/src/settings.rs",
        ];
        let of_windows = [
            top().join("src-tauri/src"),
            top().join("crates/desktop/src"),
        ];
        for (path, text) in sources() {
            let name = path.to_string_lossy();
            let is_test = name.ends_with("tests.rs") || name.contains("/tests/");
            let passed_over = is_test || without_words.iter().any(|one| path.ends_with(one));
            if passed_over || !of_windows.iter().any(|folder| path.starts_with(folder)) {
                continue;
            }
            let in_use = in_use(&text);
            let code = in_use
                .lines()
                .filter(|line| !line.trim_start().starts_with("//"));
            for line in code {
                // Every second piece stands between quotes.
                let literals = line.split('"').skip(1).step_by(2);
                for literal in literals {
                    let sentence = literal.starts_with(|c: char| c.is_ascii_uppercase())
                        && literal.contains(' ')
                        && literal.ends_with('.');
                    assert!(!sentence, "{name}: {literal}");
                }
            }
        }
    }

    /// What stands in front of a file's own tests. A file of tests that is
    /// named at the top does not end it.
    fn in_use(text: &str) -> &str {
        let tests = text.find("#[cfg(test)]\nmod tests {");
        tests.map_or(text, |at| &text[..at])
    }

    #[test]
    fn only_a_module_of_tests_is_passed_over() {
        let product = "#[cfg(test)]\nmod tests;\n\nfn run() {}\n\n";
        let whole = format!("{product}#[cfg(test)]\nmod tests {{\n}}\n");
        assert_eq!(in_use(&whole), product);
        assert_eq!(in_use(product), product);
    }

    /// The program's sources, but for this file, which names what must not be.
    fn sources() -> Vec<(PathBuf, String)> {
        let mut folders = vec![top().join("src-tauri/src"), top().join("crates")];
        let mut read = Vec::new();
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else if path.extension().is_some_and(|name| name == "rs")
                    && !path.ends_with("src-tauri/src/bindings.rs")
                {
                    let text = fs::read_to_string(&path).unwrap();
                    read.push((path, text));
                }
            }
        }
        assert!(read.len() > 100, "only {} sources were read", read.len());
        read
    }
}
