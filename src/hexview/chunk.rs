//! Splitting the input into chunks of whole lines that are formatted independently. The text of
//! lines is built by the formats.
//!
//! A chunk starts with a copy of the lines before its own, because these decide which of its lines
//! are left out. A long hole becomes a few lines of zeros and a jump, because only the first and
//! last lines of a run of equal lines are visible.

use std::collections::TryReserveError;
use std::num::NonZeroUsize;

use super::block::Block;
use super::deferred::{Deferred, Mark};
use super::input::{Input, Piece};
use super::line::{Ending, Lines, Position, Run, Squeeze};

/// The number of lines before its own that a chunk needs.
const CONTEXT: usize = 4;

/// The number of bytes of a run of equal lines that are compared at once.
const BLOCK: usize = 4096;

/// Lines of zeros in place of a long hole: one printed, the others as context.
const HOLE_LINES: usize = CONTEXT + 1;

/// Why reading stopped.
#[derive(Debug)]
pub(super) enum Stop<E> {
    /// The input has no more bytes.
    End,
    /// The input failed.
    Failed(E),
    /// The next offset does not fit in 64 bits.
    Overflow,
    /// There is no memory to read into.
    NoMemory,
}

/// Consecutive lines with their context, as ranges of the chunk's buffer.
#[derive(Clone, Copy, Debug)]
struct Segment {
    at: Position,
    start: usize,
    context: usize,
    end: usize,
}

/// The least number of bytes that are worth reading later.
const LEAST_DEFERRED: usize = 16 << 10;

/// Bytes read, in segments.
#[derive(Debug, Default)]
pub(super) struct Chunk {
    buffer: Vec<u8>,
    deferred: Option<Deferred>,
    segments: Vec<Segment>,
    /// The short last line, in the last chunk.
    tail: Option<(Position, usize)>,
}

/// Reads an [`Input`] chunk by chunk.
#[derive(Debug)]
pub(super) struct Reader<'i, I: Input> {
    input: &'i mut I,
    line: usize,
    skip_holes: bool,
    state: Mark,
    /// Bytes may be read later.
    defers: bool,
    /// The last chunk ended early, because the input paused.
    paused: bool,
    stop: Option<Stop<I::Error>>,
}

impl<'i, I: Input> Reader<'i, I> {
    /// Reads lines of `format`. `offset` is the printed offset of the first byte.
    pub(super) fn new(input: &'i mut I, format: &dyn Lines, offset: u64) -> Self {
        Self {
            input,
            line: format.bytes_per_line().max(1),
            skip_holes: format.squeeze() != Squeeze::Never,
            state: Mark {
                at: Position { offset, index: 0 },
                ..Mark::default()
            },
            defers: false,
            paused: false,
            stop: None,
        }
    }

    /// Whether the last chunk ended early, because the input paused.
    pub(super) fn has_paused(&self) -> bool {
        self.paused
    }

    /// Why reading stopped; none before that.
    pub(super) fn into_stop(self) -> Option<Stop<I::Error>> {
        self.stop
    }

    /// The number of bytes in all chunks so far.
    pub(super) fn delivered(&self) -> u64 {
        let unfinished = self.state.carry.len() - self.state.context * self.line;
        self.state.at.index + unfinished as u64
    }

    /// From now on, chunks need [`Chunk::fetch`].
    pub(super) fn defer(&mut self) {
        self.defers = true;
    }

    /// Fills `chunk` with about `size` bytes, or fewer when the input pauses. False if it is the last one.
    pub(super) fn fill(&mut self, chunk: &mut Chunk, size: usize) -> bool {
        self.try_fill(chunk, size).unwrap_or_else(|mark| {
            self.back(mark);
            // Nothing is deferred now.
            self.try_fill(chunk, size).unwrap_or(true)
        })
    }

    /// Goes back to where the reader was, and reads in order from there on.
    pub(super) fn back(&mut self, mark: Mark) {
        self.input.back(self.state.taken.wrapping_sub(mark.taken));
        self.state = mark;
        self.defers = false;
        self.stop = None;
    }

    /// The number of bytes at the end of a chunk that may be carried over.
    fn carried(&self) -> usize {
        (CONTEXT + 1) * self.line
    }

    /// As [`Reader::fill`]; the place before the chunk, if bytes that were to be read later are needed now and cannot be
    /// read.
    fn try_fill(&mut self, chunk: &mut Chunk, size: usize) -> Result<bool, Mark> {
        chunk.segments.clear();
        chunk.deferred = None;
        chunk.tail = None;
        let reserved = self.state.carry.try_reserve(self.carried());
        let Ok(room) = reserved.and_then(|()| chunk.make_room(size, self.line)) else {
            self.stop = Some(Stop::NoMemory);
            return Ok(false);
        };
        let mut used = 0;
        self.paused = false;
        let mark = (self.defers && self.state.zeros == 0).then(|| self.state.clone());
        self.open(chunk, &mut used);
        if let Some(mark) = mark {
            self.pass(chunk, &mut used, room, mark);
        }
        while self.stop.is_none() && !self.paused && used < room {
            if self.state.zeros == 0 {
                self.read(chunk, &mut used, room);
            } else if self.skip_holes && self.hole_is_long(chunk, used) {
                chunk.fetch()?;
                if !self.jump(chunk, &mut used) {
                    break;
                }
            } else {
                self.pad(chunk, &mut used, room);
            }
        }
        let deferred = chunk.deferred.as_ref();
        if deferred.is_some_and(|deferred| used - deferred.place.end < self.carried()) {
            chunk.fetch()?;
        }
        self.close(chunk, used);
        Ok(self.stop.is_none())
    }

    /// Defers the bytes of the chunk before those that may be carried over.
    fn pass(&mut self, chunk: &mut Chunk, used: &mut usize, room: usize, mark: Mark) {
        let most = room.saturating_sub(*used + self.carried());
        let Some(most) = NonZeroUsize::new(most).filter(|most| most.get() >= LEAST_DEFERRED) else {
            return;
        };
        let Some((length, bytes)) = self.input.later(most) else {
            return;
        };
        let length = length.get().min(most.get());
        self.state.taken = self.state.taken.wrapping_add(length as u64);
        if self.fits(chunk, *used, length as u64) {
            let place = *used..*used + length;
            *used = place.end;
            chunk.deferred = Some(Deferred { place, bytes, mark });
        }
    }

    /// Starts a segment with the bytes carried over.
    fn open(&mut self, chunk: &mut Chunk, used: &mut usize) {
        let start = *used;
        let end = start + self.state.carry.len();
        if chunk.buffer.len() < end {
            chunk.buffer.resize(end, 0);
        }
        if let Some(place) = chunk.buffer.get_mut(start..end) {
            place.copy_from_slice(&self.state.carry);
        }
        let context = self.state.context * self.line;
        chunk.segments.push(Segment {
            at: self.state.at,
            start,
            context,
            end: start + context,
        });
        *used = end;
    }

    /// Ends the open segment at `used`. Bytes after its last full line are carried over.
    fn close(&mut self, chunk: &mut Chunk, used: usize) {
        let Some(segment) = chunk.segments.last_mut() else {
            return;
        };
        let first = segment.start + segment.context;
        let lines = used.saturating_sub(first) / self.line;
        segment.end = first + lines * self.line;
        self.state.at = segment.at.after((lines * self.line) as u64);
        self.state.context = (segment.context / self.line + lines).min(CONTEXT);
        let keep = segment.end - self.state.context * self.line;
        self.state.carry.clear();
        self.state
            .carry
            .extend_from_slice(chunk.buffer.get(keep..used).unwrap_or_default());
        if self.stop.is_some() {
            chunk.tail = Some((self.state.at, used));
        }
    }

    /// The number of bytes in the open segment after its context.
    fn pending(&self, chunk: &Chunk, used: usize) -> usize {
        chunk
            .segments
            .last()
            .map_or(0, |open| used.saturating_sub(open.start + open.context))
    }

    /// Whether the chunk has a whole line of its own.
    fn has_lines(&self, chunk: &Chunk, used: usize) -> bool {
        chunk.length() > 0 || self.pending(chunk, used) >= self.line
    }

    /// Checks that `length` more bytes have offsets. Otherwise reading stops here.
    fn fits(&mut self, chunk: &Chunk, used: usize, length: u64) -> bool {
        let pending = self.pending(chunk, used) as u64;
        let at = chunk.segments.last().map_or(self.state.at, |open| open.at);
        let fits = at
            .offset
            .checked_add(pending)
            .and_then(|end| end.checked_add(length))
            .is_some();
        if !fits {
            self.state.zeros = 0;
            self.stop = Some(Stop::Overflow);
        }
        fits
    }

    /// Reads one piece of the input.
    fn read(&mut self, chunk: &mut Chunk, used: &mut usize, room: usize) {
        let Some(buffer) = chunk.buffer.get_mut(*used..room) else {
            return;
        };
        match self.input.next(buffer) {
            Ok(Piece::End) => self.stop = Some(Stop::End),
            // Without a whole line there is nothing to write, and the next call may wait.
            Ok(Piece::Pause) => self.paused = self.has_lines(chunk, *used),
            Ok(Piece::Bytes(length)) => {
                let length = length.get().min(room - *used);
                self.state.taken = self.state.taken.wrapping_add(length as u64);
                if self.fits(chunk, *used, length as u64) {
                    *used += length;
                }
            }
            Ok(Piece::Zeros(length)) => {
                self.state.taken = self.state.taken.wrapping_add(length.get());
                if self.fits(chunk, *used, length.get()) {
                    self.state.zeros = length.get();
                }
            }
            Err(error) => self.stop = Some(Stop::Failed(error)),
        }
    }

    /// Whether the pending hole has more full lines than the lines in its place.
    fn hole_is_long(&self, chunk: &Chunk, used: usize) -> bool {
        let partial = self.pending(chunk, used) % self.line;
        let least = (HOLE_LINES + 1) * self.line + (self.line - partial) % self.line;
        self.state.zeros >= least as u64
    }

    /// Adds the lines in place of the pending hole, and starts a segment after it. False if the
    /// chunk has no room for them.
    fn jump(&mut self, chunk: &mut Chunk, used: &mut usize) -> bool {
        let partial = self.pending(chunk, *used) % self.line;
        let shown = (self.line - partial) % self.line + HOLE_LINES * self.line;
        let carried = CONTEXT * self.line;
        if *used + shown + carried > chunk.buffer.len() {
            if chunk.segments.len() > 1 || self.pending(chunk, *used) >= self.line {
                return false;
            }
            chunk.buffer.resize(*used + shown + carried, 0);
        }
        self.pad(chunk, used, *used + shown);
        let skipped = self.state.zeros / self.line as u64 * self.line as u64;
        self.state.zeros -= skipped;
        self.close(chunk, *used);
        self.state.at = self.state.at.after(skipped);
        self.open(chunk, used);
        true
    }

    /// Adds zeros of the pending hole up to `room`.
    fn pad(&mut self, chunk: &mut Chunk, used: &mut usize, room: usize) {
        let length = usize::try_from(self.state.zeros)
            .unwrap_or(usize::MAX)
            .min(room - *used);
        if let Some(place) = chunk.buffer.get_mut(*used..*used + length) {
            place.fill(0);
        }
        *used += length;
        self.state.zeros -= length as u64;
    }
}

impl Chunk {
    /// Makes room for about `size` bytes in lines of `line` bytes, and for the lines in place of a
    /// hole. Returns the number of bytes there is room for.
    pub(super) fn make_room(&mut self, size: usize, line: usize) -> Result<usize, TryReserveError> {
        let size = size.max(line).next_multiple_of(line);
        let room = size + (CONTEXT + 1) * line;
        let most = room + (CONTEXT + HOLE_LINES + 1) * line;
        self.buffer
            .try_reserve_exact(most.saturating_sub(self.buffer.len()))?;
        if self.buffer.len() < room {
            self.buffer.resize(room, 0);
        }
        Ok(room)
    }

    /// Reads the bytes that were deferred. The place before the chunk if that is not possible.
    pub(super) fn fetch(&mut self) -> Result<(), Mark> {
        let Some(Deferred { place, bytes, mark }) = self.deferred.take() else {
            return Ok(());
        };
        let buffer = self.buffer.get_mut(place);
        match buffer.is_some_and(|buffer| bytes.read(buffer)) {
            true => Ok(()),
            false => Err(mark),
        }
    }

    /// All bytes of the dump, if this is its only chunk and no hole was left out.
    pub(super) fn whole(&self) -> Option<(Position, &[u8])> {
        let (_, used) = self.tail?;
        match self.segments.as_slice() {
            [only] if only.at.index == 0 => Some((only.at, self.buffer.get(only.start..used)?)),
            _ => None,
        }
    }

    /// The number of bytes in its full lines.
    pub(super) fn length(&self) -> usize {
        let own = |segment: &Segment| segment.end - segment.start - segment.context;
        self.segments.iter().map(own).sum()
    }

    /// Appends the text of the chunk's lines.
    pub(super) fn format(&self, format: &dyn Lines, text: &mut Block) {
        let mut segments = self.segments.iter().peekable();
        while let Some(segment) = segments.next() {
            let mut runs = Runs::new(&self.buffer, segment, format);
            if let (None, Some((_, used))) = (segments.peek(), self.tail) {
                runs.after = if used > segment.end {
                    After::Tail
                } else {
                    After::Nothing
                };
            }
            format.runs(&mut runs, text);
        }
        if let Some((at, used)) = self.tail {
            let last = self.segments.last();
            let end = last.map_or(0, |segment| segment.end);
            let squeezed =
                last.is_some_and(|segment| Runs::last_is_squeezed(&self.buffer, segment, format));
            let tail = self.buffer.get(end..used).unwrap_or_default();
            format.finish(&Ending { at, tail, squeezed }, text);
        }
    }
}

/// What follows the lines of a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum After {
    /// More lines, perhaps after a hole.
    Lines,
    /// The short last line.
    Tail,
    /// Nothing.
    Nothing,
}

/// Splits the lines of a segment into printed lines and lines left out.
struct Runs<'a> {
    /// Context and lines.
    bytes: &'a [u8],
    /// The start of the next line in `bytes`.
    next: usize,
    /// The position of the first byte of `bytes` after the context.
    at: Position,
    context: usize,
    line: usize,
    squeeze: Squeeze,
    squeezing: bool,
    after: After,
    /// Runs of zeros that are known to have ended, up to `next`.
    ended: Option<usize>,
    /// A run to return next.
    then: Option<Run<'a>>,
}

impl<'a> Runs<'a> {
    fn new(buffer: &'a [u8], segment: &Segment, format: &dyn Lines) -> Self {
        let line = format.bytes_per_line().max(1);
        let bytes = buffer.get(segment.start..segment.end).unwrap_or_default();
        let mut runs = Self {
            bytes,
            next: segment.context,
            at: segment.at,
            context: segment.context,
            line,
            squeeze: format.squeeze(),
            squeezing: false,
            after: After::Lines,
            ended: None,
            then: None,
        };
        runs.squeezing = runs.squeezes(segment.context.saturating_sub(line));
        runs
    }

    /// Whether the last line of `segment` (or of its context) is left out.
    fn last_is_squeezed(buffer: &[u8], segment: &Segment, format: &dyn Lines) -> bool {
        let runs = Runs::new(buffer, segment, format);
        runs.squeezes(runs.bytes.len().saturating_sub(runs.line))
    }

    /// Whether the line at `start` in `bytes` is left out.
    fn squeezes(&self, start: usize) -> bool {
        if self.squeeze == Squeeze::Never || start < self.line {
            return false;
        }
        let before = self.bytes.get(start - self.line..start);
        let line = self.bytes.get(start..start + self.line);
        match (before, line) {
            (Some(before), Some(line)) => {
                before == line
                    && (self.squeeze == Squeeze::Repeats || is_uniform(line))
                    && (self.squeeze != Squeeze::Zeros || line.first() == Some(&0))
            }
            _ => false,
        }
    }

    /// The start of the first line from `start` on that is left out.
    fn next_squeezed(&self, start: usize) -> usize {
        let end = self.bytes.len();
        let start = start.max(self.line);
        if self.squeeze == Squeeze::Never || start >= end {
            return end;
        }
        // Most lines differ from the one before in their first bytes. Comparing only those, without
        // a loop over the line, is as fast as the formatting.
        let before = self.bytes.get(start - self.line..).unwrap_or_default();
        let lines = self.bytes.get(start..).unwrap_or_default();
        let heads = |bytes: &'a [u8]| bytes.chunks_exact(self.line).map(head);
        for (place, (before, line)) in heads(before).zip(heads(lines)).enumerate() {
            let start = start + place * self.line;
            if before == line && self.squeezes(start) {
                return start;
            }
        }
        end
    }

    /// The start of the first line from `start` on that is printed. The line before `start` is left
    /// out.
    fn next_printed(&self, start: usize) -> usize {
        // A line equal to one that is left out is left out, too. Large blocks are compared first.
        let mut start = start;
        let block = BLOCK.next_multiple_of(self.line);
        while let (Some(before), Some(lines)) = (
            self.bytes.get(start - self.line..start - self.line + block),
            self.bytes.get(start..start + block),
        ) {
            if before != lines {
                break;
            }
            start += block;
        }
        while start < self.bytes.len() && self.squeezes(start) {
            start += self.line;
        }
        start
    }
}

/// Zeros are left out as `xxd` does it: the second line of a run is printed if it is the last one, and the last line of
/// the dump always is. So lines of zeros after the first one wait for the end of their run.
impl<'a> Runs<'a> {
    /// The lines, or the marker, that were left out of the run of zeros that ended before `start`.
    fn end_run(&mut self, start: usize) -> Option<Run<'a>> {
        if self.ended.replace(start) == Some(start) {
            return None;
        }
        let squeezed = |lines: &usize| self.squeezes(start.saturating_sub(lines * self.line));
        let left_out = (1..CONTEXT).take_while(squeezed).count();
        let shown = match (self.after, start >= self.bytes.len()) {
            (After::Lines, true) => return None,
            (After::Nothing, true) => 1,
            _ => 0,
        };
        match left_out {
            0 => None,
            left_out if left_out <= 1 + shown => self.before(start, left_out),
            _ => {
                self.then = self.before(start, shown);
                Some(Run::Squeezed)
            }
        }
    }

    /// A number of lines before `start`.
    fn before(&self, start: usize, lines: usize) -> Option<Run<'a>> {
        let first = start.checked_sub(lines * self.line)?;
        let data = self
            .bytes
            .get(first..start)
            .filter(|data| !data.is_empty())?;
        // The sum wraps round: the lines may be before the segment.
        let distance = (first as u64).wrapping_sub(self.context as u64);
        Some(Run::Lines(self.at.after(distance), data))
    }
}

impl<'a> Iterator for Runs<'a> {
    type Item = Run<'a>;

    fn next(&mut self) -> Option<Run<'a>> {
        if let Some(run) = self.then.take() {
            return Some(run);
        }
        loop {
            let start = self.next;
            let zeros = self.squeeze == Squeeze::Zeros;
            let squeezed = self.squeezes(start);
            if zeros
                && !squeezed
                && let Some(run) = self.end_run(start)
            {
                return Some(run);
            }
            if start >= self.bytes.len() {
                return None;
            }
            let was = std::mem::replace(&mut self.squeezing, squeezed);
            if !squeezed {
                self.next = self.next_squeezed(start + self.line);
                let at = self.at.after((start - self.context) as u64);
                return self
                    .bytes
                    .get(start..self.next)
                    .map(|data| Run::Lines(at, data));
            }
            self.next = self.next_printed(start + self.line);
            if !was && !zeros {
                return Some(Run::Squeezed);
            }
        }
    }
}

/// The first bytes of a line. Equal lines have equal heads.
#[inline(always)]
fn head(line: &[u8]) -> u64 {
    match line.first_chunk::<8>() {
        Some(head) => u64::from_le_bytes(*head),
        None => line.first().copied().unwrap_or(0).into(),
    }
}

/// Whether all bytes of `line` are the same.
fn is_uniform(line: &[u8]) -> bool {
    match line.split_first() {
        Some((first, rest)) => rest.iter().all(|byte| byte == first),
        None => true,
    }
}
