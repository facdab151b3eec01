//! Which rows are reported, and in which order.

use super::kept::KeptRows;
use super::sum::{Cached, CachedSum};
use crate::mapping::cache::walk::Row;
use crate::mapping::types::named::named;
use crate::mapping::types::{ByteLength, Named};

named! {
    /// What rows are ordered by.
    pub enum SortKey {
        /// Cached bytes, most first
        Cached = "cached",
        /// Size, largest first
        Size = "size",
        /// Cached share, greatest first
        Percent = "percent",
        /// Dirty bytes, most first
        Dirty = "dirty",
        /// Name
        Name = "name",
    }
}

/// The choice and the order of rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Order {
    /// What they are ordered by; without it, rows come as they are complete.
    pub sort: Option<SortKey>,
    /// The greatest number of rows.
    pub top: Option<usize>,
    /// The least cached amount of a row. A row whose amount is unknown is taken too.
    pub min_cached: Option<ByteLength>,
}

impl Order {
    /// Whether rows can be reported as they come.
    #[must_use]
    pub fn streams(&self) -> bool {
        self.sort.is_none() && self.top.is_none()
    }

    /// Whether a row is reported.
    pub(super) fn takes(&self, row: &Row<Cached>) -> bool {
        let cached = row.sum.sum.cached;
        self.min_cached
            .is_none_or(|least| cached.is_none_or(|cached| cached >= least))
    }

    /// Keeps a row. With a greatest number of rows, at most twice as many are kept.
    pub(super) fn keep(&self, rows: &mut KeptRows, row: Row<Cached>) {
        rows.push(self.key(&row.sum.sum), row);
        if self
            .top
            .is_some_and(|top| rows.len() >= top.saturating_mul(2).max(64))
        {
            self.finish(rows);
        }
    }

    /// Puts the rows in order, unless they are wanted as they came, and removes those that are too many.
    pub(super) fn finish(&self, rows: &mut KeptRows) {
        if !self.streams() {
            rows.sort();
        }
        rows.truncate(self.top.unwrap_or(usize::MAX));
    }

    /// The number that a row is sorted by.
    fn key(&self, sum: &CachedSum) -> u64 {
        match self.sort.unwrap_or(SortKey::Cached) {
            SortKey::Cached => descending(sum.cached.map(|bytes| bytes.0)),
            SortKey::Size => descending(Some(sum.size.0)),
            SortKey::Dirty => descending(sum.dirty.map(|bytes| bytes.0)),
            SortKey::Percent => descending(share(sum)),
            SortKey::Name => 0,
        }
    }
}

/// A number that is the smaller the greater this one is, and greatest without one.
fn descending(number: Option<u64>) -> u64 {
    !number.map_or(0, |number| number.saturating_add(1))
}

/// The cached share, in parts of 2^32; `None` when unknown or without pages.
fn share(sum: &CachedSum) -> Option<u64> {
    let cached = u128::from(sum.cached?.0) << 32;
    let share = cached.checked_div(u128::from(sum.whole().0))?;
    Some(u64::try_from(share).unwrap_or(u64::MAX))
}
