//! Each trouble has its sentence.

use engine::ServiceFailure;

use super::*;
use crate::{folder::DataFolder, settings::JoinSettings, words::Language};

fn all() -> Vec<Trouble> {
    let seat = || Seat {
        host: "mail.example.org".to_owned(),
        user: "anna".to_owned(),
        source: Source::Exchange,
        way: Way::Password,
    };
    let server = [
        ServerTrouble::Credentials,
        ServerTrouble::NoTicket,
        ServerTrouble::NoCommonScheme,
        ServerTrouble::Certificate,
        ServerTrouble::Authority,
        ServerTrouble::Unreachable,
        ServerTrouble::NotEws,
        ServerTrouble::Unsupported,
        ServerTrouble::Failing,
        ServerTrouble::Throttled,
        ServerTrouble::Elsewhere,
        ServerTrouble::Refused,
        ServerTrouble::Service(ServiceFailure::Untrue),
        ServerTrouble::Service(ServiceFailure::Stale),
        ServerTrouble::Service(ServiceFailure::Empty),
        ServerTrouble::Service(ServiceFailure::KeysAway),
        ServerTrouble::Service(ServiceFailure::Clock),
    ];
    let keyring = [
        KeyringTrouble::Absent,
        KeyringTrouble::Locked,
        KeyringTrouble::Silent,
        KeyringTrouble::Refused,
        KeyringTrouble::Passphrase,
    ];
    let passphrase = [
        PassphraseTrouble::TooShort,
        PassphraseTrouble::Wrong,
        PassphraseTrouble::Taken,
        PassphraseTrouble::NotNeeded,
        PassphraseTrouble::Missing,
        PassphraseTrouble::Damaged,
        PassphraseTrouble::Newer,
        PassphraseTrouble::Memory,
        PassphraseTrouble::Disk,
    ];
    let host = || "meet.example.org".to_owned();
    let reason = || "permission denied".to_owned();
    let path = || PathBuf::from("/tmp/x");
    let mut all = vec![
        Trouble::Address {
            written: "x y".to_owned(),
        },
        Trouble::CaFile { path: path() },
        Trouble::ServiceAddress {
            written: "x y".to_owned(),
        },
        Trouble::NoCode,
        Trouble::AccountGone,
        Trouble::NoKerberos,
        Trouble::ServerUnnamed,
        Trouble::NoClientId,
        Trouble::NoAuthority { host: host() },
        Trouble::Authority {
            written: "x y".to_owned(),
        },
        Trouble::Browser { host: host() },
        Trouble::NotLasting { host: host() },
        Trouble::PasswordMissing(Seat {
            way: Way::Browser,
            ..seat()
        }),
        Trouble::Server(
            Seat {
                way: Way::Ticket,
                ..seat()
            },
            ServerTrouble::Credentials,
        ),
        Trouble::PasswordMissing(seat()),
        Trouble::Store { path: path() },
        Trouble::FolderTaken,
        Trouble::NoReport,
        Trouble::ReportNotCopied { reason: reason() },
        Trouble::TooLong { most: 4096 },
        Trouble::Ended,
        Trouble::MeetingGone,
        Trouble::ReminderGone,
        Trouble::NothingRings,
        Trouble::NoLink,
        Trouble::NoWebAddress,
        Trouble::LinkRefused { host: host() },
        Trouble::LinkChanged { host: host() },
        Trouble::UnknownHost { host: host() },
        Trouble::OpenFailed { host: host() },
        Trouble::CopyFailed,
        Trouble::MadeNotCopied,
        Trouble::NothingToUndo,
        Trouble::Setting(BadSetting::Minutes {
            lowest: 0,
            highest: 1440,
        }),
        Trouble::Setting(BadSetting::Room),
        Trouble::Setting(BadSetting::OneTimeRoom),
        Trouble::Setting(BadSetting::Shortcut("J".to_owned())),
        Trouble::Setting(BadSetting::SameShortcut("Ctrl+J".to_owned())),
        Trouble::Setting(BadSetting::ServicesFile),
        Trouble::Setting(BadSetting::Choice),
        Trouble::Setting(BadSetting::Long(2048)),
        Trouble::NobodyThere {
            who: "joe@acme.s".to_owned(),
        },
        Trouble::NoScheduling,
        Trouble::NoDemo,
        Trouble::NoOwnRoom,
        Trouble::NotYourMeeting,
        Trouble::WholeDays,
        Trouble::NotCertain,
        Trouble::ClocksDiffer {
            seat: seat(),
            minutes: 10,
        },
    ];
    let refusals = [
        Refusal::Gone,
        Refusal::NotOurs,
        Refusal::Moved,
        Refusal::OthersAsked,
        Refusal::WholeSeries,
        Refusal::Full,
        Refusal::Access,
        Refusal::TooLate,
        Refusal::NotKept,
        Refusal::Unreachable,
        Refusal::SignIn,
        Refusal::Failing,
        Refusal::AccountRemoved,
        Refusal::Other {
            code: "ErrorOfTheFuture".to_owned(),
        },
    ];
    let missing = [
        Missing::OnItsWay,
        Missing::Sent,
        Missing::Time,
        Missing::Over,
        Missing::Link,
        Missing::Somebody,
        Missing::Nameless,
        Missing::Change,
    ];
    let files = [
        FileTrouble::Homeless,
        FileTrouble::Unusable {
            path: path(),
            reason: reason(),
        },
        FileTrouble::Accounts {
            path: path(),
            reason: reason(),
        },
        FileTrouble::NewerAccounts {
            path: path(),
            version: 9,
        },
        FileTrouble::Settings { reason: reason() },
        FileTrouble::NewerSettings { version: 9 },
        FileTrouble::BadSetting(BadSetting::WorkHours),
        FileTrouble::Services {
            path: path(),
            reason: reason(),
        },
        FileTrouble::BadServices {
            path: path(),
            line: 3,
            reason: reason(),
        },
    ];
    all.extend(files.map(Trouble::File));
    all.extend(refusals.map(Trouble::NotDone));
    all.extend(missing.map(Trouble::NotReady));
    all.extend(server.map(|trouble| Trouble::Server(seat(), trouble)));
    all.extend(keyring.map(Trouble::Keyring));
    all.extend(passphrase.map(Trouble::Passphrase));
    all
}

#[test]
fn every_problem_is_one_sentence_in_every_language() {
    for language in Language::ALL {
        let words = Words::new(language);
        for trouble in all() {
            let text = trouble.text(&words);
            // What a room's template holds is meant to be shown.
            let text = text.replace("{id}", "");
            let sentence = text.ends_with('.') && !text.contains(['\n', '{', '$']);
            assert!(sentence, "{language:?} {trouble:?}: {text}");
            assert!(
                !text.starts_with("problem-"),
                "{language:?} {trouble:?}: {text}"
            );
        }
    }
}

#[test]
fn what_is_wrong_with_a_file_is_said_in_the_language_of_the_program() {
    let place = tempfile::tempdir().unwrap();
    let folder = DataFolder::open(Some(place.path().to_owned())).unwrap();
    let write = |name: &str, text: &str| std::fs::write(place.path().join(name), text).unwrap();
    write("accounts.toml", "version = 'x'");
    write("settings.toml", "version = 99");
    write(
        "services.toml",
        "[[service]]\nname = \"A\"\nhosts = [\"*.org\"]\n",
    );
    let troubles: [Trouble; 3] = [
        folder.accounts().unwrap_err().into(),
        folder.settings().1.unwrap().into(),
        folder.services(&JoinSettings::default()).1.unwrap().into(),
    ];
    let in_language = |language| troubles.clone().map(|one| one.text(&Words::new(language)));
    let [accounts, settings, services] = in_language(Language::ENGLISH);
    assert!(accounts.contains("accounts.toml: the list of accounts cannot be read ("));
    assert!(settings.contains("version 99, which is newer than this program"));
    assert!(services.contains("services.toml, line 3: "), "{services}");
    let [accounts, settings, services] = in_language(Language::SWEDISH);
    assert!(accounts.contains("accounts.toml: listan över konton går inte att läsa ("));
    assert!(settings.contains("version 99, som är nyare än det här programmet"));
    assert!(services.contains("services.toml, rad 3: "), "{services}");
}

#[test]
fn a_password_written_into_an_address_is_not_shown_again() {
    let shown = |written: &str| {
        let trouble = Trouble::Address {
            written: written.to_owned(),
        };
        trouble.text(&Words::new(Language::ENGLISH))
    };
    let text = shown("https://anna:p@ss@mail.example.org/EWS");
    assert!(text.contains("“https://…@mail.example.org/EWS”"), "{text}");
    let text = shown("anna:secret@mail.example.org");
    assert!(text.contains("“…@mail.example.org”"), "{text}");
    let text = shown("http://mail.example.org/a@b");
    assert!(text.contains("“http://mail.example.org/a@b”"), "{text}");
}

#[test]
fn a_problem_with_a_server_names_the_server() {
    let words = Words::new(Language::ENGLISH);
    for trouble in all() {
        if let Trouble::Server(seat, _) = &trouble {
            assert!(trouble.text(&words).contains(&seat.host));
        }
    }
}
