//! `cargo xtask tidy`: the rules that neither the compiler nor clippy can check.

mod docs;
mod files;
mod links;

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::workspace::Workspace;
use crate::{command, ebpf};

/// A file of the repository.
struct File {
    /// Path from the root, with `/`.
    path: String,
    text: String,
}

#[cfg(test)]
impl File {
    fn new(path: &str, text: &str) -> Self {
        Self {
            path: path.to_owned(),
            text: text.to_owned(),
        }
    }
}

/// Prints what breaks a rule; an error if anything does.
pub fn run(workspace: &Workspace) -> Result<()> {
    let files = repository(workspace)?;
    let mut problems: Vec<String> = files.iter().flat_map(files::problems).collect();
    problems.extend(docs::problems(&files));
    problems.extend(links::problems(&files));
    problems.extend(
        ebpf::check_freshness(workspace.root())
            .err()
            .map(|error| format!("{error:#}")),
    );
    for problem in &problems {
        eprintln!("{problem}");
    }
    if !problems.is_empty() {
        bail!("{} rules are broken, see above", problems.len());
    }
    println!("tidy: {} files, nothing to mend", files.len());
    Ok(())
}

/// Every file that git knows or would add; what is not text, such as a picture, is empty.
fn repository(workspace: &Workspace) -> Result<Vec<File>> {
    let mut git = Command::new("git");
    git.current_dir(workspace.root()).args([
        "ls-files",
        "--cached",
        "--others",
        "--exclude-standard",
    ]);
    let mut files = Vec::new();
    for path in command::output(&mut git)?.lines() {
        let absolute: PathBuf = workspace.root().join(path);
        // Git still lists what was deleted but not yet committed.
        if !absolute.is_file() {
            continue;
        }
        let content = fs::read(&absolute).with_context(|| format!("failed to read {path}"))?;
        files.push(File {
            path: path.to_owned(),
            text: String::from_utf8(content).unwrap_or_default(),
        });
    }
    Ok(files)
}
