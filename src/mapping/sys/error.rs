//! The error of a call that this system does not have.

use std::io;

cfg_select! {
    unix => {
        const NUMBER: i32 = libc::EOPNOTSUPP;
    }
    windows => {
        const NUMBER: i32 = windows_sys::Win32::Foundation::ERROR_NOT_SUPPORTED.cast_signed();
    }
}

/// The error of a call that this system does not have.
pub(in crate::mapping::sys) fn unsupported() -> io::Error {
    io::Error::from_raw_os_error(NUMBER)
}
