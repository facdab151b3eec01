//! Pieces of a text at their offsets in the source, in order and without overlaps. This module does not write them.

use std::collections::BTreeMap;

use super::content::Content;
use super::text::Piece;
use crate::mapping::error::{Error, Result};
use crate::mapping::types::{ByteLength, RangeError, SourceOffset, SourceRange};

/// A piece at its offset in the source. Its bytes are repeated, or truncated, to the length of the range.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Placed {
    pub(super) range: SourceRange,
    bytes: Vec<u8>,
}

impl Placed {
    /// The part of it in `range`, which must lie in the piece.
    fn part(&self, range: SourceRange) -> Self {
        let skip = SourceOffset::from_to(self.range.offset(), range.offset());
        let period = self.bytes.len() as u64;
        let skip = skip.0.checked_rem(period).unwrap_or(0);
        let skip = usize::try_from(skip).unwrap_or(0).min(self.bytes.len());
        let mut bytes = self.bytes.clone();
        bytes.rotate_left(skip);
        Self { range, bytes }
    }

    pub(super) fn is_zero(&self) -> bool {
        self.bytes.iter().all(|byte| *byte == 0)
    }

    /// The bytes, unless they repeat.
    pub(super) fn plain(&self) -> Option<&[u8]> {
        self.bytes.get(..self.range.length().to_usize()?)
    }

    pub(super) fn content(&self) -> Result<Content> {
        Content::repeat(&self.bytes).ok_or_else(|| Error::usage("a piece has no bytes to repeat"))
    }
}

/// Places the pieces, in order and without overlaps: where two overlap, the later one wins.
///
/// # Errors
/// `usage` for a piece beyond the largest offset.
pub(super) fn place(pieces: Vec<Piece>, start: SourceOffset) -> Result<Vec<Placed>> {
    let mut placed: BTreeMap<SourceOffset, Placed> = BTreeMap::new();
    for piece in pieces {
        if piece.length == 0 || piece.bytes.is_empty() {
            continue;
        }
        let range = start
            .checked_plus(ByteLength(piece.offset))
            .and_then(|at| SourceRange::new(at, ByteLength(piece.length)))
            .ok_or_else(|| Error::usage(RangeError::TooLarge.to_string()))?;
        clear(&mut placed, range);
        let bytes = piece.bytes;
        placed.insert(range.offset(), Placed { range, bytes });
    }
    Ok(placed.into_values().collect())
}

/// Removes all bytes in a range.
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
            if let Some(rest) = SourceRange::between(from, to).filter(|rest| !rest.is_empty()) {
                placed.insert(from, piece.part(rest));
            }
        }
        if at < range.offset() {
            return;
        }
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
