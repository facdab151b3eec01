//! What is known of a source from its open handle.

use schemars::JsonSchema;
use serde::Serialize;

use super::offset::ByteLength;

/// What sort of thing is behind a handle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SourceKind {
    /// A regular file.
    File,
    /// A block device.
    BlockDevice,
    /// A named shared memory region.
    Tag,
    /// Memory with nothing behind it.
    Anonymous,
}

/// The device and inode that identify a file, as `stat(2)` gives them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StatIdentity {
    /// `st_dev`.
    pub device: u64,
    /// `st_ino`.
    pub inode: u64,
}

/// What `fstat(2)` says of a handle, as far as it matters here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileFacts {
    /// The size in bytes.
    pub size: ByteLength,
    /// The bytes of the blocks that are really allocated (`st_blocks` × 512).
    pub allocated: ByteLength,
    /// Which file it is.
    pub identity: StatIdentity,
}
