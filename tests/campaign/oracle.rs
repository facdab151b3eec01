//! Checks that hold for every run of the program under any condition: it exits by itself with a status in the
//! table, and a failure is one line, or one JSON object, on stderr.

use serde_json::Value;

use crate::support::Run;

/// The exit statuses of the program, with their codes in JSON.
pub const STATUSES: [(i32, &str); 18] = [
    (0, ""),
    (1, "failed"),
    (2, "usage"),
    (3, "not_found"),
    (4, "access_denied"),
    (5, "file_too_short"),
    (6, "disk_full"),
    (7, "out_of_memory"),
    (8, "unsupported"),
    (9, "fault"),
    (10, "mismatch"),
    (11, "already_exists"),
    (12, "busy"),
    (13, "limit"),
    (129, "hung_up"),
    (130, "interrupted"),
    (131, "quit"),
    (143, "terminated"),
];

/// Permitted exceptions of a run.
#[derive(Debug, Clone, Copy, Default)]
pub struct Allowed {
    /// Failures are JSON objects.
    pub json: bool,
    /// Stderr cannot be written, or only in part.
    pub no_stderr: bool,
    /// Several sources were given, each of which may fail.
    pub several: bool,
    /// Another program was run, with its own status and stderr.
    pub command: bool,
}

/// The exit status, if the status and stderr are valid.
pub fn ended_well(run: &Run, allowed: Allowed) -> Result<i32, String> {
    let Some(status) = run.status().code() else {
        return Err(complaint(run, "it was killed by a signal"));
    };
    let known = STATUSES.iter().find(|(known, _)| *known == status);
    if known.is_none() && !allowed.command {
        return Err(complaint(run, "its status is not in the table"));
    }
    let errors = without_colours(&String::from_utf8_lossy(run.err()));
    for text in ["panicked at", "RUST_BACKTRACE", "memory allocation of"] {
        if errors.contains(text) {
            return Err(complaint(run, "it panicked"));
        }
    }
    if allowed.no_stderr || allowed.command {
        return Ok(status);
    }
    let code = known.map_or("", |(_, code)| code);
    let told = if allowed.json {
        json_errors(&errors, code, allowed.several)
    } else {
        error_lines(&errors)
    };
    let count = told.map_err(|why| complaint(run, &why))?;
    let right = match status {
        0 => count == 0,
        _ => count == 1 || (allowed.several && count > 0),
    };
    if !right {
        let why = format!("{count} failures on stderr for status {status}");
        return Err(complaint(run, &why));
    }
    Ok(status)
}

/// Removes the escape sequences of colours.
fn without_colours(text: &str) -> String {
    let mut pieces = text.split("\x1b[");
    let first = pieces.next().unwrap_or_default().to_owned();
    pieces.fold(first, |text, piece| {
        text + piece.split_once('m').map_or(piece, |(_, rest)| rest)
    })
}

/// The number of failures in plain text.
fn error_lines(errors: &str) -> Result<usize, String> {
    let mut count = 0;
    for line in errors.lines() {
        match line.strip_prefix("mmapctl: ") {
            Some(rest) if rest.starts_with("note: ") || rest.starts_with("detail: ") => {}
            Some(_) => count += 1,
            None if line.starts_with("hint: ") && count > 0 => {}
            None => return Err(format!("not a line of a failure: {line}")),
        }
    }
    Ok(count)
}

/// The number of failures as JSON objects. Each must be complete and match the exit status.
fn json_errors(errors: &str, code: &str, several: bool) -> Result<usize, String> {
    let mut count = 0;
    for line in errors.lines() {
        let value: Value =
            serde_json::from_str(line).map_err(|e| format!("not JSON on stderr: {e}: {line}"))?;
        for key in ["code", "message", "subject", "os_error"] {
            if value.get(key).is_none() {
                return Err(format!("no {key} in the failure: {line}"));
            }
        }
        if value["code"] != code && !several {
            return Err(format!("the status means {code}: {line}"));
        }
        count += 1;
    }
    Ok(count)
}

/// A text with the problem and all details of the run.
pub fn complaint(run: &Run, why: &str) -> String {
    format!("{why}\n{}", run.describe())
}
