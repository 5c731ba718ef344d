//! What is known of the letters that came: which are under way, and which were
//! answered. Whoever writes letters, or shows them, must not be able to fill
//! the connector's memory (SR-64): of an answer that the service has taken
//! nothing is kept but the letter's id.

use std::collections::{BTreeMap, VecDeque};

use chrono::{DateTime, Duration, Utc};
use vault::opaque::OpaqueId;

/// Answered letters are known for so long: longer than the service keeps one,
/// and longer than its content is good for.
const KNOWN_FOR: Duration = Duration::minutes(15);
/// So long an answer that the service did not take is kept: a device waits for
/// it no longer, and a stranger for as long as a code is good.
const KEPT_FOR: Duration = Duration::minutes(2);
const KEPT_FOR_STRANGERS: Duration = Duration::minutes(10);
/// Bytes of all of those.
const KEPT_BYTES: usize = 16 << 20;
/// Answered letters that are known at a time.
const ANSWERED: usize = 100_000;

enum Letter {
    /// It is of this device, or of a stranger.
    UnderWay(Option<OpaqueId>),
    Answered {
        at: DateTime<Utc>,
        unsent: Option<Unsent>,
    },
}

/// An answer that the service did not take.
struct Unsent {
    answer: Vec<u8>,
    until: DateTime<Utc>,
}

/// How a letter stands that is shown by the service.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Standing {
    New,
    UnderWay,
    /// Its answer was not taken yet.
    Unsent(Vec<u8>),
    /// The service has its answer, or it was too long ago.
    Over,
}

#[derive(Default)]
pub(super) struct Known {
    letters: BTreeMap<OpaqueId, Letter>,
    /// The answered ones, in the order in which they were.
    answered: VecDeque<OpaqueId>,
    /// Of all answers that are kept.
    bytes: usize,
}

impl Known {
    pub(super) fn begin(&mut self, letter: OpaqueId, device: Option<OpaqueId>) {
        self.letters.insert(letter, Letter::UnderWay(device));
    }

    /// How many letters of each device are under way.
    pub(super) fn busy(&self) -> BTreeMap<Option<OpaqueId>, usize> {
        let mut busy = BTreeMap::new();
        for letter in self.letters.values() {
            if let Letter::UnderWay(device) = letter {
                *busy.entry(*device).or_default() += 1;
            }
        }
        busy
    }

    /// An answer that was not taken is given away: who sends it says what came
    /// of that.
    pub(super) fn look(&mut self, letter: OpaqueId) -> Standing {
        match self.letters.get_mut(&letter) {
            None => Standing::New,
            Some(Letter::UnderWay(_)) => Standing::UnderWay,
            Some(Letter::Answered { unsent, .. }) => match unsent.take() {
                None => Standing::Over,
                Some(unsent) => {
                    self.bytes -= unsent.answer.len();
                    Standing::Unsent(unsent.answer)
                }
            },
        }
    }

    /// A letter is answered; `unsent` is its answer where the service did not
    /// take it and may still.
    pub(super) fn answered(
        &mut self,
        letter: OpaqueId,
        unsent: Option<Vec<u8>>,
        now: DateTime<Utc>,
    ) {
        let (at, kept_for) = match self.letters.get(&letter) {
            Some(Letter::Answered { at, .. }) => (*at, KEPT_FOR),
            Some(Letter::UnderWay(None)) => (now, KEPT_FOR_STRANGERS),
            Some(Letter::UnderWay(Some(_))) | None => (now, KEPT_FOR),
        };
        if !matches!(self.letters.get(&letter), Some(Letter::Answered { .. })) {
            self.answered.push_back(letter);
        }
        let until = at + kept_for;
        let unsent = unsent.filter(|answer| now < until && answer.len() <= KEPT_BYTES);
        let unsent = unsent.map(|answer| Unsent { answer, until });
        self.bytes += unsent.as_ref().map_or(0, |unsent| unsent.answer.len());
        self.letters.insert(letter, Letter::Answered { at, unsent });
        self.make_room();
    }

    /// Forgets what is over.
    pub(super) fn tidy(&mut self, now: DateTime<Utc>) {
        for letter in self.letters.values_mut() {
            if let Letter::Answered { unsent, .. } = letter
                && let Some(over) = unsent.take_if(|unsent| unsent.until <= now)
            {
                self.bytes -= over.answer.len();
            }
        }
        while let Some(oldest) = self.answered.front() {
            let at = match self.letters.get(oldest) {
                Some(Letter::Answered { at, .. }) => *at,
                Some(Letter::UnderWay(_)) | None => DateTime::<Utc>::MIN_UTC,
            };
            if at > now - KNOWN_FOR {
                break;
            }
            self.forget_oldest();
        }
    }

    /// The oldest make room: to who waits for them longest they are of least
    /// use.
    fn make_room(&mut self) {
        while self.answered.len() > ANSWERED {
            self.forget_oldest();
        }
        for oldest in &self.answered {
            if self.bytes <= KEPT_BYTES {
                break;
            }
            if let Some(Letter::Answered { unsent, .. }) = self.letters.get_mut(oldest)
                && let Some(unsent) = unsent.take()
            {
                self.bytes -= unsent.answer.len();
            }
        }
    }

    fn forget_oldest(&mut self) {
        let oldest = self.answered.pop_front();
        let gone = oldest.and_then(|oldest| self.letters.remove(&oldest));
        if let Some(Letter::Answered { unsent, .. }) = gone {
            self.bytes -= unsent.map_or(0, |unsent| unsent.answer.len());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEVICE: Option<OpaqueId> = Some(OpaqueId([7; 16]));
    const LONG: usize = 1 << 20;

    fn id(number: u128) -> OpaqueId {
        OpaqueId(number.to_be_bytes())
    }

    fn now() -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + Duration::days(20_000)
    }

    fn held(known: &Known) -> usize {
        let each = known.letters.values().map(|letter| match letter {
            Letter::Answered { unsent, .. } => unsent.as_ref().map_or(0, |one| one.answer.len()),
            Letter::UnderWay(_) => 0,
        });
        each.sum()
    }

    #[test]
    fn sr_64_of_an_answer_that_the_service_has_taken_nothing_but_the_id_is_kept() {
        let mut known = Known::default();
        for number in 0..10_000 {
            known.begin(id(number), DEVICE);
            known.answered(id(number), None, now());
        }
        assert_eq!(held(&known), 0);
        assert_eq!(known.look(id(0)), Standing::Over, "it is answered once");
        assert_eq!(known.look(id(10_000)), Standing::New);
    }

    #[test]
    fn sr_64_answers_that_are_not_taken_are_kept_up_to_a_limit_and_the_newest_of_them() {
        let mut known = Known::default();
        for number in 0..100 {
            known.begin(id(number), DEVICE);
            known.answered(id(number), Some(vec![1; LONG]), now());
            assert!(held(&known) <= KEPT_BYTES);
            assert_eq!(held(&known), known.bytes);
        }
        assert_eq!(known.look(id(0)), Standing::Over);
        assert_eq!(known.look(id(99)), Standing::Unsent(vec![1; LONG]));
        assert_eq!(known.look(id(99)), Standing::Over, "it was given away");
        known.answered(id(99), Some(vec![2]), now());
        assert_eq!(known.look(id(99)), Standing::Unsent(vec![2]));
        known.begin(id(100), DEVICE);
        known.answered(id(100), Some(vec![1; KEPT_BYTES + 1]), now());
        assert_eq!(known.look(id(100)), Standing::Over);
        assert_eq!(held(&known), known.bytes);
    }

    #[test]
    fn sr_64_a_service_that_makes_letters_up_does_not_make_the_connector_know_them_all() {
        let mut known = Known::default();
        let many = ANSWERED as u128 + 10;
        for number in 0..many {
            known.begin(id(number), DEVICE);
            known.answered(id(number), None, now());
        }
        assert_eq!(known.letters.len(), ANSWERED);
        assert_eq!(known.answered.len(), ANSWERED);
        assert_eq!(known.look(id(many - 1)), Standing::Over);
    }

    #[test]
    fn an_answer_is_kept_for_as_long_as_it_is_waited_for_and_its_letter_for_longer() {
        let mut known = Known::default();
        let (of_device, of_stranger) = (id(1), id(2));
        known.begin(of_device, DEVICE);
        known.begin(of_stranger, None);
        assert_eq!(known.busy(), [(DEVICE, 1), (None, 1)].into());
        known.answered(of_device, Some(vec![1]), now());
        known.answered(of_stranger, Some(vec![2]), now());
        known.tidy(now() + KEPT_FOR);
        assert_eq!(known.look(of_device), Standing::Over);
        assert_eq!(known.bytes, 1);
        known.tidy(now() + KEPT_FOR_STRANGERS);
        assert_eq!((known.bytes, known.letters.len()), (0, 2));
        known.tidy(now() + KNOWN_FOR);
        assert!(known.letters.is_empty() && known.answered.is_empty());
    }
}
