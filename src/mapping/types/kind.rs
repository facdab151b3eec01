//! The kinds of failures: the table of exit statuses.

use super::named::{Named, named};

named! {
    /// The kind of a failure. Each has an exit status, and a name that is its code in JSON.
    ///
    /// The doc comments are the rows of the tables in README and in the manual.
    #[derive(Hash)]
    pub enum Kind: u8 {
        /// Any other failure; or several sources or names failed in different ways.
        Failed = "failed" => 1,
        /// The command line is wrong.
        Usage = "usage" => 2,
        /// There is no such file, descriptor or tag.
        NotFound = "not_found" => 3,
        /// Permission denied, a read-only file system, or a seal.
        AccessDenied = "access_denied" => 4,
        /// The source is empty or ends before the requested range, and may not be extended.
        FileTooShort = "file_too_short" => 5,
        /// No space or quota is left, or the file would be larger than its file system allows.
        DiskFull = "disk_full" => 6,
        /// No memory or address space is left, or the requested address is in use.
        OutOfMemory = "out_of_memory" => 7,
        /// Not supported by this platform, kernel or type of file.
        Unsupported = "unsupported" => 8,
        /// A memory access failed: the message gives the lowest offset and the cause, if found (truncated, disk full, I/O error).
        Fault = "fault" => 9,
        /// A verification or expectation failed.
        Mismatch = "mismatch" => 10,
        /// The source exists, and `--open create,excl` was given; or another process has just created it.
        AlreadyExists = "already_exists" => 11,
        /// The source is locked, mapped elsewhere or in use.
        Busy = "busy" => 12,
        /// A resource limit was reached: locked memory, file size, number of mappings.
        Limit = "limit" => 13,
        /// The program after `--` was found, but could not be run.
        CannotRun = "cannot_run" => 126,
        /// The program after `--` was not found.
        CommandNotFound = "command_not_found" => 127,
        /// Ended by SIGHUP.
        HungUp = "hung_up" => 129,
        /// Ended by SIGINT.
        Interrupted = "interrupted" => 130,
        /// Ended by SIGQUIT.
        Quit = "quit" => 131,
        /// Ended by SIGTERM.
        Terminated = "terminated" => 143,
    }
}

impl Kind {
    /// The exit status of the program for this kind of failure.
    #[must_use]
    pub const fn exit_status(self) -> u8 {
        self.facts()
    }

    /// Whether a signal ended the program, and nothing failed.
    #[must_use]
    pub const fn is_request(self) -> bool {
        matches!(
            self,
            Self::HungUp | Self::Interrupted | Self::Quit | Self::Terminated
        )
    }

    /// The words for work that a signal [ended](Kind::is_request).
    #[must_use]
    pub const fn interruption(self) -> &'static str {
        match self {
            Self::HungUp => "interrupted by SIGHUP",
            Self::Quit => "interrupted by SIGQUIT",
            Self::Terminated => "interrupted by SIGTERM",
            _ => "interrupted by SIGINT",
        }
    }

    /// The kind for a run in which several sources failed: their common kind, or [`Kind::Failed`] when they differ. A
    /// signal that ended the run takes precedence.
    #[must_use]
    pub fn merge(self, other: Self) -> Self {
        match (self, other) {
            (a, _) if a.is_request() => a,
            (_, b) if b.is_request() => b,
            (a, b) if a == b => a,
            _ => Self::Failed,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exit_statuses_are_nonzero_and_in_ascending_order() {
        assert!(Kind::ALL.is_sorted_by(|a, b| a.exit_status() < b.exit_status()));
        assert!(Kind::ALL.iter().all(|kind| kind.exit_status() > 0));
    }

    #[test]
    fn merging_keeps_equal_kinds_and_signals_and_otherwise_gives_failed() {
        assert_eq!(Kind::NotFound.merge(Kind::NotFound), Kind::NotFound);
        assert_eq!(Kind::NotFound.merge(Kind::Busy), Kind::Failed);
        assert_eq!(Kind::Busy.merge(Kind::Interrupted), Kind::Interrupted);
        assert_eq!(Kind::Terminated.merge(Kind::Busy), Kind::Terminated);
        assert_eq!(Kind::Busy.merge(Kind::HungUp), Kind::HungUp);
        assert_eq!(Kind::Quit.merge(Kind::Busy), Kind::Quit);
    }
}
