//! What the kernel shows of a mirror.

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

/// The most windows that a report names one by one; of more, the first and last few.
pub const MOST_SHOWN: u64 = 16;

/// Of how many windows at each end a report tells when there are too many to name.
const SHOWN_AT_EACH_END: u64 = 4;

/// What is seen of a mirror.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct MirrorObservation {
    /// The address of the first window.
    pub base: Address,
    /// The length of all windows together, in bytes.
    pub span: ByteLength,
    /// How many windows the memory map of this process shows; how many were made where it shows none.
    pub times: u64,
    /// Where the bytes of each window are in the source.
    pub offset: SourceOffset,
    /// The length that was asked for, in bytes.
    pub length: ByteLength,
    /// The length of each window, in bytes: whole pages.
    pub window: ByteLength,
    /// How many pages each window has.
    pub pages: PageCount,
    /// The size of those pages in bytes.
    pub page_size: u64,
    /// The bytes at the end of each window that lie beyond the end of the file: all windows show them, and
    /// they never reach the file.
    pub beyond_end: ByteLength,
    /// What may be done with the bytes.
    pub access: Access,
    /// Each window; the first and last few when there are more than 16.
    pub windows: Vec<Window>,
    /// How many windows are not named in `windows`.
    pub omitted: u64,
    /// Memory locked, in bytes, where the kernel keeps an account. It divides a page's share among the mappings
    /// that show it.
    pub locked: Option<ByteLength>,
    /// Which pages of the range are in memory.
    pub residency: Residency,
}

/// One view of the mirrored bytes.
#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
pub struct Window {
    /// Its number, from 0 on.
    pub index: u64,
    /// The address of its first byte.
    pub address: Address,
    /// The address just after its last byte.
    pub end: Address,
}

/// Looks at the windows as the kernel shows them.
///
/// # Errors
/// `failed` when the memory map does not show them where they were put; else what reading the kernel's
/// account answers.
pub(super) fn observe(mirror: &Mirror, asked: SourceRange) -> Result<MirrorObservation> {
    let page = sys::page_size();
    let seen = mirror.count_windows()?.unwrap_or(mirror.times as u64);
    if seen != mirror.times as u64 {
        let reason = format!("{} windows were mapped and {seen} are shown", mirror.times);
        return Err(Error::new(Kind::Failed, "find the windows again", reason).on(&mirror.name));
    }
    // Asking for it makes the kernel look at every page of every window.
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

/// How many bytes of a range lie beyond the end of a file of that size.
fn beyond(range: SourceRange, size: ByteLength) -> ByteLength {
    let inside = range.clamp_to(size).length();
    ByteLength(range.length().0.saturating_sub(inside.0))
}

/// The numbers of the windows that a report names.
fn shown(times: u64) -> impl Iterator<Item = u64> {
    let (head, tail) = if times > MOST_SHOWN {
        (SHOWN_AT_EACH_END, times.saturating_sub(SHOWN_AT_EACH_END))
    } else {
        (times, times)
    };
    (0..head).chain(tail..times)
}
