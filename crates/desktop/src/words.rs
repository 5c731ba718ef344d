//! The words of the program, one Fluent file per language.

use std::{fmt, sync::OnceLock};

use fluent_bundle::{FluentArgs, FluentResource, FluentValue, concurrent::FluentBundle};
use fluent_langneg::{NegotiationStrategy, negotiate_languages};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use unic_langid::LanguageIdentifier;

// The files of `words/` at the top, each by the code of its language.
include!(concat!(env!("OUT_DIR"), "/words.rs"));

/// A language the program speaks: each file in `words/` at the top is one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Language(&'static str);

impl Language {
    /// English, which is spoken where no other language fits.
    pub const ENGLISH: Self = Self("en");
    /// Swedish.
    pub const SWEDISH: Self = Self("sv");

    /// All of them, by code.
    pub const ALL: [Self; FILES.len()] = {
        let mut all = [Self::ENGLISH; FILES.len()];
        let mut place = 0;
        while place < FILES.len() {
            all[place] = Self(FILES[place].0);
            place += 1;
        }
        all
    };

    /// Its tag (BCP 47), the name of its file: `sv`, or `pt-BR` beside `pt`.
    pub fn code(self) -> &'static str {
        self.0
    }

    /// What its speakers call it.
    pub fn own_name(self) -> &'static str {
        self.says("language-name").unwrap_or(self.0)
    }

    /// The locale whose names of days it takes where the user's own locale
    /// speaks another language.
    pub fn locale(self) -> &'static str {
        self.says("language-locale").unwrap_or(self.0)
    }

    /// The language of a locale name such as `sv-SE` or `sv_SE.UTF-8`;
    /// English where the program does not speak it.
    pub fn of_locale(name: &str) -> Self {
        Self::spoken_in(name).unwrap_or_default()
    }

    /// The language that serves a locale best: `pt_BR` has its own file or
    /// that of `pt`. `None` where the program does not speak it.
    pub fn spoken_in(name: &str) -> Option<Self> {
        let asked = identifier(name)?;
        let spoken: Vec<LanguageIdentifier> = Self::ALL
            .iter()
            .filter_map(|language| language.0.parse().ok())
            .collect();
        let best = negotiate_languages(&[asked], &spoken, None, NegotiationStrategy::Lookup);
        Self::of_code(&best.first()?.to_string())
    }

    /// The language of a code.
    pub fn of_code(code: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|language| language.0.eq_ignore_ascii_case(code))
    }

    /// The Fluent text with this language's words.
    pub fn source(self) -> &'static str {
        let file = FILES.iter().find(|(code, _)| *code == self.0);
        file.map_or("", |(_, source)| source)
    }

    /// A text without placeholders that stands in one line.
    fn says(self, key: &str) -> Option<&'static str> {
        self.source().lines().find_map(|line| {
            let (name, text) = line.split_once(" = ")?;
            (name == key).then_some(text)
        })
    }
}

/// What a locale name says of language, script and region.
pub(crate) fn identifier(name: &str) -> Option<LanguageIdentifier> {
    let plain = name.split(['.', '@']).next().unwrap_or_default();
    plain.parse().ok()
}

impl Default for Language {
    fn default() -> Self {
        Self::ENGLISH
    }
}

impl Serialize for Language {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.0)
    }
}

impl<'de> Deserialize<'de> for Language {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        let code = String::deserialize(source)?;
        Self::of_code(&code).ok_or_else(|| D::Error::custom("the language is none that is spoken"))
    }
}

/// The words of one language.
pub struct Words {
    language: Language,
    bundle: FluentBundle<FluentResource>,
    /// What a file does not have is said in English.
    english: OnceLock<FluentBundle<FluentResource>>,
}

impl fmt::Debug for Words {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Words").field(&self.language).finish()
    }
}

impl Words {
    /// The words of `language`.
    pub fn new(language: Language) -> Self {
        Self {
            language,
            bundle: bundle_of(language),
            english: OnceLock::new(),
        }
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
        let bundle = if self.bundle.has_message(key) {
            &self.bundle
        } else {
            self.english.get_or_init(|| bundle_of(Language::ENGLISH))
        };
        let Some(pattern) = bundle.get_message(key).and_then(|message| message.value()) else {
            return key.to_owned();
        };
        let arguments: FluentArgs<'_> = values.into_iter().collect();
        let mut trouble = Vec::new();
        bundle
            .format_pattern(pattern, Some(&arguments), &mut trouble)
            .into_owned()
    }
}

fn bundle_of(language: Language) -> FluentBundle<FluentResource> {
    let id: LanguageIdentifier = language.code().parse().unwrap_or_default();
    let mut bundle = FluentBundle::new_concurrent(vec![id]);
    // The texts are shown one by one; marks of direction around every
    // placeholder would end up in notifications and in the terminal.
    bundle.set_use_isolating(false);
    let resource = match FluentResource::try_new(language.source().to_owned()) {
        Ok(resource) | Err((resource, _)) => resource,
    };
    bundle.add_resource_overriding(resource);
    bundle
}

#[cfg(test)]
mod tests {
    use std::{
        collections::{BTreeMap, BTreeSet},
        fs,
        path::Path,
    };

    use super::*;

    /// The languages of the program; those of the tests are beside them.
    fn shipped() -> Vec<Language> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../words");
        let files = fs::read_dir(folder).unwrap();
        let codes = files.map(|file| file.unwrap().path());
        let known = |path: std::path::PathBuf| {
            let code = path.file_stem().unwrap().to_str().unwrap().to_owned();
            Language::of_code(&code).unwrap()
        };
        codes.map(known).collect()
    }

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
        for language in shipped() {
            assert_eq!(keys(language), keys(Language::ENGLISH), "{language:?}");
        }
        assert!(keys(Language::ENGLISH).len() > 50);
    }

    #[test]
    fn no_key_stands_twice_in_a_file() {
        for language in Language::ALL {
            let lines = language.source().lines();
            let names = lines
                .filter(|line| line.starts_with(|c: char| c.is_ascii_lowercase()))
                .filter_map(|line| line.split_once('=').map(|(name, _)| name.trim()));
            let mut seen = BTreeSet::new();
            for name in names {
                assert!(seen.insert(name), "{}: {name}", language.code());
            }
        }
    }

    #[test]
    fn every_file_of_words_is_a_language_with_a_name_a_locale_and_a_direction() {
        assert!(shipped().len() >= 2);
        for language in Language::ALL {
            assert_ne!(language.own_name(), language.code());
            let locale = language.locale();
            assert!(locale.starts_with(&language.code().replace('-', "_")));
            assert!(pure_rust_locales::Locale::try_from(locale).is_ok());
            let direction = language.says("language-direction");
            assert!(matches!(direction, Some("ltr" | "rtl")), "{language:?}");
        }
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
        visit(&root, &keys(Language::ENGLISH), &mut asked);
        assert!(
            asked > 20,
            "only {asked} uses found: the test no longer sees how words are asked for"
        );
    }

    #[test]
    fn numbers_choose_the_plural_of_the_language() {
        let words = Words::new(Language::SWEDISH);
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
    fn what_is_written_into_invitations_comes_from_the_same_files() {
        use calendar::keyword::block::{self, Details, Form};
        let link = url::Url::parse("https://meet.example.org/room").unwrap();
        for code in ["en", "sv"] {
            let details = Details {
                provider: "Room",
                link: &link,
                language: block::Language::of_culture(code),
            };
            let written = block::add("", Form::Text, details).unwrap();
            let heading = Words::new(Language(code)).text("join-details-heading");
            assert!(written.contains(&heading), "{code}: {written}");
        }
    }

    #[test]
    fn a_locale_the_program_does_not_speak_gives_english() {
        assert_eq!(Language::of_locale("sv_SE.UTF-8"), Language::SWEDISH);
        assert_eq!(Language::of_locale("sv-FI"), Language::SWEDISH);
        assert_eq!(Language::of_locale("de-DE"), Language::ENGLISH);
        assert_eq!(Language::of_locale("svenska"), Language::ENGLISH);
        assert_eq!(Language::of_locale(""), Language::ENGLISH);
        assert_eq!(Language::spoken_in("de_DE"), None);
    }

    #[test]
    fn a_region_has_its_own_file_or_that_of_the_language() {
        for (name, code) in [
            ("pt_BR.UTF-8", "pt-BR"),
            ("pt-BR", "pt-BR"),
            ("pt_PT.UTF-8@euro", "pt"),
            ("pt_AO", "pt"),
            ("pt", "pt"),
            ("ar_MA.UTF-8", "ar"),
        ] {
            assert_eq!(Language::of_locale(name).code(), code, "{name}");
        }
    }

    #[test]
    fn what_a_file_does_not_have_is_said_in_english() {
        let words = Words::new(Language::of_code("pt-BR").unwrap());
        assert_eq!(words.text("now"), "Agora");
        assert_eq!(words.text("settings-undo"), "Undo: {$title}");
        let unknown = "no-such-key";
        assert_eq!(words.text(unknown), unknown);
    }
}
