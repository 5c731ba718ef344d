//! Autodiscover V2: a question in a URL, JSON as the answer, no credentials.
//! Reference: "Autodiscover V2" (Exchange 2016 and later; no MS-OX document
//! describes it, servers do).

use serde::Deserialize;
use url::Url;

/// What a server said to the question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Answer {
    /// The address of EWS.
    Named(Url),
    /// Another place knows.
    Redirected(Url),
    /// Nothing of use.
    Nothing,
}

/// Where a host is asked.
pub(super) fn url(host: &str) -> Option<Url> {
    Url::parse(&format!("https://{host}/autodiscover/autodiscover.json")).ok()
}

/// The question about one mailbox, put to a place. What a redirect's address
/// carries by itself is left as it is.
pub(super) fn question(place: &Url, address: &str) -> Url {
    let mut url = place.clone();
    if url
        .query_pairs()
        .any(|(key, _)| key.eq_ignore_ascii_case("Email"))
        || url.path().contains('@')
    {
        return url;
    }
    url.query_pairs_mut()
        .append_pair("Email", address)
        .append_pair("Protocol", "Ews")
        .append_pair("RedirectCount", "0");
    url
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Document {
    url: Option<String>,
}

/// Reads the body of a successful answer.
pub(super) fn read(body: &[u8]) -> Answer {
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    let url = serde_json::from_slice(body)
        .ok()
        .and_then(|document: Document| document.url)
        .and_then(|url| Url::parse(url.trim()).ok());
    url.map_or(Answer::Nothing, Answer::Named)
}

/// Reads the `Location` of a redirect, which may be relative.
pub(super) fn redirect(from: &Url, location: Option<&str>) -> Answer {
    let to = location.and_then(|location| from.join(location.trim()).ok());
    to.map_or(Answer::Nothing, Answer::Redirected)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::autodiscover::samples::sample;

    #[test]
    fn the_answer_names_the_server_and_an_error_names_nothing() {
        let Some(document) = sample("a3-autodiscover-v2-resp.json") else {
            return;
        };
        let expected = Url::parse("https://mail.example.se/EWS/Exchange.asmx").unwrap();
        assert_eq!(read(document.as_bytes()), Answer::Named(expected.clone()));
        let marked = format!("\u{feff}{document}");
        assert_eq!(read(marked.as_bytes()), Answer::Named(expected));
        let error = sample("a3-autodiscover-v2-error.json").unwrap();
        assert_eq!(read(error.as_bytes()), Answer::Nothing);
    }

    #[test]
    fn the_question_names_mailbox_and_protocol_once() {
        let place = url("autodiscover.example.org").unwrap();
        let asked = question(&place, "anna+1@example.org");
        assert_eq!(
            asked.as_str(),
            "https://autodiscover.example.org/autodiscover/autodiscover.json\
             ?Email=anna%2B1%40example.org&Protocol=Ews&RedirectCount=0"
        );
        assert_eq!(question(&asked, "anna+1@example.org"), asked);
    }

    proptest::proptest! {
        #[test]
        fn no_answer_makes_the_reader_panic(body: Vec<u8>, location in "\\PC{0,80}") {
            let _read = read(&body);
            let _to = redirect(&url("example.org").unwrap(), Some(&location));
        }

        #[test]
        fn a_value_of_any_kind_is_no_url(value in "(null|true|7|\\[\\]|\\{\\}|\"[a-z ]{0,9}\")") {
            let body = format!("{{\"Url\":{value}}}");
            proptest::prop_assert_eq!(read(body.as_bytes()), Answer::Nothing);
        }
    }
}
