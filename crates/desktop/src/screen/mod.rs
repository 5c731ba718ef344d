//! What is on the screens: pure functions from the board, the settings and a
//! moment to the values of [`crate::view`].

mod agenda;
mod details;
mod hero;
mod notification;
mod people;
mod ring;
mod row;
mod scene;
mod settings;
mod tray;
mod whereabouts;
pub(crate) mod zone;

pub use agenda::agenda;
pub(crate) use details::changeable;
pub use notification::notification;
pub use ring::{Ringing, ring, running_late};
pub use scene::{Scene, Surroundings};
pub use settings::settings;
pub use tray::{Bell, tray};
pub use whereabouts::{Told, Whereabouts};

#[cfg(test)]
mod sample;
#[cfg(test)]
mod tests;
