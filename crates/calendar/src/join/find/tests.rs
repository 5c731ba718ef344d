use rstest::rstest;

use super::*;

fn all(sources: Sources<'_>) -> JoinLinks {
    find(sources, Services::built_in())
}

fn in_body(body: &str) -> JoinLinks {
    all(Sources {
        body,
        ..Sources::default()
    })
}

fn at(location: &str) -> JoinLinks {
    all(Sources {
        location,
        ..Sources::default()
    })
}

fn written(links: &JoinLinks) -> Vec<&str> {
    links.0.iter().map(|link| link.url.as_str()).collect()
}

/// One link of each place, from the most reliable to the least.
const PLACES: [&str; 10] = [
    "https://teams.microsoft.com/l/meetup-join/1",
    "https://meet.google.com/abc-defg-hij",
    "https://meet.jit.si/Own",
    "https://rooms.example.org/7",
    "https://acme.webex.com/meet/anna",
    "https://zoom.us/j/1",
    "https://whereby.com/room",
    "sip:room@tms.example.org",
    "sip:12345@video.example.org",
    "https://video.example.org/rooms/1",
];

const HOUSE: &str = "[[service]]\nname = \"House video\"\nhosts = [\"video.example.org\"]\n";

#[test]
fn each_place_comes_before_those_that_can_be_relied_on_less() {
    let services = Services::with_house(HOUSE).unwrap();
    let keyword = PLACES[4].parse().unwrap();
    for first in 0..PLACES.len() {
        let from = |place: usize| if place >= first { PLACES[place] } else { "" };
        let body = format!(
            "See {} and {}\n\nJoin the meeting:\n{}\n\nVideo: {}",
            from(9),
            from(6),
            from(5),
            from(8),
        );
        let sources = Sources {
            structured: &[from(0)],
            older: &[from(1)],
            own: Some(from(2)),
            location: from(3),
            keyword: Some(&keyword).filter(|_| first <= 4),
            body: &body,
            dialled: Some(from(7)),
        };
        let links = find(sources, &services);
        let offered = &PLACES[first..PLACES.len().min(first + OFFERED_MAX)];
        assert_eq!(written(&links), offered, "from {first}");
    }
}

#[rstest]
#[case::a_call("https://acme.webex.com/meet/anna", Some("Webex"))]
#[case::a_page_of_a_workspace("https://portal.example.org/sites/budget", None)]
#[case::a_broadcast_of_old("http://media.example.org/all-hands.asx", None)]
fn a_field_of_older_programs_counts_where_it_leads_to_a_known_service(
    #[case] address: &str,
    #[case] provider: Option<&str>,
) {
    let links = all(Sources {
        older: &[address],
        ..Sources::default()
    });
    let best = links.best().map(|link| link.provider.as_str());
    assert_eq!(best, provider);
}

#[rstest]
#[case::as_an_address("sip:12345@video.example.org")]
#[case::without_a_scheme("12345@video.example.org")]
fn what_a_video_system_dials_is_a_way_to_join_after_the_web_address(#[case] dialled: &str) {
    let links = all(Sources {
        body: "Join: https://acme.webex.com/meet/anna or 777@other.example.org",
        dialled: Some(dialled),
        ..Sources::default()
    });
    let hosts: Vec<&str> = links.0.iter().map(|link| link.host.as_str()).collect();
    assert_eq!(
        hosts,
        ["acme.webex.com", "video.example.org", "other.example.org"]
    );
    assert!(!links.is_ambiguous());
}

#[rstest]
#[case::the_line_says_so(
    "Last time: https://acme.webex.com/meet/older\nJoin here: https://acme.webex.com/meet/new",
    "/meet/new"
)]
#[case::the_line_above_says_so(
    "Last time: https://acme.webex.com/meet/older\nJoin the meeting\n\nhttps://acme.webex.com/meet/new",
    "/meet/new"
)]
#[case::in_swedish(
    "https://acme.webex.com/meet/older\nAnslut till mötet:\nhttps://acme.webex.com/meet/new",
    "/meet/new"
)]
#[case::in_html_on_one_line(
    "<p>Notes: <a href='https://acme.webex.com/meet/older'>old</a></p><p>Click to join: \
     <a href='https://acme.webex.com/meet/new'>here</a></p>",
    "/meet/new"
)]
#[case::the_heading_counts_for_one_line_only(
    "Join:\nhttps://acme.webex.com/meet/new\nhttps://acme.webex.com/meet/older",
    "/meet/new"
)]
#[case::the_longer_of_two_has_the_passcode(
    "https://zoom.us/j/1 or with the passcode https://zoom.us/j/1?pwd=x",
    "/j/1?pwd=x"
)]
fn in_a_body_the_right_link_comes_first(#[case] body: &str, #[case] path: &str) {
    let links = in_body(body);
    let best = &links.best().unwrap().url;
    assert!(best.as_str().ends_with(path), "{best}");
}

#[test]
fn a_page_of_no_known_service_counts_in_the_location_and_not_in_the_body() {
    let page = "https://docs.example.org/a";
    assert_eq!(in_body(page).0, []);
    assert_eq!(at(page).best().unwrap().provider, "docs.example.org");
}

#[rstest]
#[case("https://zoom.us/j/1?a=b&#x26;c=d", "https://zoom.us/j/1?a=b&c=d")]
#[case("https://zoom.us/j/1?pwd=a&amp;b=c", "https://zoom.us/j/1?pwd=a&b=c")]
#[case("https://meet.jit.si/a&#39;b", "https://meet.jit.si/a'b")]
#[case("https://zoom.us/j/1?a=b&amp;#39;c", "https://zoom.us/j/1?a=b&#39;c")]
#[case(
    "https://meet.proton.me/join/a#pwd-k",
    "https://meet.proton.me/join/a#pwd-k"
)]
#[case(
    "https://facetime.apple.com/join#v=1&amp;p=x",
    "https://facetime.apple.com/join#v=1&p=x"
)]
fn a_link_that_stands_only_in_an_anchor_is_found_with_its_ampersands_and_its_fragment(
    #[case] written: &str,
    #[case] meant: &str,
) {
    let links = in_body(&format!("<p><a href=\"{written}\">Join</a></p>"));
    assert_eq!(links.best().unwrap().url.as_str(), meant);
}

#[rstest]
#[case::two_services("https://zoom.us/j/1 or https://acme.webex.com/meet/ana", 2, true)]
#[case::one_service_twice("https://zoom.us/j/1 or https://acme.zoom.us/j/1", 2, false)]
#[case::a_video_address_of_the_same_meeting(
    "https://acme.webex.com/meet/ana or 12345@acme.webex.com",
    1,
    false
)]
#[case::two_video_addresses("12345@a.example.org, 12345@b.example.org", 2, true)]
#[case::nothing("no link", 0, false)]
fn two_services_in_one_meeting_are_both_offered_and_marked(
    #[case] body: &str,
    #[case] choices: usize,
    #[case] is_ambiguous: bool,
) {
    let links = in_body(body);
    assert_eq!(links.choices().count(), choices);
    assert_eq!(links.is_ambiguous(), is_ambiguous);
}

#[rstest]
#[case::sip("sip:anna@video.example.org", "Video address", "video.example.org")]
#[case::sips("sips:anna@video.example.org", "Video address", "video.example.org")]
#[case::h323("h323:12345@gk.example.org", "H.323", "gk.example.org")]
#[case::digits("12345@video.example.org", "Video address", "video.example.org")]
#[case::pexip("pexip://anna@video.example.org", "Pexip", "video.example.org")]
fn a_video_address_is_a_way_to_join(
    #[case] address: &str,
    #[case] provider: &str,
    #[case] host: &str,
) {
    for links in [at(address), in_body(&format!("Call {address}."))] {
        let best = links.best().expect(address);
        assert_eq!(
            (best.provider.as_str(), best.host.as_str()),
            (provider, host)
        );
    }
}

#[test]
fn a_telephone_counts_in_the_location_and_not_in_a_signature() {
    assert_eq!(at("tel:+4687654321").best().unwrap().host, "+4687654321");
    assert_eq!(in_body("<a href='tel:+4687654321'>Call me</a>").0, []);
}

#[test]
fn what_is_found_takes_no_more_room_than_it_needs() {
    let links = in_body("https://meet.jit.si/a");
    assert_eq!((links.0.len(), links.0.capacity()), (1, 1));
}

#[test]
fn a_link_of_a_program_counts_as_the_web_address_beside_it() {
    let links = in_body("zoommtg://acme.zoom.us/join?confno=12345&pwd=x https://meet.jit.si/a");
    let zoom = &links.0[0];
    assert_eq!(zoom.url.as_str(), "https://acme.zoom.us/j/12345?pwd=x");
    assert_eq!(
        zoom.app.as_deref().map(Url::as_str),
        Some("zoommtg://acme.zoom.us/join?confno=12345&pwd=x")
    );
}

#[test]
fn safelinks_in_each_other_are_taken_off_and_endless_ones_dropped() {
    let inner = "https://meet.jit.si/Room#config.prejoin=true";
    let mut link = inner.to_owned();
    for depth in 0..9 {
        let links = in_body(&link);
        let best = links.best().map(|link| link.url.as_str());
        assert_eq!(best, (depth < 6).then_some(inner), "{depth}");
        let encoded: String = url::form_urlencoded::byte_serialize(link.as_bytes()).collect();
        link = format!("https://eur01.safelinks.protection.outlook.com/?url={encoded}&data=1");
    }
}

#[rstest]
#[case("https://zoom.us@evil.example/j/1")]
#[case("https://zoom.us:pw@evil.example/j/1")]
#[case("https://192.0.2.7/j/1")]
#[case("https://[2001:db8::7]/j/1")]
#[case("http://zoom.us/j/1")]
#[case("zoom.us/j/1")]
#[case("javascript:https://")]
#[case("https://zoom.us/j/1%00.evil.example")]
#[case("https://zoom.us%00.evil.example/j/1")]
#[case("https://zo\u{202e}om.us/j/1")]
#[case("sip:anna@video.example.org@evil.example")]
#[case("zoommtg://zoom.us@evil.example/join?confno=1")]
fn sr_31_an_address_that_pretends_to_be_another_is_no_way_to_join(#[case] location: &str) {
    assert_eq!(written(&at(location)), Vec::<&str>::new());
}

#[rstest]
#[case::cyrillic("https://zo\u{43e}m.us/j/1", "xn--zom-jed.us")]
#[case::greek("https://meet.jit.s\u{3b9}/a", "xn--meet.jit.s")]
#[case::another_domain("https://zoom.us.evil.example/j/1", "zoom.us.evil.example")]
fn sr_31_a_host_that_looks_like_a_service_is_shown_as_it_is_and_is_not_known(
    #[case] location: &str,
    #[case] host: &str,
) {
    assert_eq!(in_body(location).0, [], "not taken from a body");
    let links = at(location);
    let link = links.best().unwrap();
    assert!(
        link.host.is_ascii() && link.provider == link.host,
        "{link:?}"
    );
    assert!(
        link.host == host || link.host.contains("xn--"),
        "{}",
        link.host
    );
}

#[test]
fn sr_31_an_address_ends_at_a_tab_a_quote_or_a_bracket() {
    for end in ['\t', '"', '\'', '<', '>', '`', '\\', '\u{7f}', '\r'] {
        let links = at(&format!("https://zoom.us/j/1{end}.evil.example"));
        assert_eq!(written(&links), ["https://zoom.us/j/1"], "{end:?}");
    }
}

#[test]
fn sr_30_of_more_than_two_hundred_addresses_with_other_schemes_none_is_a_way_to_join() {
    let schemes = [
        "http",
        "ftp",
        "file",
        "smb",
        "javascript",
        "vbscript",
        "data",
        "ms-msdt",
        "ms-word",
        "ms-excel",
        "ms-officecmd",
        "ms-settings",
        "search-ms",
        "shell",
        "about",
        "blob",
        "cid",
        "mailto",
        "ldap",
        "ldaps",
        "ssh",
        "telnet",
        "rdp",
        "vnc",
        "jar",
        "view-source",
        "intent",
        "chrome",
        "steam",
        "skype",
        "callto",
        "im",
        "nfs",
        "afp",
        "dict",
        "gopher",
        "ws",
        "wss",
    ];
    let rests = [
        "//zoom.us/j/1",
        "zoom.us/j/1",
        "//zoom.us@evil.example/j/1",
        "anna@video.example.org",
        "/etc/passwd",
        "alert(1)",
    ];
    let mut looked_at = 0;
    for scheme in schemes {
        for rest in rests {
            let address = format!("{scheme}:{rest}");
            for links in [
                at(&address),
                in_body(&format!("<a href=\"{address}\">Join</a>")),
            ] {
                assert_eq!(links.0, [], "{address}");
            }
            looked_at += 1;
        }
    }
    for unc in [
        r"\\evil.example\share",
        r"//evil.example/share",
        "file:\\\\evil\\c$",
    ] {
        assert_eq!(at(unc).0, [], "{unc}");
        looked_at += 1;
    }
    assert!(looked_at >= 200, "{looked_at}");
}

#[test]
fn a_body_without_end_costs_what_a_long_one_costs() {
    let mut body = "https://zoom.us/j/1 ".repeat(LOOKED_AT_MAX);
    body.push_str(&"ö<p>".repeat(BODY_BYTES_MAX));
    assert_eq!(in_body(&body).0.len(), 1);
}

proptest::proptest! {
    #[test]
    fn whatever_the_text_a_link_leads_where_it_says_and_by_a_scheme_of_the_list(
        text in "(https://|[a-z./?&=<>\"' öé\n@1-9]|zoom\\.us/j/1|%|sip:|zoommtg://|<br>|file:|join){0,80}",
    ) {
        let sources = Sources {
            structured: &[&text],
            location: &text,
            body: &text,
            ..Sources::default()
        };
        let links = find(sources, Services::built_in());
        proptest::prop_assert!(links.0.len() <= OFFERED_MAX);
        for link in &links.0 {
            if link.is_web() {
                proptest::prop_assert_eq!(link.url.host_str(), Some(link.host.as_str()));
            } else {
                let shown = crate::join::address::shown(&link.url);
                proptest::prop_assert_eq!(shown.as_ref(), Some(&link.host));
            }
            if let Some(app) = &link.app {
                proptest::prop_assert!(crate::join::address::is_app_of(app, &link.host));
            }
        }
        let urls: BTreeSet<_> = links.0.iter().map(|link| &link.url).collect();
        proptest::prop_assert_eq!(urls.len(), links.0.len());
    }
}
