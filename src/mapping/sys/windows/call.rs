//! What every call here needs: text as it takes it, and its outcome.

use std::ffi::OsStr;
use std::io;
use std::os::windows::ffi::OsStrExt;

/// Text as the calls with a W want it: UTF-16 that ends in a zero.
pub(super) fn wide(text: &OsStr) -> Vec<u16> {
    text.encode_wide().chain(Some(0)).collect()
}

/// The outcome of a call that answers 0 and sets the last error.
pub(super) fn check(answer: windows_sys::core::BOOL) -> io::Result<()> {
    match answer {
        0 => Err(io::Error::last_os_error()),
        _ => Ok(()),
    }
}

/// The error of a number of `winerror.h`.
pub(super) fn error(number: u32) -> io::Error {
    io::Error::from_raw_os_error(number.cast_signed())
}
