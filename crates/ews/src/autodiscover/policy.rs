//! Which names may be asked, and which answer may be trusted.

use std::fmt;

use thiserror::Error;
use url::Host;

/// The part of an address behind the at sign, as names are asked for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Domain(String);

/// The address cannot belong to a mailbox on a server of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("This is no e-mail address with a domain of its own; it looks like name@example.org")]
pub struct BadAddress;

/// Whether a named server belongs to the domain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trust {
    /// The domain itself, or a name below it or below the domain that is
    /// registered for it.
    Own,
    /// Somebody else's.
    Foreign,
}

impl Domain {
    /// The domain of an address. Refused are IP addresses, single labels and
    /// public suffixes: `autodiscover.` in front of those is not the user's
    /// own.
    pub fn of_address(address: &str) -> Result<Self, BadAddress> {
        let (name, domain) = address.trim().rsplit_once('@').ok_or(BadAddress)?;
        if name.is_empty() || name.contains(char::is_whitespace) {
            return Err(BadAddress);
        }
        let Ok(Host::Domain(domain)) = Host::parse(domain) else {
            return Err(BadAddress);
        };
        let domain = domain.trim_end_matches('.').to_owned();
        if !domain.contains('.') || psl::domain_str(&domain).is_none() {
            return Err(BadAddress);
        }
        Ok(Self(domain))
    }

    /// The only names that are ever asked, in order.
    pub fn candidates(&self) -> Vec<String> {
        vec![format!("autodiscover.{}", self.0), self.0.clone()]
    }

    /// Whether `host` may be given this domain's credentials.
    pub fn trust(&self, host: &str) -> Trust {
        let registered = psl::domain_str(&self.0).unwrap_or(&self.0);
        let below = |base: &str| {
            host == base
                || host
                    .strip_suffix(base)
                    .is_some_and(|above| above.ends_with('.'))
        };
        if below(&self.0) || below(registered) {
            Trust::Own
        } else {
            Trust::Foreign
        }
    }
}

impl fmt::Display for Domain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("anna@example.org", &["autodiscover.example.org", "example.org"])]
    #[case(" anna@sub.example.co.uk ", &["autodiscover.sub.example.co.uk", "sub.example.co.uk"])]
    #[case("anna@xn--exmple-cua.se", &["autodiscover.xn--exmple-cua.se", "xn--exmple-cua.se"])]
    #[case("anna@EXÄMPLE.se", &["autodiscover.xn--exmple-cua.se", "xn--exmple-cua.se"])]
    fn sr_19_only_names_of_the_own_domain_are_asked(#[case] address: &str, #[case] names: &[&str]) {
        assert_eq!(Domain::of_address(address).unwrap().candidates(), names);
    }

    #[rstest]
    #[case("anna")]
    #[case("anna@")]
    #[case("@example.org")]
    #[case("anna@localhost")]
    #[case("anna@192.0.2.1")]
    #[case("anna@[192.0.2.1]")]
    #[case("anna@co.uk")]
    #[case("anna@org")]
    #[case("anna berg@example.org")]
    #[case("anna@exam ple.org")]
    fn sr_19_an_address_without_a_domain_of_its_own_is_refused(#[case] address: &str) {
        assert_eq!(Domain::of_address(address), Err(BadAddress));
    }

    #[rstest]
    #[case("mail.sub.example.co.uk", Trust::Own)]
    #[case("sub.example.co.uk", Trust::Own)]
    #[case("mail.example.co.uk", Trust::Own)]
    #[case("co.uk", Trust::Foreign)]
    #[case("autodiscover.co.uk", Trust::Foreign)]
    #[case("evilexample.co.uk", Trust::Foreign)]
    #[case("example.co.uk.evil.example", Trust::Foreign)]
    fn sr_18_only_hosts_of_the_own_domain_are_trusted(#[case] host: &str, #[case] trust: Trust) {
        let domain = Domain::of_address("anna@sub.example.co.uk").unwrap();
        assert_eq!(domain.trust(host), trust);
    }

    proptest::proptest! {
        #[test]
        fn sr_19_no_name_outside_the_domain_is_ever_asked(address in "[a-z.@ä-]{0,12}@[a-z.ä-]{1,24}") {
            if let Ok(domain) = Domain::of_address(&address) {
                for name in domain.candidates() {
                    proptest::prop_assert_eq!(domain.trust(&name), Trust::Own);
                    proptest::prop_assert!(psl::domain_str(&name).is_some());
                }
            }
        }
    }
}
