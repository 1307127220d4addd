//! Which container a runtime or a shim was called for.

/// Programs that are called for one container: by the ends of their paths.
const PROGRAMS: &[&str] = &[
    "crun",
    "runc",
    "youki",
    "runsc",
    "kata-runtime",
    "conmon",
    "containerd-shim-runc-v1",
    "containerd-shim-runc-v2",
];

/// Whether the program of a path is one of them.
pub(super) fn is_of_interest(path: &[u8]) -> bool {
    let path = path.split(|&byte| byte == 0).next().unwrap_or_default();
    let name = path.rsplit(|&byte| byte == b'/').next().unwrap_or_default();
    PROGRAMS.iter().any(|known| known.as_bytes() == name)
}

/// What a call says of its container.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Served<'a> {
    pub(super) id: &'a str,
    pub(super) name: Option<&'a str>,
    pub(super) bundle: Option<&'a str>,
}

impl<'a> Served<'a> {
    /// From arguments joined by NUL: `RUNTIME create|run --bundle PATH ID` (runc(8)), `conmon -c ID
    /// -n NAME -b PATH` (conmon(8)), `containerd-shim-runc-v2 -id ID -bundle PATH`.
    pub(super) fn of(argv: &'a str) -> Option<Self> {
        let words: Vec<&str> = argv.trim_end_matches('\0').split('\0').collect();
        let (program, arguments) = words.split_first()?;
        let program = program.rsplit('/').next().unwrap_or(program);
        if program == "conmon" {
            return Some(Self {
                id: value(arguments, &["-c", "--cid"])?,
                name: value(arguments, &["-n", "--name"]),
                bundle: value(arguments, &["-b", "--bundle"]),
            });
        }
        if program.starts_with("containerd-shim") {
            return Some(Self {
                id: value(arguments, &["-id", "--id"])?,
                name: None,
                bundle: value(arguments, &["-bundle", "--bundle"]),
            });
        }
        let makes = arguments
            .iter()
            .any(|word| ["create", "run"].contains(word));
        let id = arguments.last().filter(|id| !id.starts_with('-'));
        Some(Self {
            id: id.filter(|_| makes)?,
            name: None,
            bundle: value(arguments, &["-b", "--bundle"]),
        })
    }
}

/// The value of the first option of one of these names.
fn value<'a>(arguments: &[&'a str], names: &[&str]) -> Option<&'a str> {
    let mut rest = arguments.iter();
    while let Some(word) = rest.next() {
        if names.contains(word) {
            return rest.next().copied();
        }
        if let Some((name, value)) = word.split_once('=')
            && names.contains(&name)
        {
            return Some(value);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_say_whom_they_are_for() {
        let whole = |id, name, bundle| Some(Served { id, name, bundle });
        for (line, expected) in [
            (
                "/usr/bin/conmon -c a1 -u a1 -b /b/userdata -n one --log",
                whole("a1", Some("one"), Some("/b/userdata")),
            ),
            (
                "runc --root r create --bundle /b --pid-file p a1",
                whole("a1", None, Some("/b")),
            ),
            ("crun run --bundle=/b a1", whole("a1", None, Some("/b"))),
            ("crun start a1", None),
            (
                "containerd-shim-runc-v2 -namespace moby -id a1 start",
                whole("a1", None, None),
            ),
        ] {
            let argv = line.replace(' ', "\0");
            assert_eq!(Served::of(&argv), expected, "{line}");
        }
        assert!(is_of_interest(b"/usr/sbin/runc\0"));
        assert!(!is_of_interest(b"/usr/bin/runcible"));
    }
}
