//! The result of verifying files.

use schemars::JsonSchema;
use serde::Serialize;

use super::differences::Difference;
use crate::mapping::cache::walk::Tally;
use crate::mapping::types::named::named;
use crate::mapping::types::{ByteLength, Holders, Named, UnknownReason};

/// How much of files is the same in memory and on the storage.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct VerifiedSum {
    /// The number of files.
    pub files: u64,
    /// The size of the files, in bytes.
    pub size: ByteLength,
    /// The amount that was compared, in bytes.
    pub compared: ByteLength,
    /// The part of it that is the same in memory and on the storage, in bytes.
    pub equal: ByteLength,
    /// The part of it that is in pages that differ, in bytes.
    pub different: ByteLength,
    /// The number of files with pages that differ.
    pub different_files: u64,
    /// The part of `different` that was dropped and is the same since, in bytes. Only --evict heals.
    pub healed: ByteLength,
    /// The amount that was not compared because it is dirty, being read or written, or was changed meanwhile, in bytes.
    pub left_out: ByteLength,
    /// The cached amount that cannot be compared, in bytes. That of files whose pages may not be seen is unknown and
    /// does not count.
    pub unknown: ByteLength,
    /// The number of files with pages that cannot be compared.
    pub unknown_files: u64,
}

impl VerifiedSum {
    fn add(&mut self, other: &Self) {
        *self = Self {
            files: self.files.saturating_add(other.files),
            size: self.size.plus(other.size),
            compared: self.compared.plus(other.compared),
            equal: self.equal.plus(other.equal),
            different: self.different.plus(other.different),
            different_files: self.different_files.saturating_add(other.different_files),
            healed: self.healed.plus(other.healed),
            left_out: self.left_out.plus(other.left_out),
            unknown: self.unknown.plus(other.unknown),
            unknown_files: self.unknown_files.saturating_add(other.unknown_files),
        };
    }
}

/// The result of verifying files; for one file also the differences.
#[derive(Clone, Debug, Default, Serialize, JsonSchema)]
pub struct Verified {
    /// The amounts.
    #[serde(flatten)]
    pub sum: VerifiedSum,
    /// Why pages cannot be compared; absent if all can be. In a sum, the first reason.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unknown_reason: Option<Incomparable>,
    /// The number of differences, listed or not. Only in the object of a file with differences.
    #[serde(skip_serializing_if = "is_zero")]
    pub difference_count: u64,
    /// The differences; without --all the first 16. Only in the object of a file with differences.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub differences: Vec<Difference>,
    /// What still differs after --evict; absent when nothing does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub still: Option<Still>,
}

#[allow(
    clippy::trivially_copy_pass_by_ref,
    reason = "the form that serde demands"
)]
fn is_zero(count: &u64) -> bool {
    *count == 0
}

impl Tally for Verified {
    fn add(&mut self, other: &Self) {
        self.sum.add(&other.sum);
        self.unknown_reason = self.unknown_reason.or(other.unknown_reason);
        self.difference_count = 0;
        self.differences = Vec::new();
        self.still = None;
    }

    fn is_notable(&self) -> bool {
        self.difference_count > 0
    }
}

/// What still differs after the pages were dropped.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Still {
    /// The amount that could not be dropped and stayed in memory, in bytes.
    pub kept: ByteLength,
    /// The processes that keep it there.
    #[serde(flatten)]
    pub holders: Holders,
    /// The amount that was read again and differs again, in bytes: the storage does not answer twice with the same.
    pub differs_again: ByteLength,
}

named! {
    /// Why pages cannot be compared.
    pub enum Incomparable {
        /// Only the file's owner or a writer may see which of its pages are in memory
        NotPermitted = "not_permitted",
        /// The pages exist only in memory
        MemoryOnly = "memory_only",
        /// The pages belong to a file on another file system (overlayfs)
        Stacked = "stacked",
        /// The kernel does not report which pages are dirty
        DirtyUnknown = "dirty_unknown",
        /// The file system has no direct reads
        NoDirectReads = "no_direct_reads",
        /// Direct reads are not answered by the storage
        NotFromStorage = "not_from_storage",
        /// The kernel does not report whether the storage answered
        NotAccounted = "not_accounted",
        /// The storage could not be read
        Unreadable = "unreadable",
        /// The pages in memory cannot be seen
        NotVisible = "not_visible",
    }
}

impl From<UnknownReason> for Incomparable {
    fn from(reason: UnknownReason) -> Self {
        match reason {
            UnknownReason::NotPermitted => Self::NotPermitted,
            UnknownReason::HugePages => Self::MemoryOnly,
            UnknownReason::Stacked => Self::Stacked,
            UnknownReason::NotMappable
            | UnknownReason::TooLong
            | UnknownReason::Unsupported
            | UnknownReason::Failed(_) => Self::NotVisible,
        }
    }
}
