//! Bringing pages that are in memory into the page tables of a mapping.

use super::live::Region;
use crate::mapping::measure::residency;
use crate::mapping::source::{OpenFile, Source};
use crate::mapping::sys;
use crate::mapping::types::{RegionOffset, SourceRange};

/// Brings the pages that are in memory into the page tables of a mapping, and reads none from the storage. Pages that come
/// or go meanwhile may be missed; later counts show that.
pub(in crate::mapping) fn touch_resident_pages(file: &OpenFile, region: &Region) {
    let page = region.page_size();
    if !sys::may_ask_mincore(file) {
        return;
    }
    for piece in region.range().pieces(sys::mincore_piece(page)) {
        if residency::of_file(file, piece, page).counts.resident != Some(0) {
            touch_piece(region, piece);
        }
    }
}

/// The same for a piece of at most [`sys::mincore_piece`], of a file about which `mincore(2)` may be asked.
pub(in crate::mapping) fn touch_piece(region: &Region, piece: SourceRange) {
    let (page, Ok(span)) = (region.page_size(), region.raw_span()) else {
        return;
    };
    let mut runs = Vec::new();
    let addresses = region.addresses().of_part(region.range(), piece, page);
    let _ = sys::resident_runs(addresses, page, |run| runs.push(run));
    for run in runs {
        let place = |address| region.addresses().length_before(address).saturating_usize();
        for at in (place(run.start())..place(run.end())).step_by(page.saturating_usize()) {
            let _ = span.touch_read(RegionOffset(at));
        }
    }
}

/// The same for the file of a source, if the mapping may be read. Some advice affects pages in page tables only.
pub(in crate::mapping) fn map_resident_pages(source: &Source, region: &Region) {
    if let Some(handle) = source.handle().filter(|_| region.access().reads()) {
        touch_resident_pages(handle.file(), region);
    }
}
