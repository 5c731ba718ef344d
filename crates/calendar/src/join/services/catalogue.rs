//! The built-in table against links of the services.

use url::Url;

use super::Services;
use crate::join::address;

/// A link as the service makes it, and the service.
const LINKS: &[(&str, &str)] = &[
    ("https://acme.zoom.us/j/123456789?pwd=x", "Zoom"),
    ("https://zoom.us/my/anna", "Zoom"),
    ("https://acme.zoomgov.com/j/1600000000", "Zoom"),
    ("https://zoom-x.de/j/1", "Zoom"),
    ("https://reclaim.ai/z/abc/def", "Zoom"),
    ("https://anna.zm.page", "Zoom"),
    ("https://acme.youcanbook.me/zoom/abc", "Zoom"),
    ("https://meet.google.com/abc-defg-hij", "Google Meet"),
    ("https://stream.meet.google.com/stream/abc", "Google Meet"),
    ("https://hangouts.google.com/call/abc", "Google Hangouts"),
    ("https://duo.app.goo.gl/abc", "Google Duo"),
    (
        "https://gov.teams.microsoft.us/l/meetup-join/19%3a/0",
        "Microsoft Teams",
    ),
    (
        "https://teams.microsoft.com/meet/2412?p=x",
        "Microsoft Teams",
    ),
    ("https://teams.live.com/meet/93?p=x", "Microsoft Teams"),
    ("https://meet.office.com/abc", "Microsoft Teams"),
    ("https://meet.microsoft.com/abc", "Microsoft Teams"),
    ("https://meet.lync.com/acme/anna/ABC", "Skype for Business"),
    ("https://join.skype.com/abc", "Skype"),
    ("https://acme.webex.com/acme/j.php?MTID=m1", "Webex"),
    ("https://acme.webex.com/meet/anna", "Webex"),
    ("https://acme.webex.com/join/anna", "Webex"),
    ("https://meet.jit.si/Standup", "Jitsi"),
    ("https://bigbluebutton.org/gl/abc", "BigBlueButton"),
    ("https://public.senfcall.de/abc", "senfcall"),
    ("https://indigo.collocall.de/abc", "collocall"),
    ("https://meet.gnome.org/abc", "GNOME Meet"),
    ("https://acme.chime.aws/1234567890", "Amazon Chime"),
    ("https://v.ringcentral.com/join/1", "RingCentral"),
    ("https://global.gotomeeting.com/join/1", "GoTo Meeting"),
    ("https://global.gotowebinar.com/join/1", "GoTo Webinar"),
    ("https://primetime.bluejeans.com/a2m/x", "BlueJeans"),
    ("https://8x8.vc/acme/room", "8x8"),
    ("https://whereby.com/room", "Whereby"),
    ("https://meetings.dialpad.com/room", "Dialpad"),
    ("https://uberconference.com/room", "Dialpad"),
    ("https://join.me/abc", "join.me"),
    ("https://go.teamviewer.com/v15/m1", "TeamViewer Meeting"),
    ("https://go.blizz.com/v15/m1", "TeamViewer Meeting"),
    ("https://meet.starleaf.com/1", "StarLeaf"),
    ("https://call.lifesizecloud.com/1", "Lifesize"),
    ("https://meetings.vonage.com/123456789", "Vonage"),
    ("https://vsee.com/c/abc", "VSee"),
    ("https://voovmeeting.com/dm/abc", "VooV"),
    ("https://welink.zhumu.com/j/123?pwd=x", "Zhumu"),
    ("https://welink.zhumu.com/wc/join/123?wpk=x", "Zhumu"),
    ("https://vc.larksuite.com/j/123", "Lark"),
    ("https://vc.feishu.cn/j/123", "Feishu"),
    ("https://cliq.zoho.eu/meetings/abc", "Zoho"),
    ("https://meet.proton.me/join/abc#pwd-k", "Proton Meet"),
    ("https://acme.workplace.com/groupcall/abc", "Workplace"),
    ("https://app.slack.com/huddle/T1/C1", "Slack"),
    ("https://canary.discord.com/channels/1", "Discord"),
    ("https://discord.gg/abc", "Discord"),
    ("https://facetime.apple.com/join#v=1&p=x", "FaceTime"),
    ("https://app.gather.town/app/abc/map", "Gather"),
    ("https://acme.ovice.in", "oVice"),
    ("https://app.teemyco.com/room/abc", "Teemyco"),
    ("https://meet.around.co/r/abc", "Around"),
    ("https://tuple.app/c/abc", "Tuple"),
    ("https://join.coscreen.co/abc", "CoScreen"),
    ("https://pop.com/j/810-218", "Pop"),
    ("https://meet.pumble.com/abc-def", "Pumble"),
    ("https://jam.systems/room", "Jam"),
    ("https://acme.vowel.com/#/g/abc", "Vowel"),
    ("https://meet.livekit.io/rooms/abc#key", "LiveKit Meet"),
    (
        "https://meetings.conf.meetecho.com/ietf/?session=1",
        "Meetecho",
    ),
    ("https://app.cal.com/video/abc", "Cal Video"),
    ("https://demodesk.com/abc", "Demodesk"),
    ("https://event.demio.com/ref/abc", "Demio"),
    ("https://app.livestorm.com/p/abc", "Livestorm"),
    ("https://www.streamyard.com/abcdefgh", "StreamYard"),
    ("https://riverside.fm/studio/abc", "Riverside"),
    ("https://go.chorus.ai/1", "Chorus"),
    ("https://acme.join.gong.io/abc", "Gong"),
    ("https://clinic.doxy.me/anna", "Doxy.me"),
    ("https://preply.com/en/room", "Preply"),
    ("https://go.userzoom.com/participate/abc", "UserZoom"),
    ("https://app.venue.live/app/abc", "Venue"),
    ("https://lu.ma/join/abc", "Luma"),
    ("https://vimeo.com/event/123", "Vimeo"),
    ("https://venues.vimeo.com/abc", "Vimeo"),
    ("https://www.youtube.com/live/abc", "YouTube"),
    ("https://youtu.be/abc", "YouTube"),
    (
        "https://us.bbcollab.com/guest/abc",
        "Blackboard Collaborate",
    ),
    ("https://a.conference.istesuit.com/abc", "Suit Conference"),
    ("https://vk.com/call/join/abc", "VK"),
    ("https://kmeet.infomaniak.com/abc", "kMeet"),
    ("https://call.element.io/room", "Element Call"),
];

fn service(address: &str) -> Option<String> {
    let url = Url::parse(address).unwrap();
    Services::built_in().recognize(&url).map(str::to_owned)
}

/// Patterns known from other programs, each an entry of its own.
const KNOWN_FROM_OTHERS: usize = 84;

/// The built-in table with a host of the house for every service that has
/// only such.
fn with_hosts_of_a_house() -> Services {
    let mut services = Services::built_in().clone();
    for service in services.services.iter_mut().filter(|s| s.own_hosts) {
        let example = Url::parse(&service.example).unwrap();
        service.hosts.push(example.host_str().unwrap().to_owned());
    }
    services
}

#[test]
fn the_table_has_the_84_known_patterns_and_seven_more_each_with_an_example_of_its_own() {
    let services = with_hosts_of_a_house();
    assert_eq!(services.services.len(), KNOWN_FROM_OTHERS + 7);
    for (place, service) in services.services.iter().enumerate() {
        let example = Url::parse(&service.example).expect(&service.example);
        let found = services.place(&example);
        assert_eq!(found, Some(place), "{} {example}", service.name);
    }
}

#[test]
fn what_houses_run_themselves_is_in_the_table_and_matches_no_host_by_itself() {
    for name in [
        "Jitsi",
        "BigBlueButton",
        "Skype for Business",
        "Nextcloud Talk",
        "Element Call",
        "Cisco Meeting Server",
        "Pexip",
    ] {
        let mut entries = Services::built_in().services.iter();
        let own = entries.find(|s| s.name == name && s.own_hosts);
        let example = &own.expect(name).example;
        let by_itself = service(example);
        assert!(
            by_itself.is_none() || example.contains("element.io"),
            "{example} would be {by_itself:?}"
        );
    }
}

#[test]
fn each_service_is_known_by_further_links() {
    for (link, name) in LINKS {
        assert_eq!(service(link).as_deref(), Some(*name), "{link}");
    }
}

#[test]
fn each_program_takes_the_example_of_its_service() {
    for service in &with_hosts_of_a_house().services {
        let Some(app) = &service.app else { continue };
        let example = Url::parse(&service.example).unwrap();
        let filled = app.fill(&example).expect(&service.example);
        let host = example.host_str().unwrap();
        assert!(address::is_app_of(&filled, host), "{filled}");
    }
}

#[test]
fn sr_31_a_host_that_looks_like_a_service_is_none() {
    for (link, _) in LINKS {
        let url = Url::parse(link).unwrap();
        let host = url.host_str().unwrap();
        let base = host.rsplitn(3, '.').take(2).collect::<Vec<_>>();
        let registrable = format!("{}.{}", base[1], base[0]);
        for other in [
            format!("{host}.evil.example"),
            format!("evil-{registrable}"),
            format!("evil.example/{host}"),
            format!("evil.example/?u={host}"),
        ] {
            let address = link.replacen(host, &other, 1);
            assert_eq!(service(&address), None, "{address}");
        }
    }
}

#[test]
fn other_pages_of_a_service_are_no_way_to_join() {
    for address in [
        "https://zoom.us/pricing",
        "https://reclaim.ai/blog",
        "https://vimeo.com/12345",
        "https://vimeo.com/event/abc",
        "https://pop.com/j/abc",
        "https://meetings.vonage.com/help",
        "https://www.youtube.com/",
        "https://acme.vowel.com/pricing",
        "https://acme.vowel.com/#/g/",
        "https://vk.com/anna",
        "https://lu.ma/event",
        "https://discord.com/",
        "https://tuple.app/pricing",
    ] {
        assert_eq!(service(address), None, "{address}");
    }
}
