//! A file mapped by the test process itself, which acts as the "other process" without a second program.

// The only part of the test support that accesses mapped memory.
#![allow(unsafe_code)]

use std::fs::File;
use std::path::Path;

use memmap2::{MmapOptions, MmapRaw};

use super::page_size;

/// A shared mapping of a whole file, unmapped when dropped.
#[derive(Debug)]
pub struct Mapped {
    raw: MmapRaw,
}

impl Mapped {
    /// Maps the file for reading and writing, shared. No page is accessed yet.
    pub fn shared(path: impl AsRef<Path>) -> Mapped {
        let file = File::options().read(true).write(true).open(path).unwrap();
        Mapped {
            raw: MmapOptions::new().map_raw(&file).unwrap(),
        }
    }

    /// Maps the file for reading, shared. No page is accessed yet.
    pub fn read_only(path: impl AsRef<Path>) -> Mapped {
        let file = File::open(path).unwrap();
        Mapped {
            raw: MmapOptions::new().map_raw_read_only(&file).unwrap(),
        }
    }

    /// Maps private anonymous memory. No page is accessed yet.
    pub fn anonymous(length: usize) -> Mapped {
        Mapped {
            raw: MmapOptions::new().len(length).map_anon().unwrap().into(),
        }
    }

    /// The address of the mapping.
    pub fn address(&self) -> u64 {
        self.raw.as_ptr().addr() as u64
    }

    /// Writes one byte of each page.
    pub fn set_all(&self, value: u8) {
        for offset in (0..self.size()).step_by(usize::try_from(page_size()).unwrap()) {
            self.set(offset, value);
        }
    }

    /// The length of the mapping in bytes.
    pub fn size(&self) -> usize {
        self.raw.len()
    }

    /// Reads one byte.
    pub fn get(&self, offset: usize) -> u8 {
        assert!(offset < self.size());
        // SAFETY: the address is inside the mapping, which lives as long as `self`. Other processes may change
        // the byte at any time, but a volatile read of one byte is always atomic.
        unsafe { self.raw.as_ptr().add(offset).read_volatile() }
    }

    /// Writes one byte.
    pub fn set(&self, offset: usize, value: u8) {
        assert!(offset < self.size());
        // SAFETY: the address is inside the mapping, which lives as long as `self`. No reference to the bytes is
        // ever created. Writing to a read-only mapping kills the test with SIGSEGV, which is a bug in the test.
        unsafe { self.raw.as_mut_ptr().add(offset).write_volatile(value) }
    }

    /// Reads one byte of each page, to bring all pages into the page table of this process.
    pub fn touch(&self) {
        for offset in (0..self.size()).step_by(usize::try_from(page_size()).unwrap()) {
            self.get(offset);
        }
    }

    /// Locks the pages in memory until dropped. Returns whether the system allowed it.
    pub fn lock(&self) -> bool {
        self.raw.lock().is_ok()
    }
}
