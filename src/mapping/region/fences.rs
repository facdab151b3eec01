//! Keeping a mapping apart from its neighbours. The kernel merges private anonymous memory with a neighbour of the same
//! kind, as this program's own heap, and then counts and advises both as one.

use std::ptr::NonNull;

use crate::mapping::measure::page_sizes;
use crate::mapping::sys;
use crate::mapping::types::{AddressRange, ByteLength, PageSize, Placement};

/// A page on each side of a mapping that may not be accessed: the kernel merges nothing with it. Unmapped when dropped.
#[derive(Debug, Default)]
pub(in crate::mapping) struct Fences {
    below: Option<Fence>,
    above: Option<Fence>,
}

#[derive(Debug)]
struct Fence {
    base: NonNull<u8>,
    length: usize,
}

impl Drop for Fence {
    fn drop(&mut self) {
        sys::unmap(self.base, self.length);
    }
}

impl Fence {
    /// At an address where nothing is.
    fn at(address: u64) -> Option<Self> {
        let length = ByteLength(sys::page_size().bytes()).to_usize()?;
        let base = sys::reserve_addresses(length, Placement::At(address)).ok()?;
        Some(Self { base, length })
    }
}

impl Fences {
    /// Around a mapping; on a side where a neighbour is there already, or with no address space left, there is none.
    pub(in crate::mapping) fn around(memory: AddressRange) -> Self {
        let below = memory.start().checked_sub(sys::page_size().bytes());
        Self {
            below: below.filter(|address| *address > 0).and_then(Fence::at),
            above: Fence::at(memory.end()),
        }
    }

    /// Takes them away; whether there was one.
    pub(in crate::mapping) fn take_down(&mut self) -> bool {
        let gone = std::mem::take(self);
        gone.below.is_some() || gone.above.is_some()
    }
}

/// An address that is free now with a page on each side, and aligned to huge pages where that many bytes can have them.
pub(in crate::mapping) fn place(length: ByteLength) -> Option<Placement> {
    let page = sys::page_size();
    let huge = page_sizes::transparent_huge_page().and_then(|size| PageSize::new(size.0));
    let unit = huge.filter(|huge| huge.bytes() <= length.0).unwrap_or(page);
    let room = ByteLength(
        page.align_up(length.0)?
            .checked_add(unit.bytes().checked_mul(2)?)?,
    );
    let room = room.to_usize()?;
    let base = sys::reserve_addresses(room, Placement::Anywhere).ok()?;
    let first = (base.as_ptr().addr() as u64).checked_add(page.bytes());
    sys::unmap(base, room);
    unit.align_up(first?).map(Placement::At)
}
