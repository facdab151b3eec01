//! What a program did, and exact checks of it.

use std::fmt::Display;
use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;
use std::time::Duration;

use serde_json::Value;

/// How much of a stream a failing check prints.
const SHOWN: usize = 8192;

/// The bytes of both output streams.
#[derive(Debug, Clone)]
pub(super) struct Streams {
    pub(super) out: Vec<u8>,
    pub(super) err: Vec<u8>,
}

/// A finished program. Every check returns the run, so they chain, and a failing one prints the command,
/// its directory, its status and both streams.
#[derive(Debug, Clone)]
#[must_use]
pub struct Run {
    what: String,
    status: Option<ExitStatus>,
    streams: Streams,
    elapsed: Duration,
}

impl Run {
    pub(super) fn new(
        what: String,
        status: Option<ExitStatus>,
        streams: Streams,
        elapsed: Duration,
    ) -> Run {
        Run {
            what,
            status,
            streams,
            elapsed,
        }
    }

    /// Fails the test, showing everything about the run.
    #[track_caller]
    pub fn fail(&self, why: impl Display) -> ! {
        panic!(
            "{why}\n{}status: {}\nstdout{}\nstderr{}\n",
            self.what,
            self.status
                .map_or_else(|| "still running".to_owned(), |status| status.to_string()),
            shown(&self.streams.out),
            shown(&self.streams.err),
        )
    }

    /// What it wrote to stdout.
    pub fn out(&self) -> &[u8] {
        &self.streams.out
    }

    /// What it wrote to stderr.
    pub fn err(&self) -> &[u8] {
        &self.streams.err
    }

    /// What it wrote to stdout, which must be UTF-8.
    #[track_caller]
    pub fn out_text(&self) -> &str {
        self.text("stdout", self.out())
    }

    /// What it wrote to stderr, which must be UTF-8.
    #[track_caller]
    pub fn err_text(&self) -> &str {
        self.text("stderr", self.err())
    }

    #[track_caller]
    fn text<'a>(&self, name: &str, bytes: &'a [u8]) -> &'a str {
        std::str::from_utf8(bytes)
            .unwrap_or_else(|e| self.fail(format!("{name} is not UTF-8: {e}")))
    }

    /// From start to end.
    pub fn elapsed(&self) -> Duration {
        self.elapsed
    }

    /// Whether it ended by itself with one of these exit statuses.
    pub fn ended_with(&self, statuses: &[i32]) -> bool {
        let status = self.status.and_then(|status| status.code());
        status.is_some_and(|status| statuses.contains(&status))
    }

    /// Ended by itself with this exit status.
    #[track_caller]
    pub fn code(&self, expected: i32) -> &Run {
        match self.status.and_then(|status| status.code()) {
            Some(code) if code == expected => self,
            _ => self.fail(format!("expected exit status {expected}")),
        }
    }

    /// Was ended by this signal.
    #[track_caller]
    pub fn signal(&self, expected: i32) -> &Run {
        match self.status.and_then(|status| status.signal()) {
            Some(signal) if signal == expected => self,
            _ => self.fail(format!("expected the end by signal {expected}")),
        }
    }

    /// Exit status 0 and nothing on stderr.
    #[track_caller]
    pub fn ok(&self) -> &Run {
        self.code(0).stderr("")
    }

    /// This exit status, nothing on stdout, and stderr begins with exactly this line, whose
    /// `mmapctl: ` is added here.
    #[track_caller]
    pub fn refuses(&self, code: i32, message: impl Display) -> &Run {
        self.code(code)
            .stdout("")
            .stderr_line_at(0, format!("mmapctl: {message}"))
    }

    /// Stdout is exactly this.
    #[track_caller]
    pub fn stdout(&self, expected: impl AsRef<[u8]>) -> &Run {
        self.same("stdout", self.out(), expected.as_ref())
    }

    /// Stderr is exactly this.
    #[track_caller]
    pub fn stderr(&self, expected: impl AsRef<[u8]>) -> &Run {
        self.same("stderr", self.err(), expected.as_ref())
    }

    /// Stdout has exactly this line somewhere.
    #[track_caller]
    pub fn stdout_line(&self, expected: impl AsRef<str>) -> &Run {
        self.has_line("stdout", self.out_text(), expected.as_ref())
    }

    /// Stderr has exactly this line somewhere.
    #[track_caller]
    pub fn stderr_line(&self, expected: impl AsRef<str>) -> &Run {
        self.has_line("stderr", self.err_text(), expected.as_ref())
    }

    /// Line `index` of stderr is exactly this.
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

    /// Stderr has this many lines.
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

    /// The one JSON object on stdout.
    #[track_caller]
    pub fn json(&self) -> Value {
        self.one_object("stdout", self.out_text())
    }

    /// The JSON objects on stdout, one a line.
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

/// Where two byte strings part, with a little of both.
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

fn shown(bytes: &[u8]) -> String {
    let piece = &bytes[..bytes.len().min(SHOWN)];
    let mut text = format!(" ({} bytes):", bytes.len());
    for line in piece.split_inclusive(|&b| b == b'\n') {
        let line = match std::str::from_utf8(line) {
            Ok(line) => line.trim_end_matches('\n').to_owned(),
            Err(_) => line.escape_ascii().to_string(),
        };
        text.push_str("\n  | ");
        text.push_str(&line);
    }
    if piece.len() < bytes.len() {
        text.push_str("\n  … and more");
    }
    text
}
