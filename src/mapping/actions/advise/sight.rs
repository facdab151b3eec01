//! What is seen at one moment of the memory that an advice is given on.

use std::sync::LazyLock;

use schemars::JsonSchema;
use serde::Serialize;

use super::selection::{Selected, may_not_look};
use crate::mapping::error::Result;
use crate::mapping::measure::proc_maps::{self, MemoryUse};
use crate::mapping::measure::residency::{Method, Residency};
use crate::mapping::region::{Region, marks};
use crate::mapping::source::{Handle, Source};
use crate::mapping::sys;
use crate::mapping::types::{Advice, ByteLength, Counts, Marks, Process, SourceKind};

/// What is seen at one moment.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Sight {
    /// The pages: in the page cache for a file, in the mapping for anonymous memory.
    pub residency: Residency,
    /// The bytes of the blocks that the file has; absent for what has none.
    pub allocated: Option<ByteLength>,
    /// Memory behind huge pages, of any sort, in bytes; absent where the kernel keeps no account.
    pub huge: Option<ByteLength>,
    /// Memory that the kernel has retired as broken, in the whole system, in bytes.
    #[serde(skip)]
    pub corrupted: Option<ByteLength>,
    /// The kernel's account of the mapping, where it keeps one.
    pub memory: Option<MemoryUse>,
    /// With `cold`: the marks of use on the pages; absent where they may not be seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub marks: Option<Marks>,
}

impl Sight {
    /// What is seen of a mapping of this process.
    pub(super) fn of_mapping(source: &Source, region: &Region, advice: Advice) -> Result<Self> {
        if matches!(advice, Advice::Cold | Advice::Free) {
            sys::drain_page_lists();
        }
        let memory = proc_maps::own_memory_use(region.addresses())?;
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

    /// What is seen of mappings of another process: of the page cache, what belongs to the files behind them.
    pub(super) fn of_process(selected: &Selected, advice: Advice) -> Result<Self> {
        let process = Process::Id(selected.pid);
        let marks = match advice {
            Advice::Cold => marks::of_memory(process, &selected.ranges),
            _ => None,
        };
        let memory = proc_maps::memory_use_of(process, &selected.ranges)
            .map_err(|error| may_not_look(selected.pid, error))?;
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

    /// Whether there are files behind the mappings of another process whose pages could be counted.
    pub(super) fn counted_files(&self) -> bool {
        self.residency.counts.pages > 0
    }

    /// Adds what is seen of another mapping of the source.
    pub(super) fn add(&mut self, other: Self) {
        let counts = self.residency.counts.plus(other.residency.counts);
        self.residency = Residency {
            counts,
            ..self.residency
        };
        self.huge = self
            .huge
            .zip(other.huge)
            .map(|(a, b)| ByteLength(a.0.saturating_add(b.0)));
        self.marks = self.marks.zip(other.marks).map(|(a, b)| a.plus(b));
        self.memory = match (self.memory.take(), other.memory) {
            (Some(mine), Some(other)) => Some(mine.plus(other)),
            _ => None,
        };
    }

    /// The account; an empty one where the kernel keeps none.
    pub(super) fn account(&self) -> &MemoryUse {
        static NONE: LazyLock<MemoryUse> = LazyLock::new(MemoryUse::default);
        self.memory.as_ref().unwrap_or(&NONE)
    }

    pub(super) fn has_flag(&self, code: &str) -> bool {
        self.account().has_flag(code)
    }
}

/// What was seen of the selected mappings at one moment.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct RemoteSight {
    /// How many pages of the files behind them are in the page cache; absent where those cannot be opened.
    pub cached: Option<u64>,
    /// Memory behind huge pages, of any sort, in bytes.
    pub huge: ByteLength,
    /// The process's own account of them.
    pub memory: MemoryUse,
    /// With `cold`: the marks of use on the pages that it has in its page tables; absent where they may not be
    /// seen.
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

/// The marks on the pages that an advice reaches: through a private mapping those that it has in its page tables,
/// which may be copies of its own.
fn marks_of(source: &Source, region: &Region) -> Option<Marks> {
    match source.handle() {
        Some(_) if region.visibility().is_shared() => marks::of_file(source, region.range()),
        _ => marks::of_memory(Process::Myself, &[region.addresses()]),
    }
}
