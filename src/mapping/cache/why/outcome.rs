//! The memory bill of a file, as plain data.

use schemars::JsonSchema;
use serde::Serialize;

use crate::mapping::measure::mappers::Mapper;
use crate::mapping::measure::openers::OpenedBy;
use crate::mapping::measure::residency::Residency;
use crate::mapping::types::{
    ByteLength, FolioSize, Gap, GroupShare, Hugeness, Keeper, NodeShare, ShmemHuge, StorageDevice,
};

/// The memory that a file takes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Bill {
    /// The size of the file in bytes.
    pub size: ByteLength,
    /// The size of the allocated blocks in bytes; null for a block device.
    pub allocated: Option<ByteLength>,
    /// The number of bytes in holes, which include the unwritten extents where `unwritten` is null; null when unknown.
    pub holes: Option<ByteLength>,
    /// The number of bytes in unwritten extents: blocks that are allocated but were never written, and read as zeros; null
    /// when unknown.
    pub unwritten: Option<ByteLength>,
    /// The pages of the file in the page cache.
    pub residency: Residency,
    /// The number of bytes in pages that are cached but not up to date: still being read, not readable, or never filled.
    /// Null when unknown.
    pub in_flight: Option<ByteLength>,
    /// The sizes of the folios of the resident pages, smallest first; null when unknown. A folio is a block of pages that
    /// the kernel handles as one.
    pub folios: Option<Vec<FolioSize>>,
    /// Why `folios` is unknown; absent when it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub folios_unknown: Option<Gap>,
    /// The control groups to which the resident pages are charged, the largest share first; null when unknown.
    pub cgroups: Option<Vec<GroupShare>>,
    /// Why `cgroups` is unknown; absent when it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cgroups_unknown: Option<Gap>,
    /// The NUMA nodes with resident pages; null when unknown.
    pub nodes: Option<Vec<NodeShare>>,
    /// Why `nodes` is unknown; absent when it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nodes_unknown: Option<Gap>,
    /// The other processes that map the file, by process ID; null when unknown.
    pub mapped_by: Option<Vec<Mapper>>,
    /// Why `mapped_by` is unknown; absent when it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mapped_by_unknown: Option<Gap>,
    /// The other processes that have the file open, by process ID; null when unknown.
    pub opened_by: Option<Vec<OpenedBy>>,
    /// Why `opened_by` is unknown; absent when it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub opened_by_unknown: Option<Gap>,
    /// The number of processes that could not be inspected; they may map the file or have it open.
    pub processes_unseen: u64,
    /// Whether there may be more processes, which are not listed (hidepid, or a PID namespace as in a container).
    pub processes_hidden: bool,
    /// Where the file is.
    #[serde(flatten)]
    pub storage: Storage,
    /// The size of a transparent huge page in bytes; null without them.
    pub huge_page_size: Option<ByteLength>,
    /// When the kernel uses huge pages for this file; null for a file that is not on tmpfs.
    pub shmem_huge: Option<ShmemHuge>,
    /// What keeps pages of the file in memory.
    pub kept_by: Vec<Keeper>,
    /// Whether its memory is huge, or why it is not.
    pub huge: Vec<Hugeness>,
}

/// Where a file is stored.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Storage {
    /// The device that holds the file, or the block device itself; null when unknown.
    pub device: Option<StorageDevice>,
    /// The type of the file system; null for a block device or an internal file of the kernel, such as a memfd.
    pub file_system: Option<String>,
    /// The type of the file system of the file to which the pages belong, where that is another file, as on overlayfs;
    /// null otherwise.
    pub pages_on: Option<String>,
    /// The mount point; null like `file_system`.
    pub mount_point: Option<String>,
    /// The number of bytes that the kernel reads ahead; null when unknown.
    pub read_ahead: Option<ByteLength>,
}

impl Bill {
    /// The sum of a number of each process that maps the file; unknown numbers count as 0.
    #[must_use]
    pub fn mapped(&self, part: impl Fn(&Mapper) -> Option<ByteLength>) -> ByteLength {
        self.mappers().iter().filter_map(part).sum()
    }

    /// The known processes that map the file.
    #[must_use]
    pub fn mappers(&self) -> &[Mapper] {
        self.mapped_by.as_deref().unwrap_or_default()
    }

    /// The number of bytes in folios of at least this size.
    #[must_use]
    pub fn in_folios_from(&self, size: ByteLength) -> ByteLength {
        let folios = self.folios.iter().flatten();
        let large = folios.filter(|folio| folio.size >= size);
        large.map(|folio| folio.bytes).sum()
    }
}
