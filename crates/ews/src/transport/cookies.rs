//! The cookies of one account: Exchange and load balancers keep a client at
//! its backend by them.

use std::collections::BTreeMap;

use hyper::header::{HeaderMap, HeaderValue, SET_COOKIE};

/// Cookies by name. All requests of an account go to one host and path, so
/// domains and paths make no difference; lifetimes are short enough to be
/// ended by the server alone.
#[derive(Debug, Default)]
pub(crate) struct Cookies(BTreeMap<String, String>);

/// More than any server sets; a hostile one gets no further.
const COUNT_MAX: usize = 50;

impl Cookies {
    pub(crate) fn keep(&mut self, headers: &HeaderMap) {
        for value in headers.get_all(SET_COOKIE) {
            let Some((name, rest)) = value.to_str().ok().and_then(|v| v.split_once('=')) else {
                continue;
            };
            let value = rest.split(';').next().unwrap_or_default();
            let ended = value.trim().is_empty() || is_over(rest);
            if ended {
                self.0.remove(name.trim());
            } else if self.0.len() < COUNT_MAX || self.0.contains_key(name.trim()) {
                self.0
                    .insert(name.trim().to_owned(), value.trim().to_owned());
            }
        }
    }

    pub(crate) fn forget(&mut self, name: &str) {
        self.0.remove(name);
    }

    /// The `Cookie` header's value.
    pub(crate) fn header(&self) -> Option<HeaderValue> {
        let pairs: Vec<String> = self.0.iter().map(|(n, v)| format!("{n}={v}")).collect();
        if pairs.is_empty() {
            return None;
        }
        HeaderValue::from_str(&pairs.join("; ")).ok()
    }
}

/// Whether the attributes of a cookie take it back.
fn is_over(attributes: &str) -> bool {
    attributes.split(';').skip(1).any(|attribute| {
        let (name, value) = attribute.split_once('=').unwrap_or((attribute, ""));
        name.trim().eq_ignore_ascii_case("max-age")
            && value.trim().parse().is_ok_and(|seconds: i64| seconds <= 0)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(lines: &[&'static str]) -> Option<String> {
        let mut cookies = Cookies::default();
        for line in lines {
            let mut headers = HeaderMap::new();
            headers.append(SET_COOKIE, HeaderValue::from_static(line));
            cookies.keep(&headers);
        }
        Some(cookies.header()?.to_str().unwrap().to_owned())
    }

    #[test]
    fn cookies_are_kept_by_name_until_they_are_taken_back() {
        let both = ["b=2; path=/; HttpOnly; max-age=0600", "a=1=1; Secure"];
        assert_eq!(after(&both).as_deref(), Some("a=1=1; b=2"));
        let again = [both[0], both[1], "b=3"];
        assert_eq!(after(&again).as_deref(), Some("a=1=1; b=3"));
        let ended = [both[0], both[1], "b=2; Max-Age=0", "a="];
        assert_eq!(after(&ended), None);
        assert_eq!(after(&["nonsense", ""]), None);
    }

    #[test]
    fn a_server_that_sets_cookies_without_end_is_heard_fifty_times() {
        let lines: Vec<&'static str> = (0..200)
            .map(|n| &*Box::leak(format!("n{n}=v").into_boxed_str()))
            .collect();
        assert_eq!(after(&lines).unwrap().split("; ").count(), COUNT_MAX);
    }
}
