//! One row of a table, as SQLite lists it and as SQL says it.

use std::io::Write;

use setup::random::Random;

/// Characters of random texts ("a-string" of clause 4.3.2.2); none means anything in SQL.
const LETTERS: &[u8; 62] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

/// Fields in order; the memory is used again for the next row.
#[derive(Clone, Debug, Default)]
pub struct Row {
    texts: Vec<u8>,
    fields: Vec<Field>,
}

#[derive(Clone, Copy, Debug)]
enum Field {
    Integer(i64),
    /// The bytes from the previous text's end up to here.
    Text {
        start: usize,
        end: usize,
    },
    Null,
}

impl Row {
    /// Removes all fields.
    pub fn clear(&mut self) {
        self.texts.clear();
        self.fields.clear();
    }

    /// Adds a number.
    pub fn integer(&mut self, value: i64) {
        self.fields.push(Field::Integer(value));
    }

    /// Adds a field without a value.
    pub fn null(&mut self) {
        self.fields.push(Field::Null);
    }

    /// Adds this text, which must not hold `'`, `|` or line ends.
    pub fn text(&mut self, text: &[u8]) {
        let start = self.texts.len();
        self.texts.extend_from_slice(text);
        self.end_text(start);
    }

    /// Adds a text of random characters with a random length.
    pub fn random_text(&mut self, random: &mut Random, shortest: u64, longest: u64) {
        let start = self.texts.len();
        let mut left = random.between(shortest, longest);
        while left > 0 {
            // Ten characters for each number: 62^10 is below 2^60.
            let mut bits = random.next_u64();
            for _ in 0..left.min(10) {
                self.texts.push(LETTERS[(bits % 62) as usize]);
                bits /= 62;
            }
            left = left.saturating_sub(10);
        }
        self.end_text(start);
    }

    fn end_text(&mut self, start: usize) {
        self.fields.push(Field::Text {
            start,
            end: self.texts.len(),
        });
    }

    /// The row in the sqlite3 program's list mode: fields with `|` between them, nothing for one
    /// without a value, and a line end.
    pub fn write_line(&self, out: &mut Vec<u8>) {
        for (index, field) in self.fields.iter().enumerate() {
            if index > 0 {
                out.push(b'|');
            }
            match *field {
                Field::Integer(value) => write_integer(value, out),
                Field::Text { start, end } => out.extend_from_slice(&self.texts[start..end]),
                Field::Null => {}
            }
        }
        out.push(b'\n');
    }

    /// The row as SQL's `VALUES` takes it, in parentheses.
    pub fn write_sql(&self, out: &mut Vec<u8>) {
        for (index, field) in self.fields.iter().enumerate() {
            out.push(if index == 0 { b'(' } else { b',' });
            match *field {
                Field::Integer(value) => write_integer(value, out),
                Field::Text { start, end } => {
                    out.push(b'\'');
                    out.extend_from_slice(&self.texts[start..end]);
                    out.push(b'\'');
                }
                Field::Null => out.extend_from_slice(b"NULL"),
            }
        }
        out.push(b')');
    }
}

fn write_integer(value: i64, out: &mut Vec<u8>) {
    // Writing to a vector does not fail.
    let _ = write!(out, "{value}");
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
    use super::*;

    fn both(row: &Row) -> (String, String) {
        let (mut line, mut sql) = (Vec::new(), Vec::new());
        row.write_line(&mut line);
        row.write_sql(&mut sql);
        (
            String::from_utf8(line).unwrap(),
            String::from_utf8(sql).unwrap(),
        )
    }

    #[test]
    fn a_row_says_the_same_in_both_forms() {
        let mut row = Row::default();
        row.text(b"left over");
        row.clear();
        row.integer(-10);
        row.text(b"OE");
        row.null();
        let expected = ("-10|OE|\n".to_owned(), "(-10,'OE',NULL)".to_owned());
        assert_eq!(both(&row), expected);
    }

    #[test]
    fn random_texts_keep_their_bounds() {
        let mut random = Random::new(3);
        for _ in 0..500 {
            let mut row = Row::default();
            row.random_text(&mut random, 8, 26);
            let (line, _) = both(&row);
            assert!((9..=27).contains(&line.len()), "{line}");
            assert!(
                line.trim_end()
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric())
            );
        }
    }
}
