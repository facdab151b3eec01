//! Numbers and names in few bytes, and a growing store of them.

/// The bytes of records. They grow in chunks: nothing is copied, so the peak of memory is their size.
#[derive(Debug, Default)]
pub(super) struct Packed(Vec<Vec<u8>>);

/// The length of a chunk. A longer record has a chunk of its own.
const CHUNK: usize = 1 << 20;

impl Packed {
    /// Adds a record. Returns its address.
    pub(super) fn add(&mut self, record: &[u8]) -> usize {
        let fits = |chunk: &Vec<u8>| chunk.len().saturating_add(record.len()) <= CHUNK;
        if !self.0.last().is_some_and(fits) {
            self.0.push(Vec::with_capacity(CHUNK.max(record.len())));
        }
        let before = self.0.len().saturating_sub(1).saturating_mul(CHUNK);
        let Some(chunk) = self.0.last_mut() else {
            return before;
        };
        let address = before.saturating_add(chunk.len());
        chunk.extend_from_slice(record);
        address
    }

    /// A reader from the start of the record at an address.
    pub(super) fn at(&self, address: usize) -> Reader<'_> {
        let chunk = self.0.get(address / CHUNK);
        let rest = chunk.and_then(|chunk| chunk.get(address % CHUNK..));
        Reader(rest.unwrap_or_default())
    }
}

/// Adds a number to a record: 7 bits in each byte, the lowest first. All bytes but the last have the highest bit.
pub(super) fn push_number(record: &mut Vec<u8>, mut number: u64) {
    loop {
        let [low, ..] = number.to_le_bytes();
        if number < 0x80 {
            return record.push(low);
        }
        record.push(low | 0x80);
        number >>= 7;
    }
}

/// Adds text, with its length before it.
pub(super) fn push_text(record: &mut Vec<u8>, text: &[u8]) {
    push_number(record, text.len() as u64);
    record.extend_from_slice(text);
}

/// Reads what was added to a record.
pub(super) struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    pub(super) fn number(&mut self) -> u64 {
        let (mut number, mut shift) = (0, 0_u32);
        while let Some((byte, rest)) = self.0.split_first() {
            self.0 = rest;
            number |= u64::from(byte & 0x7f).checked_shl(shift).unwrap_or(0);
            if *byte < 0x80 {
                break;
            }
            shift = shift.saturating_add(7);
        }
        number
    }

    pub(super) fn text(&mut self) -> &'a [u8] {
        let length = usize::try_from(self.number()).unwrap_or(usize::MAX);
        let (text, rest) = self.0.split_at_checked(length).unwrap_or((self.0, &[]));
        self.0 = rest;
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_record_is_read_as_it_was_added(
            records in proptest::collection::vec((any::<u64>(), 0_u32..64, 0_usize..60_000), 0..40),
        ) {
            let records = records.into_iter().map(|(number, shift, length)| {
                let number = number >> shift;
                (number, vec![number.to_le_bytes()[0]; length])
            });
            let mut packed = Packed::default();
            let added: Vec<_> = records
                .map(|(number, text)| {
                    let mut record = Vec::new();
                    push_text(&mut record, &text);
                    push_number(&mut record, number);
                    (packed.add(&record), number, text)
                })
                .collect();
            for (address, number, text) in added {
                let mut reader = packed.at(address);
                prop_assert_eq!(reader.text(), text);
                prop_assert_eq!(reader.number(), number);
            }
        }
    }

    #[test]
    fn a_record_may_be_longer_than_a_chunk() {
        let mut packed = Packed::default();
        let lengths = [3, CHUNK - 3, 1, 3 * CHUNK, 5, CHUNK, 1];
        let addresses = lengths.map(|length| packed.add(&vec![0x55; length]));
        for (address, length) in addresses.into_iter().zip(lengths) {
            let mut reader = packed.at(address);
            let numbers = (0..length).map(|_| reader.number());
            assert!(numbers.eq(std::iter::repeat_n(0x55, length)));
        }
        assert_eq!(packed.at(usize::MAX).number(), 0);
    }
}
