//! Microsoft's SafeLinks: addresses wrapped in an address of a checker.

use url::Url;

/// SafeLinks inside SafeLinks.
const NESTED_MAX: usize = 5;

/// Hosts below which addresses are wrapped.
const HOSTS: [&str; 2] = [
    ".safelinks.protection.outlook.com",
    ".safelinks.protection.office365.us",
];

/// The address behind the wrapping; `None` when that is broken, or has no
/// end. An address that is not wrapped comes back as it is.
pub(super) fn unwrap(mut url: Url) -> Option<Url> {
    for _ in 0..=NESTED_MAX {
        if !is_wrapped(&url) {
            return Some(url);
        }
        let target = url.query_pairs().find(|(key, _)| key == "url")?.1;
        url = Url::parse(&target).ok()?;
    }
    None
}

fn is_wrapped(url: &Url) -> bool {
    url.host_str()
        .is_some_and(|host| HOSTS.iter().any(|end| host.ends_with(end)))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn wrapped(link: &str) -> String {
        let encoded: String = url::form_urlencoded::byte_serialize(link.as_bytes()).collect();
        format!("https://eur01.safelinks.protection.outlook.com/?url={encoded}&data=1")
    }

    fn behind(link: &str) -> Option<String> {
        unwrap(link.parse().ok()?).map(String::from)
    }

    #[rstest]
    #[case("?url=https%3A%2F%2Fzoom.us%2Fj%2F1", Some("https://zoom.us/j/1"))]
    #[case(
        "?data=1&url=https%3A%2F%2Fzoom.us%2Fj%2F1",
        Some("https://zoom.us/j/1")
    )]
    #[case(
        "?url=https%3A%2F%2Fmeet.jit.si%2Fa%23k%3D1",
        Some("https://meet.jit.si/a#k=1")
    )]
    #[case("?url=", None)]
    #[case("?url=%", None)]
    #[case("?url=https%3A%2F%2", None)]
    #[case("?url=%ZZ%E2%28", None)]
    #[case("?url=zoom.us%2Fj%2F1", None)]
    #[case("?uri=https%3A%2F%2Fzoom.us%2Fj%2F1", None)]
    #[case("", None)]
    fn a_wrapping_is_taken_off_or_the_link_dropped(
        #[case] query: &str,
        #[case] link: Option<&str>,
    ) {
        let wrapped = format!("https://nam02.safelinks.protection.outlook.com/{query}");
        assert_eq!(behind(&wrapped).as_deref(), link);
    }

    #[test]
    fn wrappings_in_each_other_are_taken_off_up_to_five() {
        let inner = "https://meet.jit.si/Room#config.prejoin=true";
        let mut link = inner.to_owned();
        for depth in 0..9 {
            let expected = (depth <= NESTED_MAX).then_some(inner);
            assert_eq!(behind(&link).as_deref(), expected, "{depth}");
            link = wrapped(&link);
        }
    }

    #[test]
    fn a_host_that_looks_like_the_checker_is_not_unwrapped() {
        let link = "https://safelinks.protection.outlook.com.evil.example/?url=https%3A%2F%2Fa.org";
        assert_eq!(behind(link).as_deref(), Some(link));
    }

    proptest::proptest! {
        #[test]
        fn no_wrapping_makes_it_panic(query in "(url=|%|%2F|https|:|&|[a-zA-Z0-9/.ö]){0,60}") {
            let wrapped = format!("https://a.safelinks.protection.outlook.com/?{query}");
            let _behind = behind(&wrapped);
        }
    }
}
