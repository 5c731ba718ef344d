//! Statements that PostgreSQL reads and plans once for each connection, and
//! what stands in their places.
//!
//! They are prepared under numbers (`PREPARE`), so that several of them can be
//! said in one way to the server (`EXECUTE`). Nothing but ids, bytes and numbers
//! stands in them, all of which are written in digits alone.

use std::fmt::Write as _;

use sqlx::{Any, query::Query};

use crate::opaque::OpaqueId;

/// A statement that is said often, with `$1` and so on in place of the values.
#[derive(Debug, Clone, Copy)]
pub struct Statement(pub &'static str);

impl Statement {
    /// This statement about these values.
    pub fn about<'a>(self, values: impl Into<Vec<Value<'a>>>) -> Said<'a> {
        Said {
            text: self.0,
            values: values.into(),
        }
    }
}

/// Which statements are prepared on a connection.
#[derive(Debug, Default)]
pub(super) struct Prepared(Vec<&'static str>);

impl Prepared {
    /// The number of a statement; the first time, its preparing is written.
    fn number(&mut self, statement: &'static str, preparing: &mut Vec<String>) -> usize {
        let known = self.0.iter().position(|known| *known == statement);
        known.unwrap_or_else(|| {
            let number = self.0.len();
            preparing.push(format!("PREPARE s{number} AS {statement}"));
            self.0.push(statement);
            number
        })
    }
}

/// Statements as one text for a connection to PostgreSQL.
#[derive(Debug, Default)]
pub(super) struct Text {
    /// What has to be said before them.
    pub(super) preparing: Vec<String>,
    /// They themselves, each with its semicolon.
    pub(super) executing: String,
}

impl Text {
    pub(super) fn of(said: &[Said<'_>], prepared: &mut Prepared) -> Self {
        let mut text = Self::default();
        text.executing.reserve(said.iter().map(Said::length).sum());
        for one in said {
            let number = prepared.number(one.text, &mut text.preparing);
            one.write(number, &mut text.executing);
        }
        text
    }
}

/// What stands in a place.
#[derive(Debug, Clone, Copy)]
pub enum Value<'a> {
    /// An id, which is kept as text.
    Id(OpaqueId),
    /// Bytes.
    Bytes(&'a [u8]),
    /// A number, or none.
    Number(Option<i64>),
}

/// A statement with its values.
#[derive(Debug, Clone)]
pub struct Said<'a> {
    text: &'static str,
    values: Vec<Value<'a>>,
}

const DIGITS: &[u8; 16] = b"0123456789abcdef";

fn in_digits(before: &str, bytes: &[u8], text: &mut String) {
    let digit = |half: u8| char::from(DIGITS[usize::from(half & 15)]);
    text.push_str(before);
    for byte in bytes {
        text.push(digit(byte >> 4));
        text.push(digit(*byte));
    }
    text.push('\'');
}

impl Said<'_> {
    /// About how many bytes its text has.
    pub(super) fn length(&self) -> usize {
        let each = self.values.iter().map(|value| match value {
            Value::Id(_) | Value::Number(_) => 40,
            Value::Bytes(bytes) => 2 * bytes.len() + 8,
        });
        24 + each.sum::<usize>()
    }

    /// As SQLite takes it.
    pub(super) fn bound(&self) -> Query<'static, Any, sqlx::any::AnyArguments> {
        let query = sqlx::query(self.text);
        self.values.iter().fold(query, |query, value| match value {
            Value::Id(id) => query.bind(id.to_string()),
            Value::Bytes(bytes) => query.bind(bytes.to_vec()),
            Value::Number(number) => query.bind(*number),
        })
    }

    fn write(&self, number: usize, text: &mut String) {
        // A text takes whatever is written.
        let _written = write!(text, "EXECUTE s{number}");
        for (at, value) in self.values.iter().enumerate() {
            text.push(if at == 0 { '(' } else { ',' });
            match value {
                Value::Id(OpaqueId(bytes)) => in_digits("'", bytes, text),
                Value::Bytes(bytes) => in_digits("'\\x", bytes, text),
                Value::Number(Some(number)) => {
                    let _written = write!(text, "{number}");
                }
                Value::Number(None) => text.push_str("NULL"),
            }
        }
        if !self.values.is_empty() {
            text.push(')');
        }
        text.push(';');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PUT: Statement = Statement("INSERT INTO a VALUES ($1, $2, $3, $4)");
    const LOOK: Statement = Statement("SELECT b FROM a");

    #[test]
    fn values_stand_in_their_places_in_digits_alone() {
        let values = [
            Value::Id(OpaqueId([0xfe; 16])),
            Value::Bytes(b"'\x00\xff"),
            Value::Number(Some(-7)),
            Value::Number(None),
        ];
        let text = Text::of(&[PUT.about(values)], &mut Prepared::default());
        let id = "fe".repeat(16);
        assert_eq!(
            text.executing,
            format!("EXECUTE s0('{id}','\\x2700ff',-7,NULL);")
        );
    }

    #[test]
    fn a_statement_is_prepared_the_first_time_and_keeps_its_number() {
        let mut prepared = Prepared::default();
        let number = |number| PUT.about([Value::Number(Some(number))]);
        let first = Text::of(&[number(1), number(2)], &mut prepared);
        let before = "PREPARE s0 AS INSERT INTO a VALUES ($1, $2, $3, $4)";
        assert_eq!(first.preparing, [before]);
        assert_eq!(first.executing, "EXECUTE s0(1);EXECUTE s0(2);");
        let second = Text::of(&[LOOK.about([]), number(3)], &mut prepared);
        assert_eq!(second.preparing, ["PREPARE s1 AS SELECT b FROM a"]);
        assert_eq!(second.executing, "EXECUTE s1;EXECUTE s0(3);");
    }
}
