//! The parts of docs/recording.md that are made from the code: the codes of marks, the tables and
//! their columns.

use std::fmt::Write;

use super::schema::{DESCRIPTIONS, Description};
use trace::mark::{MarkCode, Stage};
use trace::table::ColumnKind;

/// A part of the page: what stands between two markers.
struct Part {
    begin: &'static str,
    end: &'static str,
    make: fn() -> String,
}

const PARTS: &[Part] = &[
    Part {
        begin: "<!-- marks:begin -->",
        end: "<!-- marks:end -->",
        make: marks_markdown,
    },
    Part {
        begin: "<!-- tables:begin -->",
        end: "<!-- tables:end -->",
        make: tables_markdown,
    },
];

/// `page` with every part between its markers made anew; `None` if a marker is absent.
pub fn renew(page: &str) -> Option<String> {
    PARTS
        .iter()
        .try_fold(page.to_owned(), |page, Part { begin, end, make }| {
            let (before, rest) = page.split_once(begin)?;
            let (_, after) = rest.split_once(end)?;
            let part = make();
            Some(format!("{before}{begin}\n\n{part}\n{end}{after}"))
        })
}

/// One section for each table: what a row is, and name, type and meaning of its columns.
pub fn tables_markdown() -> String {
    let sections: Vec<String> = DESCRIPTIONS.iter().map(section).collect();
    sections.join("\n")
}

/// A table of the stages with the codes of their marks.
pub fn marks_markdown() -> String {
    let rows = Stage::ALL.iter().map(|&stage| {
        let begin = MarkCode::Begin(stage).to_u64();
        let end = MarkCode::End(stage).to_u64();
        format!("| `{}` | {begin} | {end} |\n", stage.name())
    });
    let head = "| stage | begins | ends |\n| --- | --- | --- |\n".to_owned();
    std::iter::once(head).chain(rows).collect()
}

fn section(description: &Description) -> String {
    let mut text = format!(
        "### `{}`\n\n{}\n\n| column | type | meaning |\n| --- | --- | --- |\n",
        description.table,
        description.doc.trim()
    );
    for column in description.columns {
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "| `{}` | {} | {} |",
            column.name,
            type_name(column.kind),
            column.doc.trim()
        );
    }
    text
}

/// DuckDB's name of the type, in lower case.
fn type_name(kind: ColumnKind) -> &'static str {
    match kind {
        ColumnKind::U64 => "ubigint",
        ColumnKind::U32 => "uinteger",
        ColumnKind::U16 => "usmallint",
        ColumnKind::U8 => "utinyint",
        ColumnKind::I64 => "bigint",
        ColumnKind::I32 => "integer",
        ColumnKind::Bool => "boolean",
        ColumnKind::Text => "varchar",
        ColumnKind::OptionU64 => "ubigint or null",
        ColumnKind::OptionU32 => "uinteger or null",
        ColumnKind::ListU64 => "ubigint[]",
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

    use super::*;

    const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/recording.md");

    #[test]
    fn the_page_describes_marks_and_tables_as_they_are() {
        let found = std::fs::read_to_string(PAGE).unwrap();
        let expected = renew(&found).unwrap();
        if std::env::var_os("CTRPROF_BLESS").is_some_and(|value| value == "1") {
            std::fs::write(PAGE, &expected).unwrap();
            return;
        }
        assert!(
            found == expected,
            "docs/recording.md no longer describes the recording as the code has it; \
             run `CTRPROF_BLESS=1 cargo test -p recording --lib documentation`, which rewrites the page"
        );
    }

    #[test]
    fn every_table_and_column_has_a_meaning() {
        for description in DESCRIPTIONS {
            assert!(!description.doc.trim().is_empty(), "{}", description.table);
            for column in description.columns {
                assert!(!column.doc.trim().is_empty(), "{}", column.name);
                assert!(!column.doc.contains('|'), "{}", column.name);
            }
        }
    }

    #[test]
    fn a_page_without_markers_is_refused() {
        assert_eq!(renew("no markers"), None);
        assert_eq!(renew("<!-- marks:begin --> <!-- marks:end -->"), None);
    }

    #[test]
    fn what_stood_between_the_markers_is_replaced() {
        let page = "a <!-- marks:begin -->stale<!-- marks:end --> b \
                    <!-- tables:begin -->stale<!-- tables:end --> c";
        let renewed = renew(page).unwrap();
        assert!(!renewed.contains("stale"), "{renewed}");
        assert!(renewed.contains("| `create` | 2 | 3 |"), "{renewed}");
        assert!(renewed.contains("### `spans`"), "{renewed}");
        assert!(renewed.starts_with("a ") && renewed.ends_with(" c"));
        assert_eq!(renew(&renewed), Some(renewed));
    }
}
