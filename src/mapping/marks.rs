//! Which pages are marked as used lately: what `cold` takes away, and what decides which pages leave memory first.
//!
//! The kernel keeps the marks on the pages themselves, and shows them by the page tables that point to the pages, to
//! root alone. A look must not change them: a page that is read through an ordinary mapping is marked as used when it
//! is unmapped, and so is one that the kernel is asked to bring in.

use serde::Serialize;

use super::access::Access;
use super::advice::Advice;
use super::piecewise::piecewise;
use super::range::{RegionOffset, SourceRange};
use super::region::{MapRequest, Region};
use super::residency::{self, Refusal};
use super::source::{OpenFile, Source};
use super::sys;
use super::vmas::{AddressRange, Process};

/// How many pages are marked as used lately.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
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
    pub(super) fn plus(self, other: Self) -> Self {
        Self {
            pages: self.pages.saturating_add(other.pages),
            used: self.used.saturating_add(other.used),
        }
    }
}

/// The marks of pages that a process has in its page tables; `None` where they are not shown.
pub(super) fn of_memory(process: Process, ranges: &[AddressRange]) -> Option<Marks> {
    sys::settle_page_lists();
    let mut total = Marks::default();
    for range in ranges {
        match sys::used_pages(process, *range) {
            Ok(marks) => total = total.plus(marks),
            Err(Refusal::NotPermitted | Refusal::NoSuchCall) => return None,
            // Memory of a device, or of the kernel itself, which no advice reaches.
            Err(_) => {}
        }
    }
    Some(total)
}

/// The marks of the pages of a file that are in memory; `None` where they are not shown.
pub(super) fn of_file(source: &Source, range: SourceRange) -> Option<Marks> {
    let file = source.handle()?.file();
    sys::settle_page_lists();
    let mut total = Some(Marks::default());
    let map = |range| Region::map(source, &MapRequest::plain(range, Access::READ));
    let looked = piecewise(range, map, |region| {
        forget_use(&region)?;
        touch_resident_pages(file, &region);
        let seen = sys::used_pages(Process::Myself, region.addresses());
        total = total.zip(seen.ok()).map(|(a, b)| a.plus(b));
        Ok(())
    });
    looked.ok().and(total)
}

/// Lets the pages of a mapping be unmapped without being marked as used.
pub(super) fn forget_use(region: &Region) -> super::error::Result<()> {
    region.advise(Advice::Random, RegionOffset(0), region.length())
}

/// Lets the mapping's page tables point to the pages that are in memory, and brings none in. Pages that come or go
/// meanwhile may be missed, and the counts show that.
pub(super) fn touch_resident_pages(file: &OpenFile, region: &Region) {
    let (page, Ok(span)) = (region.page_size(), region.raw_span()) else {
        return;
    };
    if !sys::may_ask_mincore(file) {
        return;
    }
    let step = usize::try_from(page.bytes()).unwrap_or(usize::MAX).max(1);
    for piece in region.range().pieces(sys::mincore_piece(page)) {
        if residency::of_file(file, piece, page).counts.resident == Some(0) {
            continue;
        }
        let mut runs = Vec::new();
        let addresses = region.addresses().of_part(region.range(), piece, page);
        let _ = sys::resident_runs(addresses, page, |run| runs.push(run));
        for run in runs {
            let inner = |address: u64| {
                let inner = address.saturating_sub(region.addresses().start());
                usize::try_from(inner).unwrap_or(usize::MAX)
            };
            for at in (inner(run.start())..inner(run.end())).step_by(step) {
                let _ = span.touch_read(RegionOffset(at));
            }
        }
    }
}
