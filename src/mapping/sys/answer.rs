//! Results of calls that need more than a number or an error. Plain data: nothing here makes a call.

use std::ffi::OsString;
use std::io;

use crate::mapping::types::{ByteLength, Signal};

/// How much memory is available.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(dead_code, reason = "not every system reports it")]
pub(in crate::mapping) struct MemoryRoom {
    /// The number of bytes in the whole system.
    pub(in crate::mapping) system: ByteLength,
    /// The control group that leaves the least, if any has a limit.
    pub(in crate::mapping) group: Option<GroupRoom>,
}

/// How much memory a control group leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(dead_code, reason = "not every system reports it")]
pub(in crate::mapping) struct GroupRoom {
    /// The number of bytes.
    pub(in crate::mapping) available: ByteLength,
    /// The limit of the group.
    pub(in crate::mapping) limit: ByteLength,
}

impl MemoryRoom {
    /// The number of bytes that this process can allocate.
    pub(in crate::mapping) fn available(&self) -> ByteLength {
        let group = self.group.map(|group| group.available);
        group.map_or(self.system, |group| group.min(self.system))
    }
}

/// The state of the standard output.
#[allow(dead_code, reason = "not every system has all of them")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::mapping) enum OutputState {
    /// Nothing forbids writing.
    Writable,
    /// It was closed when the program was started.
    Closed,
    /// It is open for reading.
    ReadOnly,
}

/// What a handle refers to.
#[allow(dead_code, reason = "not every system has all of them")]
pub(in crate::mapping) enum FileClass {
    /// A regular file.
    Regular,
    /// A block device.
    BlockDevice,
    /// What can only be read in order, in words: "a pipe".
    Stream(&'static str),
    /// A directory.
    Directory,
    /// What can be neither mapped nor read, in words.
    #[allow(dead_code, reason = "not every system has such a thing")]
    Other(&'static str),
}

/// A change that was found in watched directories.
#[allow(dead_code, reason = "not every system reports them")]
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::mapping) enum FoundChange {
    /// A file of a directory, or the directory itself, changed.
    Inside {
        /// The number of the directory.
        directory: i32,
        /// The name of the file.
        name: Option<OsString>,
    },
    /// A directory with this number has another name now.
    Moved(i32),
    /// A directory with this number is no longer watched.
    Unwatched(i32),
    /// There were more changes than the kernel keeps.
    Lost,
}

/// Why a mapping was not made.
pub(in crate::mapping) enum MapFailure {
    /// This system has no such flag.
    NoSuchFlag(&'static str),
    /// The kernel's error.
    Os(io::Error),
}

/// The errors of `mmap(2)` that have a particular meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::mapping) enum MapRefusal {
    /// Something is mapped at the requested address.
    AddressInUse,
    /// No memory or address space.
    NoMemory,
    /// No permission.
    Denied,
    /// An impossible combination of arguments.
    Invalid,
    /// A flag that the file cannot honour.
    NotSupported,
    /// The file system or driver has no mapping operation.
    NoSuchDevice,
    /// Anything else.
    Other,
}

/// The result of trying once more to provide a byte.
#[derive(Debug)]
pub(in crate::mapping) enum Trial {
    /// It works.
    Works,
    /// It failed for lack of space or quota.
    NoSpace(io::Error),
    /// It failed otherwise.
    Fails(io::Error),
    /// It cannot be tried on this file or through this descriptor.
    NotPossible,
}

/// Why a wait ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::mapping) enum Event {
    /// A signal arrived.
    Signal {
        /// Its name.
        signal: Signal,
        /// A terminal or console sent it, to every program in its foreground.
        from_terminal: bool,
    },
    /// A child of this process ended, or stopped on a Unix.
    Child,
    /// The time elapsed.
    Elapsed,
}

/// The bytes of a file in blocks of its storage.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::mapping) struct ExtentBytes {
    /// In blocks that were written.
    pub(in crate::mapping) written: ByteLength,
    /// In blocks that are allocated but were never written, and read as zeros without a look at the storage.
    pub(in crate::mapping) unwritten: ByteLength,
}
