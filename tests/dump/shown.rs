//! A dump whose output blocks, which lets the test change the source in the middle of it.

use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{Mode, OFlags};

use crate::support::{MMAPCTL, raw_terminal};

/// The output of a dump.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Output {
    /// Standard output, a pipe with a small capacity.
    Pipe,
    /// Standard output, a raw terminal.
    Terminal,
    /// A named pipe, by `--output`.
    Fifo,
    /// A regular file, by `--output`.
    File,
}

impl Output {
    /// The outputs that can block a dump.
    pub(crate) const WAITING: [Output; 3] = [Output::Pipe, Output::Terminal, Output::Fifo];
    /// All outputs.
    pub(crate) const ALL: [Output; 4] =
        [Output::Pipe, Output::Terminal, Output::Fifo, Output::File];
}

/// The result of a dump.
pub(crate) struct Shown {
    /// The bytes written to the output.
    pub(crate) text: Vec<u8>,
    /// The bytes written to standard output, if that is not the output.
    pub(crate) report: String,
    pub(crate) status: Option<i32>,
    pub(crate) said: String,
}

/// A running dump. Its output is not read yet, so it blocks soon.
pub(crate) struct Waiting {
    child: Child,
    reader: Option<File>,
    path: PathBuf,
}

/// The maximum time until a dump begins.
const PATIENCE: Timespec = Timespec {
    tv_sec: 60,
    tv_nsec: 0,
};

impl Waiting {
    /// Starts `mmapctl dump` with these arguments. Its output is in another directory.
    pub(crate) fn start(
        output: &Output,
        place: &Path,
        directory: &Path,
        arguments: &[&str],
        input: Stdio,
    ) -> Waiting {
        let mut command = Command::new(MMAPCTL);
        command.arg("dump").args(arguments).current_dir(directory);
        command.env("NO_COLOR", "1").env("LC_ALL", "C.UTF-8");
        command
            .stdin(input)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let path = place.join("output");
        fs::remove_file(&path).ok();
        let reader = match output {
            Output::Pipe => {
                let (reader, writer) = std::io::pipe().unwrap();
                rustix::pipe::fcntl_setpipe_size(&writer, 1).unwrap();
                command.stdout(writer);
                Some(File::from(std::os::fd::OwnedFd::from(reader)))
            }
            Output::Terminal => {
                let (ours, theirs) = raw_terminal(80);
                command.stdout(theirs);
                Some(ours)
            }
            Output::Fifo => {
                rustix::fs::mkfifoat(rustix::fs::CWD, &path, Mode::RUSR | Mode::WUSR).unwrap();
                command.arg("--output").arg(&path);
                // Without this flag, opening for reading waits for a writer.
                let how = OFlags::RDONLY | OFlags::NONBLOCK;
                let reader = rustix::fs::open(&path, how, Mode::empty()).unwrap();
                rustix::fs::fcntl_setfl(&reader, OFlags::RDONLY).unwrap();
                rustix::pipe::fcntl_setpipe_size(&reader, 1).unwrap();
                Some(File::from(reader))
            }
            Output::File => {
                command.arg("--output").arg(&path);
                None
            }
        };
        // The command keeps the writing ends, which must not outlive the program.
        let child = command.spawn().unwrap();
        drop(command);
        Waiting {
            child,
            reader,
            path,
        }
    }

    /// Waits until the first bytes have arrived.
    pub(crate) fn wait_for_first(&self) {
        let mut ready = [PollFd::new(self.reader.as_ref().unwrap(), PollFlags::IN)];
        let count = poll(&mut ready, Some(&PATIENCE)).unwrap();
        assert_eq!(count, 1, "nothing came");
    }

    /// Lets it run to its end.
    pub(crate) fn finish(mut self) -> Shown {
        let mut text = Vec::new();
        if self.reader.is_some() {
            self.wait_for_first();
        }
        if let Some(mut reader) = self.reader.take() {
            let read = reader.read_to_end(&mut text);
            // A terminal that is no longer open elsewhere ends with this error.
            let ended = |error: &std::io::Error| error.raw_os_error() == Some(libc::EIO);
            assert!(read.is_ok() || read.is_err_and(|error| ended(&error)));
        }
        let output = self.child.wait_with_output().unwrap();
        if self.path.is_file() {
            text = fs::read(&self.path).unwrap();
        }
        Shown {
            text,
            report: String::from_utf8(output.stdout).unwrap(),
            status: output.status.code(),
            said: String::from_utf8(output.stderr).unwrap(),
        }
    }
}
