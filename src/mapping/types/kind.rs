//! What sort of failure it was: the one table of exit statuses.

/// What sort of failure it was; each has one exit status and one code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Any other operating system error, or several sources that failed in different ways.
    Failed,
    /// The command line is wrong.
    Usage,
    /// No such file, descriptor or tag.
    NotFound,
    /// Permission, a read-only file system, or a seal.
    AccessDenied,
    /// Empty, or shorter than offset + length, and may not be extended.
    FileTooShort,
    /// No space or quota, or larger than the file system allows.
    DiskFull,
    /// No memory or address space, or the requested address is taken.
    OutOfMemory,
    /// This platform, kernel or file type cannot do it.
    Unsupported,
    /// Memory could not be accessed during the operation.
    Fault,
    /// A verification or expectation failed.
    Mismatch,
    /// Exclusive creation was asked for and the name is taken.
    AlreadyExists,
    /// Locked, mapped elsewhere or in use.
    Busy,
    /// A resource limit was reached.
    Limit,
    /// Ended by SIGHUP.
    HungUp,
    /// Ended by SIGINT.
    Interrupted,
    /// Ended by SIGQUIT.
    Quit,
    /// Ended by SIGTERM.
    Terminated,
}

impl Kind {
    /// Every kind, in the order of its exit status.
    pub const ALL: [Self; 17] = [
        Self::Failed,
        Self::Usage,
        Self::NotFound,
        Self::AccessDenied,
        Self::FileTooShort,
        Self::DiskFull,
        Self::OutOfMemory,
        Self::Unsupported,
        Self::Fault,
        Self::Mismatch,
        Self::AlreadyExists,
        Self::Busy,
        Self::Limit,
        Self::HungUp,
        Self::Interrupted,
        Self::Quit,
        Self::Terminated,
    ];

    /// The exit status of the program for this kind of failure.
    #[must_use]
    pub const fn exit_status(self) -> u8 {
        match self {
            Self::Failed => 1,
            Self::Usage => 2,
            Self::NotFound => 3,
            Self::AccessDenied => 4,
            Self::FileTooShort => 5,
            Self::DiskFull => 6,
            Self::OutOfMemory => 7,
            Self::Unsupported => 8,
            Self::Fault => 9,
            Self::Mismatch => 10,
            Self::AlreadyExists => 11,
            Self::Busy => 12,
            Self::Limit => 13,
            Self::HungUp => 129,
            Self::Interrupted => 130,
            Self::Quit => 131,
            Self::Terminated => 143,
        }
    }

    /// The word that stands for this kind in JSON.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Failed => "failed",
            Self::Usage => "usage",
            Self::NotFound => "not_found",
            Self::AccessDenied => "access_denied",
            Self::FileTooShort => "file_too_short",
            Self::DiskFull => "disk_full",
            Self::OutOfMemory => "out_of_memory",
            Self::Unsupported => "unsupported",
            Self::Fault => "fault",
            Self::Mismatch => "mismatch",
            Self::AlreadyExists => "already_exists",
            Self::Busy => "busy",
            Self::Limit => "limit",
            Self::HungUp => "hung_up",
            Self::Interrupted => "interrupted",
            Self::Quit => "quit",
            Self::Terminated => "terminated",
        }
    }

    /// Whether a signal asked for the end, and nothing failed by itself.
    #[must_use]
    pub const fn is_request(self) -> bool {
        matches!(
            self,
            Self::HungUp | Self::Interrupted | Self::Quit | Self::Terminated
        )
    }

    /// The kind that stands for a run in which several sources failed: theirs when they agree,
    /// [`Kind::Failed`] when they differ. A signal that ended the run outranks both.
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
