//! The draft and all that is known around it, as the window shows it.

use calendar::availability::Party;
use chrono::{DateTime, Datelike as _, NaiveDate, Utc};
use engine::scheduler::Refusal;

use super::{
    Progressing, Saved, Schedule,
    draft::{Known, LENGTHS},
    grid::Grid,
    suggestions::{self, Named},
    way::{self, Way},
};
use crate::{
    screen::{Scene, zone},
    view::{
        GridView, InviteeView, OptionView, OutcomeKind, OutcomeView, Part, ScheduleView, SendView,
        SuggestionView,
    },
    words::Words,
};

impl Schedule {
    /// The window.
    pub(crate) fn view(&self, scene: &Scene<'_>) -> ScheduleView {
        let draft = &self.draft;
        let words = scene.words;
        let slot = draft.start.zip(draft.end());
        let when = slot.map_or_else(String::new, |(start, end)| when(start, end, scene));
        let people = self.people(scene);
        let way = Way::of(draft, &scene.settings.keywords.rooms);
        let mut lengths = LENGTHS.to_vec();
        if !lengths.contains(&draft.length) {
            lengths.push(draft.length);
            lengths.sort_unstable();
        }
        ScheduleView {
            draft: self.turn,
            edits: draft.edits.is_some(),
            heading: words.text(match draft.edits {
                None => "schedule-heading",
                Some(_) => "schedule-heading-edit",
            }),
            saved: match self.saved {
                Saved::No => String::new(),
                Saved::OnDisk => words.text("draft-saved"),
                Saved::InMemory => words.text("draft-in-memory"),
            },
            accounts: self.accounts(),
            title: draft.title.clone(),
            message: draft.message.clone(),
            invitees: self.invitees(scene),
            lengths,
            length: draft.length,
            first_day: draft.first.to_string(),
            last_day: draft.last.to_string(),
            between: between(draft.first, draft.last, scene),
            rooms: self.acquaintances.rooms(),
            meet_by: way::ways(draft, scene),
            own_link: draft.own_link.clone(),
            meet_note: way.note(draft, scene),
            zone: scene.own_zone(),
            suggested: self.suggested_text(scene),
            suggestions: self
                .suggested
                .best
                .iter()
                .map(|one| SuggestionView {
                    when: moment(one.start, scene),
                    reasons: suggestions::reasons(one, &people, scene),
                    chosen: draft.start == Some(one.start),
                })
                .collect(),
            asking: self.times.is_asking(),
            grid: self.grid_view(&people, slot, &when, scene),
            elsewhere: elsewhere(&people, draft.start, scene),
            when,
            send: self.send_view(scene),
            outcome: self.outcome(scene),
        }
    }

    /// The user first, then all who will be asked.
    pub(crate) fn people(&self, scene: &Scene<'_>) -> Vec<Named> {
        let asked = self.draft.invited().map(|one| Named {
            address: one.address.clone(),
            name: one.shown().to_owned(),
            part: one.part,
            party: Party {
                part: part(one.part),
                time: self
                    .times
                    .of(&one.address)
                    .and_then(|told| told.time.clone()),
                hours: self
                    .times
                    .of(&one.address)
                    .and_then(|told| told.hours)
                    // Rooms do not go home.
                    .filter(|_| one.part != Part::Room),
            },
        });
        let mut people = vec![self.you(scene)];
        people.extend(asked);
        // People before rooms, each in the order they were named.
        people[1..].sort_by_key(|one| one.part == Part::Room);
        people
    }

    /// The accounts to choose from; a meeting that is changed stays where it is.
    fn accounts(&self) -> Vec<OptionView> {
        if self.senders.len() < 2 || self.draft.edits.is_some() {
            return Vec::new();
        }
        let chosen = self.sender().map(|one| &one.account);
        let all = self.senders.iter().map(|one| OptionView {
            value: one.account.to_string(),
            text: one.name.clone(),
            chosen: chosen == Some(&one.account),
        });
        all.collect()
    }

    fn invitees(&self, scene: &Scene<'_>) -> Vec<InviteeView> {
        let note = |known: Known| match known {
            Known::Yes => String::new(),
            Known::Asked => scene.words.text("invitee-asked"),
            Known::Nobody => scene.words.text("invitee-nobody"),
            Known::Several => scene.words.text("invitee-several"),
            Known::Outside => scene.words.text("invitee-outside"),
        };
        let all = self.draft.invitees.iter();
        all.map(|one| InviteeView {
            address: one.address.clone(),
            name: one.shown().to_owned(),
            part: one.part,
            invited: one.is_invited(),
            note: note(one.known),
        })
        .collect()
    }

    fn suggested_text(&self, scene: &Scene<'_>) -> String {
        let count = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
        let suggested = &self.suggested;
        if suggested.best.is_empty() {
            return scene.words.text(if self.times.is_asking() {
                "suggested-asking"
            } else {
                "suggested-none"
            });
        }
        if suggested.short {
            return scene.words.text("suggested-short");
        }
        scene.words.with(
            "suggested-of",
            [
                ("shown", count(suggested.best.len()).into()),
                ("count", count(suggested.of).into()),
            ],
        )
    }

    fn grid_view(
        &self,
        people: &[Named],
        slot: Option<(DateTime<Utc>, DateTime<Utc>)>,
        when: &str,
        scene: &Scene<'_>,
    ) -> GridView {
        let draft = &self.draft;
        let grid = Grid::of(draft.day, slot, people, scene.zone);
        GridView {
            day: scene.formats.heading(draft.day, scene.words),
            earlier: draft.day > draft.first,
            later: draft.day < draft.last,
            quarters: grid.quarters,
            hours: grid.hours(scene),
            lines: people
                .iter()
                .map(|one| grid.line(one, &self.own, slot, scene))
                .collect(),
            slot: slot.and_then(|(start, end)| grid.slot(start, end, when)),
        }
    }

    fn send_view(&self, scene: &Scene<'_>) -> SendView {
        let people = self.draft.invited().filter(|one| one.part != Part::Room);
        let count = i64::try_from(people.count()).unwrap_or(i64::MAX);
        let edits = self.draft.edits.is_some();
        let key = match (count > 0, edits) {
            (true, false) => "send-to",
            (true, true) => "send-change-to",
            (false, false) => "send-to-nobody",
            (false, true) => "send-change-to-nobody",
        };
        let missing = self.missing(scene);
        SendView {
            text: scene.words.with(key, [("count", count.into())]),
            ready: missing.is_none(),
            missing: missing.map_or_else(String::new, |one| scene.words.text(one.key())),
        }
    }

    fn outcome(&self, scene: &Scene<'_>) -> Option<OutcomeView> {
        let words = scene.words;
        let edits = self.draft.edits.is_some();
        let (kind, text) = match &self.progress {
            Progressing::Not => return None,
            Progressing::Sending => (OutcomeKind::Sending, words.text("outcome-sending")),
            Progressing::Sent(at) => {
                let key = if edits {
                    "outcome-changed"
                } else {
                    "outcome-sent"
                };
                let text = words.with(key, [("time", scene.moment(*at).into())]);
                (OutcomeKind::Sent, text)
            }
            Progressing::Unsure(look_at) => {
                let time = scene.moment((*look_at).max(scene.now));
                let text = words.with("outcome-unsure", [("time", time.into())]);
                (OutcomeKind::Unsure, text)
            }
            Progressing::Waiting(account) => {
                let text = words.with("outcome-waiting", [("account", account.as_str().into())]);
                (OutcomeKind::Unsure, text)
            }
            Progressing::Refused(refusal) => (OutcomeKind::Refused, refused(refusal, scene.words)),
        };
        Some(OutcomeView { kind, text })
    }
}

/// Why something that was sent is not done, and what to do.
pub(crate) fn refused(refusal: &Refusal, words: &Words) -> String {
    match refusal {
        Refusal::Gone => words.text("refused-gone"),
        Refusal::NotOurs => words.text("refused-not-ours"),
        Refusal::Moved => words.text("refused-moved"),
        Refusal::OthersAsked => words.text("refused-others-asked"),
        Refusal::WholeSeries => words.text("refused-whole-series"),
        Refusal::Full => words.text("refused-full"),
        Refusal::Access => words.text("refused-access"),
        Refusal::TooLate => words.text("refused-too-late"),
        Refusal::NotKept => words.text("refused-not-kept"),
        Refusal::Unreachable => words.text("refused-unreachable"),
        Refusal::SignIn => words.text("refused-sign-in"),
        Refusal::Failing => words.text("refused-failing"),
        Refusal::AccountRemoved => words.text("refused-account-removed"),
        Refusal::Other { code } => words.with("refused-other", [("code", code.as_str().into())]),
    }
}

/// For example "Tue 24 Nov, 10:30 – 11:15".
pub(super) fn when(start: DateTime<Utc>, end: DateTime<Utc>, scene: &Scene<'_>) -> String {
    let day = scene.formats.brief_date(scene.date_of(start), scene.words);
    let times = scene.times(calendar::Span::Timed { start, end });
    format!("{day}, {times}")
}

/// For example "Tue 24 Nov 10:30".
fn moment(start: DateTime<Utc>, scene: &Scene<'_>) -> String {
    let day = scene.formats.brief_date(scene.date_of(start), scene.words);
    format!("{day} {}", scene.time(start))
}

/// For example "24 – 27 Nov".
fn between(first: NaiveDate, last: NaiveDate, scene: &Scene<'_>) -> String {
    let formats = scene.formats;
    if first == last {
        return formats.brief_date(first, scene.words);
    }
    let same_month = (first.year(), first.month()) == (last.year(), last.month());
    let end = formats.briefest_date(last, scene.words);
    let start = if same_month && formats.day_is_first() {
        first.day().to_string()
    } else {
        formats.briefest_date(first, scene.words)
    };
    let range = [("start", start.into()), ("end", end.into())];
    scene.words.with("time-range", range)
}

/// The begin by the clocks of those who live by another one.
fn elsewhere(people: &[Named], start: Option<DateTime<Utc>>, scene: &Scene<'_>) -> String {
    let Some(start) = start else {
        return String::new();
    };
    let mut told: Vec<String> = Vec::new();
    for one in people.iter().skip(1) {
        let Some(hours) = one.party.hours else {
            continue;
        };
        if !zone::differs(hours.zone, scene.zone, start) {
            continue;
        }
        let local = start.with_timezone(&hours.zone);
        let name = one.name.split_whitespace().next().unwrap_or_default();
        let text = scene.words.with(
            "time-for",
            [
                ("time", scene.formats.time(local.time(), scene.words).into()),
                ("name", name.into()),
            ],
        );
        told.push(text);
    }
    told.truncate(3);
    told.join(" · ")
}

fn part(part: Part) -> calendar::availability::Part {
    match part {
        Part::Required => calendar::availability::Part::Required,
        Part::Optional => calendar::availability::Part::Optional,
        Part::Room => calendar::availability::Part::Room,
    }
}
