//! The limits that this system does not set on a process.

use crate::mapping::types::{ByteLength, Limit};

/// No limits are set on a process by those who start it.
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

/// There is no such limit: the working set is what locked memory must fit, and it can be enlarged.
pub(in crate::mapping) fn memlock_limit() -> Option<Limit> {
    None
}
