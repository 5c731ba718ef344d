//! Links of the form `joinbell://`: a short list of wishes, and nothing in
//! them is ever opened.

/// Longest link that is looked at, in bytes.
pub const LENGTH_MAX: usize = 2_048;

/// Longest name of a meeting in bytes.
const NAME_MAX: usize = 1_024;

/// What a link asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wish {
    /// `joinbell://agenda`: the agenda window.
    Agenda,
    /// `joinbell://meeting/NAME`: the agenda window at a meeting.
    Meeting(String),
    /// `joinbell://join-next`: whatever can be joined now is shown. It is not
    /// joined: any web page can hold such a link.
    JoinNext,
}

/// Reads a link. Whatever is not exactly one of the wishes is none.
pub fn read(link: &str) -> Option<Wish> {
    if link.len() > LENGTH_MAX {
        return None;
    }
    let (scheme, rest) = link.split_once("://")?;
    if !scheme.eq_ignore_ascii_case("joinbell") {
        return None;
    }
    // Browsers put a slash behind what they take for a host.
    match rest.strip_suffix('/').unwrap_or(rest) {
        "agenda" => Some(Wish::Agenda),
        "join-next" => Some(Wish::JoinNext),
        other => {
            let name = other.strip_prefix("meeting/")?;
            let is_name = !name.is_empty()
                && name.len() <= NAME_MAX
                && name
                    .chars()
                    .all(|c| c.is_ascii_alphanumeric() || "-_.=+/@".contains(c));
            is_name.then(|| Wish::Meeting(name.to_owned()))
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("joinbell://agenda", Wish::Agenda)]
    #[case("JOINBELL://agenda/", Wish::Agenda)]
    #[case("joinbell://join-next", Wish::JoinNext)]
    #[case("joinbell://meeting/a1/AAMk-x_y=", Wish::Meeting("a1/AAMk-x_y=".to_owned()))]
    fn a_link_asks_for_one_thing_of_a_short_list(#[case] link: &str, #[case] wish: Wish) {
        assert_eq!(read(link), Some(wish));
    }

    #[rstest]
    #[case("")]
    #[case("joinbell:agenda")]
    #[case("joinbell://")]
    #[case("joinbell://meeting/")]
    #[case("joinbell://agenda?url=https://example.org")]
    #[case("joinbell://agenda#x")]
    #[case("joinbell://join-next/now")]
    #[case("joinbell://open/https://example.org")]
    #[case("joinbell://meeting/https://example.org")]
    #[case("joinbell://meeting/a%0a--flag")]
    #[case("joinbell://user@agenda")]
    #[case("https://example.org/agenda")]
    #[case("joinbellx://agenda")]
    #[case("-joinbell://agenda")]
    fn sr_30_whatever_else_a_link_says_is_refused(#[case] link: &str) {
        assert_eq!(read(link), None);
    }

    proptest! {
        #[test]
        fn sr_30_no_link_carries_an_address(link in "joinbell://.{0,60}") {
            if let Some(Wish::Meeting(name)) = read(&link) {
                prop_assert!(!name.contains(':') && !name.contains('%'));
            }
        }
    }
}
