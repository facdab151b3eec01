//! The names of shared memory regions, and what their directory says of each.

use std::ffi::{OsStr, OsString};
use std::time::SystemTime;

use schemars::JsonSchema;
use serde::Serialize;

use super::json;
use super::offset::ByteLength;
use super::process::FileIdentity;

/// The name of a shared memory region, known to be one the platform takes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Tag(OsString);

impl Tag {
    /// A name that the platform is known to take.
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
    #[error("a tag may not be empty")]
    Empty,
    /// `.` or `..`.
    #[error("a tag may not be '.' or '..'")]
    Dots,
    /// A separator of path components.
    #[error("a tag may not contain '/' or '\\'")]
    Separator,
    /// A byte that ends C strings.
    #[error("a tag may not contain a NUL byte")]
    Nul,
    /// More bytes than the platform takes.
    #[error("a tag may have at most {limit} bytes here, and this one has {length}")]
    TooLong {
        /// How many bytes the platform takes.
        limit: usize,
        /// How many there are.
        length: usize,
    },
}

/// What the directory says of a region.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct TagFacts {
    /// Its size in bytes.
    pub size: ByteLength,
    /// The bytes of memory and swap that it takes.
    pub allocated: ByteLength,
    /// Its permission bits, in octal: `"0600"`.
    #[serde(serialize_with = "json::octal")]
    #[schemars(with = "String")]
    pub mode: u32,
    /// The user it belongs to.
    pub uid: u32,
    /// When it was created, in seconds since 1970; null where the system does not tell.
    #[serde(serialize_with = "json::seconds")]
    #[schemars(with = "Option<u64>")]
    pub created: Option<SystemTime>,
    /// When it was last written with `write(2)` or given a size; stores through mappings do not count.
    #[serde(serialize_with = "json::seconds")]
    #[schemars(with = "Option<u64>")]
    pub modified: Option<SystemTime>,
    /// What it is known by in the memory maps of processes.
    #[serde(skip)]
    pub identity: FileIdentity,
}

/// How much room regions have: that of their file system, and `None` where it has no limit of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct TagSpace {
    /// The bytes that are free.
    pub free: Option<ByteLength>,
    /// The bytes there are.
    pub total: Option<ByteLength>,
}
