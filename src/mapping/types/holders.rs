//! The processes that map a file or keep its pages in memory, and why pages stay there.

use schemars::JsonSchema;
use serde::Serialize;

/// A process that maps the file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct User {
    /// The process ID.
    pub pid: u32,
    /// The name of the command, at most 15 bytes; bytes that are not UTF-8 are replaced.
    pub command: String,
    /// The number of its mappings of the file.
    pub mappings: u64,
    /// The total length of these mappings in bytes; parts that are mapped twice count twice.
    pub mapped: u64,
    /// Whether any of these mappings may be read.
    pub read: bool,
    /// Whether any of these mappings may be written.
    pub write: bool,
    /// Whether any of these mappings may be executed.
    pub execute: bool,
    /// Whether any of these mappings is shared; stores through it reach the file.
    pub shared: bool,
}

/// The other processes that keep pages of the file in memory.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Holders {
    /// The processes that have pages of the file in their page tables.
    pub mapped_by: Vec<User>,
    /// The IDs of the processes that have locked part of the file in memory.
    pub locked_by: Vec<u32>,
    /// The number of processes that could not be inspected.
    pub unseen: u64,
    /// Whether there may be more processes that are not listed.
    pub hidden: bool,
}

impl Holders {
    /// Whether any process is known to keep pages.
    #[must_use]
    pub fn found_any(&self) -> bool {
        !self.mapped_by.is_empty() || !self.locked_by.is_empty()
    }

    /// Whether processes that could not be inspected may keep pages too.
    #[must_use]
    pub const fn may_be_more(&self) -> bool {
        self.hidden || self.unseen > 0
    }
}

/// Why pages stayed in memory.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Kept {
    /// The number of pages that stayed.
    pub pages: u64,
    /// Whether the pages exist only in memory, as on tmpfs and in shared memory regions, and cannot be evicted.
    pub memory_only: bool,
    /// The number of these pages that are dirty (modified after they were flushed); null when unknown.
    pub dirty: Option<u64>,
    /// The number of these pages that are being written back, some of which may be dirty again; null when unknown.
    pub writeback: Option<u64>,
    /// The number of these pages that are still being read; null when unknown.
    pub in_flight: Option<u64>,
    /// The processes that keep them.
    #[serde(flatten)]
    pub holders: Holders,
}
