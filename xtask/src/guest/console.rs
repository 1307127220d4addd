//! The guest's own lines on its console, beside the output of the tests.

/// A line of the console.
#[derive(Debug, PartialEq, Eq)]
pub enum Line {
    /// The guest is up; the task is next.
    Up,
    /// The task has ended with this status.
    Status(i32),
    /// The filter leaves no test to be run.
    NoTests,
    /// Anything else.
    Other,
}

/// Reads a line as `init.sh` or Rust's test harness writes it.
pub fn read(line: &str) -> Line {
    if line == "running 0 tests" {
        return Line::NoTests;
    }
    let Some(said) = line.strip_prefix("guest: ") else {
        return Line::Other;
    };
    if said.starts_with("up ") {
        return Line::Up;
    }
    let status = said.strip_prefix("status ");
    match status.and_then(|status| status.trim().parse().ok()) {
        Some(status) => Line::Status(status),
        None => Line::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_guest_says_is_told_from_what_tests_print() {
        assert_eq!(read("guest: up 6.1.0-56-cloud-amd64"), Line::Up);
        assert_eq!(read("guest: status 101"), Line::Status(101));
        assert_eq!(read("running 0 tests"), Line::NoTests);
        assert_eq!(read("running 10 tests"), Line::Other);
        assert_eq!(read("guest: status"), Line::Other);
        assert_eq!(read("a guest: up 6.1"), Line::Other);
    }
}
