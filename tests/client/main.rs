//! The engine and the user's session against the simulated Exchange.

mod appointment;
mod certificates;
mod direct_sync;
mod first_run;
mod keywords;
mod killed_rings;
mod lost_password;
mod one_day;
mod quirks;
mod rediscovery;
mod retention;
mod schedule;
mod series;
mod suggestions;
mod visits;
mod writing;
