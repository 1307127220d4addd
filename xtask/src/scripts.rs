//! `cargo xtask scripts`: the types of the pages' scripts, checked page by page, and the lint of all scripts.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::workspace::Workspace;
use crate::{command, tools};

const ASSETS: &str = "crates/render/assets";

/// How the file ends that lists the scripts of a page for the checker of types.
const PAGE: &str = ".tsconfig.json";

/// Scripts of tests.
const READERS: &str = "profiler/tests/readers/*.{js,cjs}";

/// The sources that put scripts into pages.
const PAGES: &str = "crates/render/src/html";

/// Installs the checkers and runs them.
pub fn run(workspace: &Workspace) -> Result<()> {
    tools::install(workspace)?;
    let pages = files(&workspace.root().join(ASSETS), PAGE)?;
    check_lists(&pages, &files(&workspace.root().join(PAGES), ".rs")?)?;
    for page in pages {
        let mut tsc = tools::of_npm(workspace, "tsc");
        command::run(tsc.arg("--project").arg(page))?;
    }
    let mut eslint = tools::of_npm(workspace, "eslint");
    command::run(eslint.args(["--max-warnings", "0", "--config"]).args([
        format!("{ASSETS}/eslint.config.cjs"),
        format!("{ASSETS}/*.js"),
        READERS.to_owned(),
    ]))
}

/// What makes a page has its scripts in the order in which they are checked: each list of the sources is one of
/// the checker's.
fn check_lists(pages: &[PathBuf], sources: &[PathBuf]) -> Result<()> {
    let mut checked = Vec::new();
    for page in pages {
        checked.push(scripts(&read(page)?));
    }
    for source in sources {
        let used = scripts(&read(source)?);
        if !used.is_empty() && !checked.contains(&used) {
            bail!(
                "{} makes a page of {}, and no {ASSETS}/NAME{PAGE} lists these in this order",
                source.display(),
                used.join(", ")
            );
        }
    }
    Ok(())
}

/// The scripts that a text names between double quotes, without their folders.
fn scripts(text: &str) -> Vec<String> {
    let ends = text.match_indices(".js\"").map(|(at, _)| at + ".js".len());
    let names = ends.filter_map(|end| text[..end].rsplit(['"', '/']).next());
    names.map(str::to_owned).collect()
}

fn read(file: &Path) -> Result<String> {
    fs::read_to_string(file).with_context(|| format!("failed to read {}", file.display()))
}

/// The files of a folder whose names end so; an error if there are none.
fn files(folder: &Path, ending: &str) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let entries = fs::read_dir(folder);
    for entry in entries.with_context(|| format!("failed to read {}", folder.display()))? {
        let path = entry?.path();
        if path.to_string_lossy().ends_with(ending) {
            found.push(path);
        }
    }
    if found.is_empty() {
        bail!("{} has no file NAME{ending}", folder.display());
    }
    found.sort();
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_are_found_in_sources_and_in_lists() {
        let source = "const ALL: &[&str] = &[\n include_str!(\"../../assets/base.js\"),\n \
            include_str!(\"../../assets/a.js\"),\n]; // \"words\"";
        let list = r#"{ "extends": "./tsconfig.json", "files": ["a.d.ts", "base.js", "a.js"] }"#;
        assert_eq!(scripts(source), ["base.js", "a.js"]);
        assert_eq!(scripts(list), scripts(source));
    }
}
