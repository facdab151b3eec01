//! Links the unwinder, which the standard library refers to for backtraces, statically into release builds on
//! Linux with glibc.
//!
//! Loading it as a shared library would take a twentieth of the time that a short run of the program takes.
//! Where the compiler has no static one, nothing changes. The same cannot be done with glibc's mathematics:
//! its `pow` chooses by the processor, and asks a symbol for it that only fully static programs have.

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
    // A compiler that does not know the file answers with the bare name.
    let path = Path::new(path.trim());
    (path.is_absolute() && path.is_file()).then(|| path.parent().map(Path::to_owned))?
}
