//! Observations from outside the program: the counters of a file, and of a mapping of a process.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use crate::support::{allocated, cache_range, huge_folios, marked, page_size, smaps, up_to_date};

/// The state of a file at one moment. All counts are for the range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seen {
    /// In memory and up to date (mincore).
    pub resident: u64,
    /// In the page cache (cachestat).
    pub cached: u64,
    /// Dirty or being written back (cachestat).
    pub dirty: u64,
    /// The size of the allocated blocks in bytes (stat).
    pub allocated: u64,
    /// Marked as recently used (kpageflags); only with `cold`.
    pub marked: u64,
    /// Huge folios (kpageflags); only with `collapse`.
    pub huge: u64,
}

/// Inspects the pages of a range of a file without marking them as used.
pub fn look(path: &Path, advice: &str, offset: u64, length: u64) -> Option<Seen> {
    let cache = cache_range(path, offset, length)?;
    let device = fs::metadata(path).is_ok_and(|file| file.rdev() != 0);
    Some(Seen {
        resident: up_to_date(path, offset, length),
        cached: cache.cached,
        dirty: cache.dirty + cache.writeback,
        allocated: if device { 0 } else { allocated(path) },
        marked: match advice {
            "cold" => marked(path, offset, length)?,
            _ => 0,
        },
        huge: match advice {
            "collapse" => huge_folios(path, offset, length)?,
            _ => 0,
        },
    })
}

/// The state of a mapping at one moment, in bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mapping {
    pub start: u64,
    pub length: u64,
    pub rss: u64,
    pub anonymous: u64,
    pub referenced: u64,
    pub huge: u64,
    pub locked: u64,
    pub flags: Vec<String>,
}

/// The mapping of a process that contains an address.
pub fn mapping(pid: u32, address: u64) -> Option<Mapping> {
    let found = smaps(pid)
        .into_iter()
        .find(|found| (found.line.start..found.line.end).contains(&address))?;
    let huge = ["AnonHugePages", "ShmemPmdMapped", "FilePmdMapped"];
    Some(Mapping {
        start: found.line.start,
        length: found.line.length(),
        rss: found.get("Rss"),
        anonymous: found.get("Anonymous"),
        referenced: found.get("Referenced"),
        huge: huge.iter().map(|name| found.get(name)).sum(),
        locked: found.get("Locked"),
        flags: found.flags,
    })
}

/// A range widened to whole pages, up to the end of the file.
pub fn widened((offset, length): (u64, u64)) -> (u64, u64) {
    let page = page_size();
    let start = offset / page * page;
    (start, (offset + length).div_ceil(page) * page - start)
}
