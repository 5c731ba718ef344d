//! The real programs beside a test, built where they are older than their
//! source.

#![expect(clippy::expect_used, reason = "a test ends where a step fails")]

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

/// A program and what it is made of.
#[derive(Debug, Clone, Copy)]
pub struct Built {
    /// Its name.
    pub name: &'static str,
    /// The package that it is of.
    pub package: &'static str,
    /// The crates of ours that it is made of, as their folders are called.
    pub crates: &'static [&'static str],
}

/// Where the program is: beside this test, or in the folder that
/// `JOINBELL_BIN` names. It is built when it is older than its source.
///
/// # Panics
/// When it does not build.
pub fn program(built: &Built) -> PathBuf {
    let file = format!("{}{}", built.name, std::env::consts::EXE_SUFFIX);
    if let Some(folder) = std::env::var_os("JOINBELL_BIN") {
        return Path::new(&folder).join(file);
    }
    let test = std::env::current_exe().expect("a test knows its own path");
    let beside = test.parent().expect("a file is in a folder");
    // Tests are in target/*/deps, programs in target/*.
    let folder = match beside.parent() {
        Some(above) if beside.ends_with("deps") => above,
        _ => beside,
    };
    let binary = folder.join(file);
    if !is_fresh(&binary, built.crates) {
        build(built, folder.parent().expect("target/* is in target"));
    }
    binary
}

/// Where the crates are.
const CRATES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../crates");

fn is_fresh(binary: &Path, crates: &[&str]) -> bool {
    let changed = |path: &Path| fs::metadata(path).and_then(|data| data.modified()).ok();
    let Some(built) = changed(binary) else {
        return false;
    };
    let mut waiting: Vec<PathBuf> = Vec::new();
    for name in crates {
        let folder = Path::new(CRATES).join(name);
        // What is in its other folders is no part of the program.
        waiting.extend([folder.join("src"), folder.join("Cargo.toml")]);
    }
    while let Some(path) = waiting.pop() {
        if path.is_dir() {
            let inside = fs::read_dir(path).into_iter().flatten().flatten();
            waiting.extend(inside.map(|entry| entry.path()));
        } else if changed(&path).is_none_or(|at| at > built) {
            return false;
        }
    }
    true
}

fn build(built: &Built, target: &Path) {
    let mut build = Command::new(std::env::var_os("CARGO").unwrap_or("cargo".into()));
    build
        .args(["build", "--quiet", "--package", built.package])
        .arg("--target-dir")
        .arg(target)
        .arg("--manifest-path")
        .arg(Path::new(CRATES).join("../Cargo.toml"));
    if !cfg!(debug_assertions) {
        build.arg("--release");
    }
    let outcome = build.status().expect("cargo starts");
    assert!(outcome.success(), "{} does not build", built.name);
}
