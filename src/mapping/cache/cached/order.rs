//! Which rows are reported, and in which order.

use std::cmp::{Ordering, Reverse};

use super::sum::Cached;
use crate::mapping::cache::walk::Row;
use crate::mapping::types::named::named;
use crate::mapping::types::{ByteLength, Named, SourceName};

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

    /// Adds a row to those that are collected. With a greatest number of rows, at most twice as many are kept.
    pub(super) fn collect(&self, rows: &mut Vec<Row<Cached>>, row: Row<Cached>) {
        if !self.takes(&row) {
            return;
        }
        rows.push(row);
        if self
            .top
            .is_some_and(|top| rows.len() >= top.saturating_mul(2).max(64))
        {
            self.cut(rows);
        }
    }

    /// The collected rows, in order.
    pub(super) fn sorted(&self, mut rows: Vec<Row<Cached>>) -> Vec<Row<Cached>> {
        self.cut(&mut rows);
        rows
    }

    fn cut(&self, rows: &mut Vec<Row<Cached>>) {
        rows.sort_by(|a, b| self.compare(a, b));
        rows.truncate(self.top.unwrap_or(usize::MAX));
    }

    fn compare(&self, a: &Row<Cached>, b: &Row<Cached>) -> Ordering {
        let by_key = match self.sort.unwrap_or(SortKey::Cached) {
            SortKey::Cached => descending(a, b, |row| row.sum.sum.cached),
            SortKey::Size => descending(a, b, |row| row.sum.sum.size),
            SortKey::Dirty => descending(a, b, |row| row.sum.sum.dirty),
            SortKey::Percent => descending(a, b, share),
            SortKey::Name => Ordering::Equal,
        };
        by_key.then_with(|| name(a).cmp(name(b)))
    }
}

fn descending<K: Ord>(
    a: &Row<Cached>,
    b: &Row<Cached>,
    key: impl Fn(&Row<Cached>) -> K,
) -> Ordering {
    Reverse(key(a)).cmp(&Reverse(key(b)))
}

/// The cached share, in parts of 2^32; `None` when unknown or without pages.
fn share(row: &Row<Cached>) -> Option<u128> {
    let sum = &row.sum.sum;
    let cached = u128::from(sum.cached?.0) << 32;
    cached.checked_div(u128::from(sum.whole().0))
}

fn name(row: &Row<Cached>) -> &std::ffi::OsStr {
    match &row.name {
        SourceName::File(path) => path.as_os_str(),
        SourceName::Tag(tag) => tag,
        _ => std::ffi::OsStr::new(""),
    }
}
