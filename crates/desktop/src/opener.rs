//! The one gate every address passes before the system is asked to open it.

use thiserror::Error;
use url::Url;

/// The address is not opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Refused {
    /// Only `https` is opened.
    #[error("it is no https address")]
    Scheme,
    /// An address with a user name or a password pretends to be another host.
    #[error("it carries a user name")]
    UserInfo,
    /// There is no host, or another one than was shown.
    #[error("its host is not the one that is shown")]
    Host,
    /// Longer than [`LENGTH_MAX`], or with characters no address has.
    #[error("it is malformed")]
    Malformed,
}

/// Longest address that is opened, in bytes.
pub const LENGTH_MAX: usize = 4_096;

/// Lets `address` pass when it is safe to hand to the system: `https`, no
/// user name in it, and the host that the user was shown.
pub fn check<'a>(address: &'a Url, shown_host: &str) -> Result<&'a Url, Refused> {
    if address.scheme() != "https" {
        return Err(Refused::Scheme);
    }
    if !address.username().is_empty() || address.password().is_some() {
        return Err(Refused::UserInfo);
    }
    if address
        .host_str()
        .is_none_or(|host| host.is_empty() || host != shown_host)
    {
        return Err(Refused::Host);
    }
    let text = address.as_str();
    if text.len() > LENGTH_MAX || text.chars().any(|c| c.is_control() || c.is_whitespace()) {
        return Err(Refused::Malformed);
    }
    Ok(address)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("https://example.webex.com/meet/ana", "example.webex.com", None)]
    #[case("https://teams.microsoft.com/l/a?b=c%20d", "teams.microsoft.com", None)]
    #[case(
        "http://example.webex.com/meet/ana",
        "example.webex.com",
        Some(Refused::Scheme)
    )]
    #[case("file:///etc/passwd", "", Some(Refused::Scheme))]
    #[case("javascript:alert(1)", "", Some(Refused::Scheme))]
    #[case(
        "smb://files.example.org/x",
        "files.example.org",
        Some(Refused::Scheme)
    )]
    #[case(
        "https://zoom.us@evil.example/j/1",
        "evil.example",
        Some(Refused::UserInfo)
    )]
    #[case("https://:pw@zoom.us/j/1", "zoom.us", Some(Refused::UserInfo))]
    #[case("https://zoom.us.evil.example/j/1", "zoom.us", Some(Refused::Host))]
    #[case("https://xn--zom-1na.us/j/1", "zoom.us", Some(Refused::Host))]
    fn sr_30_and_31_only_what_was_shown_is_opened(
        #[case] address: &str,
        #[case] shown: &str,
        #[case] refused: Option<Refused>,
    ) {
        assert_eq!(check(&address.parse().unwrap(), shown).err(), refused);
    }

    #[test]
    fn an_endless_address_is_refused() {
        let address: Url = format!("https://zoom.us/{}", "a".repeat(LENGTH_MAX))
            .parse()
            .unwrap();
        assert_eq!(check(&address, "zoom.us"), Err(Refused::Malformed));
    }
}
