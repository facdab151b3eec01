//! Counts of pages that the kernel marks as recently used.

use schemars::JsonSchema;
use serde::Serialize;

/// The pages that the kernel marks as recently used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Marks {
    /// The number of pages inspected: those in memory for a shared mapping of a file, otherwise those in the page
    /// tables.
    pub pages: u64,
    /// The number of these pages that the kernel marks as referenced or active.
    pub used: u64,
}

impl Marks {
    /// Adds pages; each item says whether the page is marked.
    #[allow(dead_code, reason = "not every system reports marks")]
    pub(in crate::mapping) fn add(&mut self, pages: impl Iterator<Item = bool>) {
        for used in pages {
            self.pages = self.pages.saturating_add(1);
            self.used = self.used.saturating_add(u64::from(used));
        }
    }

    /// The sum of these and other counts.
    #[must_use]
    pub(in crate::mapping) fn plus(self, other: Self) -> Self {
        Self {
            pages: self.pages.saturating_add(other.pages),
            used: self.used.saturating_add(other.used),
        }
    }
}
