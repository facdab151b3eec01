//! Mappings for the tests of the guard, with pages that refuse.

use std::fs::File;
use std::io;
use std::os::fd::AsRawFd;
use std::ptr;

/// Readable and writable.
pub(in crate::mapping) const READ_WRITE: i32 = libc::PROT_READ | libc::PROT_WRITE;

/// The page size of this machine.
pub(in crate::mapping) fn page() -> usize {
    rustix::param::page_size()
}

/// A mapping that belongs to a test.
pub(in crate::mapping) struct Mapped {
    pub(in crate::mapping) base: *mut u8,
    pub(in crate::mapping) len: usize,
    pub(in crate::mapping) file: Option<File>,
}

// SAFETY: the address of a mapping is valid in every thread; the tests access it through the guard.
unsafe impl Send for Mapped {}
// SAFETY: as above.
unsafe impl Sync for Mapped {}

impl Mapped {
    /// A new mapping of `len` bytes, of the file if any.
    pub(in crate::mapping) fn new(len: usize, prot: i32, flags: i32, file: Option<File>) -> Self {
        let fd = file.as_ref().map_or(-1, AsRawFd::as_raw_fd);
        // SAFETY: a new mapping at an address of the kernel's choice.
        let base = unsafe { libc::mmap(ptr::null_mut(), len, prot, flags, fd, 0) };
        assert_ne!(base, libc::MAP_FAILED, "{}", io::Error::last_os_error());
        let base = base.cast();
        Self { base, len, file }
    }

    /// Private anonymous memory.
    pub(in crate::mapping) fn anonymous(pages: usize, prot: i32) -> Self {
        let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;
        Self::new(pages * page(), prot, flags, None)
    }

    /// A shared mapping of a new file without a name.
    pub(in crate::mapping) fn shared_file(pages: usize) -> Self {
        let file = tempfile::tempfile().unwrap();
        file.set_len((pages * page()) as u64).unwrap();
        Self::new(pages * page(), READ_WRITE, libc::MAP_SHARED, Some(file))
    }

    /// Truncates the file of the mapping.
    pub(in crate::mapping) fn truncate(&self, size: usize) {
        self.file.as_ref().unwrap().set_len(size as u64).unwrap();
    }

    /// Changes the protection of `pages` pages from number `first` on.
    pub(in crate::mapping) fn protect(&self, first: usize, pages: usize, prot: i32) {
        assert!((first + pages) * page() <= self.len);
        // SAFETY: within this mapping.
        let rc =
            unsafe { libc::mprotect(self.base.add(first * page()).cast(), pages * page(), prot) };
        assert_eq!(rc, 0, "{}", io::Error::last_os_error());
    }
}

impl Drop for Mapped {
    fn drop(&mut self) {
        // SAFETY: the range is the mapping of `new`.
        unsafe { libc::munmap(self.base.cast(), self.len) };
    }
}
