//! Plans that have found a fault, as literal text: what a seed stands for
//! changes with the generator, and these do not.

use std::{fmt::Write as _, path::PathBuf};

use serde::Deserialize;

use crate::plan::Plan;

/// A plan with what it has found.
#[derive(Debug, Clone)]
pub struct Kept {
    /// Its file's name without the ending.
    pub name: String,
    /// What it found.
    pub found: String,
    /// The mutant that puts the fault back into the client.
    pub mutant: Option<String>,
    /// The plan.
    pub plan: Plan,
}

#[derive(Deserialize)]
struct Words {
    #[serde(default)]
    found: String,
    mutant: Option<String>,
}

/// Reads a plan that was written by [`write()`].
///
/// # Errors
/// When the text is none.
pub fn read(name: &str, text: &str) -> Result<Kept, String> {
    let words: Words = toml::from_str(text).map_err(|error| error.to_string())?;
    let plan = toml::from_str(text).map_err(|error| error.to_string())?;
    Ok(Kept {
        name: name.to_owned(),
        found: words.found,
        mutant: words.mutant,
        plan,
    })
}

/// Writes a plan, one step a line; who keeps it says above what it found.
///
/// # Errors
/// When a number is beyond what TOML holds.
pub fn write(plan: &Plan) -> Result<String, String> {
    let words = |error: toml::ser::Error| error.to_string();
    let mut table = toml::Table::try_from(plan).map_err(words)?;
    table.remove("steps");
    let mut text = toml::to_string(&table).map_err(words)?;
    text.push_str("steps = [\n");
    for (at, step) in &plan.steps {
        let step = toml::Value::try_from(step).map_err(words)?;
        writeln!(text, "    [{at}, {step}],").map_err(|error| error.to_string())?;
    }
    text.push_str("]\n");
    Ok(text)
}

/// Keeps the small plan of a seed that has failed; gives the file.
///
/// # Errors
/// When the file cannot be written.
pub fn keep(seed: u64, plan: &Plan) -> Result<PathBuf, String> {
    let file = folder().join(format!("seed-{seed}.toml"));
    std::fs::write(&file, write(plan)?).map_err(|error| error.to_string())?;
    Ok(file)
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("kept")
}

/// All plans of the folder `kept`, by name.
///
/// # Errors
/// When the folder or one of its files cannot be read.
pub fn all() -> Result<Vec<Kept>, String> {
    let files = std::fs::read_dir(folder()).map_err(|error| error.to_string())?;
    let mut kept = Vec::new();
    for file in files {
        let path = file.map_err(|error| error.to_string())?.path();
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        let text = std::fs::read_to_string(&path).map_err(|error| error.to_string())?;
        kept.push(read(&name, &text).map_err(|error| format!("{name}: {error}"))?);
    }
    kept.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_of_any_seed_is_read_as_it_was_written() {
        for seed in 0..500 {
            let plan = Plan::of(seed);
            let text = write(&plan).expect("it can be written");
            let read = read("seed", &text).expect("it can be read");
            assert_eq!(read.plan, plan, "seed {seed}");
        }
    }
}
