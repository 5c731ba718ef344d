//! `FindItem`, with a CalendarView or with pages.

use chrono::{DateTime, Utc};

use super::fields::{self, Depth};
use super::folder;
use super::restriction;
use super::shape::Shape;
use super::target::Target;
use super::{Call, Refusal, failure, messages, success};
use crate::personality::Personality;
use crate::wire::element::{Element, element};
use crate::wire::text::read_instant;
use crate::wire::tree::Node;
use crate::world::mailbox::{Calendar, Item, Mailbox};
use crate::world::series::overlaps;

/// `EWSFindCountLimit` of a default throttling policy.
const MOST: usize = 1000;

pub(super) fn answer(call: &Call<'_>, request: &Node) -> Element {
    let shape = Shape::of(request.child("ItemShape"), call.personality);
    let targets: Vec<_> = request
        .child("ParentFolderIds")
        .map(|ids| folder::targets(ids).collect())
        .unwrap_or_default();
    let all = targets
        .into_iter()
        .map(|target| match one(call, request, target, &shape) {
            Ok(root) => success("m:FindItemResponseMessage").child(root),
            Err(refusal) => failure("m:FindItemResponseMessage", &refusal),
        });
    messages("m:FindItemResponse", all)
}

fn one(call: &Call<'_>, request: &Node, target: &Node, shape: &Shape) -> Result<Element, Refusal> {
    let (mailbox, folder) = folder::find_to_list(call, target)?;
    if let Some(view) = request.child("CalendarView") {
        let Some(shelf) = mailbox.shelf(folder.number) else {
            return Err(Refusal::new(
                "ErrorCalendarFolderIsInvalidForCalendarView",
                "CalendarView can only be used with a calendar folder.",
            ));
        };
        return in_window(call, mailbox, shelf, view, shape);
    }
    if request.child("QueryString").is_some() {
        return Err(Refusal::new(
            "ErrorUnsupportedQueryFilter",
            "The query filter is not supported.",
        ));
    }
    let mut items: Vec<&Item> = Vec::new();
    if let Some(shelf) = mailbox.shelf(folder.number) {
        for item in shelf.items() {
            if match request.child("Restriction") {
                Some(wanted) => restriction::admits(wanted, item, call.zone)?,
                None => true,
            } {
                items.push(item);
            }
        }
    }
    if let Some(order) = request.child("SortOrder") {
        restriction::sort(order, &mut items)?;
    }
    let page = request.child("IndexedPageItemView");
    let number = |name: &str| {
        page.and_then(|page| page.attribute(name))
            .and_then(|value| value.parse::<usize>().ok())
    };
    let offset = number("Offset").unwrap_or(0).min(items.len());
    let most = number("MaxEntriesReturned").unwrap_or(MOST).min(MOST);
    let shown = items.iter().skip(offset).take(most);
    let next = (offset + most).min(items.len());
    let written = shown.map(|item| {
        fields::write(
            Target {
                mailbox,
                item,
                day: None,
            },
            shape,
            Depth::Found,
            call.zone,
        )
    });
    Ok(element("m:RootFolder")
        .with("IndexedPagingOffset", next.to_string())
        .with("TotalItemsInView", items.len().to_string())
        .with("IncludesLastItemInRange", (next == items.len()).to_string())
        .child(element("t:Items").children(written)))
}

fn in_window(
    call: &Call<'_>,
    mailbox: &Mailbox,
    shelf: &Calendar,
    view: &Node,
    shape: &Shape,
) -> Result<Element, Refusal> {
    let read = |name: &str| {
        view.attribute(name)
            .and_then(|value| read_instant(value, call.zone))
            .ok_or_else(|| Refusal::new("ErrorInvalidValueForProperty", "The date is invalid."))
    };
    let (from, to) = (read("StartDate")?, read("EndDate")?);
    if to < from {
        return Err(Refusal::new(
            "ErrorCalendarEndDateIsEarlierThanStartDate",
            "EndDate is earlier than StartDate",
        ));
    }
    if to - from > chrono::Duration::days(732) {
        return Err(Refusal::new(
            "ErrorCalendarViewRangeTooBig",
            "The specified view range exceeds the maximum range of two years.",
        ));
    }
    let found = match call.personality {
        Personality::ExchangeSe => expand_shelf(mailbox, shelf, from, to),
        Personality::Grommunio => unexpanded(mailbox, shelf, from, to),
    };
    let most = view
        .attribute("MaxEntriesReturned")
        .and_then(|most| most.parse().ok())
        .unwrap_or(MOST)
        .min(MOST);
    let complete = found.len() <= most;
    let total = found.len();
    let written = found
        .into_iter()
        .take(most)
        .map(|target| fields::write(target, shape, Depth::Found, call.zone));
    Ok(element("m:RootFolder")
        .with("TotalItemsInView", total.to_string())
        .with("IncludesLastItemInRange", complete.to_string())
        .child(element("t:Items").children(written)))
}

/// What grommunio gives: series as they are, when their own first instance
/// touches the window; both bounds count as inside.
fn unexpanded<'a>(
    mailbox: &'a Mailbox,
    shelf: &'a Calendar,
    from: DateTime<Utc>,
    to: DateTime<Utc>,
) -> Vec<Target<'a>> {
    let touches = |item: &&Item| item.details.start <= to && item.details.end >= from;
    let found = shelf.items().filter(touches);
    found
        .map(|item| Target {
            mailbox,
            item,
            day: None,
        })
        .collect()
}

/// Single items and occurrences that overlap a window, by start.
pub(crate) fn expand(mailbox: &Mailbox, from: DateTime<Utc>, to: DateTime<Utc>) -> Vec<Target<'_>> {
    expand_shelf(mailbox, &mailbox.calendar, from, to)
}

fn expand_shelf<'a>(
    mailbox: &'a Mailbox,
    shelf: &'a Calendar,
    from: DateTime<Utc>,
    to: DateTime<Utc>,
) -> Vec<Target<'a>> {
    let mut found = Vec::new();
    for item in shelf.items() {
        match &item.series {
            None => {
                if overlaps(item.details.start, item.details.end, from, to) {
                    found.push((
                        item.details.start,
                        Target {
                            mailbox,
                            item,
                            day: None,
                        },
                    ));
                }
            }
            Some(series) => {
                let occurrences = series.overlapping(&item.details, from, to).into_iter();
                found.extend(occurrences.map(|one| {
                    (
                        one.start,
                        Target {
                            mailbox,
                            item,
                            day: Some(one.day),
                        },
                    )
                }));
            }
        }
    }
    found.sort_by_key(|(start, _)| *start);
    found.into_iter().map(|(_, target)| target).collect()
}
