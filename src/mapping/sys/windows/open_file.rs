//! An open file on Windows: a file, or the section of a tag.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::os::windows::io::{AsRawHandle, RawHandle};

use super::section::Section;
use crate::mapping::sys::error::unsupported;

/// An open file, or the section of a tag, which may not exist yet.
#[derive(Debug)]
pub enum OpenFile {
    /// A file.
    File(File),
    /// A tag.
    Section(Section),
}

impl OpenFile {
    /// The file, if it is one.
    pub(super) fn as_file(&self) -> io::Result<&File> {
        match self {
            Self::File(file) => Ok(file),
            Self::Section(_) => Err(unsupported()),
        }
    }
}

impl AsRawHandle for OpenFile {
    fn as_raw_handle(&self) -> RawHandle {
        match self {
            Self::File(file) => file.as_raw_handle(),
            Self::Section(section) => section.raw_handle(),
        }
    }
}

impl Read for OpenFile {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.as_file()?.read(into)
    }
}

impl Read for &OpenFile {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.as_file()?.read(into)
    }
}

impl Seek for OpenFile {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.as_file()?.seek(to)
    }
}

/// Converts an open file to the type of this system.
pub(in crate::mapping) fn open_file(file: File) -> OpenFile {
    OpenFile::File(file)
}

/// The file, for writing to it.
pub(in crate::mapping) fn as_file(file: &OpenFile) -> io::Result<&File> {
    file.as_file()
}
