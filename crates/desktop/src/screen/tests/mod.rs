//! What the screens say about a day of made-up meetings.

mod agenda;
mod languages;
mod ring;
mod tray;
