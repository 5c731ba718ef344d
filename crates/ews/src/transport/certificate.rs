//! What a server's certificate says to people: who vouches for it, and how
//! long.

use chrono::{DateTime, Utc};
use x509_parser::prelude::{AttributeTypeAndValue, FromDer as _, X509Certificate};

/// A certificate that was accepted, as people look at it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate {
    /// Who issued it: the organization, or the authority's own name where no
    /// organization is named.
    pub issuer: String,
    /// When it expires.
    pub until: DateTime<Utc>,
}

/// Longest name (X.520, `ub-organization-name` and `ub-common-name`).
const NAME_MAX: usize = 64;

impl Certificate {
    /// Reads one in DER; `None` when it names nobody.
    pub(crate) fn read(der: &[u8]) -> Option<Self> {
        let (_, parsed) = X509Certificate::from_der(der).ok()?;
        let until = parsed.validity().not_after.timestamp();
        let issuer = parsed.issuer();
        let mut names = issuer
            .iter_organization()
            .chain(issuer.iter_common_name())
            .filter_map(name);
        Some(Self {
            issuer: names.next()?,
            until: DateTime::from_timestamp(until, 0)?,
        })
    }
}

/// A name in one line that cannot turn the text around it.
fn name(attribute: &AttributeTypeAndValue<'_>) -> Option<String> {
    let text = attribute.as_str().ok()?;
    let shown = |c: &char| !c.is_control() && !turns_direction(*c);
    let name: String = text.chars().filter(shown).take(NAME_MAX).collect();
    let name = name.trim();
    (!name.is_empty()).then(|| name.to_owned())
}

fn turns_direction(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{061c}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, DistinguishedName, DnType, KeyPair, date_time_ymd};
    use rstest::rstest;

    use super::*;

    fn signed_by(names: &[(DnType, &str)]) -> Vec<u8> {
        let mut params = CertificateParams::new(vec!["mail.example.org".to_owned()]).unwrap();
        params.distinguished_name = DistinguishedName::new();
        for (kind, name) in names {
            params.distinguished_name.push(kind.clone(), *name);
        }
        params.not_after = date_time_ymd(2027, 3, 1);
        let key = KeyPair::generate().unwrap();
        params.self_signed(&key).unwrap().der().to_vec()
    }

    #[rstest]
    #[case(&[(DnType::CommonName, "Acme Root CA")], "Acme Root CA")]
    #[case(&[(DnType::CommonName, "R11"), (DnType::OrganizationName, "Let’s Encrypt")], "Let’s Encrypt")]
    #[case(&[(DnType::CommonName, "Acme"), (DnType::OrganizationName, " \u{7} ")], "Acme")]
    #[case(&[(DnType::CommonName, "Acme\u{202e}\n\u{1b}[2J CA")], "Acme[2J CA")]
    fn who_vouches_is_called_as_people_call_them_and_turns_no_text_around(
        #[case] names: &[(DnType, &str)],
        #[case] issuer: &str,
    ) {
        let read = Certificate::read(&signed_by(names)).unwrap();
        assert_eq!(read.issuer, issuer);
        assert_eq!(read.until.to_rfc3339(), "2027-03-01T00:00:00+00:00");
    }

    #[test]
    fn a_name_is_no_longer_than_names_are_and_nobody_is_nobody() {
        let long = "å".repeat(70);
        let read = Certificate::read(&signed_by(&[(DnType::CommonName, &long)])).unwrap();
        assert_eq!(read.issuer, "å".repeat(NAME_MAX));
        assert_eq!(Certificate::read(&signed_by(&[])), None);
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_make_the_reader_panic(bytes: Vec<u8>, at: usize) {
            let _none = Certificate::read(&bytes);
            let mut der = signed_by(&[(DnType::CommonName, "Acme Root CA")]);
            let at = at % der.len();
            der.splice(at..at, bytes);
            let _some = Certificate::read(&der);
        }
    }
}
