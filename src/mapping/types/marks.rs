//! Counts of pages that are marked as used.

use schemars::JsonSchema;
use serde::Serialize;

/// How many pages are marked as used lately.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Marks {
    /// The pages that were looked at: of a shared mapping of a file, those in memory; else those in the page tables.
    pub pages: u64,
    /// Those of them that the kernel has marked as referenced or active.
    pub used: u64,
}

impl Marks {
    /// Adds pages, of which each is marked or not.
    #[allow(dead_code, reason = "not every system shows marks")]
    pub(in crate::mapping) fn add(&mut self, pages: impl Iterator<Item = bool>) {
        for used in pages {
            self.pages = self.pages.saturating_add(1);
            self.used = self.used.saturating_add(u64::from(used));
        }
    }

    /// These and others.
    #[must_use]
    pub(in crate::mapping) fn plus(self, other: Self) -> Self {
        Self {
            pages: self.pages.saturating_add(other.pages),
            used: self.used.saturating_add(other.used),
        }
    }
}
