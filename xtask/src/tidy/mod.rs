//! `cargo xtask tidy`: the rules of the house that the compiler cannot check.

mod docs;
mod files;
mod pure;
mod rooms;
mod scan;

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

/// Prints what breaks a rule; an error if anything does.
pub fn run(workspace: &Workspace) -> Result<()> {
    let files = repository(workspace)?;
    let test_modules: Vec<String> = files.iter().flat_map(test_modules).collect();
    let mut problems = Vec::new();
    for file in &files {
        problems.extend(files::problems(file));
        let module = file.path.trim_end_matches(".rs");
        let is_test = |test: &String| {
            module
                .strip_prefix(test)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        if !test_modules.iter().any(is_test) {
            problems.extend(rooms::problems(file));
            problems.extend(pure::problems(file));
        }
    }
    problems.extend(docs::problems(&files));
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

/// Paths, without ending, of the modules that `file` declares for tests only.
fn test_modules(file: &File) -> Vec<String> {
    let Some(module) = file.path.strip_suffix(".rs") else {
        return Vec::new();
    };
    let folder = ["/mod", "/lib", "/main"]
        .iter()
        .find_map(|root| module.strip_suffix(root))
        .unwrap_or(module);
    scan::test_modules(&file.text)
        .iter()
        .map(|name| format!("{folder}/{name}"))
        .collect()
}

/// Every text file that git knows or would add.
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
        if let Ok(text) = String::from_utf8(content) {
            files.push(File {
                path: path.to_owned(),
                text,
            });
        }
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn test_modules_lie_beside_the_module_that_declares_them() {
        let file = |path: &str| File {
            path: path.to_owned(),
            text: "#[cfg(test)] mod tests;".to_owned(),
        };
        assert_eq!(
            test_modules(&file("profiler/src/analysis/mod.rs")),
            ["profiler/src/analysis/tests"]
        );
        assert_eq!(
            test_modules(&file("profiler/src/analysis.rs")),
            ["profiler/src/analysis/tests"]
        );
        assert_eq!(
            test_modules(&file("docs/recording.md")),
            Vec::<String>::new()
        );
    }
}
