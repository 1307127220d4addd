//! The formats that others read are documented. That the pages match the code, unit tests of the
//! library check; here: that the pages are there and name every table and column.

use super::File;
use super::scan;

/// The pages, each with who reads the format that it describes.
const PAGES: &[(&str, &str)] = &[
    ("docs/recording.md", "whoever opens a recording's tables"),
    (
        "docs/report-json.md",
        "whoever reads `report --format json`",
    ),
    ("docs/report.schema.json", "whoever validates it"),
    ("docs/diff-json.md", "whoever reads `diff --format json`"),
    ("docs/diff.schema.json", "whoever validates it"),
    ("docs/claims.md", "whoever writes a claim"),
    (
        "docs/explain.md",
        "whoever writes a question or reads `explain --format json`",
    ),
    ("docs/doctor.md", "whoever reads `doctor --format json`"),
    (
        "docs/bench.md",
        "whoever writes a matrix or reads the results of a bench",
    ),
    (
        "docs/compare-study.md",
        "whoever reads `compare-study --format json`, or doubts a verdict",
    ),
];
/// Where the tables are declared.
const TABLES: &str = "profiler/src/model/rows.rs";

/// What is missing of the documentation.
pub fn problems(files: &[File]) -> Vec<String> {
    let mut problems = Vec::new();
    for (page, reader) in PAGES {
        let text = text_of(files, page).unwrap_or_default();
        if text.trim().is_empty() {
            problems.push(format!(
                "{page} is missing or empty; it is written for {reader}"
            ));
        }
    }
    if let (Some(tables), Some(page)) =
        (text_of(files, TABLES), text_of(files, "docs/recording.md"))
    {
        let missing = columns(tables)
            .into_iter()
            .filter(|column| !page.contains(&format!("`{column}`")));
        problems.extend(missing.map(|column| {
            format!("docs/recording.md: column `{column}` of {TABLES} is not described")
        }));
    }
    problems
}

fn text_of<'a>(files: &'a [File], path: &str) -> Option<&'a str> {
    files
        .iter()
        .find(|file| file.path == path)
        .map(|file| file.text.as_str())
}

/// The names before a `:` inside the braces of each `struct`.
fn columns(source: &str) -> Vec<String> {
    let tokens = scan::tokens(source);
    let mut columns = Vec::new();
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        if token.text == "struct" {
            // The name and the opening brace.
            at += 3;
            while let [name, colon, ..] = tokens.get(at..).unwrap_or_default() {
                if name.text == "}" {
                    break;
                }
                if colon.text == ":" {
                    columns.push(name.text.clone());
                }
                at += 1;
            }
        }
        at += 1;
    }
    columns.sort();
    columns.dedup();
    columns
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str, text: &str) -> File {
        File {
            path: path.to_owned(),
            text: text.to_owned(),
        }
    }

    const ROWS: &str = "table! { /// A row.\n \"spans\": struct Span { /// When.\n start_ns: u64, tid: Option<u32> } }\nfn f(x: u8) {}";

    #[test]
    fn columns_are_the_fields_of_tables() {
        assert_eq!(columns(ROWS), ["start_ns", "tid"]);
    }

    #[test]
    fn a_column_that_the_page_does_not_name_is_reported() {
        let written = "| `start_ns` | when |";
        let mut files: Vec<_> = PAGES.iter().map(|(page, _)| file(page, written)).collect();
        files.push(file(TABLES, ROWS));
        assert_eq!(
            problems(&files),
            [format!(
                "docs/recording.md: column `tid` of {TABLES} is not described"
            )]
        );
    }

    #[test]
    fn every_page_must_be_there() {
        assert_eq!(problems(&[]).len(), PAGES.len());
    }
}
