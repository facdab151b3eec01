//! Page frames, control groups and nodes, which only Linux shows.

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;

use crate::mapping::sys::error::unsupported;
use crate::mapping::types::{AddressRange, CountRefusal, FolioPart, Gap, GapReason};

/// Page frames are not shown.
#[derive(Debug)]
pub(in crate::mapping) struct Frames;

impl Frames {
    /// There are no such files.
    pub(in crate::mapping) fn open() -> Result<Self, Gap> {
        Err(GapReason::NotReported.into())
    }

    /// Control groups are unknown.
    pub(in crate::mapping) fn groups_gap(&self) -> Option<&Gap> {
        None
    }

    /// There is no such file.
    pub(in crate::mapping) fn visit(
        &self,
        _memory: AddressRange,
        _visit: impl FnMut(FolioPart),
    ) -> Result<(), CountRefusal> {
        Err(CountRefusal::NoSuchCall)
    }
}

/// There are no control groups.
pub(in crate::mapping) fn group_paths(_inodes: &[u64]) -> BTreeMap<u64, PathBuf> {
    BTreeMap::new()
}

/// Nodes are not listed.
pub(in crate::mapping) fn memory_nodes() -> Result<Vec<u32>, Gap> {
    Err(GapReason::NotReported.into())
}

/// The nodes of pages are not shown.
pub(in crate::mapping) fn nodes_of(_addresses: &[u64]) -> io::Result<Vec<Option<u32>>> {
    Err(unsupported())
}
