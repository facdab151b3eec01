//! Observing a mirror: its windows in the memory map, its locked memory and its residency.

use schemars::JsonSchema;
use serde::Serialize;

use crate::mapping::error::{Error, Result};
use crate::mapping::measure::proc_maps;
use crate::mapping::measure::residency::{self, Residency};
use crate::mapping::platform::Feature;
use crate::mapping::region::Mirror;
use crate::mapping::region::observation::Address;
use crate::mapping::sys;
use crate::mapping::types::{
    Access, AddressRange, ByteLength, Kind, PageCount, SourceOffset, SourceRange,
};

/// The largest number of windows that are all listed. If there are more, only the first and the last few are listed.
pub const MOST_SHOWN: u64 = 16;

/// The number of windows listed at each end when there are too many.
const SHOWN_AT_EACH_END: u64 = 4;

/// A mirror as the kernel shows it.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct MirrorObservation {
    /// The address of the first window.
    pub base: Address,
    /// The total length of all windows, in bytes.
    pub span: ByteLength,
    /// The number of windows.
    pub times: u64,
    /// The start offset of each window in the source, in bytes.
    pub offset: SourceOffset,
    /// The requested length, in bytes.
    pub length: ByteLength,
    /// The length of each window, in bytes: the requested length in whole pages.
    pub window: ByteLength,
    /// The number of pages of each window.
    pub pages: PageCount,
    /// The page size in bytes.
    pub page_size: u64,
    /// The number of bytes of each window beyond the end of the source. All windows share them, but stores to them never
    /// reach the source.
    pub beyond_end: ByteLength,
    /// The access to the bytes.
    pub access: Access,
    /// The windows; only the first 4 and the last 4 when there are more than 16.
    pub windows: Vec<Window>,
    /// The number of windows that are not listed in `windows`.
    pub omitted: u64,
    /// The locked memory in bytes; null when the kernel does not report it. Each page is divided by the number of
    /// mappings that share it.
    pub locked: Option<ByteLength>,
    /// The residency of the range.
    pub residency: Residency,
}

/// A window of the mirror.
#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
pub struct Window {
    /// The number of the window, counted from 0.
    pub index: u64,
    /// The address of the first byte.
    pub address: Address,
    /// The address after the last byte.
    pub end: Address,
}

/// Observes the windows as the kernel shows them.
///
/// # Errors
/// `failed` when the memory map does not show all of them at their addresses; otherwise those of reading the kernel's
/// account.
pub(super) fn observe(mirror: &Mirror, asked: SourceRange) -> Result<MirrorObservation> {
    let page = sys::page_size();
    let seen = mirror.count_windows()?.unwrap_or(mirror.times as u64);
    if seen != mirror.times as u64 {
        let reason = format!(
            "{} were mapped, but the memory map shows {seen}",
            mirror.times
        );
        return Err(Error::new(Kind::Failed, "observe the windows", reason).on(&mirror.name));
    }
    // The account makes the kernel visit each page of each window.
    let locked = match mirror.pinned {
        true => proc_maps::own_memory_use(mirror.addresses())?.map(|memory| memory.locked),
        false => Feature::MemoryAccount.is_offered().then_some(0),
    };
    let facts = sys::facts(&mirror.file, mirror.kind).map_err(|e| Error::os("examine", &e));
    let size = facts.map_err(|e| e.on(&mirror.name))?.size;
    let shown: Vec<u64> = shown(seen).collect();
    Ok(MirrorObservation {
        base: Address(mirror.reservation.address()),
        span: ByteLength::of(mirror.reservation.length()),
        times: seen,
        offset: mirror.range.offset(),
        length: asked.length(),
        window: mirror.range.length(),
        pages: mirror.range.page_count(page),
        page_size: page.bytes(),
        beyond_end: beyond(mirror.range, size),
        access: mirror.access,
        omitted: seen.saturating_sub(shown.len() as u64),
        windows: shown
            .into_iter()
            .map(|index| window(mirror, index))
            .collect(),
        locked: locked.map(ByteLength),
        residency: residency::picture_of_mapped_file(
            &mirror.file,
            mirror.range,
            first_window(mirror),
            page,
            1,
        )
        .total(),
    })
}

fn first_window(mirror: &Mirror) -> AddressRange {
    let length = ByteLength::of(mirror.window);
    AddressRange::new(mirror.address_of(0) as u64, length).unwrap_or_default()
}

fn window(mirror: &Mirror, index: u64) -> Window {
    let index_here = usize::try_from(index).unwrap_or(usize::MAX);
    let address = mirror.address_of(index_here);
    Window {
        index,
        address: Address(address),
        end: Address(address.saturating_add(mirror.window)),
    }
}

/// The number of bytes of a range beyond the end of a file of that size.
fn beyond(range: SourceRange, size: ByteLength) -> ByteLength {
    range.length().minus(range.clamp_to(size).length())
}

/// The numbers of the listed windows.
fn shown(times: u64) -> impl Iterator<Item = u64> {
    let (head, tail) = if times > MOST_SHOWN {
        (SHOWN_AT_EACH_END, times.saturating_sub(SHOWN_AT_EACH_END))
    } else {
        (times, times)
    };
    (0..head).chain(tail..times)
}
