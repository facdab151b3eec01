//! Filling with pieces of bytes that each have a place of their own, as a dump has them that is read back.

use std::collections::BTreeMap;

use super::sweep::{CHUNK, Windows, populate};
use super::{Content, Job, Phase, Written, mismatch, resized};
use crate::mapping::error::{Error, Result};
use crate::mapping::region::Region;
use crate::mapping::source::size::{NewSize, Reserve};
use crate::mapping::types::{
    Access, ByteLength, OffsetRequest, RangeError, RangeRequest, SourceOffset, SourceRange,
};

/// Bytes and their place, counted from where the range to be filled begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// Where they go.
    pub offset: u64,
    /// The bytes.
    pub bytes: Vec<u8>,
    /// Up to which length they repeat, or are cut.
    pub length: u64,
}

/// A piece at its place in the source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::mapping) struct Placed {
    range: SourceRange,
    bytes: Vec<u8>,
}

impl Placed {
    /// A part of it; the part lies in it.
    fn part(&self, range: SourceRange) -> Self {
        let skip = range.offset().0.saturating_sub(self.range.offset().0);
        let period = self.bytes.len() as u64;
        let skip = skip.checked_rem(period).unwrap_or(0);
        let skip = usize::try_from(skip).unwrap_or(0).min(self.bytes.len());
        let mut bytes = self.bytes.clone();
        bytes.rotate_left(skip);
        Self { range, bytes }
    }

    fn is_zero(&self) -> bool {
        self.bytes.iter().all(|byte| *byte == 0)
    }

    /// The bytes, when they neither repeat nor take long.
    fn plain(&self) -> Option<&[u8]> {
        let length = self.range.length().to_usize()?;
        self.bytes
            .get(..length)
            .filter(|_| length as u64 <= CHUNK.bytes())
    }

    fn content(&self) -> Result<Content> {
        Content::repeat(&self.bytes).ok_or_else(|| Error::usage("a piece has no bytes to repeat"))
    }
}

/// The pieces at their places, in order and without overlaps: where they overlap the later one wins.
fn place(pieces: Vec<Piece>, start: SourceOffset) -> Result<Vec<Placed>> {
    let mut placed: BTreeMap<SourceOffset, Placed> = BTreeMap::new();
    for piece in pieces {
        if piece.length == 0 || piece.bytes.is_empty() {
            continue;
        }
        let range = start
            .0
            .checked_add(piece.offset)
            .and_then(|at| SourceRange::new(SourceOffset(at), ByteLength(piece.length)))
            .ok_or_else(|| Error::usage(RangeError::TooLarge.to_string()))?;
        clear(&mut placed, range);
        let bytes = piece.bytes;
        placed.insert(range.offset(), Placed { range, bytes });
    }
    Ok(placed.into_values().collect())
}

/// Takes away what lies in a range.
fn clear(placed: &mut BTreeMap<SourceOffset, Placed>, range: SourceRange) {
    while let Some((at, last)) = placed.range(..range.end()).next_back() {
        let (at, other) = (*at, last.range);
        if other.end() <= range.offset() {
            return;
        }
        let Some(piece) = placed.remove(&at) else {
            return;
        };
        for (from, to) in [(at, range.offset()), (range.end(), other.end())] {
            let length = ByteLength(to.0.saturating_sub(from.0));
            if let Some(rest) = SourceRange::new(from, length).filter(|rest| !rest.is_empty()) {
                placed.insert(from, piece.part(rest));
            }
        }
        if at < range.offset() {
            return;
        }
    }
}

impl Job<'_> {
    /// Writes the pieces. Zeros beyond the end of a source that grows stay a hole.
    pub(in crate::mapping) fn fill_pieces(
        &mut self,
        pieces: Vec<Piece>,
    ) -> Result<(Written, Vec<Placed>)> {
        let start = self.resolve(&RangeRequest {
            length: Some(ByteLength::ZERO),
            ..self.request.range
        })?;
        let mut pieces = place(pieces, start.offset())?;
        let (Some(first), Some(last)) = (pieces.first(), pieces.last()) else {
            self.rehearse_truncation(start, ByteLength::ZERO)?;
            return Ok((self.written(start, Vec::new(), false), pieces));
        };
        let length = last.range.end().0.saturating_sub(first.range.offset().0);
        let hull = resized(first.range, ByteLength(length));
        let total = pieces.iter().map(|piece| piece.range.length().0).sum();
        let progress = self.control.progress;
        progress.begin(Phase::Filling, Some(ByteLength(total)));
        self.resolve(&RangeRequest {
            offset: OffsetRequest::FromStart(hull.offset()),
            length: Some(hull.length()),
        })?;
        let all = pieces.len();
        let old_size = self.old_size;
        let is_hole = |piece: &Placed| piece.range.offset().0 >= old_size.0 && piece.is_zero();
        let kept: Vec<Placed> = pieces.extract_if(.., |piece| !is_hole(piece)).collect();
        let holes = all.saturating_sub(kept.len());
        let reserved = self.make_room_for(hull, &kept)? && holes == 0;
        self.put_all(&kept, hull)?;
        self.check_size(hull)?;
        let stored = kept.iter().map(|piece| piece.range).collect();
        let written = Written {
            length: ByteLength(total),
            ..self.written(hull, stored, reserved)
        };
        pieces.extend(kept);
        Ok((written, pieces))
    }

    fn written(&self, range: SourceRange, stored: Vec<SourceRange>, reserved: bool) -> Written {
        Written {
            range,
            stored,
            length: range.length(),
            reserved,
            input_length: None,
            duration: self.started.elapsed(),
        }
    }

    /// Extends the source to the end of the hull and reserves blocks for the pieces.
    fn make_room_for(&mut self, hull: SourceRange, pieces: &[Placed]) -> Result<bool> {
        if self.request.private {
            return self.prepare(hull);
        }
        let blocks = pieces.iter().map(|piece| piece.range.length().0);
        self.rehearse_truncation(hull, ByteLength(blocks.fold(0, u64::saturating_add)))?;
        if hull.end().0 > self.old_size.0 {
            let size = NewSize::AtLeast(ByteLength(hull.end().0));
            self.source.set_size(size, false)?;
        }
        let first = resized(hull, ByteLength(1));
        Region::window(&self.source, first, Access::WRITE)?;
        let mut reserved = true;
        let mut pieces = pieces.iter().map(|piece| piece.range).peekable();
        while let Some(mut range) = pieces.next() {
            while let Some(next) = pieces.next_if(|next| next.offset() == range.end()) {
                let length = range.length().0.saturating_add(next.length().0);
                range = resized(range, ByteLength(length));
            }
            reserved &= self.source.provide(range, Reserve::Range)?.reserved;
        }
        Ok(reserved)
    }

    fn put_all(&mut self, pieces: &[Placed], hull: SourceRange) -> Result<()> {
        let mut windows = self.windows(Access::WRITE, hull.end());
        for piece in pieces {
            let range = piece.range;
            if let Some(kind) = self.control.interrupts.came() {
                return Err(self.stop(kind, hull.offset(), range.offset(), None));
            }
            let Some(bytes) = piece.plain() else {
                let swept = self.sweep(&piece.content()?, range, range.offset());
                self.check_swept(range, swept)?;
                continue;
            };
            let region = windows.covering(&self.source, range)?;
            populate(&region, range, false);
            region.write(range.offset(), bytes)?;
            self.control.progress.advance(range.length());
        }
        Ok(())
    }

    /// Reads every piece back and compares.
    pub(in crate::mapping) fn verify_pieces(&self, pieces: &[Placed]) -> Result<()> {
        let end = pieces.iter().map(|piece| piece.range.end()).max();
        let mut windows: Windows = self.windows(Access::READ, end.unwrap_or_default());
        for piece in pieces {
            let range = piece.range;
            let Some(bytes) = piece.plain() else {
                self.verify(&piece.content()?, range)?;
                continue;
            };
            let region = windows.covering(&self.source, range)?;
            if let Some(at) = region.compare(range.offset(), bytes)? {
                return Err(mismatch(&region, &piece.content()?, range, at));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn where_pieces_overlap_the_later_one_wins(
            pieces in prop::collection::vec((0_u64..60, prop::collection::vec(any::<u8>(), 1..9), 1_u64..30), 0..12),
        ) {
            let mut naive = [None; 100];
            for (offset, bytes, length) in &pieces {
                for i in 0..*length {
                    naive[(offset + i + 3) as usize] = Some(bytes[i as usize % bytes.len()]);
                }
            }
            let pieces = pieces.into_iter().map(|(offset, bytes, length)| Piece { offset, bytes, length });
            let placed = place(pieces.collect(), SourceOffset(3)).unwrap();
            let mut seen = [None; 100];
            let mut end = 0;
            for piece in placed {
                let at = piece.range.offset().0;
                prop_assert!(at >= end);
                end = piece.range.end().0;
                for i in at..end {
                    seen[i as usize] = Some(piece.bytes[(i - at) as usize % piece.bytes.len()]);
                }
            }
            prop_assert_eq!(seen, naive);
        }
    }
}
