//! A fresh directory for every test, and running the program in it.

use std::ffi::OsString;
use std::fmt::Display;
use std::io::{BufRead, BufReader, Read, Write};
use std::os::windows::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;
use windows_sys::Win32::Foundation::ERROR_INTERNAL_ERROR;
use windows_sys::Win32::System::Console::{
    CTRL_BREAK_EVENT, CTRL_C_EVENT, GenerateConsoleCtrlEvent, GetConsoleCP, SetConsoleCtrlHandler,
};
use windows_sys::Win32::System::Threading::CREATE_NEW_PROCESS_GROUP;

/// The granularity: views begin at multiples of it.
pub(crate) const GRANULARITY: usize = 64 << 10;

/// Arguments of mixed types that convert to text.
macro_rules! args {
    ($($argument:expr),* $(,)?) => {
        [$(::std::ffi::OsString::from($argument)),*]
    };
}
pub(crate) use args;

/// A directory that is removed on drop.
pub(crate) struct Env(tempfile::TempDir);

impl Env {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// A new file.
    pub(crate) fn file(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, bytes).unwrap();
        path
    }

    /// A tag name that no other test uses.
    pub(crate) fn tag(&self) -> String {
        let directory = self.0.path().file_name().unwrap().to_str().unwrap();
        format!("mmapctl-test{directory}")
    }

    fn command(&self, arguments: impl IntoIterator<Item = OsString>) -> (Command, String) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mmapctl"));
        command.args(arguments).current_dir(self.0.path());
        command.stdin(Stdio::null());
        let line = format!("{command:?}");
        (command, line)
    }

    /// Runs the program and waits for it.
    pub(crate) fn run(&self, arguments: impl IntoIterator<Item = OsString>) -> Run {
        let (mut command, line) = self.command(arguments);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        Run::new(line, start(&mut command).wait_with_output().unwrap())
    }

    /// Runs it with this standard input.
    pub(crate) fn run_on(
        &self,
        input: impl Into<Stdio>,
        arguments: impl IntoIterator<Item = OsString>,
    ) -> Run {
        let (mut command, line) = self.command(arguments);
        command.stdin(input);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        Run::new(line, start(&mut command).wait_with_output().unwrap())
    }

    /// Runs it with a reader that reads part of its output and closes the pipe.
    pub(crate) fn run_half_read(&self, arguments: impl IntoIterator<Item = OsString>) -> Run {
        let (mut command, line) = self.command(arguments);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = start(&mut command);
        let mut out = child.stdout.take().unwrap();
        out.read_exact(&mut [0; 100]).unwrap();
        drop(out);
        Run::new(line, child.wait_with_output().unwrap())
    }

    /// Starts the program and waits for its first line.
    pub(crate) fn hold(&self, arguments: impl IntoIterator<Item = OsString>) -> Held {
        let (mut command, line) = self.command(arguments);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        if !under_wine() {
            command.creation_flags(CREATE_NEW_PROCESS_GROUP);
        }
        let mut child = start(&mut command);
        let mut first = String::new();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        out.read_line(&mut first).unwrap();
        if first.is_empty() {
            let mut told = String::new();
            child
                .stderr
                .take()
                .unwrap()
                .read_to_string(&mut told)
                .unwrap();
            panic!("{line}: exited before it was ready: {told}");
        }
        Held { child, first }
    }
}

/// Starts a program. Wine sometimes fails with an internal error when many are started at once.
fn start(command: &mut Command) -> Child {
    for _ in 1..4 {
        match command.spawn() {
            Err(e)
                if under_wine() && e.raw_os_error() == Some(ERROR_INTERNAL_ERROR.cast_signed()) => {
            }
            outcome => return outcome.unwrap(),
        }
    }
    command.spawn().unwrap()
}

/// Bytes in which consecutive groups of 16 differ.
pub(crate) fn pattern(length: usize) -> Vec<u8> {
    (0..length)
        .map(|i| (i ^ (i >> 8) ^ (i >> 16)) as u8)
        .collect()
}

/// A finished run.
pub(crate) struct Run {
    line: String,
    output: Output,
}

impl Run {
    fn new(line: String, output: Output) -> Self {
        Self { line, output }
    }

    fn fail(&self, why: impl Display) -> ! {
        panic!(
            "{why}\n$ {}\nstatus: {}\nstdout: {}\nstderr: {}",
            self.line,
            self.output.status,
            self.out_text(),
            self.err_text()
        );
    }

    #[track_caller]
    pub(crate) fn code(&self, expected: i32) -> &Self {
        if self.output.status.code() != Some(expected) {
            self.fail(format_args!("expected status {expected}"));
        }
        self
    }

    /// Checks for success and an empty stderr.
    #[track_caller]
    pub(crate) fn ok(&self) -> &Self {
        self.code(0);
        if !self.output.stderr.is_empty() {
            self.fail("expected nothing on stderr");
        }
        self
    }

    /// Checks for failure with this status, this text on stderr, and an empty stdout.
    #[track_caller]
    pub(crate) fn refuses(&self, status: i32, words: &str) -> &Self {
        self.code(status);
        if !self.err_text().contains(words) {
            self.fail(format_args!("expected on stderr: {words}"));
        }
        if !self.output.stdout.is_empty() {
            self.fail("expected nothing on stdout");
        }
        self
    }

    #[track_caller]
    pub(crate) fn stdout(&self, expected: impl AsRef<[u8]>) -> &Self {
        if self.output.stdout != expected.as_ref() {
            let expected = String::from_utf8_lossy(expected.as_ref()).into_owned();
            self.fail(format_args!("expected on stdout:\n{expected}\ngot"));
        }
        self
    }

    /// Checks that a line of stdout contains this.
    #[track_caller]
    pub(crate) fn shows(&self, words: &str) -> &Self {
        if !self.out_text().contains(words) {
            self.fail(format_args!("expected on stdout: {words}"));
        }
        self
    }

    pub(crate) fn out_text(&self) -> String {
        String::from_utf8_lossy(&self.output.stdout).into_owned()
    }

    pub(crate) fn err_text(&self) -> String {
        String::from_utf8_lossy(&self.output.stderr).into_owned()
    }

    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        // The last object of a command on paths is the total.
        let first = self
            .output
            .stdout
            .split_inclusive(|byte| *byte == b'\n')
            .next();
        match serde_json::from_slice(first.unwrap_or_default()) {
            Ok(value) => value,
            Err(error) => self.fail(format_args!("stdout is not JSON: {error}")),
        }
    }

    #[track_caller]
    pub(crate) fn json_error(&self) -> Value {
        match serde_json::from_slice(&self.output.stderr) {
            Ok(value) => value,
            Err(error) => self.fail(format_args!("stderr is not JSON: {error}")),
        }
    }
}

/// A running program that holds a mapping.
pub(crate) struct Held {
    child: Child,
    first: String,
}

impl Held {
    /// Its output when it was ready.
    pub(crate) fn first(&self) -> &str {
        &self.first
    }

    /// Terminates it.
    pub(crate) fn end(self) {}

    /// Sends it Ctrl-Break (under Wine, Ctrl-C to all programs), and waits for its status.
    pub(crate) fn interrupt(mut self) -> i32 {
        let (event, group) = match under_wine() {
            true => (CTRL_C_EVENT, 0),
            false => (CTRL_BREAK_EVENT, self.child.id()),
        };
        // SAFETY: the handler has the required type and lives as long as the program. The console sends the event to
        // the process group of the child, or to all attached programs.
        #[allow(unsafe_code)]
        let sent = unsafe {
            SetConsoleCtrlHandler(Some(not_for_us), 1);
            GenerateConsoleCtrlEvent(event, group)
        };
        assert_ne!(sent, 0, "{}", std::io::Error::last_os_error());
        self.child.wait().unwrap().code().unwrap()
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Handles console events, which would otherwise end the tests.
#[allow(unsafe_code)]
unsafe extern "system" fn not_for_us(_event: u32) -> windows_sys::core::BOOL {
    1
}

/// Whether there is a console to send events.
pub(crate) fn has_console() -> bool {
    // SAFETY: the call only returns a number.
    #[allow(unsafe_code)]
    let code_page = unsafe { GetConsoleCP() };
    code_page != 0
}

/// A directory on a full file system, with the file `sparse` of 128 KiB, which is a single hole.
///
/// Windows does not allow a mapped file to be truncated, and allocates blocks with the size. Only a disk or network
/// error can make a page fail there. Under Wine, a file on a full tmpfs has no block for its hole.
pub(crate) fn full_disk(test: &str) -> Option<PathBuf> {
    let disk = std::env::var_os("MMAPCTL_FULL_DISK").filter(|_| under_wine());
    if disk.is_none() {
        skip(test, "no full disk, which requires Wine and root");
    }
    disk.map(PathBuf::from)
}

/// Whether this is Wine, as set by `ci/windows.sh`.
pub(crate) fn under_wine() -> bool {
    std::env::var_os("MMAPCTL_UNDER_WINE").is_some()
}

/// Reports that something could not be tested here, past the harness, which captures the output of tests.
pub(crate) fn skip(test: &str, why: &str) {
    let line = format!("skipped: {test}: {why}\n");
    std::io::stderr().write_all(line.as_bytes()).unwrap();
}
