//! Making text from outside fit: no control characters, no more columns than there are.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Stands for what was left out.
const ELLIPSIS: char = '…';

/// Columns that `text` takes on a terminal.
pub(crate) fn width(text: &str) -> usize {
    text.width()
}

/// `text` without control characters. Names of processes and files are chosen by others and could
/// steer the terminal otherwise.
pub(crate) fn clean(text: &str) -> String {
    text.chars()
        .map(|c| {
            if c.width().is_some() && !is_directional(c) {
                c
            } else {
                '\u{fffd}'
            }
        })
        .collect()
}

/// Whether `c` turns the direction of the text around it.
fn is_directional(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// `text`, or its beginning and its end around an ellipsis if it is wider than `columns`.
///
/// The middle goes because a path tells most at its end and a command at its beginning.
pub(crate) fn elide_middle(text: &str, columns: usize) -> String {
    if width(text) <= columns {
        return text.to_owned();
    }
    let Some(room) = columns.checked_sub(1) else {
        return String::new();
    };
    let tail = take_columns(text.chars().rev(), room / 2);
    let head = take_columns(text.chars(), room - width(&tail));
    let mut elided: String = head;
    elided.push(ELLIPSIS);
    elided.extend(tail.chars().rev());
    elided
}

/// `text`, or its beginning and an ellipsis if it is wider than `columns`.
pub(crate) fn elide_end(text: &str, columns: usize) -> String {
    if width(text) <= columns {
        return text.to_owned();
    }
    let Some(room) = columns.checked_sub(1) else {
        return String::new();
    };
    let mut elided = take_columns(text.chars(), room);
    elided.push(ELLIPSIS);
    elided
}

/// As many of `chars`, from the first, as fit into `columns`.
fn take_columns(chars: impl Iterator<Item = char>, columns: usize) -> String {
    let mut left = columns;
    chars
        .take_while(|c| {
            let fits = c.width().unwrap_or(0) <= left;
            left = left.saturating_sub(c.width().unwrap_or(0));
            fits
        })
        .collect()
}

/// `text` broken at spaces into lines of at most `columns`; a longer word is elided.
pub(crate) fn wrap(text: &str, columns: usize) -> Vec<String> {
    flow(text.split(' '), " ", columns)
}

/// `items` with `separator` between them, in lines of at most `columns`; a longer item is broken at its
/// spaces, and a word that is longer is elided.
pub(crate) fn flow<'a>(
    items: impl IntoIterator<Item = &'a str>,
    separator: &str,
    columns: usize,
) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for item in items.into_iter().filter(|item| !item.is_empty()) {
        if width(item) > columns && item.contains(' ') {
            lines.extend(wrap(item, columns));
            continue;
        }
        let item = elide_middle(item, columns);
        match lines.last_mut() {
            Some(line) if width(line) + width(separator) + width(&item) <= columns => {
                line.push_str(separator);
                line.push_str(&item);
            }
            Some(_) | None => lines.push(item),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_middle_goes_first() {
        assert_eq!(
            elide_middle("/var/lib/containers/storage", 15),
            "/var/li…storage"
        );
        assert_eq!(elide_middle("short", 5), "short");
        assert_eq!(elide_middle("short", 1), "…");
        assert_eq!(elide_middle("short", 0), "");
        assert_eq!(elide_middle("容器容器容器", 6), "容…器");
    }

    #[test]
    fn escape_sequences_do_not_get_through() {
        assert_eq!(clean("a\u{1b}[31mb\u{202e}c"), "a\u{fffd}[31mb\u{fffd}c");
    }

    #[test]
    fn words_wrap() {
        assert_eq!(wrap("one two  three", 7), ["one two", "three"]);
        assert_eq!(wrap("", 7), Vec::<String>::new());
    }

    #[test]
    fn a_fact_that_is_wider_than_a_line_is_broken_at_its_spaces() {
        let facts = ["x86_64", "kernel 6.12.117+deb12", "2 CPUs", "image_digest"];
        assert_eq!(
            flow(facts, " · ", 15),
            [
                "x86_64",
                "kernel",
                "6.12.117+deb12",
                "2 CPUs",
                "image_digest"
            ]
        );
    }

    proptest! {
        #[test]
        fn nothing_is_wider_than_its_room(text in "\\PC{0,40}", columns in 0_usize..50) {
            prop_assert!(width(&elide_middle(&text, columns)) <= columns);
            prop_assert!(width(&elide_end(&text, columns)) <= columns);
            prop_assert!(wrap(&text, columns).iter().all(|line| width(line) <= columns));
        }
    }
}
