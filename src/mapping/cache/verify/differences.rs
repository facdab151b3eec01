//! The differences between two sides of a page.

use std::ops::Range;

use schemars::JsonSchema;
use serde::{Serialize, Serializer};

use crate::mapping::types::{ByteLength, SourceOffset};

/// The number of bytes in a line of a dump. Differences that are not as far apart as this are one.
pub const LINE: usize = 16;

/// The number of lines of a difference that are kept unless all are wanted.
const FEW_LINES: usize = 4;

/// Bytes that differ between memory and storage.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Difference {
    /// The offset of the first byte that differs.
    pub offset: SourceOffset,
    /// The number of bytes up to the last one that differs. Equal bytes between them count too.
    pub length: ByteLength,
    /// These bytes in memory, in hexadecimal; without --all at most four lines of a dump.
    #[serde(serialize_with = "of_sides")]
    #[schemars(with = "String")]
    pub memory: Lines,
    /// The same bytes on the storage.
    #[serde(serialize_with = "of_sides")]
    #[schemars(with = "String")]
    pub storage: Lines,
}

/// The bytes of one side in whole lines of a dump, and which of them belong to the difference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lines {
    /// The bytes, from the start of a line.
    pub bytes: Vec<u8>,
    /// Those of the difference.
    pub part: Range<usize>,
}

fn of_sides<S: Serializer>(lines: &Lines, serializer: S) -> Result<S::Ok, S::Error> {
    let bytes = lines.bytes.get(lines.part.clone()).unwrap_or_default();
    let digits = bytes.iter().map(|byte| format!("{byte:02x}"));
    serializer.serialize_str(&digits.collect::<String>())
}

/// The parts of two sides that differ, where parts that are less than a line apart are one.
fn spans(memory: &[u8], storage: &[u8]) -> Vec<Range<usize>> {
    let mut spans: Vec<Range<usize>> = Vec::new();
    let pairs = memory.iter().zip(storage).enumerate();
    for (at, _) in pairs.filter(|(_, (one, other))| one != other) {
        match spans.last_mut() {
            Some(last) if at < last.end.saturating_add(LINE) => last.end = at.saturating_add(1),
            _ => spans.push(at..at.saturating_add(1)),
        }
    }
    spans
}

/// The differences of a page at an offset: at most `most` of them, and their number. `all` keeps all bytes of each.
pub(super) fn differences(
    page: SourceOffset,
    memory: &[u8],
    storage: &[u8],
    most: usize,
    all: bool,
) -> (Vec<Difference>, usize) {
    let difference = |span: Range<usize>| {
        let start = span.start.saturating_sub(span.start % LINE);
        let end = span.end.next_multiple_of(LINE).min(memory.len());
        let end = match all {
            true => end,
            false => end.min(start.saturating_add(FEW_LINES.saturating_mul(LINE))),
        };
        let lines = |side: &[u8]| Lines {
            bytes: side.get(start..end).unwrap_or_default().to_vec(),
            part: span.start.saturating_sub(start)..span.end.min(end).saturating_sub(start),
        };
        Difference {
            offset: page.plus(ByteLength::of(span.start)),
            length: ByteLength::of(span.len()),
            memory: lines(memory),
            storage: lines(storage),
        }
    };
    let spans = spans(memory, storage);
    let found = spans.len();
    (
        spans.into_iter().take(most).map(difference).collect(),
        found,
    )
}

impl Difference {
    /// The offset of its first line.
    #[must_use]
    pub fn first_line(&self) -> SourceOffset {
        self.offset.minus(ByteLength::of(self.memory.part.start))
    }

    /// Whether bytes of it are not kept.
    #[must_use]
    pub fn is_cut(&self) -> bool {
        ByteLength::of(self.memory.part.len()) < self.length
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn parts_less_than_a_line_apart_are_one() {
        let one = [0; 100];
        let mut other = one;
        for at in [0, 15, 31, 50, 99] {
            other[at] = 1;
        }
        assert_eq!(spans(&one, &other), [0..32, 50..51, 99..100]);
        assert_eq!(spans(&one, &one), Vec::<Range<usize>>::new());
    }

    #[test]
    fn a_difference_has_whole_lines_of_both_sides() {
        let memory: Vec<u8> = (0..=255).collect();
        let mut storage = memory.clone();
        storage[20..22].fill(0);
        storage[100..250].fill(0);
        let (found, _) = differences(SourceOffset(0x1000), &memory, &storage, 16, false);
        let [first, second] = found.as_slice() else {
            panic!("{found:?}");
        };
        assert_eq!((first.offset.0, first.length.0), (0x1014, 2));
        assert_eq!(first.first_line(), SourceOffset(0x1010));
        assert_eq!(first.memory.bytes, memory[16..32]);
        assert_eq!(first.storage.bytes, storage[16..32]);
        assert!(!first.is_cut());
        let json = serde_json::to_value(first).unwrap();
        assert_eq!(json["memory"], "1415");
        assert_eq!(json["storage"], "0000");
        assert_eq!((second.offset.0, second.length.0), (0x1064, 150));
        assert_eq!(second.memory.bytes, memory[96..160]);
        assert!(second.is_cut());
        let (all, count) = differences(SourceOffset(0), &memory, &storage, 1, true);
        assert_eq!((all.len(), count), (1, 2));
    }

    proptest! {
        #[test]
        fn spans_hold_every_byte_that_differs_and_begin_and_end_with_one(
            memory in proptest::collection::vec(0_u8..3, 0..300),
            noise in proptest::collection::vec(prop_oneof![9 => Just(0_u8), 1 => Just(1)], 300),
        ) {
            let storage: Vec<u8> = memory.iter().zip(&noise).map(|(a, b)| a ^ b).collect();
            let found = spans(&memory, &storage);
            for (at, byte) in memory.iter().enumerate() {
                if *byte != storage[at] {
                    prop_assert!(found.iter().any(|span| span.contains(&at)));
                }
            }
            for span in &found {
                for at in [span.start, span.end - 1] {
                    prop_assert_ne!(memory[at], storage[at]);
                }
            }
            prop_assert!(found.is_sorted_by(|a, b| a.end + LINE <= b.start));
        }
    }
}
