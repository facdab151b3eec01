//! Skipped tests: named, visible and counted.

use std::fmt::Display;
use std::fs::File;
use std::io::Write;
use std::panic::Location;

/// The name of the running test. If the harness runs tests on its main thread, the source position of the caller
/// instead.
#[track_caller]
pub fn test_name() -> String {
    let place = Location::caller();
    match std::thread::current().name() {
        Some(name) if name != "main" => name.to_owned(),
        _ => format!("{}:{}", place.file(), place.line()),
    }
}

/// Reports that the running test is skipped because something that it needs is missing.
///
/// The line goes to stderr past the harness's capture. It is also appended to the file named by
/// `MMAPCTL_SKIPS`, for a summary of the whole run. With `MMAPCTL_NO_SKIP=1` the test fails instead.
#[track_caller]
pub fn skip(needs: impl Display) {
    let name = test_name();
    let line = format!("skipped: {name}: needs {needs}\n");
    if let Some(path) = std::env::var_os("MMAPCTL_SKIPS") {
        let mut list = File::options()
            .create(true)
            .append(true)
            .open(path)
            .unwrap();
        list.write_all(line.as_bytes()).unwrap();
    }
    assert!(
        std::env::var_os("MMAPCTL_NO_SKIP").is_none_or(|v| v != "1"),
        "{line}"
    );
    std::io::stderr().write_all(line.as_bytes()).unwrap();
}
