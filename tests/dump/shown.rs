//! A dump whose output waits: the test can change the source in the middle of it.

use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{Mode, OFlags};

use crate::support::{MMAPCTL, raw_terminal};

/// Where a dump goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Output {
    /// Standard output, a pipe that holds little.
    Pipe,
    /// Standard output, a terminal that changes no byte.
    Terminal,
    /// A named pipe, by `--output`.
    Fifo,
    /// A regular file, by `--output`.
    File,
}

impl Output {
    /// Those that can make a dump wait.
    pub(crate) const WAITING: [Output; 3] = [Output::Pipe, Output::Terminal, Output::Fifo];
    /// All of them.
    pub(crate) const ALL: [Output; 4] =
        [Output::Pipe, Output::Terminal, Output::Fifo, Output::File];
}

/// What a dump came to.
pub(crate) struct Shown {
    /// What went to the output.
    pub(crate) text: Vec<u8>,
    /// What went to standard output beside that.
    pub(crate) report: String,
    pub(crate) status: Option<i32>,
    pub(crate) said: String,
}

/// A running dump. Nobody has read its output yet, so that it stops before long.
pub(crate) struct Waiting {
    child: Child,
    reader: Option<File>,
    path: PathBuf,
}

/// How long a dump may take to begin.
const PATIENCE: Timespec = Timespec {
    tv_sec: 60,
    tv_nsec: 0,
};

impl Waiting {
    /// Starts `mmapctl dump` with these arguments, in a directory that is not that of its output.
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
                // Opening for reading waits for a writer, unless told not to.
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

    /// Waits until the first bytes have come.
    pub(crate) fn wait_for_first(&self) {
        let mut ready = [PollFd::new(self.reader.as_ref().unwrap(), PollFlags::IN)];
        let count = poll(&mut ready, Some(&PATIENCE)).unwrap();
        assert_eq!(count, 1, "nothing came");
    }

    /// Lets it go on to its end.
    pub(crate) fn finish(mut self) -> Shown {
        let mut text = Vec::new();
        if self.reader.is_some() {
            self.wait_for_first();
        }
        if let Some(mut reader) = self.reader.take() {
            let read = reader.read_to_end(&mut text);
            // So ends a terminal that nobody has open any more.
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
