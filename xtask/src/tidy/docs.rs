//! The formats that others read are documented. That the pages match the code, unit tests of the
//! crates check; here: that the pages are there.

use super::File;

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
/// Pages of the documentation that are missing.
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
    problems
}

fn text_of<'a>(files: &'a [File], path: &str) -> Option<&'a str> {
    files
        .iter()
        .find(|file| file.path == path)
        .map(|file| file.text.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_page_is_reported() {
        let mut files: Vec<_> = PAGES
            .iter()
            .map(|(page, _)| File::new(page, "text"))
            .collect();
        assert_eq!(problems(&files), Vec::<String>::new());
        files[0].text = " \n".to_owned();
        assert_eq!(problems(&files).len(), 1);
    }

    #[test]
    fn every_page_must_be_there() {
        assert_eq!(problems(&[]).len(), PAGES.len());
    }
}
