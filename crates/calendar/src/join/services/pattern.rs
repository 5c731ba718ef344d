//! Hosts and paths of links, as the table of services writes them.

/// Whether a host is the pattern's, or below it where it begins with `*.`.
pub(super) fn host_matches(pattern: &str, host: &str) -> bool {
    match pattern.strip_prefix("*.") {
        None => pattern == host,
        Some(base) => host
            .strip_suffix(base)
            .is_some_and(|above| above.is_empty() || above.ends_with('.')),
    }
}

/// Whether a pattern names hosts which one owner can have: letters, digits
/// and dashes in at least two parts. `*.org` would be everybody's.
pub(super) fn is_host(pattern: &str) -> bool {
    let named = pattern.strip_prefix("*.").unwrap_or(pattern);
    named.len() <= 253
        && named.contains('.')
        && named.split('.').all(|part| {
            !part.is_empty()
                && part.len() <= 63
                && part
                    .chars()
                    .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
        })
        && !named.split('.').all(is_number)
}

/// `*` in a pattern stands for one segment, `{number}` for one of digits and
/// dashes, `{letters}` for one of one or two letters. Behind a pattern that
/// ends in a slash something has to stand.
pub(super) fn path_begins(pattern: &str, path: &str) -> bool {
    let (mut wanted, mut found) = (pattern.split('/'), path.split('/'));
    loop {
        match (wanted.next(), found.next()) {
            (None, _) => return true,
            (Some(""), Some(segment)) if wanted.clone().next().is_none() => {
                return !segment.is_empty();
            }
            (Some("*"), Some(segment)) if !segment.is_empty() => {}
            (Some("{number}"), Some(segment)) if is_number(segment) => {}
            (Some("{letters}"), Some(segment)) if is_short_word(segment) => {}
            (Some("{number}" | "{letters}"), Some(_)) => return false,
            (Some(last), Some(segment)) if wanted.clone().next().is_none() => {
                return segment.starts_with(last);
            }
            (Some(part), Some(segment)) if part == segment => {}
            _ => return false,
        }
    }
}

/// A segment of digits, with dashes among them.
pub(super) fn is_number(segment: &str) -> bool {
    segment.contains(|c: char| c.is_ascii_digit())
        && segment.chars().all(|c| c.is_ascii_digit() || c == '-')
}

fn is_short_word(segment: &str) -> bool {
    matches!(segment.len(), 1 | 2) && segment.chars().all(|c| c.is_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("meet.example.org", true)]
    #[case("*.example.org", true)]
    #[case("*.org", false)]
    #[case("*", false)]
    #[case("localhost", false)]
    #[case("192.0.2.7", false)]
    #[case("Meet.example.org", false)]
    #[case("meet.example.org/b", false)]
    #[case("meet..org", false)]
    fn a_pattern_names_hosts_of_one_owner(#[case] pattern: &str, #[case] is: bool) {
        assert_eq!(is_host(pattern), is);
    }

    #[rstest]
    #[case("/j/", "/j/1", true)]
    #[case("/j/", "/j/", false)]
    #[case("/j", "/join/1", true)]
    #[case("/{letters}/{number}", "/wc/123-456", true)]
    #[case("/{letters}/{number}", "/wiki/123", false)]
    #[case("/{letters}/{number}", "/j/abc", false)]
    #[case("/*/j.php", "/acme/j.php", true)]
    #[case("/*/j.php", "//j.php", false)]
    fn a_path_begins_as_the_pattern_says(
        #[case] pattern: &str,
        #[case] path: &str,
        #[case] begins: bool,
    ) {
        assert_eq!(path_begins(pattern, path), begins);
    }
}
