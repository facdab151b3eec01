//! Reading a range from its first byte to its last through a mapping that slides along, with holes told
//! apart from data and never read.
//!
//! Reading a hole through a mapping would allocate memory on tmpfs and fill the page cache elsewhere, so
//! where the file system can tell (`lseek(2)`, SEEK_DATA) a hole is only counted.

use super::access::Access;
use super::bytes::{self, Stopped};
use super::data_runs::next_run;
use super::error::{Error, Result};
use super::range::{ByteLength, SourceOffset, SourceRange};
use super::region::Region;
use super::source::{Source, SourceKind};

/// The next part of a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// That many bytes are in the buffer.
    Bytes(usize),
    /// That many bytes of zero follow, which were not read because they lie in a hole.
    Hole(u64),
    /// There is no more.
    End,
}

/// What lies ahead in a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ahead {
    /// That many bytes of data, to be read.
    Data(u64),
    /// That many bytes of zero in a hole.
    Hole(u64),
    /// Nothing.
    End,
}

/// A range of a source, read in order.
#[derive(Debug)]
pub struct Stream<'a> {
    source: &'a Source,
    at: u64,
    end: u64,
    /// Up to where data is known to follow without a hole.
    data_end: u64,
    sees_holes: bool,
    window: Option<Region>,
    /// The last part was a hole, which may be shown for long.
    behind_hole: bool,
    /// What ended the stream; told after the bytes before it.
    failure: Option<Error>,
}

/// How much is mapped at a time: enough that mapping costs little beside reading, and so little that the
/// process stays small, whose mapped pages count as its own.
const WINDOW: u64 = 4 << 20;

impl<'a> Stream<'a> {
    /// A stream of that range.
    #[must_use]
    pub fn new(source: &'a Source, range: SourceRange) -> Self {
        Self {
            source,
            at: range.offset().0,
            end: range.end().0,
            data_end: range.offset().0,
            sees_holes: matches!(source.kind(), SourceKind::File | SourceKind::Tag),
            window: None,
            behind_hole: false,
            failure: None,
        }
    }

    /// Where the next part begins.
    #[must_use]
    pub fn position(&self) -> SourceOffset {
        SourceOffset(self.at)
    }

    /// Reads on. A call with an empty buffer reads nothing and is answered by no bytes.
    ///
    /// # Errors
    /// `fault` where a byte cannot be read or the file was cut short, after all bytes before it have been
    /// handed out; what mapping the source answers.
    pub fn next(&mut self, buffer: &mut [u8]) -> Result<Part> {
        let data = match self.ahead()? {
            Ahead::End => return Ok(Part::End),
            Ahead::Hole(length) => return self.pass(length).map(Part::Hole),
            Ahead::Data(length) => length,
        };
        let wanted = usize::try_from(data)
            .unwrap_or(usize::MAX)
            .min(buffer.len());
        let Some(buffer) = buffer.get_mut(..wanted) else {
            return Ok(Part::Bytes(0));
        };
        let done = self.read(buffer)?;
        let valid = self.pass(done as u64)?;
        Ok(Part::Bytes(usize::try_from(valid).unwrap_or(done)))
    }

    /// What lies ahead, without reading it.
    ///
    /// # Errors
    /// What has ended the stream.
    pub fn ahead(&mut self) -> Result<Ahead> {
        if let Some(error) = self.failure.take() {
            self.end = self.at;
            return Err(error);
        }
        if std::mem::take(&mut self.behind_hole) {
            let size = self.size_for(self.at)?;
            if size < self.at {
                self.end = self.at;
                return Err(self.cut_short(ByteLength(size)));
            }
        }
        if self.at >= self.end {
            return Ok(Ahead::End);
        }
        Ok(match self.hole_ahead() {
            Some(length) => {
                self.behind_hole = true;
                Ahead::Hole(length)
            }
            None => Ahead::Data(self.data_end.saturating_sub(self.at)),
        })
    }

    /// The length of the hole that begins here, if one does. Finds out how far data reaches otherwise.
    fn hole_ahead(&mut self) -> Option<u64> {
        if self.at < self.data_end {
            return None;
        }
        let Some(handle) = self.source.handle().filter(|_| self.sees_holes) else {
            self.data_end = self.end;
            return None;
        };
        match next_run(handle.file(), self.at, self.end) {
            Some((data, _)) if data > self.at => return Some(data.saturating_sub(self.at)),
            Some((_, hole)) => self.data_end = hole,
            None => {
                // Everything is data.
                self.sees_holes = false;
                self.data_end = self.end;
            }
        }
        None
    }

    /// Takes that many bytes ahead as dealt with, or fewer when the file ends before them by now, and says
    /// how many. Bytes of the last page beyond the end read as zeros without a fault, so only the size
    /// tells; that it does is told by the next call.
    ///
    /// # Errors
    /// What `fstat(2)` answers.
    pub fn pass(&mut self, length: u64) -> Result<u64> {
        let end = self.at.saturating_add(length);
        let size = self.size_for(end)?;
        let valid = size.min(end).saturating_sub(self.at);
        if valid < length {
            self.failure = Some(self.cut_short(ByteLength(size)));
        }
        self.at = self.at.saturating_add(valid);
        Ok(valid)
    }

    /// The size of the source by now; of one that is as large as is asked for, that.
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

    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        let at = SourceOffset(self.at);
        let region = self.window_at(buffer.len())?;
        match region.read(at, buffer) {
            Ok(()) => Ok(buffer.len()),
            Err(Stopped { done, error }) => {
                self.failure = Some(error);
                Ok(done)
            }
        }
    }

    /// A mapping that holds the next `length` bytes, or as many of them as one window can.
    fn window_at(&mut self, length: usize) -> Result<&Region> {
        let end = self.at.saturating_add(length as u64);
        let fits = |region: &Region| {
            let range = region.range();
            range.offset().0 <= self.at && end <= range.end().0
        };
        let window = match self.window.take().filter(fits) {
            Some(window) => window,
            None => {
                let length = (self.end.saturating_sub(self.at)).min(WINDOW.max(length as u64));
                let range = SourceRange::new(SourceOffset(self.at), ByteLength(length));
                let range = range.ok_or_else(|| self.cut_short(ByteLength(self.at)))?;
                Region::window(self.source, range, Access::READ)?
            }
        };
        Ok(self.window.insert(window))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapping::error::Kind;
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
                Ok(Part::Bytes(n)) => all.extend_from_slice(&buffer[..n]),
                Ok(Part::Hole(n)) => all.resize(all.len() + n as usize, 0),
                Ok(Part::End) => return (all, None),
                Err(error) => return (all, Some(error)),
            }
        }
    }

    #[test]
    fn holes_and_data_come_out_as_the_file_has_them() {
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
    fn a_cut_inside_a_hole_that_was_passed_is_told_behind_it() {
        let file = tempfile::NamedTempFile::new().unwrap();
        file.as_file().set_len(1 << 20).unwrap();
        let source = open(file.path());
        let mut stream = Stream::new(&source, whole(&source));
        let mut buffer = [0; 100];
        assert_eq!(stream.next(&mut buffer).unwrap(), Part::Hole(1 << 20));
        file.as_file().set_len(1000).unwrap();
        let error = stream.next(&mut buffer).unwrap_err();
        assert_eq!(error.kind(), Kind::Fault);
        assert_eq!(error.details().offset, Some(SourceOffset(1 << 20)));
        assert_eq!(stream.next(&mut buffer).unwrap(), Part::End);
    }

    #[test]
    fn a_cut_shows_the_bytes_before_it_and_then_its_offset() {
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
}
