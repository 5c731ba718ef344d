//! The user's session, without a window system.

pub mod view;
