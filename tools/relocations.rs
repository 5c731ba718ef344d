//! Lets the linker write relocations in their short form (DT_RELR), where this
//! system's C library reads it. The names of the time zones alone are 66,000 of
//! them: in the long form they are 1.7 MB of the file, which each start reads.

use std::{env, process::Command};

/// The first C library of GNU that reads it (glibc 2.36, NEWS).
const FIRST: (u32, u32) = (2, 36);

/// Tells cargo so, for the programs of the package whose build script asks.
pub(crate) fn pack() {
    let set = |name: &str| env::var(name).unwrap_or_default();
    // What is built for another system may come to an older library.
    let is_own = set("HOST") == set("TARGET");
    let is_gnu = set("CARGO_CFG_TARGET_OS") == "linux" && set("CARGO_CFG_TARGET_ENV") == "gnu";
    if is_own && is_gnu && library().is_some_and(|version| version >= FIRST) {
        println!("cargo:rustc-link-arg-bins=-Wl,-z,pack-relative-relocs");
    }
}

/// The version of this system's C library.
fn library() -> Option<(u32, u32)> {
    let told = Command::new("getconf").arg("GNU_LIBC_VERSION").output();
    let text = String::from_utf8(told.ok()?.stdout).ok()?;
    let (major, rest) = text.trim().strip_prefix("glibc ")?.split_once('.')?;
    let minor = rest.split('.').next()?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}
