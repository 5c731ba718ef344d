//! What crosses a network, and how many ways there and back something needed.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

/// Which way a piece goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// From the client to the server.
    Out,
    /// From the server to the client.
    Home,
}

/// A piece of a connection on its way.
#[derive(Debug, Clone, Copy)]
pub struct Crossing {
    /// Which way.
    pub way: Way,
    /// When it was sent.
    pub sent: Instant,
    /// When it came.
    pub came: Instant,
}

/// All that has crossed so far. Clones are the same.
#[derive(Debug, Clone, Default)]
pub struct Crossings(Arc<Mutex<Vec<Crossing>>>);

/// The way of some news through the network, and what it did beside it.
#[derive(Debug, Clone, Default)]
pub struct Journey {
    /// Crossings of which each could begin only when the one before it had
    /// come; the last one goes home.
    pub legs: usize,
    /// What was sent to the server, in pieces.
    pub asked: usize,
    /// The time in the network.
    pub network: Duration,
    /// The server's time: before the news left, and with each answer.
    pub server: Duration,
    /// The client's time: before each question, and at the end.
    pub client: Duration,
}

impl Crossings {
    pub(crate) fn add(&self, crossing: Crossing) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.push(crossing);
    }

    /// The way of the news that the server had at `from` and the client showed
    /// at `to`.
    pub fn journey(&self, from: Instant, to: Instant) -> Journey {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let within: Vec<Crossing> = all
            .iter()
            .filter(|one| from <= one.sent && one.came <= to)
            .copied()
            .collect();
        Journey::of(&within, from, to)
    }
}

impl Journey {
    /// In ways there and back.
    #[expect(clippy::cast_precision_loss, reason = "a handful of crossings")]
    pub fn round_trips(&self) -> f64 {
        self.legs as f64 / 2.0
    }

    fn of(within: &[Crossing], from: Instant, to: Instant) -> Self {
        let mut journey = Self {
            asked: within.iter().filter(|one| one.way == Way::Out).count(),
            ..Self::default()
        };
        // The news goes home first, then each question and its answer.
        let mut at = from;
        let mut wanted = Way::Home;
        let mut legs: Vec<Crossing> = Vec::new();
        loop {
            let next = within.iter().filter(|one| one.way == wanted);
            let next = next.filter(|one| at <= one.sent).min_by_key(|one| one.sent);
            let Some(next) = next else { break };
            legs.push(*next);
            at = next.came;
            wanted = match wanted {
                Way::Home => Way::Out,
                Way::Out => Way::Home,
            };
        }
        // A question that is still without an answer brought nothing.
        if legs.last().is_some_and(|last| last.way == Way::Out) {
            legs.pop();
        }
        // An answer comes in several pieces, and is read when the last is here.
        if let Some(last) = legs.last_mut() {
            let ends = within.iter().filter(|one| one.way == Way::Home);
            if let Some(end) = ends.max_by_key(|one| one.came) {
                *last = *end;
            }
        }
        let mut at = from;
        for leg in &legs {
            let before = leg.sent.saturating_duration_since(at);
            match leg.way {
                Way::Home => journey.server += before,
                Way::Out => journey.client += before,
            }
            journey.network += leg.came - leg.sent;
            at = leg.came;
        }
        journey.client += to.saturating_duration_since(at);
        journey.legs = legs.len();
        journey
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WAY: Duration = Duration::from_millis(50);

    #[test]
    #[expect(clippy::disallowed_methods, reason = "some moment to count from")]
    fn news_with_one_question_takes_three_ways_and_one_that_is_open_counts_for_nothing() {
        let begun = Instant::now();
        let at = |ms| begun + Duration::from_millis(ms);
        let crossing = |way, sent| Crossing {
            way,
            sent: at(sent),
            came: at(sent) + WAY,
        };
        let all = [
            crossing(Way::Home, 1),
            crossing(Way::Out, 53),
            crossing(Way::Out, 54),
            crossing(Way::Home, 106),
            crossing(Way::Home, 108),
            crossing(Way::Out, 156),
        ];
        let crossings = Crossings::default();
        for one in all {
            crossings.add(one);
        }
        let journey = crossings.journey(begun, at(163));
        assert_eq!((journey.legs, journey.asked), (3, 2));
        assert_eq!(journey.network, WAY * 3);
        assert_eq!(journey.server, Duration::from_millis(1 + 5));
        assert_eq!(journey.client, Duration::from_millis(2 + 5));

        let two_questions = crossings.journey(begun, at(400));
        assert_eq!((two_questions.legs, two_questions.asked), (3, 3));
        crossings.add(crossing(Way::Home, 210));
        assert_eq!(crossings.journey(begun, at(400)).legs, 5);
    }
}
