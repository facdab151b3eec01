//! What came into the page cache, and what left it, between two looks.

use std::collections::HashMap;

use super::sum::Cached;
use crate::mapping::cache::walk::Row;
use crate::mapping::types::{ByteLength, SourceName};

/// The cached amounts of the rows of one look and of the look before.
#[derive(Debug, Default)]
pub struct Changes {
    now: Option<Amounts>,
    before: Option<Amounts>,
}

/// The cached amount of each row, and of the total; `None` where it is unknown.
#[derive(Debug, Default)]
struct Amounts {
    rows: HashMap<SourceName, Option<ByteLength>>,
    total: Option<ByteLength>,
}

impl Changes {
    /// Starts the next look.
    pub(super) fn next(&mut self) {
        self.before = self.now.replace(Amounts::default());
    }

    /// Notes the amount of a row, and adds its change. A row that was not there before had nothing in the cache.
    pub(super) fn note(&mut self, row: &mut Row<Cached>) {
        let now = row.sum.sum.cached;
        if let Some(before) = &self.before {
            let before = before.rows.get(&row.name).copied();
            row.sum.change = difference(before.unwrap_or(Some(ByteLength::ZERO)), now);
        }
        if let Some(amounts) = &mut self.now {
            amounts.rows.insert(row.name.clone(), now);
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
