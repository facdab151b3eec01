//! The pages that the kernel marks as recently used. `cold` removes the marks, and pages without one leave memory first.
//!
//! The kernel keeps the marks on the pages, and reports them to root only, for pages in a page table. The measurement
//! must not change them: a page that is read through an ordinary mapping is marked as used when it is unmapped, and so
//! is a page that is populated on request.

use super::live::Region;
use super::piecewise::piecewise;
use super::populate::touch_resident_pages;
use super::request::MapRequest;
use crate::mapping::error::Result;
use crate::mapping::source::Source;
use crate::mapping::sys;
use crate::mapping::types::{
    Access, AddressRange, Advice, CountRefusal, Marks, Process, RegionOffset, SourceRange,
};

/// The marks of the pages in the page tables of a process; `None` when unknown.
pub(in crate::mapping) fn of_memory(process: Process, ranges: &[AddressRange]) -> Option<Marks> {
    sys::drain_page_lists();
    let mut total = Marks::default();
    for range in ranges {
        match sys::used_pages(process, *range) {
            Ok(marks) => total = total.plus(marks),
            Err(CountRefusal::NotPermitted | CountRefusal::NoSuchCall) => return None,
            // Memory of a device or of the kernel, to which no advice applies.
            Err(_) => {}
        }
    }
    Some(total)
}

/// The marks of the pages of a file that are in memory; `None` when unknown.
pub(in crate::mapping) fn of_file(source: &Source, range: SourceRange) -> Option<Marks> {
    let file = source.handle()?.file();
    sys::drain_page_lists();
    let mut total = Some(Marks::default());
    let map = |range| Region::map(source, &MapRequest::plain(range, Access::READ));
    let visited = piecewise(range, map, |region| {
        keep_unmarked(&region)?;
        touch_resident_pages(file, &region);
        let seen = sys::used_pages(Process::Myself, region.addresses());
        total = total.zip(seen.ok()).map(|(a, b)| a.plus(b));
        Ok(())
    });
    visited.ok().and(total)
}

/// Makes the kernel leave the pages of a mapping unmarked when it is unmapped: it does not mark the pages of a mapping
/// with MADV_RANDOM.
pub(in crate::mapping) fn keep_unmarked(region: &Region) -> Result<()> {
    region.advise(Advice::Random, RegionOffset::START, region.length())
}
