//! The pages in the working set of this process (`QueryWorkingSetEx`). No call shows the system's cache.

use std::io;
use std::marker::PhantomData;

use windows_sys::Win32::System::ProcessStatus::{
    K32QueryWorkingSetEx, PSAPI_WORKING_SET_EX_BLOCK, PSAPI_WORKING_SET_EX_INFORMATION,
};
use windows_sys::Win32::System::Threading::GetCurrentProcess;

use super::call::check;
use super::open_file::OpenFile;
use super::page::page_size;
use crate::mapping::types::{AddressRange, CountRefusal, PageSize, SourceRange};

/// The number of pages per call.
const PAGES_AT_ONCE: usize = 4096;

/// Calls `visit` for each page of a range of memory that is in the working set, in address order (`QueryWorkingSetEx`).
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

/// For each page, its address and whether it is in the working set.
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
    // SAFETY: the table has the given length; any address may be queried.
    check(unsafe { K32QueryWorkingSetEx(GetCurrentProcess(), table.as_mut_ptr().cast(), length) })
        .map_err(failed)?;
    Ok(table.into_iter().map(|entry| {
        // SAFETY: each member of the union is a word of the same length, which the call has filled in.
        let flags = unsafe { entry.VirtualAttributes.Flags };
        (entry.VirtualAddress.addr() as u64, flags & 1 == 1)
    }))
}

/// The number of pages per query is not limited.
pub(in crate::mapping) fn mincore_piece(page: PageSize) -> PageSize {
    page
}

/// No process gets a result, so permission does not matter.
pub(in crate::mapping) fn may_ask_mincore(_file: &OpenFile) -> bool {
    true
}

/// The system does not show its cache.
pub(in crate::mapping) struct Incore<'a>(PhantomData<&'a OpenFile>);

impl<'a> Incore<'a> {
    /// Makes no call.
    pub(in crate::mapping) fn new(_file: &'a OpenFile, _end: u64, _page: PageSize) -> Self {
        Self(PhantomData)
    }

    /// Always fails.
    pub(in crate::mapping) fn count(&mut self, _range: SourceRange) -> Result<u64, CountRefusal> {
        Err(CountRefusal::NoSuchCall)
    }

    /// Always fails.
    pub(in crate::mapping) fn runs(
        &mut self,
        _range: SourceRange,
        _visit: impl FnMut(SourceRange),
    ) -> Result<(), CountRefusal> {
        Err(CountRefusal::NoSuchCall)
    }
}

/// Counts the pages of a piece of this process's memory that are in its working set.
pub(in crate::mapping) fn incore_of_memory(
    memory: AddressRange,
    _page: PageSize,
) -> Result<u64, CountRefusal> {
    let mut count: u64 = 0;
    present_pages(memory, |_| count = count.saturating_add(1))?;
    Ok(count)
}

/// Calls `visit` for each page of a range of memory that is in the working set.
pub(in crate::mapping) fn resident_runs(
    memory: AddressRange,
    _page: PageSize,
    visit: impl FnMut(AddressRange),
) -> Result<(), CountRefusal> {
    present_pages(memory, visit)
}
