//! The part of docs/recording.md that is made from the code: the tables and their columns.

use std::fmt::Write;

use super::schema::{DESCRIPTIONS, Description};
use crate::model::table::ColumnKind;

/// The line before the generated part of docs/recording.md.
pub const TABLES_BEGIN: &str = "<!-- tables:begin -->";
/// The line after it.
pub const TABLES_END: &str = "<!-- tables:end -->";

/// One section for each table: what a row is, and name, type and meaning of its columns.
pub fn tables_markdown() -> String {
    let sections: Vec<String> = DESCRIPTIONS.iter().map(section).collect();
    sections.join("\n")
}

/// `document` with what stands between the two markers replaced by [`tables_markdown`]; `None` if
/// a marker is absent.
pub fn with_tables(document: &str) -> Option<String> {
    let (before, rest) = document.split_once(TABLES_BEGIN)?;
    let (_, after) = rest.split_once(TABLES_END)?;
    let tables = tables_markdown();
    Some(format!(
        "{before}{TABLES_BEGIN}\n\n{tables}\n{TABLES_END}{after}"
    ))
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

/// What DuckDB calls the type, in lower case.
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

    const DOCUMENT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/recording.md");

    #[test]
    fn the_document_describes_the_tables_as_they_are() {
        let found = std::fs::read_to_string(DOCUMENT).unwrap();
        let expected = with_tables(&found).expect("docs/recording.md has both markers");
        if std::env::var_os("CTRPROF_BLESS").is_some_and(|value| value == "1") {
            std::fs::write(DOCUMENT, &expected).unwrap();
            return;
        }
        assert!(
            found == expected,
            "docs/recording.md no longer describes the tables as the code has them; \
             run `cargo xtask docs` (it runs this test with CTRPROF_BLESS=1, which rewrites the page)"
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
    fn a_document_without_markers_is_refused() {
        assert_eq!(with_tables("no markers"), None);
        assert_eq!(with_tables(TABLES_BEGIN), None);
    }
}
