//! Older layouts of the settings file, one step per version.

use toml::{Table, Value};

use super::{MINUTES_MAX, Settings, SettingsTrouble};

/// What leads from one version to the next; the first one from version 1.
const STEPS: [fn(&mut Table); 1] = [bounded_minutes];

/// Brings a file of an older version up to this one. A file without a version
/// was written by hand, for the version of today.
pub(super) fn migrate(table: &mut Table) -> Result<(), SettingsTrouble> {
    let version = match table.get("version") {
        None => Settings::VERSION,
        Some(written) => written
            .as_integer()
            .and_then(|number| u32::try_from(number).ok())
            .filter(|number| *number > 0)
            .ok_or_else(|| SettingsTrouble::Unreadable("the version is no number".to_owned()))?,
    };
    if version > Settings::VERSION {
        return Err(SettingsTrouble::Newer(version));
    }
    let passed = usize::try_from(version - 1).unwrap_or(usize::MAX);
    for step in STEPS.iter().skip(passed) {
        step(table);
    }
    table.insert("version".to_owned(), Settings::VERSION.into());
    Ok(())
}

/// Version 1 took any number of minutes and used a day at most; since then a
/// number out of bounds is refused.
fn bounded_minutes(table: &mut Table) {
    let Some(Value::Table(reminders)) = table.get_mut("reminders") else {
        return;
    };
    let bounds = [("minutes_before", 0), ("collapse_after_minutes", 1)];
    for (name, lowest) in bounds {
        if let Some(Value::Integer(minutes)) = reminders.get_mut(name) {
            *minutes = (*minutes).clamp(lowest, i64::from(MINUTES_MAX));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_a_step_from_every_earlier_version() {
        assert_eq!(STEPS.len() + 1, Settings::VERSION as usize);
    }

    #[test]
    fn a_file_of_version_1_keeps_its_values_and_is_written_as_today() {
        let old = "version = 1\n[reminders]\nminutes_before = 9000\n[appearance]\nhours = \"12\"\n";
        let settings = Settings::read(old).unwrap();
        assert_eq!(settings.version, Settings::VERSION);
        assert_eq!(settings.reminders.minutes_before, 1440);
        let written = settings.write().unwrap();
        assert!(written.contains("version = 2"), "{written}");
        assert_eq!(Settings::read(&written).unwrap(), settings);
    }

    #[test]
    fn what_version_1_clamped_is_refused_today() {
        let refused = Settings::read("version = 2\n[reminders]\nminutes_before = 9000\n");
        let sentence = refused.unwrap_err().to_string();
        assert!(sentence.contains("1440"), "{sentence}");
    }

    #[test]
    fn a_version_that_is_no_number_is_refused() {
        for written in ["version = 'two'", "version = 0", "version = -1"] {
            assert!(
                matches!(Settings::read(written), Err(SettingsTrouble::Unreadable(_))),
                "{written}"
            );
        }
    }
}
