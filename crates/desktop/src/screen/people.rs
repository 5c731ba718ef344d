//! People of a meeting, in words.

use std::collections::HashSet;

use calendar::{
    Meeting,
    meeting::{Person, Response, Role},
};

use super::scene::{Scene, side_by_side};
use crate::view::{Answer, PersonView};

/// The people of a meeting with their answers: the organizer first, everybody
/// once, rooms not counted as people.
pub(super) fn people(meeting: &Meeting) -> Vec<(&Person, Answer)> {
    let mut seen = HashSet::new();
    let mut people = Vec::new();
    if let Some(organizer) = &meeting.organizer
        && seen.insert(key(organizer))
    {
        people.push((organizer, Answer::Organizer));
    }
    for attendee in &meeting.attendees {
        if attendee.role != Role::Resource && seen.insert(key(&attendee.person)) {
            people.push((&attendee.person, answer(attendee.response)));
        }
    }
    people
}

fn key(person: &Person) -> String {
    person
        .address
        .as_deref()
        .unwrap_or(&person.name)
        .to_lowercase()
}

pub(super) fn answer(response: Response) -> Answer {
    match response {
        Response::Organizer => Answer::Organizer,
        Response::Accepted => Answer::Yes,
        Response::Tentative => Answer::Maybe,
        Response::Declined => Answer::No,
        Response::Unknown | Response::NotAnswered => Answer::Waiting,
    }
}

/// The name, or the address where there is no name.
pub(super) fn name(person: &Person) -> String {
    let name = person.name.trim();
    if name.is_empty() {
        person.address.clone().unwrap_or_default()
    } else {
        name.to_owned()
    }
}

/// First letters of the first and the last word, for example `AB`.
fn initials(name: &str) -> String {
    let local = name.split('@').next().unwrap_or_default();
    let mut words = local
        .split(|c: char| c.is_whitespace() || matches!(c, '.' | '_' | ','))
        .filter_map(|word| word.chars().find(|c| c.is_alphanumeric()));
    let first = words.next();
    let letters = first.into_iter().chain(words.next_back());
    letters
        .filter_map(|letter| letter.to_uppercase().next())
        .collect()
}

impl Scene<'_> {
    /// People with their answers, as the opened row shows them. Of the user,
    /// whose address is `own`, the answer is the item's: servers note those of
    /// others among the attendees, and that one not always.
    pub(super) fn people(&self, meeting: &Meeting, own: Option<&str>) -> Vec<PersonView> {
        let own = own.map(str::to_lowercase);
        people(meeting)
            .into_iter()
            .map(|(person, answer)| {
                let is_own = own.as_ref().is_some_and(|own| key(person) == *own);
                let answer = match answer {
                    Answer::Waiting if is_own => self::answer(meeting.response),
                    told => told,
                };
                let name = name(person);
                PersonView {
                    initials: initials(&name),
                    name,
                    answer,
                    answer_text: self.answer_text(answer),
                    presence: self.presence(person, meeting),
                }
            })
            .collect()
    }

    fn presence(&self, person: &Person, meeting: &Meeting) -> Option<String> {
        let address = person.address.as_deref()?;
        self.whereabouts?.text(address, meeting, self)
    }

    fn answer_text(&self, answer: Answer) -> String {
        match answer {
            Answer::Organizer => self.words.text("answer-organizer"),
            Answer::Yes => self.words.text("answer-yes"),
            Answer::Maybe => self.words.text("answer-maybe"),
            Answer::No => self.words.text("answer-no"),
            Answer::Waiting => self.words.text("answer-waiting"),
        }
    }

    /// For example "2 yes · 1 no · 1 waiting"; the organizer is not counted.
    pub fn answers(&self, people: &[PersonView]) -> String {
        let count = |answer| {
            people
                .iter()
                .filter(|person| person.answer == answer)
                .count()
        };
        let say = |answer, text: &dyn Fn(usize) -> String| match count(answer) {
            0 => String::new(),
            count => text(count),
        };
        side_by_side([
            say(Answer::Yes, &|n| {
                self.words.with("answers-yes", [("count", n.into())])
            }),
            say(Answer::Maybe, &|n| {
                self.words.with("answers-maybe", [("count", n.into())])
            }),
            say(Answer::No, &|n| {
                self.words.with("answers-no", [("count", n.into())])
            }),
            say(Answer::Waiting, &|n| {
                self.words.with("answers-waiting", [("count", n.into())])
            }),
        ])
    }

    /// For example "6 people"; empty when the user would be alone.
    pub fn people_count(&self, meeting: &Meeting) -> String {
        match people(meeting).len() {
            0 | 1 => String::new(),
            count => self.words.with("people-count", [("count", count.into())]),
        }
    }

    /// For example "Ana Berg and 5 others".
    pub fn organizer_and_others(&self, meeting: &Meeting) -> String {
        let organizer = organizer(meeting);
        match people(meeting).len() {
            0 | 1 => organizer,
            _ if organizer.is_empty() => self.people_count(meeting),
            count => self.words.with(
                "person-and-others",
                [("name", organizer.into()), ("count", (count - 1).into())],
            ),
        }
    }
}

/// Name of the organizer; empty when the user called the meeting, or nobody
/// is named.
pub(super) fn organizer(meeting: &Meeting) -> String {
    match &meeting.organizer {
        Some(person) if meeting.response != Response::Organizer => name(person),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("Ana Berg", "AB")]
    #[case("Ana Maria Berg", "AB")]
    #[case("ana.berg@example.org", "AB")]
    #[case("Öresund", "Ö")]
    #[case("", "")]
    #[case("  ", "")]
    #[case("Łukasz von ßtein", "ŁS")]
    fn initials_are_those_of_the_first_and_the_last_word(#[case] of: &str, #[case] are: &str) {
        assert_eq!(initials(of), are);
    }
}
