//! One-time setup of the process, before it opens any source.
//!
//! Nothing here opens a file descriptor: the numbers of inherited descriptors must keep their meaning.

use crate::mapping::sys;
use crate::mapping::types::Kind;

/// Prepares the process. Call it before any source is opened.
///
/// Growing a file beyond RLIMIT_FSIZE then fails with EFBIG and does not end the process with SIGXFSZ. A child
/// process inherits this unless its parent restores the signal. When an allocation fails, the process ends with the
/// exit status of `out_of_memory`.
pub fn prepare() {
    sys::ignore_file_size_signal();
    sys::end_without_memory_with(Kind::OutOfMemory.exit_status());
}
