//! The same for an account that reads from a hybrid service.

pub use engine::remote::checkup::{Cause, Question, Report, Step, StepKind, examine};
use engine::remote::device::Device;

use crate::{
    account::{Source, service},
    problem::{Seat, Trouble},
    session::{Secret, Setup, secret_of},
    view::{Problem, ProblemCode},
    words::Words,
};

/// What is to be looked at for the mailbox of `address`: its account that
/// reads from a hybrid service, or the service at `named`, where this device
/// need not be added. `None` where there is neither.
pub async fn question(
    setup: &Setup,
    address: &str,
    named: Option<&str>,
    words: &Words,
) -> Result<Option<Question>, Problem> {
    let named = match named {
        Some(written) => Some(service(written).ok_or_else(|| {
            let written = written.to_owned();
            Trouble::ServiceAddress { written }.problem(words)
        })?),
        None => None,
    };
    // Whoever has no list yet has no such account.
    let accounts = setup.folder.accounts();
    let accounts = accounts.map(|accounts| accounts.list).unwrap_or_default();
    let account = accounts.into_iter().find(|account| {
        account.source == Source::Service
            && account.user.eq_ignore_ascii_case(address.trim())
            && named.as_ref().is_none_or(|named| *named == account.server)
    });
    let Some(account) = account else {
        return Ok(named.map(|service| Question {
            service,
            ca_file: None,
            device: None,
        }));
    };
    let kept = secret_of(setup, &account).await;
    let device = match kept.map_err(|trouble| trouble.problem(words))? {
        Secret::Device(text) => Device::read(&text).ok(),
        Secret::Password(_) | Secret::Ticket | Secret::Tokens(..) => None,
    };
    let Some(device) = device else {
        return Err(Trouble::PasswordMissing(Seat::from(&account)).problem(words));
    };
    Ok(Some(Question {
        service: account.server,
        ca_file: account.ca_file,
        device: Some(device),
    }))
}

/// What a step is called.
pub fn step(kind: StepKind, words: &Words) -> String {
    match kind {
        StepKind::Address => words.text("doctor-service-address"),
        StepKind::Connection => words.text("doctor-connection"),
        StepKind::Service => words.text("doctor-service"),
        StepKind::Keys => words.text("doctor-keys"),
        StepKind::Device => words.text("doctor-device"),
        StepKind::Release => words.text("doctor-release"),
        StepKind::Meetings => words.text("doctor-meetings"),
        StepKind::Connector => words.text("doctor-connector"),
    }
}

/// The likely cause and what to do about it, in a sentence.
pub fn advice(cause: Cause, report: &Report, words: &Words) -> String {
    let key = match cause {
        Cause::Setup => "doctor-cause-service-setup",
        Cause::Unreachable => "doctor-cause-unreachable",
        Cause::Certificate | Cause::KeysCertificate => "doctor-cause-certificate",
        Cause::NotService => "doctor-cause-not-service",
        Cause::Busy => "doctor-cause-busy",
        Cause::OtherConnector => "doctor-cause-other-connector",
        Cause::KeysAway => "doctor-cause-keys-away",
        Cause::Clock => "doctor-cause-clock",
        Cause::Device => "doctor-cause-device",
        Cause::NoKeys => "doctor-cause-no-keys",
        Cause::Impostor => "doctor-cause-impostor",
        Cause::Untrue => "doctor-cause-untrue",
        Cause::Empty => "doctor-cause-empty",
        Cause::Stale => "doctor-cause-stale",
        Cause::Server => "doctor-cause-server",
    };
    let of_keys = matches!(
        cause,
        Cause::KeysCertificate | Cause::KeysAway | Cause::NoKeys | Cause::Impostor
    );
    let keys = report.keys.as_ref().filter(|_| of_keys);
    let host = keys.unwrap_or(&report.service);
    words.with(key, [("host", host.as_str().into())])
}

/// The class of a cause, for exit codes.
pub fn code(cause: Cause) -> ProblemCode {
    match cause {
        Cause::Device | Cause::NoKeys | Cause::OtherConnector => ProblemCode::Credentials,
        Cause::Unreachable | Cause::Busy | Cause::KeysAway | Cause::Stale | Cause::Clock => {
            ProblemCode::Unreachable
        }
        Cause::Certificate | Cause::KeysCertificate | Cause::Setup => ProblemCode::Certificate,
        Cause::NotService => ProblemCode::Server,
        Cause::Empty => ProblemCode::Gone,
        Cause::Impostor | Cause::Untrue | Cause::Server => ProblemCode::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::Language;

    #[test]
    fn every_cause_and_every_step_has_its_words_in_every_language() {
        for language in Language::ALL {
            let words = Words::new(language);
            for cause in Cause::ALL {
                let report = Report {
                    steps: Vec::new(),
                    service: "joinbell.example.org".to_owned(),
                    keys: Some("keys.example.org".to_owned()),
                    cause: Some(cause),
                };
                let sentence = advice(cause, &report, &words);
                assert!(sentence.ends_with('.'), "{cause:?}: {sentence}");
                assert!(!sentence.contains("doctor-"), "{cause:?}: {sentence}");
                assert!(!sentence.contains('{'), "{cause:?}: {sentence}");
                assert!(sentence.contains("example.org"), "{cause:?}: {sentence}");
            }
            for kind in StepKind::ALL {
                assert!(!step(kind, &words).contains("doctor-"), "{kind:?}");
            }
        }
    }
}
