//! A value that must not be shown: not in logs, not in errors, not in
//! problem reports.

use std::fmt;

use zeroize::Zeroize;

/// Wraps a secret or a private text. `Debug` and `Display` print the same
/// constant, and the memory is wiped when it is dropped. It is neither
/// `Clone` nor serializable on purpose (SR-13):
///
/// ```compile_fail,E0277
/// fn serialize<T: serde::Serialize>(_: T) {}
/// serialize(vault::sensitive::Sensitive::new(String::new()));
/// ```
///
/// ```compile_fail,E0599
/// let secret = vault::sensitive::Sensitive::new(vec![0_u8]);
/// let copy = secret.clone();
/// ```
///
/// The same goes for keys:
///
/// ```compile_fail,E0599
/// let copy = vault::key::Key::generate().clone();
/// ```
pub struct Sensitive<T: Zeroize>(T);

impl<T: Zeroize> Sensitive<T> {
    /// Takes the value in.
    pub fn new(value: T) -> Self {
        Self(value)
    }

    /// The value itself. The name is long so that each use is looked at.
    pub fn expose(&self) -> &T {
        &self.0
    }
}

impl<T: Zeroize> Drop for Sensitive<T> {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl<T: Zeroize> fmt::Debug for Sensitive<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("‹redacted›")
    }
}

impl<T: Zeroize> fmt::Display for Sensitive<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("‹redacted›")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sr_65_a_sensitive_value_prints_nothing_of_itself() {
        let secret = Sensitive::new("canary-7".to_owned());
        assert_eq!(format!("{secret} {secret:?}"), "‹redacted› ‹redacted›");
        assert_eq!(secret.expose(), "canary-7");
    }
}
