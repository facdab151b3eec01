//! What the fuzz targets check: a module for each, with a function `check` that takes any bytes.
//!
//! No input may cause a panic. Beyond that, each target compares the program with a slow and obvious reference, or
//! with itself: text that it prints is read back as the same value. `tests/fuzz.rs` runs the same functions over the
//! committed inputs.

pub mod command_line;
pub mod from_hex;
pub mod glob;
pub mod maps;
pub mod ring;
pub mod size;
pub mod snapshot;
pub mod step;

use mmapctl::mapping::error::Error;
use mmapctl::report::{ErrorReport, Theme};

/// The name of a target, and its function.
type Target = (&'static str, fn(&[u8]));

/// All targets.
pub const TARGETS: [Target; 8] = [
    ("command_line", command_line::check),
    ("from_hex", from_hex::check),
    ("glob", glob::check),
    ("maps", maps::check),
    ("ring", ring::check),
    ("size", size::check),
    ("snapshot", snapshot::check),
    ("step", step::check),
];

/// Checks that an error is reported in one printable line, and its hint in another.
fn check_report(error: Error) {
    let mut text = Vec::new();
    let report = ErrorReport::new(&anyhow::Error::from(error));
    report.write_human(&mut text, &Theme::plain()).unwrap();
    let text = String::from_utf8(text).unwrap();
    let lines: Vec<&str> = text.split_terminator('\n').collect();
    let is_right = match lines.as_slice() {
        [line] => line.starts_with("mmapctl: "),
        [line, hint] => line.starts_with("mmapctl: ") && hint.starts_with("hint: "),
        _ => false,
    };
    assert!(
        is_right && !lines.concat().contains(char::is_control),
        "{text:?}"
    );
}
