use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use rstest::rstest;

use super::*;
use crate::{
    join::{self, Services, Sources},
    meeting::{Attendee, MeetingId, Person, Response, Role, Series},
};

const ZONE: Tz = chrono_tz::Europe::Stockholm;

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

#[rstest]
#[case("@webex", Word::Webex, Room::Usual)]
#[case("@meet", Word::Meet, Room::Usual)]
#[case("@spark", Word::Meet, Room::Usual)]
#[case("@WebEx:MyRoom", Word::Webex, Room::Personal)]
#[case("@meet:space", Word::Meet, Room::Space)]
#[case("@meet:onetime", Word::Meet, Room::OneTime)]
#[case("Room 7; @meet, second floor", Word::Meet, Room::Usual)]
#[case("@webex @meet:space", Word::Webex, Room::Usual)]
#[case("@meet:space @webex", Word::Meet, Room::Space)]
#[case("@meet: bring tea", Word::Meet, Room::Usual)]
#[case("See you (@meet).", Word::Meet, Room::Usual)]
#[case("anna@meet.example.org or @webex", Word::Webex, Room::Usual)]
#[case("Större salen/@meet", Word::Meet, Room::Usual)]
fn the_left_most_keyword_counts(#[case] location: &str, #[case] word: Word, #[case] room: Room) {
    assert_eq!(Keyword::find(location), Some(Keyword { word, room }));
}

#[rstest]
#[case("")]
#[case("Room 7")]
#[case("meet")]
#[case("@meeting")]
#[case("@meet-up")]
#[case("@meet:kitchen")]
#[case("anna@meet.example.org")]
#[case("anna@webex")]
#[case("@meet.example.org")]
#[case("@")]
fn other_places_ask_for_nothing(#[case] location: &str) {
    assert_eq!(Keyword::find(location), None);
}

fn meeting(location: &str) -> Meeting {
    Meeting {
        id: MeetingId("1".into()),
        location: location.to_owned(),
        response: Response::Organizer,
        series: Series::Occurrence,
        ..Meeting::sample(
            "Review",
            at("2026-11-24T09:00:00Z"),
            at("2026-11-24T10:00:00Z"),
        )
    }
}

#[test]
fn an_occurrence_with_a_keyword_asks_until_the_meeting_is_over() {
    let meeting = meeting("@meet");
    let asked = |now| Keyword::asked_for(&meeting, at(now), ZONE);
    assert!(asked("2026-11-24T08:00:00Z").is_ok());
    assert!(asked("2026-11-24T09:59:59Z").is_ok());
    assert_eq!(asked("2026-11-24T10:00:00Z"), Err(Nothing::Over));
}

#[test]
fn nothing_is_asked_where_join_details_are_or_the_meeting_is_off() {
    let now = at("2026-11-24T08:00:00Z");
    let mut joined = meeting("@meet");
    joined.join = join::find(
        Sources {
            body: "Join: https://meet.jit.si/Standup",
            ..Sources::default()
        },
        Services::built_in(),
    );
    assert_eq!(
        Keyword::asked_for(&joined, now, ZONE),
        Err(Nothing::HasDetails)
    );
    let mut off = meeting("@meet");
    off.cancelled = true;
    assert_eq!(Keyword::asked_for(&off, now, ZONE), Err(Nothing::Cancelled));
    assert_eq!(
        Keyword::asked_for(&meeting("Room 7"), now, ZONE),
        Err(Nothing::NoKeyword)
    );
}

#[rstest]
#[case::called_by_the_user(Response::Organizer, true, true)]
#[case::an_appointment_alone(Response::Unknown, false, true)]
#[case::something_with_people_whose_organizer_is_not_told(Response::Unknown, true, false)]
#[case::accepted(Response::Accepted, true, false)]
#[case::not_answered(Response::NotAnswered, true, false)]
fn only_the_user_s_own_meetings_ask(
    #[case] response: Response,
    #[case] with_people: bool,
    #[case] asks: bool,
) {
    let mut meeting = meeting("@meet");
    meeting.response = response;
    if with_people {
        meeting.attendees.push(Attendee {
            person: Person {
                name: "Bo Ekman".to_owned(),
                address: None,
            },
            role: Role::Required,
            response: Response::Accepted,
        });
    }
    let asked = Keyword::asked_for(&meeting, at("2026-11-24T08:00:00Z"), ZONE);
    assert_eq!(asked.is_ok(), asks, "{asked:?}");
    assert!(asks || asked == Err(Nothing::NotOurs));
}

#[rstest]
#[case("@webex")]
#[case("@webex:myroom")]
#[case("@webex:space")]
#[case("@webex:onetime")]
#[case("@meet")]
#[case("@meet:myroom")]
#[case("@meet:space")]
#[case("@meet:onetime")]
fn a_keyword_is_written_as_it_is_read(#[case] written: &str) {
    assert_eq!(Keyword::find(written).unwrap().written(), written);
}

proptest::proptest! {
    #[test]
    fn what_stands_to_the_right_of_a_keyword_changes_nothing(
        room in "(|:space|:myroom|:onetime)", after in "([ ;,][ -~åäö]{0,40})?",
    ) {
        let alone = Keyword::find(&format!("@webex{room}"));
        proptest::prop_assert!(alone.is_some());
        proptest::prop_assert_eq!(Keyword::find(&format!("@webex{room}{after}")), alone);
    }

    #[test]
    fn no_location_makes_the_search_panic(location in "([@:. a-zö]|meet|webex|space){0,40}") {
        let _keyword = Keyword::find(&location);
    }
}
