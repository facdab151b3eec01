//! The flags that the kernel keeps for each page, read by frame number, for checking reports about pages.

#![allow(unsafe_code)]

use std::collections::BTreeMap;
use std::fs::File;
use std::os::fd::AsRawFd;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::ptr;

use super::{page_size, skip};

/// `PAGE_PRESENT` of `/proc/PID/pagemap`.
const PRESENT: u64 = 1 << 63;
/// The frame number in an entry of `/proc/PID/pagemap`; 0 without CAP_SYS_ADMIN.
const FRAME: u64 = (1 << 55) - 1;
/// `KPF_REFERENCED` and `KPF_ACTIVE` of `linux/kernel-page-flags.h`.
const USED: u64 = 1 << 2 | 1 << 6;
/// The first page of a folio, and all other pages of it.
const HEAD: u64 = 1 << 15;
const TAIL: u64 = 1 << 16;

/// Part of a file, mapped to inspect its pages without marking them as used.
#[derive(Debug)]
struct Look {
    base: *mut u8,
    length: usize,
}

impl Look {
    fn at(file: &File, offset: u64, length: u64) -> Look {
        let length = usize::try_from(length).unwrap();
        let offset = libc::off_t::try_from(offset).unwrap();
        // SAFETY: this is a new mapping at an address that the kernel chooses; no other memory is affected.
        let base = unsafe {
            let descriptor = file.as_raw_fd();
            libc::mmap(
                ptr::null_mut(),
                length,
                libc::PROT_READ,
                libc::MAP_SHARED,
                descriptor,
                offset,
            )
        };
        assert_ne!(
            base,
            libc::MAP_FAILED,
            "{}",
            std::io::Error::last_os_error()
        );
        // With random access advised, pages are not marked as used when they are unmapped.
        // SAFETY: the range is the new mapping, and the advice does not change its contents.
        assert_eq!(unsafe { libc::madvise(base, length, libc::MADV_RANDOM) }, 0);
        Look {
            base: base.cast(),
            length,
        }
    }

    /// For each page, whether it is in memory and up to date (`mincore(2)`).
    fn resident(&self) -> Vec<bool> {
        let mut vector = vec![0_u8; self.length.div_ceil(usize::try_from(page_size()).unwrap())];
        // SAFETY: the vector has a byte for each page of the mapping.
        let status = unsafe { libc::mincore(self.base.cast(), self.length, vector.as_mut_ptr()) };
        assert_eq!(status, 0, "{}", std::io::Error::last_os_error());
        vector.iter().map(|byte| byte & 1 == 1).collect()
    }

    /// Reads a byte of a page, which brings it into the page table.
    fn touch(&self, page: usize) {
        let at = page * usize::try_from(page_size()).unwrap();
        assert!(at < self.length);
        // SAFETY: the address is inside the mapping, which lives as long as `self`.
        unsafe { self.base.add(at).read_volatile() };
    }
}

impl Drop for Look {
    fn drop(&mut self) {
        // SAFETY: the range is the mapping that this owns.
        unsafe { libc::munmap(self.base.cast(), self.length) };
    }
}

/// The number of pages of part of a file that are marked as used: active or referenced in `/proc/kpageflags`. Skips the
/// test if that file cannot be read.
#[track_caller]
pub fn marked(path: impl AsRef<Path>, offset: u64, length: u64) -> Option<u64> {
    let used = |flags: &Option<u64>| flags.is_some_and(|flags| flags & USED != 0);
    Some(
        flags(path, offset, length)?
            .iter()
            .filter(|flags| used(flags))
            .count() as u64,
    )
}

/// The number of folios of huge page size that begin in part of a file. Skips the test like [`marked`].
#[track_caller]
pub fn huge_folios(path: impl AsRef<Path>, offset: u64, length: u64) -> Option<u64> {
    let pages = usize::try_from((2 << 20) / page_size()).unwrap();
    let has = |flags: Option<u64>, bit: u64| flags.is_some_and(|flags| flags & bit != 0);
    let is_huge = |folio: &&[Option<u64>]| {
        has(folio[0], HEAD) && folio[1..].iter().all(|flags| has(*flags, TAIL))
    };
    Some(
        flags(path, offset, length)?
            .chunks_exact(pages)
            .filter(is_huge)
            .count() as u64,
    )
}

/// The flags of each page of part of a file; `None` for pages that are not in memory.
#[track_caller]
fn flags(path: impl AsRef<Path>, offset: u64, length: u64) -> Option<Vec<Option<u64>>> {
    settle();
    let look = Look::at(&File::open(path).unwrap(), offset, length);
    let found = look.flags();
    if found.is_none() {
        skip("root to read the flags of pages");
    }
    found
}

/// The resident pages of a file by the kernel's own accounts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Accounts {
    /// For each size of a folio in bytes: the number of folios, and the number of bytes of the file in them.
    pub folios: BTreeMap<u64, (u64, u64)>,
    /// For each inode of a control group: the number of bytes charged to it.
    pub groups: BTreeMap<u64, u64>,
}

/// Page by page, the folios of a file and the control groups that pay for them. Skips the test like [`marked`].
#[track_caller]
pub fn accounts(path: impl AsRef<Path>) -> Option<Accounts> {
    let file = File::open(path).unwrap();
    let look = Look::at(&file, 0, file.metadata().unwrap().len());
    let Some(found) = look.accounts() else {
        skip("root to read the flags and the control groups of pages");
        return None;
    };
    Some(found)
}

/// The word about a frame in a file of the kernel.
fn word(file: &File, index: u64) -> Option<u64> {
    let mut bytes = [0; 8];
    file.read_exact_at(&mut bytes, index * 8).ok()?;
    Some(u64::from_ne_bytes(bytes))
}

impl Look {
    /// The frame of each page; `None` for pages that are not in memory. `None` without permission.
    fn frames(&self) -> Option<Vec<Option<u64>>> {
        let tables = File::open("/proc/self/pagemap").ok()?;
        let mut found = Vec::new();
        for (page, there) in self.resident().into_iter().enumerate() {
            if !there {
                found.push(None);
                continue;
            }
            self.touch(page);
            let entry = word(&tables, self.base.addr() as u64 / page_size() + page as u64)?;
            if entry & PRESENT == 0 {
                found.push(None);
                continue;
            }
            if entry & FRAME == 0 {
                return None;
            }
            found.push(Some(entry & FRAME));
        }
        Some(found)
    }

    fn flags(&self) -> Option<Vec<Option<u64>>> {
        let flags = File::open("/proc/kpageflags").ok()?;
        let frames = self.frames()?.into_iter();
        frames
            .map(|frame| match frame {
                Some(frame) => word(&flags, frame).map(Some),
                None => Some(None),
            })
            .collect()
    }

    fn accounts(&self) -> Option<Accounts> {
        let flags = File::open("/proc/kpageflags").ok()?;
        let groups = File::open("/proc/kpagecgroup").ok()?;
        let is = |frame, bit| word(&flags, frame).is_some_and(|flags| flags & bit != 0);
        let mut found = Accounts::default();
        let (mut head, mut next) = (0, 0);
        for frame in self.frames()?.into_iter().flatten() {
            if !(head..next).contains(&frame) {
                head = frame;
                while is(head, TAIL) {
                    head -= 1;
                }
                next = head + 1;
                while is(head, HEAD) && is(next, TAIL) {
                    next += 1;
                }
            }
            let size = (next - head) * page_size();
            let sum = found.folios.entry(size).or_default();
            *sum = (sum.0 + u64::from(frame == head), sum.1 + page_size());
            *found.groups.entry(word(&groups, frame)?).or_default() += page_size();
        }
        Some(found)
    }
}

/// Makes every CPU process its pending page lists: `mbind(2)` drains them before it moves pages.
pub fn settle() {
    let length = usize::try_from(page_size()).unwrap();
    let access = libc::PROT_READ | libc::PROT_WRITE;
    let kind = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;
    const MPOL_MF_MOVE: libc::c_ulong = 1 << 1;
    // SAFETY: a new page, known only here, is mapped, given its existing policy, and unmapped.
    unsafe {
        let page = libc::mmap(ptr::null_mut(), length, access, kind, -1, 0);
        assert_ne!(page, libc::MAP_FAILED);
        let none: libc::c_ulong = 0;
        // This fails on a kernel without NUMA and under a system call filter, which is harmless.
        libc::syscall(
            libc::SYS_mbind,
            page,
            length,
            none,
            none,
            none,
            MPOL_MF_MOVE,
        );
        libc::munmap(page, length);
    }
}
