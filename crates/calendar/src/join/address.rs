//! Addresses that are no web addresses: of video systems, telephones and the
//! programs of services.

use url::{Host, Url};

/// The schemes that may ever be opened beside `https` (SR-30). A file of
/// services cannot add to them.
const SCHEMES: [&str; 15] = [
    "sip",
    "sips",
    "h323",
    "pexip",
    "tel",
    "facetime-audio",
    "facetime",
    "zoommtg",
    "msteams",
    "jitsi-meet",
    "chime",
    "workchat",
    "slack",
    "discord",
    "riversidefm",
];

/// Longest part before or behind the `@` of a video address.
const PART_MAX: usize = 253;

/// Whether it is the scheme of a meeting program, a video system or a
/// telephone.
pub fn is_app_scheme(scheme: &str) -> bool {
    SCHEMES.contains(&scheme)
}

/// What an address other than `https` leads to, as it is shown: the host of a
/// video address, the number of a telephone. `None` when it has not exactly
/// the form of its scheme.
pub fn shown(address: &Url) -> Option<String> {
    let scheme = address.scheme();
    let rest = address.as_str().get(scheme.len() + 1..)?;
    let (same, shown) = read(scheme, rest)?;
    (same == *address).then_some(shown)
}

/// The part of a host that somebody has registered: of `acme.webex.com` it is
/// `webex.com`. `None` where nobody has, as of numbers and names without a dot.
pub fn registrable(host: &str) -> Option<&str> {
    match Host::parse(host) {
        Ok(Host::Domain(_)) => psl::domain_str(host),
        Ok(Host::Ipv4(_) | Host::Ipv6(_)) | Err(_) => None,
    }
}

/// Whether the system may be asked to open an address of a service's own
/// program: a scheme of the list, nobody's name or password in it, and where
/// it names an internet host, the one that is shown.
pub fn is_app_of(address: &Url, shown_host: &str) -> bool {
    let host_is_shown = match address.host_str() {
        Some(host) if host.contains('.') => host == shown_host,
        // A word such as `meeting` in `chime://meeting` is no host.
        Some(_) => true,
        None => false,
    };
    is_app_scheme(address.scheme())
        && host_is_shown
        && address.username().is_empty()
        && address.password().is_none()
        && address.port().is_none()
}

/// The address of a video system or a telephone, and what is shown of it.
/// `rest` is what stands behind the colon of the scheme; parameters at its
/// end are left off.
pub(super) fn read(scheme: &str, rest: &str) -> Option<(Url, String)> {
    let rest = rest.strip_prefix("//").unwrap_or(rest);
    let rest = rest.split([';', '?', '#']).next().unwrap_or_default();
    let rest = rest.trim_end_matches(['.', ',', ':', '!', ')', ']', '*', '/']);
    let (address, shown) = match scheme {
        "sip" | "sips" => {
            let (user, host) = rest.split_once('@')?;
            let host = host_of(host)?;
            is_user(user).then(|| (format!("{scheme}:{user}@{host}"), host))?
        }
        "h323" => {
            if let Some((user, host)) = rest.split_once('@') {
                let host = host_of(host)?;
                is_user(user).then(|| (format!("h323:{user}@{host}"), host))?
            } else {
                let host = host_of(rest)?;
                (format!("h323:{host}"), host)
            }
        }
        "pexip" => {
            let (user, host) = rest.split_once('@')?;
            let host = host_of(host)?;
            is_user(user).then(|| (format!("pexip://{user}@{host}"), host))?
        }
        "tel" | "facetime-audio" => {
            let number: String = rest.chars().filter(|c| !"-.()".contains(*c)).collect();
            let digits = number.strip_prefix('+').unwrap_or(&number);
            let is_number =
                (3..=20).contains(&digits.len()) && digits.chars().all(|c| c.is_ascii_digit());
            is_number.then(|| (format!("{scheme}:{number}"), number))?
        }
        _ => return None,
    };
    Some((Url::parse(&address).ok()?, shown))
}

/// A name on a video system: no character by which a program could be told
/// anything else.
fn is_user(user: &str) -> bool {
    !user.is_empty()
        && user.len() <= PART_MAX
        && !user.starts_with(['-', '.'])
        && user
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "-._+".contains(c))
}

/// A named host; numbers alone name none.
pub(super) fn host_of(text: &str) -> Option<String> {
    let host = text.to_ascii_lowercase();
    let named = host.len() <= PART_MAX
        && host.contains('.')
        && host.split('.').all(|part| {
            !part.is_empty()
                && !part.starts_with('-')
                && !part.ends_with('-')
                && part.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
        })
        && host
            .rsplit('.')
            .next()
            .is_some_and(|top| !top.chars().all(|c| c.is_ascii_digit()));
    named.then_some(host)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("sip", "anna@video.example.org", Some("sip:anna@video.example.org"))]
    #[case("sips", "12345@Example.ORG", Some("sips:12345@example.org"))]
    #[case(
        "sip",
        "12345@example.org;transport=tls",
        Some("sip:12345@example.org")
    )]
    #[case("sip", "//12345@example.org.", Some("sip:12345@example.org"))]
    #[case("sip", "12345", None)]
    #[case("sip", "12345@localhost", None)]
    #[case("sip", "12345@192.0.2.7", None)]
    #[case("sip", "a b@example.org", None)]
    #[case("sip", "-x@example.org", None)]
    #[case("sip", "a%22@example.org", None)]
    #[case("sip", "anna@video.example.org@evil.example", None)]
    #[case("h323", "12345@gk.example.org", Some("h323:12345@gk.example.org"))]
    #[case("h323", "gk.example.org", Some("h323:gk.example.org"))]
    #[case("h323", "12345", None)]
    #[case(
        "pexip",
        "//anna@video.example.org",
        Some("pexip://anna@video.example.org")
    )]
    #[case("tel", "+46-8-765.43.21", Some("tel:+4687654321"))]
    #[case("tel", "*31#", None)]
    #[case("facetime-audio", "//+4687654321", Some("facetime-audio:+4687654321"))]
    #[case("file", "//etc/passwd", None)]
    fn sr_30_a_video_address_has_exactly_the_form_of_its_scheme(
        #[case] scheme: &str,
        #[case] rest: &str,
        #[case] address: Option<&str>,
    ) {
        let found = read(scheme, rest);
        assert_eq!(found.as_ref().map(|(url, _)| url.as_str()), address);
        if let Some((url, host)) = found {
            assert_eq!(shown(&url), Some(host));
        }
    }

    #[rstest]
    #[case("acme.webex.com", Some("webex.com"))]
    #[case("webex.com", Some("webex.com"))]
    #[case("zoom.us.evil.example", Some("evil.example"))]
    #[case("rooms.acme.co.uk", Some("acme.co.uk"))]
    #[case("co.uk", None)]
    #[case("meetings", None)]
    #[case("10.0.0.7", None)]
    #[case("[::1]", None)]
    #[case("+4681234567", None)]
    #[case("", None)]
    fn sr_31_of_a_host_the_registered_part_is_known(
        #[case] host: &str,
        #[case] part: Option<&str>,
    ) {
        assert_eq!(registrable(host), part);
    }

    #[rstest]
    #[case("zoommtg://acme.zoom.us/join?confno=1", "acme.zoom.us", true)]
    #[case("zoommtg://evil.example/join?confno=1", "acme.zoom.us", false)]
    #[case("zoommtg://zoom.us@evil.example/join", "evil.example", false)]
    #[case("chime://meeting?pin=1", "acme.chime.aws", true)]
    #[case("ms-msdt://meeting?x", "acme.chime.aws", false)]
    #[case("file://acme.zoom.us/j/1", "acme.zoom.us", false)]
    #[case("https://acme.zoom.us/j/1", "acme.zoom.us", false)]
    fn sr_31_the_program_is_led_to_the_host_that_is_shown(
        #[case] address: &str,
        #[case] host: &str,
        #[case] passes: bool,
    ) {
        assert_eq!(is_app_of(&address.parse().unwrap(), host), passes);
    }
}
