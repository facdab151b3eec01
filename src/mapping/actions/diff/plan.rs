//! What to compare next: the parts of the range where a side has data, and those where both have holes.

use std::ops::Range;

use crate::mapping::source::Source;
use crate::mapping::source::data_runs::DataRuns;
use crate::mapping::types::SourceRange;

/// A part of the range, counted from its start, and whether it is a hole on each side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Piece {
    pub(super) at: u64,
    pub(super) length: u64,
    pub(super) holes: [bool; 2],
}

/// The parts that are left.
#[derive(Debug)]
pub(super) struct Plan<'a> {
    sides: [Track<'a>; 2],
    at: u64,
    end: u64,
    block: u64,
}

/// The data and holes of one side.
#[derive(Debug)]
struct Track<'a> {
    runs: DataRuns<'a>,
    start: u64,
    /// The next run of data; a hole precedes it.
    data: Range<u64>,
}

/// The greatest number of pieces in a batch.
const MOST_PIECES: usize = 256;

impl<'a> Plan<'a> {
    /// The parts of two ranges of the same length, of which those with data have at most `block` bytes.
    pub(super) fn new(sides: [(&'a Source, SourceRange); 2], block: usize) -> Self {
        let length = sides.map(|(_, range)| range.length().0);
        Self {
            sides: sides.map(|(source, range)| Track {
                runs: DataRuns::of_source(source, range),
                start: range.offset().0,
                data: 0..0,
            }),
            at: 0,
            end: length.into_iter().min().unwrap_or(0),
            block: block as u64,
        }
    }

    /// The next parts, which have at most as many bytes of data as a block; `None` at the end.
    pub(super) fn batch(&mut self) -> Option<Vec<Piece>> {
        let mut pieces = Vec::new();
        let mut room = self.block;
        while pieces.len() < MOST_PIECES
            && room > 0
            && let Some(piece) = self.piece(room)
        {
            if piece.holes != [true; 2] {
                room = room.saturating_sub(piece.length);
            }
            pieces.push(piece);
        }
        Some(pieces).filter(|pieces| !pieces.is_empty())
    }

    fn piece(&mut self, room: u64) -> Option<Piece> {
        let (at, end) = (self.at, self.end);
        if at >= end {
            return None;
        }
        let states = self.sides.each_mut().map(|side| side.look(at, end));
        let holes = states.map(|(is_hole, _)| is_hole);
        let until = states
            .into_iter()
            .map(|(_, until)| until)
            .fold(end, u64::min);
        let length = match holes {
            [true, true] => until.saturating_sub(at),
            _ => until.saturating_sub(at).min(room),
        };
        self.at = at.saturating_add(length);
        Some(Piece { at, length, holes })
    }
}

impl Track<'_> {
    /// Whether a hole is here, and where it or the data ends.
    fn look(&mut self, at: u64, end: u64) -> (bool, u64) {
        while at >= self.data.end {
            self.data = match self.runs.next() {
                Some(run) => {
                    let place = |offset: u64| offset.saturating_sub(self.start);
                    place(run.offset().0)..place(run.end().0)
                }
                None => end..u64::MAX,
            };
        }
        match at < self.data.start {
            true => (true, self.data.start),
            false => (false, self.data.end),
        }
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;
    use crate::mapping::source::{OpenRequest, SourceSpec};
    use crate::mapping::types::{ByteLength, SourceOffset};
    use std::os::unix::fs::FileExt;

    const MIB: u64 = 1 << 20;

    /// A file of 8 MiB with data in these places, in MiB.
    fn sparse(places: &[u64]) -> (tempfile::NamedTempFile, Source) {
        let file = tempfile::NamedTempFile::new_in(env!("CARGO_MANIFEST_DIR")).unwrap();
        file.as_file().set_len(8 * MIB).unwrap();
        for place in places {
            let data = vec![1; 1 << 20];
            file.as_file().write_all_at(&data, place * MIB).unwrap();
        }
        let spec = SourceSpec::File(file.path().to_owned());
        let source = Source::open(&spec, &OpenRequest::READ).unwrap();
        (file, source)
    }

    fn range(offset: u64, length: u64) -> SourceRange {
        SourceRange::new(SourceOffset(offset), ByteLength(length)).unwrap()
    }

    #[test]
    fn the_parts_follow_each_other_and_each_is_data_or_a_hole_on_both_sides() {
        let (_a, a) = sparse(&[1, 2, 5]);
        let (_b, b) = sparse(&[2, 3]);
        let mut plan = Plan::new([(&a, range(0, 8 * MIB)), (&b, range(0, 7 * MIB))], 1 << 20);
        let mut pieces = Vec::new();
        while let Some(batch) = plan.batch() {
            let data = batch.iter().filter(|piece| piece.holes != [true; 2]);
            assert!(data.map(|piece| piece.length).sum::<u64>() <= MIB);
            pieces.extend(batch);
        }
        let piece = |at, length, holes| Piece {
            at: at * MIB,
            length: length * MIB,
            holes,
        };
        let expected = [
            piece(0, 1, [true, true]),
            piece(1, 1, [false, true]),
            piece(2, 1, [false, false]),
            piece(3, 1, [true, false]),
            piece(4, 1, [true, true]),
            piece(5, 1, [false, true]),
            piece(6, 1, [true, true]),
        ];
        assert_eq!(pieces, expected);
    }

    #[test]
    fn ranges_at_different_offsets_have_places_from_their_starts() {
        let (_a, a) = sparse(&[1]);
        let (_b, b) = sparse(&[3]);
        let sides = [
            (&a, range(MIB / 2, 2 * MIB)),
            (&b, range(5 * MIB / 2, 2 * MIB)),
        ];
        let mut plan = Plan::new(sides, 4 << 20);
        let half = MIB / 2;
        let expected = [
            (0, half, [true; 2]),
            (half, 2 * half, [false; 2]),
            (3 * half, half, [true; 2]),
        ];
        let pieces = plan.batch().unwrap();
        let pieces = pieces
            .iter()
            .map(|piece| (piece.at, piece.length, piece.holes));
        assert_eq!(pieces.collect::<Vec<_>>(), expected);
        assert_eq!(plan.batch(), None);
    }
}
