//! Hints: remedies that may help after a failure.

use super::offset::ByteLength;

/// A hint after a failure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Hint {
    /// A text.
    Words(String),
    /// A remedy whose text names options, which only `report` knows.
    Remedy(Remedy),
}

/// A request that may succeed instead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Remedy {
    /// Write access and a length to create the source.
    WriteToCreate,
    /// Write access and a length to extend the source.
    WriteToExtend,
    /// A length that extends the source.
    Extend,
    /// Write access and a length to extend the source before the mapping is extended.
    ExtendBeforeRemap,
    /// Write access and a length that is a multiple of the allocation granularity.
    ExtendToGranularity,
    /// Access for reading only.
    ReadOnly,
    /// A size to create the source with.
    SetSize,
    /// Rounding down.
    RoundDown,
    /// A length, with write access, to create the source.
    LengthToCreate,
    /// A length in place of the end of the source, which creates or extends it.
    LengthInstead(Missing),
    /// Permission to create the source.
    AllowCreation,
    /// Permission to extend the source.
    AllowExtension(Missing),
    /// Private copies cannot extend the source.
    CopiesCannotExtend,
    /// A descriptor opened for reading and writing, or private copies.
    OpenForBoth,
    /// Private copies, which need no write access to the source.
    CopyOnWrite,
    /// A private mapping, which can grow.
    Private,
    /// An address that is only a suggestion.
    AddressHint,
    /// A file with the bytes of a stream, which can be mapped.
    SaveStream,
    /// A command that walks directories, and a path for an open one.
    WalkDirectory {
        /// The descriptor that was given in place of a path.
        descriptor: Option<i32>,
    },
    /// A larger pool of huge pages.
    HugePagePool,
    /// Loading only as much as fits in memory.
    LoadLess,
    /// Locking less memory.
    LockLess {
        /// The limit on locked memory.
        limit: Option<ByteLength>,
    },
    /// Locking fewer or smaller files.
    LockFewer,
    /// A length to create a ring with.
    RingLength,
    /// No length, to continue a ring as it is.
    RingAsItIs,
}

/// Why a source does not satisfy a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missing {
    /// It does not exist.
    Source,
    /// It is too short.
    Size,
}

impl From<&str> for Hint {
    fn from(words: &str) -> Self {
        Self::Words(words.to_owned())
    }
}

impl From<String> for Hint {
    fn from(words: String) -> Self {
        Self::Words(words)
    }
}

impl From<Remedy> for Hint {
    fn from(remedy: Remedy) -> Self {
        Self::Remedy(remedy)
    }
}
