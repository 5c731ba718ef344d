//! The user's session in a terminal.

fn main() {}
