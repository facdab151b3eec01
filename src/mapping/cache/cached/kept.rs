//! Rows that are kept until all are known, in little memory: about 50 bytes for a file.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::path::MAIN_SEPARATOR;

use super::packed::{Packed, Reader, push_number, push_text};
use super::sum::{Cached, CachedSum};
use crate::mapping::cache::walk::{Row, RowKind};
use crate::mapping::measure::residency::Picture;
use crate::mapping::sys;
use crate::mapping::types::{ByteLength, SourceName, UnknownReason};

/// Rows in a compact form. Each is decoded when it is used.
#[derive(Debug, Default)]
pub struct KeptRows {
    /// The rows, in order.
    places: Vec<Place>,
    /// The directories and the rows.
    records: Packed,
    /// The addresses of the directories that were used last.
    directories: HashMap<Box<[u8]>, usize>,
    /// Names that are not paths.
    names: Vec<SourceName>,
    reasons: Vec<UnknownReason>,
    pictures: Vec<Picture>,
}

/// The address of a row, and the key that it is sorted by.
#[derive(Clone, Copy, Debug)]
struct Place {
    key: u64,
    address: usize,
}

/// The name of a row.
enum Named<'a> {
    /// A path: the directory with its separator, and the name in it.
    Path(&'a [u8], &'a [u8]),
    Other(&'a SourceName),
}

impl Named<'_> {
    /// The bytes that a row is sorted by, in two parts.
    fn parts(&self) -> (&[u8], &[u8]) {
        match self {
            Self::Path(directory, name) => (directory, name),
            Self::Other(SourceName::Tag(tag)) => (&[], tag.as_encoded_bytes()),
            Self::Other(_) => (&[], &[]),
        }
    }
}

impl KeptRows {
    /// The number of rows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.places.len()
    }

    /// Whether there are no rows.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// The rows, in order.
    pub fn iter(&self) -> impl Iterator<Item = Row<Cached>> {
        self.places.iter().map(|place| self.row(place.address))
    }

    /// Adds a row with the key that it is sorted by.
    pub fn push(&mut self, key: u64, row: Row<Cached>) {
        let record = self.record(row);
        let address = self.records.add(&record);
        self.places.push(Place { key, address });
    }

    /// Sorts the rows by their keys, those with the same key by name, and those with the same name as they came.
    pub(super) fn sort(&mut self) {
        let mut places = std::mem::take(&mut self.places);
        places.sort_unstable_by(|a, b| {
            let by_key = a.key.cmp(&b.key);
            by_key
                .then_with(|| self.compare_names(a.address, b.address))
                .then(a.address.cmp(&b.address))
        });
        self.places = places;
    }

    /// Removes all but this number of rows.
    pub(super) fn truncate(&mut self, most: usize) {
        if self.places.len() <= most {
            return;
        }
        let mut first = Self::default();
        for place in self.places.iter().take(most) {
            first.push(place.key, self.row(place.address));
        }
        *self = first;
    }

    /// Sorts the rows by name alone.
    pub fn sort_by_name(&mut self) {
        self.places.iter_mut().for_each(|place| place.key = 0);
        self.sort();
    }

    fn record(&mut self, row: Row<Cached>) -> Vec<u8> {
        let mut record = Vec::new();
        match row.name {
            // An even number is the address of a directory.
            SourceName::File(path) => {
                let path = path.as_os_str().as_encoded_bytes();
                let is_separator = |byte: &u8| char::from(*byte) == MAIN_SEPARATOR;
                let end = path.iter().rposition(is_separator);
                let (directory, name) = path.split_at(end.map_or(0, |last| last.saturating_add(1)));
                push_number(&mut record, (self.directory(directory) as u64) << 1);
                push_text(&mut record, name);
            }
            other => push_number(&mut record, number_in(&mut self.names, other) << 1 | 1),
        }
        let Cached {
            sum,
            unknown,
            change,
            picture,
        } = row.sum;
        let unknown = unknown.map(|reason| number_in(&mut self.reasons, reason));
        let picture = picture.map(|picture| {
            self.pictures.push(*picture);
            (self.pictures.len() as u64).saturating_sub(1)
        });
        let kind = match row.kind {
            RowKind::File => 0,
            RowKind::Directory => 1,
            RowKind::Total => 2,
        };
        let numbers = [
            kind,
            sum.files,
            sum.size.0,
            sum.pages,
            sum.unknown_files,
            sum.known.0,
            sum.page_size,
        ];
        let amounts = [
            sum.cached,
            sum.dirty,
            sum.writeback,
            sum.evicted,
            sum.resident,
        ];
        let options = amounts.map(|amount| amount.map(|bytes| bytes.0));
        let details = [unknown, change.map(zigzag), picture];
        let options = options.into_iter().chain(details).map(of_option);
        numbers
            .into_iter()
            .chain(options)
            .for_each(|number| push_number(&mut record, number));
        record
    }

    /// The address of a directory, which is added unless it was used lately.
    fn directory(&mut self, directory: &[u8]) -> usize {
        /// The greatest number of directories that are found again.
        const MOST: usize = 1024;
        if let Some(address) = self.directories.get(directory) {
            return *address;
        }
        if self.directories.len() >= MOST {
            self.directories.clear();
        }
        let mut record = Vec::new();
        push_text(&mut record, directory);
        let address = self.records.add(&record);
        self.directories.insert(directory.into(), address);
        address
    }

    fn row(&self, address: usize) -> Row<Cached> {
        let mut reader = self.records.at(address);
        let name = match self.name(&mut reader) {
            Named::Other(name) => name.clone(),
            Named::Path(directory, name) => {
                let path = sys::name_of_bytes(&[directory, name].concat());
                SourceName::File(path.unwrap_or_default().into())
            }
        };
        let kind = match reader.number() {
            0 => RowKind::File,
            1 => RowKind::Directory,
            _ => RowKind::Total,
        };
        // The order of the fields is that of the numbers.
        let mut sum = CachedSum {
            files: reader.number(),
            size: ByteLength(reader.number()),
            pages: reader.number(),
            unknown_files: reader.number(),
            known: ByteLength(reader.number()),
            page_size: reader.number(),
            ..CachedSum::default()
        };
        let mut option = || reader.number().checked_sub(1);
        sum.cached = option().map(ByteLength);
        sum.dirty = option().map(ByteLength);
        sum.writeback = option().map(ByteLength);
        sum.evicted = option().map(ByteLength);
        sum.resident = option().map(ByteLength);
        let sum = Cached {
            sum,
            unknown: option().and_then(|number| self.reasons.get(index(number)).copied()),
            change: option().map(of_zigzag),
            picture: option()
                .and_then(|number| self.pictures.get(index(number)).cloned())
                .map(Box::new),
        };
        Row { kind, name, sum }
    }

    fn name<'a>(&'a self, reader: &mut Reader<'a>) -> Named<'a> {
        let number = reader.number();
        let at = index(number >> 1);
        match number & 1 {
            0 => Named::Path(self.records.at(at).text(), reader.text()),
            _ => Named::Other(self.names.get(at).unwrap_or(&SourceName::Anonymous)),
        }
    }

    fn compare_names(&self, one: usize, other: usize) -> Ordering {
        let [one, other] = [one, other].map(|address| self.name(&mut self.records.at(address)));
        let ((directory, name), (other_directory, other_name)) = (one.parts(), other.parts());
        let both = directory.len().min(other_directory.len());
        let (start, rest) = directory.split_at(both);
        let (other_start, other_rest) = other_directory.split_at(both);
        start.cmp(other_start).then_with(|| {
            let rest = rest.iter().chain(name);
            rest.cmp(other_rest.iter().chain(other_name))
        })
    }
}

/// The number of a value in a list of few values, to which it is added if it is new.
fn number_in<T: PartialEq>(values: &mut Vec<T>, value: T) -> u64 {
    let known = values.iter().position(|known| *known == value);
    let number = known.unwrap_or_else(|| {
        values.push(value);
        values.len().saturating_sub(1)
    });
    number as u64
}

fn index(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

/// A number for an optional one: 0 for none. The greatest number, which no amount reaches, becomes the one before it.
fn of_option(number: Option<u64>) -> u64 {
    number.map_or(0, |number| number.saturating_add(1))
}

/// A number that is small if a signed one is near 0.
const fn zigzag(number: i64) -> u64 {
    ((number << 1) ^ (number >> 63)).cast_unsigned()
}

const fn of_zigzag(number: u64) -> i64 {
    (number >> 1).cast_signed() ^ (number & 1).cast_signed().wrapping_neg()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapping::measure::residency::Method;
    use proptest::collection::vec;
    use proptest::prelude::*;

    /// A name that a file may have, a tag or a descriptor. Few letters make equal names and directories.
    fn name() -> impl Strategy<Value = SourceName> {
        let bytes = vec(prop::sample::select(&b"ab./\xff\xc3"[..]), 0..9);
        let file = |bytes: Vec<u8>| SourceName::File(sys::name_of_bytes(&bytes).unwrap().into());
        prop_oneof![
            8 => bytes.prop_map(file),
            1 => "[ab]{0,2}".prop_map(|name| SourceName::Tag(name.into())),
            1 => (0..3).prop_map(SourceName::Descriptor),
        ]
    }

    /// An amount: mostly small, and at most a little less than the greatest number.
    fn amount() -> impl Strategy<Value = u64> {
        prop_oneof![0..3_u64, 0..u64::MAX]
    }

    fn row() -> impl Strategy<Value = Row<Cached>> {
        let kind = prop::sample::select(&[RowKind::File, RowKind::Directory, RowKind::Total][..]);
        let reasons = [UnknownReason::Stacked, UnknownReason::Failed(-5)];
        let reason = prop::option::of(prop::sample::select(reasons.to_vec()));
        let picture = prop::option::weighted(0.1, amount());
        let change = prop::option::of(prop_oneof![-3..3_i64, -i64::MAX..i64::MAX]);
        let numbers = (vec(amount(), 6), vec(prop::option::of(amount()), 5));
        (kind, name(), numbers, reason, change, picture).prop_map(
            |(kind, name, (numbers, options), unknown, change, page_size)| {
                let option = |i: usize| options[i].map(ByteLength);
                let picture = |page_size| Picture {
                    page_size,
                    buckets: Vec::new(),
                    method: Method::Unknown,
                    unknown_reason: None,
                    dirty_unknown_reason: None,
                };
                let sum = Cached {
                    sum: CachedSum {
                        files: numbers[0],
                        size: ByteLength(numbers[1]),
                        cached: option(0),
                        dirty: option(1),
                        writeback: option(2),
                        pages: numbers[2],
                        evicted: option(3),
                        resident: option(4),
                        unknown_files: numbers[3],
                        known: ByteLength(numbers[4]),
                        page_size: numbers[5],
                    },
                    unknown,
                    change,
                    picture: page_size.map(picture).map(Box::new),
                };
                Row { kind, name, sum }
            },
        )
    }

    fn same(kept: &KeptRows, expected: &[Row<Cached>]) -> bool {
        let parts = |row: &Row<Cached>| (row.kind, row.name.clone(), row.sum.clone());
        kept.len() == expected.len()
            && kept
                .iter()
                .map(|row| parts(&row))
                .eq(expected.iter().map(parts))
    }

    proptest! {
        #[test]
        fn rows_come_back_as_they_were_and_in_order(
            rows in vec((0..3_u64, row()), 0..60),
            most in 0..60_usize,
        ) {
            let mut kept = KeptRows::default();
            for (key, row) in &rows {
                kept.push(*key, row.clone());
            }
            let came: Vec<_> = rows.iter().map(|(_, row)| row.clone()).collect();
            prop_assert!(same(&kept, &came));

            let bytes = |row: &Row<Cached>| match &row.name {
                SourceName::File(path) => path.as_os_str().as_encoded_bytes().to_owned(),
                SourceName::Tag(tag) => tag.as_encoded_bytes().to_owned(),
                _ => Vec::new(),
            };
            let mut sorted = rows;
            sorted.sort_by_key(|(key, row)| (*key, bytes(row)));
            let mut sorted: Vec<_> = sorted.into_iter().map(|(_, row)| row).collect();
            kept.sort();
            prop_assert!(same(&kept, &sorted));
            kept.truncate(most);
            sorted.truncate(most);
            prop_assert!(same(&kept, &sorted));
            kept.sort_by_name();
            let mut names: Vec<_> = sorted.iter().map(bytes).collect();
            names.sort();
            prop_assert!(kept.iter().map(|row| bytes(&row)).eq(names));
        }
    }

    #[test]
    fn a_row_takes_few_bytes() {
        let mut kept = KeptRows::default();
        let amounts = CachedSum {
            files: 1,
            size: ByteLength(123_456),
            cached: Some(ByteLength(126_976)),
            pages: 31,
            known: ByteLength(126_976),
            page_size: 4096,
            ..CachedSum::default()
        };
        let rows = (0..20_000).map(|i| Row {
            kind: RowKind::File,
            // More directories than are found again.
            name: SourceName::File(format!("/data/{:04}/file{i:06}", i / 8).into()),
            sum: Cached {
                sum: amounts,
                ..Cached::default()
            },
        });
        for row in rows {
            let record = kept.record(row).len();
            assert!(record <= 38, "{record}");
        }
    }
}
