//! Invitation texts without their markup.

use crate::Meeting;

/// Line length that HTML is wrapped at; wide, because the window wraps too.
const WIDTH: usize = 400;

/// Bytes of HTML that are looked at.
const HTML_BYTES_MAX: usize = 512 * 1024;

/// Turns HTML into plain text; nothing of it is ever rendered as markup.
pub fn from_html(html: &str) -> String {
    let mut end = html.len().min(HTML_BYTES_MAX);
    while !html.is_char_boundary(end) {
        end -= 1;
    }
    let plain = html2text::config::plain_no_decorate()
        .allow_width_overflow()
        .string_from_read(&html.as_bytes()[..end], WIDTH)
        .unwrap_or_default();
    shorten(&plain)
}

/// Trims a text and cuts it at [`Meeting::NOTES_CHARS_MAX`].
pub fn shorten(text: &str) -> String {
    text.trim().chars().take(Meeting::NOTES_CHARS_MAX).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sr_29_markup_becomes_text_and_scripts_vanish() {
        let html = "<html><body><p>Agenda</p><ol><li>One</li></ol>\
                    <script>alert(1)</script><img src=x onerror=alert(2)></body></html>";
        let text = from_html(html);
        assert!(text.starts_with("Agenda"), "{text}");
        assert!(text.contains("One"));
        assert!(!text.contains("alert") && !text.contains('<'), "{text}");
    }

    #[test]
    fn a_text_is_cut_at_characters_and_not_at_bytes() {
        let long = "ö".repeat(Meeting::NOTES_CHARS_MAX + 5);
        assert_eq!(shorten(&long).chars().count(), Meeting::NOTES_CHARS_MAX);
    }

    proptest::proptest! {
        #[test]
        fn no_markup_makes_the_reader_panic(html in "(<[a-z/!]{0,9}|>|&|;|\"|=|[a-zö ]|\n){0,120}") {
            let _text = from_html(&html);
        }
    }
}
