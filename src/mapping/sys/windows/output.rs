//! The standard output.

use std::fs::File;
use std::io::{self, Stdout, Write};
use std::mem::ManuallyDrop;
use std::os::windows::io::FromRawHandle;

use windows_sys::Win32::Storage::FileSystem::{FILE_TYPE_DISK, FILE_TYPE_PIPE, GetFileType};
use windows_sys::Win32::System::Console::{GetStdHandle, STD_OUTPUT_HANDLE};

use super::open_file::OpenFile;
use crate::mapping::sys::answer::OutputState;

/// The standard output: a file if possible, because a console converts text to another encoding.
#[derive(Debug)]
pub(in crate::mapping) enum StandardOutput {
    /// A file or a pipe, which this type never closes.
    File(ManuallyDrop<File>),
    /// A console, or nothing.
    Console(Stdout),
}

impl StandardOutput {
    pub(in crate::mapping) fn new() -> Self {
        // SAFETY: only reads a handle and its type.
        let (handle, kind) = unsafe {
            let handle = GetStdHandle(STD_OUTPUT_HANDLE);
            (handle, GetFileType(handle))
        };
        match kind {
            FILE_TYPE_DISK | FILE_TYPE_PIPE => {
                // SAFETY: the handle was just seen to be open; nothing in this program closes it, and `ManuallyDrop`
                // prevents this object from closing it.
                let file = unsafe { File::from_raw_handle(handle) };
                Self::File(ManuallyDrop::new(file))
            }
            _ => Self::Console(io::stdout()),
        }
    }

    /// The output of a program without a console is discarded, as usual on Windows.
    #[allow(clippy::unused_self, reason = "other systems know")]
    pub(in crate::mapping) fn state(&self) -> OutputState {
        OutputState::Writable
    }

    /// The open file behind it, if there is one.
    pub(in crate::mapping) fn file(&self) -> Option<&File> {
        match self {
            Self::File(file) => Some(file),
            Self::Console(_) => None,
        }
    }

    /// Pipes cannot be enlarged.
    #[allow(clippy::unused_self, reason = "other systems can make them wider")]
    pub(in crate::mapping) fn widen(&self) -> bool {
        false
    }

    /// Only a write shows it.
    pub(in crate::mapping) fn has_no_reader(&self) -> bool {
        false
    }

    pub(in crate::mapping) fn writer(&mut self) -> &mut impl Write {
        self
    }
}

impl Write for StandardOutput {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::File(file) => file.write(bytes),
            Self::Console(console) => console.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::File(file) => file.flush(),
            Self::Console(console) => console.flush(),
        }
    }
}

/// Pipes cannot be enlarged.
pub(in crate::mapping) fn widen_pipe(_file: &OpenFile) -> bool {
    false
}
