//! The meaning of error numbers.

use std::io;

use windows_sys::Win32::Foundation as win;

use crate::mapping::sys::answer::MapRefusal;
use crate::mapping::types::Kind;

/// The kind of failure of an error number, unless the operation gives it a more specific meaning.
pub(in crate::mapping) fn kind_of_os_error(number: i32) -> Kind {
    match number.cast_unsigned() {
        win::ERROR_FILE_NOT_FOUND
        | win::ERROR_PATH_NOT_FOUND
        | win::ERROR_INVALID_HANDLE
        | win::ERROR_INVALID_DRIVE
        | win::ERROR_BAD_NETPATH
        | win::ERROR_BAD_NET_NAME
        | win::ERROR_BAD_PATHNAME
        | win::ERROR_INVALID_NAME
        | win::ERROR_DIRECTORY => Kind::NotFound,
        win::ERROR_ACCESS_DENIED
        | win::ERROR_WRITE_PROTECT
        | win::ERROR_NETWORK_ACCESS_DENIED
        | win::ERROR_PRIVILEGE_NOT_HELD
        | win::ERROR_CANT_ACCESS_FILE => Kind::AccessDenied,
        win::ERROR_FILE_INVALID | win::ERROR_HANDLE_EOF => Kind::FileTooShort,
        win::ERROR_DISK_FULL
        | win::ERROR_HANDLE_DISK_FULL
        | win::ERROR_DISK_QUOTA_EXCEEDED
        | win::ERROR_FILE_TOO_LARGE => Kind::DiskFull,
        win::ERROR_NOT_ENOUGH_MEMORY
        | win::ERROR_OUTOFMEMORY
        | win::ERROR_COMMITMENT_LIMIT
        | win::ERROR_COMMITMENT_MINIMUM
        | win::ERROR_NO_SYSTEM_RESOURCES
        | win::ERROR_INVALID_ADDRESS => Kind::OutOfMemory,
        win::ERROR_INVALID_FUNCTION
        | win::ERROR_NOT_SUPPORTED
        | win::ERROR_CALL_NOT_IMPLEMENTED
        | win::ERROR_PROC_NOT_FOUND
        | win::ERROR_DIRECTORY_NOT_SUPPORTED => Kind::Unsupported,
        win::ERROR_FILE_EXISTS | win::ERROR_ALREADY_EXISTS => Kind::AlreadyExists,
        win::ERROR_SHARING_VIOLATION
        | win::ERROR_LOCK_VIOLATION
        | win::ERROR_USER_MAPPED_FILE
        | win::ERROR_BUSY
        | win::ERROR_PATH_BUSY
        | win::ERROR_PIPE_BUSY
        | win::ERROR_DRIVE_LOCKED => Kind::Busy,
        win::ERROR_TOO_MANY_OPEN_FILES
        | win::ERROR_WORKING_SET_QUOTA
        | win::ERROR_PAGEFILE_QUOTA
        | win::ERROR_PAGEFILE_QUOTA_EXCEEDED
        | win::ERROR_NOT_ENOUGH_QUOTA => Kind::Limit,
        win::ERROR_NOACCESS | win::ERROR_SWAPERROR => Kind::Fault,
        _ => Kind::Failed,
    }
}

/// Whether an error is that of RLIMIT_NOFILE, which Windows does not have.
pub(in crate::mapping) fn is_descriptor_limit(_: &io::Error) -> bool {
    false
}

/// Links that lead to each other have no error of their own.
pub(in crate::mapping) fn is_link_loop(_: &io::Error) -> bool {
    false
}

/// The meaning of an error of mapping.
pub(in crate::mapping) fn refusal_of(error: &io::Error) -> MapRefusal {
    match error.raw_os_error().unwrap_or(0).cast_unsigned() {
        win::ERROR_INVALID_ADDRESS => MapRefusal::AddressInUse,
        win::ERROR_NOT_ENOUGH_MEMORY
        | win::ERROR_OUTOFMEMORY
        | win::ERROR_COMMITMENT_LIMIT
        | win::ERROR_NO_SYSTEM_RESOURCES => MapRefusal::NoMemory,
        win::ERROR_ACCESS_DENIED => MapRefusal::Denied,
        win::ERROR_INVALID_PARAMETER => MapRefusal::Invalid,
        win::ERROR_NOT_SUPPORTED | win::ERROR_CALL_NOT_IMPLEMENTED => MapRefusal::NotSupported,
        win::ERROR_BAD_EXE_FORMAT | win::ERROR_INVALID_FUNCTION => MapRefusal::NoSuchDevice,
        _ => MapRefusal::Other,
    }
}
