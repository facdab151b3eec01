//! Where a file has data and where it has holes, so that holes are not read: reading one fills the page cache with
//! zeros, or takes memory for good on tmpfs.

use super::handle::{Handle, OpenFile};
use super::opened::Source;
use crate::mapping::measure::residency;
use crate::mapping::sys;
use crate::mapping::types::{ByteLength, Counts, PageSize, SourceOffset, SourceRange};

/// The parts of a range that hold data, in order (`lseek(2)`, SEEK_DATA). Where the file system cannot tell,
/// everything is data.
#[derive(Debug)]
pub(in crate::mapping) struct DataRuns<'a> {
    file: Option<&'a OpenFile>,
    at: u64,
    end: u64,
    holes: u64,
}

impl<'a> DataRuns<'a> {
    /// The longest run: what is known of a longer one is asked again.
    const LONGEST: u64 = 1 << 36;

    /// Those of a range of a file; none is known to have holes unless there is one.
    pub(in crate::mapping) fn new(file: Option<&'a OpenFile>, range: SourceRange) -> Self {
        Self {
            file,
            at: range.offset().0,
            end: range.end().0,
            holes: 0,
        }
    }

    /// Those of a range of a source.
    pub(in crate::mapping) fn of_source(source: &'a Source, range: SourceRange) -> Self {
        Self::new(source.handle().and_then(Handle::probe), range)
    }

    /// The bytes of the holes passed so far.
    pub(in crate::mapping) fn holes(&self) -> ByteLength {
        ByteLength(self.holes)
    }

    /// Where the next run begins and ends.
    fn bounds(&self) -> (u64, u64) {
        let found = self.file.map(|file| next_run(file, self.at, self.end));
        found.flatten().unwrap_or((self.at, self.end))
    }
}

impl Iterator for DataRuns<'_> {
    type Item = SourceRange;

    fn next(&mut self) -> Option<SourceRange> {
        if self.at >= self.end {
            return None;
        }
        let (start, stop) = self.bounds();
        let hole = start.saturating_sub(self.at);
        self.holes = self.holes.saturating_add(hole);
        let stop = stop.min(start.saturating_add(Self::LONGEST));
        self.at = stop;
        let length = ByteLength(stop.saturating_sub(start));
        SourceRange::new(SourceOffset(start), length).filter(|run| !run.is_empty())
    }
}

/// Where the next data of a file between two offsets begins and ends (`lseek(2)`); both at the second where only a hole
/// lies between them. `None` where the file system cannot tell.
pub(in crate::mapping) fn next_run(file: &OpenFile, at: u64, end: u64) -> Option<(u64, u64)> {
    let start = sys::next_data(file, at).ok()?;
    let Some(start) = start.filter(|start| *start < end) else {
        return Some((end, end));
    };
    let stop = sys::next_hole(file, start).ok().flatten();
    // A hole that has appeared just here meanwhile must not stop us.
    let stop = stop.filter(|stop| *stop > start);
    Some((start, stop.unwrap_or(end).min(end)))
}

/// The number of bytes of a range of a file that lie in holes. `None` where the file system cannot tell.
pub(super) fn hole_bytes(file: &OpenFile, range: SourceRange) -> Option<ByteLength> {
    let (mut at, end) = (range.offset().0, range.end().0);
    let mut holes = 0_u64;
    while at < end {
        let (start, stop) = next_run(file, at, end)?;
        holes = holes.saturating_add(start.saturating_sub(at));
        at = stop;
    }
    Some(ByteLength(holes))
}

/// How many pages of data of a range are missing among those that `present` counts, where the kernel tells.
pub(in crate::mapping) fn missing_pages(
    source: &Source,
    range: SourceRange,
    page: PageSize,
    present: impl Fn(&Counts) -> Option<u64>,
) -> Option<u64> {
    let file = source.handle()?.file();
    DataRuns::of_source(source, range).try_fold(0_u64, |missing, run| {
        let counts = residency::of_file(file, run, page).counts;
        let absent = counts.pages.saturating_sub(present(&counts)?);
        Some(missing.saturating_add(absent))
    })
}
