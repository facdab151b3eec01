//! The sizes of pages (`GetSystemInfo`).

use std::mem::MaybeUninit;

use windows_sys::Win32::System::Memory::GetLargePageMinimum;
use windows_sys::Win32::System::SystemInformation::{GetSystemInfo, SYSTEM_INFO};

use crate::mapping::types::PageSize;

fn system_info() -> SYSTEM_INFO {
    let mut found = MaybeUninit::uninit();
    // SAFETY: the call fills the structure in and cannot fail.
    unsafe {
        GetSystemInfo(found.as_mut_ptr());
        found.assume_init()
    }
}

/// The size of a page of memory (`GetSystemInfo`).
pub(in crate::mapping) fn page_size() -> PageSize {
    size_or_default(system_info().dwPageSize, 4096)
}

/// The granularity of the addresses of views and allocations (`GetSystemInfo`).
pub(in crate::mapping) fn allocation_granularity() -> PageSize {
    size_or_default(system_info().dwAllocationGranularity, 64 << 10)
}

fn size_or_default(found: u32, default: usize) -> PageSize {
    let found = PageSize::new(u64::from(found));
    found.unwrap_or_else(|| PageSize::of_system(default))
}

/// The smallest large page; an ordinary one if there are none (`GetLargePageMinimum`).
pub(in crate::mapping) fn default_huge_page_size() -> PageSize {
    // SAFETY: only reads a number.
    let large = unsafe { GetLargePageMinimum() };
    PageSize::new(large as u64).unwrap_or_else(page_size)
}
