//! `PAGEMAP_SCAN`: runs of pages of a process that are in memory.

use std::fs::File;
use std::io;
use std::os::fd::AsRawFd;

use crate::mapping::sys::unix::incore::refusal;
use crate::mapping::types::{AddressRange, CountRefusal, Process};

/// `PAGE_IS_FILE`: the page is in the page cache and not private to the process.
const FILE_PAGE: u64 = 1 << 2;
/// `PAGE_IS_PRESENT`: the page is in memory.
const PRESENT: u64 = 1 << 3;
/// `PAGE_IS_PFNZERO`: the page is the shared page of zeros.
const ZERO: u64 = 1 << 5;
/// The number of runs requested at once.
const RUNS_AT_ONCE: usize = 512;

/// `struct page_region` of `linux/fs.h`, in addresses.
#[derive(Clone, Copy, Default)]
#[repr(C)]
struct Run {
    start: u64,
    end: u64,
    categories: u64,
}

/// `struct pm_scan_arg` of `linux/fs.h`.
#[derive(Default)]
#[repr(C)]
struct Scan {
    size: u64,
    flags: u64,
    start: u64,
    end: u64,
    walk_end: u64,
    vec: u64,
    vec_len: u64,
    max_pages: u64,
    category_inverted: u64,
    category_mask: u64,
    category_anyof_mask: u64,
    return_mask: u64,
}

/// Opens the page table of a process (`proc_pid_pagemap(5)`).
pub(super) fn open_page_table(process: Process) -> io::Result<File> {
    match process {
        Process::Myself => File::open("/proc/self/pagemap"),
        Process::Id(pid) => File::open(format!("/proc/{pid}/pagemap")),
    }
}

/// The pages to look for.
#[derive(Clone, Copy)]
struct Wanted {
    /// Pages in all of these categories …
    mask: u64,
    /// … or not in it, if the category is also one of these.
    inverted: u64,
}

/// Whether the page tables of a process have pages of files between two addresses, which are multiples of the page size
/// (Linux 6.7 and later).
pub(in crate::mapping) fn has_file_pages(
    pid: u32,
    memory: AddressRange,
) -> Result<bool, CountRefusal> {
    let pagemap = open_page_table(Process::Id(pid)).map_err(|error| refusal(&error))?;
    let wanted = Wanted {
        mask: PRESENT | FILE_PAGE,
        inverted: 0,
    };
    let mut first = [Run::default()];
    let (found, _) = scan(&pagemap, wanted, memory.start(), memory.end(), &mut first)?;
    Ok(!found.is_empty())
}

/// Calls `visit` for each run of pages of this process that take memory, in address order (Linux 6.7 and later). The
/// range starts and ends at a page.
pub(in crate::mapping) fn present_pages(
    memory: AddressRange,
    visit: impl FnMut(AddressRange),
) -> Result<(), CountRefusal> {
    let pagemap = open_page_table(Process::Myself).map_err(|error| refusal(&error))?;
    present_runs(&pagemap, memory, visit)
}

/// [`present_pages`] for any page table.
pub(super) fn present_runs(
    pagemap: &File,
    memory: AddressRange,
    mut visit: impl FnMut(AddressRange),
) -> Result<(), CountRefusal> {
    let wanted = Wanted {
        mask: PRESENT | ZERO,
        inverted: ZERO,
    };
    let mut runs = [Run::default(); RUNS_AT_ONCE];
    let mut start = memory.start();
    while start < memory.end() {
        let (found, walked) = scan(pagemap, wanted, start, memory.end(), &mut runs)?;
        for run in found {
            visit(AddressRange::between(run.start, run.end).unwrap_or_default());
        }
        // The walk stops early only when the runs are full. A walk that does not advance would never end.
        if walked <= start {
            return Err(CountRefusal::Failed(libc::EIO));
        }
        start = walked;
    }
    Ok(())
}

/// The first runs between two addresses, and the address that the walk reached.
fn scan<'runs>(
    pagemap: &File,
    wanted: Wanted,
    start: u64,
    end: u64,
    runs: &'runs mut [Run],
) -> Result<(&'runs [Run], u64), CountRefusal> {
    let mut asked = Scan {
        size: u64::try_from(size_of::<Scan>()).unwrap_or(0),
        start,
        end,
        vec: u64::try_from(runs.as_mut_ptr().expose_provenance()).unwrap_or(0),
        vec_len: u64::try_from(runs.len()).unwrap_or(0),
        category_inverted: wanted.inverted,
        category_mask: wanted.mask,
        return_mask: PRESENT,
        ..Scan::default()
    };
    // SAFETY: the request has the structure it is defined for, with its length in the size field; the kernel writes at
    // most `vec_len` runs into the vector and only reads the page tables.
    let found = unsafe {
        libc::ioctl(
            pagemap.as_raw_fd(),
            libc::_IOWR::<Scan>(u32::from(b'f'), 16),
            &raw mut asked,
        )
    };
    let Ok(found) = usize::try_from(found) else {
        return Err(refusal(&io::Error::last_os_error()));
    };
    Ok((runs.get(..found).unwrap_or_default(), asked.walk_end))
}
