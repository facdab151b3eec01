//! An open file as Windows holds it: a file, or the section of a tag.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::os::windows::io::{AsRawHandle, RawHandle};

use super::section::Section;
use crate::mapping::sys::error::unsupported;

/// An open file, or a section that is or is going to be a tag.
#[derive(Debug)]
pub enum OpenFile {
    /// A file.
    File(File),
    /// A tag.
    Section(Section),
}

impl OpenFile {
    /// The file, where it is one.
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

/// An open file as this system holds one.
pub(in crate::mapping) fn open_file(file: File) -> OpenFile {
    OpenFile::File(file)
}

/// The file, to write to it.
pub(in crate::mapping) fn as_file(file: &OpenFile) -> io::Result<&File> {
    file.as_file()
}
