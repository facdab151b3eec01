//! Helpers for every call: text, results and errors.

use std::ffi::{OsStr, OsString};
use std::io;
use std::os::windows::ffi::OsStrExt;

/// Text for the calls whose names end in W: UTF-16 with a final zero.
pub(super) fn wide(text: &OsStr) -> Vec<u16> {
    text.encode_wide().chain(Some(0)).collect()
}

/// The result of a call that returns 0 and sets the last error.
pub(super) fn check(answer: windows_sys::core::BOOL) -> io::Result<()> {
    match answer {
        0 => Err(io::Error::last_os_error()),
        _ => Ok(()),
    }
}

/// The error for a number of `winerror.h`.
pub(super) fn error(number: u32) -> io::Error {
    io::Error::from_raw_os_error(number.cast_signed())
}

/// The maximum length of a path in bytes: 32767 characters with the NUL, each of at most three bytes.
pub(in crate::mapping) const PATH_LIMIT: u32 = 3 * 32_767;

/// The name that bytes spell in UTF-8.
pub(in crate::mapping) fn name_of_bytes(bytes: &[u8]) -> Option<OsString> {
    std::str::from_utf8(bytes).ok().map(OsString::from)
}
