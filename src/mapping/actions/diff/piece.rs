//! Comparing one part of two mapped sources.

use std::sync::Arc;

use super::block::{Digest, Steps, block_size};
use super::plan::Piece;
use crate::mapping::actions::runs::Run;
use crate::mapping::error::{Error, Result};
use crate::mapping::measure::memory;
use crate::mapping::process::privileges::is_memory_scarce;
use crate::mapping::region::Region;
use crate::mapping::region::bytes::{self, Pattern, Stopped};
use crate::mapping::region::window::{Step, Window};
use crate::mapping::source::Source;
use crate::mapping::types::{Access, ByteLength, PageSize, SourceOffset, SourceRange};

/// The number of bytes mapped at a time.
const WINDOW: PageSize = PageSize::of_system(4 << 20);

/// The number of bytes mapped at a time when memory is scarce.
const SMALL_WINDOW: PageSize = PageSize::of_system(64 << 10);

/// The smallest number of bytes that is tried.
const SMALLEST_WINDOW: PageSize = PageSize::of_system(4 << 10);

/// The number of bytes compared at a time while they are equal. They stay in the first-level cache.
const QUICK: usize = 16 << 10;

/// A thread that compares parts of two mapped sources.
pub(super) struct Worker<'a, D> {
    digest: &'a D,
    sides: [View<'a>; 2],
    zero: Pattern,
    quick: Vec<u8>,
    buffers: [Vec<u8>; 2],
    runs: Vec<Run>,
}

/// One side, through a window that slides along it.
struct View<'a> {
    source: &'a Source,
    start: u64,
    window: Window,
}

/// The result for some parts: the steps up to a failure.
pub(super) struct Examined<T> {
    pub(super) steps: Steps<T>,
    pub(super) failure: Option<Error>,
}

impl<'a, D: Digest> Worker<'a, D> {
    /// A worker with its buffers.
    ///
    /// # Errors
    /// `out_of_memory`.
    pub(super) fn new(digest: &'a D, sides: [(&'a Source, SourceRange); 2]) -> Result<Self> {
        let buffer = |size| memory::buffer(size, size, "compare");
        Ok(Self {
            digest,
            sides: sides.map(|(source, range)| View::new(source, range)),
            zero: Pattern::byte(0),
            quick: buffer(QUICK)?,
            buffers: [buffer(block_size::<D>())?, buffer(block_size::<D>())?],
            runs: Vec::new(),
        })
    }

    /// Compares parts in order, up to a failure.
    pub(super) fn examine(&mut self, pieces: &[Piece]) -> Examined<D::Item> {
        let mut steps = Steps::default();
        let failure = pieces.iter().try_for_each(|piece| match piece.holes {
            [true, true] => self.skip(*piece, &mut steps),
            _ => self.compare(*piece, &mut steps),
        });
        Examined {
            steps,
            failure: failure.err(),
        }
    }

    /// Passes over a hole on both sides.
    fn skip(&self, piece: Piece, steps: &mut Steps<D::Item>) -> Result<()> {
        let found = self
            .sides
            .each_ref()
            .map(|side| side.existing(piece.at, piece.length));
        let [(a, a_failure), (b, b_failure)] = found;
        steps.add_zeros(a.min(b));
        lower((a, a_failure), (b, b_failure))
    }

    fn compare(&mut self, piece: Piece, steps: &mut Steps<D::Item>) -> Result<()> {
        if self.are_equal(piece).unwrap_or(false) {
            return self.pass_equal(piece, steps);
        }
        let length = ByteLength(piece.length).saturating_usize();
        let [a, b] = &mut self.buffers;
        let into = [a, b].map(|buffer| buffer.get_mut(..length).unwrap_or_default());
        let mut done = [(0_usize, None), (0, None)];
        for ((side, into), (done, is_hole)) in self
            .sides
            .iter_mut()
            .zip(into)
            .zip(done.iter_mut().zip(piece.holes))
        {
            *done = match is_hole {
                true => side.read_hole(piece.at, into),
                false => side.read(piece.at, into),
            };
        }
        let [(a, a_failure), (b, b_failure)] = done;
        let [one, other] = &self.buffers;
        let both = a.min(b);
        let both = (
            piece.at,
            one.get(..both).unwrap_or_default(),
            other.get(..both).unwrap_or_default(),
        );
        steps.add_bytes(self.digest, both, &mut self.runs);
        lower((a as u64, a_failure), (b as u64, b_failure))
    }

    /// Passes on equal bytes, with the bytes at both ends that are needed.
    fn pass_equal(&mut self, piece: Piece, steps: &mut Steps<D::Item>) -> Result<()> {
        let margin = (self.digest.margin() as u64).min(piece.length);
        let tail = piece.length.saturating_sub(margin).max(margin);
        let [a, _] = &mut self.sides;
        let mut edge = |start: u64, end: u64, steps: &mut Steps<D::Item>| {
            let length = ByteLength(end.saturating_sub(start)).saturating_usize();
            let [buffer, _] = &mut self.buffers;
            let into = buffer.get_mut(..length).unwrap_or_default();
            let at = piece.at.saturating_add(start);
            let (done, failure) = match piece.holes {
                _ if length == 0 => (0, None),
                [true, _] => a.read_hole(at, into),
                _ => a.read(at, into),
            };
            steps.add_edge(into.get(..done).unwrap_or_default());
            failure.map_or(Ok(()), Err)
        };
        edge(0, margin, steps)?;
        steps.add_equal(tail.saturating_sub(margin));
        edge(tail, piece.length, steps)
    }

    /// Whether both sides are the same, without keeping the bytes. A failure may be found again by reading them.
    fn are_equal(&mut self, piece: Piece) -> Result<bool> {
        let [a, b] = &mut self.sides;
        let equal = match piece.holes {
            [true, _] => b.is_zero(piece, &self.zero)?,
            [_, true] => a.is_zero(piece, &self.zero)?,
            _ => {
                let (one, other) = (a.region(piece)?, b.region(piece)?);
                let mut equal = true;
                let mut at = 0;
                while equal && at < piece.length {
                    let length = ByteLength(piece.length.saturating_sub(at)).saturating_usize();
                    let bytes = self.quick.get_mut(..length.min(QUICK)).unwrap_or_default();
                    let place = |view: &View<'_>| view.offset(piece.at.saturating_add(at));
                    one.read(place(a), bytes)?;
                    equal = other.compare(place(b), bytes)?.is_none();
                    at = at.saturating_add(bytes.len() as u64);
                }
                equal
            }
        };
        let exists = |view: &View<'_>| view.existing(piece.at, piece.length).0 == piece.length;
        Ok(equal && exists(a) && exists(b))
    }
}

/// The failure at the lower place, if there is one.
fn lower<T: Ord>(a: (T, Option<Error>), b: (T, Option<Error>)) -> Result<()> {
    let ((first, one), (second, other)) = match b.0 < a.0 {
        true => (b, a),
        false => (a, b),
    };
    // A failure at a higher place is not reached when the other side stops before it.
    let other = other.filter(|_| first == second);
    one.or(other).map_or(Ok(()), Err)
}

impl<'a> View<'a> {
    fn new(source: &'a Source, range: SourceRange) -> Self {
        let size = match is_memory_scarce() {
            true => SMALL_WINDOW,
            false => WINDOW,
        };
        let step = Step::new(size, SMALLEST_WINDOW);
        Self {
            source,
            start: range.offset().0,
            window: Window::sliding(Access::READ, range.end(), step),
        }
    }

    fn offset(&self, at: u64) -> SourceOffset {
        SourceOffset(self.start.saturating_add(at))
    }

    /// A mapping that holds a part.
    fn region(&mut self, piece: Piece) -> Result<Arc<Region>> {
        let part = SourceRange::new(self.offset(piece.at), ByteLength(piece.length));
        let part = part.unwrap_or_default();
        self.window.covering(self.source, part).cloned()
    }

    fn is_zero(&mut self, piece: Piece, zero: &Pattern) -> Result<bool> {
        let region = self.region(piece)?;
        let length = ByteLength(piece.length).saturating_usize();
        let found = region.compare_pattern(self.offset(piece.at), length, zero, 0)?;
        Ok(found.is_none())
    }

    /// Reads bytes. Returns their number, and why there are not more.
    fn read(&mut self, at: u64, into: &mut [u8]) -> (usize, Option<Error>) {
        let piece = Piece {
            at,
            length: into.len() as u64,
            holes: [false; 2],
        };
        let read = self
            .region(piece)
            .map_err(|error| Stopped { done: 0, error });
        let read = read.and_then(|region| region.read(self.offset(at), into));
        let (done, failure) = match read {
            Ok(()) => (into.len(), None),
            Err(Stopped { done, error }) => (done, Some(error)),
        };
        // The end of the file takes precedence over a failure beyond it.
        let (exists, end) = self.existing(at, done as u64);
        let exists = ByteLength(exists).saturating_usize();
        (exists, end.or(failure))
    }

    /// The same for a hole, which has zeros.
    fn read_hole(&self, at: u64, into: &mut [u8]) -> (usize, Option<Error>) {
        into.fill(0);
        let (exists, failure) = self.existing(at, into.len() as u64);
        (ByteLength(exists).saturating_usize(), failure)
    }

    /// The number of bytes here that the file now has, and the failure if those are not all. Bytes of the last page beyond
    /// the end can be read and are zero, so only the size shows that they do not exist.
    fn existing(&self, at: u64, length: u64) -> (u64, Option<Error>) {
        let start = self.offset(at);
        let size = match self.source.size() {
            Ok(size) => size,
            Err(error) => return (0, Some(error.on(self.source.name()))),
        };
        let exists = size.0.saturating_sub(start.0).min(length);
        let failure = (exists < length).then(|| {
            let end = SourceOffset(size.0).max(start);
            bytes::truncated("read", self.source.name(), size, end)
        });
        (exists, failure)
    }
}
