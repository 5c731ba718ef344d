//! What an administrator is given is taken by the programs: the settings, the
//! units, and every command that the documents name.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test ends where a step fails")]

use std::{
    collections::BTreeSet,
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use crate::stage::{Place, binary};

const PROGRAMS: [&str; 2] = ["service", "keys"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap()
}

/// The files of an installation, in a folder of their own.
struct Installed(Place);

impl Installed {
    fn new() -> Self {
        let place = Place::new();
        fs::create_dir(place.file("credentials")).unwrap();
        fs::rename(place.file("server.key"), place.file("credentials/tls-key")).unwrap();
        let url = "postgres://joinbell:canary-word@nowhere:port/joinbell\n";
        fs::write(place.file("credentials/database-url"), url).unwrap();
        let installed = Self(place);
        for name in ["tls-key", "database-url"] {
            installed.rights(&format!("credentials/{name}"), 0o440);
        }
        installed
    }

    fn rights(&self, file: &str, mode: u32) {
        let rights = fs::Permissions::from_mode(mode);
        fs::set_permissions(self.0.file(file), rights).unwrap();
    }

    /// What the program says of settings whose paths are those of the folder.
    fn check(&self, program: &str, settings: &str) -> Output {
        let at = |file: &str| self.0.file(file).display().to_string();
        let settings = settings
            .replace(&format!("/etc/joinbell/{program}.pem"), &at("server.pem"))
            .replace(&format!("/var/lib/joinbell-{program}"), &at(""))
            .replace("0.0.0.0", "127.0.0.1");
        let file = self.0.file("installed.toml");
        fs::write(&file, settings).unwrap();
        Command::new(binary())
            .args([program, "--config"])
            .arg(&file)
            .arg("--check")
            .env("CREDENTIALS_DIRECTORY", self.0.file("credentials"))
            .output()
            .unwrap()
    }
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned() + &String::from_utf8_lossy(&output.stdout)
}

/// The settings with what is only shown in them, each table of it in the
/// place of the one that it can take.
fn with_what_is_shown(settings: &str) -> Vec<String> {
    let shown: Vec<&str> = settings
        .split("\n\n")
        .filter(|part| part.contains("\n# [") || part.starts_with("# ["))
        .collect();
    let each = shown.iter().map(|part| {
        let lines = part.lines().map(|line| line.trim_start_matches("# "));
        let table: Vec<&str> = lines.skip_while(|line| !line.starts_with('[')).collect();
        let others = settings
            .split("\n\n")
            .filter(|other| !other.lines().any(|line| line == table[0]));
        let others: Vec<&str> = others.collect();
        format!("{}\n\n{}\n", others.join("\n\n"), table.join("\n"))
    });
    each.collect()
}

#[test]
fn the_settings_that_are_given_work_with_credentials_as_systemd_gives_them() {
    for program in PROGRAMS {
        let installed = Installed::new();
        let settings = read(&format!("deploy/{program}.toml"));
        let checked = installed.check(program, &settings);
        assert!(checked.status.success(), "{program}: {}", said(&checked));
        assert!(said(&checked).contains("the configuration works"));
        let unknown = settings.replace("[listen]\n", "[listen]\nno_such_option = 1\n");
        let refused = said(&installed.check(program, &unknown));
        assert!(refused.contains("no_such_option"), "{program}: {refused}");
    }
}

#[test]
fn what_the_settings_only_show_is_known_to_the_programs() {
    for (program, tables) in [("service", 2), ("keys", 3)] {
        let installed = Installed::new();
        let all = with_what_is_shown(&read(&format!("deploy/{program}.toml")));
        assert_eq!(all.len(), tables, "{program}");
        for settings in all {
            let checked = installed.check(program, &settings);
            let said = said(&checked);
            // There is neither such a server nor such a keyring here.
            let only_away = said.contains("PostgreSQL at nowhere:port") || said.contains("keyring");
            assert!(checked.status.success() || only_away, "{said}\n{settings}");
            assert!(!said.contains("canary-word"), "{said}");
        }
    }
}

#[test]
fn a_url_that_others_may_read_is_refused_and_systemds_copy_of_it_is_not() {
    let installed = Installed::new();
    let shown = with_what_is_shown(&read("deploy/service.toml"));
    let postgres = shown.iter().find(|one| one.contains("postgres")).unwrap();
    let said_of = |settings: &str| said(&installed.check("service", settings));
    assert!(
        said_of(postgres).contains("PostgreSQL at nowhere:port"),
        "it was read"
    );
    installed.rights("credentials/database-url", 0o444);
    assert!(said_of(postgres).contains("can be read by others"));
    // Elsewhere the group is others as well.
    let elsewhere = installed.0.file("database-url");
    fs::rename(installed.0.file("credentials/database-url"), &elsewhere).unwrap();
    let named = postgres.replace(
        "$CREDENTIALS_DIRECTORY/database-url",
        elsewhere.to_str().unwrap(),
    );
    installed.rights("database-url", 0o440);
    assert!(said_of(&named).contains("can be read by others"));
    installed.rights("database-url", 0o400);
    assert!(said_of(&named).contains("PostgreSQL at nowhere:port"));
}

#[test]
fn units_pass_systemds_own_look_and_name_what_the_settings_need() {
    for program in PROGRAMS {
        let unit = read(&format!("deploy/joinbell-{program}.service"));
        for (line, settings) in unit.lines().filter_map(|line| {
            let name = line.strip_prefix("LoadCredential=")?.split(':').next()?;
            Some((line, format!("$CREDENTIALS_DIRECTORY/{name}\"")))
        }) {
            let taken = read(&format!("deploy/{program}.toml")).contains(&settings);
            assert!(taken, "{line} is not used");
        }
        for name in ["tls-key", "database-url"] {
            assert!(unit.contains(&format!("\nLoadCredential={name}:/etc/joinbell/")));
        }
        assert!(!unit.contains("User=root"), "{program}");
        let files = unit
            .lines()
            .find_map(|line| line.strip_prefix("LimitNOFILE="));
        let files: u32 = files.unwrap().parse().unwrap();
        let connections = cloud::config::Limits::default().connections.get();
        assert!(files >= 2 * connections, "{program} may open {files} files");
    }
    let folder = tempfile::tempdir().unwrap();
    let mut verify = Command::new("systemd-analyze");
    verify.args(["verify", "--man=no"]);
    for name in ["service", "keys", "connector"] {
        let name = format!("joinbell-{name}.service");
        // The programs are not installed here.
        let given = read(&format!("deploy/{name}"));
        let lines = given
            .lines()
            .map(|line| match line.split_once("=/usr/bin/") {
                Some((what, _)) => format!("{what}=/bin/true\n"),
                None => format!("{line}\n"),
            });
        let unit: String = lines.collect();
        fs::write(folder.path().join(&name), unit).unwrap();
        verify.arg(folder.path().join(&name));
    }
    match verify.output() {
        Ok(output) => {
            let said = said(&output);
            assert!(output.status.success() && said.is_empty(), "{said}");
        }
        Err(error) => println!("skipped: systemd-analyze cannot be run ({error})"),
    }
}

/// No image is built here: what it is made of is looked at.
#[test]
fn containers_have_the_folders_and_secrets_that_the_settings_name() {
    let image = read("deploy/cloud.Containerfile");
    for program in PROGRAMS {
        let settings = read(&format!("deploy/{program}.toml"));
        let folder = format!("/var/lib/joinbell-{program}");
        assert!(settings.contains(&folder));
        let made = image.lines().find(|line| line.contains("install -d"));
        assert!(made.unwrap().contains(&folder), "{folder} is not made");
        let volumes = image.lines().find(|line| line.starts_with("VOLUME"));
        assert!(volumes.unwrap().contains(&folder), "{folder} is no volume");
    }
    // What is made before the first run has to be there in it: the same volume
    // stands in both lines, which are the same.
    let commands = [&image, &read("docs/HYBRID.md")].map(|text| {
        let lines = text.replace("\\\n#    ", "").replace("\\\n", "");
        let made = lines
            .lines()
            .find(|line| line.contains("podman run") && line.ends_with("keys.toml initialize"));
        let made = made.expect("a container that makes the master key");
        assert!(
            made.contains(" --volume joinbell-keys:/var/lib/joinbell-keys "),
            "{made}"
        );
        let words = made.split_whitespace().filter(|word| *word != "#");
        words.map(str::to_owned).collect::<Vec<String>>()
    });
    assert_eq!(commands[0], commands[1]);
    let manifest = read("Cargo.toml");
    let wanted = manifest
        .lines()
        .find_map(|line| line.strip_prefix("rust-version = "));
    let wanted = wanted.unwrap().trim_matches('"');
    for (file, program) in [
        ("cloud", "joinbell-cloud"),
        ("connector", "joinbell-connector"),
    ] {
        let image = read(&format!("deploy/{file}.Containerfile"));
        assert!(
            image.contains("\nENV CREDENTIALS_DIRECTORY=/run/secrets\n"),
            "{file}"
        );
        assert!(image.contains("\nUSER joinbell"), "{file} runs as root");
        assert!(image.contains(&format!("/source/target/release/{program} /usr/bin/")));
        let manifest = read(&format!("crates/{file}/Cargo.toml"));
        assert!(
            manifest.contains(&format!("name = \"{program}\"")),
            "{program}"
        );
        let tag = image
            .split("/rust:")
            .nth(1)
            .and_then(|rest| rest.split('-').next());
        assert!(
            tag == Some("1") || tag == Some(wanted),
            "Rust {tag:?}, {wanted} is needed"
        );
    }
}

/// What a program says of itself, with all its commands.
fn help() -> String {
    let ask = |arguments: &[&str]| {
        let mut command = Command::new(binary());
        said(&command.args(arguments).arg("--help").output().unwrap())
    };
    let mut all = String::new();
    for program in PROGRAMS {
        let own = ask(&[program]);
        let commands = own.split("Commands:\n").nth(1).unwrap();
        let commands: Vec<&str> = commands
            .lines()
            .take_while(|line| !line.is_empty())
            .filter_map(|line| line.split_whitespace().next())
            .collect();
        for command in commands {
            all += &ask(&[program, "--config", "none", command]);
        }
        all += &own;
    }
    all
}

#[test]
fn every_command_and_option_that_documents_name_exists() {
    let help = help();
    let known: BTreeSet<&str> = help
        .split(|c: char| !(c.is_ascii_alphanumeric() || c == '-'))
        .collect();
    let mut named = 0;
    for file in [
        "docs/HYBRID.md",
        "docs/HYBRID-CONNECTOR.md",
        "docs/OPERATING.md",
        "deploy/joinbell-service.service",
        "deploy/joinbell-keys.service",
        "deploy/cloud.Containerfile",
    ] {
        for line in read(file).lines() {
            // The pages write `as service` for it where they have said how.
            let calls = ["joinbell-cloud ", "`as "].map(|call| line.split(call).skip(1));
            for called in calls.into_iter().flatten() {
                // Up to the end of the command.
                let called = called.split(['`', '\'', '|', '(']).next().unwrap();
                let mut words = called.split_whitespace();
                if !words.next().is_some_and(|word| PROGRAMS.contains(&word)) {
                    continue;
                }
                let words: Vec<&str> = words.collect();
                let is_command = |word: &&str| {
                    let of_a_command = |c: char| c.is_ascii_lowercase() || c == '-';
                    word.starts_with("--") || word.contains('-') && word.chars().all(of_a_command)
                };
                for word in words.iter().filter(|word| is_command(word)) {
                    named += 1;
                    assert!(known.contains(word), "{file}: {word} of {called:?}");
                }
            }
        }
    }
    assert!(named > 10, "{named} were looked at");
}
