//! Which pages are marked as used lately: what `cold` takes away, and what decides which pages leave memory first.
//!
//! The kernel keeps the marks on the pages themselves, and shows them by the page tables that point to the pages, to
//! root alone. A look must not change them: a page that is read through an ordinary mapping is marked as used when it
//! is unmapped, and so is one that the kernel is asked to bring in.

use super::piecewise::piecewise;
use super::region::{MapRequest, Region};
use super::source::{OpenFile, Source};
use super::types::{
    Access, AddressRange, Advice, CountRefusal, Marks, Process, RegionOffset, SourceRange,
};
use super::{residency, sys};

/// The marks of pages that a process has in its page tables; `None` where they are not shown.
pub(super) fn of_memory(process: Process, ranges: &[AddressRange]) -> Option<Marks> {
    sys::drain_page_lists();
    let mut total = Marks::default();
    for range in ranges {
        match sys::used_pages(process, *range) {
            Ok(marks) => total = total.plus(marks),
            Err(CountRefusal::NotPermitted | CountRefusal::NoSuchCall) => return None,
            // Memory of a device, or of the kernel itself, which no advice reaches.
            Err(_) => {}
        }
    }
    Some(total)
}

/// The marks of the pages of a file that are in memory; `None` where they are not shown.
pub(super) fn of_file(source: &Source, range: SourceRange) -> Option<Marks> {
    let file = source.handle()?.file();
    sys::drain_page_lists();
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
