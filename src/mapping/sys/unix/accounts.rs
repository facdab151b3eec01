//! The names of users.

use std::ffi::CStr;
use std::mem::MaybeUninit;
use std::ptr;

/// The name of a user (`getpwuid_r(3)`); bytes that are not UTF-8 are replaced.
pub(in crate::mapping) fn user_name(uid: u32) -> Option<String> {
    /// The largest record of the user database that is read.
    const LARGEST: usize = 1 << 20;
    let mut room = 1 << 10;
    while room <= LARGEST {
        let mut buffer = vec![0; room];
        let mut record = MaybeUninit::<libc::passwd>::zeroed();
        let mut found = ptr::null_mut();
        // SAFETY: the record and the buffer are writable, the latter for the given length, and outlive the use of their
        // contents.
        let answer = unsafe {
            libc::getpwuid_r(
                uid,
                record.as_mut_ptr(),
                buffer.as_mut_ptr(),
                buffer.len(),
                &raw mut found,
            )
        };
        if answer == libc::ERANGE {
            room = room.saturating_mul(4);
            continue;
        }
        if answer != 0 || found.is_null() {
            return None;
        }
        // SAFETY: a record was found, so it is filled in, and its name is a string in the buffer that ends with a NUL.
        let name = unsafe { CStr::from_ptr(record.assume_init().pw_name) };
        return Some(name.to_string_lossy().into_owned());
    }
    None
}
