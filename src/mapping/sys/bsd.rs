//! What the descendants of BSD have in common: macOS and FreeBSD.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, Seek, SeekFrom};
use std::os::fd::BorrowedFd;
use std::os::unix::ffi::OsStringExt;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use libc::c_int;
use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;
use rustix::process::geteuid;
use rustix::shm::OFlags as ShmOFlags;

pub(in crate::mapping) use super::lacking::{
    Drain, PipeMemory, ProcessHandle, are_all_processes, available_memory, cache_stat,
    command_name, copy_range, corrupted_memory, count_views, file_system, has_device_open,
    has_file_pages, has_swap, holds, huge_pools, is_claimed, is_gone, is_path_only,
    is_read_only_device, is_replaceable, is_stacked, mapping_limit, maps_show_device_of_tags,
    merges_pages, open_again, open_mapped_file, open_memory_map, place_of_tag, present_pages,
    process_ids, read_ahead, remap, same_pages, send_file, settle_page_lists, shows_processes,
    start_writeback, tag_facts, tag_names, tag_space, take_over, takes_memory,
    transparent_huge_page, used_pages, widen_pipe, with_one_page_mapped,
};

use crate::mapping::types::{
    Advice, Limit, MapFlags, PageSize, ProtectExtra, SourceRange, Visibility,
};

/// A directory is opened like a file.
pub(in crate::mapping) const DIRECTORY_ONLY: OFlags = OFlags::empty();

/// Where a symbolic link leads; `None` for anything else, and for nothing.
pub(in crate::mapping) fn read_link(
    directory: BorrowedFd<'_>,
    name: &OsStr,
) -> rustix::io::Result<Option<OsString>> {
    match rustix::fs::readlinkat(directory, name, Vec::new()) {
        Ok(target) => Ok(Some(OsString::from_vec(target.into_bytes()))),
        Err(Errno::INVAL | Errno::NOENT) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Every file is made under a name.
#[expect(clippy::unnecessary_wraps, reason = "shaped like the call of Linux")]
pub(in crate::mapping) fn make_unnamed(
    _directory: BorrowedFd<'_>,
    _flags: OFlags,
    _mode: Mode,
) -> rustix::io::Result<Option<File>> {
    Ok(None)
}

/// There are no files without a name.
pub(in crate::mapping) fn link_unnamed(
    _file: &File,
    _directory: BorrowedFd<'_>,
    _name: &OsStr,
) -> io::Result<()> {
    Err(unsupported())
}

/// Blocks are reserved for nobody in particular that could be told.
pub(in crate::mapping) fn may_use_reserved_blocks() -> bool {
    geteuid().is_root()
}

/// Sizes have 64 bits without a flag.
pub(super) const O_LARGEFILE: u32 = 0;

/// There are no pools that a mapping could take pages out of.
pub(super) const MAP_NORESERVE: c_int = 0;

/// The error of a call that this system does not have.
pub(in crate::mapping) fn unsupported() -> io::Error {
    io::Error::from_raw_os_error(libc::EOPNOTSUPP)
}

/// Whether 'fixed' replaces what is mapped at the address: the kernel does not tell what that is.
pub(in crate::mapping) const FIXED_REPLACES: bool = false;

/// Opens a shared memory region.
pub(super) fn tag_open_raw(tag: &OsStr, flags: OFlags, mode: Mode) -> rustix::io::Result<File> {
    // Other flags are refused by the call and mean nothing to memory.
    let mut known = match flags.contains(OFlags::RDWR) {
        true => ShmOFlags::RDWR,
        false => ShmOFlags::RDONLY,
    };
    known.set(ShmOFlags::CREATE, flags.contains(OFlags::CREATE));
    known.set(ShmOFlags::EXCL, flags.contains(OFlags::EXCL));
    rustix::shm::open(rooted(tag), known, mode).map(File::from)
}

/// Removes the name of a shared memory region.
pub(super) fn tag_unlink_raw(tag: &OsStr) -> rustix::io::Result<()> {
    rustix::shm::unlink(rooted(tag))
}

/// The name as `shm_open(3)` takes it.
fn rooted(tag: &OsStr) -> OsString {
    let mut name = OsString::from("/");
    name.push(tag);
    name
}

/// A file that lives in memory and has no name: shared memory whose name is removed at once.
pub(in crate::mapping) fn memory_file(huge: Option<PageSize>) -> io::Result<File> {
    static MADE: AtomicU32 = AtomicU32::new(0);
    if huge.is_some() {
        return Err(unsupported());
    }
    let number = MADE.fetch_add(1, Ordering::Relaxed);
    let name = format!("mmapctl.{}.{number}", std::process::id());
    let flags = OFlags::RDWR | OFlags::CREATE | OFlags::EXCL;
    let file = tag_open_raw(OsStr::new(&name), flags, Mode::RUSR | Mode::WUSR)?;
    tag_unlink_raw(OsStr::new(&name))?;
    Ok(file)
}

/// What one process has open, others cannot open.
pub(in crate::mapping) fn path_of_descriptor(_file: &File) -> Option<PathBuf> {
    None
}

/// How many bytes a block device has: where its end is. The position may be shared with whoever handed us the
/// descriptor, and is put back.
pub(super) fn device_size(mut file: &File) -> io::Result<u64> {
    let before = file.stream_position()?;
    let size = file.seek(SeekFrom::End(0))?;
    file.seek(SeekFrom::Start(before))?;
    Ok(size)
}

/// What `shm_open(3)` finds a shared memory region by.
pub(in crate::mapping) fn path_of_tag(tag: &OsStr) -> Option<PathBuf> {
    Some(rooted(tag).into())
}

/// There is no `/proc` that pretends to hold regular files.
pub(super) fn is_process_file(_file: &File) -> bool {
    false
}

/// The bits of `MAP_SHARED` and its relatives. Nothing is validated here, which `platform` tells.
pub(super) fn visibility_bits(visibility: Visibility, _flags: MapFlags) -> c_int {
    match visibility {
        Visibility::Shared | Visibility::SharedValidate => libc::MAP_SHARED,
        Visibility::Private => libc::MAP_PRIVATE,
    }
}

/// Populating is done by calls after the mapping is made.
pub(super) fn populate_bits(_flags: MapFlags) -> c_int {
    0
}

/// There are no pools to choose from.
pub(super) fn huge_size_bits(_size: PageSize) -> c_int {
    0
}

/// `mprotect(2)` takes nothing but the access.
pub(super) fn protect_extra_bits(_extra: ProtectExtra) -> Option<c_int> {
    None
}

/// There is no lock on fault.
pub(super) fn lock_on_fault(_base: *mut u8, _length: usize) -> io::Result<()> {
    Err(super::unsupported())
}

/// The limit on locked memory (`getrlimit(2)`, RLIMIT_MEMLOCK).
#[expect(clippy::unnecessary_wraps, reason = "other systems have none")]
pub(in crate::mapping) fn memlock_limit() -> Option<Limit> {
    let limit = rustix::process::getrlimit(rustix::process::Resource::Memlock);
    Some(Limit {
        soft: limit.current,
        hard: limit.maximum,
    })
}

/// There are no pools of huge pages, so the default is an ordinary page.
pub(in crate::mapping) fn default_huge_page_size() -> PageSize {
    super::page_size()
}

/// Gives an advice (`madvise(2)`).
///
/// # Safety
/// The range must lie in mappings that the caller owns, and nobody may hold references to bytes that the
/// advice discards.
pub(in crate::mapping) unsafe fn advise(
    base: *mut u8,
    length: usize,
    advice: Advice,
) -> io::Result<()> {
    let number = super::advice_number(advice).ok_or_else(super::unsupported)?;
    // SAFETY: the caller's promise; the kernel checks the range.
    super::check(unsafe { libc::madvise(base.cast(), length, number) })
}

/// The numbers that all BSDs share.
pub(super) fn common_advice_number(advice: Advice) -> Option<c_int> {
    Some(match advice {
        Advice::Normal => libc::MADV_NORMAL,
        Advice::Sequential => libc::MADV_SEQUENTIAL,
        Advice::Random => libc::MADV_RANDOM,
        Advice::Willneed => libc::MADV_WILLNEED,
        Advice::Dontneed => libc::MADV_DONTNEED,
        Advice::Free => libc::MADV_FREE,
        _ => return None,
    })
}

/// Whether this process owns the file, or opened it for writing: others learn nothing true of its pages.
pub(super) fn owns_or_writes(file: &File) -> bool {
    let owned = file
        .metadata()
        .is_ok_and(|metadata| metadata.uid() == geteuid().as_raw());
    owned || super::is_writable(file).unwrap_or(false)
}

/// Writes the contents of a file to the storage, and waits until they are there. That of a range alone is not
/// offered.
pub(in crate::mapping) fn write_back(file: &File, _range: SourceRange) -> io::Result<()> {
    super::flush_data(file).map(drop)
}
