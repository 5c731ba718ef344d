//! Lists the files of words, so that a language is added by adding its file.

use std::{
    env, fs,
    io::{Error, Result},
    path::PathBuf,
};

fn main() -> Result<()> {
    println!("cargo::rerun-if-changed=words");
    let folder = |name| env::var_os(name).map(PathBuf::from).ok_or_else(unset);
    let words = folder("CARGO_MANIFEST_DIR")?.join("words");
    let mut files = Vec::new();
    for file in fs::read_dir(words)? {
        let path = file?.path();
        let code = path.file_stem().and_then(|stem| stem.to_str());
        if let (Some(code), Some(path)) = (code, path.to_str()) {
            files.push(format!("({code:?}, include_str!({path:?}))"));
        }
    }
    files.sort();
    let table = format!(
        "const FILES: [(&str, &str); {}] = [{}];\n",
        files.len(),
        files.join(", ")
    );
    fs::write(folder("OUT_DIR")?.join("words.rs"), table)
}

fn unset() -> Error {
    Error::other("cargo has not said where the package is")
}
