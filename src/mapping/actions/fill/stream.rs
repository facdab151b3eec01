//! Filling from a stream: an input that can be read once, and whose length is not known before its end.
//!
//! The source grows with the input, never beyond the bytes read. Bytes that are needed again, to repeat the input or
//! to compare with it, are kept in memory or read back from the source.

use std::mem;

use super::content::Content;
use super::input;
use super::job::Job;
use super::outcome::{Expected, Reach, Written};
use super::progress::Phase;
use super::request::FillLength;
use super::sweep;
use crate::mapping::error::{Error, Result};
use crate::mapping::measure::memory;
use crate::mapping::region::byte_stream::ByteStream;
use crate::mapping::region::window::Window;
use crate::mapping::source::size::Reserve;
use crate::mapping::types::{
    ByteLength, OffsetRequest, RangeError, RangeRequest, SourceOffset, SourceRange,
};

/// The number of bytes read at a time. The same number is kept of an input that may have to be repeated, and a shorter
/// input is repeated from memory.
const BUFFER: usize = 1 << 20;

/// The number of bytes read at a time where memory is short.
const LEAST: usize = 16 << 10;

/// Fills a length from a stream, which is repeated or truncated to it; without one the stream is written once.
pub(super) fn fill(
    job: &mut Job<'_>,
    input: ByteStream,
    asked: Option<FillLength>,
) -> Result<Written> {
    let place = first_place(job, asked)?;
    if place.is_empty() && asked == Some(FillLength::ToEnd) {
        return Err(sweep::nothing_to_fill(job, place));
    }
    let wanted = asked.map(|_| place.length());
    job.control.progress.begin(Phase::Filling, wanted);
    let mut feed = Feed::new(job, input, place, wanted)?;
    // Nothing is changed for an input that cannot be read.
    let count = feed.take(job)?;
    if count == Some(0) && wanted.is_some() {
        return Err(input::nothing_to_repeat(feed.input.name()));
    }
    feed.prepare(job, place)?;
    let ended = feed.take_all(job, count)?;
    let length = feed.done;
    let range = range(feed.start, wanted.unwrap_or(length))?;
    let kept = mem::take(&mut feed.kept);
    let content = match ByteLength::of(kept.len()) == length {
        true => Content::repeat(kept),
        false => None,
    };
    if length < range.length() {
        feed.repeat(job, range, content.as_ref())?;
    }
    job.check_size(range)?;
    Ok(Written {
        range,
        length: range.length(),
        reserved: feed.reserved && !range.is_empty(),
        input_length: ended.then_some(length),
        expected: content.map_or(Expected::Unknown, Expected::Content),
        failure: None,
    })
}

/// The range to prepare before the first byte: the whole length, if there is one. Otherwise the rest of the source
/// for private copies, which are mapped as a whole, and an empty range that grows for all others.
fn first_place(job: &Job<'_>, asked: Option<FillLength>) -> Result<SourceRange> {
    match (asked, job.request.private) {
        (Some(asked), _) => job.range(asked.length()),
        (None, true) => job.range(None),
        (None, false) => job.range(Some(ByteLength::ZERO)),
    }
}

fn range(at: SourceOffset, length: ByteLength) -> Result<SourceRange> {
    SourceRange::new(at, length).ok_or_else(|| Error::usage(RangeError::TooLarge.to_string()))
}

/// A stream that is being written to the source.
struct Feed {
    input: ByteStream,
    buffer: Vec<u8>,
    /// The offset of its first byte in the source.
    start: SourceOffset,
    /// The number of bytes wanted; without it, the whole input.
    wanted: Option<ByteLength>,
    /// The number of bytes written.
    done: ByteLength,
    /// The first bytes of the input, or all of it.
    kept: Vec<u8>,
    /// The largest number of bytes that are kept.
    most_kept: usize,
    window: Window,
    /// Whether blocks are reserved for everything that was written.
    reserved: bool,
}

impl Feed {
    fn new(
        job: &Job<'_>,
        input: ByteStream,
        place: SourceRange,
        wanted: Option<ByteLength>,
    ) -> Result<Self> {
        Ok(Self {
            input,
            buffer: memory::buffer(BUFFER, LEAST, "read the input")?,
            start: place.offset(),
            wanted,
            done: ByteLength::ZERO,
            kept: Vec::new(),
            most_kept: match (job.request.verify, wanted) {
                (true, _) => usize::MAX,
                (false, Some(_)) => BUFFER,
                (false, None) => 0,
            },
            window: job.storing_window(place.end()),
            reserved: false,
        })
    }

    /// Prepares the source before the first byte is written.
    fn prepare(&mut self, job: &mut Job<'_>, place: SourceRange) -> Result<()> {
        let reserved = job.prepare(place)?;
        // Without a length, blocks are reserved later, before each write.
        self.reserved = reserved || (self.wanted.is_none() && !job.request.private);
        let end = match self.wanted {
            Some(_) => place.end(),
            None => SourceOffset(u64::MAX),
        };
        self.window = job.storing_window(end);
        Ok(())
    }

    /// The range of the next `length` bytes.
    fn part(&self, length: usize) -> Result<SourceRange> {
        range(self.reach().done, ByteLength::of(length))
    }

    fn reach(&self) -> Reach {
        Reach::exactly(self.start, self.start.plus(self.done))
    }

    /// The number of bytes still wanted, at most `most`.
    fn room(&self, most: usize) -> usize {
        let left = self.wanted.map(|wanted| wanted.minus(self.done));
        left.map_or(most, |left| left.saturating_usize().min(most))
    }

    /// Fills the buffer from the input and returns the number of bytes; `None` when no more are wanted.
    fn take(&mut self, job: &Job<'_>) -> Result<Option<usize>> {
        let room = self.room(self.buffer.len());
        if room == 0 {
            return Ok(None);
        }
        let space = self.buffer.get_mut(..room).unwrap_or_default();
        let count = self.input.read(space, job.control.interrupts)?;
        self.check_interrupts(job)?;
        Ok(Some(count))
    }

    fn check_interrupts(&self, job: &Job<'_>) -> Result<()> {
        match job.control.interrupts.requested() {
            Some(kind) => Err(job.stop(kind, self.reach(), self.wanted)),
            None => Ok(()),
        }
    }

    /// Writes the input up to its end or the length wanted; `count` bytes of it are in the buffer. Returns whether
    /// its end was seen.
    fn take_all(&mut self, job: &mut Job<'_>, mut count: Option<usize>) -> Result<bool> {
        while let Some(length) = count {
            if length == 0 {
                return Ok(true);
            }
            self.keep(length).map_err(|e| self.with_loss(job, e))?;
            if self.wanted.is_none() {
                let made = self.make_room(job, length);
                made.map_err(|e| self.with_loss(job, e))?;
            }
            self.put(job, length)?;
            count = self.take(job).map_err(|e| self.with_loss(job, e))?;
        }
        Ok(false)
    }

    /// Adds the number of overwritten bytes to a failure between two stores. A request to stop already has it.
    fn with_loss(&self, job: &Job<'_>, error: Error) -> Error {
        match error.kind().is_request() {
            true => error,
            false => job.with_loss(error, self.reach()),
        }
    }

    /// Keeps bytes of the buffer that may be needed again.
    fn keep(&mut self, length: usize) -> Result<()> {
        let room = self.most_kept.saturating_sub(self.kept.len()).min(length);
        memory::reserve(&mut self.kept, room, "keep the input for verification")?;
        let bytes = self.buffer.get(..room).unwrap_or_default();
        self.kept.extend_from_slice(bytes);
        Ok(())
    }

    /// Extends the source by the bytes that were read.
    fn make_room(&mut self, job: &mut Job<'_>, count: usize) -> Result<()> {
        let part = self.part(count)?;
        job.resolve(&RangeRequest {
            offset: OffsetRequest::FromStart(part.offset()),
            length: Some(part.length()),
        })?;
        if !job.request.private {
            let provided = job.source.provide(part, Reserve::Range)?;
            self.reserved &= provided.reserved;
        }
        Ok(())
    }

    /// Writes the first bytes of the buffer.
    fn put(&mut self, job: &Job<'_>, length: usize) -> Result<()> {
        let part = self.part(length)?;
        let bytes = self.buffer.get(..length).unwrap_or_default();
        let reach = self.reach();
        job.put(&mut self.window, part, bytes, reach)?;
        self.done = self.done.plus(part.length());
        Ok(())
    }

    /// Repeats the written bytes up to the length wanted: from memory if they were kept, otherwise by reading them back.
    fn repeat(
        &mut self,
        job: &Job<'_>,
        range: SourceRange,
        content: Option<&Content>,
    ) -> Result<()> {
        if let Some(content) = content {
            let part = self.part(self.room(usize::MAX))?;
            // Releases the old window: address space may be short.
            self.window = job.storing_window(range.end());
            return sweep::store(job, content, part, self.start, self.reach());
        }
        // The input is longer than the buffer, or it would have been kept: no step reads what it writes.
        let period = self.done;
        let mut window = job.reading_window(range.end());
        loop {
            let room = self.room(self.buffer.len());
            if room == 0 {
                return Ok(());
            }
            self.check_interrupts(job)?;
            self.read_back(job, &mut window, period, room)
                .map_err(|e| self.with_loss(job, e))?;
            self.put(job, room)?;
        }
    }

    /// Reads the next `length` bytes to write, which were written `period` bytes earlier, into the buffer.
    fn read_back(
        &mut self,
        job: &Job<'_>,
        window: &mut Window,
        period: ByteLength,
        length: usize,
    ) -> Result<()> {
        let next = self.part(length)?;
        let written = range(next.offset().minus(period), next.length())?;
        let region = window.covering(&job.source, written)?;
        let buffer = self.buffer.get_mut(..length).unwrap_or_default();
        Ok(region.read(written.offset(), buffer)?)
    }
}
