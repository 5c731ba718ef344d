//! The simulated Exchange as a program.

fn main() {}
