//! What `-h` shows: the options that are used every day; `--help` shows all.

use clap::Arg;

/// Leaves these in the short help.
pub fn short(names: &'static [&'static str]) -> impl Fn(Arg) -> Arg {
    move |argument| {
        let is_shown = names.contains(&argument.get_id().as_str());
        argument.hide_short_help(!is_shown)
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use clap::CommandFactory;

    use crate::cli::Cli;

    /// The help of a command in 80 columns: the short one, and the long one.
    fn help(name: &str) -> (String, String) {
        let mut cli = Cli::command().term_width(80);
        cli.build();
        let command = cli.find_subcommand_mut(name).unwrap();
        let short = command.render_help().to_string();
        (short, command.render_long_help().to_string())
    }

    #[test]
    fn the_short_help_fits_a_screen() {
        for name in ["run", "trace"] {
            let (short, _) = help(name);
            assert!(short.trim_end().lines().count() <= 24, "{short}");
        }
    }

    #[test]
    fn the_long_help_has_every_option() {
        let (short, long) = help("run");
        for option in [
            "--sched",
            "--seccomp",
            "--cgroup-attach",
            "--run-dir",
            "--role",
            "--top",
        ] {
            assert!(long.contains(option), "{option}");
            assert!(!short.contains(option), "{option}");
        }
    }

    #[test]
    fn trace_speaks_of_traces_alone() {
        let (_, long) = help("trace");
        for word in ["bench", "question", "csv", "workload", "ctrprof run"] {
            assert!(!long.contains(word), "{word}: {long}");
        }
    }
}
