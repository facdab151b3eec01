//! The operating system, and the differences that matter to callers.

use crate::mapping::types::Platform;

/// This system.
pub(in crate::mapping) const PLATFORM: Platform = if cfg!(target_os = "linux") {
    Platform::Linux
} else if cfg!(target_os = "macos") {
    Platform::MacOs
} else if cfg!(target_os = "freebsd") {
    Platform::FreeBsd
} else {
    Platform::Windows
};

/// The maximum length of a tag in bytes.
pub(in crate::mapping) const TAG_LIMIT: usize = match PLATFORM {
    // NAME_MAX (shm_open(3)).
    Platform::Linux => 255,
    // PSHMNAMLEN of the kernel, without the slash before the name.
    Platform::MacOs => 30,
    // MAXPATHLEN of the kernel, without the slash before the name and the NUL byte after it (shm_open(2)).
    Platform::FreeBsd => 1022,
    // MAX_PATH without the longest prefix.
    Platform::Windows => 253,
};

/// Whether a file can be mapped beyond its end, to be extended later. macOS maps shared memory only after it has a
/// size, and a section of Windows ends with its file.
pub(in crate::mapping) const MAPS_BEYOND_END: bool =
    cfg!(any(target_os = "linux", target_os = "freebsd"));

/// Whether flushing a mapping reaches the storage. On macOS it reaches the drive's cache only. On FreeBSD `msync(2)` of
/// a part writes the pages, and leaves the metadata and the drive's cache to a flush of the file. On Windows
/// `FlushViewOfFile` does not wait.
pub(in crate::mapping) const MSYNC_REACHES_STORAGE: bool = cfg!(target_os = "linux");

/// Whether a file can only be flushed through a handle that may write it (`FlushFileBuffers`).
pub(in crate::mapping) const FLUSH_NEEDS_WRITING: bool = cfg!(windows);

/// Whether 'fixed' replaces a mapping at the address. The BSDs do not report what is mapped there; Windows has no such
/// call.
pub(in crate::mapping) const FIXED_REPLACES: bool = cfg!(target_os = "linux");

/// Whether looking for holes moves the file position.
pub(in crate::mapping) const LOOKING_MOVES_POSITION: bool = cfg!(unix);

/// Whether memmap2 makes the plain mappings. On Windows its views cannot get more access than at their creation.
pub(in crate::mapping) const MEMMAP2_SERVES: bool = cfg!(unix);
