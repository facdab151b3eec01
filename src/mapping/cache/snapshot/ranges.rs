//! Lists of ranges of a file: in order, not empty, and without overlap.

use crate::mapping::measure::residency::{cached_of_file, runs_of_file};
use crate::mapping::sys;
use crate::mapping::sys::OpenFile;
use crate::mapping::types::{ByteLength, SourceOffset, SourceRange, UnknownReason};

/// The bytes of a file of this size that are in the page cache. The kernel counts pages faster than it tells which they
/// are; most files are cached as a whole, or not at all.
pub(in crate::mapping::cache) fn cached(
    file: &OpenFile,
    size: ByteLength,
) -> Result<Vec<SourceRange>, UnknownReason> {
    let whole = SourceRange::new(SourceOffset::START, size).filter(|all| !all.is_empty());
    let Some(whole) = whole else {
        return Ok(Vec::new());
    };
    let counts = cached_of_file(file, whole, sys::page_size()).counts;
    match counts.cached {
        Some(0) => Ok(Vec::new()),
        Some(pages) if pages == counts.pages => Ok(vec![whole]),
        _ => resident(file, size),
    }
}

/// The bytes of a file of this size that are in memory and up to date.
pub(in crate::mapping::cache) fn resident(
    file: &OpenFile,
    size: ByteLength,
) -> Result<Vec<SourceRange>, UnknownReason> {
    let mut found = Vec::new();
    let Some(whole) = SourceRange::new(SourceOffset::START, size).filter(|all| !all.is_empty())
    else {
        return Ok(found);
    };
    runs_of_file(file, whole, sys::page_size(), &mut |run| {
        let run = run.clamp_to(size);
        if !run.is_empty() {
            found.push(run);
        }
    })?;
    Ok(found)
}

/// The number of bytes in ranges.
pub(in crate::mapping::cache) fn bytes(ranges: &[SourceRange]) -> ByteLength {
    ranges.iter().map(|range| range.length()).sum()
}

/// The parts of ranges before this offset.
pub(in crate::mapping::cache) fn clamp(
    ranges: &[SourceRange],
    size: ByteLength,
) -> Vec<SourceRange> {
    let parts = ranges.iter().map(|range| range.clamp_to(size));
    parts.filter(|part| !part.is_empty()).collect()
}

/// The bytes of `from` that are not in `taken`.
pub(in crate::mapping::cache) fn subtract(
    from: &[SourceRange],
    taken: &[SourceRange],
) -> Vec<SourceRange> {
    let mut rest = Vec::new();
    let mut taken = taken.iter().peekable();
    for range in from {
        let mut left = *range;
        while let Some(hole) = taken.peek() {
            if hole.end() <= left.offset() {
                taken.next();
                continue;
            }
            if hole.offset() >= left.end() {
                break;
            }
            let before = SourceRange::between(left.offset(), hole.offset());
            rest.extend(before.filter(|part| !part.is_empty()));
            left = left.starting_at(hole.end());
            if left.is_empty() {
                break;
            }
        }
        if !left.is_empty() {
            rest.push(left);
        }
    }
    rest
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Ranges of a small file: gaps and lengths in turn.
    pub(in crate::mapping::cache::snapshot) fn any_ranges()
    -> impl Strategy<Value = Vec<SourceRange>> {
        proptest::collection::vec((0_u64..5, 1_u64..6), 0..20).prop_map(|steps| {
            let mut at = 0;
            let range = |(gap, length): (u64, u64)| {
                let start = at + gap;
                at = start + length;
                SourceRange::new(SourceOffset(start), ByteLength(length)).unwrap()
            };
            steps.into_iter().map(range).collect()
        })
    }

    fn contains(ranges: &[SourceRange], at: u64) -> bool {
        ranges.iter().any(|range| range.contains(SourceOffset(at)))
    }

    proptest! {
        #[test]
        fn a_difference_has_the_bytes_of_one_list_that_are_not_in_the_other(
            from in any_ranges(),
            taken in any_ranges(),
        ) {
            let rest = subtract(&from, &taken);
            for at in 0..250 {
                prop_assert_eq!(contains(&rest, at), contains(&from, at) && !contains(&taken, at), "{}", at);
            }
            prop_assert!(rest.iter().all(|range| !range.is_empty()));
            prop_assert!(rest.windows(2).all(|two| two[0].end() <= two[1].offset()));
        }

        #[test]
        fn clamped_ranges_end_before_the_size(ranges in any_ranges(), size in 0_u64..200) {
            let parts = clamp(&ranges, ByteLength(size));
            for at in 0..250 {
                prop_assert_eq!(contains(&parts, at), contains(&ranges, at) && at < size);
            }
            prop_assert_eq!(bytes(&parts).0, (0..250).filter(|at| contains(&parts, *at)).count() as u64);
        }
    }
}
