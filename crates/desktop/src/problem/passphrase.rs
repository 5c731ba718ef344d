//! The passphrase in the place of a keyring, in words.

use vault::passphrase::SHORTEST;

use crate::words::Words;

/// What is wrong with a passphrase, or with the file that it closes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PassphraseTrouble {
    /// It is too short to be chosen.
    TooShort,
    /// It is another one.
    Wrong,
    /// One was chosen already.
    Taken,
    /// There is a keyring.
    NotNeeded,
    /// None was chosen.
    Missing,
    /// The file is of no use any more.
    Damaged,
    /// A later version has written the file.
    Newer,
    /// The computer has too little memory to try it.
    Memory,
    /// The file cannot be read or written.
    Disk,
}

impl PassphraseTrouble {
    pub(super) fn text(self, words: &Words) -> String {
        let key = match self {
            Self::TooShort => {
                let least = i64::try_from(SHORTEST).unwrap_or(i64::MAX);
                return words.with("problem-passphrase-short", [("least", least.into())]);
            }
            Self::Wrong => "problem-passphrase-wrong",
            Self::Taken => "problem-passphrase-taken",
            Self::NotNeeded => "problem-passphrase-not-needed",
            Self::Missing => "problem-passphrase-missing",
            Self::Damaged => "problem-passphrase-damaged",
            Self::Newer => "problem-passphrase-newer",
            Self::Memory => "problem-passphrase-memory",
            Self::Disk => "problem-passphrase-disk",
        };
        words.text(key)
    }
}
