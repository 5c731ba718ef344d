//! The one gate every address passes before the system is asked to open it.

use calendar::{JoinLink, join::address};
use thiserror::Error;
use url::Url;

use crate::settings::JoinSettings;

/// The address is not opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Refused {
    /// Only `https` is opened, and what the user has not switched off of the
    /// schemes for meetings.
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
    well_formed(address)
}

/// A meeting's page in Outlook on the web with the host that is shown for it.
pub fn on_the_web(address: &Url) -> Result<(&Url, &str), Refused> {
    let host = address.host_str().unwrap_or_default();
    check(address, host).map(|address| (address, host))
}

/// What is opened for a link: the service's own program where the user has
/// chosen it, otherwise the link itself.
pub fn for_joining<'a>(link: &'a JoinLink, settings: &JoinSettings) -> Result<&'a Url, Refused> {
    let chosen = link
        .app
        .as_ref()
        .filter(|_| link.is_web() && settings.in_app.contains(&link.provider));
    match chosen {
        Some(app) if !address::is_app_of(app, &link.host) => Err(Refused::Host),
        Some(app) => switched_on(app, settings).and_then(well_formed),
        None if link.is_web() => check(&link.url, &link.host),
        None => video(link).and_then(|url| switched_on(url, settings)),
    }
}

/// Lets `address` pass when it is of a form that is opened at all: a look at it
/// alone, where it is not known any more what was shown.
pub fn last_look(address: &Url) -> Result<&Url, Refused> {
    let host = address.host_str().unwrap_or_default();
    if address::shown(address).is_some() || address::is_app_of(address, host) {
        return well_formed(address);
    }
    // An authority on this machine signs in without TLS.
    if address.scheme() == "http" && matches!(host, "127.0.0.1" | "[::1]") {
        return well_formed(address);
    }
    check(address, host)
}

/// What is copied of a link, which others may open in a browser.
pub fn for_copying(link: &JoinLink) -> Result<&Url, Refused> {
    if link.is_web() {
        check(&link.url, &link.host)
    } else {
        video(link)
    }
}

/// An address of a video system or a telephone has exactly the form of its
/// scheme, and leads where it is shown to lead.
fn video(link: &JoinLink) -> Result<&Url, Refused> {
    match address::shown(&link.url) {
        Some(shown) if shown == link.host => well_formed(&link.url),
        Some(_) => Err(Refused::Host),
        None => Err(Refused::Scheme),
    }
}

fn switched_on<'a>(address: &'a Url, settings: &JoinSettings) -> Result<&'a Url, Refused> {
    if settings.never.contains(address.scheme()) {
        return Err(Refused::Scheme);
    }
    Ok(address)
}

fn well_formed(address: &Url) -> Result<&Url, Refused> {
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

    fn link(url: &str, host: &str, app: Option<&str>) -> JoinLink {
        JoinLink {
            url: url.parse().unwrap(),
            provider: "Zoom".to_owned(),
            host: host.to_owned(),
            app: app.map(|app| Box::new(app.parse().unwrap())),
        }
    }

    const WEB: &str = "https://zoom.us/j/1";
    const APP: &str = "zoommtg://zoom.us/join?confno=1";

    #[rstest]
    #[case::in_the_browser(Some(APP), &[], &[], Some(WEB))]
    #[case::in_the_program(Some(APP), &["Zoom"], &[], Some(APP))]
    #[case::without_a_program(None, &["Zoom"], &[], Some(WEB))]
    #[case::of_another_service(Some(APP), &["Webex"], &[], Some(WEB))]
    #[case::switched_off(Some(APP), &["Zoom"], &["zoommtg"], None)]
    #[case::to_another_host(Some("zoommtg://evil.example/join"), &["Zoom"], &[], None)]
    #[case::by_a_scheme_of_others(Some("ms-msdt://zoom.us/x"), &["Zoom"], &[], None)]
    fn a_link_opens_in_the_program_of_its_service_where_the_user_has_chosen_it(
        #[case] app: Option<&str>,
        #[case] in_app: &[&str],
        #[case] never: &[&str],
        #[case] opened: Option<&str>,
    ) {
        let set = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
        let settings = JoinSettings {
            in_app: set(in_app),
            never: set(never),
            services_file: None,
        };
        let link = link(WEB, "zoom.us", app);
        let found = for_joining(&link, &settings).ok().map(Url::as_str);
        assert_eq!(found, opened);
        assert_eq!(for_copying(&link).map(Url::as_str), Ok(WEB));
    }

    #[rstest]
    #[case("sip:12345@video.example.org", "video.example.org", &[], None)]
    #[case("sip:12345@video.example.org", "other.example.org", &[], Some(Refused::Host))]
    #[case("sip:12345@video.example.org", "video.example.org", &["sip"], Some(Refused::Scheme))]
    #[case("sip:12345@video.example.org?x=y", "video.example.org", &[], Some(Refused::Scheme))]
    #[case("tel:+4687654321", "+4687654321", &[], None)]
    #[case("tel:*31*", "*31*", &[], Some(Refused::Scheme))]
    fn sr_30_a_video_address_opens_in_its_exact_form_and_can_be_switched_off(
        #[case] address: &str,
        #[case] shown: &str,
        #[case] never: &[&str],
        #[case] refused: Option<Refused>,
    ) {
        let settings = JoinSettings {
            never: never.iter().map(|&name| name.to_owned()).collect(),
            ..JoinSettings::default()
        };
        let link = link(address, shown, None);
        assert_eq!(for_joining(&link, &settings).err(), refused);
    }

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
