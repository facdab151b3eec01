//! Pages that a pipe takes over or shares.

use std::fs::File;
use std::io;
use std::ops::Range;

use crate::mapping::sys::error::unsupported;
use crate::mapping::sys::open_file::OpenFile;

/// No pipe takes over memory.
#[derive(Debug)]
pub(in crate::mapping) enum PipeMemory {}

impl PipeMemory {
    pub(in crate::mapping) fn size(_file: &File) -> Option<usize> {
        None
    }

    pub(in crate::mapping) fn new(_size: usize) -> io::Result<Self> {
        Err(unsupported())
    }

    pub(in crate::mapping) fn room(&mut self) -> &mut [u8] {
        match *self {}
    }

    pub(in crate::mapping) fn bytes(&self) -> &[u8] {
        match *self {}
    }

    pub(in crate::mapping) fn send(
        &mut self,
        _pipe: &File,
        _bytes: Range<usize>,
    ) -> io::Result<usize> {
        match *self {}
    }
}

/// No pipe shares its bytes.
#[derive(Debug)]
pub(in crate::mapping) enum PipeCopy {}

impl PipeCopy {
    pub(in crate::mapping) fn between(_from: &OpenFile, _to: &File) -> io::Result<Option<Self>> {
        Ok(None)
    }

    pub(in crate::mapping) fn take(&self, _from: &OpenFile, _length: usize) -> io::Result<usize> {
        match *self {}
    }

    pub(in crate::mapping) fn give(&self, _to: &File, _length: usize) -> io::Result<usize> {
        match *self {}
    }
}
