//! A keyring in trouble, in words.

/// What is wrong with the keyring.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyringTrouble {
    /// There is none.
    Absent,
    /// It is locked.
    Locked,
    /// It does not answer in time.
    Silent,
    /// It answers with a failure of its own.
    Refused,
    /// There is none, and what is kept in its place waits for its passphrase.
    Passphrase,
}

impl KeyringTrouble {
    pub(super) fn key(self) -> &'static str {
        match self {
            Self::Absent => "problem-keyring-absent",
            Self::Locked => "problem-keyring-locked",
            Self::Silent => "problem-keyring-silent",
            Self::Refused => "problem-keyring-refused",
            Self::Passphrase => "problem-keyring-passphrase",
        }
    }
}
