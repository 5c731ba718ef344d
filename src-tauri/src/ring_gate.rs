//! When the ring's window is on the screen. One place decides, so that in a
//! silence nothing comes up but what the user asked for, and what is up goes
//! when the silence begins.

use chrono::Duration;
use engine::{Clock as _, clock::SystemClock};
use tauri::{AppHandle, Manager as _};
use tokio::sync::mpsc;

use crate::{
    quiet,
    windows::{self, Kind, Opening},
};

/// How often is looked whether a quiet has begun or is over while something
/// rings.
const LOOK_AGAIN: Duration = Duration::seconds(15);

/// What the gate hears of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Heard {
    /// Something rings, or what waited may be seen again.
    Rings,
    /// The user asked for what rings.
    Asked,
    /// The user wants to go on by keys in what they asked for.
    Keyboard,
    /// Nothing is to be seen any more: it is answered, put aside or muted.
    Over,
    /// The user has closed the window.
    Closed,
    /// The system was asked whether its user wants to be left alone.
    Quiet(bool),
}

/// What is to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Deed {
    Show,
    Focus,
    Hide,
}

/// Where the window is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Gate {
    /// Nobody wants it.
    #[default]
    Away,
    /// It waits until the user does not want to be left alone any more.
    Held,
    /// On the screen; by itself, or because the user asked for it, which counts
    /// for a quiet that holds already.
    Up { asked: bool },
}

impl Gate {
    /// What follows from news.
    fn hear(&mut self, heard: Heard) -> Option<Deed> {
        let (next, deed) = match (*self, heard) {
            (_, Heard::Asked) => (Self::Up { asked: true }, Some(Deed::Show)),
            (_, Heard::Over) => (Self::Away, Some(Deed::Hide)),
            (Self::Away, Heard::Rings) => (Self::Held, None),
            (Self::Up { asked }, Heard::Rings) => (Self::Up { asked }, Some(Deed::Show)),
            (Self::Held, Heard::Quiet(false)) => (Self::Up { asked: false }, Some(Deed::Show)),
            (Self::Up { .. }, Heard::Quiet(false)) => (Self::Up { asked: false }, None),
            (Self::Up { asked: false }, Heard::Quiet(true)) => (Self::Held, Some(Deed::Hide)),
            (Self::Up { asked }, Heard::Keyboard) => (Self::Up { asked }, Some(Deed::Focus)),
            (Self::Up { .. }, Heard::Closed) => (Self::Away, None),
            (as_before, _) => (as_before, None),
        };
        *self = next;
        deed
    }

    /// Whether it has to be looked whether a quiet begins or ends.
    fn is_watching(self) -> bool {
        self != Self::Away
    }
}

/// Tells the gate.
pub(crate) struct RingGate(mpsc::UnboundedSender<Heard>);

impl RingGate {
    /// Begins to keep the gate.
    pub(crate) fn begin(app: &AppHandle) -> Self {
        let (tell, news) = mpsc::unbounded_channel();
        tauri::async_runtime::spawn(keep(app.clone(), news));
        Self(tell)
    }

    /// Takes news in.
    pub(crate) fn hear(&self, heard: Heard) {
        // Without a receiver the program is ending.
        let _ending = self.0.send(heard);
    }
}

async fn keep(app: AppHandle, mut news: mpsc::UnboundedReceiver<Heard>) {
    let clock = SystemClock;
    let mut gate = Gate::default();
    app.state::<Opening>().over().await;
    loop {
        let look_again = clock.now() + LOOK_AGAIN;
        let heard = tokio::select! {
            heard = news.recv() => match heard {
                Some(heard) => heard,
                None => return,
            },
            () = clock.wait_until(look_again), if gate.is_watching() => {
                Heard::Quiet(quiet::is_wanted(&app).await)
            }
        };
        act(&app, gate.hear(heard));
        if heard == Heard::Rings {
            act(&app, gate.hear(Heard::Quiet(quiet::is_wanted(&app).await)));
        }
    }
}

fn act(app: &AppHandle, deed: Option<Deed>) {
    match deed {
        Some(Deed::Show) => windows::show(app, Kind::Ring),
        Some(Deed::Focus) => windows::focus_ring(app),
        Some(Deed::Hide) => windows::close(app, Kind::Ring),
        None => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The deeds that follow from news, one after the other.
    fn deeds(news: &[Heard]) -> Vec<Deed> {
        let mut gate = Gate::default();
        news.iter().filter_map(|heard| gate.hear(*heard)).collect()
    }

    const NOISE: Heard = Heard::Quiet(false);
    const QUIET: Heard = Heard::Quiet(true);

    #[test]
    fn what_rings_comes_up_at_once_where_nobody_wants_quiet() {
        assert_eq!(deeds(&[Heard::Rings, NOISE]), [Deed::Show]);
        assert_eq!(deeds(&[NOISE, QUIET, NOISE]), []);
    }

    #[test]
    fn in_quiet_it_waits_and_comes_up_once_when_that_is_over() {
        let news = [Heard::Rings, QUIET, Heard::Rings, QUIET, NOISE, NOISE];
        assert_eq!(deeds(&news), [Deed::Show]);
    }

    #[test]
    fn what_waits_for_the_end_of_a_quiet_does_not_come_up_once_it_is_muted() {
        assert_eq!(
            deeds(&[Heard::Rings, QUIET, Heard::Over, NOISE]),
            [Deed::Hide]
        );
        // Its end is heard like a ring, and the quiet holds for it as well.
        let news = [Heard::Rings, QUIET, Heard::Over, Heard::Rings, QUIET, NOISE];
        assert_eq!(deeds(&news), [Deed::Hide, Deed::Show]);
    }

    #[test]
    fn what_is_up_goes_when_a_quiet_begins_and_comes_back_after_it() {
        let news = [Heard::Rings, NOISE, QUIET, QUIET, NOISE];
        assert_eq!(deeds(&news), [Deed::Show, Deed::Hide, Deed::Show]);
    }

    #[test]
    fn what_the_user_asks_for_in_a_quiet_stays_in_it_and_not_in_the_next_one() {
        let asked = [Heard::Rings, QUIET, Heard::Asked, QUIET, QUIET];
        assert_eq!(deeds(&asked), [Deed::Show]);
        let next = [&asked[..], &[NOISE, QUIET]].concat();
        assert_eq!(deeds(&next), [Deed::Show, Deed::Hide]);
    }

    #[test]
    fn the_keyboard_goes_into_what_is_up_and_to_nothing_else() {
        let news = [Heard::Asked, Heard::Keyboard];
        assert_eq!(deeds(&news), [Deed::Show, Deed::Focus]);
        assert_eq!(deeds(&[Heard::Keyboard]), []);
        assert_eq!(deeds(&[Heard::Rings, QUIET, Heard::Keyboard]), []);
    }

    #[test]
    fn a_window_that_the_user_has_closed_comes_back_with_the_next_ring_only() {
        let closed = [Heard::Rings, NOISE, Heard::Closed, NOISE, NOISE];
        assert_eq!(deeds(&closed), [Deed::Show]);
        let next = [&closed[..], &[Heard::Rings, NOISE]].concat();
        assert_eq!(deeds(&next), [Deed::Show, Deed::Show]);
    }

    #[test]
    fn a_ring_beside_one_that_is_up_finds_a_window() {
        // One that was refused because it was empty may be missing.
        let news = [Heard::Rings, NOISE, Heard::Rings, NOISE];
        assert_eq!(deeds(&news), [Deed::Show, Deed::Show]);
    }
}
