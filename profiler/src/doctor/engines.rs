//! Container engines: which there are, and their versions.

use std::path::Path;
use std::thread;
use std::time::Duration;

use super::ask::{NoAnswer, ask};
use super::group::Group;
use engine::program::{self, Program};
use engine::runtime::libcontainer;
use render::doctor::report::Check;

const GROUP: Group = Group("engines");

/// How long a program may take to tell its version.
const LIMIT: Duration = Duration::from_secs(5);

/// In the order of display: managers, then runtimes and their monitors.
const PROGRAMS: &[Program] = &[
    Program::new("docker", "docker.io"),
    Program::new("dockerd", "docker.io"),
    Program::new("podman", "podman"),
    Program::new("containerd", "containerd"),
    Program::new("ctr", "containerd"),
    Program::new("nerdctl", ""),
    Program::new("lxd", "lxd"),
    Program::new("lxc-start", "lxc"),
    Program::new("crun", "crun"),
    Program::new("runc", "runc"),
    Program::new("youki", ""),
    Program::new("runsc", "golang-gvisor-gvisor"),
    Program::new("conmon", "conmon"),
];

/// The embedded engine, the programs that were found, and those that were not.
pub fn checks() -> Vec<Check> {
    let mut checks = vec![embedded(libcontainer::IS_BUILT_IN)];
    let mut absent = Vec::new();
    // Some make folders of their own even to tell their version (crun does); they go with this one.
    let scratch = match tempfile::tempdir() {
        Ok(scratch) => scratch,
        Err(error) => {
            let detail = format!("not looked for: no temporary folder: {error}");
            checks.push(GROUP.warn("others", detail, "let TMPDIR name one that can be written"));
            return checks;
        }
    };
    let found: Vec<Option<Check>> = thread::scope(|scope| {
        let asking: Vec<_> = PROGRAMS
            .iter()
            .map(|program| scope.spawn(|| look_for(program, scratch.path())))
            .collect();
        asking
            .into_iter()
            .map(|asked| asked.join().unwrap_or_default())
            .collect()
    });
    for (program, found) in PROGRAMS.iter().zip(found) {
        match found {
            Some(check) => checks.push(check),
            None => absent.push(program),
        }
    }
    checks.extend(not_found(&absent));
    checks
}

/// The embedded engine, whose own runtime may have been left out of this program.
fn embedded(has_libcontainer: bool) -> Check {
    const NAME: &str = "embedded";
    if has_libcontainer {
        GROUP.ok(NAME, "libcontainer 0.7, always there: `ctrprof run`")
    } else {
        GROUP.warn(NAME, libcontainer::LEFT_OUT, libcontainer::REMEDY)
    }
}

fn look_for(wanted: &Program, scratch: &Path) -> Option<Check> {
    let path = program::find(wanted.name)?;
    let answer = ask(&path, "--version", scratch, LIMIT);
    Some(judge(wanted.name, &path.to_string_lossy(), &answer))
}

fn judge(name: &str, path: &str, answer: &Result<String, NoAnswer>) -> Check {
    match answer {
        Ok(output) => match version_in(output) {
            Some(version) => GROUP.ok(name, format!("{version}, {path}")),
            None => GROUP.ok(name, path),
        },
        Err(error) => GROUP.warn(
            name,
            format!("{path} {error}"),
            format!("check the output of `{path} --version`"),
        ),
    }
}

/// The version in what a program says of itself: the first word that looks like one.
fn version_in(output: &str) -> Option<&str> {
    output.split_whitespace().find_map(|word| {
        let word = word.trim_end_matches(',');
        let number = word
            .strip_prefix("release-")
            .or(word.strip_prefix('v'))
            .unwrap_or(word);
        let is_version = number.starts_with(|c: char| c.is_ascii_digit()) && number.contains('.');
        is_version.then_some(number)
    })
}

/// One line for all that are not there: nobody needs every engine.
fn not_found(absent: &[&Program]) -> Option<Check> {
    let names: Vec<&str> = absent.iter().map(|program| program.name).collect();
    let mut packages: Vec<&str> = absent
        .iter()
        .map(|program| program.package)
        .filter(|package| !package.is_empty())
        .collect();
    packages.dedup();
    if names.is_empty() {
        return None;
    }
    let source = if packages.is_empty() {
        "from its own releases".to_owned()
    } else {
        format!("Debian has {}", packages.join(", "))
    };
    Some(GROUP.warn(
        "not installed",
        names.join(", "),
        format!("install the engine to be profiled; {source}"),
    ))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;
    use render::doctor::report::CheckState;

    #[test]
    fn versions_are_found_in_what_engines_say() {
        for (said, version) in [
            ("Docker version 28.2.2, build e6534b4\n", "28.2.2"),
            ("podman version 4.3.1\n", "4.3.1"),
            (
                "containerd github.com/containerd/containerd 1.6.20~ds1 1.6.20\n",
                "1.6.20~ds1",
            ),
            (
                "containerd github.com/containerd/containerd/v2 v2.0.1 abc\n",
                "2.0.1",
            ),
            ("crun version 1.8.1\ncommit: f8a096\nspec: 1.0.0\n", "1.8.1"),
            (
                "runsc version release-20231009.0\nspec: 1.1.0-rc.1\n",
                "20231009.0",
            ),
            ("5.0.2\n", "5.0.2"),
        ] {
            assert_eq!(version_in(said), Some(version), "{said}");
        }
        assert_eq!(version_in("no idea"), None);
    }

    #[test]
    fn an_embedded_engine_without_its_library_says_so() {
        assert_eq!(embedded(true).state, CheckState::Ok);
        let check = embedded(false);
        assert_eq!(check.state, CheckState::Warn);
        assert!(check.detail.ends_with("without libcontainer"));
        assert!(check.remedy.contains("crun"));
    }

    #[test]
    fn an_engine_that_gives_no_answer_is_a_warning() {
        let check = judge("lxd", "/usr/bin/lxd", &Err(NoAnswer::TooSlow(LIMIT)));
        assert_eq!(check.state, CheckState::Warn);
        assert_eq!(check.detail, "/usr/bin/lxd no answer within 5 s");
        let check = judge(
            "crun",
            "/usr/bin/crun",
            &Ok("crun version 1.8.1".to_owned()),
        );
        assert_eq!(
            (check.state, check.detail.as_str()),
            (CheckState::Ok, "1.8.1, /usr/bin/crun")
        );
    }

    #[test]
    fn what_is_not_installed_is_one_line_with_the_packages() {
        let absent: Vec<&Program> = PROGRAMS.iter().take(2).chain(&PROGRAMS[5..6]).collect();
        let check = not_found(&absent).unwrap();
        assert_eq!(check.detail, "docker, dockerd, nerdctl");
        assert_eq!(
            check.remedy,
            "install the engine to be profiled; Debian has docker.io"
        );
        assert_eq!(not_found(&[]), None);
    }
}
