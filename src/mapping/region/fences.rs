//! Pages that separate a mapping from its neighbours. The kernel merges private anonymous memory with a neighbour of
//! the same kind, such as the heap of this program. It then counts and advises both as one mapping.

use std::ptr::NonNull;

use crate::mapping::measure::page_sizes;
use crate::mapping::sys;
use crate::mapping::types::{AddressRange, ByteLength, Placement};

/// An inaccessible page on each side of a mapping, with which the kernel merges nothing. Unmapped when dropped.
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
        let _ = sys::unmap(self.base, self.length);
    }
}

impl Fence {
    /// A fence at an address, if nothing is mapped there.
    fn at(address: u64) -> Option<Self> {
        let length = ByteLength(sys::page_size().bytes()).to_usize()?;
        let base = sys::reserve_addresses(length, Placement::At(address)).ok()?;
        Some(Self { base, length })
    }
}

impl Fences {
    /// Fences around a mapping. A side gets no fence if it has a neighbour or no address space.
    pub(in crate::mapping) fn around(memory: AddressRange) -> Self {
        let below = memory.start().checked_sub(sys::page_size().bytes());
        Self {
            below: below.filter(|address| *address > 0).and_then(Fence::at),
            above: Fence::at(memory.end()),
        }
    }

    /// Takes the fence above, for the upper part of a mapping that is divided.
    pub(super) fn split_off(&mut self) -> Self {
        let above = self.above.take();
        Self { below: None, above }
    }

    /// Takes over the fence above the mapping that follows.
    pub(super) fn join(&mut self, mut next: Self) {
        self.above = next.above.take();
    }

    /// Removes the fences; returns whether any existed.
    pub(in crate::mapping) fn take_down(&mut self) -> bool {
        let gone = std::mem::take(self);
        gone.below.is_some() || gone.above.is_some()
    }
}

/// A free address for `length` bytes with a free page on each side. It is aligned to huge pages if the length is at least
/// one.
pub(in crate::mapping) fn place(length: ByteLength) -> Option<Placement> {
    let page = sys::page_size();
    let huge = page_sizes::transparent_huge_page();
    let unit = huge.filter(|huge| huge.bytes() <= length.0).unwrap_or(page);
    let room = ByteLength(
        page.align_up(length.0)?
            .checked_add(unit.bytes().checked_mul(2)?)?,
    );
    let room = room.to_usize()?;
    let base = sys::reserve_addresses(room, Placement::Anywhere).ok()?;
    let first = (base.as_ptr().addr() as u64).checked_add(page.bytes());
    let _ = sys::unmap(base, room);
    unit.align_up(first?).map(Placement::At)
}
