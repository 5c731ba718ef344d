//! The words of the program, one Fluent file per language.

use std::fmt;

use fluent_bundle::{FluentArgs, FluentResource, FluentValue, concurrent::FluentBundle};
use serde::{Deserialize, Serialize};
use unic_langid::LanguageIdentifier;

/// A language the program speaks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Language {
    /// English.
    #[default]
    #[serde(rename = "en")]
    English,
    /// Swedish.
    #[serde(rename = "sv")]
    Swedish,
}

impl Language {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::English, Self::Swedish];

    /// ISO 639 code.
    pub fn code(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Swedish => "sv",
        }
    }

    /// What its speakers call it.
    pub fn own_name(self) -> &'static str {
        match self {
            Self::English => "English",
            Self::Swedish => "Svenska",
        }
    }

    /// The language of a locale name such as `sv-SE` or `sv_SE.UTF-8`;
    /// English where the program does not speak it.
    pub fn of_locale(name: &str) -> Self {
        let code = name.split(['-', '_', '.', '@']).next().unwrap_or_default();
        Self::ALL
            .into_iter()
            .find(|language| language.code().eq_ignore_ascii_case(code))
            .unwrap_or_default()
    }

    /// The Fluent text with this language's words.
    pub fn source(self) -> &'static str {
        match self {
            Self::English => include_str!("../words/en.ftl"),
            Self::Swedish => include_str!("../words/sv.ftl"),
        }
    }
}

/// The words of one language.
pub struct Words {
    language: Language,
    bundle: FluentBundle<FluentResource>,
}

impl fmt::Debug for Words {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Words").field(&self.language).finish()
    }
}

impl Words {
    /// The words of `language`.
    pub fn new(language: Language) -> Self {
        let id: LanguageIdentifier = language.code().parse().unwrap_or_default();
        let mut bundle = FluentBundle::new_concurrent(vec![id]);
        // The texts are shown one by one; marks of direction around every
        // placeholder would end up in notifications and in the terminal.
        bundle.set_use_isolating(false);
        let resource = match FluentResource::try_new(language.source().to_owned()) {
            Ok(resource) | Err((resource, _)) => resource,
        };
        bundle.add_resource_overriding(resource);
        Self { language, bundle }
    }

    /// Which language these are.
    pub fn language(&self) -> Language {
        self.language
    }

    /// The text of `key`.
    pub fn text(&self, key: &str) -> String {
        self.with(key, [])
    }

    /// The text of `key` with values put in. A key that no file has is shown
    /// as itself; the tests keep that from happening.
    pub fn with<const N: usize>(
        &self,
        key: &str,
        values: [(&'static str, FluentValue<'_>); N],
    ) -> String {
        let Some(pattern) = self
            .bundle
            .get_message(key)
            .and_then(|message| message.value())
        else {
            return key.to_owned();
        };
        let arguments: FluentArgs<'_> = values.into_iter().collect();
        let mut trouble = Vec::new();
        self.bundle
            .format_pattern(pattern, Some(&arguments), &mut trouble)
            .into_owned()
    }
}

#[cfg(test)]
mod tests {
    use std::{
        collections::{BTreeMap, BTreeSet},
        fs,
        path::Path,
    };

    use super::*;

    /// Every key with the placeholders its text names.
    fn keys(language: Language) -> BTreeMap<String, BTreeSet<String>> {
        let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        let mut key = None;
        for line in language.source().lines() {
            if line.starts_with(|c: char| c.is_ascii_lowercase()) {
                key = line.split_once('=').map(|(name, _)| name.trim().to_owned());
            } else if !line.starts_with(' ') {
                key = None;
            }
            if let Some(key) = &key {
                let names = line.split('$').skip(1).map(|rest| {
                    rest.chars()
                        .take_while(|c| c.is_alphanumeric() || *c == '_')
                        .collect()
                });
                found.entry(key.clone()).or_default().extend(names);
            }
        }
        found
    }

    #[test]
    fn every_file_is_well_formed() {
        for language in Language::ALL {
            let read = FluentResource::try_new(language.source().to_owned());
            assert!(
                read.is_ok(),
                "{language:?}: {:?}",
                read.err().map(|(_, errors)| errors)
            );
        }
    }

    #[test]
    fn every_language_has_the_same_keys_with_the_same_placeholders() {
        assert_eq!(keys(Language::English), keys(Language::Swedish));
        assert!(keys(Language::English).len() > 50);
    }

    #[test]
    fn every_key_the_program_asks_for_is_there() {
        fn visit(folder: &Path, known: &BTreeMap<String, BTreeSet<String>>, asked: &mut usize) {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    visit(&path, known, asked);
                    continue;
                }
                let source = fs::read_to_string(&path).unwrap();
                for call in ["text", "with"] {
                    for rest in source.split(&format!(".{call}(")).skip(1) {
                        let Some(rest) = rest.trim_start().strip_prefix('"') else {
                            continue;
                        };
                        let key = rest.split('"').next().unwrap_or_default();
                        *asked += 1;
                        assert!(known.contains_key(key), "{}: {key}", path.display());
                    }
                }
            }
        }
        let mut asked = 0;
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        visit(&root, &keys(Language::English), &mut asked);
        assert!(
            asked > 20,
            "only {asked} uses found: the test no longer sees how words are asked for"
        );
    }

    #[test]
    fn numbers_choose_the_plural_of_the_language() {
        let words = Words::new(Language::Swedish);
        assert_eq!(
            words.with("people-count", [("count", 1.into())]),
            "1 person"
        );
        assert_eq!(
            words.with("people-count", [("count", 6.into())]),
            "6 personer"
        );
    }

    #[test]
    fn a_locale_the_program_does_not_speak_gives_english() {
        assert_eq!(Language::of_locale("sv_SE.UTF-8"), Language::Swedish);
        assert_eq!(Language::of_locale("sv-FI"), Language::Swedish);
        assert_eq!(Language::of_locale("de-DE"), Language::English);
        assert_eq!(Language::of_locale("svenska"), Language::English);
        assert_eq!(Language::of_locale(""), Language::English);
    }
}
