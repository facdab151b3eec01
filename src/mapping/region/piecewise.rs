//! Mapping a range one piece after the other, where nothing needs all of it mapped at once: the address space may be
//! limited (`getrlimit(2)`, RLIMIT_AS), and no mapping can be as long as the longest files.

use super::live::Region;
use crate::mapping::error::Result;
use crate::mapping::sys;
use crate::mapping::types::{ByteLength, Kind, PageSize, SourceRange};

/// The longest piece, as a power of two: below half of the address space.
const LONGEST: u32 = if usize::BITS >= 64 { 46 } else { 28 };

/// The shortest piece that is tried, as a power of two.
const SHORTEST: u32 = 20;

/// Hands `work` the mappings of consecutive pieces of a range, made by `map`, each in turn. Where there is no room for
/// a piece, smaller ones are tried. Pieces are cut at multiples of their size in the source.
///
/// # Errors
/// Those of `map` and `work`; that of `map` for the smallest piece where there is no room even for that.
pub(in crate::mapping) fn piecewise(
    range: SourceRange,
    map: impl Fn(SourceRange) -> Result<Region>,
    mut work: impl FnMut(Region) -> Result<()>,
) -> Result<()> {
    let mut size = LONGEST;
    let mut is_tight = false;
    let mut left = Some(range).filter(|range| !range.is_empty());
    while let Some(rest) = left {
        let piece = first_piece(rest, size);
        match map(piece) {
            Err(error) if error.kind() == Kind::OutOfMemory && size > SHORTEST => {
                is_tight = true;
                size = shorter(size, piece);
            }
            Ok(_) if is_tight && size > SHORTEST => {
                // Half of what just fits leaves as much for everything else.
                is_tight = false;
                size = shorter(size, piece);
            }
            region => {
                work(region?)?;
                let length = rest.end().0.saturating_sub(piece.end().0);
                left = SourceRange::new(piece.end(), ByteLength(length))
                    .filter(|rest| !rest.is_empty());
            }
        }
    }
    Ok(())
}

fn first_piece(range: SourceRange, size: u32) -> SourceRange {
    let size = PageSize::new(1 << size).unwrap_or_else(sys::page_size);
    range.pieces(size).next().unwrap_or(range)
}

/// The next smaller size with which a piece becomes shorter.
fn shorter(size: u32, piece: SourceRange) -> u32 {
    let length = piece.length().0.saturating_sub(1);
    let below = length.checked_ilog2().unwrap_or(0);
    size.saturating_sub(1).min(below).max(SHORTEST)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapping::error::Error;
    use crate::mapping::source::{OpenRequest, Source, SourceSpec};
    use crate::mapping::types::{Access, SourceOffset};

    /// The pieces that a range is worked on in when no more than `most` bytes can be mapped at once.
    fn pieces(offset: u64, length: u64, most: u64) -> Result<Vec<(u64, u64)>> {
        let source = Source::open(&SourceSpec::Anonymous, &OpenRequest::READ).unwrap();
        let one = SourceRange::new(SourceOffset(0), ByteLength(1)).unwrap();
        let range = SourceRange::new(SourceOffset(offset), ByteLength(length)).unwrap();
        let asked = std::cell::Cell::new(range);
        let map = |piece: SourceRange| {
            asked.set(piece);
            match piece.length().0 <= most {
                true => Region::window(&source, one, Access::READ),
                false => Err(Error::new(Kind::OutOfMemory, "map", "no room")),
            }
        };
        let mut pieces = Vec::new();
        piecewise(range, map, |_| {
            let piece = asked.get();
            pieces.push((piece.offset().0, piece.length().0));
            Ok(())
        })?;
        Ok(pieces)
    }

    const MIB: u64 = 1 << 20;

    #[test]
    fn what_fits_is_mapped_at_once() {
        assert_eq!(pieces(7, 9, u64::MAX).unwrap(), [(7, 9)]);
        assert_eq!(pieces(0, 0, 0).unwrap(), []);
    }

    #[test]
    fn what_does_not_fit_is_mapped_in_halves_of_what_does() {
        let quarters: Vec<_> = (0..8).map(|i| (i * 4 * MIB, 4 * MIB)).collect();
        assert_eq!(pieces(0, 32 * MIB, 15 * MIB).unwrap(), quarters);
        assert_eq!(
            pieces(5 * MIB, 4 * MIB, 3 * MIB).unwrap(),
            [
                (5 * MIB, MIB),
                (6 * MIB, MIB),
                (7 * MIB, MIB),
                (8 * MIB, MIB)
            ]
        );
    }

    #[test]
    fn no_room_at_all_is_a_failure() {
        let error = pieces(0, 32 * MIB, MIB - 1).unwrap_err();
        assert_eq!(error.kind(), Kind::OutOfMemory);
    }
}
