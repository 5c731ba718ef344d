//! Adding this device at a hybrid service, in the user's words: the address of
//! the service, the code from the own calendar, done.

use engine::remote::enrol::NotAdded;
use vault::{hybrid::enrolment::Refusal, remote::RemoteError};

use crate::{
    Session,
    redaction::Redaction,
    view::{AccountView, FailureView, Problem, ProblemCode, ServiceForm},
};

/// The sentence for a device that was not added.
pub(crate) fn key(not_added: &NotAdded) -> &'static str {
    match not_added {
        NotAdded::Service(RemoteError::Unusable(..)) => "problem-authority",
        NotAdded::Service(RemoteError::Untrusted(_)) => "problem-certificate",
        NotAdded::Service(RemoteError::Away(_)) => "problem-unreachable",
        NotAdded::Service(RemoteError::Busy(_)) | NotAdded::Code(Refusal::TooMany) => {
            "problem-code-busy"
        }
        NotAdded::Service(
            RemoteError::Garbled(_)
            | RemoteError::TooLong(_)
            | RemoteError::Clock(_)
            | RemoteError::Unknown(_)
            | RemoteError::Refused(_)
            | RemoteError::Absent(_),
        ) => "problem-no-service",
        NotAdded::Service(RemoteError::Impostor(_)) | NotAdded::Code(Refusal::Impostor) => {
            "problem-code-impostor"
        }
        NotAdded::Code(Refusal::WrongCode) => "problem-code-wrong",
        NotAdded::Code(Refusal::NoCode) => "problem-code-over",
        NotAdded::Code(Refusal::Calendar) => "problem-code-calendar",
        NotAdded::Code(Refusal::NotTaken) => "problem-code-not-taken",
        NotAdded::WhichOrganization(_) => "problem-which-organization",
        NotAdded::NoOrganization(_) => "problem-no-organization",
        NotAdded::Silent => "problem-connector-silent",
    }
}

/// What a window can do about it.
pub(crate) fn code(not_added: &NotAdded) -> ProblemCode {
    match not_added {
        NotAdded::Service(RemoteError::Unusable(..) | RemoteError::Untrusted(_)) => {
            ProblemCode::Certificate
        }
        NotAdded::Service(RemoteError::Away(_) | RemoteError::Busy(_))
        | NotAdded::Code(Refusal::TooMany | Refusal::Calendar | Refusal::NotTaken)
        | NotAdded::Silent => ProblemCode::Unreachable,
        NotAdded::Code(Refusal::WrongCode | Refusal::NoCode) => ProblemCode::Credentials,
        NotAdded::Service(_) | NotAdded::WhichOrganization(_) | NotAdded::NoOrganization(_) => {
            ProblemCode::Server
        }
        NotAdded::Code(Refusal::Impostor) => ProblemCode::Other,
    }
}

/// As the set-up window shows it; the report names nobody.
fn failure(problem: Problem, private: &[&str]) -> FailureView {
    let report = format!(
        "Joinbell {}\n{} {}\n{}\n",
        env!("CARGO_PKG_VERSION"),
        std::env::consts::OS,
        std::env::consts::ARCH,
        problem.text
    );
    FailureView {
        code: problem.code,
        report: Redaction::new(private).keeping_hosts().clean(&report),
        text: problem.text,
        advice: String::new(),
        trust: None,
    }
}

impl Session {
    /// [`Session::ask_for_code`] for the set-up window.
    pub async fn request_code(&self, form: ServiceForm) -> Result<(), Box<FailureView>> {
        let private = [form.address.clone(), form.ca_file.clone()];
        let asked = self.ask_for_code(form).await;
        asked.map_err(|problem| Box::new(failure(problem, &private.each_ref().map(String::as_str))))
    }

    /// [`Session::add_device`] for the set-up window.
    pub async fn enrol(&self, code: &str) -> Result<AccountView, Box<FailureView>> {
        let added = self.add_device(code).await;
        added.map_err(|problem| Box::new(failure(problem, &[code])))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        account::{Source, Way},
        problem::{Seat, Trouble},
        words::{Language, Words},
    };

    #[test]
    fn each_failure_is_one_sentence_that_says_where_or_what_to_do() {
        let host = || "joinbell.example.org".to_owned();
        let seat = || Seat {
            source: Source::Service,
            way: Way::Password,
            host: host(),
            user: "anna@example.org".to_owned(),
        };
        let services = [
            RemoteError::Unusable(host(), "why".to_owned()),
            RemoteError::Away(host()),
            RemoteError::Untrusted(host()),
            RemoteError::Unknown(host()),
            RemoteError::Clock(host()),
            RemoteError::Refused(host()),
            RemoteError::Absent(host()),
            RemoteError::Busy(host()),
            RemoteError::Garbled(host()),
            RemoteError::Impostor(host()),
        ];
        let codes = [
            Refusal::NoCode,
            Refusal::WrongCode,
            Refusal::TooMany,
            Refusal::Calendar,
            Refusal::NotTaken,
            Refusal::Impostor,
        ];
        let all = services
            .map(NotAdded::Service)
            .into_iter()
            .chain(codes.map(NotAdded::Code))
            .chain([
                NotAdded::WhichOrganization(host()),
                NotAdded::NoOrganization(host()),
                NotAdded::Silent,
            ]);
        for not_added in all {
            for language in Language::ALL {
                let words = Words::new(language);
                let text = Trouble::NotAdded(seat(), not_added.clone()).text(&words);
                assert!(text.ends_with('.') && !text.contains('\n'), "{text}");
                assert!(!text.starts_with("problem-"), "{text}");
                assert!(!text.contains('{'), "{text}");
            }
        }
    }
}
