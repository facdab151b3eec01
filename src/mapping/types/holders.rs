//! Who uses a file's pages, and why pages stay in memory.

use schemars::JsonSchema;
use serde::Serialize;

/// A process that maps a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct User {
    /// Its process ID.
    pub pid: u32,
    /// The name of its command, at most 15 bytes; bytes that are not UTF-8 are replaced.
    pub command: String,
    /// How many mappings of the file it has.
    pub mappings: u64,
    /// Their length in bytes, counting what is mapped twice twice.
    pub mapped: u64,
    /// Some mapping may be read.
    pub read: bool,
    /// Some mapping may be written.
    pub write: bool,
    /// Some mapping may be executed.
    pub execute: bool,
    /// Some mapping is shared, so that what it writes reaches the file.
    pub shared: bool,
}

/// The other processes that keep a file's pages in memory.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Holders {
    /// The processes that have pages of the file in their page tables.
    pub mapped_by: Vec<User>,
    /// Those of the processes that have locked a part of it in memory.
    pub locked_by: Vec<u32>,
    /// How many processes could not be looked at.
    pub unseen: u64,
    /// Whether there may be more processes, which are not even listed.
    pub hidden: bool,
}

impl Holders {
    /// Whether any process is known to keep pages.
    #[must_use]
    pub fn found_any(&self) -> bool {
        !self.mapped_by.is_empty() || !self.locked_by.is_empty()
    }

    /// Whether processes that could not be looked at may keep pages as well.
    #[must_use]
    pub const fn may_be_more(&self) -> bool {
        self.hidden || self.unseen > 0
    }
}

/// Why pages stay in memory.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Kept {
    /// How many pages stayed.
    pub pages: u64,
    /// They live in memory alone (tmpfs, shared memory regions): there is nowhere to evict them to.
    pub memory_only: bool,
    /// How many of them are dirty: changed again, after they were flushed. Absent where the file system does not tell.
    pub dirty: Option<u64>,
    /// How many of them are being written to the storage; some may be dirty again. Absent where the file system does
    /// not tell.
    pub writeback: Option<u64>,
    /// How many of them are still being read. Absent where the file system does not tell.
    pub in_flight: Option<u64>,
    /// The processes that keep them.
    #[serde(flatten)]
    pub holders: Holders,
}
