//! Counts of pages, and the reasons why a count is unknown.

use std::borrow::Cow;

use super::json::words_schema;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Serialize, Serializer};

/// The pages of a range. A count is null when it is unknown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Counts {
    /// The number of pages in the range, whether in memory or not.
    pub pages: u64,
    /// The number of pages that are in memory and up to date; null when unknown.
    pub resident: Option<u64>,
    /// The number of pages in the page cache, up to date or not; null when unknown. This includes pages
    /// that are still being read, that could not be read, or that were reserved and never filled.
    pub cached: Option<u64>,
    /// The number of cached pages that were modified and are not yet written back; null when unknown. On tmpfs it is 0.
    pub dirty: Option<u64>,
    /// The number of cached pages that are being written back; null when unknown.
    pub writeback: Option<u64>,
    /// The number of pages that left the page cache and that the kernel still remembers; null when unknown. On tmpfs
    /// these pages are in swap space.
    pub evicted: Option<u64>,
    /// The number of pages evicted so recently that reading them again indicates memory pressure; null when unknown.
    pub recently_evicted: Option<u64>,
}

impl Counts {
    /// Counts for `pages` pages whose state is unknown.
    pub(in crate::mapping) const fn unknown(pages: u64) -> Self {
        Self {
            pages,
            resident: None,
            cached: None,
            dirty: None,
            writeback: None,
            evicted: None,
            recently_evicted: None,
        }
    }

    /// Counts for `pages` pages when only the number of resident ones is known. When no page is resident, none is dirty
    /// or under writeback.
    pub(in crate::mapping) const fn present(pages: u64, resident: u64) -> Self {
        let none = if resident == 0 { Some(0) } else { None };
        Self {
            resident: Some(resident),
            dirty: none,
            writeback: none,
            ..Self::unknown(pages)
        }
    }

    /// No pages, and every count zero: the start value of a sum.
    pub(in crate::mapping) const fn zero() -> Self {
        Self {
            pages: 0,
            resident: Some(0),
            cached: Some(0),
            dirty: Some(0),
            writeback: Some(0),
            evicted: Some(0),
            recently_evicted: Some(0),
        }
    }

    /// The sum of the counts of two ranges. A count that is unknown for one range is unknown for the sum.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        let add = |a: Option<u64>, b: Option<u64>| Some(a?.saturating_add(b?));
        Self {
            pages: self.pages.saturating_add(other.pages),
            resident: add(self.resident, other.resident),
            cached: add(self.cached, other.cached),
            dirty: add(self.dirty, other.dirty),
            writeback: add(self.writeback, other.writeback),
            evicted: add(self.evicted, other.evicted),
            recently_evicted: add(self.recently_evicted, other.recently_evicted),
        }
    }

    /// The number of pages that take memory, up to date or not. Where the number of cached pages is unknown, it is the
    /// number of resident ones.
    #[must_use]
    pub fn held(&self) -> Option<u64> {
        self.cached.or(self.resident)
    }

    /// The number of cached pages that are not up to date: still being read, not readable, or never filled.
    #[must_use]
    pub fn not_up_to_date(&self) -> Option<u64> {
        Some(self.cached?.saturating_sub(self.resident?))
    }

    /// Whether the counts of cached, dirty, written and evicted pages are all known and zero.
    pub(in crate::mapping) fn are_zero(&self) -> bool {
        [self.cached, self.dirty, self.writeback, self.evicted] == [Some(0); 4]
    }
}

/// Why the pages of a range are unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnknownReason {
    /// Only the file's owner and users who may write it may see its pages. For other users `mincore(2)` reports every
    /// page as resident.
    NotPermitted,
    /// The descriptor is open for writing only. It cannot be mapped, which `mincore(2)` needs.
    NotMappable,
    /// The file consists of huge pages, which are not in the page cache (`hugetlbfs`).
    HugePages,
    /// The file system supports only `mincore(2)`, which inspects every page, and the range is too long for that.
    TooLong,
    /// The pages belong to a file on another file system, and this file system does not report which of them are
    /// dirty (`overlayfs`).
    Stacked,
    /// This kernel, or this platform, has no call that reports it.
    Unsupported,
    /// The call failed with this error number.
    Failed(i32),
}

impl UnknownReason {
    /// Its name in JSON.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::NotPermitted => "not_permitted",
            Self::NotMappable => "not_mappable",
            Self::HugePages => "huge_pages",
            Self::TooLong => "too_long",
            Self::Stacked => "stacked",
            Self::Unsupported => "unsupported",
            Self::Failed(_) => "failed",
        }
    }

    /// The reason as text, to follow "unknown:".
    #[must_use]
    pub fn text(self) -> String {
        match self {
            Self::NotPermitted => "only the file's owner or a writer may see this".to_owned(),
            Self::NotMappable => "the descriptor is open for writing only".to_owned(),
            Self::HugePages => "huge pages are not in the page cache".to_owned(),
            Self::TooLong => {
                "the range is too long for this file system, which reports single pages only"
                    .to_owned()
            }
            Self::Stacked => "the pages belong to a file on the underlying file system".to_owned(),
            Self::Unsupported => "this system has no call that reports it".to_owned(),
            Self::Failed(error) => std::io::Error::from_raw_os_error(error).to_string(),
        }
    }
}

impl UnknownReason {
    /// Every reason with its meaning, for the JSON Schema. The error number is not part of it.
    const WORDS: [(Self, &'static str); 7] = [
        (
            Self::NotPermitted,
            "Only the file's owner and users who may write it may see its pages",
        ),
        (Self::NotMappable, "The descriptor is open for writing only"),
        (
            Self::HugePages,
            "The file consists of huge pages, which are not in the page cache",
        ),
        (
            Self::TooLong,
            "The range is too long for this file system, which reports single pages only",
        ),
        (
            Self::Stacked,
            "The pages belong to a file on another file system, as on overlayfs",
        ),
        (Self::Unsupported, "The system has no call that reports it"),
        (Self::Failed(0), "The call failed"),
    ];
}

impl JsonSchema for UnknownReason {
    fn schema_name() -> Cow<'static, str> {
        "UnknownReason".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        words_schema(
            Self::WORDS
                .iter()
                .map(|(reason, about)| (reason.code(), *about)),
        )
    }
}

impl Serialize for UnknownReason {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

impl From<CountRefusal> for UnknownReason {
    fn from(refusal: CountRefusal) -> Self {
        match refusal {
            CountRefusal::NoSuchCall => Self::Unsupported,
            CountRefusal::NotPermitted => Self::NotPermitted,
            CountRefusal::NotMappable => Self::NotMappable,
            CountRefusal::HugePages => Self::HugePages,
            CountRefusal::Failed(error) => Self::Failed(error),
        }
    }
}

/// Why a system call gave no count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(dead_code, reason = "no system returns every one")]
pub enum CountRefusal {
    /// The system does not have the call.
    NoSuchCall,
    /// The caller may not see the pages.
    NotPermitted,
    /// The descriptor cannot be mapped.
    NotMappable,
    /// The file consists of huge pages.
    HugePages,
    /// Any other error number.
    Failed(i32),
}
