//! The task of the guest: the test programs, or a shell.

use std::path::PathBuf;

use anyhow::{Context, Result};

use super::Options;
use super::kernel::Kernel;
use super::root::Root;
use crate::workspace::Workspace;
use crate::{builds, command, test};

/// Runs every `$parts`th of the chosen tests, from number `$part` on: those two are variables in the
/// environment of the first process, because the kernel's command line has them
/// (Documentation/admin-guide/kernel-parameters.rst, v6.18).
const RUN_PART: &str = include_str!("run-part.sh");

/// Builds ctrprof and the tests and puts them into the root, with the script that runs them.
pub fn add(
    root: &mut Root,
    workspace: &Workspace,
    kernels: &[Kernel],
    options: &Options,
) -> Result<()> {
    let tests = build(workspace)?;
    let ctrprof = builds::ctrprof(workspace);
    root.add_built(&ctrprof)?;
    root.add_built(&tests)?;
    let ctrprof = quoted(&ctrprof.to_string_lossy());
    let script = if options.shell {
        format!(
            "#!/bin/sh\nexport CTRPROF={ctrprof}\nmkdir -p /usr/local/bin\n\
             ln -s {ctrprof} /usr/local/bin/ctrprof\nexec sh -l\n"
        )
    } else {
        format!(
            "#!/bin/sh\nexport CTRPROF={ctrprof} NO_COLOR=1 {}={}\nprogram={}\n{}{RUN_PART}",
            test::LONG_VARIABLE,
            if options.long { "1" } else { "" },
            quoted(&tests.to_string_lossy()),
            chosen_tests(kernels, options)?,
        )
    };
    root.add_script("task", &script)
}

/// Lines of a script that set `tests` to the names of what the running kernel is to show.
fn chosen_tests(kernels: &[Kernel], options: &Options) -> Result<String> {
    if let Some(filter) = &options.filter {
        return Ok(format!("tests={}\n", quoted(filter)));
    }
    let mut cases = String::new();
    for kernel in kernels.iter().filter(|_| !options.long) {
        let names = kernel.series.tests().join(" ");
        cases += &format!("{}) tests={};;\n", kernel.release()?, quoted(&names));
    }
    Ok(format!("tests=\ncase $(uname -r) in\n{cases}esac\n"))
}

/// Builds ctrprof and the tests for guests, and returns where the latter lie.
fn build(workspace: &Workspace) -> Result<PathBuf> {
    const NAME: &str = "guest";
    let build = || {
        let mut build = builds::cargo_on_all(workspace, "build");
        build.args(["--bin", "ctrprof", "--test", NAME]);
        build
    };
    command::run(&mut build())?;
    // Where the program lies is in the messages of a build that has nothing left to do.
    let messages = command::output(build().args(["--message-format", "json"]))?;
    let program = executable_in(&messages, NAME);
    program.with_context(|| format!("cargo built no test program {NAME}"))
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
