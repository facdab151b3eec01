//! What is known about the pages of one file: their folios, control groups and nodes, and two verdicts. The sentences
//! are in `report`.

use schemars::JsonSchema;
use serde::{Serialize, Serializer};

use super::json::text_schema;
use super::named::{Named, named};
use super::offset::ByteLength;
use super::privilege::Capability;

/// Why something about a file is unknown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Gap {
    /// The reason.
    pub reason: GapReason,
    /// The capabilities that this process lacks; empty for other reasons.
    pub needs: Vec<Capability>,
}

named! {
    /// The reasons why something about a file is unknown.
    pub enum GapReason {
        /// This process lacks a capability
        NotPermitted = "not_permitted",
        /// The kernel does not report it
        NotReported = "not_reported",
        /// It is unknown which pages of the file are in memory
        PagesUnknown = "pages_unknown",
        /// The processes of the system are not visible, or the file cannot be mapped to find them
        NoProcesses = "no_processes",
        /// Reading it failed
        Failed = "failed",
    }
}

impl Gap {
    /// Without these capabilities it stays unknown.
    #[must_use]
    pub const fn needs(needs: Vec<Capability>) -> Self {
        let reason = GapReason::NotPermitted;
        Self { reason, needs }
    }
}

impl From<GapReason> for Gap {
    fn from(reason: GapReason) -> Self {
        let needs = Vec::new();
        Self { reason, needs }
    }
}

text_schema!(Capability, { "type": "string" });

impl Serialize for Capability {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

/// Consecutive pages in the page tables of this process that belong to one folio.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FolioPart {
    /// The number of these pages.
    pub pages: u64,
    /// The number of pages of the whole folio.
    pub folio_pages: u64,
    /// Whether the first of these pages is the first page of the folio.
    pub begins: bool,
    /// The address of the first of these pages.
    pub address: u64,
    /// The inode of the control group that pays for the folio, or 0 if none does; `None` when unknown.
    pub group: Option<u64>,
}

/// The pages of a file in folios of one size. A folio is a block of pages that the kernel handles as one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct FolioSize {
    /// The size of one folio in bytes.
    pub size: ByteLength,
    /// The number of folios.
    pub folios: u64,
    /// The number of bytes of the file in these folios. The last folio may extend beyond the end of the file.
    pub bytes: ByteLength,
}

/// The memory that is charged to a control group for a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct GroupShare {
    /// The path of the group below the root of its hierarchy, beginning with `/`; bytes that are not UTF-8 are
    /// replaced. Null when the group is not visible, or the memory is not charged to any.
    pub path: Option<String>,
    /// The inode of the directory of the group; 0 for memory that is not charged to any group.
    pub inode: u64,
    /// The number of bytes.
    pub bytes: ByteLength,
}

/// The memory of a file on a NUMA node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct NodeShare {
    /// The number of the node.
    pub node: u32,
    /// The number of bytes.
    pub bytes: ByteLength,
}

/// The mount through which a file was opened (`proc_pid_mountinfo(5)`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mount {
    /// The mount point; bytes that are not UTF-8 are replaced.
    pub point: String,
    /// The type of the file system.
    pub file_system: String,
    /// What is mounted, such as a device.
    pub source: String,
    /// The options of the file system, separated by commas.
    pub options: String,
}

/// The block device of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct StorageDevice {
    /// The major number.
    pub major: u32,
    /// The minor number.
    pub minor: u32,
    /// The name of the block device; null for a file system without one.
    pub name: Option<String>,
    /// Whether the kernel treats the device as a rotating disk; null when unknown.
    pub rotational: Option<bool>,
}

named! {
    /// When the kernel uses huge pages for shared memory: a mount option of tmpfs, or the setting of the system.
    pub enum ShmemHuge {
        /// Never
        Never = "never",
        /// Whenever possible
        Always = "always",
        /// Where the huge page is within the size of the file
        WithinSize = "within_size",
        /// Where a mapping asks for it with madvise(2)
        Advise = "advise",
        /// Never, on any mount
        Deny = "deny",
        /// Whenever possible, on any mount
        Force = "force",
    }
}

impl ShmemHuge {
    /// The value with this name.
    #[must_use]
    pub(in crate::mapping) fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|value| value.name() == name)
    }
}

named! {
    /// What keeps pages of a file in memory when it is evicted.
    pub enum Keeper {
        /// No page is in memory
        NotCached = "not_cached",
        /// The pages exist only in memory
        MemoryOnly = "memory_only",
        /// Some pages are dirty; evicting writes them first
        Dirty = "dirty",
        /// Some pages are under writeback; evicting waits for it
        Writeback = "writeback",
        /// Some pages are being read; evicting waits for them
        InFlight = "in_flight",
        /// Processes have pages in their page tables
        Mapped = "mapped",
        /// Processes have locked pages
        Locked = "locked",
        /// Processes that cannot be inspected may map or lock pages
        Unseen = "unseen",
        /// The state of the pages is unknown
        Unknown = "unknown",
        /// Nothing: evicting would free every page
        Nothing = "nothing",
    }
}

named! {
    /// Whether the memory of a file is huge, or why it is not.
    pub enum Hugeness {
        /// Other processes map pages of it with huge pages
        MappedHuge = "mapped_huge",
        /// It is in folios of the size of a huge page
        HugeFolios = "huge_folios",
        /// It consists of huge pages (hugetlbfs)
        HugetlbFile = "hugetlbfs",
        /// The kernel has no transparent huge pages
        NoHugePages = "no_huge_pages",
        /// No page is in memory
        NotCached = "not_cached",
        /// It is smaller than a huge page
        Short = "short",
        /// The file system does not use large folios in this kernel
        FileSystem = "file_system",
        /// All folios are single pages: the file system may not use large folios, or the file was read or written in small pieces
        SinglePages = "single_pages",
        /// Folios are smaller than a huge page, because the file was read or written in small pieces
        SmallPieces = "small_pieces",
        /// The file system in memory does not use huge pages: its option `huge`, or the setting of the system
        ShmemSetting = "shmem_setting",
        /// No mapping advises the kernel to use huge pages
        NotAdvised = "not_advised",
        /// A mapping advises against huge pages
        AdvisedAgainst = "advised_against",
        /// No mapping is aligned so that it can contain a huge page
        Unaligned = "unaligned",
        /// No other process has the pages in its page tables
        NotMapped = "not_mapped",
        /// Processes map the folios page by page
        PageByPage = "page_by_page",
        /// The sizes of the folios are unknown
        Unknown = "unknown",
    }
}
