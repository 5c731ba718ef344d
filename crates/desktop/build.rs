//! Lists the files of words, so that a language is added by adding its file.

use std::{
    env, fs,
    io::{Error, Result},
    path::{Path, PathBuf},
};

fn main() -> Result<()> {
    println!("cargo::rerun-if-changed=../../words");
    println!("cargo::rerun-if-changed=tests/words");
    let folder = |name| env::var_os(name).map(PathBuf::from).ok_or_else(unset);
    let package = folder("CARGO_MANIFEST_DIR")?;
    let shipped = files(&package.join("../../words"))?;
    // Languages that only the tests speak, to see that a file is all it takes.
    let tested = [files(&package.join("tests/words"))?, shipped.clone()].concat();
    let tables = table("not(test)", shipped) + &table("test", tested);
    fs::write(folder("OUT_DIR")?.join("words.rs"), tables)
}

/// The files of a folder, each as code of its language and text.
fn files(folder: &Path) -> Result<Vec<String>> {
    let mut files = Vec::new();
    for file in fs::read_dir(folder)? {
        let path = file?.path();
        let code = path.file_stem().and_then(|stem| stem.to_str());
        if let (Some(code), Some(path)) = (code, path.to_str()) {
            files.push(format!("({code:?}, include_str!({path:?}))"));
        }
    }
    Ok(files)
}

fn table(when: &str, mut files: Vec<String>) -> String {
    files.sort();
    format!(
        "#[cfg({when})]\nconst FILES: [(&str, &str); {}] = [{}];\n",
        files.len(),
        files.join(", ")
    )
}

fn unset() -> Error {
    Error::other("cargo has not said where the package is")
}
