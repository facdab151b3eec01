//! Counts of pages, and why one is unknown.

use std::borrow::Cow;

use super::json::words_schema;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Serialize, Serializer};

/// What is known of the pages of a range. A count that the method cannot give is `None`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Counts {
    /// Pages in the range, in memory or not.
    pub pages: u64,
    /// Pages that are in memory and up to date.
    pub resident: Option<u64>,
    /// Pages in the page cache, up to date or not: also those that are still being read, whose read failed, or that
    /// were reserved and never filled.
    pub cached: Option<u64>,
    /// Cached pages whose contents differ from the storage. Always 0 on tmpfs.
    pub dirty: Option<u64>,
    /// Cached pages being written to the storage now.
    pub writeback: Option<u64>,
    /// Pages that were resident, were evicted, and are remembered; in swap, on tmpfs.
    pub evicted: Option<u64>,
    /// Those of the evicted pages that were evicted so recently that the system wants for memory.
    pub recently_evicted: Option<u64>,
}

impl Counts {
    /// That many pages, of which nothing is known.
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

    /// That many pages, of which only the presence is known. A page that is absent is neither dirty nor
    /// being written.
    pub(in crate::mapping) const fn present(pages: u64, resident: u64) -> Self {
        let none = if resident == 0 { Some(0) } else { None };
        Self {
            resident: Some(resident),
            dirty: none,
            writeback: none,
            ..Self::unknown(pages)
        }
    }

    /// That many pages and all counts zero: the beginning of a sum.
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

    /// The counts of two ranges together; what is unknown of one is unknown of both.
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

    /// Pages that take memory, up to date or not, as far as that is known: where the page cache itself cannot be asked,
    /// the resident ones.
    #[must_use]
    pub fn held(&self) -> Option<u64> {
        self.cached.or(self.resident)
    }

    /// Cached pages that are not up to date: still being read, not readable, or never filled.
    #[must_use]
    pub fn not_up_to_date(&self) -> Option<u64> {
        Some(self.cached?.saturating_sub(self.resident?))
    }

    /// Whether every count is known and zero.
    pub(in crate::mapping) fn are_zero(&self) -> bool {
        [self.cached, self.dirty, self.writeback, self.evicted] == [Some(0); 4]
    }

    /// The share of the pages that are resident, from 0 to 1; `None` where it is unknown, or where there
    /// are no pages to have a share of.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "a share, not a count")]
    pub fn resident_share(&self) -> Option<f64> {
        let resident = self.resident?;
        (self.pages > 0).then(|| resident as f64 / self.pages as f64)
    }
}

/// Why nothing is known of a range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnknownReason {
    /// The kernel tells only the owner of the file, and those who may write it; mincore, asked by others,
    /// says that all is resident.
    NotPermitted,
    /// The descriptor cannot be mapped, which mincore needs: it was opened for writing only.
    NotMappable,
    /// The file is made of huge pages, which are not in the page cache (`hugetlbfs`).
    HugePages,
    /// The file system answers to mincore alone, and the range is too long to ask it page by page.
    TooLong,
    /// The pages are those of another file system's file, which this one passes on without saying which of them are
    /// dirty (`overlayfs`).
    Stacked,
    /// This kernel, or this platform, has no call that would tell.
    Unsupported,
    /// The operating system refused with this error number.
    Failed(i32),
}

impl UnknownReason {
    /// The word that stands for it in JSON.
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

    /// The reason in words, as what follows "unknown:".
    #[must_use]
    pub fn text(self) -> String {
        match self {
            Self::NotPermitted => {
                "the kernel tells only the owner of the file, or who may write it".to_owned()
            }
            Self::NotMappable => "the descriptor is open for writing only".to_owned(),
            Self::HugePages => "huge pages are not in the page cache".to_owned(),
            Self::TooLong => {
                "this file system can only be asked page by page, and the range is too long for it"
                    .to_owned()
            }
            Self::Stacked => "the pages belong to a file on the file system below".to_owned(),
            Self::Unsupported => "this system has no call that tells".to_owned(),
            Self::Failed(error) => std::io::Error::from_raw_os_error(error).to_string(),
        }
    }
}

impl UnknownReason {
    /// Every reason, with what it means; the number of the error is not in it.
    const WORDS: [(Self, &'static str); 7] = [
        (
            Self::NotPermitted,
            "Only the owner of the file, or who may write it, may know",
        ),
        (Self::NotMappable, "The descriptor is open for writing only"),
        (
            Self::HugePages,
            "The file is made of huge pages, which are not in the page cache",
        ),
        (
            Self::TooLong,
            "The file system can only be asked page by page, and the range is too long for that",
        ),
        (
            Self::Stacked,
            "The pages belong to a file of another file system, as on overlayfs",
        ),
        (Self::Unsupported, "The system has no call that tells"),
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

/// Why a call to the operating system gave no count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(dead_code, reason = "no system answers with every one")]
pub enum CountRefusal {
    /// The system does not have the call.
    NoSuchCall,
    /// The caller may not know.
    NotPermitted,
    /// The descriptor cannot be mapped.
    NotMappable,
    /// The file is made of huge pages.
    HugePages,
    /// Any other error number.
    Failed(i32),
}
