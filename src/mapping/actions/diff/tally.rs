//! What was compared so far, and how much of it differs.

use crate::mapping::actions::runs::Run;
use crate::mapping::types::ByteLength;

/// What was compared, and how much of it differs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// The number of bytes of each side that were compared, those in holes of both sides included.
    pub compared: ByteLength,
    /// The number of bytes that differ.
    pub different: ByteLength,
    /// The number of runs of bytes that differ.
    pub differences: u64,
    /// The first byte that differs, counted from the start of the range.
    pub first: Option<u64>,
    /// The end of the last run.
    end: Option<u64>,
}

impl Tally {
    /// Adds equal bytes.
    pub(super) fn add_equal(&mut self, length: u64) {
        self.compared = self.compared.plus(ByteLength(length));
    }

    /// Adds a block with its runs, which lies after those added before.
    pub(super) fn add(&mut self, at: u64, length: usize, runs: &[Run]) {
        let bytes = runs.iter().map(|run| ByteLength::of(run.length));
        let place = |inner: usize| at.saturating_add(inner as u64);
        self.append(Self {
            compared: ByteLength::of(length),
            different: bytes.sum(),
            differences: runs.len() as u64,
            first: runs.first().map(|run| place(run.start)),
            end: runs.last().map(|run| place(run.end())),
        });
    }

    /// Adds what follows. A run that ends where the first one of the others starts is one with it.
    pub(super) fn append(&mut self, next: Self) {
        let is_joined = next.first.is_some() && self.end == next.first;
        self.compared = self.compared.plus(next.compared);
        self.different = self.different.plus(next.different);
        self.differences = self
            .differences
            .saturating_add(next.differences)
            .saturating_sub(u64::from(is_joined));
        self.first = self.first.or(next.first);
        self.end = next.end.or(self.end);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_across_blocks_is_counted_once() {
        let run = |start, length| Run { start, length };
        let mut tally = Tally::default();
        tally.add_equal(10);
        tally.add(10, 10, &[run(2, 1), run(5, 5)]);
        tally.add(20, 10, &[run(0, 3)]);
        tally.add(30, 10, &[run(0, 10)]);
        assert_eq!(tally.compared, ByteLength(40));
        assert_eq!(tally.different, ByteLength(19));
        assert_eq!((tally.differences, tally.first), (3, Some(12)));
    }
}
