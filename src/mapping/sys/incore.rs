//! `mincore(2)`: which pages of a mapping are in memory, one byte for each.

#![allow(unsafe_code)]

use std::fs::File;
use std::io;
use std::os::fd::AsRawFd;
use std::ptr;

use crate::mapping::range::{PageSize, SourceRange};
use crate::mapping::residency::Refusal;
use crate::mapping::vmas::AddressRange;

/// How many of the system's pages are asked of mincore at once, a power of two: a vector of 256 KiB, and
/// 1 GiB of memory where pages have 4 KiB.
const PAGES_AT_ONCE: u64 = 1 << 18;

/// The longest piece of a file or of memory that may be asked of mincore at once.
pub(in crate::mapping) fn mincore_piece(page: PageSize) -> PageSize {
    let system = super::page_size().bytes();
    let longest = system.checked_mul(PAGES_AT_ONCE).and_then(PageSize::new);
    match longest {
        Some(longest) if longest.bytes() > page.bytes() => longest,
        _ => page,
    }
}

/// How many pages of a piece of a file are in the page cache. The piece begins at a page and is at most
/// [`mincore_piece`] long.
pub(in crate::mapping) fn incore_of_file(
    file: &File,
    piece: SourceRange,
    page: PageSize,
) -> Result<u64, Refusal> {
    let mapping = Untouchable::map(file, piece.offset().0, piece.length().0)?;
    count(mapping.start, mapping.length, page)
}

/// How many pages of a piece of this process's memory are resident. The piece begins at a page and is at
/// most [`mincore_piece`] long.
pub(in crate::mapping) fn incore_of_memory(
    memory: AddressRange,
    page: PageSize,
) -> Result<u64, Refusal> {
    let invalid = |_| Refusal::Failed(libc::EINVAL);
    let start = usize::try_from(memory.start()).map_err(invalid)?;
    let length = usize::try_from(memory.length()).map_err(invalid)?;
    count(ptr::without_provenance_mut(start), length, page)
}

/// Calls `visit` with each run of resident pages of a piece of this process's memory, in order of address.
/// The piece begins at a page and is at most [`mincore_piece`] long.
pub(in crate::mapping) fn resident_runs(
    memory: AddressRange,
    page: PageSize,
    mut visit: impl FnMut(AddressRange),
) -> Result<(), Refusal> {
    let invalid = |_| Refusal::Failed(libc::EINVAL);
    let start = usize::try_from(memory.start()).map_err(invalid)?;
    let length = usize::try_from(memory.length()).map_err(invalid)?;
    let vector = presence(ptr::without_provenance_mut(start), length, page)?;
    let mut at = memory.start();
    for run in vector.chunk_by(|a, b| a & 1 == b & 1) {
        let pages = u64::try_from(run.len()).unwrap_or(u64::MAX);
        let end = at.saturating_add(pages.saturating_mul(page.bytes()));
        if run.first().is_some_and(|byte| byte & 1 == 1) {
            visit(AddressRange::between(at, end).unwrap_or_default());
        }
        at = end;
    }
    Ok(())
}

fn count(start: *mut libc::c_void, length: usize, page: PageSize) -> Result<u64, Refusal> {
    let vector = presence(start, length, page)?;
    let resident = vector.iter().filter(|&&byte| byte & 1 == 1).count();
    Ok(u64::try_from(resident).unwrap_or(u64::MAX))
}

/// One byte for each page, whose lowest bit says that it is resident.
fn presence(start: *mut libc::c_void, length: usize, page: PageSize) -> Result<Vec<u8>, Refusal> {
    let bytes = u64::try_from(length).unwrap_or(u64::MAX);
    let system = super::page_size();
    let pages = system.pages_for(crate::mapping::range::ByteLength(bytes)).0;
    let pages = usize::try_from(pages).map_err(|_| Refusal::Failed(libc::EINVAL))?;
    let mut vector = vec![0_u8; pages];
    // SAFETY: the call only reads the process's own page tables, at any address; it writes one byte for each
    // started page of the system's size in `length`, also where the mapping is of huge pages, and the vector
    // has that many.
    let status = unsafe { libc::mincore(start, length, vector.as_mut_ptr().cast()) };
    if status != 0 {
        return Err(refusal(&io::Error::last_os_error()));
    }
    // All parts of a huge page are in memory, or none is.
    let parts = page.bytes().checked_div(system.bytes()).unwrap_or(1).max(1);
    let parts = usize::try_from(parts).unwrap_or(usize::MAX);
    Ok(vector.into_iter().step_by(parts).collect())
}

/// A mapping of a piece of a file that nobody may read or write: a handle to ask questions about.
pub(super) struct Untouchable {
    start: *mut libc::c_void,
    length: usize,
}

impl Untouchable {
    /// Maps a piece of a file that begins at a page.
    pub(super) fn map(file: &File, offset: u64, length: u64) -> Result<Self, Refusal> {
        let overflow = |_| Refusal::Failed(libc::EOVERFLOW);
        let length = usize::try_from(length).map_err(overflow)?;
        let offset = libc::off_t::try_from(offset).map_err(overflow)?;
        // SAFETY: no address is asked for, so that nothing that is mapped already is touched; the mapping
        // cannot be accessed, and is unmapped by `drop` alone.
        let start = unsafe {
            libc::mmap(
                ptr::null_mut(),
                length,
                libc::PROT_NONE,
                libc::MAP_SHARED | super::MAP_NORESERVE,
                file.as_raw_fd(),
                offset,
            )
        };
        if start == libc::MAP_FAILED {
            return Err(refusal(&io::Error::last_os_error()));
        }
        Ok(Self { start, length })
    }

    /// Where it is mapped.
    #[cfg(target_os = "linux")]
    pub(super) fn address(&self) -> u64 {
        u64::try_from(self.start.addr()).unwrap_or(u64::MAX)
    }
}

impl Drop for Untouchable {
    fn drop(&mut self) {
        // SAFETY: `map` got this range from the kernel and nobody else knows of it.
        unsafe { libc::munmap(self.start, self.length) };
    }
}

/// What an error of a call that counts pages, or of the mappings it needs, says.
pub(super) fn refusal(error: &io::Error) -> Refusal {
    match error.raw_os_error().unwrap_or(0) {
        libc::ENOSYS => Refusal::NoSuchCall,
        libc::EPERM => Refusal::NotPermitted,
        libc::EACCES => Refusal::NotMappable,
        libc::EOPNOTSUPP => Refusal::HugePages,
        other => Refusal::Failed(other),
    }
}
