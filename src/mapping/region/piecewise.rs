//! Work on a range through mappings of its pieces. The caller maps each piece, and it is unmapped before the next one is
//! mapped.

use super::live::Region;
use super::window::Step;
use crate::mapping::error::Result;
use crate::mapping::types::{ByteLength, PageSize, SourceRange};

/// The longest piece: below half of the address space.
const LONGEST: PageSize = PageSize::of_system(1 << if usize::BITS >= 64 { 46 } else { 28 });

/// The shortest piece that is tried.
const SHORTEST: PageSize = PageSize::of_system(1 << 20);

/// Maps consecutive pieces of a range with `map`, each as long as the address space allows, and passes them to `work`.
/// A mapping must end where its piece ends.
///
/// # Errors
/// Those of `map` and `work`. A lack of address space is an error only for the smallest piece.
pub(in crate::mapping) fn piecewise(
    range: SourceRange,
    map: impl Fn(SourceRange) -> Result<Region>,
    mut work: impl FnMut(Region) -> Result<()>,
) -> Result<()> {
    let mut step = Step::new(LONGEST, SHORTEST);
    let mut left = range;
    while !left.is_empty() {
        let region = step.map(left, ByteLength::ZERO, &map)?;
        left = left.starting_at(region.range().end());
        work(region)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapping::error::Error;
    use crate::mapping::source::{OpenRequest, Source, SourceSpec};
    use crate::mapping::types::{Access, Kind, SourceOffset};

    /// The pieces of a range when at most `most` bytes can be mapped at once.
    fn pieces(offset: u64, length: u64, most: u64) -> Result<Vec<(u64, u64)>> {
        let source = Source::open(&SourceSpec::Anonymous, &OpenRequest::READ).unwrap();
        let range = SourceRange::new(SourceOffset(offset), ByteLength(length)).unwrap();
        let asked = std::cell::Cell::new(range);
        let map = |piece: SourceRange| {
            asked.set(piece);
            match piece.length().0 <= most {
                true => Region::window(&source, piece, Access::READ),
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
    fn a_range_that_fits_is_mapped_at_once() {
        assert_eq!(pieces(7, 9, u64::MAX).unwrap(), [(7, 9)]);
        assert_eq!(pieces(0, 0, 0).unwrap(), []);
    }

    #[test]
    fn a_range_that_does_not_fit_is_mapped_in_halves_of_the_possible_length() {
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
    fn a_lack_of_room_for_the_smallest_piece_is_a_failure() {
        let error = pieces(0, 32 * MIB, MIB - 1).unwrap_err();
        assert_eq!(error.kind(), Kind::OutOfMemory);
    }
}
