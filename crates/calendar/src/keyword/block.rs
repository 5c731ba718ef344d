//! The join details that are put into an invitation.

use url::Url;

/// Form of an invitation's body.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Form {
    /// Plain text.
    Text,
    /// HTML.
    Html,
}

// What each language calls the details, by its code, from the files of words.
include!(concat!(env!("OUT_DIR"), "/headings.rs"));

/// Language of the join details: each file of words is one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Language {
    heading: &'static str,
}

impl Language {
    /// English, for all that no file has words in.
    pub const ENGLISH: Self = Self { heading: ENGLISH };

    /// The language for an item's culture (`item:Culture`, RFC 3066): of
    /// `pt-BR` that of the country, else that of `pt`.
    pub fn of_culture(culture: &str) -> Self {
        among(HEADINGS, culture).map_or(Self::ENGLISH, |heading| Self { heading })
    }
}

fn among(headings: &[(&str, &'static str)], culture: &str) -> Option<&'static str> {
    let mut tag = culture.replace('_', "-");
    loop {
        let of_tag = |(code, _): &&(&str, &'static str)| code.eq_ignore_ascii_case(&tag);
        if let Some((_, heading)) = headings.iter().find(of_tag) {
            return Some(heading);
        }
        let last = tag.rfind('-')?;
        tag.truncate(last);
    }
}

/// What the details say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Details<'a> {
    /// The service as people call it.
    pub provider: &'a str,
    /// Where the meeting is joined.
    pub link: &'a Url,
    /// The language they are written in.
    pub language: Language,
}

/// First line of the details, by which they are found again in either form.
/// It is text and no attribute or comment, which servers strip.
const BEGIN: &str = "---- Joinbell ----";
/// Last line of the details.
const END: &str = "---- /Joinbell ----";

/// `true` when a body has join details of ours already.
pub fn is_marked(body: &str) -> bool {
    body.contains(BEGIN)
}

/// The body with the details behind what the organizer wrote; `None` when it
/// has them already.
pub fn add(body: &str, form: Form, details: Details<'_>) -> Option<String> {
    if is_marked(body) {
        return None;
    }
    Some(match form {
        Form::Text if body.trim().is_empty() => text(details),
        Form::Text => format!("{}\r\n\r\n{}", body.trim_end(), text(details)),
        Form::Html => {
            let (before, after) = at_end_of_content(body);
            format!("{before}{}{after}", html(details))
        }
    })
}

fn text(details: Details<'_>) -> String {
    format!(
        "{BEGIN}\r\n{} ({}):\r\n{}\r\n{END}\r\n",
        details.language.heading,
        one_line(details.provider),
        details.link,
    )
}

fn html(details: Details<'_>) -> String {
    let link = escaped(details.link.as_str());
    format!(
        "<div><p>{BEGIN}</p><p>{} ({}):<br><a href=\"{link}\">{link}</a></p><p>{END}</p></div>",
        escaped(details.language.heading),
        escaped(&one_line(details.provider)),
    )
}

/// What stands before and from the last `</body>` or, without one, `</html>`;
/// else everything and nothing.
fn at_end_of_content(html: &str) -> (&str, &str) {
    let lower = html.to_ascii_lowercase();
    lower
        .rfind("</body")
        .or_else(|| lower.rfind("</html"))
        .and_then(|at| html.split_at_checked(at))
        .unwrap_or((html, ""))
}

/// A name cannot end the line it stands in, nor the details.
fn one_line(name: &str) -> String {
    name.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect::<String>()
        .replace("----", "-")
}

fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::join::{Services, Sources, find, text::from_html};

    fn link() -> Url {
        Url::parse("https://meet.jit.si/Standup?a=1&b=2#config.x=true").unwrap()
    }

    fn details(link: &Url, language: Language) -> Details<'_> {
        Details {
            provider: "Jitsi",
            link,
            language,
        }
    }

    #[test]
    fn the_details_stand_behind_what_the_organizer_wrote() {
        let link = link();
        let body = add(
            "Agenda\r\n",
            Form::Text,
            details(&link, Language::of_culture("sv-SE")),
        );
        assert_eq!(
            body.unwrap(),
            "Agenda\r\n\r\n---- Joinbell ----\r\nAnslut till mötet (Jitsi):\r\n\
             https://meet.jit.si/Standup?a=1&b=2#config.x=true\r\n---- /Joinbell ----\r\n"
        );
    }

    #[rstest::rstest]
    #[case("pt-BR", Some("Entre"))]
    #[case("pt_br", Some("Entre"))]
    #[case("pt-PT", Some("Aceder"))]
    #[case("pt", Some("Aceder"))]
    #[case("zh-Hant-TW", Some("加入"))]
    #[case("zh-Hans-CN", None)]
    #[case("", None)]
    fn a_country_comes_before_its_language(
        #[case] culture: &str,
        #[case] heading: Option<&'static str>,
    ) {
        let headings = [("pt", "Aceder"), ("pt-BR", "Entre"), ("zh-Hant", "加入")];
        assert_eq!(among(&headings, culture), heading);
    }

    #[test]
    fn what_no_file_has_is_said_in_english() {
        assert_eq!(Language::of_culture("tlh-QO"), Language::ENGLISH);
        assert_eq!(Language::of_culture("en-GB"), Language::ENGLISH);
    }

    #[test]
    fn in_html_the_details_stay_inside_the_body_element() {
        let link = link();
        let body = "<html><body><p>Möte</p></BODY></html>";
        let written = add(body, Form::Html, details(&link, Language::ENGLISH)).unwrap();
        assert!(written.starts_with("<html><body><p>Möte</p><div>"));
        assert!(written.ends_with("</div></BODY></html>"));
        assert!(from_html(&written).contains("Join the meeting (Jitsi):"));
    }

    #[test]
    fn the_details_are_never_doubled() {
        let link = link();
        for form in [Form::Text, Form::Html] {
            let once = add("", form, details(&link, Language::ENGLISH)).unwrap();
            assert_eq!(
                add(&once, form, details(&link, Language::of_culture("sv"))),
                None
            );
        }
        // A server that turned the body into text has kept the mark.
        let html = add("", Form::Html, details(&link, Language::ENGLISH)).unwrap();
        assert!(is_marked(&from_html(&html)));
    }

    proptest::proptest! {
        #[test]
        fn the_link_that_was_written_is_the_one_that_is_found(
            room in "[A-Za-z0-9]{1,20}", query in "[a-z]=[&<>\"'a-z0-9]{0,20}",
            is_html: bool,
        ) {
            let mut link = link();
            link.set_path(&room);
            link.set_query(Some(&query));
            let form = if is_html { Form::Html } else { Form::Text };
            let body = add("<p>Agenda</p>", form, details(&link, Language::ENGLISH)).unwrap();
            let links = find(Sources { body: &body, ..Sources::default() }, Services::built_in());
            let found = links.best().map(|l| l.url.as_str());
            proptest::prop_assert_eq!(found, Some(link.as_str()));
        }

        #[test]
        fn sr_48_what_the_organizer_wrote_stays_byte_by_byte(
            body in "(.|\\r\\n|</?body>|</HTML >|<p>|---- ){0,60}", is_html: bool,
        ) {
            let link = link();
            let form = if is_html { Form::Html } else { Form::Text };
            let written = add(&body, form, details(&link, Language::ENGLISH)).unwrap();
            let begin = written.find(if is_html { "<div><p>----" } else { BEGIN }).unwrap();
            let rest = match form {
                Form::Html => {
                    let end = written.rfind("----</p></div>").unwrap() + "----</p></div>".len();
                    [&written[..begin], &written[end..]].concat()
                }
                // Empty lines at the end are not kept.
                Form::Text => written[..begin].trim_end().to_owned(),
            };
            let kept = if is_html { body.as_str() } else { body.trim_end() };
            proptest::prop_assert_eq!(rest, kept);
        }

        #[test]
        fn sr_49_no_provider_breaks_out_of_the_details(provider in "(<|>|\"|'|&|script|-|\n| ){0,30}") {
            let link = link();
            let details = Details { provider: &provider, ..details(&link, Language::ENGLISH) };
            let html = add("", Form::Html, details).unwrap();
            proptest::prop_assert_eq!(html.matches('<').count(), 11);
            let text = add("", Form::Text, details).unwrap();
            proptest::prop_assert_eq!(text.lines().count(), 4);
        }
    }
}
