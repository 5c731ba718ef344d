//! Where words that must stay secret turn up: every form in which one may
//! hide in a file.

use base64::Engine as _;

/// Every form in which a word may stand in a file: as it is, in UTF-16, in
/// hex, and in base64 at each of the three places it can have in a text.
pub fn forms(word: &str) -> Vec<Vec<u8>> {
    let utf16: Vec<u8> = word.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let hex = |upper: bool| -> Vec<u8> {
        let digits: String = word
            .bytes()
            .map(|byte| {
                if upper {
                    format!("{byte:02X}")
                } else {
                    format!("{byte:02x}")
                }
            })
            .collect();
        digits.into_bytes()
    };
    let mut forms = vec![word.as_bytes().to_vec(), utf16, hex(false), hex(true)];
    for shift in 0..3 {
        let padded = [vec![b'x'; shift], word.as_bytes().to_vec()].concat();
        let text = base64::engine::general_purpose::STANDARD_NO_PAD.encode(&padded);
        let whole = padded.len() / 3 * 4;
        let from = if shift == 0 { 0 } else { 4 };
        forms.extend(text.as_bytes().get(from..whole).map(<[u8]>::to_vec));
    }
    forms
}

/// Whether `bytes` hold a word in any form.
pub fn holds(bytes: &[u8], word: &str) -> bool {
    forms(word)
        .iter()
        .any(|form| bytes.windows(form.len()).any(|window| window == form))
}

/// Shorter words turn up by chance.
const SHORTEST: usize = 8;

/// The first of the words that `bytes` hold.
pub fn found<'a>(bytes: &[u8], words: impl IntoIterator<Item = &'a String>) -> Option<&'a str> {
    let long = words.into_iter().filter(|word| word.len() >= SHORTEST);
    long.map(String::as_str).find(|word| holds(bytes, word))
}
