//! The conversion of Windows errors.

use std::io;

use mmapctl::mapping::error::Error;
use mmapctl::mapping::types::Kind;
use windows_sys::Win32::Foundation as win;

#[test]
fn errors_of_mapping_operations_have_their_kinds() {
    for (number, kind) in [
        (win::ERROR_FILE_NOT_FOUND, Kind::NotFound),
        (win::ERROR_PATH_NOT_FOUND, Kind::NotFound),
        (win::ERROR_INVALID_HANDLE, Kind::NotFound),
        (win::ERROR_ACCESS_DENIED, Kind::AccessDenied),
        (win::ERROR_WRITE_PROTECT, Kind::AccessDenied),
        (win::ERROR_FILE_INVALID, Kind::FileTooShort),
        (win::ERROR_DISK_FULL, Kind::DiskFull),
        (win::ERROR_HANDLE_DISK_FULL, Kind::DiskFull),
        (win::ERROR_NOT_ENOUGH_MEMORY, Kind::OutOfMemory),
        (win::ERROR_COMMITMENT_LIMIT, Kind::OutOfMemory),
        (win::ERROR_INVALID_ADDRESS, Kind::OutOfMemory),
        (win::ERROR_NOT_SUPPORTED, Kind::Unsupported),
        (win::ERROR_INVALID_FUNCTION, Kind::Unsupported),
        (win::ERROR_FILE_EXISTS, Kind::AlreadyExists),
        (win::ERROR_ALREADY_EXISTS, Kind::AlreadyExists),
        (win::ERROR_SHARING_VIOLATION, Kind::Busy),
        (win::ERROR_LOCK_VIOLATION, Kind::Busy),
        (win::ERROR_USER_MAPPED_FILE, Kind::Busy),
        (win::ERROR_WORKING_SET_QUOTA, Kind::Limit),
        (win::ERROR_NOACCESS, Kind::Fault),
        (999_999, Kind::Failed),
    ] {
        let error = io::Error::from_raw_os_error(number.cast_signed());
        assert_eq!(Error::os("map", &error).kind(), kind, "{number}");
    }
}
