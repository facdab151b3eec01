//! The runs of bytes that differ between two slices.

/// Bytes next to each other that all differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Run {
    /// The position of the first byte.
    pub start: usize,
    /// The number of bytes.
    pub length: usize,
}

impl Run {
    /// The position after the last byte.
    #[must_use]
    pub const fn end(self) -> usize {
        self.start.saturating_add(self.length)
    }
}

/// The runs of two slices of the same length, in order.
pub(super) fn runs(a: &[u8], b: &[u8]) -> impl Iterator<Item = Run> {
    let mut end = 0_usize;
    std::iter::from_fn(move || {
        let rest = |at: usize| Some((a.get(at..)?, b.get(at..)?));
        let (one, other) = rest(end)?;
        let start = end.saturating_add(equal_prefix(one, other));
        let (one, other) = rest(start)?;
        let length = different_prefix(one, other);
        end = start.saturating_add(length);
        (length > 0).then_some(Run { start, length })
    })
}

/// The number of equal bytes at the start.
fn equal_prefix(a: &[u8], b: &[u8]) -> usize {
    /// The number of bytes compared at a time.
    const BLOCK: usize = 64;
    let blocks = a.chunks_exact(BLOCK).zip(b.chunks_exact(BLOCK));
    let blocks = blocks.take_while(|(one, other)| one == other).count();
    prefix(a, b, blocks.saturating_mul(BLOCK), |one, other| {
        one == other
    })
}

/// The number of bytes at the start that all differ.
fn different_prefix(a: &[u8], b: &[u8]) -> usize {
    let (words, others) = (a.as_chunks::<8>().0, b.as_chunks::<8>().0);
    let words = words.iter().zip(others).take_while(|(one, other)| {
        !has_zero_byte(u64::from_ne_bytes(**one) ^ u64::from_ne_bytes(**other))
    });
    prefix(a, b, words.count().saturating_mul(8), |one, other| {
        one != other
    })
}

/// The number of bytes at the start that fulfil a condition, of which `known` are known.
fn prefix(a: &[u8], b: &[u8], known: usize, fulfils: impl Fn(u8, u8) -> bool) -> usize {
    let (one, other) = (
        a.get(known..).unwrap_or_default(),
        b.get(known..).unwrap_or_default(),
    );
    let rest = one.iter().zip(other);
    known.saturating_add(
        rest.take_while(|(one, other)| fulfils(**one, **other))
            .count(),
    )
}

const fn has_zero_byte(word: u64) -> bool {
    const ONES: u64 = u64::from_ne_bytes([1; 8]);
    const HIGHS: u64 = u64::from_ne_bytes([0x80; 8]);
    word.wrapping_sub(ONES) & !word & HIGHS != 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn runs_begin_and_end_anywhere() {
        let run = |start, length| Run { start, length };
        for (a, b, expected) in [
            ("", "", vec![]),
            ("same", "same", vec![]),
            ("abc", "xyz", vec![run(0, 3)]),
            ("abcdef", "xbcyef", vec![run(0, 1), run(3, 1)]),
            ("abcdef", "abcdeX", vec![run(5, 1)]),
        ] {
            let found: Vec<Run> = runs(a.as_bytes(), b.as_bytes()).collect();
            assert_eq!(found, expected, "{a} {b}");
        }
    }

    proptest! {
        #[test]
        fn the_runs_are_all_bytes_that_differ(pairs in prop::collection::vec((0_u8..3, 0_u8..3), 0..400)) {
            let (a, b): (Vec<u8>, Vec<u8>) = pairs.into_iter().unzip();
            let mut differ = vec![false; a.len()];
            let mut end = None;
            for run in runs(&a, &b) {
                prop_assert!(run.length > 0 && Some(run.start) > end);
                end = Some(run.end());
                differ[run.start..run.end()].fill(true);
            }
            let expected: Vec<bool> = a.iter().zip(&b).map(|(a, b)| a != b).collect();
            prop_assert_eq!(differ, expected);
        }
    }
}
