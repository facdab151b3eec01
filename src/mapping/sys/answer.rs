//! The answers of calls, where a number or an error would not do. Plain data: nothing here makes a call.

use std::io;

use crate::mapping::types::{ByteLength, Signal};

/// How much memory can be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(dead_code, reason = "not every system tells it")]
pub(in crate::mapping) struct MemoryRoom {
    /// How many bytes.
    pub(in crate::mapping) available: ByteLength,
    /// The limit of the control group that leaves no more, if one does.
    pub(in crate::mapping) group_limit: Option<ByteLength>,
}

/// Whether the standard output can be written to.
#[allow(dead_code, reason = "not every system has all of them")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::mapping) enum OutputState {
    /// As far as can be told.
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
    /// Something that cannot be mapped, in words: "a directory".
    Other(&'static str),
}

/// Why a mapping was not made.
pub(in crate::mapping) enum MapFailure {
    /// This system has no such flag.
    NoSuchFlag(&'static str),
    /// What the kernel answered.
    Os(io::Error),
}

/// The refusals of `mmap(2)` that mean something particular.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::mapping) enum MapRefusal {
    /// Something is mapped at the demanded address.
    AddressInUse,
    /// No memory or address space.
    NoMemory,
    /// Permission.
    Denied,
    /// A combination of arguments that cannot be.
    Invalid,
    /// A flag that the file cannot honour.
    NotSupported,
    /// The file system or driver has no mapping operation.
    NoSuchDevice,
    /// Anything else.
    Other,
}

/// What providing a byte ended with when it was tried again.
#[derive(Debug)]
pub(in crate::mapping) enum Trial {
    /// It works.
    Works,
    /// It failed for want of space or quota.
    NoSpace(io::Error),
    /// It failed otherwise.
    Fails(io::Error),
    /// It cannot be tried on this file or through this descriptor.
    NotPossible,
}

/// What a wait ended with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::mapping) enum Event {
    /// A signal came.
    Signal {
        /// Which.
        signal: Signal,
        /// A terminal or console sent it, and so to every program in its foreground.
        from_terminal: bool,
    },
    /// A child of this process ended, or stopped on a Unix.
    Child,
    /// The time was up.
    Elapsed,
}
