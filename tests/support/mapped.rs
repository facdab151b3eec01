//! A file mapped by the test's own process: the "other process" of a test, without a second program.

// The one place of the fixture that touches mapped memory.
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
    /// Maps the file for reading and writing, shared. Nothing is touched yet.
    pub fn shared(path: impl AsRef<Path>) -> Mapped {
        let file = File::options().read(true).write(true).open(path).unwrap();
        Mapped {
            raw: MmapOptions::new().map_raw(&file).unwrap(),
        }
    }

    /// Maps the file for reading, shared. Nothing is touched yet.
    pub fn read_only(path: impl AsRef<Path>) -> Mapped {
        let file = File::open(path).unwrap();
        Mapped {
            raw: MmapOptions::new().map_raw_read_only(&file).unwrap(),
        }
    }

    /// Maps memory of its own, private. Nothing is touched yet.
    pub fn anonymous(length: usize) -> Mapped {
        Mapped {
            raw: MmapOptions::new().len(length).map_anon().unwrap().into(),
        }
    }

    /// Where it is mapped.
    pub fn address(&self) -> u64 {
        self.raw.as_ptr().addr() as u64
    }

    /// Writes a byte of each page.
    pub fn set_all(&self, value: u8) {
        for offset in (0..self.size()).step_by(usize::try_from(page_size()).unwrap()) {
            self.set(offset, value);
        }
    }

    /// The bytes that are mapped.
    pub fn size(&self) -> usize {
        self.raw.len()
    }

    /// Reads one byte.
    pub fn get(&self, offset: usize) -> u8 {
        assert!(offset < self.size());
        // SAFETY: inside the mapping, which lives as long as `self`. Other processes may change the byte
        // at any time; a volatile read of one byte is whole whatever they do.
        unsafe { self.raw.as_ptr().add(offset).read_volatile() }
    }

    /// Writes one byte.
    pub fn set(&self, offset: usize, value: u8) {
        assert!(offset < self.size());
        // SAFETY: inside the mapping, which lives as long as `self`; of a read-only one the test dies
        // with SIGSEGV, which is its own mistake. No reference to the bytes is ever made.
        unsafe { self.raw.as_mut_ptr().add(offset).write_volatile(value) }
    }

    /// Reads a byte of each page, so that each is in this process's page table.
    pub fn touch(&self) {
        for offset in (0..self.size()).step_by(usize::try_from(page_size()).unwrap()) {
            self.get(offset);
        }
    }

    /// Locks the pages in memory until dropped; whether the system allowed it.
    pub fn lock(&self) -> bool {
        self.raw.lock().is_ok()
    }
}
