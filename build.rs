//! Links the unwinder, which the standard library needs for backtraces, statically into release builds on Linux with
//! glibc.
//!
//! Loading it as a shared library takes 5 % of a short run. If the compiler has no static unwinder, nothing changes.
//! glibc's libm cannot be linked statically: its `pow` selects code for the processor, and needs a symbol for it that
//! only fully static programs have.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

const UNWINDER: &str = "gcc_eh";

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    if !is_native_glibc_release() {
        return;
    }
    if let Some(directory) = directory_of(UNWINDER) {
        println!("cargo:rustc-link-search=native={}", directory.display());
        println!("cargo:rustc-link-lib=static:-bundle={UNWINDER}");
    }
}

fn is_native_glibc_release() -> bool {
    let is = |variable: &str, value: &str| env::var(variable).is_ok_and(|found| found == value);
    is("PROFILE", "release")
        && is("CARGO_CFG_TARGET_OS", "linux")
        && is("CARGO_CFG_TARGET_ENV", "gnu")
        && env::var("HOST") == env::var("TARGET")
        && !env::var("CARGO_CFG_TARGET_FEATURE").is_ok_and(|found| found.contains("crt-static"))
}

/// The directory in which the C compiler finds a static library.
fn directory_of(library: &str) -> Option<PathBuf> {
    let question = format!("-print-file-name=lib{library}.a");
    let answer = Command::new("cc").arg(question).output().ok()?;
    let path = String::from_utf8(answer.stdout).ok()?;
    // If the compiler does not find the file, it prints the bare name.
    let path = Path::new(path.trim());
    (path.is_absolute() && path.is_file()).then(|| path.parent().map(Path::to_owned))?
}
