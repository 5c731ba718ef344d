//! How the program ends (docs/cli.md).

use std::process::ExitCode;

use desktop::view::{Problem, ProblemCode};

/// A failure with its sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Failure {
    /// The exit code.
    pub(crate) code: u8,
    /// One sentence for standard error.
    pub(crate) sentence: String,
}

impl Failure {
    /// A failure that has no code of its own.
    pub(crate) fn other(sentence: impl Into<String>) -> Self {
        Self {
            code: 1,
            sentence: sentence.into(),
        }
    }

    /// A failure with the code of a class of problems.
    pub(crate) fn of(problem: ProblemCode, sentence: String) -> Self {
        Self {
            code: code(problem),
            sentence,
        }
    }

    /// For [`ExitCode`].
    pub(crate) fn exit_code(&self) -> ExitCode {
        ExitCode::from(self.code)
    }
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        Self::of(problem.code, problem.text)
    }
}

fn code(problem: ProblemCode) -> u8 {
    match problem {
        ProblemCode::NoRoom | ProblemCode::Other => 1,
        ProblemCode::Credentials => 3,
        ProblemCode::Unreachable => 4,
        ProblemCode::Certificate => 5,
        ProblemCode::Server => 6,
        ProblemCode::Keyring | ProblemCode::NoKeyring | ProblemCode::Passphrase => 7,
        ProblemCode::Gone => 8,
        ProblemCode::Link | ProblemCode::Doubt => 9,
    }
}
