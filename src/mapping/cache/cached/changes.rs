//! What came into the page cache, and what left it, between two looks.

use std::hash::{BuildHasher, RandomState};
use std::num::NonZeroU64;

use super::sum::Cached;
use crate::mapping::cache::walk::Row;
use crate::mapping::types::ByteLength;

/// The cached amounts of the rows of one look and of the look before.
#[derive(Debug, Default)]
pub struct Changes {
    hasher: RandomState,
    now: Option<Amounts>,
    before: Option<Amounts>,
}

/// The cached amount of each row, and of the total; `None` where it is unknown.
#[derive(Debug, Default)]
struct Amounts {
    /// By the hash of the name, 16 bytes a row: names would need far more memory, and among a million of them, the
    /// chance that two have the same hash is less than 1 in 10 million. A row with nothing in the cache is left out.
    rows: Vec<(u64, Option<NonZeroU64>)>,
    total: Option<ByteLength>,
}

impl Amounts {
    /// The amount of a row. A row that was not there had nothing in the cache.
    fn of(&self, hash: u64) -> Option<ByteLength> {
        let found = self.rows.binary_search_by_key(&hash, |(hash, _)| *hash);
        match found.ok().and_then(|index| self.rows.get(index)) {
            Some((_, amount)) => amount.map(|bytes| ByteLength(bytes.get())),
            None => Some(ByteLength::ZERO),
        }
    }
}

impl Changes {
    /// Starts the next look.
    pub(super) fn next(&mut self) {
        self.before = self.now.take();
        let mut now = Amounts::default();
        if let Some(before) = &mut self.before {
            before.rows.sort_unstable_by_key(|(hash, _)| *hash);
            now.rows.reserve(before.rows.len());
        }
        self.now = Some(now);
    }

    /// Notes the amount of a row, and adds its change.
    pub(super) fn note(&mut self, row: &mut Row<Cached>) {
        let now = row.sum.sum.cached;
        let hash = self.hasher.hash_one(&row.name);
        if let Some(before) = &self.before {
            row.sum.change = difference(before.of(hash), now);
        }
        if let Some(amounts) = &mut self.now
            && now != Some(ByteLength::ZERO)
        {
            let amount = now.and_then(|bytes| NonZeroU64::new(bytes.0));
            amounts.rows.push((hash, amount));
        }
    }

    /// The same for the total.
    pub(super) fn note_total(&mut self, total: &mut Cached) {
        let now = total.sum.cached;
        if let Some(before) = &self.before {
            total.change = difference(before.total, now);
        }
        if let Some(amounts) = &mut self.now {
            amounts.total = now;
        }
    }
}

fn difference(before: Option<ByteLength>, now: Option<ByteLength>) -> Option<i64> {
    let [before, now] = [before?, now?].map(|amount| i64::try_from(amount.0));
    now.ok()?.checked_sub(before.ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapping::cache::cached::CachedSum;
    use crate::mapping::cache::walk::RowKind;
    use crate::mapping::types::SourceName;

    fn row(name: &str, cached: Option<u64>) -> Row<Cached> {
        Row {
            kind: RowKind::File,
            name: SourceName::File(name.into()),
            sum: Cached {
                sum: CachedSum {
                    cached: cached.map(ByteLength),
                    ..CachedSum::default()
                },
                ..Cached::default()
            },
        }
    }

    fn look(changes: &mut Changes, rows: &[(&str, Option<u64>)]) -> Vec<Option<i64>> {
        changes.next();
        let noted = rows.iter().map(|(name, cached)| {
            let mut row = row(name, *cached);
            changes.note(&mut row);
            row.sum.change
        });
        noted.collect()
    }

    #[test]
    fn a_change_is_the_difference_to_the_look_before() {
        let mut changes = Changes::default();
        assert_eq!(look(&mut changes, &[("a", Some(7))]), [None]);
        let second = look(&mut changes, &[("a", Some(4)), ("b", Some(2)), ("c", None)]);
        assert_eq!(second, [Some(-3), Some(2), None]);
        let third = look(
            &mut changes,
            &[("c", Some(9)), ("a", Some(5)), ("b", Some(2))],
        );
        assert_eq!(third, [None, Some(1), Some(0)]);
        let fourth = look(&mut changes, &[("c", Some(8)), ("b", None)]);
        assert_eq!(fourth, [Some(-1), None]);
        assert_eq!(look(&mut changes, &[("a", Some(1))]), [Some(1)]);
    }
}
