//! Patterns of paths: what is the same in every run of a path that has numbers of processes and ids
//! in it.

/// Digits of an id in hexadecimal.
const ID_DIGITS: std::ops::RangeInclusive<usize> = 12..=64;
/// Decimal digits from which on a number in a name is taken to be drawn at random.
const RANDOM_DIGITS: usize = 5;
/// The same of a number that stands by itself in a name, such as that of a process: `ctrprof-179-1`.
const OWN_DIGITS: usize = 3;

/// A path without what differs from run to run: `PID` for the number of a process in /proc, `ID` for
/// an id in hexadecimal, `N` for a number that was drawn at random.
pub fn of(path: &str) -> String {
    let in_proc = path.starts_with("/proc/");
    let components = path.split('/').map(|component| {
        let is_number = !component.is_empty() && component.bytes().all(|b| b.is_ascii_digit());
        if in_proc && is_number {
            "PID".to_owned()
        } else {
            without_ids(component)
        }
    });
    components.collect::<Vec<_>>().join("/")
}

fn without_ids(component: &str) -> String {
    let mut found = String::with_capacity(component.len());
    let mut rest = component;
    while !rest.is_empty() {
        let hexadecimal = run(rest, |b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        let decimal = run(rest, |b| b.is_ascii_digit());
        let len = if hexadecimal > 0 { hexadecimal } else { 1 };
        let has_digit = rest[..hexadecimal].bytes().any(|b| b.is_ascii_digit());
        if ID_DIGITS.contains(&hexadecimal) && has_digit {
            found.push_str("ID");
            rest = &rest[len..];
        } else if decimal >= RANDOM_DIGITS
            || (decimal >= least_digits(&found)
                && stands_by_itself(&component[..component.len() - rest.len()], &rest[decimal..]))
        {
            found.push('N');
            rest = &rest[decimal..];
        } else {
            let len = rest.chars().next().map_or(1, char::len_utf8).max(decimal);
            found.push_str(&rest[..len]);
            rest = &rest[len..];
        }
    }
    found
}

/// From how many digits on a number by itself is left out: one that follows such a number counts what that one
/// names, such as the runs of a process in `ctrprof-179-1`.
fn least_digits(found: &str) -> usize {
    if found.ends_with("-N-") {
        1
    } else {
        OWN_DIGITS
    }
}

/// Whether what stands between these is no part of a word.
fn stands_by_itself(before: &str, after: &str) -> bool {
    let in_word = |character: char| character.is_alphanumeric();
    !before.ends_with(in_word) && !after.starts_with(in_word)
}

/// How many bytes at the beginning are of a kind.
fn run(text: &str, is_of_kind: impl Fn(u8) -> bool) -> usize {
    text.bytes().take_while(|&byte| is_of_kind(byte)).count()
}

#[cfg(test)]
mod tests {
    use super::of;

    #[test]
    fn what_differs_from_run_to_run_is_left_out() {
        for (path, pattern) in [
            ("/proc/self/mountinfo", "/proc/self/mountinfo"),
            ("/proc/4711/task/12/stat", "/proc/PID/task/PID/stat"),
            (
                "/var/lib/containers/storage/overlay/0123456789abcdef0123/merged/data/f17",
                "/var/lib/containers/storage/overlay/ID/merged/data/f17",
            ),
            (
                "/sys/fs/cgroup/x/crun-0123456789abc.scope",
                "/sys/fs/cgroup/x/crun-ID.scope",
            ),
            ("/tmp/buildah1234567890/é", "/tmp/buildahN/é"),
            ("/sys/fs/cgroup/ctrprof-179-1", "/sys/fs/cgroup/ctrprof-N-N"),
            ("linux-6-18-2", "linux-6-18-2"),
            ("user-1000.slice", "user-N.slice"),
            ("/blobs/sha256/python3.11", "/blobs/sha256/python3.11"),
            ("/etc/effaced", "/etc/effaced"),
            ("", ""),
        ] {
            assert_eq!(of(path), pattern, "{path}");
        }
    }
}
