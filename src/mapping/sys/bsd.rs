//! Calls that macOS and FreeBSD have in common and Linux does not have.

use std::ffi::OsStr;
use std::fs::File;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use rustix::fs::{Mode, OFlags};
use rustix::process::geteuid;

use super::call::OpenHow;
use super::error::unsupported;
use super::unix::descriptor::is_writable;
use super::unix::facts::facts_of;
use super::unix::flush::flush_data;
use super::unix::open::open;
use super::unix::page::page_size;
use super::unix::tag::{open_raw, unlink_raw};
use crate::mapping::types::{AddressRange, CountRefusal, FileFacts, PageSize, SourceRange};

/// Creates a file in memory without a name: a shared memory region whose name is removed at once.
pub(in crate::mapping) fn memory_file(huge: Option<PageSize>) -> io::Result<File> {
    static MADE: AtomicU32 = AtomicU32::new(0);
    if huge.is_some() {
        return Err(unsupported());
    }
    let number = MADE.fetch_add(1, Ordering::Relaxed);
    let name = format!("mmapctl.{}.{number}", std::process::id());
    let flags = OFlags::RDWR | OFlags::CREATE | OFlags::EXCL;
    let file = open_raw(OsStr::new(&name), flags, Mode::RUSR | Mode::WUSR)?;
    unlink_raw(OsStr::new(&name))?;
    Ok(file)
}

/// Opens a file for reading (`open(2)`). A fifo does not block. A symbolic link is refused unless `follow` is set.
pub(in crate::mapping) fn open_found(path: &Path, follow: bool) -> io::Result<File> {
    open(path, &OpenHow::to_read(follow))
}

/// Size, allocated bytes and identity of a regular file; `None` for anything else.
pub(in crate::mapping) fn facts_of_regular(file: &File) -> io::Result<Option<FileFacts>> {
    let metadata = file.metadata()?;
    let is_regular = metadata.is_file();
    Ok(is_regular.then(|| facts_of(&metadata, metadata.len())))
}

/// No file system is known to show only the state of the kernel.
pub(in crate::mapping) fn shows_kernel_state(_directory: &Path) -> bool {
    false
}

/// Other processes cannot open the open files of this one.
pub(in crate::mapping) fn path_of_descriptor(_file: &File) -> Option<PathBuf> {
    None
}

/// There are no pools of huge pages, so the default is an ordinary page.
pub(in crate::mapping) fn default_huge_page_size() -> PageSize {
    page_size()
}

/// Page tables cannot be read.
pub(in crate::mapping) fn present_pages(
    _memory: AddressRange,
    _visit: impl FnMut(AddressRange),
) -> Result<(), CountRefusal> {
    Err(CountRefusal::NoSuchCall)
}

/// Whether this process owns the file or opened it for writing. Other processes get false information about its pages.
pub(super) fn owns_or_writes(file: &File) -> bool {
    let owned = file
        .metadata()
        .is_ok_and(|metadata| metadata.uid() == geteuid().as_raw());
    owned || is_writable(file).unwrap_or(false)
}

/// Writes the contents of a file to the storage and waits for completion. There is no call for a range.
pub(in crate::mapping) fn write_back(file: &File, _range: SourceRange) -> io::Result<()> {
    flush_data(file).map(drop)
}
