//! Whatever a page asks of the window, in whatever order.

use proptest::prelude::*;

use super::*;

/// Numbers at the ends of what can be sent, and some a person means.
fn number() -> impl Strategy<Value = i32> {
    prop_oneof![
        Just(i32::MIN),
        Just(i32::MAX),
        Just(0),
        -200..200,
        any::<i32>()
    ]
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        Just(BO.to_owned()),
        Just("own".to_owned()),
        "https://[a-z.]{0,12}/.{0,8}",
        ".{0,20}",
    ]
}

fn day() -> impl Strategy<Value = String> {
    prop_oneof![
        "2026-1[12]-[0-3][0-9]",
        Just("+262142-12-31".to_owned()),
        Just("-262143-01-01".to_owned()),
        ".{0,12}",
    ]
}

fn part() -> impl Strategy<Value = Part> {
    prop_oneof![Just(Part::Required), Just(Part::Optional), Just(Part::Room)]
}

fn change() -> impl Strategy<Value = ScheduleChange> {
    let cut = |number: i32| u16::try_from(number.unsigned_abs()).unwrap_or(u16::MAX);
    prop_oneof![
        text().prop_map(|account| ScheduleChange::Account { account }),
        text().prop_map(|text| ScheduleChange::Title { text }),
        text().prop_map(|text| ScheduleChange::Message { text }),
        (text(), part()).prop_map(|(who, part)| ScheduleChange::Invite { who, part }),
        text().prop_map(|address| ScheduleChange::Uninvite { address }),
        number().prop_map(move |number| ScheduleChange::Length {
            minutes: cut(number)
        }),
        (day(), day()).prop_map(|(first, last)| ScheduleChange::Between { first, last }),
        text().prop_map(|way| ScheduleChange::MeetBy { way }),
        text().prop_map(|text| ScheduleChange::OwnLink { text }),
        number().prop_map(|number| ScheduleChange::Pick {
            index: number.unsigned_abs()
        }),
        number().prop_map(|quarters| ScheduleChange::Move { quarters }),
        number().prop_map(move |number| ScheduleChange::Place {
            quarter: cut(number)
        }),
        number().prop_map(|step| ScheduleChange::Day { step }),
        Just(ScheduleChange::Discard {}),
    ]
}

proptest! {
    #[test]
    fn sr_39_no_order_of_changes_breaks_the_window(
        changes in prop::collection::vec(change(), 0..30),
    ) {
        let mut desk = Desk::new();
        for change in changes {
            desk.change(change);
            let view = desk.view();
            let grid = view.grid;
            prop_assert!(grid.quarters <= 31 * 96, "{} quarters", grid.quarters);
        }
        let text = "Field visit".to_owned();
        desk.change(ScheduleChange::Title { text });
        prop_assert_eq!(desk.view().title, "Field visit");
    }
}
