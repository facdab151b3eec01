//! The names of shared memory regions, and the facts that their directory reports.

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;
use std::time::SystemTime;

use schemars::JsonSchema;
use serde::Serialize;

use super::json;
use super::offset::ByteLength;
use super::process::FileIdentity;

/// The name of a shared memory region that is valid on this platform.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Tag(OsString);

impl Tag {
    /// A name that is known to be valid.
    pub(in crate::mapping) const fn valid(name: OsString) -> Self {
        Self(name)
    }

    /// The name.
    #[must_use]
    pub fn as_os_str(&self) -> &OsStr {
        &self.0
    }
}

/// Why a name cannot be a tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TagError {
    /// No characters.
    #[error("a tag must not be empty")]
    Empty,
    /// `.` or `..`.
    #[error("a tag must not be '.' or '..'")]
    Dots,
    /// A separator of path components.
    #[error("a tag must not contain '/' or '\\'")]
    Separator,
    /// A byte that ends C strings.
    #[error("a tag must not contain a NUL byte")]
    Nul,
    /// More bytes than the platform allows.
    #[error("a tag may have at most {limit} bytes; this one has {length}")]
    TooLong {
        /// The largest number of bytes that the platform allows.
        limit: usize,
        /// The number of bytes in the name.
        length: usize,
    },
}

/// A shared memory region.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct TagFacts {
    /// The size in bytes.
    pub size: ByteLength,
    /// The memory and swap space that the region uses, in bytes.
    pub allocated: ByteLength,
    /// The permission bits in octal, as in `"0600"`.
    #[serde(serialize_with = "json::octal")]
    #[schemars(with = "String")]
    pub mode: u32,
    /// The user ID of the owner.
    pub uid: u32,
    /// The time of creation in seconds since 1970; null when unknown.
    #[serde(serialize_with = "json::seconds")]
    #[schemars(with = "Option<u64>")]
    pub created: Option<SystemTime>,
    /// The time of the last `write(2)` or change of size, in seconds since 1970; null when unknown. Stores through
    /// mappings do not change it.
    #[serde(serialize_with = "json::seconds")]
    #[schemars(with = "Option<u64>")]
    pub modified: Option<SystemTime>,
    /// Its device and inode in the memory maps of processes.
    #[serde(skip)]
    pub identity: FileIdentity,
    /// Its device and inode in the answer of `stat(2)`.
    #[serde(skip)]
    pub stat: FileIdentity,
}

/// A file that a process has open or maps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenRegion {
    /// A path that opens it.
    pub place: PathBuf,
    /// Its facts.
    pub facts: TagFacts,
    /// Whether it has no name in a file system.
    pub removed: bool,
}

/// The space on the file system of the shared memory regions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct TagSpace {
    /// The free space in bytes; null when the file system has no limit of its own.
    pub free: Option<ByteLength>,
    /// The total space in bytes; null when the file system has no limit of its own.
    pub total: Option<ByteLength>,
}
