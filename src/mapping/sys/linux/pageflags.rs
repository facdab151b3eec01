//! `/proc/kpageflags`: the kernel's flags of each page, found by the frame number in a page table.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::ptr;

use super::pagemap::{open_page_table, present_runs};
use crate::mapping::sys::unix::incore::refusal;
use crate::mapping::sys::unix::page::page_size;
use crate::mapping::types::{AddressRange, CountRefusal, Marks, Process};

/// The page is in memory, in an entry of `/proc/PID/pagemap` (`proc_pid_pagemap(5)`).
pub(super) const PRESENT: u64 = 1 << 63;
/// The frame number; 0 without permission.
pub(super) const FRAME: u64 = (1 << 55) - 1;
/// `KPF_REFERENCED` and `KPF_ACTIVE` of `linux/kernel-page-flags.h`: used recently, or often.
const USED: u64 = 1 << 2 | 1 << 6;
/// The number of entries read at once.
const ENTRIES: usize = 512;

/// Counts the pages of a process's memory that are in its page tables, and those marked as used. The range starts and
/// ends at a page.
pub(in crate::mapping) fn used_pages(
    process: Process,
    memory: AddressRange,
) -> Result<Marks, CountRefusal> {
    let not_permitted = |_: io::Error| CountRefusal::NotPermitted;
    let table = open_page_table(process).map_err(not_permitted)?;
    let flags = File::open("/proc/kpageflags").map_err(not_permitted)?;
    let mut marks = Marks::default();
    let mut failure = None;
    present_runs(&table, memory, |run| {
        if failure.is_none() {
            failure = add_run(&table, &flags, run, &mut marks).err();
        }
    })?;
    failure.map_or(Ok(marks), Err)
}

fn add_run(
    table: &File,
    flags: &File,
    run: AddressRange,
    marks: &mut Marks,
) -> Result<(), CountRefusal> {
    let page = page_size().bytes();
    let index = |address: u64| address.checked_div(page).unwrap_or(0);
    let (mut at, end) = (index(run.start()), index(run.end()));
    while at < end {
        let wanted = usize::try_from(end.saturating_sub(at)).unwrap_or(ENTRIES);
        let entries = words(table, at, wanted.min(ENTRIES)).map_err(|error| refusal(&error))?;
        at = at
            .saturating_add(u64::try_from(entries.len()).unwrap_or(1))
            .max(at.saturating_add(1));
        let present = entries.iter().filter(|entry| *entry & PRESENT != 0);
        let frames: Vec<u64> = present.map(|entry| entry & FRAME).collect();
        if frames.contains(&0) {
            return Err(CountRefusal::NotPermitted);
        }
        for frames in frames.chunk_by(|a, b| a.checked_add(1) == Some(*b)) {
            let first = frames.first().copied().unwrap_or(0);
            let found = words(flags, first, frames.len()).map_err(|error| refusal(&error))?;
            marks.add(found.iter().map(|flags| flags & USED != 0));
        }
    }
    Ok(())
}

/// Reads words in the machine's byte order.
pub(super) fn words(file: &File, index: u64, count: usize) -> io::Result<Vec<u64>> {
    let mut bytes = vec![0; count.saturating_mul(size_of::<u64>())];
    let offset = index.saturating_mul(8);
    file.read_exact_at(&mut bytes, offset)?;
    let (words, _) = bytes.as_chunks();
    Ok(words.iter().map(|word| u64::from_ne_bytes(*word)).collect())
}

/// Drains the per-processor lists of pages that wait to be marked as used or unused. `mbind(2)` drains them before it
/// moves pages; here there are none to move. If the system refuses, it drains them later.
pub(in crate::mapping) fn drain_page_lists() {
    const MPOL_DEFAULT: libc::c_ulong = 0;
    const MPOL_MF_MOVE: libc::c_ulong = 1 << 1;
    let none: libc::c_ulong = 0;
    let length = usize::try_from(page_size().bytes()).unwrap_or(4096);
    let kind = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;
    // SAFETY: a new page without access is mapped where the kernel chooses, and nothing else is changed.
    let page = unsafe { libc::mmap(ptr::null_mut(), length, libc::PROT_NONE, kind, -1, 0) };
    if page == libc::MAP_FAILED {
        return;
    }
    // SAFETY: the page was mapped just now; it keeps its policy, without any node, and is unmapped. Nothing else refers
    // to it.
    unsafe {
        libc::syscall(
            libc::SYS_mbind,
            page,
            length,
            MPOL_DEFAULT,
            none,
            none,
            MPOL_MF_MOVE,
        );
        libc::munmap(page, length);
    }
}
