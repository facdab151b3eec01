//! The result of a program, and exact checks of it.

use std::fmt::Display;
use std::os::unix::process::ExitStatusExt;
use std::process::{ExitStatus, Output};
use std::time::Duration;

use assert_cmd::assert::Assert;
use serde_json::Value;

/// A finished program. Every check returns the run, so checks can be chained. A failed check prints the command,
/// its directory, its status and both streams.
#[derive(Debug, Clone)]
#[must_use]
pub struct Run {
    what: String,
    output: Output,
    elapsed: Duration,
}

impl Run {
    pub(super) fn new(what: String, output: Output, elapsed: Duration) -> Run {
        Run {
            what,
            output,
            elapsed,
        }
    }

    /// Fails the test and prints all details of the run.
    #[track_caller]
    pub fn fail(&self, why: impl Display) -> ! {
        panic!("{why}\n{}", self.assert())
    }

    fn assert(&self) -> Assert {
        Assert::new(self.output.clone()).append_context("run", self.what.clone())
    }

    /// Its stdout.
    pub fn out(&self) -> &[u8] {
        &self.output.stdout
    }

    /// Its stderr.
    pub fn err(&self) -> &[u8] {
        &self.output.stderr
    }

    /// Its stdout, which must be UTF-8.
    #[track_caller]
    pub fn out_text(&self) -> &str {
        self.text("stdout", self.out())
    }

    /// Its stderr, which must be UTF-8.
    #[track_caller]
    pub fn err_text(&self) -> &str {
        self.text("stderr", self.err())
    }

    #[track_caller]
    fn text<'a>(&self, name: &str, bytes: &'a [u8]) -> &'a str {
        std::str::from_utf8(bytes)
            .unwrap_or_else(|e| self.fail(format!("{name} is not UTF-8: {e}")))
    }

    /// How it ended.
    pub fn status(&self) -> ExitStatus {
        self.output.status
    }

    /// All details of the run, for a failure that is not a panic.
    pub fn describe(&self) -> String {
        self.assert().to_string()
    }

    /// Its run time.
    pub fn elapsed(&self) -> Duration {
        self.elapsed
    }

    /// Whether it exited with one of these statuses.
    pub fn ended_with(&self, statuses: &[i32]) -> bool {
        let status = self.output.status.code();
        status.is_some_and(|status| statuses.contains(&status))
    }

    /// Checks that it exited with this status.
    #[track_caller]
    pub fn code(&self, expected: i32) -> &Run {
        self.assert().code(expected);
        self
    }

    /// Checks that this signal killed it.
    #[track_caller]
    pub fn signal(&self, expected: i32) -> &Run {
        if self.output.status.signal() != Some(expected) {
            self.fail(format!("expected to be killed by signal {expected}"));
        }
        self
    }

    /// Checks for exit status 0 and an empty stderr.
    #[track_caller]
    pub fn ok(&self) -> &Run {
        self.code(0).stderr("")
    }

    /// Checks for this exit status, an empty stdout, and a stderr whose first line is this message after
    /// `mmapctl: `.
    #[track_caller]
    pub fn refuses(&self, code: i32, message: impl Display) -> &Run {
        self.code(code)
            .stdout("")
            .stderr_line_at(0, format!("mmapctl: {message}"))
    }

    /// Checks that stdout is exactly this.
    #[track_caller]
    pub fn stdout(&self, expected: impl AsRef<[u8]>) -> &Run {
        self.same("stdout", self.out(), expected.as_ref())
    }

    /// Checks that stderr is exactly this.
    #[track_caller]
    pub fn stderr(&self, expected: impl AsRef<[u8]>) -> &Run {
        self.same("stderr", self.err(), expected.as_ref())
    }

    /// Checks that stdout contains exactly this line.
    #[track_caller]
    pub fn stdout_line(&self, expected: impl AsRef<str>) -> &Run {
        self.has_line("stdout", self.out_text(), expected.as_ref())
    }

    /// Checks that stderr contains exactly this line.
    #[track_caller]
    pub fn stderr_line(&self, expected: impl AsRef<str>) -> &Run {
        self.has_line("stderr", self.err_text(), expected.as_ref())
    }

    /// Checks that line `index` of stderr is exactly this.
    #[track_caller]
    pub fn stderr_line_at(&self, index: usize, expected: impl AsRef<str>) -> &Run {
        let expected = expected.as_ref();
        let line = self.err_text().lines().nth(index).unwrap_or("");
        self.same(
            &format!("line {index} of stderr"),
            line.as_bytes(),
            expected.as_bytes(),
        )
    }

    /// Checks that stderr has this number of lines.
    #[track_caller]
    pub fn stderr_lines(&self, expected: usize) -> &Run {
        let count = self.err_text().lines().count();
        if count != expected {
            self.fail(format!(
                "expected {expected} lines on stderr, there are {count}"
            ));
        }
        self
    }

    /// The one JSON object on stdout, before the total of a command on paths.
    #[track_caller]
    pub fn json(&self) -> Value {
        self.one_object("stdout", self.out_text())
    }

    /// The JSON objects on stdout, one per line.
    #[track_caller]
    pub fn json_lines(&self) -> Vec<Value> {
        self.objects("stdout", self.out_text())
    }

    /// The one JSON object on stderr: the failure, with `--json`.
    #[track_caller]
    pub fn json_error(&self) -> Value {
        self.one_object("stderr", self.err_text())
    }

    #[track_caller]
    fn one_object(&self, name: &str, text: &str) -> Value {
        let mut objects = self.objects(name, text);
        if objects.len() > 1 {
            objects.pop_if(|last| last["kind"] == "total");
        }
        match (objects.pop(), objects.len()) {
            (Some(only), 0) => only,
            (_, rest) => self.fail(format!(
                "expected one JSON object on {name}, not {}",
                rest + 1
            )),
        }
    }

    #[track_caller]
    fn objects(&self, name: &str, text: &str) -> Vec<Value> {
        let object = |line: &str| match serde_json::from_str(line) {
            Ok(value @ Value::Object(_)) => value,
            Ok(_) => self.fail(format!("not a JSON object on {name}: {line}")),
            Err(e) => self.fail(format!("not JSON on {name}: {e}: {line}")),
        };
        text.lines().map(object).collect()
    }

    #[track_caller]
    fn same(&self, name: &str, actual: &[u8], expected: &[u8]) -> &Run {
        if actual != expected {
            self.fail(difference(name, actual, expected));
        }
        self
    }

    #[track_caller]
    fn has_line(&self, name: &str, text: &str, expected: &str) -> &Run {
        if !text.lines().any(|line| line == expected) {
            self.fail(format!("expected a line on {name}: {expected:?}"));
        }
        self
    }
}

/// The position where two byte strings start to differ, with an excerpt of both.
fn difference(name: &str, actual: &[u8], expected: &[u8]) -> String {
    let at = actual
        .iter()
        .zip(expected)
        .take_while(|(a, b)| a == b)
        .count();
    let from = at.saturating_sub(32);
    let near = |bytes: &[u8]| {
        let piece = bytes
            .get(from..bytes.len().min(at + 64))
            .unwrap_or_default();
        format!("\"{}\"", piece.escape_ascii())
    };
    format!(
        "{name} differs from byte {at} on ({} bytes, expected {})\n  is       …{}\n  expected …{}",
        actual.len(),
        expected.len(),
        near(actual),
        near(expected),
    )
}

/// The last line of a text.
pub fn last_line(text: &str) -> &str {
    text.lines().last().unwrap_or_default()
}
