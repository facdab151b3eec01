//! Memory whose pages a pipe takes over.

use std::fs::File;
use std::io;
use std::ops::Range;

use crate::mapping::sys::error::unsupported;

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
