//! `mincore(2)`: which pages of a mapping are in memory.

use std::fs::File;
use std::io;
use std::os::fd::AsRawFd;
use std::ptr;

use super::bits::MAP_NORESERVE;
use super::page::page_size;
use crate::mapping::types::{
    AddressRange, ByteLength, CountRefusal, PageSize, SourceOffset, SourceRange,
};

/// The number of system pages per call, which fits a buffer on the stack.
const PAGES_AT_ONCE: usize = 1 << 12;
/// The number of bytes of a file mapped at once. The mapping takes address space only.
const WINDOW: u64 = 1 << 30;

/// The pages of one file that are in memory and up to date. The mapping that mincore needs is kept between calls.
pub(in crate::mapping) struct Incore<'a> {
    file: &'a File,
    page: PageSize,
    /// The end of the last query, in bytes.
    end: u64,
    window: Option<(u64, NoAccessMapping)>,
    /// The largest known window that fits the address space.
    longest: u64,
}

impl<'a> Incore<'a> {
    /// For queries about pages before the offset `end`.
    pub(in crate::mapping) fn new(file: &'a File, end: u64, page: PageSize) -> Self {
        Self {
            file,
            page,
            end,
            window: None,
            longest: WINDOW,
        }
    }

    /// Counts the pages of a range that are in memory and up to date. The range starts at a page.
    pub(in crate::mapping) fn count(&mut self, range: SourceRange) -> Result<u64, CountRefusal> {
        let mut resident: u64 = 0;
        self.each_window(range, |_, memory, page| {
            resident = resident.saturating_add(incore_of_memory(memory, page)?);
            Ok(())
        })?;
        Ok(resident)
    }

    /// Calls `visit` for each run of pages of a range that are in memory and up to date, in order. The range starts at a
    /// page. A long run may come in parts.
    pub(in crate::mapping) fn runs(
        &mut self,
        range: SourceRange,
        mut visit: impl FnMut(SourceRange),
    ) -> Result<(), CountRefusal> {
        self.each_window(range, |at, memory, page| {
            resident_runs(memory, page, |run| {
                let place =
                    |address: u64| at.plus(ByteLength(address.saturating_sub(memory.start())));
                let run = SourceRange::between(place(run.start()), place(run.end()));
                visit(run.unwrap_or_default());
            })
        })
    }

    /// Calls `visit` for the parts of a range that are mapped at a time, each with its offset and address.
    fn each_window(
        &mut self,
        range: SourceRange,
        mut visit: impl FnMut(SourceOffset, AddressRange, PageSize) -> Result<(), CountRefusal>,
    ) -> Result<(), CountRefusal> {
        let mut at = range.offset();
        while at < range.end() {
            let page = self.page;
            let (address, length) = self.window_at(at.0)?;
            let length = ByteLength(length).min(SourceOffset::from_to(at, range.end()));
            let mapped = AddressRange::new(address, length);
            visit(at, mapped.unwrap_or_default(), page)?;
            at = at.plus(length.max(ByteLength(1)));
        }
        Ok(())
    }

    /// The address of the byte at a file offset, and the number of bytes mapped from there.
    fn window_at(&mut self, at: u64) -> Result<(u64, u64), CountRefusal> {
        if let Some((start, window)) = &self.window {
            let inner = at.checked_sub(*start);
            let length = window.length();
            if let Some(inner) = inner.filter(|inner| *inner < length) {
                let address = window.address().saturating_add(inner);
                return Ok((address, length.saturating_sub(inner)));
            }
        }
        self.window = None;
        let wanted = self.end.saturating_sub(at).max(self.page.bytes());
        let window = loop {
            match NoAccessMapping::map(self.file, at, wanted.min(self.longest)) {
                // The address space is too small.
                Err(CountRefusal::Failed(libc::ENOMEM)) if self.longest > self.page.bytes() => {
                    self.longest = self.longest.div_euclid(2).max(self.page.bytes());
                }
                other => break other?,
            }
        };
        let (_, window) = self.window.insert((at, window));
        Ok((window.address(), window.length()))
    }
}

/// The longest piece of memory for one query of runs.
pub(in crate::mapping) fn mincore_piece(page: PageSize) -> PageSize {
    PageSize::new(WINDOW.max(page.bytes())).unwrap_or(page)
}

/// Counts the resident pages of a piece of this process's memory. The piece starts at a page.
pub(in crate::mapping) fn incore_of_memory(
    memory: AddressRange,
    page: PageSize,
) -> Result<u64, CountRefusal> {
    let mut resident: u64 = 0;
    presence(memory, page, |present| {
        resident = resident.saturating_add(u64::from(present));
    })?;
    Ok(resident)
}

/// Calls `visit` for each run of resident pages of a piece of this process's memory, in address order. The piece starts
/// at a page.
pub(in crate::mapping) fn resident_runs(
    memory: AddressRange,
    page: PageSize,
    mut visit: impl FnMut(AddressRange),
) -> Result<(), CountRefusal> {
    let mut at = memory.start();
    let mut run = None;
    presence(memory, page, |present| {
        match (present, run) {
            (true, None) => run = Some(at),
            (false, Some(start)) => {
                visit(AddressRange::between(start, at).unwrap_or_default());
                run = None;
            }
            _ => {}
        }
        at = at.saturating_add(page.bytes());
    })?;
    if let Some(start) = run {
        visit(AddressRange::between(start, at).unwrap_or_default());
    }
    Ok(())
}

/// Calls `visit` for each page of a piece of memory, in address order, with whether it is resident.
fn presence(
    memory: AddressRange,
    page: PageSize,
    mut visit: impl FnMut(bool),
) -> Result<(), CountRefusal> {
    let system = page_size().bytes();
    // A huge page is in memory as a whole, or not at all.
    let parts = page.bytes().checked_div(system).unwrap_or(1).max(1);
    let mut vector = [0_u8; PAGES_AT_ONCE];
    let most = system.saturating_mul(PAGES_AT_ONCE as u64);
    let mut at = memory.start();
    let mut part: u64 = 0;
    while at < memory.end() {
        let length = memory.end().saturating_sub(at).min(most);
        let pages = usize::try_from(length.div_ceil(system)).unwrap_or(PAGES_AT_ONCE);
        let invalid = |_| CountRefusal::Failed(libc::EINVAL);
        let start = ptr::without_provenance_mut(usize::try_from(at).map_err(invalid)?);
        let bytes = usize::try_from(length).map_err(invalid)?;
        // SAFETY: the call only reads the process's own page tables, at any address. It writes one byte for each
        // started page of the system's size in `bytes`, even for a mapping of huge pages: at most PAGES_AT_ONCE, the
        // length of the vector.
        let status = unsafe { libc::mincore(start, bytes, vector.as_mut_ptr().cast()) };
        if status != 0 {
            return Err(refusal(&io::Error::last_os_error()));
        }
        for byte in vector.iter().take(pages) {
            if part == 0 {
                visit(byte & 1 == 1);
            }
            part = part.saturating_add(1);
            if part == parts {
                part = 0;
            }
        }
        at = at.saturating_add(length);
    }
    Ok(())
}

/// A mapping of a piece of a file without any access: a handle for `mincore(2)`.
pub(in crate::mapping::sys) struct NoAccessMapping {
    start: *mut libc::c_void,
    length: usize,
}

impl NoAccessMapping {
    /// Maps a piece of a file that starts at a page.
    pub(in crate::mapping::sys) fn map(
        file: &File,
        offset: u64,
        length: u64,
    ) -> Result<Self, CountRefusal> {
        let overflow = |_| CountRefusal::Failed(libc::EOVERFLOW);
        let length = usize::try_from(length).map_err(overflow)?;
        let offset = libc::off_t::try_from(offset).map_err(overflow)?;
        // SAFETY: no address is requested, so existing mappings are not affected; the mapping cannot be accessed, and
        // only `drop` unmaps it.
        let start = unsafe {
            libc::mmap(
                ptr::null_mut(),
                length,
                libc::PROT_NONE,
                libc::MAP_SHARED | MAP_NORESERVE,
                file.as_raw_fd(),
                offset,
            )
        };
        if start == libc::MAP_FAILED {
            return Err(refusal(&io::Error::last_os_error()));
        }
        Ok(Self { start, length })
    }

    /// Its address.
    pub(in crate::mapping::sys) fn address(&self) -> u64 {
        u64::try_from(self.start.addr()).unwrap_or(u64::MAX)
    }

    /// Its length in bytes.
    fn length(&self) -> u64 {
        u64::try_from(self.length).unwrap_or(0)
    }
}

impl Drop for NoAccessMapping {
    fn drop(&mut self) {
        // SAFETY: `map` got this range from the kernel, and nothing else refers to it.
        unsafe { libc::munmap(self.start, self.length) };
    }
}

/// The meaning of an error of a call that counts pages, or of the mapping it needs.
pub(in crate::mapping::sys) fn refusal(error: &io::Error) -> CountRefusal {
    match error.raw_os_error().unwrap_or(0) {
        libc::ENOSYS => CountRefusal::NoSuchCall,
        libc::EPERM => CountRefusal::NotPermitted,
        libc::EACCES => CountRefusal::NotMappable,
        libc::EOPNOTSUPP => CountRefusal::HugePages,
        other => CountRefusal::Failed(other),
    }
}
