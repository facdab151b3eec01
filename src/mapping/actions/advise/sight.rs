//! A sight: the state of advised memory at one moment, as the kernel shows it. Nothing here compares sights.

use std::sync::LazyLock;

use schemars::JsonSchema;
use serde::Serialize;

use super::selection::Selected;
use crate::mapping::actions::selection::no_access;
use crate::mapping::error::Result;
use crate::mapping::measure::proc_maps::{self, MemoryUse};
use crate::mapping::measure::residency::{Method, Residency};
use crate::mapping::region::{Region, marks};
use crate::mapping::source::{Handle, Source};
use crate::mapping::sys;
use crate::mapping::types::{Advice, ByteLength, Counts, Marks, Process, SourceKind};

/// The state of the pages at one moment.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Sight {
    /// The residency of the pages: in the page cache for a file, in the mapping for anonymous memory.
    pub residency: Residency,
    /// The size of the blocks of the whole file, in bytes; null for block devices and anonymous memory.
    pub allocated: Option<ByteLength>,
    /// The memory in huge pages of all kinds, in bytes; null when the kernel does not report the memory of the mapping.
    pub huge: Option<ByteLength>,
    /// The memory of the whole system that the kernel no longer uses because of hardware errors, in bytes.
    #[serde(skip)]
    pub corrupted: Option<ByteLength>,
    /// The kernel's account of the mapping; null when it reports none.
    pub memory: Option<MemoryUse>,
    /// The accessed marks of the pages; absent unless the advice is `cold` and the marks may be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub marks: Option<Marks>,
}

impl Sight {
    /// The sight of a mapping of this process.
    pub(super) fn of_mapping(source: &Source, region: &Region, advice: Advice) -> Result<Self> {
        if matches!(advice, Advice::Cold | Advice::Free) {
            sys::drain_page_lists();
        }
        let memory = region.memory_use()?;
        let facts = source.handle().map(Handle::facts);
        let has_blocks = source.kind() != SourceKind::BlockDevice;
        Ok(Self {
            residency: region.picture(source, 1).total(),
            allocated: match facts {
                Some(facts) if has_blocks => Some(facts?.allocated),
                _ => None,
            },
            huge: memory.as_ref().map(MemoryUse::huge),
            corrupted: sys::corrupted_memory(),
            memory,
            marks: match advice {
                Advice::Cold => marks_of(source, region),
                _ => None,
            },
        })
    }

    /// The sight of mappings of another process. The residency is that of the mapped files in the page cache.
    pub(super) fn of_process(selected: &Selected, advice: Advice) -> Result<Self> {
        let process = Process::Id(selected.pid);
        let marks = match advice {
            Advice::Cold => marks::of_memory(process, &selected.ranges),
            _ => None,
        };
        let memory = proc_maps::memory_use_of(process, &selected.ranges)
            .map_err(|error| no_access(selected.pid, error))?;
        let counts = selected.counts().unwrap_or(Counts::unknown(0));
        Ok(Self {
            residency: Residency {
                page_size: sys::page_size().bytes(),
                counts,
                method: match (counts.cached, counts.resident) {
                    (Some(_), _) => Method::Cachestat,
                    (None, Some(_)) => Method::Mincore,
                    (None, None) => Method::Unknown,
                },
                unknown_reason: None,
                dirty_unknown_reason: None,
            },
            allocated: None,
            huge: Some(memory.huge()),
            corrupted: None,
            memory: Some(memory),
            marks,
        })
    }

    /// Whether the pages of files mapped by another process were counted.
    pub(super) fn counted_files(&self) -> bool {
        self.residency.counts.pages > 0
    }

    /// Adds the sight of another mapping of the source.
    pub(super) fn add(&mut self, other: Self) {
        let counts = self.residency.counts.plus(other.residency.counts);
        self.residency = Residency {
            counts,
            ..self.residency
        };
        self.huge = self.huge.zip(other.huge).map(|(a, b)| a.plus(b));
        self.marks = self.marks.zip(other.marks).map(|(a, b)| a.plus(b));
        self.memory = match (self.memory.take(), other.memory) {
            (Some(mine), Some(other)) => Some(mine.plus(other)),
            _ => None,
        };
    }

    /// The account of the mapping; an empty one where the kernel reports none.
    pub(super) fn account(&self) -> &MemoryUse {
        static NONE: LazyLock<MemoryUse> = LazyLock::new(MemoryUse::default);
        self.memory.as_ref().unwrap_or(&NONE)
    }

    pub(super) fn has_flag(&self, code: &str) -> bool {
        self.account().has_flag(code)
    }
}

/// The state of the selected mappings at one moment.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct RemoteSight {
    /// The number of pages of the mapped files in the page cache; null when the files cannot be opened.
    pub cached: Option<u64>,
    /// The memory in huge pages of all kinds, in bytes.
    pub huge: ByteLength,
    /// The kernel's account of the mappings.
    pub memory: MemoryUse,
    /// The accessed marks of the pages in the page tables of the process; absent unless the advice is `cold` and the
    /// marks may be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub marks: Option<Marks>,
}

impl From<Sight> for RemoteSight {
    fn from(sight: Sight) -> Self {
        Self {
            cached: sight.residency.counts.held(),
            huge: sight.huge.unwrap_or_default(),
            memory: sight.memory.unwrap_or_default(),
            marks: sight.marks,
        }
    }
}

/// The accessed marks of the pages that advice reaches. A private mapping reaches the pages in its page tables, which
/// may be its own copies.
fn marks_of(source: &Source, region: &Region) -> Option<Marks> {
    match source.handle() {
        Some(_) if region.visibility().is_shared() => marks::of_file(source, region.range()),
        _ => marks::of_memory(Process::Myself, &[region.addresses()]),
    }
}
