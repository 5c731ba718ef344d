//! Takes what each language calls the join details out of the files of words,
//! so that a language is added by adding its file.

use std::{
    env, fs,
    io::{Error, Result},
    path::PathBuf,
};

/// The words that stand in invitations.
const KEY: &str = "join-details-heading";

fn main() -> Result<()> {
    println!("cargo::rerun-if-changed=../../words");
    let folder = |name| env::var_os(name).map(PathBuf::from).ok_or_else(unset);
    let words = folder("CARGO_MANIFEST_DIR")?.join("../../words");
    let mut headings = Vec::new();
    for file in fs::read_dir(words)? {
        let path = file?.path();
        let text = fs::read_to_string(&path)?;
        let code = path.file_stem().and_then(|stem| stem.to_str());
        if let (Some(code), Some(heading)) = (code, heading_in(&text)) {
            headings.push((code.to_owned(), heading.to_owned()));
        }
    }
    headings.sort();
    let english = headings.iter().find(|(code, _)| code == "en");
    let (_, english) = english.ok_or_else(|| Error::other("English has no heading"))?;
    let table = format!(
        "const ENGLISH: &str = {english:?};\nconst HEADINGS: &[(&str, &str)] = &{headings:?};\n"
    );
    fs::write(folder("OUT_DIR")?.join("headings.rs"), table)
}

/// One line without places to fill in.
fn heading_in(text: &str) -> Option<&str> {
    text.lines().find_map(|line| {
        let (key, heading) = line.split_once('=')?;
        let heading = heading.trim();
        (key.trim() == KEY && !heading.is_empty() && !heading.contains('{')).then_some(heading)
    })
}

fn unset() -> Error {
    Error::other("cargo has not said where the package is")
}
