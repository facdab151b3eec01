//! What can be done to mapped memory, and what is seen of it.

use std::io;
use std::marker::PhantomData;
use std::mem::MaybeUninit;

use windows_sys::Win32::Foundation::{
    ERROR_ACCESS_DENIED, ERROR_INVALID_PARAMETER, ERROR_NOT_LOCKED, ERROR_WORKING_SET_QUOTA,
};
use windows_sys::Win32::System::Memory::{
    FlushViewOfFile, GetLargePageMinimum, MEM_MAPPED, MEMORY_BASIC_INFORMATION,
    PAGE_EXECUTE_WRITECOPY, PAGE_WRITECOPY, VirtualLock, VirtualProtect, VirtualQuery,
    VirtualUnlock,
};
use windows_sys::Win32::System::ProcessStatus::{
    K32QueryWorkingSetEx, PSAPI_WORKING_SET_EX_BLOCK, PSAPI_WORKING_SET_EX_INFORMATION,
};
use windows_sys::Win32::System::SystemInformation::{GetSystemInfo, SYSTEM_INFO};
use windows_sys::Win32::System::Threading::{
    GetCurrentProcess, GetProcessWorkingSetSize, SetProcessWorkingSetSize,
};

use super::file::OpenFile;
use super::late;
use super::view::protection;
use crate::mapping::types::{
    AddressRange, Advice, CountRefusal, PageSize, Protection, SourceRange,
};

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

/// What views and allocations begin at multiples of (`GetSystemInfo`).
pub(in crate::mapping) fn allocation_granularity() -> PageSize {
    size_or_default(system_info().dwAllocationGranularity, 64 << 10)
}

fn size_or_default(found: u32, default: usize) -> PageSize {
    let found = PageSize::new(u64::from(found));
    found.unwrap_or_else(|| PageSize::of_system(default))
}

/// The smallest large page, an ordinary one where there are none (`GetLargePageMinimum`).
pub(in crate::mapping) fn default_huge_page_size() -> PageSize {
    // SAFETY: asks for a number.
    let large = unsafe { GetLargePageMinimum() };
    PageSize::new(large as u64).unwrap_or_else(page_size)
}

/// What the pages at an address and after it have in common (`VirtualQuery`).
pub(super) fn region_at(address: *const u8) -> io::Result<MEMORY_BASIC_INFORMATION> {
    let mut found = MEMORY_BASIC_INFORMATION::default();
    // SAFETY: the structure is as long as is said; any address may be asked about.
    let written = unsafe {
        VirtualQuery(
            address.cast(),
            &raw mut found,
            size_of::<MEMORY_BASIC_INFORMATION>(),
        )
    };
    match written {
        0 => Err(io::Error::last_os_error()),
        _ => Ok(found),
    }
}

/// Changes the access to a mapping (`VirtualProtect`).
pub(in crate::mapping) fn protect(base: *mut u8, length: usize, to: Protection) -> io::Result<()> {
    if !to.extras.is_empty() {
        return Err(super::unsupported());
    }
    let region = region_at(base)?;
    let copies = region.Type == MEM_MAPPED
        && matches!(
            region.AllocationProtect,
            PAGE_WRITECOPY | PAGE_EXECUTE_WRITECOPY
        );
    change_protection(base, length, protection(to.access, copies)).map_err(|error| {
        match error.raw_os_error().map(i32::cast_unsigned) {
            // The range and the protection are such as there are: it is the view that does not allow it.
            Some(ERROR_INVALID_PARAMETER) => super::error(ERROR_ACCESS_DENIED),
            _ => error,
        }
    })
}

/// Sets the protection of the pages of a mapping.
pub(super) fn change_protection(base: *mut u8, length: usize, to: u32) -> io::Result<()> {
    let mut before = 0;
    // SAFETY: the range is a mapping that the caller owns, and its bytes are only reached by copies that
    // survive a lack of access.
    super::check(unsafe { VirtualProtect(base.cast(), length, to, &raw mut before) })
}

/// Locks a mapping into memory (`VirtualLock`), enlarging the working set that it must fit.
pub(in crate::mapping) fn lock(base: *mut u8, length: usize, on_fault: bool) -> io::Result<()> {
    if on_fault {
        return Err(super::unsupported());
    }
    // SAFETY: locking changes no byte; the system checks the range.
    let lock = || super::check(unsafe { VirtualLock(base.cast(), length) });
    match lock() {
        Err(error) if error.raw_os_error() == Some(ERROR_WORKING_SET_QUOTA.cast_signed()) => {
            enlarge_working_set(length)?;
            lock()
        }
        other => other,
    }
}

fn enlarge_working_set(by: usize) -> io::Result<()> {
    let (mut least, mut most) = (0, 0);
    // SAFETY: the handle stands for this process; both numbers belong to us.
    unsafe {
        let process = GetCurrentProcess();
        super::check(GetProcessWorkingSetSize(
            process,
            &raw mut least,
            &raw mut most,
        ))?;
        super::check(SetProcessWorkingSetSize(
            process,
            least.saturating_add(by),
            most.saturating_add(by),
        ))
    }
}

/// Gives an advice, by the call that comes closest.
///
/// # Safety
/// The range must lie in mappings that the caller owns, and nobody may hold references to bytes that the
/// advice discards.
pub(in crate::mapping) unsafe fn advise(
    base: *mut u8,
    length: usize,
    advice: Advice,
) -> io::Result<()> {
    match advice {
        Advice::Willneed => late::prefetch(base, length),
        Advice::Dontneed | Advice::Pageout => leave_working_set(base, length),
        // SAFETY: the caller's promise.
        Advice::Free => unsafe { late::discard(base, length) },
        _ => Err(super::unsupported()),
    }
}

/// Takes pages out of the working set: what unlocking does to pages that are not locked.
fn leave_working_set(base: *mut u8, length: usize) -> io::Result<()> {
    // SAFETY: unlocking changes no byte; the system checks the range.
    match super::check(unsafe { VirtualUnlock(base.cast(), length) }) {
        Err(error) if error.raw_os_error() == Some(ERROR_NOT_LOCKED.cast_signed()) => Ok(()),
        other => other,
    }
}

/// How many pages are asked about at once.
const PAGES_AT_ONCE: usize = 4096;

/// Calls `visit` with each page of a range of memory that is in the working set, in order of address
/// (`QueryWorkingSetEx`).
pub(in crate::mapping) fn present_pages(
    memory: AddressRange,
    mut visit: impl FnMut(AddressRange),
) -> Result<(), CountRefusal> {
    let page = page_size().bytes();
    let mut start = memory.start();
    while start < memory.end() {
        let mut asked = Vec::with_capacity(PAGES_AT_ONCE);
        while start < memory.end() && asked.len() < PAGES_AT_ONCE {
            asked.push(start);
            start = start.saturating_add(page);
        }
        for (at, present) in are_present(&asked)? {
            if present {
                visit(AddressRange::between(at, at.saturating_add(page)).unwrap_or_default());
            }
        }
    }
    Ok(())
}

/// Which pages, by address, are in the working set.
fn are_present(pages: &[u64]) -> Result<impl Iterator<Item = (u64, bool)>, CountRefusal> {
    let failed = |error: io::Error| CountRefusal::Failed(error.raw_os_error().unwrap_or(0));
    let mut table: Vec<PSAPI_WORKING_SET_EX_INFORMATION> = pages
        .iter()
        .map(|at| PSAPI_WORKING_SET_EX_INFORMATION {
            VirtualAddress: std::ptr::without_provenance_mut(usize::try_from(*at).unwrap_or(0)),
            VirtualAttributes: PSAPI_WORKING_SET_EX_BLOCK::default(),
        })
        .collect();
    let length = u32::try_from(size_of_val(table.as_slice())).unwrap_or(0);
    // SAFETY: the table is as long as is said; any address may be asked about.
    super::check(unsafe {
        K32QueryWorkingSetEx(GetCurrentProcess(), table.as_mut_ptr().cast(), length)
    })
    .map_err(failed)?;
    Ok(table.into_iter().map(|entry| {
        // SAFETY: each member of the union is a word of the same length, which the call has filled in.
        let flags = unsafe { entry.VirtualAttributes.Flags };
        (entry.VirtualAddress.addr() as u64, flags & 1 == 1)
    }))
}

/// There is no limit to what can be asked about at once.
pub(in crate::mapping) fn mincore_piece(page: PageSize) -> PageSize {
    page
}

/// Nobody is told anything: that is not for want of permission.
pub(in crate::mapping) fn may_ask_mincore(_file: &OpenFile) -> bool {
    true
}

/// What the system's cache holds of a file is not told.
pub(in crate::mapping) struct Incore<'a>(PhantomData<&'a OpenFile>);

impl<'a> Incore<'a> {
    /// There is nothing to ask.
    pub(in crate::mapping) fn new(_file: &'a OpenFile, _end: u64, _page: PageSize) -> Self {
        Self(PhantomData)
    }

    /// Nothing is told.
    pub(in crate::mapping) fn count(&mut self, _range: SourceRange) -> Result<u64, CountRefusal> {
        Err(CountRefusal::NoSuchCall)
    }
}

/// How many pages of a piece of this process's memory are in its working set.
pub(in crate::mapping) fn incore_of_memory(
    memory: AddressRange,
    _page: PageSize,
) -> Result<u64, CountRefusal> {
    let mut count: u64 = 0;
    present_pages(memory, |_| count = count.saturating_add(1))?;
    Ok(count)
}

/// Calls `visit` with each page of a range of memory that is in the working set.
pub(in crate::mapping) fn resident_runs(
    memory: AddressRange,
    _page: PageSize,
    visit: impl FnMut(AddressRange),
) -> Result<(), CountRefusal> {
    present_pages(memory, visit)
}

/// Starts writing the changed pages of a mapping to its file (`FlushViewOfFile`). Whoever wants to wait
/// flushes the file afterwards. Other mappings of the file never differ from it.
pub(in crate::mapping) fn msync(
    base: *mut u8,
    length: usize,
    _wait: bool,
    _invalidate: bool,
) -> io::Result<()> {
    // SAFETY: the range is a mapping that the caller owns; flushing changes no byte of it.
    super::check(unsafe { FlushViewOfFile(base.cast(), length) })
}
