//! Compiles the programs that ctrprof writes into images, each a single file without any library.

use std::env;
use std::error::Error;
use std::path::PathBuf;
use std::process::Command;

fn main() -> Result<(), Box<dyn Error>> {
    let source = "programs/io_read.rs";
    println!("cargo::rerun-if-changed={source}");
    let output = PathBuf::from(variable("OUT_DIR")?).join("io-read");
    let mut compiler = Command::new(variable("RUSTC")?);
    compiler
        .args(["--edition", "2024", "--crate-type", "bin"])
        .args(["--crate-name", "io_read"])
        .args(["--target", &variable("TARGET")?])
        .args(["-C", "opt-level=2", "-C", "panic=abort", "-C", "strip=symbols"])
        // A static program at fixed addresses needs no relocation, so no start-up code of a C
        // library.
        .args(["-C", "relocation-model=static"])
        .args(["-C", "target-feature=+crt-static"])
        .args(["-C", "link-arg=-nostartfiles", "-C", "link-arg=-static"])
        .arg(source)
        .arg("-o")
        .arg(&output);
    if let Some(linker) = env::var_os("RUSTC_LINKER") {
        let mut option = std::ffi::OsString::from("linker=");
        option.push(linker);
        compiler.arg("-C").arg(option);
    }
    let status = compiler.status()?;
    if !status.success() {
        return Err(format!("failed to compile {source}: rustc ended with {status}").into());
    }
    Ok(())
}

fn variable(name: &str) -> Result<String, Box<dyn Error>> {
    env::var(name).map_err(|error| format!("cargo sets no {name}: {error}").into())
}
