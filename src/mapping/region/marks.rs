//! Which pages are marked as used lately: what `cold` takes away, and what decides which pages leave memory first.
//!
//! The kernel keeps the marks on the pages themselves, and shows them by the page tables that point to the pages, to
//! root alone. A look must not change them: a page that is read through an ordinary mapping is marked as used when it
//! is unmapped, and so is one that the kernel is asked to bring in.

use super::live::Region;
use super::piecewise::piecewise;
use super::populate::touch_resident_pages;
use super::request::MapRequest;
use crate::mapping::source::Source;
use crate::mapping::sys;
use crate::mapping::types::{
    Access, AddressRange, Advice, CountRefusal, Marks, Process, RegionOffset, SourceRange,
};

/// The marks of pages that a process has in its page tables; `None` where they are not shown.
pub(in crate::mapping) fn of_memory(process: Process, ranges: &[AddressRange]) -> Option<Marks> {
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
pub(in crate::mapping) fn of_file(source: &Source, range: SourceRange) -> Option<Marks> {
    let file = source.handle()?.file();
    sys::drain_page_lists();
    let mut total = Some(Marks::default());
    let map = |range| Region::map(source, &MapRequest::plain(range, Access::READ));
    let looked = piecewise(range, map, |region| {
        keep_unmarked(&region)?;
        touch_resident_pages(file, &region);
        let seen = sys::used_pages(Process::Myself, region.addresses());
        total = total.zip(seen.ok()).map(|(a, b)| a.plus(b));
        Ok(())
    });
    looked.ok().and(total)
}

/// Lets the pages of a mapping be unmapped without being marked as used.
pub(in crate::mapping) fn keep_unmarked(region: &Region) -> crate::mapping::error::Result<()> {
    region.advise(Advice::Random, RegionOffset(0), region.length())
}
