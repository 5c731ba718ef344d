//! A calendar item of the wire as a meeting.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use calendar::{
    JoinLinks, Meeting, Span,
    join::{self, Services, Sources, text},
    keyword::{Keyword, rooms::Rooms},
    meeting::{Attendee, GlobalId, MeetingId, Person, Response, Role, Sensitivity, Series, ShowAs},
};
use chrono::{DateTime, Datelike, Duration, NaiveDate, Timelike, Utc};
use chrono_tz::Tz;
use ews::{
    item::{self, BodyType, CalendarItem, ItemKind, Property},
    zone,
};
use url::Url;

/// Bit of `AppointmentState` that says cancelled (MS-OXOCAL, 2.2.1.10).
const STATE_CANCELLED: u32 = 4;

/// The property in which Joinbell keeps the link that it has written into a
/// meeting: servers and clients rewrite bodies.
pub(super) fn join_property() -> Property {
    Property::Own {
        set: Property::OWN_SET.to_owned(),
        name: "JoinUrl".to_owned(),
    }
}

/// The property in which Cisco's Hybrid Calendar gives video systems the SIP
/// address of a meeting. Its set is not documented; names that programs make
/// up stand among the public ones.
pub(super) fn dialled_property() -> Property {
    Property::public("TMS:ExternalConferenceData")
}

/// `None` when the item has no time, or is a series and no meeting.
pub(super) fn from_item(
    item: &CalendarItem,
    services: &Services,
    rooms: Option<&Rooms>,
    user_zone: Tz,
) -> Option<Meeting> {
    let (start, end) = (item.start?, item.end?);
    if item.kind == Some(ItemKind::RecurringMaster) {
        return None;
    }
    let span = span(item, start, end, user_zone);
    let series = match item.kind {
        Some(ItemKind::Occurrence) => Series::Occurrence,
        Some(ItemKind::Exception) => Series::Exception,
        Some(ItemKind::Single | ItemKind::RecurringMaster) | None => Series::Single,
    };
    let original_start = (series != Series::Single)
        .then(|| item.recurrence_id.or(item.original_start).unwrap_or(start));
    let body = item.body.as_ref();
    let body_text = body.map_or("", |b| b.text.as_str());
    let notes = match body.map(|b| b.kind) {
        Some(BodyType::Html) => text::from_html(body_text),
        Some(BodyType::Text) => text::shorten(body_text),
        None => String::new(),
    };
    let mut meeting = Meeting {
        id: meeting_id(item, original_start)?,
        global_id: global_id(item, original_start),
        title: item.subject.clone().unwrap_or_default(),
        span,
        organizer: item.organizer.as_ref().map(person),
        attendees: attendees(item),
        join: join_links(item, services, rooms),
        location: item.location.clone().unwrap_or_default(),
        response: response(item.my_response.as_deref()),
        show_as: show_as(item.free_busy.as_deref()),
        cancelled: item.is_cancelled == Some(true)
            || item
                .appointment_state
                .is_some_and(|s| s & STATE_CANCELLED != 0),
        series,
        sensitivity: sensitivity(item.sensitivity.as_deref()),
        reminder_is_set: item.reminder_is_set == Some(true),
        has_attachments: item.has_attachments == Some(true),
        zone: called_in(item, start),
        notes: notes.into(),
        web_address: item
            .web_address
            .as_deref()
            .and_then(|address| Url::parse(address).ok())
            .map(Box::new),
        changed_at: item.last_modified,
    };
    meeting.share_names();
    Some(meeting)
}

/// The ways to join that an item has. For the user's own meeting a keyword in
/// the location stands for one of the `rooms`.
pub(super) fn join_links(
    item: &CalendarItem,
    services: &Services,
    rooms: Option<&Rooms>,
) -> JoinLinks {
    let properties: Vec<&str> = [
        item.join_url.as_deref(),
        item.extended(&Property::public("SkypeTeamsMeetingUrl")),
        item.extended(&Property::public("OnlineMeetingExternalLink")),
    ]
    .into_iter()
    .flatten()
    .collect();
    let older: Vec<&str> = [&item.net_show_url, &item.meeting_workspace_url]
        .into_iter()
        .filter_map(|field| field.as_deref())
        .collect();
    let location = item.location.as_deref().unwrap_or_default();
    let asked = [&item.required, &item.optional, &item.resources];
    let nobody_was_asked = asked.into_iter().all(Vec::is_empty);
    let own = response(item.my_response.as_deref()).is_own(nobody_was_asked);
    let room = rooms
        .filter(|_| own)
        .and_then(|rooms| rooms.fixed(Keyword::find(location)?));
    let sources = Sources {
        structured: &properties,
        older: &older,
        own: item.extended(&join_property()),
        keyword: room.as_ref(),
        location,
        body: item.body.as_ref().map_or("", |body| body.text.as_str()),
        dialled: item.extended(&dialled_property()),
    };
    join::find(sources, services)
}

/// The part of a name that all occurrences of a series have.
pub(super) fn series_name(id: &MeetingId) -> &str {
    id.0.rsplit_once('@')
        .map_or(id.0.as_ref(), |(name, _)| name)
}

/// UID and original start survive that servers renumber items; without a UID
/// the item's own id has to do.
fn meeting_id(item: &CalendarItem, original: Option<DateTime<Utc>>) -> Option<MeetingId> {
    let Some(base) = item.uid.as_deref().filter(|uid| !uid.is_empty()) else {
        let own = item.id.as_ref()?;
        return Some(MeetingId(own.id.0.as_str().into()));
    };
    Some(match original {
        Some(start) => occurrence_id(base, start),
        None => MeetingId(base.into()),
    })
}

/// The name of one occurrence of a series.
pub(super) fn occurrence_id(series: &str, original_start: DateTime<Utc>) -> MeetingId {
    let start = original_start.format("%Y%m%dT%H%M%SZ");
    MeetingId(format!("{series}@{start}").into())
}

fn global_id(item: &CalendarItem, original_start: Option<DateTime<Utc>>) -> Option<GlobalId> {
    let encoded = item.extended(&Property::clean_global_object_id())?;
    let bytes = BASE64_STANDARD.decode(encoded.trim()).ok()?;
    let room = String::with_capacity(2 * bytes.len());
    let object = bytes.iter().fold(room, |mut hex, byte| {
        use std::fmt::Write as _;
        // Writing to a string does not fail.
        let _written = write!(hex, "{byte:02X}");
        hex
    });
    Some(GlobalId {
        object: object.into(),
        original_start,
    })
}

/// When an item is.
pub(super) fn span(
    item: &CalendarItem,
    start: DateTime<Utc>,
    end: DateTime<Utc>,
    user_zone: Tz,
) -> Span {
    if item.is_all_day == Some(true) {
        all_day(item, start, end, user_zone)
    } else {
        Span::Timed {
            start,
            end: end.max(start),
        }
    }
}

/// The zone an item was made in: by its name, or the one whose clocks go as
/// the rules that came with it say.
pub(super) fn called_in(item: &CalendarItem, start: DateTime<Utc>) -> Option<Tz> {
    let named = item.start_zone.as_deref().and_then(zone::zone);
    let rules = item.start_rules.as_deref();
    named.or_else(|| rules.and_then(|rules| rules.like(start.year())))
}

/// Whole days as dates in the zone of the item: its creator's midnights are
/// other people's evenings. Without a zone the one is taken in which the
/// start is a midnight, first of all the user's own.
fn all_day(item: &CalendarItem, start: DateTime<Utc>, end: DateTime<Utc>, user_zone: Tz) -> Span {
    let rules = item.start_rules.as_deref();
    let named = |id: &Option<String>| id.as_deref().and_then(zone::zone).map(Clock::Of);
    let start_zone = named(&item.start_zone)
        .or(rules.map(Clock::By))
        .or_else(|| named(&item.end_zone));
    let end_zone = named(&item.end_zone).or(start_zone);
    let first = midnight_date(start, start_zone, user_zone);
    let last = midnight_date(end, end_zone, user_zone);
    Span::AllDay {
        first,
        end: last.max(first + Duration::days(1)),
    }
}

/// What says which hour it is somewhere.
#[derive(Clone, Copy)]
enum Clock<'a> {
    /// A zone that is known by its name.
    Of(Tz),
    /// The rules that came with an item.
    By(&'a zone::Definition),
}

fn midnight_date(moment: DateTime<Utc>, zone: Option<Clock<'_>>, user_zone: Tz) -> NaiveDate {
    for candidate in zone.into_iter().chain([Clock::Of(user_zone)]) {
        let local = match candidate {
            Clock::Of(zone) => moment.with_timezone(&zone).naive_local(),
            Clock::By(rules) => rules.local(moment),
        };
        if local.num_seconds_from_midnight() == 0 {
            return local.date();
        }
    }
    // The nearest whole quarter of an hour that makes it a midnight: before
    // noon UTC that lies back, after it ahead.
    let into_day = i64::from(moment.num_seconds_from_midnight());
    let day = moment.date_naive();
    if into_day <= 12 * 3600 {
        day
    } else {
        day + Duration::days(1)
    }
}

fn person(mailbox: &item::Mailbox) -> Person {
    let smtp = mailbox
        .routing
        .as_deref()
        .is_none_or(|routing| routing.eq_ignore_ascii_case("SMTP"));
    let address = mailbox
        .address
        .clone()
        .filter(|address| smtp && address.contains('@'));
    Person {
        name: mailbox.name.clone().unwrap_or_default(),
        address,
    }
}

fn attendees(item: &CalendarItem) -> Vec<Attendee> {
    let lists = [
        (&item.required, Role::Required),
        (&item.optional, Role::Optional),
        (&item.resources, Role::Resource),
    ];
    let mut attendees: Vec<Attendee> = lists
        .into_iter()
        .flat_map(|(list, role)| {
            list.iter().map(move |attendee| Attendee {
                person: person(&attendee.mailbox),
                role,
                response: response(attendee.response.as_deref()),
            })
        })
        .collect();
    // Thousands of meetings are held.
    attendees.shrink_to_fit();
    attendees
}

fn response(text: Option<&str>) -> Response {
    match text {
        Some("Organizer") => Response::Organizer,
        Some("Tentative") => Response::Tentative,
        Some("Accept") => Response::Accepted,
        Some("Decline") => Response::Declined,
        Some("NoResponseReceived") => Response::NotAnswered,
        _ => Response::Unknown,
    }
}

fn show_as(text: Option<&str>) -> ShowAs {
    match text {
        Some("Free") => ShowAs::Free,
        Some("Tentative") => ShowAs::Tentative,
        Some("OOF") => ShowAs::OutOfOffice,
        Some("WorkingElsewhere") => ShowAs::Elsewhere,
        _ => ShowAs::Busy,
    }
}

fn sensitivity(text: Option<&str>) -> Sensitivity {
    match text {
        None | Some("Normal") => Sensitivity::Normal,
        Some("Personal") => Sensitivity::Personal,
        Some("Confidential") => Sensitivity::Confidential,
        // An unknown mark is a mark.
        Some(_) => Sensitivity::Private,
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn item(start: &str, end: &str) -> CalendarItem {
        CalendarItem {
            uid: Some("0400".into()),
            start: Some(at(start)),
            end: Some(at(end)),
            ..CalendarItem::default()
        }
    }

    fn read(item: &CalendarItem) -> Meeting {
        from_item(item, Services::built_in(), None, Tz::Europe__Stockholm).unwrap()
    }

    #[rstest]
    #[case::named(
        "2026-12-11T23:00:00Z",
        "2026-12-12T23:00:00Z",
        Some("W. Europe Standard Time")
    )]
    #[case::far(
        "2026-12-12T08:00:00Z",
        "2026-12-13T08:00:00Z",
        Some("Pacific Standard Time")
    )]
    #[case::nameless("2026-12-11T23:00:00Z", "2026-12-12T23:00:00Z", None)]
    #[case::unknown(
        "2026-12-12T05:00:00Z",
        "2026-12-13T05:00:00Z",
        Some("Customized Time Zone")
    )]
    #[case::ahead("2026-12-11T14:30:00Z", "2026-12-12T14:30:00Z", None)]
    fn quirk_28_a_whole_day_is_the_same_date_wherever_it_was_made(
        #[case] start: &str,
        #[case] end: &str,
        #[case] zone: Option<&str>,
    ) {
        let mut item = item(start, end);
        item.is_all_day = Some(true);
        item.start_zone = zone.map(str::to_owned);
        let date = |d| NaiveDate::from_ymd_opt(2026, 12, d).unwrap();
        let expected = Span::AllDay {
            first: date(12),
            end: date(13),
        };
        assert_eq!(read(&item).span, expected);
    }

    #[rstest]
    #[case::named(Some("Tokyo Standard Time"), Some(Tz::Asia__Tokyo))]
    #[case::unknown(Some("Customized Time Zone"), None)]
    #[case::nameless(None, None)]
    fn a_meeting_knows_the_zone_it_was_called_in(
        #[case] named: Option<&str>,
        #[case] zone: Option<Tz>,
    ) {
        let mut item = item("2026-11-24T08:00:00Z", "2026-11-24T09:00:00Z");
        item.start_zone = named.map(str::to_owned);
        assert_eq!(read(&item).zone, zone);
    }

    #[test]
    fn quirk_43_occurrences_of_a_series_have_ids_of_their_own_and_keep_them() {
        let mut first = item("2026-11-24T08:00:00Z", "2026-11-24T08:15:00Z");
        first.kind = Some(ItemKind::Occurrence);
        first.recurrence_id = first.start;
        let mut moved = first.clone();
        moved.kind = Some(ItemKind::Exception);
        moved.start = Some(at("2026-11-24T10:00:00Z"));
        moved.end = Some(at("2026-11-24T10:15:00Z"));
        assert_eq!(read(&first).id, read(&moved).id);
        let mut next = first.clone();
        next.recurrence_id = Some(at("2026-11-25T08:00:00Z"));
        assert_ne!(read(&first).id, read(&next).id);
    }

    #[test]
    fn quirk_27_an_address_that_is_no_mail_address_is_left_out_and_the_name_kept() {
        let mut item = item("2026-11-24T08:00:00Z", "2026-11-24T09:00:00Z");
        item.organizer = Some(item::Mailbox {
            name: Some("Bo Ek".into()),
            address: Some("/O=ORG/CN=BO".into()),
            routing: Some("EX".into()),
        });
        let organizer = read(&item).organizer.unwrap();
        assert_eq!(
            (organizer.name.as_str(), organizer.address),
            ("Bo Ek", None)
        );
    }

    #[test]
    fn a_keyword_stands_for_a_room_of_the_organizer_and_of_nobody_else() {
        let rooms = Rooms {
            personal: "https://acme.webex.com/meet/anna".to_owned(),
            ..Rooms::default()
        };
        let mut item = item("2026-11-24T08:00:00Z", "2026-11-24T09:00:00Z");
        item.location = Some("@webex".into());
        // An appointment has no answer.
        for (response, has_room) in [("Organizer", true), ("Unknown", true), ("Accept", false)] {
            item.my_response = Some(response.into());
            let links = join_links(&item, Services::built_in(), Some(&rooms));
            assert_eq!(links.best().is_some(), has_room, "{response}");
        }
    }

    #[test]
    fn quirk_51_a_cancelled_meeting_is_known_by_either_sign() {
        let mut item = item("2026-11-24T08:00:00Z", "2026-11-24T09:00:00Z");
        assert!(!read(&item).cancelled);
        item.appointment_state = Some(7);
        assert!(read(&item).cancelled);
        item.appointment_state = None;
        item.is_cancelled = Some(true);
        assert!(read(&item).cancelled);
    }

    #[test]
    fn a_link_that_stands_only_in_an_anchor_of_the_body_is_found() {
        let mut item = item("2026-11-24T08:00:00Z", "2026-11-24T09:00:00Z");
        item.body = Some(item::Body {
            kind: BodyType::Html,
            text: r#"<p>Agenda<a href="https://zoom.us/j/1">here</a></p>"#.into(),
        });
        let meeting = read(&item);
        assert_eq!(meeting.join.best().unwrap().provider, "Zoom");
        let calendar::meeting::Notes::Here(text) = meeting.notes else {
            panic!("the text is here")
        };
        assert!(text.contains("Agenda") && !text.contains('<'));
    }

    #[rstest]
    #[case::net_show(|item: &mut CalendarItem, link| item.net_show_url = Some(link))]
    #[case::workspace(|item: &mut CalendarItem, link| item.meeting_workspace_url = Some(link))]
    #[case::dialled(|item: &mut CalendarItem, link| item.extended = vec![(dialled_property(), link)])]
    fn the_older_fields_of_an_item_hold_links_too(#[case] put: fn(&mut CalendarItem, String)) {
        let link = "https://acme.webex.com/meet/anna";
        let mut older = item("2026-11-23T09:00:00Z", "2026-11-23T10:00:00Z");
        assert!(read(&older).join.0.is_empty());
        put(&mut older, link.to_owned());
        let links = read(&older).join.0;
        let found: Vec<&str> = links.iter().map(|one| one.url.as_str()).collect();
        assert_eq!(found, [link]);
    }
}
