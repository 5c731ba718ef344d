//! The forms in which something private could rest: as it is, in UTF-16, in hex
//! and in base64.

use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE},
};
use memchr::memmem::Finder;

/// Looks for one word.
#[derive(Debug)]
pub struct Leak {
    /// In small letters.
    plain: Vec<Finder<'static>>,
    base64: Vec<Finder<'static>>,
}

/// In small digits.
fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut digits, byte| {
        for half in [byte >> 4, byte & 15] {
            digits.extend(char::from_digit(u32::from(half), 16));
        }
        digits
    })
}

fn finder(bytes: &[u8]) -> Finder<'static> {
    Finder::new(bytes).into_owned()
}

impl Leak {
    /// Looks for a word of ASCII, in small and in capital letters, and for one
    /// that was written as it is given here in hex and in base64.
    pub fn of(word: &str) -> Self {
        let small = word.to_ascii_lowercase();
        let wide: Vec<u8> = small.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let wide_as_it_is: Vec<u8> = word.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let mut base64 = Vec::new();
        for before in 0..3 {
            let bytes = [&[0; 2][..before], word.as_bytes()].concat();
            // What the neighbours have a part in is left out.
            let (first, end) = ((before * 8).div_ceil(6), bytes.len() * 8 / 6);
            for engine in [STANDARD, URL_SAFE] {
                let written = engine.encode(&bytes);
                base64.push(finder(&written.as_bytes()[first..end]));
            }
        }
        Self {
            plain: vec![
                finder(small.as_bytes()),
                finder(&wide),
                finder(hex(word.as_bytes()).as_bytes()),
                finder(hex(&wide_as_it_is).as_bytes()),
            ],
            base64,
        }
    }

    /// Whether it is in these bytes.
    pub fn is_in(&self, bytes: &[u8]) -> bool {
        let small = bytes.to_ascii_lowercase();
        let mut plain = self.plain.iter();
        let mut base64 = self.base64.iter();
        plain.any(|finder| finder.find(&small).is_some())
            || base64.any(|finder| finder.find(bytes).is_some())
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    const TEXT: &str = "{\"title\":\"Canary7f3a 12\"}";

    #[rstest]
    #[case::as_it_is(TEXT.as_bytes().to_vec())]
    #[case::in_utf_16(TEXT.encode_utf16().flat_map(u16::to_le_bytes).collect())]
    fn a_word_is_found_in_letters_of_any_size(#[case] bytes: Vec<u8>) {
        assert!(Leak::of("canary7f3a").is_in(&bytes));
        assert!(!Leak::of("canary8f3a").is_in(&bytes));
    }

    #[rstest]
    #[case::small(|byte: u8| format!("{byte:02x}"))]
    #[case::capital(|byte: u8| format!("{byte:02X}"))]
    fn a_word_is_found_in_hex(#[case] digits: fn(u8) -> String) {
        let wide = TEXT.encode_utf16().flat_map(u16::to_le_bytes);
        for written in [
            TEXT.bytes().map(digits).collect::<String>(),
            wide.map(digits).collect(),
        ] {
            assert!(Leak::of("Canary7f3a").is_in(written.as_bytes()));
            assert!(!Leak::of("Canary8f3a").is_in(written.as_bytes()));
        }
    }

    #[rstest]
    fn a_word_is_found_in_base64_wherever_it_begins(#[values(0, 1, 2, 3, 4)] before: usize) {
        let text = format!("{}canary7f3a and more", "x".repeat(before));
        let written = STANDARD.encode(text);
        assert!(Leak::of("canary7f3a").is_in(written.as_bytes()));
        assert!(!Leak::of("canary8f3a").is_in(written.as_bytes()));
    }
}
