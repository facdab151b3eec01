//! The kind of a source, and the facts that `fstat(2)` reports about its open handle.

use schemars::JsonSchema;
use serde::Serialize;

use super::offset::ByteLength;

/// The kind of a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SourceKind {
    /// A regular file.
    File,
    /// A block device.
    BlockDevice,
    /// A named shared memory region.
    Tag,
    /// Anonymous memory, which has no file.
    Anonymous,
}

/// The device and inode that identify a file in `stat(2)`. A mapping may show another device number: see
/// [`FileIdentity`](super::process::FileIdentity).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct StatIdentity {
    /// `st_dev`.
    pub device: u64,
    /// `st_ino`.
    pub inode: u64,
}

/// The fields of `fstat(2)` that the program uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileFacts {
    /// The size in bytes.
    pub size: ByteLength,
    /// The size of the allocated blocks in bytes (`st_blocks` × 512).
    pub allocated: ByteLength,
    /// The identity of the file.
    pub identity: StatIdentity,
}
