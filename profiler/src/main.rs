//! The `ctrprof` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    ctrprof::cli::main()
}
