//! Which names may be asked, and which answer may be trusted.

use std::{collections::BTreeSet, fmt};

use thiserror::Error;
use url::{Host, Url};

/// The part of an address behind the at sign, as names are asked for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Domain(String);

/// Top-level names that nobody can own (RFC 6761, RFC 6762, RFC 7686).
const RESERVED: &[&str] = &["example", "invalid", "local", "localhost", "onion", "test"];

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
    /// The domain of an address. Refused are IP addresses, single labels,
    /// public suffixes and names that are reserved (RFC 6761): `autodiscover.`
    /// in front of those is not the user's own.
    pub fn of_address(address: &str) -> Result<Self, BadAddress> {
        let (name, domain) = address.trim().rsplit_once('@').ok_or(BadAddress)?;
        if name.is_empty() || name.contains(char::is_whitespace) {
            return Err(BadAddress);
        }
        let Ok(Host::Domain(domain)) = Host::parse(domain) else {
            return Err(BadAddress);
        };
        let domain = domain.trim_end_matches('.').to_owned();
        let last = domain.rsplit('.').next().unwrap_or_default();
        // What stands in front of a dot may be nothing for the list of
        // suffixes, and is nothing for a resolver too.
        let hollow = domain.split('.').any(str::is_empty);
        // Below names such as kobe.jp every label is a public suffix, and
        // `autodiscover` can be anybody's.
        let owned = |name: &str| psl::domain_str(name).is_some();
        if hollow
            || !domain.contains('.')
            || RESERVED.contains(&last)
            || !owned(&domain)
            || !owned(&format!("autodiscover.{domain}"))
        {
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

/// Which places may be given the user's credentials: those of the address's
/// own domain, and those that a person confirmed.
#[derive(Debug, Clone)]
pub struct Policy {
    domain: Domain,
    confirmed: BTreeSet<String>,
}

/// An `https` address that may be given credentials. Only [`Policy::admit`]
/// makes one, so what needs one cannot be reached around the policy:
///
/// ```compile_fail
/// let url = "https://mail.evil.net/".parse().unwrap();
/// let trusted = ews::autodiscover::Trusted(url);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Trusted(Url);

/// Why an address may not be given credentials.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Distrust {
    /// Not `https`, or with a user name in it.
    Unsafe,
    /// Outside the domain, or at another port than 443, and not confirmed.
    Foreign {
        /// Host, and port where it is not 443: what a person would confirm.
        place: String,
    },
    /// A host of Exchange Online.
    ExchangeOnline {
        /// The host.
        host: String,
    },
}

/// Domains of Microsoft's cloud, as hybrid domains point to them.
const ONLINE: &[&str] = &[
    "onmicrosoft.com",
    "office.com",
    "office365.com",
    "outlook.cn",
    "outlook.com",
];

impl Policy {
    /// The policy for addresses of `domain`. `confirmed` are places outside
    /// it, `host` or `host:port`, which a person has seen and said yes to.
    pub fn new(domain: Domain, confirmed: &[String]) -> Self {
        let confirmed = confirmed.iter().map(|place| place.trim().to_lowercase());
        Self {
            domain,
            confirmed: confirmed.collect(),
        }
    }

    /// The domain.
    pub fn domain(&self) -> &Domain {
        &self.domain
    }

    /// Lets an address through, or says what speaks against it.
    pub fn admit(&self, url: &Url) -> Result<Trusted, Distrust> {
        let Some(host) = url.host_str().filter(|_| url.scheme() == "https") else {
            return Err(Distrust::Unsafe);
        };
        if !url.username().is_empty() || url.password().is_some() {
            return Err(Distrust::Unsafe);
        }
        let mut url = url.clone();
        url.set_fragment(None);
        // Without the port where that is 443.
        let place = url.authority().to_owned();
        if self.confirmed.contains(&place) {
            return Ok(Trusted(url));
        }
        if is_online(host) {
            return Err(Distrust::ExchangeOnline {
                host: host.to_owned(),
            });
        }
        match self.domain.trust(host) {
            Trust::Own if url.port().is_none() => Ok(Trusted(url)),
            Trust::Own | Trust::Foreign => Err(Distrust::Foreign { place }),
        }
    }
}

fn is_online(host: &str) -> bool {
    ONLINE.iter().any(|name| {
        host.strip_suffix(name)
            .is_some_and(|above| above.is_empty() || above.ends_with('.'))
    })
}

impl Trusted {
    /// The address.
    pub fn url(&self) -> &Url {
        &self.0
    }

    /// Host, and port where it is not 443.
    pub fn place(&self) -> &str {
        self.0.authority()
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
    #[case("anna@kobe.jp")]
    #[case("anna@.com")]
    #[case("anna@..com")]
    #[case("anna@a..com")]
    #[case("anna@corp.local")]
    #[case("anna@mail.example")]
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

    fn admit(url: &str) -> Result<Trusted, Distrust> {
        let domain = Domain::of_address("anna@example.org").unwrap();
        let confirmed = ["Mail.Partner.net".to_owned(), "127.0.0.1:8443".to_owned()];
        Policy::new(domain, &confirmed).admit(&url.parse().unwrap())
    }

    #[rstest]
    #[case("https://mail.example.org/EWS/Exchange.asmx")]
    #[case("https://MAIL.example.org:443/")]
    #[case("https://mail.partner.net/EWS/Exchange.asmx")]
    #[case("https://127.0.0.1:8443/")]
    fn sr_18_what_is_the_domains_own_or_confirmed_is_admitted(#[case] url: &str) {
        assert!(admit(url).is_ok());
    }

    fn foreign(place: &str) -> Distrust {
        Distrust::Foreign {
            place: place.to_owned(),
        }
    }

    fn online(host: &str) -> Distrust {
        Distrust::ExchangeOnline {
            host: host.to_owned(),
        }
    }

    #[rstest]
    #[case("http://mail.example.org/", Distrust::Unsafe)]
    #[case("ftp://mail.example.org/", Distrust::Unsafe)]
    #[case("https://anna:secret@mail.example.org/", Distrust::Unsafe)]
    #[case("data:text/plain,x", Distrust::Unsafe)]
    #[case("https://mail.example.org:8443/", foreign("mail.example.org:8443"))]
    #[case("https://mail.evil.net/", foreign("mail.evil.net"))]
    #[case("https://mail.partner.net:444/", foreign("mail.partner.net:444"))]
    #[case("https://127.0.0.1/", foreign("127.0.0.1"))]
    #[case("https://example.org.evil.net/", foreign("example.org.evil.net"))]
    #[case(
        "https://outlook.office365.com/EWS/Exchange.asmx",
        online("outlook.office365.com")
    )]
    #[case(
        "https://autodiscover-s.outlook.com/",
        online("autodiscover-s.outlook.com")
    )]
    #[case("https://notoutlook.com/", foreign("notoutlook.com"))]
    fn sr_18_everything_else_is_named_and_not_admitted(
        #[case] url: &str,
        #[case] distrust: Distrust,
    ) {
        assert_eq!(admit(url), Err(distrust));
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
