//! What the guest does: the test programs, or a shell.

use std::path::PathBuf;

use anyhow::{Context, Result};

use super::Options;
use super::root::Root;
use crate::command::{self, cargo};
use crate::workspace::Workspace;

/// Builds ctrprof and the tests and puts them into the root, with the script that runs them.
pub fn add(root: &mut Root, workspace: &Workspace, options: &Options) -> Result<()> {
    let mut build = cargo(workspace);
    build.args(["build", "--locked", "--package", "ctrprof"]);
    command::run(&mut build)?;
    let ctrprof = workspace.target().join("debug/ctrprof");
    root.add_built(&ctrprof)?;
    let tests = test_program(workspace, "guest")?;
    root.add_built(&tests)?;
    let ctrprof = quoted(&ctrprof.to_string_lossy());
    let script = if options.shell {
        format!(
            "#!/bin/sh\nexport CTRPROF={ctrprof}\nmkdir -p /usr/local/bin\n\
             ln -s {ctrprof} /usr/local/bin/ctrprof\nexec sh -l\n"
        )
    } else {
        format!(
            "#!/bin/sh\nexport CTRPROF={ctrprof} NO_COLOR=1\n\
             exec {} --test-threads 1 --show-output {}\n",
            quoted(&tests.to_string_lossy()),
            quoted(options.filter.as_deref().unwrap_or_default())
        )
    };
    root.add_script("task", &script)
}

/// Builds a test program of the package `ctrprof-tests` and returns where it lies.
fn test_program(workspace: &Workspace, name: &str) -> Result<PathBuf> {
    let mut build = cargo(workspace);
    build.args([
        "test",
        "--locked",
        "--no-run",
        "--package",
        "ctrprof-tests",
        "--test",
        name,
        "--message-format",
        "json",
    ]);
    let messages = command::output(&mut build)?;
    let program = executable_in(&messages, name);
    program.with_context(|| format!("cargo built no test program {name}"))
}

/// The executable of the target `name` among cargo's messages (the Cargo Book, "External tools").
fn executable_in(messages: &str, name: &str) -> Option<PathBuf> {
    let is_test = |line: &&str| {
        line.contains(&format!(
            r#""kind":["test"],"crate_types":["bin"],"name":"{name}""#
        ))
    };
    let line = messages.lines().rfind(is_test)?;
    let (_, rest) = line.split_once(r#""executable":""#)?;
    rest.split_once('"').map(|(path, _)| path.into())
}

/// A word for the shell.
fn quoted(word: &str) -> String {
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_test_program_is_found_among_other_messages() {
        let messages = r#"{"reason":"compiler-artifact","target":{"kind":["lib"],"crate_types":["lib"],"name":"guest"},"executable":null}
{"reason":"compiler-artifact","target":{"kind":["test"],"crate_types":["bin"],"name":"guest"},"executable":"/target/debug/deps/guest-1"}
{"reason":"build-finished","success":true}"#;
        assert_eq!(
            executable_in(messages, "guest"),
            Some("/target/debug/deps/guest-1".into())
        );
        assert_eq!(executable_in(messages, "other"), None);
    }
}
