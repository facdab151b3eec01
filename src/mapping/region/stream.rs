//! Reading a range from its first byte to its last through a sliding window. Holes are distinguished from data.
//!
//! Reading a hole through a mapping allocates memory on tmpfs, and fills the page cache on other file systems. Where the
//! file system reports holes (`lseek(2)`, SEEK_DATA), they are only counted and never read.

use std::num::{NonZeroU64, NonZeroUsize};
use std::ops::Range;
use std::sync::Arc;

use super::bytes::{self, Stopped};
use super::live::Region;
use super::window::{Step, Window};
use crate::mapping::error::{Error, Result};
use crate::mapping::process::interrupts::Interrupts;
use crate::mapping::process::privileges::is_memory_scarce;
use crate::mapping::source::data_runs::DataRuns;
use crate::mapping::source::{OpenFile, Source};
use crate::mapping::sys;
use crate::mapping::types::{
    Access, ByteLength, Kind, PageSize, SourceKind, SourceOffset, SourceRange,
};

/// The next part of a stream. `Bytes` and `Hole` are never empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// This number of bytes is in the buffer.
    Bytes(NonZeroUsize),
    /// This number of zero bytes follows, which lie in a hole and were not read.
    Hole(NonZeroU64),
    /// The end of the range.
    End,
}

/// The kind of the next bytes of a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ahead {
    /// This number of bytes of data, to be read.
    Data(NonZeroU64),
    /// This number of zero bytes in a hole.
    Hole(NonZeroU64),
    /// The end of the range.
    End,
}

/// A range of a source, read in order.
#[derive(Debug)]
pub struct Stream<'a> {
    source: &'a Source,
    at: u64,
    end: u64,
    /// The end of the range. `end` moves to the place of an error.
    limit: u64,
    /// The next known run of data; a hole precedes it.
    data: Range<u64>,
    /// The data after that.
    runs: DataRuns<'a>,
    window: Window,
    /// The last part was a hole. Processing it may have taken long.
    behind_hole: bool,
    /// The error that ended the stream; reported after the bytes before it.
    failure: Option<Error>,
    /// Requests to stop.
    interrupts: Option<&'a Interrupts>,
}

/// The number of bytes mapped at a time: mapping costs little compared with reading, and the process stays small.
const WINDOW: PageSize = PageSize::of_system(4 << 20);

/// The number of bytes mapped at a time when memory is scarce.
const SMALL_WINDOW: PageSize = PageSize::of_system(64 << 10);

/// The smallest number of bytes that is tried.
const SMALLEST_WINDOW: PageSize = PageSize::of_system(4 << 10);

impl<'a> Stream<'a> {
    /// A stream of a range.
    #[must_use]
    pub fn new(source: &'a Source, range: SourceRange) -> Self {
        let size = match is_memory_scarce() {
            true => SMALL_WINDOW,
            false => WINDOW,
        };
        Self {
            source,
            at: range.offset().0,
            end: range.end().0,
            limit: range.end().0,
            data: 0..0,
            runs: DataRuns::of_source(source, range),
            window: Window::sliding(Access::READ, range.end(), Step::new(size, SMALLEST_WINDOW)),
            behind_hole: false,
            failure: None,
            interrupts: None,
        }
    }

    /// The same stream, which fails when the process is requested to stop.
    #[must_use]
    pub fn until(self, interrupts: &'a Interrupts) -> Self {
        Self {
            interrupts: Some(interrupts),
            ..self
        }
    }

    /// The source that is read.
    #[must_use]
    pub fn source(&self) -> &'a Source {
        self.source
    }

    /// The number of bytes left, if the source is not truncated meanwhile.
    #[must_use]
    pub fn rest(&self) -> ByteLength {
        ByteLength(self.end.saturating_sub(self.at))
    }

    /// The offset of the next part.
    #[must_use]
    pub fn position(&self) -> SourceOffset {
        SourceOffset(self.at)
    }

    /// Reads the next part into a buffer, which must not be empty.
    ///
    /// # Errors
    /// `fault` when a byte cannot be read or the file was truncated, after all bytes before it were returned; those of
    /// [`Region::window`]. The stream ends with its first error.
    pub fn next(&mut self, buffer: &mut [u8]) -> Result<Part> {
        let data = match self.ahead()? {
            Ahead::End => return Ok(Part::End),
            Ahead::Hole(length) => return self.pass(length).map(Part::Hole),
            Ahead::Data(length) => ByteLength(length.get()).to_usize().unwrap_or(usize::MAX),
        };
        let wanted = data.min(buffer.len());
        let outcome = self.read(buffer.get_mut(..wanted).unwrap_or_default());
        self.last(outcome).map(Part::Bytes)
    }

    /// The kind of the next bytes, without reading them.
    ///
    /// # Errors
    /// The error that ended the stream.
    pub fn ahead(&mut self) -> Result<Ahead> {
        let outcome = self.look_ahead();
        self.last(outcome)
    }

    /// Skips the next `length` bytes, or fewer when the file now ends before, and returns their number.
    ///
    /// # Errors
    /// `fault` when the file now ends here; those of `fstat(2)`.
    pub fn pass(&mut self, length: NonZeroU64) -> Result<NonZeroU64> {
        let outcome = self.pass_existing(length);
        self.last(outcome)
    }

    /// Skips bytes that the kernel has copied, so the file had them.
    pub fn advance(&mut self, length: NonZeroU64) {
        self.at = self.at.saturating_add(length.get());
    }

    /// Passes over the next bytes, at most `most`, and returns them to be read later; `None` if they have to be read in
    /// order: a hole, the end, or an error, which the next call returns.
    pub fn later(&mut self, most: NonZeroUsize) -> Option<LaterBytes> {
        let data = match self.look_ahead() {
            Ok(Ahead::Data(data)) => data,
            Ok(_) => return None,
            Err(error) => {
                self.failure = Some(error);
                return None;
            }
        };
        let region = Arc::clone(self.window().ok()?);
        let shown = region.range().end().0.saturating_sub(self.at);
        let length = data.get().min(shown).min(most.get() as u64);
        let length = usize::try_from(length).ok().and_then(NonZeroUsize::new)?;
        let offset = SourceOffset(self.at);
        self.at = self.at.saturating_add(length.get() as u64);
        Some(LaterBytes {
            file: self
                .source
                .handle()
                .map(|handle| (handle.share(), handle.kind())),
            region,
            offset,
            length,
        })
    }

    /// Goes back by this many bytes.
    pub fn back(&mut self, bytes: u64) {
        self.at = self.at.saturating_sub(bytes);
        self.end = self.limit;
        self.data = 0..0;
        let rest = ByteLength(self.end.saturating_sub(self.at));
        if let Some(rest) = SourceRange::new(SourceOffset(self.at), rest) {
            self.runs = DataRuns::of_source(self.source, rest);
        }
        self.behind_hole = false;
        self.failure = None;
    }

    /// Ends the stream on an error, and adds the name of the source.
    fn last<T>(&mut self, outcome: Result<T>) -> Result<T> {
        if outcome.is_err() {
            self.end = self.at;
            self.failure = None;
        }
        outcome.map_err(|error| error.on(self.source.name()))
    }

    fn look_ahead(&mut self) -> Result<Ahead> {
        if let Some(error) = self.failure.take() {
            return Err(error);
        }
        if let Some(interrupts) = self.interrupts {
            interrupts.check("read")?;
        }
        if std::mem::take(&mut self.behind_hole) {
            let size = self.size_for(self.at)?;
            if size < self.at {
                return Err(self.cut_short(ByteLength(size)));
            }
        }
        let Some(left) = NonZeroU64::new(self.end.saturating_sub(self.at)) else {
            return Ok(Ahead::End);
        };
        if let Some(hole) = self.hole_ahead() {
            self.behind_hole = true;
            return Ok(Ahead::Hole(hole));
        }
        let data = NonZeroU64::new(self.data.end.saturating_sub(self.at));
        Ok(Ahead::Data(data.unwrap_or(left)))
    }

    /// The length of the hole that starts here, if there is one.
    fn hole_ahead(&mut self) -> Option<NonZeroU64> {
        if self.at >= self.data.end {
            self.data = self.next_data();
        }
        NonZeroU64::new(self.data.start.saturating_sub(self.at))
    }

    /// The next run of data; empty at the end where only a hole is left.
    fn next_data(&mut self) -> Range<u64> {
        if self.source.handle().is_none() {
            // Anonymous memory is zeros, which need not be read.
            return self.end..self.end;
        }
        match self.runs.next() {
            Some(run) => run.offset().0..run.end().0,
            None => self.end..self.end,
        }
    }

    /// As [`Stream::pass`]. Bytes of the last page beyond the end read as zeros without a fault, so only the size shows
    /// that they do not exist. The next call reports it.
    fn pass_existing(&mut self, length: NonZeroU64) -> Result<NonZeroU64> {
        let end = self.at.saturating_add(length.get());
        let size = self.size_for(end)?;
        let there = NonZeroU64::new(size.min(end).saturating_sub(self.at));
        let there = there.ok_or_else(|| self.cut_short(ByteLength(size)))?;
        self.at = self.at.saturating_add(there.get());
        if there < length {
            self.failure = Some(self.cut_short(ByteLength(size)));
        }
        Ok(there)
    }

    /// The present size of the source; for anonymous memory, `wanted`.
    fn size_for(&self, wanted: u64) -> Result<u64> {
        match self.source.handle() {
            Some(handle) => Ok(handle.facts()?.size.0),
            None => Ok(wanted),
        }
    }

    fn cut_short(&self, size: ByteLength) -> Error {
        bytes::truncated(
            "read",
            self.source.name(),
            size,
            SourceOffset(size.0.max(self.at)),
        )
    }

    fn read(&mut self, buffer: &mut [u8]) -> Result<NonZeroUsize> {
        let at = SourceOffset(self.at);
        let region = self.window()?;
        let shown = ByteLength(region.range().end().0.saturating_sub(at.0));
        let wanted = buffer.len().min(shown.to_usize().unwrap_or(usize::MAX));
        let buffer = buffer.get_mut(..wanted).unwrap_or_default();
        let (done, failure) = match region.read(at, buffer) {
            Ok(()) => (buffer.len(), None),
            Err(Stopped { done, error }) => (done, Some(error)),
        };
        let Some(read) = NonZeroU64::new(done as u64) else {
            let no_room = || Error::new(Kind::Failed, "read", "the buffer is empty");
            return Err(failure.unwrap_or_else(no_room));
        };
        let there = self.pass_existing(read)?;
        // The end of the file takes precedence over a failure beyond it.
        self.failure = self.failure.take().or(failure);
        Ok(NonZeroUsize::try_from(there).unwrap_or(NonZeroUsize::MAX))
    }

    /// A mapping that holds the next byte.
    fn window(&mut self) -> Result<&Arc<Region>> {
        let next = SourceRange::new(SourceOffset(self.at), ByteLength(1));
        let next = next.ok_or_else(|| self.cut_short(ByteLength(self.at)))?;
        let region = self.window.covering(self.source, next)?;
        Ok(region)
    }
}

/// Bytes of a stream that any thread can read.
#[derive(Debug)]
pub struct LaterBytes {
    /// The file, to read its size.
    file: Option<(Arc<OpenFile>, SourceKind)>,
    region: Arc<Region>,
    offset: SourceOffset,
    length: NonZeroUsize,
}

impl LaterBytes {
    /// The number of bytes.
    #[must_use]
    pub fn length(&self) -> NonZeroUsize {
        self.length
    }

    /// Reads the bytes into a buffer of their number. False if one of them cannot be read, or the file ends before one:
    /// the stream, after [`Stream::back`], finds the error.
    #[must_use]
    pub fn read(&self, buffer: &mut [u8]) -> bool {
        let end = self.offset.0.saturating_add(self.length.get() as u64);
        // Bytes of the last page beyond the end read as zeros without a fault.
        let exist = || match &self.file {
            Some((file, kind)) => sys::facts(file, *kind).is_ok_and(|facts| facts.size.0 >= end),
            None => true,
        };
        self.region.read(self.offset, buffer).is_ok() && exist()
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;
    use crate::mapping::source::{OpenRequest, SourceSpec};
    use crate::mapping::sys;
    use std::os::unix::fs::FileExt;

    fn open(path: &std::path::Path) -> Source {
        Source::open(&SourceSpec::File(path.to_owned()), &OpenRequest::READ).unwrap()
    }

    fn whole(source: &Source) -> SourceRange {
        SourceRange::new(SourceOffset(0), source.size().unwrap()).unwrap()
    }

    fn collect(stream: &mut Stream<'_>, step: usize) -> (Vec<u8>, Option<Error>) {
        let mut all = Vec::new();
        let mut buffer = vec![0xee; step];
        loop {
            match stream.next(&mut buffer) {
                Ok(Part::Bytes(n)) => all.extend_from_slice(&buffer[..n.get()]),
                Ok(Part::Hole(n)) => all.resize(all.len() + n.get() as usize, 0),
                Ok(Part::End) => return (all, None),
                Err(error) => return (all, Some(error)),
            }
        }
    }

    #[test]
    fn holes_and_data_are_those_of_the_file() {
        let file = tempfile::NamedTempFile::new().unwrap();
        file.as_file().set_len(1 << 20).unwrap();
        file.as_file().write_all_at(&[1; 5000], 300_001).unwrap();
        file.as_file().write_all_at(&[2; 10], 700_000).unwrap();
        let expected = std::fs::read(file.path()).unwrap();
        let source = open(file.path());
        for step in [1000, 4096, 1 << 17, 1 << 21] {
            let (all, error) = collect(&mut Stream::new(&source, whole(&source)), step);
            assert!(error.is_none() && all == expected);
        }
        let part = SourceRange::new(SourceOffset(300_500), ByteLength(399_777)).unwrap();
        let (all, _) = collect(&mut Stream::new(&source, part), 4096);
        assert!(all == expected[300_500..700_277]);
    }

    #[test]
    fn a_truncation_inside_a_skipped_hole_is_reported_after_it() {
        let file = tempfile::NamedTempFile::new().unwrap();
        file.as_file().set_len(1 << 20).unwrap();
        let source = open(file.path());
        let mut stream = Stream::new(&source, whole(&source));
        let mut buffer = [0; 100];
        let hole = Part::Hole(NonZeroU64::new(1 << 20).unwrap());
        assert_eq!(stream.next(&mut buffer).unwrap(), hole);
        file.as_file().set_len(1000).unwrap();
        let error = stream.next(&mut buffer).unwrap_err();
        assert_eq!(error.kind(), Kind::Fault);
        assert_eq!(error.details().offset, Some(SourceOffset(1 << 20)));
        assert_eq!(stream.next(&mut buffer).unwrap(), Part::End);
    }

    #[test]
    fn a_truncated_file_is_read_to_its_new_end_and_then_fails_there() {
        let page = sys::page_size().bytes();
        for cut in [3 * page, 3 * page + 17, 5 * page - 1, 0] {
            let file = tempfile::NamedTempFile::new().unwrap();
            std::fs::write(file.path(), vec![9; 8 * page as usize]).unwrap();
            let source = open(file.path());
            let mut stream = Stream::new(&source, whole(&source));
            file.as_file().set_len(cut).unwrap();
            let (all, error) = collect(&mut stream, 1 << 16);
            assert!(
                all == vec![9; cut as usize],
                "cut at {cut}: {} bytes",
                all.len()
            );
            let error = error.unwrap();
            assert_eq!(error.kind(), Kind::Fault);
            assert_eq!(error.details().offset, Some(SourceOffset(cut)));
        }
    }

    #[test]
    fn bytes_are_read_later_and_a_truncation_meanwhile_is_found_in_order() {
        let page = sys::page_size().bytes();
        let pages = |count: u64| NonZeroUsize::new((count * page) as usize).unwrap();
        let contents: Vec<u8> = (0..8 * page).map(|place| (place % 251) as u8).collect();
        for cut in [6 * page + 17, 5 * page, 3] {
            let file = tempfile::NamedTempFile::new().unwrap();
            std::fs::write(file.path(), &contents).unwrap();
            let source = open(file.path());
            let mut stream = Stream::new(&source, whole(&source));
            let first = stream.later(pages(5)).unwrap();
            let second = stream.later(pages(9)).unwrap();
            assert_eq!((first.length(), second.length()), (pages(5), pages(3)));
            assert!(stream.later(pages(1)).is_none());
            let mut buffer = vec![0; pages(5).get()];
            assert!(first.read(&mut buffer) && buffer == contents[..buffer.len()]);
            file.as_file().set_len(cut).unwrap();
            let mut buffer = vec![0; pages(3).get()];
            assert!(!second.read(&mut buffer));
            stream.back(3 * page);
            let (rest, error) = collect(&mut stream, 1000);
            assert!(rest == contents[(5 * page) as usize..cut.max(5 * page) as usize]);
            let offset = error.unwrap().details().offset;
            assert_eq!(offset, Some(SourceOffset(cut.max(5 * page))));
        }
    }

    #[test]
    fn a_file_truncated_to_nothing_before_the_first_byte_is_a_failure_and_not_the_end() {
        let file = tempfile::NamedTempFile::new().unwrap();
        for size in [1, 5000, 6 << 20] {
            file.as_file().set_len(0).unwrap();
            std::fs::write(file.path(), vec![9; size]).unwrap();
            let source = open(file.path());
            let mut stream = Stream::new(&source, whole(&source));
            file.as_file().set_len(0).unwrap();
            let error = stream.next(&mut [0; 100]).unwrap_err();
            assert_eq!(error.kind(), Kind::Fault);
            assert_eq!(error.details().offset, Some(SourceOffset(0)));
            assert_eq!(error.details().subject.as_ref(), Some(source.name()));
        }
    }

    #[test]
    fn a_truncation_at_the_start_of_a_part_or_window_is_a_failure_and_not_the_end() {
        let step = 1 << 20;
        for read in [step, WINDOW.bytes(), WINDOW.bytes() + step] {
            // At that offset, and before the bytes already read.
            for cut in [read, read - 1, 17, 0] {
                let file = tempfile::NamedTempFile::new().unwrap();
                std::fs::write(file.path(), vec![9; 6 << 20]).unwrap();
                let source = open(file.path());
                let mut stream = Stream::new(&source, whole(&source));
                let mut buffer = vec![0; step as usize];
                while stream.position().0 < read {
                    assert!(matches!(stream.next(&mut buffer), Ok(Part::Bytes(_))));
                }
                file.as_file().set_len(cut).unwrap();
                let error = stream.next(&mut buffer).unwrap_err();
                assert_eq!(error.kind(), Kind::Fault);
                assert_eq!(error.details().offset, Some(SourceOffset(read)));
                assert_eq!(stream.next(&mut buffer).unwrap(), Part::End);
            }
        }
    }

    #[test]
    fn a_truncation_right_after_a_hole_is_a_failure_and_not_the_end() {
        let file = tempfile::NamedTempFile::new().unwrap();
        file.as_file().write_all_at(&[2; 10], 1 << 20).unwrap();
        let source = open(file.path());
        for cut in [1 << 20, 4096, 0] {
            file.as_file().write_all_at(&[2; 10], 1 << 20).unwrap();
            let mut stream = Stream::new(&source, whole(&source));
            let mut buffer = [0; 100];
            let hole = Part::Hole(NonZeroU64::new(1 << 20).unwrap());
            assert_eq!(stream.next(&mut buffer).unwrap(), hole);
            file.as_file().set_len(cut).unwrap();
            let error = stream.next(&mut buffer).unwrap_err();
            assert_eq!(error.kind(), Kind::Fault);
            assert_eq!(error.details().offset, Some(SourceOffset(1 << 20)));
        }
    }

    #[test]
    fn the_kind_of_the_next_bytes_stays_until_they_are_skipped() {
        let file = tempfile::NamedTempFile::new().unwrap();
        file.as_file().write_all_at(&[2; 10], 1 << 20).unwrap();
        let source = open(file.path());
        let mut stream = Stream::new(&source, whole(&source));
        let hole = NonZeroU64::new(1 << 20).unwrap();
        for _ in 0..2 {
            assert_eq!(stream.ahead().unwrap(), Ahead::Hole(hole));
        }
        assert_eq!(stream.pass(hole).unwrap(), hole);
        let data = NonZeroU64::new(10).unwrap();
        for _ in 0..2 {
            assert_eq!(stream.ahead().unwrap(), Ahead::Data(data));
        }
    }

    #[test]
    fn an_empty_buffer_is_a_failure_and_not_the_end() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), [9; 100]).unwrap();
        let source = open(file.path());
        let error = Stream::new(&source, whole(&source)).next(&mut []);
        assert_eq!(error.unwrap_err().kind(), Kind::Failed);
    }
}
