//! A combination of keys that works while other programs have the focus, as
//! people write it: `Ctrl+Alt+J`.

use std::{collections::BTreeSet, fmt, str::FromStr};

/// Modifiers and one key.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Shortcut {
    held: BTreeSet<Modifier>,
    key: String,
}

/// A key that is held, in the order in which they are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Modifier {
    Control,
    Alt,
    Shift,
    /// The Windows key, or Command on a Mac.
    System,
}

/// The text names no combination that can be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoShortcut;

impl Modifier {
    fn named(text: &str) -> Option<Self> {
        match text.to_ascii_lowercase().as_str() {
            "ctrl" | "control" => Some(Self::Control),
            "alt" | "option" => Some(Self::Alt),
            "shift" => Some(Self::Shift),
            "super" | "win" | "cmd" | "command" => Some(Self::System),
            _ => None,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Control => "Ctrl",
            Self::Alt => "Alt",
            Self::Shift => "Shift",
            Self::System => "Super",
        }
    }
}

impl FromStr for Shortcut {
    type Err = NoShortcut;

    /// Modifiers in any order and any case, then one letter, digit or function
    /// key. Without Ctrl, Alt or the system key it would take a key from
    /// typing; a function key may stand alone.
    fn from_str(text: &str) -> Result<Self, NoShortcut> {
        let mut parts: Vec<&str> = text.split('+').map(str::trim).collect();
        let key = parts.pop().and_then(key).ok_or(NoShortcut)?;
        let mut held = BTreeSet::new();
        for part in parts {
            if !held.insert(Modifier::named(part).ok_or(NoShortcut)?) {
                return Err(NoShortcut);
            }
        }
        let types = key.len() == 1 && held.iter().all(|one| *one == Modifier::Shift);
        if types {
            return Err(NoShortcut);
        }
        Ok(Self { held, key })
    }
}

/// A letter, a digit, or `F1` to `F24`.
fn key(part: &str) -> Option<String> {
    let upper = part.to_ascii_uppercase();
    let single = upper.len() == 1 && upper.chars().all(|c| c.is_ascii_alphanumeric());
    let function = upper
        .strip_prefix('F')
        .filter(|number| !number.starts_with(['0', '+']))
        .and_then(|number| number.parse::<u8>().ok())
        .is_some_and(|number| (1..=24).contains(&number));
    (single || function).then_some(upper)
}

impl fmt::Display for Shortcut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for modifier in &self.held {
            write!(f, "{}+", modifier.name())?;
        }
        f.write_str(&self.key)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("ctrl+alt+j", "Ctrl+Alt+J")]
    #[case(" Alt + Control + 7 ", "Ctrl+Alt+7")]
    #[case("Cmd+Shift+m", "Shift+Super+M")]
    #[case("f12", "F12")]
    #[case("Shift+F1", "Shift+F1")]
    fn a_combination_is_taken_as_people_write_it(#[case] written: &str, #[case] shown: &str) {
        assert_eq!(written.parse::<Shortcut>().unwrap().to_string(), shown);
    }

    #[rstest]
    #[case("")]
    #[case("j")]
    #[case("Shift+J")]
    #[case("Ctrl")]
    #[case("Ctrl+Ctrl+J")]
    #[case("Ctrl+J+K")]
    #[case("Ctrl+J+")]
    #[case("Ctrl+Å")]
    #[case("F0")]
    #[case("F25")]
    #[case("Ctrl+F+1")]
    fn what_would_take_a_key_from_typing_or_is_none_is_refused(#[case] written: &str) {
        assert_eq!(written.parse::<Shortcut>(), Err(NoShortcut));
    }

    proptest! {
        #[test]
        fn whatever_is_understood_reads_the_same_again(text in "[A-Za-z0-9+ ]{0,24}") {
            if let Ok(shortcut) = text.parse::<Shortcut>() {
                prop_assert_eq!(shortcut.to_string().parse::<Shortcut>(), Ok(shortcut));
            }
        }
    }
}
