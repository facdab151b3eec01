//! Filling from an input that comes once and ends when it ends.
//!
//! The source grows as the input comes, never beyond what was read. What is needed again, to repeat the
//! input or to compare with it, is kept in memory or read back from the source.

use super::input::{self, StreamInput};
use super::sweep::{Windows, populate};
use super::{Content, Job, Loss, Phase, Written};
use crate::mapping::error::{Error, Result};
use crate::mapping::measure::memory;
use crate::mapping::source::size::Reserve;
use crate::mapping::types::{
    Access, ByteLength, OffsetRequest, RangeError, RangeRequest, SourceOffset, SourceRange,
};

/// How much is read at a time. Of an input that may have to be repeated this much is kept: a shorter one is
/// repeated without reading it back.
const BUFFER: usize = 1 << 20;

/// The same where there is not enough memory.
const LEAST: usize = 16 << 10;

/// The state of a fill from a stream.
struct Feed {
    start: SourceOffset,
    /// How many bytes are wanted; as many as come when absent.
    wanted: Option<ByteLength>,
    /// How many bytes are written.
    done: u64,
    kept: Kept,
    windows: Windows,
    /// Whether blocks are reserved for everything that was written.
    reserved: bool,
}

impl Feed {
    /// The bytes that the next `length` ones go to.
    fn part(&self, length: usize) -> Result<SourceRange> {
        range(self.reached(), ByteLength::of(length))
    }

    /// Where the next bytes go.
    fn reached(&self) -> SourceOffset {
        SourceOffset(self.start.0.saturating_add(self.done))
    }

    /// How many bytes of a buffer the next step may fill.
    fn room(&self, buffer: usize) -> usize {
        let left = self.wanted.map(|wanted| wanted.0.saturating_sub(self.done));
        let left = left.and_then(|left| ByteLength(left).to_usize());
        left.unwrap_or(usize::MAX).min(buffer)
    }
}

fn range(at: SourceOffset, length: ByteLength) -> Result<SourceRange> {
    SourceRange::new(at, length).ok_or_else(|| Error::usage(RangeError::TooLarge.to_string()))
}

/// The beginning of a stream, or all of it.
struct Kept {
    bytes: Vec<u8>,
    most: usize,
}

impl Kept {
    fn add(&mut self, bytes: &[u8]) -> Result<()> {
        let room = self.most.saturating_sub(self.bytes.len()).min(bytes.len());
        memory::reserve(&mut self.bytes, room, "keep the input for --verify")?;
        self.bytes
            .extend_from_slice(bytes.get(..room).unwrap_or_default());
        Ok(())
    }

    /// The stream as content, if all of its `length` bytes were kept.
    fn into_content(self, length: u64) -> Option<Content> {
        (self.bytes.len() as u64 == length)
            .then(|| Content::repeat(self.bytes))
            .flatten()
    }
}

impl Job<'_> {
    /// Fills from a stream; the content comes back as well if all of it was kept.
    pub(in crate::mapping) fn fill_from_stream(
        &mut self,
        mut input: StreamInput,
    ) -> Result<(Written, Option<Content>)> {
        let place = self.begin()?;
        let mut buffer = memory::buffer(BUFFER, LEAST, "read the input")?;
        // Nothing is changed for an input that cannot be read.
        let count = self.take(&self.feed(place, false), &mut input, &mut buffer)?;
        if count == Some(0) && self.request.range.length.is_some() {
            return Err(input::nothing_to_repeat(input.name()));
        }
        let reserved = self.prepare(place)?;
        let mut feed = self.feed(place, reserved);
        let taken = self.take_all(&mut feed, &mut input, &mut buffer, count);
        let ended = taken.map_err(|error| match error.kind().is_request() {
            true => error,
            false => self.with_loss(error, Loss::exactly(feed.start, feed.reached())),
        })?;
        let length = ByteLength(feed.done);
        let kept = std::mem::replace(&mut feed.kept, Kept::nothing());
        let content = kept.into_content(length.0);
        let range = range(feed.start, feed.wanted.unwrap_or(length))?;
        if length < range.length() {
            self.repeat(&mut feed, range, content.as_ref())?;
        }
        self.check_size(range)?;
        let written = Written {
            range,
            stored: vec![range],
            length: range.length(),
            reserved: feed.reserved && !range.is_empty(),
            input_length: ended.then_some(length),
            duration: self.started.elapsed(),
        };
        Ok((written, content))
    }

    /// Where the input goes first: all of the range where that is known.
    fn begin(&self) -> Result<SourceRange> {
        let wanted = self.request.range.length;
        let place = match wanted {
            Some(_) => self.resolve(&self.request.range)?,
            None => self.unbounded()?,
        };
        self.control.progress.begin(Phase::Filling, wanted);
        Ok(place)
    }

    fn feed(&self, place: SourceRange, reserved: bool) -> Feed {
        let wanted = self.request.range.length;
        let end = match wanted {
            Some(_) => place.end(),
            None => SourceOffset(u64::MAX),
        };
        Feed {
            start: place.offset(),
            wanted,
            done: 0,
            kept: Kept {
                bytes: Vec::new(),
                most: match (self.request.verify, wanted) {
                    (true, _) => usize::MAX,
                    (false, Some(_)) => BUFFER,
                    (false, None) => 0,
                },
            },
            windows: self.windows(Access::WRITE, end),
            // Without a length nothing is reserved yet, and nothing that is written is without blocks.
            reserved: reserved || (wanted.is_none() && !self.request.private),
        }
    }

    /// Where a stream goes when nobody knows how long it is: for private copies to what is there, which has
    /// to be mapped as a whole; else to no bytes, which grow.
    fn unbounded(&self) -> Result<SourceRange> {
        let length = match self.request.private {
            true => None,
            false => Some(ByteLength::ZERO),
        };
        self.resolve(&RangeRequest {
            length,
            ..self.request.range
        })
    }

    /// Reads what the next step writes; `None` when nothing more is wanted.
    fn take(
        &mut self,
        feed: &Feed,
        input: &mut StreamInput,
        buffer: &mut [u8],
    ) -> Result<Option<usize>> {
        let room = feed.room(buffer.len());
        if room == 0 {
            return Ok(None);
        }
        let space = buffer.get_mut(..room).unwrap_or_default();
        let count = input.read(space, self.control.interrupts)?;
        match self.control.interrupts.came() {
            Some(kind) => Err(self.stop(kind, feed.start, feed.reached(), feed.wanted)),
            None => Ok(Some(count)),
        }
    }

    /// Writes the input up to its end or the length wanted; `count` bytes of it are in the buffer. Whether its
    /// end was seen.
    fn take_all(
        &mut self,
        feed: &mut Feed,
        input: &mut StreamInput,
        buffer: &mut [u8],
        mut count: Option<usize>,
    ) -> Result<bool> {
        while let Some(length) = count {
            if length == 0 {
                return Ok(true);
            }
            let bytes = buffer.get(..length).unwrap_or_default();
            feed.kept.add(bytes)?;
            if feed.wanted.is_none() {
                self.make_room(feed, length)?;
            }
            self.put(feed, bytes)?;
            count = self.take(feed, input, buffer)?;
        }
        Ok(false)
    }

    /// Extends the source by what was read.
    fn make_room(&mut self, feed: &mut Feed, count: usize) -> Result<()> {
        let part = feed.part(count)?;
        self.resolve(&RangeRequest {
            offset: OffsetRequest::FromStart(part.offset()),
            length: Some(part.length()),
        })?;
        if !self.request.private {
            let provided = self.source.provide(part, Reserve::Range)?;
            feed.reserved &= provided.reserved;
        }
        Ok(())
    }

    fn put(&self, feed: &mut Feed, bytes: &[u8]) -> Result<()> {
        let part = feed.part(bytes.len())?;
        let region = feed.windows.covering(&self.source, part)?;
        populate(&region, part, false);
        region.write(part.offset(), bytes)?;
        feed.done = feed.done.saturating_add(bytes.len() as u64);
        self.control.progress.advance(part.length());
        Ok(())
    }

    /// Repeats what was written up to the length wanted: from memory if it was kept, else by reading it back.
    fn repeat(
        &mut self,
        feed: &mut Feed,
        range: SourceRange,
        content: Option<&Content>,
    ) -> Result<()> {
        if let Some(content) = content {
            let room = feed.room(usize::MAX);
            // Its window is not needed any more, and address space may be scarce.
            feed.windows = self.windows(Access::WRITE, range.end());
            let part = feed.part(room)?;
            let swept = self.sweep(content, part, feed.start);
            return self.check_swept(part, swept);
        }
        // It is longer than the buffer, or it would have been kept: no step reads what it writes.
        let period = feed.done;
        let mut windows = self.windows(Access::READ, range.end());
        let mut buffer = memory::buffer(BUFFER, LEAST, "repeat the input")?;
        loop {
            let room = feed.room(buffer.len());
            let bytes = buffer.get_mut(..room).unwrap_or_default();
            if bytes.is_empty() {
                return Ok(());
            }
            if let Some(kind) = self.control.interrupts.came() {
                return Err(self.stop(kind, feed.start, feed.reached(), feed.wanted));
            }
            let part = feed.part(room)?;
            let before = SourceOffset(part.offset().0.saturating_sub(period));
            let copied = self::range(before, part.length())?;
            let region = windows.covering(&self.source, copied)?;
            region.read(before, bytes)?;
            self.put(feed, bytes)?;
        }
    }
}

impl Kept {
    const fn nothing() -> Self {
        Self {
            bytes: Vec::new(),
            most: 0,
        }
    }
}
