//! Reports as Markdown tables, for pull requests, issues and pages.

mod profile;
mod report;

use std::io::{self, Write};

pub use profile::write_profile;
pub use report::write_report;

fn head(out: &mut dyn Write, titles: &[String]) -> io::Result<()> {
    row(out, titles)?;
    let rules: Vec<&str> = (0..titles.len())
        .map(|at| if at == 0 { "---" } else { "---:" })
        .collect();
    row(out, &rules)
}

fn row(out: &mut dyn Write, cells: &[impl AsRef<str>]) -> io::Result<()> {
    let cells: Vec<&str> = cells.iter().map(AsRef::as_ref).collect();
    writeln!(out, "| {} |", cells.join(" | "))
}

/// Text from outside, so that it stays in its cell and is not taken for Markdown.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '|' | '*' | '_' | '`' | '<' | '>' | '[' | ']' | '\\' | '#' => {
                escaped.extend(['\\', character]);
            }
            control if control.is_control() => escaped.push('\u{fffd}'),
            other => escaped.push(other),
        }
    }
    escaped
}
