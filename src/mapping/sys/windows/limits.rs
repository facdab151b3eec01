//! Limits of a process, which this system does not have.

use crate::mapping::types::ByteLength;

/// There are no limits.
pub(in crate::mapping) fn limits_leave_room(_bytes: usize) -> bool {
    true
}

/// There is no such signal.
pub(in crate::mapping) fn ignore_file_size_signal() {}

/// There is no such limit.
pub(in crate::mapping) fn address_space_limit() -> Option<ByteLength> {
    None
}

/// There is no such limit.
pub(in crate::mapping) fn file_size_limit() -> Option<ByteLength> {
    None
}

/// There is no such limit: locked memory must fit the working set, which can be enlarged.
pub(in crate::mapping) fn memlock_limit() -> Option<ByteLength> {
    None
}
