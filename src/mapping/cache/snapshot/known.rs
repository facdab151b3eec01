//! What was cached of many files at a time before, in little memory.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use super::look::cached_ranges;
use super::ranges;
use crate::mapping::cache::walk::{Done, Found};
use crate::mapping::error::Result;
use crate::mapping::types::{ByteLength, SourceOffset, SourceRange, StatIdentity};

/// The ranges of files, by device and inode: a few bytes for each range.
#[derive(Debug, Default)]
pub struct Known(Mutex<Packed>);

/// Packed ranges, by device and inode.
type Packed = HashMap<(u64, u64), Box<[u8]>>;

impl Known {
    /// Nothing is known yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Notes what is cached of a file: the job of a walk.
    #[must_use]
    pub fn note(&self, found: &Found) -> Done<()> {
        Done::from(self.look(found))
    }

    fn look(&self, found: &Found) -> Result<()> {
        let cached = cached_ranges(&found.source, &found.facts)?;
        if !cached.is_empty() {
            let StatIdentity { device, inode } = found.facts.identity;
            let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            all.insert((device, inode), packed(&cached));
        }
        Ok(())
    }

    /// The ranges that were not cached before.
    pub(super) fn new_of(&self, file: StatIdentity, cached: Vec<SourceRange>) -> Vec<SourceRange> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match all.get(&(file.device, file.inode)) {
            Some(known) => ranges::subtract(&cached, &unpacked(known)),
            None => cached,
        }
    }
}

/// Ranges as numbers of 7 bits a byte: the gap before each, and its length.
fn packed(ranges: &[SourceRange]) -> Box<[u8]> {
    let mut bytes = Vec::new();
    let mut end = SourceOffset::START;
    for range in ranges {
        push(&mut bytes, SourceOffset::from_to(end, range.offset()).0);
        push(&mut bytes, range.length().0);
        end = range.end();
    }
    bytes.into_boxed_slice()
}

fn push(bytes: &mut Vec<u8>, mut number: u64) {
    loop {
        let low = number.to_le_bytes()[0] & 0x7f;
        number >>= 7;
        if number == 0 {
            return bytes.push(low);
        }
        bytes.push(low | 0x80);
    }
}

fn unpacked(bytes: &[u8]) -> Vec<SourceRange> {
    let mut numbers = bytes.split_inclusive(|byte| byte & 0x80 == 0).map(|bytes| {
        let digits = bytes.iter().rev().map(|byte| u64::from(byte & 0x7f));
        digits.fold(0, |number, digit| number << 7 | digit)
    });
    let mut ranges = Vec::new();
    let mut end = SourceOffset::START;
    while let (Some(gap), Some(length)) = (numbers.next(), numbers.next()) {
        let start = end.plus(ByteLength(gap));
        let range = SourceRange::new(start, ByteLength(length));
        end = start.plus(ByteLength(length));
        ranges.extend(range);
    }
    ranges
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn packed_ranges_are_the_same_again(ranges in ranges::tests::any_ranges(), scale in 0_u32..50) {
            let wide: Vec<SourceRange> = ranges
                .iter()
                .map(|range| {
                    let (offset, length) = (range.offset().0 << scale, range.length().0 << scale);
                    SourceRange::new(SourceOffset(offset), ByteLength(length)).unwrap()
                })
                .collect();
            prop_assert_eq!(unpacked(&packed(&wide)), wide);
        }
    }
}
