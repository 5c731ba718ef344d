//! Which way to sign in, chosen strictly: NTLM wherever it is offered, Basic
//! only where the account allows it, and never a step down afterwards.

use std::time::Duration;

use hyper::header::{HeaderMap, WWW_AUTHENTICATE};

/// Whether the password itself may be sent (HTTP Basic, RFC 7617).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Basic {
    /// Never; NTLM proves the password without sending it.
    #[default]
    Refused,
    /// To this account's server, where that offers nothing better.
    Allowed,
}

/// A way to sign in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scheme {
    /// NTLM, under the name that the server offers it by.
    Ntlm(&'static str),
    /// HTTP Basic.
    Basic,
    /// A token (RFC 6750).
    Bearer,
    /// A Kerberos ticket (RFC 4559).
    Kerberos,
}

impl Scheme {
    /// Its name in `WWW-Authenticate` and `Authorization`.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Ntlm(name) => name,
            Self::Basic => "Basic",
            Self::Bearer => "Bearer",
            Self::Kerberos => "Negotiate",
        }
    }
}

/// What `WWW-Authenticate` names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Offers(Vec<(String, String)>);

impl Offers {
    /// Reads every header line. A server sends one line for each scheme; of a
    /// line with several only the first counts.
    pub(crate) fn read(headers: &HeaderMap) -> Self {
        let lines = headers.get_all(WWW_AUTHENTICATE).iter();
        let pairs = lines.filter_map(|line| {
            let line = line.to_str().ok()?.trim();
            let (name, rest) = line.split_once(' ').unwrap_or((line, ""));
            Some((name.to_owned(), rest.trim().to_owned()))
        });
        Self(pairs.collect())
    }

    fn find(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(n, _)| n.eq_ignore_ascii_case(name))?;
        Some(&found.1)
    }

    /// Whether this way is offered.
    pub(crate) fn has(&self, scheme: Scheme) -> bool {
        self.find(scheme.name()).is_some()
    }

    /// The server's message within a handshake, still in Base64.
    pub(crate) fn message(&self, scheme: Scheme) -> Option<&str> {
        self.find(scheme.name()).filter(|text| !text.is_empty())
    }

    /// The best way that the account allows. Windows takes NTLM's messages
    /// under the name `Negotiate` as well (MS-SPNG §3.3.5.1).
    pub(crate) fn choose(&self, basic: Basic) -> Option<Scheme> {
        let ntlm = ["NTLM", "Negotiate"].map(Scheme::Ntlm);
        let allowed = (basic == Basic::Allowed).then_some(Scheme::Basic);
        ntlm.into_iter().chain(allowed).find(|one| self.has(*one))
    }

    /// The names, for messages.
    pub(crate) fn names(&self) -> String {
        let names: Vec<&str> = self.0.iter().map(|(name, _)| name.as_str()).collect();
        names.join(", ")
    }
}

/// Attempts that a server may refuse in a row; directories lock accounts.
pub(crate) const REFUSALS_MAX: u32 = 3;

/// How a client stands with its server.
#[derive(Debug, Default)]
pub(crate) struct Standing {
    scheme: Option<Scheme>,
    refusals: u32,
    /// The server has let the account in before.
    was_good: bool,
}

impl Standing {
    /// Tokens and tickets have one way each, which is not asked for.
    pub(crate) fn starting_with(scheme: Option<Scheme>) -> Self {
        Self {
            scheme,
            ..Self::default()
        }
    }

    /// The way that was chosen.
    pub(crate) fn scheme(&self) -> Option<Scheme> {
        self.scheme
    }

    /// Keeps the way that was chosen.
    pub(crate) fn settle(&mut self, scheme: Scheme) {
        self.scheme = Some(scheme);
    }

    /// Whether the password may be tried again.
    pub(crate) fn may_try(&self) -> bool {
        self.refusals < REFUSALS_MAX
    }

    /// Whether the last answer was a refusal. Whoever proves the account now
    /// does so one after the other.
    pub(crate) fn is_in_doubt(&self) -> bool {
        self.refusals > 0
    }

    /// The server let the account in.
    pub(crate) fn accepted(&mut self) {
        self.refusals = 0;
        self.was_good = true;
    }

    /// Forgets the refusals: the user wants another attempt.
    pub(crate) fn forgive(&mut self) {
        self.refusals = 0;
    }

    /// Whether the server has let the account in before.
    pub(crate) fn was_good(&self) -> bool {
        self.was_good
    }

    /// The server refused a proof or a password.
    pub(crate) fn refused(&mut self) {
        self.refusals += 1;
    }
}

/// What `Retry-After` asks for: seconds, or a date (RFC 9110 §10.2.3), which
/// is counted from the answer's own `Date`, as the clocks may differ. Dates
/// that have passed ask for nothing; nonsense is `None`.
pub(crate) fn retry_after(text: &str, date: Option<&str>) -> Option<Duration> {
    let text = text.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let until = chrono::DateTime::parse_from_rfc2822(text).ok()?;
    let sent = chrono::DateTime::parse_from_rfc2822(date?.trim()).ok()?;
    Some((until - sent).to_std().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use hyper::header::HeaderValue;
    use rstest::rstest;

    use super::*;

    fn offers(lines: &[&'static str]) -> Offers {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(WWW_AUTHENTICATE, HeaderValue::from_static(line));
        }
        Offers::read(&headers)
    }

    #[rstest]
    #[case(&["Negotiate", "NTLM"], Basic::Refused, Some(Scheme::Ntlm("NTLM")))]
    #[case(&["Negotiate"], Basic::Refused, Some(Scheme::Ntlm("Negotiate")))]
    #[case(&["Basic realm=\"x\"", "ntlm"], Basic::Allowed, Some(Scheme::Ntlm("NTLM")))]
    #[case(&["Basic realm=\"x\""], Basic::Allowed, Some(Scheme::Basic))]
    #[case(&["Basic realm=\"x\""], Basic::Refused, None)]
    #[case(&["Bearer", "Digest realm=\"x\""], Basic::Allowed, None)]
    #[case(&[], Basic::Allowed, None)]
    fn ntlm_comes_first_and_basic_only_by_permission(
        #[case] lines: &[&'static str],
        #[case] basic: Basic,
        #[case] chosen: Option<Scheme>,
    ) {
        assert_eq!(offers(lines).choose(basic), chosen);
    }

    #[test]
    fn three_refusals_in_a_row_are_the_end() {
        let mut standing = Standing::default();
        for _ in 0..2 {
            standing.refused();
        }
        assert!(standing.may_try());
        standing.accepted();
        for _ in 0..3 {
            standing.refused();
        }
        assert!(!standing.may_try());
    }

    #[rstest]
    #[case("120", Some(120))]
    #[case(" 0 ", Some(0))]
    #[case("Mon, 23 Nov 2026 08:01:40 GMT", Some(100))]
    #[case("Mon, 01 Jan 1900 00:00:00 GMT", Some(0))]
    #[case("soon", None)]
    #[case("-5", None)]
    #[case("", None)]
    fn a_wait_is_read_as_seconds_or_as_a_date(#[case] text: &str, #[case] seconds: Option<u64>) {
        let wait = retry_after(text, Some("Mon, 23 Nov 2026 08:00:00 GMT"));
        assert_eq!(wait, seconds.map(Duration::from_secs));
    }

    #[test]
    fn grommunio_quirk_01_a_date_to_wait_for_says_nothing_without_the_date_of_the_answer() {
        assert_eq!(retry_after("Mon, 23 Nov 2026 08:01:40 GMT", None), None);
    }

    proptest::proptest! {
        #[test]
        fn no_header_makes_the_readers_panic(text: String) {
            let _wait = retry_after(&text, Some(&text));
            if let Ok(value) = HeaderValue::from_str(&text) {
                let mut headers = HeaderMap::new();
                headers.append(WWW_AUTHENTICATE, value);
                let _chosen = Offers::read(&headers).choose(Basic::Allowed);
            }
        }
    }
}
