//! The runs of data and the holes of a file (`lseek(2)`, SEEK_DATA and SEEK_HOLE).
//!
//! Reading a hole fills the page cache with zeros, and allocates memory permanently on tmpfs. `DataRuns` therefore
//! finds the holes, and all code that reads a range skips them. Nothing here reads or changes the bytes.

use super::handle::{Handle, OpenFile};
use super::opened::Source;
use crate::mapping::measure::residency::Residency;
use crate::mapping::sys;
use crate::mapping::types::{ByteLength, Counts, PageSize, SourceOffset, SourceRange};

/// The parts of a range that hold data, in order. If the file system does not report holes, all of it is data.
#[derive(Debug)]
pub(in crate::mapping) struct DataRuns<'a> {
    /// The file, while its file system reports holes.
    file: Option<&'a OpenFile>,
    rest: SourceRange,
    holes: ByteLength,
}

impl<'a> DataRuns<'a> {
    /// The maximum length of a run. Longer runs of data are returned in parts.
    const LONGEST: ByteLength = ByteLength(1 << 36);

    /// The runs of a range of a file. Without a file, the range has no holes.
    pub(in crate::mapping) fn new(file: Option<&'a OpenFile>, range: SourceRange) -> Self {
        Self {
            file,
            rest: range,
            holes: ByteLength::ZERO,
        }
    }

    /// The runs of a range of a source.
    pub(in crate::mapping) fn of_source(source: &'a Source, range: SourceRange) -> Self {
        Self::new(source.handle().and_then(Handle::probe), range)
    }

    /// The number of bytes in the holes skipped so far.
    pub(in crate::mapping) fn holes(&self) -> ByteLength {
        self.holes
    }

    /// The number of bytes in holes of the whole range; `None` if the file system does not report holes.
    pub(in crate::mapping) fn all_holes(mut self) -> Option<ByteLength> {
        while self.file.is_some() && self.next().is_some() {}
        self.file.map(|_| self.holes)
    }

    /// The number of bytes in holes of the whole range, without those in unwritten extents, which SEEK_HOLE reports as
    /// holes; `None` if the file system does not report holes. The number of bytes in unwritten extents is unknown if it
    /// does not report extents: then the holes include them.
    pub(in crate::mapping) fn gaps(mut self) -> Option<(ByteLength, Option<ByteLength>)> {
        let mut unwritten = Some(ByteLength::ZERO);
        while let Some(file) = self.file
            && !self.rest.is_empty()
        {
            let (start, before) = (self.rest, self.holes);
            let _ = self.next();
            let hole = start.clamp_to(ByteLength(
                start.offset().0.saturating_add(self.holes.minus(before).0),
            ));
            if !hole.is_empty() {
                let inside = sys::extent_bytes(file, hole)
                    .ok()
                    .map(|bytes| bytes.unwritten);
                unwritten = unwritten.zip(inside).map(|(sum, more)| sum.plus(more));
            }
        }
        let holes = self.file.map(|_| self.holes)?;
        Some((holes.minus(unwritten.unwrap_or_default()), unwritten))
    }

    /// The next run; empty, at the end of the range, if only a hole is left.
    fn find(&mut self) -> SourceRange {
        let (at, end) = (self.rest.offset(), self.rest.end());
        let Some(file) = self.file else {
            return self.rest;
        };
        let Ok(start) = sys::next_data(file, at.0) else {
            self.file = None;
            return self.rest;
        };
        let start = start.map_or(end, SourceOffset).min(end);
        let run = self.rest.starting_at(start);
        if run.is_empty() {
            return run;
        }
        let stop = sys::next_hole(file, start.0).ok().flatten();
        // Continue even if another process has just punched a hole here.
        let stop = stop.map(SourceOffset).filter(|stop| *stop > start);
        run.clamp_to(ByteLength(stop.unwrap_or(end).0))
    }
}

impl Iterator for DataRuns<'_> {
    type Item = SourceRange;

    fn next(&mut self) -> Option<SourceRange> {
        if self.rest.is_empty() {
            return None;
        }
        let run = self.find();
        let hole = SourceOffset::from_to(self.rest.offset(), run.offset());
        self.holes = self.holes.plus(hole);
        let run = SourceRange::new(run.offset(), run.length().min(Self::LONGEST))?;
        self.rest = self.rest.starting_at(run.end());
        Some(run).filter(|run| !run.is_empty())
    }
}

/// The number of data pages of a range that `present` does not count, as `measure` reports them; `None` when unknown.
pub(in crate::mapping) fn missing_pages(
    source: &Source,
    range: SourceRange,
    measure: fn(&OpenFile, SourceRange, PageSize) -> Residency,
    present: fn(&Counts) -> Option<u64>,
) -> Option<u64> {
    let file = source.handle()?.file();
    DataRuns::of_source(source, range).try_fold(0_u64, |missing, run| {
        let counts = measure(file, run, sys::page_size()).counts;
        let absent = counts.pages.saturating_sub(present(&counts)?);
        Some(missing.saturating_add(absent))
    })
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;
    use std::os::unix::fs::FileExt;

    #[test]
    fn the_runs_are_the_data_and_the_holes_are_counted() {
        let file = tempfile::NamedTempFile::new_in(env!("CARGO_MANIFEST_DIR")).unwrap();
        file.as_file().set_len(8 << 20).unwrap();
        file.as_file().write_all_at(&[1; 1 << 20], 3 << 20).unwrap();
        let range = |offset, length| SourceRange::new(SourceOffset(offset), ByteLength(length));
        for (walked, run, holes) in [
            (range(0, 8 << 20), range(3 << 20, 1 << 20), 7 << 20),
            (range(3 << 20, 77), range(3 << 20, 77), 0),
            (
                range((3 << 20) + 5, 3 << 20),
                range((3 << 20) + 5, (1 << 20) - 5),
                (2 << 20) + 5,
            ),
            (range(5 << 20, 10), None, 10),
            (range(1 << 20, 0), None, 0),
        ] {
            let runs = || DataRuns::new(Some(file.as_file()), walked.unwrap());
            let mut walk = runs();
            assert_eq!(walk.by_ref().collect::<Vec<_>>(), Vec::from_iter(run));
            assert_eq!(walk.holes(), ByteLength(holes));
            assert_eq!(runs().all_holes(), Some(ByteLength(holes)));
        }
    }

    #[test]
    fn without_holes_all_is_data_in_runs_of_bounded_length() {
        let range = SourceRange::new(SourceOffset(7), ByteLength(3 << 36)).unwrap();
        let runs: Vec<SourceRange> = DataRuns::new(None, range).collect();
        assert_eq!(runs.len(), 3);
        assert_eq!(
            runs.iter().map(|run| run.length()).sum::<ByteLength>(),
            range.length()
        );
        assert_eq!(DataRuns::new(None, range).all_holes(), None);
    }
}
